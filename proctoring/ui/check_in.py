"""The steps between agreeing and beginning: which one this tab is at, and what may come next.

What is done is in the store, so a page that is loaded anew, or opened elsewhere, goes on from
there; where a tab is stands in its address, because each device is checked for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from proctoring.acts import kinds
from proctoring.acts.standing import Standing, standing
from proctoring.check_in.plan import TITLES, Step, names_of, plan_of
from proctoring.check_in.progress import Progress, done_steps
from proctoring.language.again import in_english
from proctoring.types import Meeting, Participant, Role
from proctoring.ui import services
from proctoring.ui.candidate import Visit, devices
from proctoring.ui.full import has_room
from proctoring.ui.language import language, t
from proctoring.ui.places import minutes, steps
from proctoring.ui.waiting import show_ready


@dataclass(frozen=True, slots=True)
class Here:
    """A candidate at their check-in, as things stand in this run."""

    visit: Visit
    meeting: Meeting
    participant: Participant
    progress: Progress
    held: Standing

    def ask_in(self, why: str) -> None:
        """Tells the proctors that somebody waits, and why."""
        assert self.visit.bearer is not None
        content = {"reason": why[: kinds.LONGEST_NOTE]}
        who, actor = self.participant.id, self.visit.bearer.id
        act = kinds.make("ask_in", content, participant_id=who, actor=actor, role=Role.CANDIDATE)
        services().store.save_act(act)

    def go(self, step: Step) -> None:
        st.query_params["step"] = step.value
        st.rerun()


def check_in(visit: Visit, meeting: Meeting, participant: Participant) -> bool:
    """The step that this tab is at. True when the candidate begins."""
    store = services().store
    done_so_far = store.acts(participant.id)
    held = standing(done_so_far, datetime.now(UTC))
    plan = plan_of(meeting, held.adjustments.signals_off)
    learned = {one.kind for one in store.enrolments(participant.id)}
    shared = store.stills(participant.id) if Step.ROOM in plan else ()
    progress = Progress(
        plan,
        done_steps(learned, done_so_far, shared),
        meeting.journey.needs_letting_in,
        held.is_let_in,
    )
    here = Here(visit, meeting, participant, progress, held)
    asked = st.query_params.get("step", "")
    step = Step(asked) if asked in plan else plan[0]
    steps(meeting.title, [t(name) for name in names_of(plan)], 2 + plan.index(step))
    if step is Step.READY:
        begins = show_ready(here)
    else:
        begins = _show_last(here) if plan == (step,) else _show(here, step)
    return has_room(participant, wants_to_begin=begins)


def _show_last(here: Here) -> bool:
    """The only step there is: from it the exam begins."""
    state = devices(here.visit, here.meeting, Step.DEVICES, ()).state
    length = minutes(here.meeting)
    st.markdown(t("Your {length} begin when you press the button, and not before.", length=length))
    with st.container(horizontal=True):
        is_pressed = st.button(
            t("Begin exam"), type="primary", icon=":material/play_arrow:", disabled=state != "ready"
        )
        if state == "failed":
            is_pressed |= st.button(t("Begin anyway"))
    if state == "failed":
        _say_what_is_missing()
    return is_pressed


def _show(here: Here, step: Step) -> bool:
    visit, done = here.visit, here.progress.done
    off = here.held.adjustments.signals_off
    has_dot = "gaze" in here.meeting.signals and "gaze" not in off
    sent = devices(visit, here.meeting, step, done, has_dot=has_dot)
    if sent.stuck:
        visit.stuck[step] = sent.stuck
    if step is Step.DEVICES and sent.state:
        visit.is_lacking = sent.state == "failed"
    following = here.progress.steps[here.progress.steps.index(step) + 1]
    if step is Step.SCREEN:
        visit.share = sent.share
    is_done = {Step.DEVICES: sent.state == "ready", Step.SCREEN: sent.share == "whole"}.get(
        step, step in done
    )
    is_passed = is_done or (step in visit.stuck and bool(here.held.asked_in))
    with st.container(horizontal=True):
        if st.button(
            t("Continue"),
            type="primary",
            icon=":material/arrow_forward:",
            disabled=not (is_passed or here.held.is_let_in),
        ):
            here.go(following)
        is_lacking = step is Step.DEVICES and sent.state == "failed"
        is_lacking |= step is Step.SCREEN and sent.share == "cannot"
        if is_lacking and st.button(t("Continue anyway")):
            here.go(following)
        can_ask = step in visit.stuck and not (is_passed or here.held.is_let_in)
        if can_ask and st.button(t("Ask a proctor to let me in"), icon=":material/front_hand:"):
            here.ask_in(f"{TITLES[step]}: {in_english(visit.stuck[step], language())}")
            here.go(following)
    if is_lacking:
        _say_what_is_missing()
    return False


def _say_what_is_missing() -> None:
    st.caption(t("What is missing is not measured, and your proctor sees just that."))

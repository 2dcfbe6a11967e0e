"""The steps between agreeing and beginning: which one this tab is at, and what may come next.

What is done is in the store, so a page that is loaded anew, or opened elsewhere, goes on from
there; where a tab is stands in its address, because each device is checked for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from proctoring import acts
from proctoring.check_in.plan import TITLES, Step, names_of, plan_of
from proctoring.check_in.progress import Progress, done_steps
from proctoring.standing import Standing, standing
from proctoring.types import Meeting, Participant, Role
from proctoring.ui import services
from proctoring.ui.candidate import Visit, devices
from proctoring.ui.places import minutes, steps
from proctoring.ui.waiting import show_ready

LACKING = ("failed", "no_path")  # states of the equipment with which somebody may go on
ANYWAY = "What is missing is not measured, and your proctor sees just that."


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
        content = {"reason": why[: acts.LONGEST_NOTE]}
        who, actor = self.participant.id, self.visit.bearer.id
        act = acts.make("ask_in", content, participant_id=who, actor=actor, role=Role.CANDIDATE)
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
    progress = Progress(
        plan, done_steps(learned, done_so_far), meeting.journey.needs_letting_in, held.is_let_in
    )
    here = Here(visit, meeting, participant, progress, held)
    asked = st.query_params.get("step", "")
    step = Step(asked) if asked in plan else plan[0]
    steps(meeting.title, names_of(plan), 2 + plan.index(step))
    if step is Step.READY:
        return show_ready(here)
    return _show_last(here) if plan == (step,) else _show(here, step)


def _show_last(here: Here) -> bool:
    """The only step there is: from it the exam begins."""
    state = devices(here.visit, here.meeting, Step.DEVICES, ()).state
    st.markdown(f"Your {minutes(here.meeting)} begin when you press the button, and not before.")
    with st.container(horizontal=True):
        is_pressed = st.button(
            "Begin exam", type="primary", icon=":material/play_arrow:", disabled=state != "ready"
        )
        if state in LACKING:
            is_pressed |= st.button("Begin anyway")
    if state in LACKING:
        st.caption(ANYWAY)
    return is_pressed


def _show(here: Here, step: Step) -> bool:
    visit, done = here.visit, here.progress.done
    off = here.held.adjustments.signals_off
    has_dot = "gaze" in here.meeting.signals and "gaze" not in off
    sent = devices(visit, here.meeting, step, done, has_dot=has_dot)
    if sent.stuck:
        visit.stuck[step] = sent.stuck
    if step is Step.DEVICES and sent.state:
        visit.is_lacking = sent.state in LACKING
    following = here.progress.steps[here.progress.steps.index(step) + 1]
    is_done = sent.state == "ready" if step is Step.DEVICES else step in done
    is_passed = is_done or (step in visit.stuck and bool(here.held.asked_in))
    with st.container(horizontal=True):
        if st.button(
            "Continue",
            type="primary",
            icon=":material/arrow_forward:",
            disabled=not (is_passed or here.held.is_let_in),
        ):
            here.go(following)
        is_lacking = step is Step.DEVICES and sent.state in LACKING
        if is_lacking and st.button("Continue anyway"):
            here.go(following)
        can_ask = step in visit.stuck and not (is_passed or here.held.is_let_in)
        if can_ask and st.button("Ask a proctor to let me in", icon=":material/front_hand:"):
            here.ask_in(f"{TITLES[step]}: {visit.stuck[step]}")
            here.go(following)
    if is_lacking:
        st.caption(ANYWAY)
    return False

"""The exam's questions on the manage page: which there are, who writes, what was answered."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

import streamlit as st

from proctoring.access.staff import MAKES_EXAMS
from proctoring.access.tokens import MANAGES, Refused
from proctoring.audit import events
from proctoring.office import papers
from proctoring.paper import notes, results
from proctoring.paper.answering import is_blank, values_of
from proctoring.paper.content import ContentError
from proctoring.paper.questions import Questions
from proctoring.paper.reading import Written
from proctoring.paper.writing import to_document, to_yaml
from proctoring.store import StoreError
from proctoring.types import Capability, Meeting, Participant
from proctoring.ui import plain, services, time_zone
from proctoring.ui.paper import preview
from proctoring.ui.paper_editor import edit
from proctoring.ui.paper_file import ask_for_paper, summary
from proctoring.ui.staff import OPEN_AGAIN, own_sign_in, staff_only

MOST_SHOWN = 200  # candidates
CHANGES = ("Leave them", "Take others from a file", "Edit them here")
GIVINGS = ("None", "Take it from a file", "Write it here")


def show_paper(bearer: Capability, meeting: Meeting, participants: list[Participant]) -> None:
    st.header("Questions", anchor=False)
    if told := st.session_state.pop("paper saved", ""):
        st.success(told, icon=":material/check:")
    if meeting.journey.exam_url:
        st.markdown(f"Candidates work at {plain(meeting.journey.exam_url)}.")
        return
    try:
        written = papers.written(services().store, meeting.id)
    except ContentError as error:
        st.error(plain(str(error)))
        return
    if written is None:
        st.markdown("There is no paper here: the exam’s instructions say what candidates work on.")
    else:
        paper = services().store.paper(meeting.id)
        revision = f"revision {paper.revision}" if paper else ""
        st.markdown(f"{plain(summary(written.questions))} · {revision}")
        _offer_results(bearer, meeting)
        _show_progress(written.questions, participants)
        if st.toggle("Show them as candidates see them", key="paper-preview"):
            preview(written.questions, f"kept-{revision}")
    has_begun = any(one.started_at for one in participants)
    _offer_change(bearer, meeting, written, has_begun)


# --- what was answered ---------------------------------------------------------------------


def _offer_results(bearer: Capability, meeting: Meeting) -> None:
    sign_in = own_sign_in(bearer)

    def make(form: str) -> bytes:  # when the button is pressed, in a thread of its own
        services().admission.now(bearer.id, MANAGES)
        if sign_in is not None and not services().sign_ins.opens(sign_in, bearer.role):
            raise Refused
        store = services().store
        marked = papers.marked(store, meeting.id)
        assert marked is not None
        detail = f"answers and points, {len(marked.results)} candidates"
        done = events.done(meeting.id, bearer.id, events.EXPORTED, meeting.id, detail)
        store.append_audit(done)
        if form == "csv":
            return results.as_csv(marked.questions, marked.results)
        told = results.as_json(meeting.id, marked.revision, marked.questions, marked.results)
        return told.encode()

    with st.container(horizontal=True):
        st.download_button(
            "Results for a spreadsheet",
            lambda: make("csv"),
            f"results-{meeting.id}.csv",
            "text/csv",
            icon=":material/table:",
            on_click="ignore",
        )
        st.download_button(
            "Results as JSON",
            lambda: make("json"),
            f"results-{meeting.id}.json",
            "application/json",
            icon=":material/data_object:",
            on_click="ignore",
        )
    st.caption(
        "All answers, with the points of what can be marked by itself; what waits for a person is"
        " counted. They hold names: give them to nobody else. The log tells that they were made."
    )


def _show_progress(questions: Questions, participants: list[Participant]) -> None:
    begun = [one for one in participants if one.started_at and not one.erased_at]
    writing = [one for one in begun if not one.finished_at]
    done = [one for one in begun if one.finished_at]
    st.markdown(f"**{len(writing)}** writing · **{len(done)}** finished")
    if not begun or not st.toggle("How far each of them is", key="paper-progress"):
        return
    rows = [_progress(one, questions) for one in [*writing, *done]]
    listed = "".join(rows[:MOST_SHOWN])
    st.html(f'<div class="op-progress">{listed}</div>')
    if len(rows) > MOST_SHOWN:
        st.caption(f"The first {MOST_SHOWN} of {len(rows)} are shown.")


def _progress(person: Participant, questions: Questions) -> str:
    """HTML."""
    answers = [
        one for one in services().store.answers(person.id) if not notes.is_note(one.question_id)
    ]
    values, total = values_of(answers), len(list(questions))
    answered = sum(not is_blank(values.get(question.id)) for question in questions)
    newest = max((one.saved_at for one in answers), default=None)
    facts = ["finished" if person.finished_at else "writing"]
    facts.append(f"{answered} of {total} answered")
    if newest:
        facts.append(f"last saved {newest.astimezone(time_zone()):%H:%M:%S}")
    return (
        f'<p class="op-row"><strong>{escape(person.name)}</strong>'
        f"<span>{escape(' · '.join(facts))}</span></p>"
    )


# --- another paper -------------------------------------------------------------------------


def _offer_change(
    bearer: Capability, meeting: Meeting, written: Written | None, has_begun: bool
) -> None:
    if (reason := services().store.held(meeting.id)) and written is not None:
        st.caption(f"The exam is on hold ({plain(reason)}): its questions stay as they are.")
        return
    ways = CHANGES if written else GIVINGS
    way = st.radio(
        "Change them" if written else "Give it a paper", ways, horizontal=True, key="way"
    )
    taken = None
    if way == ways[1]:
        taken = ask_for_paper("manage").written
    elif way == ways[2]:
        taken = edit(meeting.id, written)
    if taken is not None:
        offer_to_save(bearer, meeting, taken, has_begun, str(way))
    if written is not None:
        document, _ = to_document(written)
        st.download_button(
            "The paper as YAML, with its solutions",
            to_yaml(document),
            f"paper-{meeting.id}.yaml",
            "text/yaml",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
        )


def offer_to_save(
    bearer: Capability, meeting: Meeting, written: Written, has_begun: bool, key: str
) -> None:
    is_sure, is_anyway = True, False
    if has_begun:
        st.warning(
            "Candidates have begun. They see the new questions within a few seconds, in the middle"
            " of their work. What they answered stays with each question that keeps its id."
        )
        is_sure = st.checkbox("I know that. Change their questions now.", key=f"sure-{key}")
    lost = _lost(meeting, written) if has_begun else None
    if lost:
        st.warning(f"{plain(str(lost))}. They are kept, and written out apart.")
        is_anyway = st.checkbox("Let go of these answers.", key=f"anyway-{key}")
    time_s = written.questions.time_s or 0
    if time_s > meeting.length_s:
        st.warning(f"The exam ends after {meeting.length_s / 60:g} minutes, before the paper.")
    is_ready = is_sure and (is_anyway or not lost)
    if st.button(
        "Save as the exam’s questions", type="primary", disabled=not is_ready, key=f"save-{key}"
    ):
        _save(bearer, meeting, written, is_anyway)


def _lost(meeting: Meeting, written: Written) -> papers.AnswersLost | None:
    try:
        papers.check_answered(services().store, meeting.id, written.questions)
    except papers.AnswersLost as lost:
        return lost
    return None


def _save(bearer: Capability, meeting: Meeting, written: Written, is_anyway: bool) -> None:
    # Signed out, or off the list, since the page was drawn.
    if not staff_only(OPEN_AGAIN, may=MAKES_EXAMS):
        return
    try:
        services().admission.now(bearer.id, MANAGES)
        paper, is_new = papers.attach(
            services().store,
            meeting.id,
            written,
            bearer.id,
            datetime.now(UTC),
            is_anyway=is_anyway,
        )
    except Refused:
        st.error("This link does not manage the exam any more.")
    except StoreError as error:
        st.error(plain(str(error)))
    else:
        told = f"Saved as revision {paper.revision}." if is_new else "Nothing was changed."
        st.session_state["paper saved"] = told
        for name in ("editor", "paper-manage", "way"):
            st.session_state.pop(name, None)
        st.rerun()

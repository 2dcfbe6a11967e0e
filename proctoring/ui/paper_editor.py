"""An editor for a paper: a list of questions, one of them open, and what is wrong as it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import streamlit as st

from proctoring.paper.kinds import KINDS
from proctoring.paper.limits import LONGEST_QUESTION, LONGEST_TITLE, MOST_QUESTIONS
from proctoring.paper.pictures import PictureError
from proctoring.paper.problems import PaperError, Problem
from proctoring.paper.reading import Written, read_paper
from proctoring.paper.writing import Document, Pictures, to_document, to_yaml
from proctoring.ui import plain
from proctoring.ui.paper import preview
from proctoring.ui.paper_editor_form import NAMES, ask_fields
from proctoring.ui.paper_file import summary, tell


@dataclass(slots=True)
class Draft:
    """What is being written, until it is saved."""

    meeting_id: str
    sections: list[Document]  # with "questions": a list of documents
    title: str = ""
    minutes: str = ""
    pictures: Pictures = field(default_factory=dict)
    at: tuple[int, int] | None = None  # the question that is open: section, place in it
    count: int = 0  # of what was moved or added: fields are drawn anew

    def document(self) -> Document:
        whole = {"title": self.title, "minutes": self.minutes}
        return {name: text for name, text in whole.items() if text} | {"sections": self.sections}


def edit(meeting_id: str, written: Written | None) -> Written | None:
    """The paper as it is written now, once there is nothing wrong in it and it was checked."""
    draft = _draft(meeting_id, written)
    left, right = st.columns([3, 1])
    draft.title = left.text_input("Title", draft.title, max_chars=LONGEST_TITLE, key="editor-title")
    draft.minutes = right.text_input(
        "Minutes", draft.minutes, max_chars=10, help="Empty: as long as the exam.", key="editor-min"
    )
    for number, section in enumerate(draft.sections):
        _show_section(draft, number, section)
    if st.button("Add a section", icon=":material/add:", key="editor-section"):
        draft.sections.append({"title": "", "questions": []})
        _again(draft)
    if not any(section["questions"] for section in draft.sections):
        st.caption("There is no question yet.")
        return None
    return _check(draft)


def _draft(meeting_id: str, written: Written | None) -> Draft:
    draft: Draft | None = st.session_state.get("editor")
    if draft is None or draft.meeting_id != meeting_id:
        draft = Draft(meeting_id, [{"title": "", "questions": []}])
        if written is not None:
            document, draft.pictures = to_document(written)
            draft.sections = document["sections"]
            draft.title, draft.minutes = document.get("title", ""), document.get("minutes", "")
        st.session_state["editor"] = draft
    return draft


def _show_section(draft: Draft, number: int, section: Document) -> None:
    key = f"editor-{draft.count}-{number}"
    with st.container(border=True, key=key):
        title = st.text_input(
            f"Section {number + 1}",
            section.get("title", ""),
            max_chars=LONGEST_TITLE,
            key=f"{key}-t",
        )
        with st.popover("Introduction and order", type="tertiary"):
            text = st.text_area(
                "What candidates read before its questions, in Markdown",
                section.get("text", ""),
                max_chars=LONGEST_QUESTION,
                key=f"{key}-x",
            )
            is_shuffled = st.checkbox(
                "Shuffle its questions for each candidate",
                section.get("shuffle_questions") == "true",
                key=f"{key}-s",
            )
        _put(section, title=title, text=text, shuffle_questions="true" if is_shuffled else "")
        for place, question in enumerate(section["questions"]):
            _show_question(draft, (number, place), question)
        _offer_to_add(draft, number, section, key)


def _show_question(draft: Draft, at: tuple[int, int], question: Document) -> None:
    number = 1 + at[1] + sum(len(one["questions"]) for one in draft.sections[: at[0]])
    key = f"editor-{draft.count}-{at[0]}-{at[1]}"
    first_line = (question.get("question") or "(not written yet)").strip().split("\n")[0]
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"{key}-row"):
        shown = plain(_unmarked(first_line)[:90])
        told = f"**{number}.** {shown}  \n:small[{NAMES[question['kind']]}]"
        st.markdown(told, width="stretch")
        acts: tuple[tuple[str, str, Callable[[Draft, tuple[int, int]], None]], ...] = (
            ("Edit", ":material/edit:", _open),
            ("Move up", ":material/arrow_upward:", _move_up),
            ("Move down", ":material/arrow_downward:", _move_down),
            ("Delete", ":material/delete:", _delete),
        )
        for label, icon, act in acts:
            if st.button(
                f"{label} question {number}", icon=icon, type="tertiary", key=f"{key}-{label}"
            ):
                act(draft, at)
    if draft.at == at:
        changed = ask_fields(question, key)
        if changed is not None:
            draft.sections[at[0]]["questions"][at[1]] = changed
            draft.at = None
            _again(draft)


def _unmarked(line: str) -> str:
    """Without the signs that make words bold or code of it: here they are in a list."""
    return re.sub(r"(\*\*|`)(\S(?:.*?\S)?)\1", r"\2", line)


def _offer_to_add(draft: Draft, number: int, section: Document, key: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.selectbox(
            "A question more", list(KINDS), format_func=NAMES.__getitem__, key=f"{key}-k"
        )
        is_full = sum(len(one["questions"]) for one in draft.sections) >= MOST_QUESTIONS
        if st.button("Add it", icon=":material/add:", key=f"{key}-add", disabled=is_full):
            section["questions"].append({"kind": kind, "question": ""})
            draft.at = (number, len(section["questions"]) - 1)
            _again(draft)
        may_go = len(draft.sections) > 1 and not section["questions"]
        if may_go and st.button("Delete the section", type="tertiary", key=f"{key}-d"):
            del draft.sections[number]
            draft.at = None
            _again(draft)


def _open(draft: Draft, at: tuple[int, int]) -> None:
    draft.at = None if draft.at == at else at
    st.rerun()


def _move_up(draft: Draft, at: tuple[int, int]) -> None:
    _move(draft, at, -1)


def _move_down(draft: Draft, at: tuple[int, int]) -> None:
    _move(draft, at, 1)


def _move(draft: Draft, at: tuple[int, int], by: int) -> None:
    """At the end of a section into the next one."""
    section, place = at
    questions = draft.sections[section]["questions"]
    to = place + by
    if 0 <= to < len(questions):
        questions[place], questions[to] = questions[to], questions[place]
    elif 0 <= section + by < len(draft.sections):
        others = draft.sections[section + by]["questions"]
        others.insert(0 if by > 0 else len(others), questions.pop(place))
    draft.at = None
    _again(draft)


def _delete(draft: Draft, at: tuple[int, int]) -> None:
    del draft.sections[at[0]]["questions"][at[1]]
    draft.at = None
    _again(draft)


def _again(draft: Draft) -> None:
    draft.count += 1
    st.session_state.pop("editor-checked", None)
    st.rerun()


def _check(draft: Draft) -> Written | None:
    def open_picture(name: str) -> bytes:
        if name not in draft.pictures:
            raise PictureError(f"the picture {name!r} is not here; take it out.")
        return draft.pictures[name]

    text = to_yaml(draft.document())
    try:
        written = read_paper(text.encode(), "paper.yaml", open_picture)
    except PaperError as error:
        tell([_without_line(problem) for problem in error.problems])
        return None
    st.success(plain(summary(written.questions)), icon=":material/check:")
    if st.toggle("Show it as candidates will see it", key="editor-preview"):
        preview(written.questions, "editor")
    return written


def _without_line(problem: Problem) -> Problem:
    """There are no lines in an editor, and questions are numbered as they are shown."""
    place = problem.where.rpartition(", ")[2]
    return Problem(place if place.startswith("question") else "", problem.text)


def _put(fields: Document, **values: str) -> None:
    for name, value in values.items():
        if value:
            fields[name] = value
        else:
            fields.pop(name, None)

"""A new exam: what candidates work on. Not in the form, so that a preview can follow a file."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import streamlit as st

from proctoring.office.journey import LONGEST_URL, BadJourney, checked
from proctoring.paper.problems import Problem
from proctoring.paper.reading import Written
from proctoring.types import Journey
from proctoring.ui.paper_file import ask_for_paper

TOLD, PAPER, OUTSIDE = "told", "paper", "outside"
NAMES = {
    PAPER: "Built-in paper",
    OUTSIDE: "External exam",
    TOLD: "Something else",
}
ABOUT = {
    PAPER: "Questions on the exam page; each answer is saved at once.",
    OUTSIDE: "A learning platform or a form, by its address.",
    TOLD: "On paper or in a program, as your instructions say.",
}


@dataclass(frozen=True, slots=True)
class Work:
    """What candidates work on, as it was chosen."""

    kind: str = TOLD
    written: Written | None = None
    exam_url: str = ""
    problems: tuple[Problem, ...] = ()  # in the paper


def ask_work() -> Work:
    kind = st.radio(
        "What candidates work on",
        list(NAMES),
        index=list(NAMES).index(TOLD),
        format_func=NAMES.__getitem__,
        captions=list(ABOUT.values()),
        key="work",
    )
    if kind == PAPER:
        taken = ask_for_paper("new")
        return Work(PAPER, written=taken.written, problems=taken.problems)
    if kind == OUTSIDE:
        url = st.text_input(
            "Address of the exam",
            max_chars=LONGEST_URL,
            placeholder="https://exams.example/quiz/42",
            key="exam-url",
            help="Candidates can open it in a new tab, or on the exam page if the site lets itself"
            " be shown there.",
        )
        return Work(OUTSIDE, exam_url=url.strip())
    return Work()


def problems(work: Work, minutes: int | None) -> list[str]:
    """What keeps it from being given to candidates, each with what to do about it."""
    if work.kind == PAPER:
        if work.problems:
            return ["Mend what is listed under the paper, and choose it again."]
        if work.written is None:
            return ["Choose the file of the paper, or another thing to work on."]
        time_s = work.written.questions.time_s
        if time_s and minutes and time_s > minutes * 60:
            return [
                f"The paper asks for {time_s / 60:g} minutes, and the exam ends after {minutes}."
                " Give the exam more working time, or the paper less."
            ]
    if work.kind == OUTSIDE:
        if not work.exam_url:
            return ["Write the address of the exam, or choose another thing to work on."]
        try:
            checked(Journey(exam_url=work.exam_url))
        except BadJourney as error:
            return [str(error)]
        parts = urlsplit(work.exam_url)
        if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
            return [
                "The address of the exam has to begin with https://, so that nobody reads along."
            ]
    return []

"""Taking a paper from an examiner: the file with its pictures, what is wrong in it, a preview."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from proctoring.paper.pictures import OpenPicture, PictureError
from proctoring.paper.problems import PaperError, Problem
from proctoring.paper.questions import Questions
from proctoring.paper.reading import Written, read_paper
from proctoring.paper.results import as_text
from proctoring.paper.template import FORMATS, template
from proctoring.ui import plain
from proctoring.ui.paper import preview

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

PICTURES = ("png", "jpg", "jpeg", "webp")
PAPERS = ("yaml", "yml", "csv")


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was read, or what is wrong in it; neither if there is none yet."""

    written: Written | None = None
    problems: tuple[Problem, ...] = ()


def ask_for_paper(key: str) -> Taken:
    """Not to be used in a form: the preview follows the file."""
    files = st.file_uploader(
        "The paper: a YAML or CSV file, and its pictures if it has some",
        [*PAPERS, *PICTURES],
        accept_multiple_files=True,
        key=f"paper-{key}",
        help="Up to 1 MB each. Pictures are named in the paper, and come with it.",
    )
    offer_templates(key)
    taken = take(files)
    if taken.problems:
        tell(taken.problems)
    if taken.written:
        show(taken.written.questions, key)
    return taken


def offer_templates(key: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption("To begin with:", width="content")
        for ending, media_type in FORMATS.items():
            st.download_button(
                f"Template, {ending.upper()}",
                template(ending),
                f"paper.{ending}",
                media_type,
                type="tertiary",
                key=f"template-{ending}-{key}",
                on_click="ignore",
            )


def take(files: Sequence[UploadedFile]) -> Taken:
    papers = [file for file in files if _ending(file.name) in PAPERS]
    pictures = {file.name: file.getvalue() for file in files if file not in papers}
    if not files:
        return Taken()
    if len(papers) != 1:
        told = "choose the YAML or CSV file, too" if not papers else "choose one paper, not several"
        return Taken(problems=(Problem("", f"{told}."),))

    try:
        written = read_paper(papers[0].getvalue(), papers[0].name, _opener(pictures))
    except PaperError as error:
        return Taken(problems=error.problems)
    return Taken(written)


def _opener(pictures: Mapping[str, bytes]) -> OpenPicture:
    def open_picture(name: str) -> bytes:
        found = pictures.get(Path(name).name)
        if found is None:
            raise PictureError(f"the picture {name!r} is not here; choose it with the paper.")
        return found

    return open_picture


def tell(problems: Sequence[Problem]) -> None:
    count = "1 thing" if len(problems) == 1 else f"{len(problems)} things"
    listed = "\n".join(f"- {plain(str(problem))}" for problem in problems)
    st.error(f"The paper cannot be used yet; {count} to mend:\n\n{listed}")


def show(questions: Questions, key: str) -> None:
    """What it holds, in a line, and as candidates will see it."""
    st.success(plain(summary(questions)), icon=":material/check:")
    if st.toggle("Show it as candidates will see it", key=f"preview-{key}"):
        st.caption("Where something is shuffled, each candidate has an order of their own.")
        preview(questions, key)


def summary(questions: Questions) -> str:
    """ "Physics: 7 questions, 12 points; a person marks 2 of them" """
    kinds = Counter(question.form.kind for question in questions)
    count = "1 question" if kinds.total() == 1 else f"{kinds.total()} questions"
    points = "1 point" if questions.points == 1 else f"{as_text(questions.points)} points"
    by_hand = kinds["long"] + kinds["code"]
    marked = f"; a person marks {by_hand} of them" if by_hand else ""
    time = f", {questions.time_s / 60:g} minutes" if questions.time_s else ""
    return f"{questions.title or 'No title'}: {count}, {points}{time}{marked}"


def _ending(name: str) -> str:
    return Path(name).suffix.lower().removeprefix(".")

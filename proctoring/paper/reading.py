"""A paper from a YAML or CSV file: what candidates see, and what solves it, apart."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path

from proctoring.paper import content
from proctoring.paper.csv_file import read_csv
from proctoring.paper.fields import Taker
from proctoring.paper.kinds import FIELDS, KINDS
from proctoring.paper.limits import (
    LARGEST_CONTENT,
    LARGEST_FILE,
    LONGEST_ALT,
    LONGEST_ID,
    LONGEST_QUESTION,
    LONGEST_TITLE,
    MOST_PICTURES,
    MOST_POINTS,
    MOST_QUESTIONS,
    MOST_SECTIONS,
)
from proctoring.paper.pictures import (
    OpenPicture,
    PictureError,
    media_type,
    no_pictures,
    pictures_in,
)
from proctoring.paper.problems import PaperError, Problem
from proctoring.paper.questions import Picture, Question, Questions, Section
from proctoring.paper.solutions import Key, Solved
from proctoring.paper.tree import Fields, Node
from proctoring.paper.yaml_file import read_yaml

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Written:
    """What a file holds."""

    questions: Questions
    key: Key


def read_file(path: Path) -> Written:
    """By the end of its name, `.yaml`, `.yml` or `.csv`. Raises PaperError and OSError."""
    with path.open("rb") as file:
        data = file.read(LARGEST_FILE + 1)
    return read_paper(data, path.name, pictures_in(path.parent))


def read_paper(data: bytes, name: str, open_picture: OpenPicture = no_pictures) -> Written:
    """`name` is the file's, and only its end counts. Raises PaperError with all that is wrong."""
    if len(data) > LARGEST_FILE:
        raise _error(f"the file is larger than {LARGEST_FILE // 1000} kB; make two papers of it.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _error("this is no text in UTF-8; save it as such (“CSV UTF-8”).") from None
    ending = Path(name).suffix.lower()
    if ending == ".csv":
        tree = read_csv(text)
    elif ending in (".yaml", ".yml"):
        tree = read_yaml(text)
    else:
        raise _error(f"{name!r} ends in neither .yaml, .yml nor .csv; name it by what it is.")
    return _Reader(open_picture).read(tree)


def _error(text: str) -> PaperError:
    return PaperError([Problem("", text)])


@dataclass(frozen=True, slots=True)
class _Defaults:
    """What the whole paper says once."""

    shuffle_questions: bool
    shuffle_choices: bool
    penalty: float


class _Reader:
    def __init__(self, open_picture: OpenPicture) -> None:
        self._open_picture = open_picture
        self._problems: list[Problem] = []
        self._solved: dict[str, Solved] = {}
        self._number = 0  # of the question, in the file

    def read(self, tree: Node) -> Written:
        if not isinstance(tree, Fields):
            raise PaperError([Problem(tree.where, "a paper begins with names, such as title: …")])
        questions = self._paper(Taker(tree, self._problems))
        if not self._solved and not self._problems:
            raise _error("there is no question; write one at least.")
        if self._number > MOST_QUESTIONS:
            told = f"there are {self._number} questions; {MOST_QUESTIONS} are the most."
            self._problems.append(Problem("", told))
        written = Written(questions, Key(self._solved))
        if not self._problems:
            size = max(map(_size, content.to_contents(questions, written.key)))
            if size > LARGEST_CONTENT:
                told = f"with its pictures the paper has {size // 1000} kB"
                hint = f"{LARGEST_CONTENT // 1000} are the most; make the pictures smaller."
                self._problems.append(Problem("", f"{told}; {hint}"))
        if self._problems:
            raise PaperError(self._problems)
        return written

    def _paper(self, take: Taker) -> Questions:
        title, time_s = take.text("title", LONGEST_TITLE), take.minutes()
        defaults = _Defaults(
            take.flag("shuffle_questions", False),
            take.flag("shuffle_choices", True),
            take.number("penalty", 0, MOST_POINTS, 0),
        )
        sections = [
            self._section(node, defaults) for node in take.objects("sections", MOST_SECTIONS)
        ]
        loose = self._questions(take, defaults)
        if loose and sections:
            take.note("there are questions beside the sections; put them into one.")
        if loose:
            sections = [Section(loose, is_shuffled=defaults.shuffle_questions)]
        take.done()
        return Questions(tuple(sections), title, time_s)

    def _section(self, node: Fields, defaults: _Defaults) -> Section:
        take = Taker(node, self._problems)
        title = take.text("title", LONGEST_TITLE)
        text = take.text("text", LONGEST_QUESTION)
        is_shuffled = take.flag("shuffle_questions", defaults.shuffle_questions)
        defaults = replace(
            defaults, shuffle_choices=take.flag("shuffle_choices", defaults.shuffle_choices)
        )
        before, questions = self._number, self._questions(take, defaults)
        if self._number == before:
            take.note("there is no question in this section; write one, or take it out.")
        take.done()
        return Section(questions, title, text, is_shuffled)

    def _questions(self, take: Taker, defaults: _Defaults) -> tuple[Question, ...]:
        nodes = take.objects("questions", MOST_QUESTIONS)
        found = [self._question(node, defaults) for node in nodes]
        return tuple(question for question in found if question)

    def _question(self, node: Fields, defaults: _Defaults) -> Question | None:
        self._number += 1
        take = Taker(node, self._problems, f"question {self._number}")
        kind = take.one_of("kind", KINDS, "")
        text = take.text("question", LONGEST_QUESTION, wanted=True)
        if not kind:  # nothing else can be judged without
            if not take.has("kind"):
                take.note(f"there is no kind; it is one of {', '.join(KINDS)}.")
            return None
        form, solution = KINDS[kind](take, defaults.shuffle_choices)
        points = take.number("points", 0, MOST_POINTS, 1)
        is_by_hand = solution.kind == "by_hand"
        penalty = 0.0 if is_by_hand else take.number("penalty", 0, MOST_POINTS, defaults.penalty)
        question = Question(
            id=self._id(take, kind, text),
            text=text,
            form=form,
            points=points,
            penalty=penalty,
            is_required=take.flag("required", False),
            time_s=take.minutes(),
            pictures=tuple(self._pictures(take)),
        )
        take.done(FIELDS, f"for the kind {kind}")
        self._solved[question.id] = Solved(solution, points, penalty)
        return question

    def _id(self, take: Taker, kind: str, text: str) -> str:
        """Without one in the file it is made of the question, so that it stays when others are
        put in before it. Never of what solves it."""
        given = take.text("id", LONGEST_ID)
        if given and not _ID.fullmatch(given):
            take.note(f"id is letters, digits, dots and dashes, not {given!r}.")
        if given in self._solved:
            take.note(f"the id {given} is that of another question; take another.")
        if given:
            return given
        said = hashlib.sha256(json.dumps([kind, text]).encode()).hexdigest()[:12]
        same = sum(1 for known in self._solved if known.partition("-")[0] == said)
        return f"{said}-{same + 1}" if same else said

    def _pictures(self, take: Taker) -> list[Picture]:
        pictures = []
        for node in take.objects("images", MOST_PICTURES):
            of = Taker(node, self._problems, f"question {self._number}")
            name = of.text("file", LONGEST_ALT, wanted=True)
            alt = of.text("alt", LONGEST_ALT)
            if not alt:
                of.note("the picture has no alt; say what it shows, for those who cannot see it.")
            of.done()
            try:
                if name:
                    data = self._open_picture(name)
                    pictures.append(Picture(media_type(name, data), data, alt))
            except PictureError as error:
                of.note(str(error))
        return pictures


def _size(text: str) -> int:
    return len(text.encode())

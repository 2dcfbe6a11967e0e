"""A paper as candidates see it. Nothing here solves anything: that is in `solutions`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Picture:
    media_type: str  # "image/png", "image/jpeg" or "image/webp"
    data: bytes = field(repr=False)
    alt: str  # what it shows, for those who cannot see it


@dataclass(frozen=True, slots=True)
class Choice:
    id: str  # made of its text: stays when others are added, taken out or moved
    text: str


@dataclass(frozen=True, slots=True)
class SingleChoice:
    """The answer is the id of a choice."""

    kind: ClassVar[str] = "single"
    choices: tuple[Choice, ...]  # if shuffled in an order that says nothing of the file's
    is_shuffled: bool = True


@dataclass(frozen=True, slots=True)
class MultipleChoice:
    """The answer is a list of ids of choices."""

    kind: ClassVar[str] = "multiple"
    choices: tuple[Choice, ...]
    is_shuffled: bool = True
    counts_each: bool = False  # or all or nothing: which candidates should know


@dataclass(frozen=True, slots=True)
class ShortText:
    """The answer is a line of text."""

    kind: ClassVar[str] = "short"
    longest: int  # characters


@dataclass(frozen=True, slots=True)
class LongText:
    """The answer is text, which a person marks."""

    kind: ClassVar[str] = "long"
    longest: int  # characters


@dataclass(frozen=True, slots=True)
class Number:
    """The answer is a number, as text the way that the candidate typed it."""

    kind: ClassVar[str] = "number"
    unit: str = ""  # shown behind the field


@dataclass(frozen=True, slots=True)
class Code:
    """The answer is the text of a program, which a person marks. Nothing runs it."""

    kind: ClassVar[str] = "code"
    longest: int  # characters
    language: str = ""
    start: str = ""  # what stands in the field at first


Form = SingleChoice | MultipleChoice | ShortText | LongText | Number | Code


@dataclass(frozen=True, slots=True)
class Question:
    id: str
    text: str  # Markdown
    form: Form
    points: float = 1.0
    penalty: float = 0.0  # points that a wrong answer costs; no answer costs nothing
    is_required: bool = False
    time_s: int | None = None  # for this question alone
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    questions: tuple[Question, ...]
    title: str = ""
    text: str = ""  # Markdown, before its questions
    is_shuffled: bool = False  # its questions, among themselves


@dataclass(frozen=True, slots=True)
class Questions:
    """A whole paper."""

    sections: tuple[Section, ...]
    title: str = ""
    time_s: int | None = None  # for the whole

    def __iter__(self) -> Iterator[Question]:
        for section in self.sections:
            yield from section.questions

    @property
    def points(self) -> float:
        return round(sum(question.points for question in self), 2)

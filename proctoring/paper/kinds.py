"""What each kind of question has beside its text: what candidates see, and what solves it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from decimal import Decimal

from proctoring.paper.fields import Taker
from proctoring.paper.limits import (
    LONG_TEXT,
    LONGEST_CHOICE,
    LONGEST_QUESTION,
    LONGEST_TEXT,
    LONGEST_UNIT,
    MOST_ALTERNATIVES,
    MOST_CHOICES,
    SHORT_TEXT,
)
from proctoring.paper.numerals import NoNumber, read_number
from proctoring.paper.problems import shortened
from proctoring.paper.questions import (
    Choice,
    Code,
    Form,
    LongText,
    MultipleChoice,
    Number,
    ShortText,
    SingleChoice,
)
from proctoring.paper.solutions import ByHand, RightChoices, RightNumber, RightText, Solution

ALL, EACH = "all", "each"  # how the choices of one question are marked
Both = tuple[Form, Solution]


def _single(take: Taker, is_shuffled: bool) -> Both:
    choices, right = _choices(take, is_shuffled)
    if len(right) > 1:
        take.note(f"there are {len(right)} answers; take one, or the kind multiple.")
    return SingleChoice(choices, _shuffle(take, is_shuffled)), RightChoices(right)


def _multiple(take: Taker, is_shuffled: bool) -> Both:
    choices, right = _choices(take, is_shuffled)
    counts_each = take.one_of("marking", (ALL, EACH), ALL) == EACH
    form = MultipleChoice(choices, _shuffle(take, is_shuffled), counts_each)
    return form, RightChoices(right, counts_each)


def _shuffle(take: Taker, default: bool) -> bool:
    return take.flag("shuffle_choices", default)


def _choices(take: Taker, is_shuffled: bool) -> tuple[tuple[Choice, ...], frozenset[str]]:
    texts = take.texts("choices", LONGEST_CHOICE, MOST_CHOICES)
    if len(texts) < 2:
        take.note("there are fewer than two choices; list them.")
    for text in {text for text in texts if texts.count(text) > 1}:
        take.note(f"the choice {shortened(text)} is there twice; take one out.")
    right = take.texts("answer", LONGEST_CHOICE, MOST_CHOICES)
    if not right and not take.has("answer"):
        take.note("there is no answer; name the choice that is right.")
    for text in right:
        if text not in texts:
            take.note(f"the answer {shortened(text)} is none of the choices; write it alike.")
    choices = [Choice(choice_id(text), text) for text in dict.fromkeys(texts)]
    if _shuffle(take, is_shuffled):  # many write the right one first: no trace may stay of it
        choices.sort(key=lambda choice: choice.id)
    return tuple(choices), frozenset(choice_id(text) for text in right)


def choice_id(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _short(take: Taker, _: bool) -> Both:
    longest = take.whole("longest", 1, LONGEST_TEXT, SHORT_TEXT)
    alternatives = take.texts("answer", LONGEST_TEXT, MOST_ALTERNATIVES)
    if not alternatives:
        take.note("there is no answer; write one, or take the kind long, which a person marks.")
    for text in alternatives:
        if len(text) > longest:
            take.note(f"the answer {shortened(text)} is longer than {longest}, which is longest.")
    return ShortText(longest), RightText(alternatives, take.flag("case_sensitive", False))


def _long(take: Taker, _: bool) -> Both:
    form = LongText(take.whole("longest", 1, LONGEST_TEXT, LONG_TEXT))
    return form, ByHand(take.text("guide", LONGEST_QUESTION))


def _code(take: Taker, _: bool) -> Both:
    form = Code(
        longest=take.whole("longest", 1, LONGEST_TEXT, LONG_TEXT),
        language=take.text("language", LONGEST_UNIT),
        start=take.verbatim("start", LONGEST_QUESTION),
    )
    return form, ByHand(take.text("guide", LONGEST_QUESTION))


def _number(take: Taker, _: bool) -> Both:
    value = take.decimal("answer")
    if value is None and not take.has("answer"):
        take.note("there is no answer; write the number.")
    tolerance, is_relative = _tolerance(take)
    solution = RightNumber(value or Decimal(0), tolerance, is_relative)
    return Number(take.text("unit", LONGEST_UNIT)), solution


def _tolerance(take: Taker) -> tuple[Decimal, bool]:
    """ "0.01", or "2 %" of the value."""
    text = take.text("tolerance", LONGEST_UNIT)
    is_relative = text.endswith("%")
    try:
        value = read_number(text.rstrip("%")) if text else Decimal(0)
    except NoNumber:
        value = Decimal(-1)
    if value < 0:
        take.note(f"tolerance is a number such as 0.01, or a share such as 2 %; not {text!r}.")
        value = Decimal(0)
    return (value / 100 if is_relative else value), is_relative


FIELDS = (  # of some kinds, and not of all
    *("choices", "answer", "shuffle_choices", "marking", "case_sensitive", "tolerance", "unit"),
    *("longest", "guide", "language", "start", "penalty"),
)
KINDS: Mapping[str, Callable[[Taker, bool], Both]] = {
    SingleChoice.kind: _single,
    MultipleChoice.kind: _multiple,
    ShortText.kind: _short,
    LongText.kind: _long,
    Number.kind: _number,
    Code.kind: _code,
}

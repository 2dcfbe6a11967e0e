"""What an examiner may allow, in words: on the form, in the consent, on the desk."""

from __future__ import annotations

from collections.abc import Collection

from proctoring.analysers.objects import SIGNALS
from proctoring.types import Policy

PAPER, SPEAKING = "paper", "speaking"
ALLOWANCES = {  # the names of proctoring.analysers.objects.SIGNALS, and what is no object
    "book": "a book",
    "phone": "a phone",
    "second_screen": "another screen",
    PAPER: "paper to read from",
    SPEAKING: "speaking aloud",
}
USUAL = frozenset({SPEAKING})  # what Policy() allows


def policy_of(names: Collection[str]) -> Policy:
    """`names` are among those of `ALLOWANCES`."""
    labels = (label for name in names for label in SIGNALS.get(name, ()))
    return Policy(frozenset(labels), may_look_down=PAPER in names, may_speak=SPEAKING in names)


def said(policy: Policy) -> str:
    """ "a book, speaking aloud"; "" if nothing is allowed."""
    return ", ".join(
        [*named_on_desk(policy), *([ALLOWANCES[SPEAKING]] if policy.may_speak else [])]
    )


def quoted(policy: Policy) -> str:
    """The phrases that are listened for: "“hey siri”, “what's the answer”"; "" if none are."""
    return ", ".join(f"“{phrase}”" for phrase in policy.phrases)


def named_on_desk(policy: Policy) -> list[str]:
    """What may lie on the desk: "a book", "paper to read from". Labels without words stay."""
    names = {name for name, labels in SIGNALS.items() if policy.allowed_objects.issuperset(labels)}
    others = policy.allowed_objects.difference(*(SIGNALS[name] for name in names))
    if policy.may_look_down:
        names.add(PAPER)
    return [*(words for name, words in ALLOWANCES.items() if name in names), *sorted(others)]

"""Which steps a candidate goes through before the exam, and about how long they take."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum

from proctoring.analysers import media_of
from proctoring.types import Meeting


class Step(StrEnum):
    DEVICES = "devices"
    IDENTITY = "identity"
    CARD = "card"
    ROOM = "room"
    VOICE = "voice"
    SCREEN = "screen"
    READY = "ready"


TITLES = {
    Step.DEVICES: "Devices",
    Step.IDENTITY: "Your face",
    Step.CARD: "Your card",
    Step.ROOM: "Your room",
    Step.VOICE: "Your voice",
    Step.SCREEN: "Your screen",
    Step.READY: "Ready",
}
# In their order, with the signal that each is for, and "" for those that stand alone.
NEEDS = {
    Step.IDENTITY: "identity",
    Step.CARD: "identity",
    Step.ROOM: "",
    Step.VOICE: "voice_owner",
    Step.SCREEN: "screen",
}
OF_THIS_BROWSER = frozenset({Step.DEVICES, Step.SCREEN})  # nobody else knows how they stand
RULES_S = 45.0  # of reading; the rest is what `benchmarks/check_in.py` measures, and a person
LASTS_S = {
    Step.DEVICES: 20.0,
    Step.IDENTITY: 30.0,
    Step.CARD: 20.0,
    Step.ROOM: 35.0,
    Step.VOICE: 25.0,
    Step.SCREEN: 15.0,
}
FIRST, LAST = "Rules", "Begin"


def plan_of(meeting: Meeting, off: Collection[str] = ()) -> tuple[Step, ...]:
    """In their order: those that the examiner chose, where what they are for is measured.

    `off` are signals that are off for this candidate. Who has nothing to do but to switch on a
    camera begins from there.
    """
    on = set(meeting.signals) - set(off)
    wanted = {str(step) for step in meeting.journey.check_in}
    wanted |= {Step.IDENTITY} if Step.CARD in wanted else set()  # a card is compared with the face
    wanted |= {Step.SCREEN} if meeting.journey.screen_share else set()
    wanted -= set() if "camera" in media_of(on) else {Step.ROOM}
    steps = tuple(
        step for step, signal in NEEDS.items() if step in wanted and (not signal or signal in on)
    )
    if not steps and not meeting.journey.needs_letting_in:
        return (Step.DEVICES,)
    return (Step.DEVICES, *steps, Step.READY)


def names_of(steps: Sequence[Step]) -> tuple[str, ...]:
    """Of all steps to the exam, for whoever wants to know how many there are."""
    middle = tuple(TITLES[step] for step in steps)
    return (FIRST, *middle) if Step.READY in steps else (FIRST, *middle, LAST)


def minutes(steps: Iterable[Step]) -> int:
    """About how long they take, with the reading of the rules."""
    return max(1, round((RULES_S + sum(LASTS_S.get(step, 0.0) for step in steps)) / 60))

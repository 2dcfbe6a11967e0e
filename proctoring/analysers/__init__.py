"""Every analyser the product runs. To add one: write its file, add its line here."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Collection
from functools import cache

from proctoring.exam import NOTHING_KNOWN, Exam
from proctoring.types import Analyser, Category, Journey, Policy, Rule

ANALYSERS = (
    "faces:FaceCounter",
    "identity:IdentityCheck",
    "speakers:SpeakerCounter",
    "voice_owner:VoiceOwner",
    "whisper:WhisperWatch",
    "phrases:PhraseSpotter",
    "objects:ObjectWatch",
    "camera:CameraHealth",
    "picture:PictureQuality",
    "gaze:GazeTracker",
    "position:FacePosition",
    "movement:HeadMovement",
    "liveness:LivenessWatch",
    "microphone:MicrophoneHealth",
    "page:PageWatch",
    "clipboard:ClipboardWatch",
    "displays:DisplayWatch",
    "screen:ScreenWatch",
    "page_line:PageHealth",
)
# Off unless the policy or the journey asks for them, and nothing to tick among the others.
ON_REQUEST: dict[str, Callable[[Policy, Journey], bool]] = {
    "phrases": lambda policy, _: bool(policy.phrases),
    "screen": lambda _, journey: journey.screen_share,
}
AS_EVER = Journey()

# Technical, and yet of the person or their desk: an examiner may do without.
OF_THE_PERSON = {"movement", "displays"}
DEVICES = frozenset({"camera", "microphone"})
PAGE = "page"  # a medium, too: what the exam's page itself tells


@cache
def analyser_types() -> tuple[type[Analyser], ...]:
    return tuple(pkgutil.resolve_name(f"{__name__}.{entry}") for entry in ANALYSERS)


@cache
def rules_by_kind() -> dict[str, Rule]:
    return {rule.kind: rule for analyser in analyser_types() for rule in analyser.rules}


def choices() -> tuple[type[Analyser], ...]:
    """Those an examiner can switch off: the ones that look at the person."""
    return tuple(
        kind for kind in analyser_types() if _is_choice(kind) and kind.name not in ON_REQUEST
    )


def signals_of(
    names: Collection[str], policy: Policy, journey: Journey = AS_EVER
) -> tuple[str, ...]:
    """The named choices, and what the policy and the journey ask for, in the registry's order."""
    on = {*names} - ON_REQUEST.keys()
    on |= {name for name, asks in ON_REQUEST.items() if asks(policy, journey)}
    return tuple(kind.name for kind in analyser_types() if kind.name in on)


def is_on(kind: type[Analyser], names: Collection[str]) -> bool:
    """Named, or the health of a medium that something named needs."""
    return kind.name in names if _is_choice(kind) else kind.medium in _needed(names)


def media_of(names: Collection[str]) -> frozenset[str]:
    """The devices that the named analysers need: "camera", "microphone", both or neither."""
    return _needed(names) & DEVICES


def page_signals(names: Collection[str]) -> tuple[str, ...]:
    """Of the named analysers, those that live on what the exam's page tells."""
    return tuple(
        kind.name for kind in analyser_types() if kind.medium == PAGE and is_on(kind, names)
    )


def create_analysers(
    names: Collection[str], media: Collection[str], exam: Exam = NOTHING_KNOWN
) -> list[Analyser]:
    """A fresh set for one session: those named, and the health of the media that they need.

    `media` are those there are to listen to, a live exam's page among them; what needs another
    is left out.
    """
    return [kind(exam) for kind in analyser_types() if kind.medium in media and is_on(kind, names)]


def _needed(names: Collection[str]) -> frozenset[str]:
    return frozenset(
        kind.medium for kind in analyser_types() if _is_choice(kind) and kind.name in names
    )


def _is_choice(kind: type[Analyser]) -> bool:
    return _is_conduct(kind) or kind.name in OF_THE_PERSON


def _is_conduct(kind: type[Analyser]) -> bool:
    return any(rule.category is Category.CONDUCT for rule in kind.rules)

"""Every analyser the product runs. To add one: write its file, add its line here."""

from __future__ import annotations

import pkgutil
from collections.abc import Collection
from functools import cache

from proctoring.exam import NOTHING_KNOWN, Exam
from proctoring.types import Analyser, Category, Rule

ANALYSERS = (
    "faces:FaceCounter",
    "identity:IdentityCheck",
    "speakers:SpeakerCounter",
    "voice_owner:VoiceOwner",
    "objects:ObjectWatch",
    "camera:CameraHealth",
    "picture:PictureQuality",
    "gaze:GazeTracker",
    "position:FacePosition",
    "movement:HeadMovement",
    "liveness:LivenessWatch",
    "microphone:MicrophoneHealth",
)


@cache
def analyser_types() -> tuple[type[Analyser], ...]:
    return tuple(pkgutil.resolve_name(f"{__name__}.{entry}") for entry in ANALYSERS)


@cache
def rules_by_kind() -> dict[str, Rule]:
    return {rule.kind: rule for analyser in analyser_types() for rule in analyser.rules}


def choices() -> tuple[type[Analyser], ...]:
    """Those an examiner can switch off: the ones that look at conduct."""
    return tuple(kind for kind in analyser_types() if _is_conduct(kind))


def media_of(names: Collection[str]) -> frozenset[str]:
    """What the named analysers need: "camera", "microphone", both or neither."""
    return frozenset(kind.medium for kind in choices() if kind.name in names)


def create_analysers(
    names: Collection[str], media: Collection[str], exam: Exam = NOTHING_KNOWN
) -> list[Analyser]:
    """A fresh set for one session: those named, and the health of the media that they need.

    `media` are those there are to listen to; what needs another is left out.
    """
    needed = media_of(names) & frozenset(media)
    return [
        kind(exam)
        for kind in analyser_types()
        if kind.medium in needed and (kind.name in names or not _is_conduct(kind))
    ]


def _is_conduct(kind: type[Analyser]) -> bool:
    return any(rule.category is Category.CONDUCT for rule in kind.rules)

"""Small makers that many tests share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from proctoring.ids import new_id
from proctoring.perception.scene import Perception
from proctoring.pipeline import Pipeline
from proctoring.policy.presets import PRESETS
from proctoring.types import (
    Category,
    Face,
    Image,
    Meeting,
    Observation,
    Occurrence,
    Rule,
    Severity,
    Tick,
    VideoFrame,
)

if TYPE_CHECKING:
    from proctoring.services import Services

START = datetime(2026, 1, 1, 9, tzinfo=UTC)
GREY: Image = np.full((240, 320, 3), 128, np.uint8)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def make_meeting(services: Services, **changes: Any) -> tuple[Meeting, str]:
    """One that is open now, and its proctor secret."""
    now = datetime.now(UTC)
    values: dict[str, Any] = {
        "title": "Algebra",
        "opens_at": now - timedelta(minutes=1),
        "closes_at": now + timedelta(hours=1),
        "length_s": 1800,
        "signals": ("faces", "speakers"),
    }
    return services.create_meeting(**values | changes)


def rule(**changes: Any) -> Rule:
    values: dict[str, Any] = {
        "kind": "multiple_faces",
        "title": "More than one face",
        "signal": "face_count",
        "enter_at": 2,
        "exit_at": 1,
        "phrase": "{value:.0f} faces",
        "advice": "Make sure that you are alone.",
    }
    return Rule(**values | changes)


def occurrence(opened_s: float = 0.0, **changes: Any) -> Occurrence:
    values: dict[str, Any] = {
        "id": new_id(),
        "meeting_id": "m",
        "participant_id": "p",
        "kind": "multiple_faces",
        "title": "More than one face",
        "summary": "2 faces",
        "advice": "Make sure that you are alone.",
        "category": Category.CONDUCT,
        "severity": Severity.ALERT,
        "weight": 0.4,
        "value": 2.0,
        "opened_at": at(opened_s),
        "last_seen_at": at(opened_s),
    }
    return Occurrence(**values | changes)


def faces(count: int) -> Callable[[Image], tuple[Face, ...]]:
    """A detector that sees so many in every picture."""
    found = tuple(Face((10 + 60 * i, 10, 50 + 60 * i, 50), 0.9) for i in range(count))
    return lambda image: found


class Meter:
    """An analyser whose measurements are played from a list, one a sample."""

    name: ClassVar[str] = "meter"
    title: ClassVar[str] = "Meter"
    medium: ClassVar[str] = "camera"
    explains: ClassVar[str] = ""
    accepts: ClassVar[type | tuple[type, ...]] = Tick
    rules: ClassVar[tuple[Rule, ...]] = (rule(),)

    def __init__(self, values: Iterable[float | None]) -> None:
        self._values: Iterator[float | None] = iter(values)

    def analyse(self, sample: Any) -> Iterable[Observation]:
        yield Observation(sample.t, "face_count", next(self._values), reason="dark")


def make_pipeline(
    *analysers: Any, count: int = 1, preset: str = "standard", **settings: Any
) -> Pipeline:
    return Pipeline(
        analysers,
        preset=PRESETS[preset],
        meeting_id="m",
        participant_id=settings.pop("participant_id", "p"),
        started_at=START,
        perception=Perception(detect_faces=faces(count), examine_faces=faces(count)),
        **settings,
    )


def frames(seconds: float, rate: float = 4.0, start_s: float = 0.0) -> Iterator[VideoFrame]:
    for i in range(round(seconds * rate)):
        yield VideoFrame(start_s + i / rate, GREY)

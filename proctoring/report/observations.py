"""Every observation of a replay as JSON Lines, abstentions with their reason among them."""

from __future__ import annotations

import json
from typing import Any, TextIO

from proctoring.analysers import analyser_types
from proctoring.replay import Watcher
from proctoring.types import Observation


class ObservationLog(Watcher):
    def __init__(self, file: TextIO) -> None:
        self._file = file

    def observed(self, observation: Observation) -> None:
        line = json.dumps(as_json(observation), ensure_ascii=False, separators=(",", ":"))
        self._file.write(line + "\n")


def as_json(observation: Observation) -> dict[str, Any]:
    """Times in seconds of media time, boxes as left, top, right, bottom in pixels."""
    span = observation.span
    return {
        "t": round(observation.t, 3),
        "analyser": analyser_of(observation.signal),
        "signal": observation.signal,
        "value": None if observation.value is None else round(float(observation.value), 4),
        "abstained": observation.value is None,
        "reason": observation.reason,
        "confidence": round(float(observation.confidence), 3),
        "boxes": [list(map(int, box)) for box in observation.boxes],
        "seen_t": None if observation.seen_t is None else round(observation.seen_t, 3),
        "span": None if span is None else [round(float(t), 3) for t in span],
    }


def analyser_of(signal: str) -> str | None:
    """The name of the analyser whose rules read the signal."""
    names = (
        kind.name for kind in analyser_types() if any(rule.signal == signal for rule in kind.rules)
    )
    return next(names, None)

"""What a watch leaves behind if it is lost: what was open, and what it had learned."""

from __future__ import annotations

from dataclasses import replace

from proctoring.pipeline import Record
from proctoring.recall import Learned, recall
from proctoring.types import Enrolled, Occurrence


class Unfinished:
    def __init__(self) -> None:
        self._open: dict[str, Occurrence] = {}
        self._enrolled: dict[str, Enrolled] = {}  # by kind

    def note(self, record: Record) -> None:
        if isinstance(record, Enrolled):
            self._enrolled[record.kind] = record
        elif isinstance(record, Occurrence):
            if record.closed_at is None:
                self._open[record.id] = record
            else:
                self._open.pop(record.id, None)

    def close(self) -> list[Occurrence]:
        """What was open, as it ended when it was last seen; each once."""
        ended = [replace(one, closed_at=one.last_seen_at) for one in self._open.values()]
        self._open.clear()
        return ended

    @property
    def learned(self) -> tuple[Learned, ...]:
        known = recall(self._enrolled.values())
        return tuple(one for one in (known.gaze, known.faces, known.voice) if one is not None)

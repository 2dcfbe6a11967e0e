"""What a page and a PDF of a report are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from proctoring.review.shown import View
from proctoring.types import Meeting


@dataclass(frozen=True, slots=True)
class Clock:
    """Times in the reader's zone."""

    zone: ZoneInfo
    made_at: datetime

    def day(self, iso: str) -> str:
        return f"{self._local(iso):%a %-d %b %Y, %H:%M:%S}"

    def time(self, iso: str) -> str:
        return f"{self._local(iso):%H:%M:%S}"

    @property
    def made(self) -> str:
        return f"{self.made_at.astimezone(self.zone):%-d %B %Y, %H:%M} ({self.zone.key})"

    def _local(self, iso: str) -> datetime:
        return datetime.fromisoformat(iso).astimezone(self.zone)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a page and a PDF are made of."""

    meeting: Meeting
    clock: Clock
    one: View = field(default_factory=dict)  # a candidate, as `shown.candidate` tells
    pictures: dict[str, bytes] = field(default_factory=dict)  # JPEG, by evidence id
    all: Sequence[View] = ()  # of candidates, as `shown.candidate_row` tells
    agreement: str = ""

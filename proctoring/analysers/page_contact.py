"""Whether the exam page is heard, which every analyser of what it says has to know."""

from __future__ import annotations

from collections.abc import Iterable

from proctoring.perception.scene import Beat, Scene
from proctoring.types import (
    PAGE_CLOSED,
    PAGE_ODD,
    PAGE_OPENED,
    STILL_KEPT,
    AudioChunk,
    BrowserEvent,
    Observation,
    Tick,
)

Sample = BrowserEvent | Scene | AudioChunk | Tick
ACCEPTS = (BrowserEvent, Scene, AudioChunk, Tick)  # the others tell the time

LOOK_EVERY_S = 1.0
BEAT = "heartbeat"  # every five seconds; it says how the page stands
SILENT_AFTER_S = 20.0
# Browsers let a page in the background run its timers once a minute, after some minutes.
SILENT_WHILE_HIDDEN_S = 90.0
LATE_S = 1.0  # what happened longer ago was kept while there was no line
HELD_S = 6.0  # what happens in a moment is told for so long: rules may look every five seconds


class Contact:
    def __init__(self) -> None:
        self.now = 0.0  # s
        self.is_open = False  # the page's line
        self.heard_t: float | None = None
        self.state: frozenset[str] = frozenset()  # the words of the newest heartbeat
        self.is_late = False  # it tells of what was before, and has not come to now
        self._beat = Beat(LOOK_EVERY_S)

    def follow(self, sample: Sample) -> bool:
        """Is it time to tell?"""
        self.now = max(self.now, sample.end_t if isinstance(sample, AudioChunk) else sample.t)
        if isinstance(sample, BrowserEvent):
            self._hear(sample)
        return self._beat.is_due(self.now) or isinstance(sample, BrowserEvent)

    @property
    def silent_after_s(self) -> float:
        return SILENT_WHILE_HIDDEN_S if "hidden" in self.state else SILENT_AFTER_S

    @property
    def why_not(self) -> str:
        """Why nothing can be said of the page now; "" if it can."""
        if not self.is_open:
            return "no connection to the page"
        if self.heard_t is None:
            return "the page has not said anything yet"
        if self.now - self.heard_t > self.silent_after_s:
            return "the page says nothing"
        return "catching up" if self.is_late else ""

    def _hear(self, event: BrowserEvent) -> None:
        if event.name in (PAGE_OPENED, PAGE_CLOSED):
            self.is_open = event.name == PAGE_OPENED
        elif event.name not in (PAGE_ODD, STILL_KEPT):
            self.heard_t = event.t
            self.is_late = event.ago_s > LATE_S
            if event.name == BEAT:
                self.state = frozenset(event.detail.split())


class Moment:
    """A signal of what takes no time: its largest value is told for some seconds."""

    def __init__(self, signal: str) -> None:
        self._signal = signal
        self._value, self._detail = 0.0, ""
        self._until_t = 0.0
        self._told_t = 0.0

    def happen(self, t: float, now: float, value: float, detail: str = "") -> Iterable[Observation]:
        """At `t`, of which we learn now. What is over by now is told once."""
        is_lasting = now < self._until_t
        self._value = max(value, self._value) if is_lasting else value
        self._detail, self._until_t = detail, t + HELD_S
        if self._until_t <= now:
            self._told_t = max(t, self._told_t)
            yield Observation(self._told_t, self._signal, value, detail=detail)
            yield Observation(self._told_t, self._signal, 0.0)

    def tell(self, contact: Contact) -> Observation:
        now = contact.now
        if now < self._until_t:
            self._told_t = now
            return Observation(now, self._signal, self._value, detail=self._detail)
        if reason := contact.why_not:
            return Observation(now, self._signal, None, reason=reason)
        self._told_t = now
        return Observation(now, self._signal, 0.0)

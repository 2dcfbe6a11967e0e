"""Is the exam page heard, and is what it says of one piece?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from proctoring.analysers.equipment import equipment_rule
from proctoring.analysers.page_contact import ACCEPTS, LOOK_EVERY_S, Contact, Moment, Sample
from proctoring.exam import NOTHING_KNOWN, Exam
from proctoring.types import PAGE_ODD, BrowserEvent, Observation, Rule, Severity

LOST_AFTER_S = 20.0
SIGNAL = "page_age_s"


class PageHealth:
    """All of it is technical. Lines drop, laptops sleep, browsers doze; and a page that somebody
    tampers with falls silent, or tells what no page tells: that is for a person to look at."""

    name: ClassVar[str] = "page_line"
    title: ClassVar[str] = "Line to the page"
    medium: ClassVar[str] = "page"
    explains: ClassVar[str] = (
        "Whether this page is heard: lost connections, and whether a camera or microphone is "
        "plugged in or out, or the computer’s clock jumps. A bad line is never held against you."
    )
    accepts: ClassVar[type | tuple[type, ...]] = ACCEPTS
    rules: ClassVar[tuple[Rule, ...]] = (
        equipment_rule(
            kind="page_silent",
            title="Nothing is heard from the page",
            signal=SIGNAL,
            enter_at=LOST_AFTER_S,
            exit_at=0.0,
            phrase="no word from the exam page",
            advice="Check your connection. If it lasts, reload the page; nothing is lost.",
            enter_after_s=0.0,
            exit_after_s=0.0,
            looks_every_s=LOOK_EVERY_S,
        ),
        equipment_rule(
            kind="reports_irregular",
            title="The page’s reports are irregular",
            signal="reports_irregular",
            enter_at=1.0,
            exit_at=0.0,
            phrase="what came from the page is not what it sends",
            advice="Switch off browser extensions that change pages. Your exam goes on.",
            enter_after_s=0.0,
            exit_after_s=0.0,
            looks_every_s=LOOK_EVERY_S,
        ),
        equipment_rule(
            kind="clock_jumped",
            title="The computer’s clock jumped",
            signal="clock_jump_s",
            enter_at=30.0,
            exit_at=0.0,
            phrase="by {value:.0f} s: it slept, or its time was set",
            advice="Nothing needs to be done: the server’s clock counts. Keep the computer awake.",
            severity=Severity.INFO,
            enter_after_s=0.0,
            exit_after_s=0.0,
            looks_every_s=LOOK_EVERY_S,
        ),
        equipment_rule(
            kind="devices_changed",
            title="A camera or microphone came or went",
            signal="devices_changed",
            enter_at=1.0,
            exit_at=0.0,
            phrase="plugged in or out, switched on or off",
            advice="Check that the right camera and microphone are in use.",
            severity=Severity.INFO,
            enter_after_s=0.0,
            exit_after_s=0.0,
            looks_every_s=LOOK_EVERY_S,
        ),
    )

    def __init__(self, exam: Exam = NOTHING_KNOWN, /) -> None:
        self._contact = Contact()
        self._odd = Moment("reports_irregular")
        self._clock = Moment("clock_jump_s")
        self._devices = Moment("devices_changed")
        self._lost_t: float | None = None  # since when the computer was without a network
        self._why = ""
        self._is_noted = False  # that nothing is heard

    def analyse(self, sample: Sample) -> Iterable[Observation]:
        is_due = self._contact.follow(sample)
        if isinstance(sample, BrowserEvent):
            yield from self._hear(sample, sample.t - sample.ago_s)
        if is_due:
            yield from self._age()
            yield from (one.tell(self._contact) for one in (self._odd, self._clock, self._devices))

    def _hear(self, event: BrowserEvent, t: float) -> Iterable[Observation]:
        now = self._contact.now
        match event.name:
            case "page_left":
                self._why = "it was closed, or loaded anew"
            case "heartbeat":
                self._why = ""
            case name if name == PAGE_ODD:
                yield from self._odd.happen(t, now, 1.0, event.detail)
            case "clock_jumped":
                yield from self._clock.happen(t, now, _seconds(event.detail))
            case "devices_changed":
                yield from self._devices.happen(t, now, 1.0, event.detail)
            case "network_lost":
                self._lost_t = t
            case "network_back" if self._lost_t is not None:
                lasted = f"the computer was without a network for {t - self._lost_t:.0f} s"
                yield Observation(t, SIGNAL, t - self._lost_t, detail=lasted)
                self._lost_t = None

    def _age(self) -> Iterable[Observation]:
        """0 while it is heard often enough; a page in the background may say less.

        Once it is not, that is told of when it was heard last.
        """
        contact = self._contact
        heard_t = contact.heard_t or 0.0
        limit_s = contact.silent_after_s if contact.is_open else LOST_AFTER_S
        if contact.now - heard_t < limit_s:
            self._is_noted = False
            yield Observation(contact.now, SIGNAL, 0.0)
            return
        line = "its line is open, but it says nothing" if contact.is_open else "its line is closed"
        why = self._why or line
        if not self._is_noted:
            self._is_noted = True
            yield Observation(heard_t, SIGNAL, limit_s, detail=why)
        yield Observation(contact.now, SIGNAL, (contact.now - heard_t) // 10 * 10, detail=why)


def _seconds(detail: str) -> float:
    """ "-3600" -> 3600. 0 if it says nothing of the kind."""
    digits = detail.lstrip("+-")
    return float(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= 9 else 0.0

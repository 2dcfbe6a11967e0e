"""Is the candidate's screen shared, as the exam asks for?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from proctoring.analysers.equipment import equipment_rule
from proctoring.analysers.page_absence import Absence
from proctoring.analysers.page_contact import ACCEPTS, LOOK_EVERY_S, Contact, Sample
from proctoring.exam import NOTHING_KNOWN, Exam
from proctoring.types import STILL_KEPT, BrowserEvent, Observation, Rule, Severity

STOPPED_AFTER_S = 20.0  # as long as another window: a slip is mended within it
SHARED_WITHIN_S = 60.0  # after the page was loaded: browsers end a share with the page
STILLS_LATE_S = 100.0  # one comes every minute at least: see ui/screen_share.js
SHARED_OR_NOT = frozenset({"share_none", "share_whole", "share_part"})  # words of the page
CANNOT = "this browser cannot share its screen"
NO_STILLS = "it is shared, and no picture of it comes"


class ScreenWatch:
    """What is shared is the page's word until its pictures come: see `proctoring.api.stills`.
    What is on them nobody looks at but people."""

    name: ClassVar[str] = "screen"
    title: ClassVar[str] = "Screen share"
    medium: ClassVar[str] = "page"
    explains: ClassVar[str] = (
        "Your browser asks you to share your whole screen. A picture of it is kept when it "
        "changes, once a minute at least and every two seconds at most: everything that is on "
        "your screen then, so close what is private. No program reads these pictures; proctors "
        "and reviewers can look at them. Whether the share ends, and for how long, is noted."
    )
    accepts: ClassVar[type | tuple[type, ...]] = ACCEPTS
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            kind="screen_share_stopped",
            title="The screen is not shared",
            signal="share_missing_s",
            enter_at=STOPPED_AFTER_S,
            exit_at=0.0,
            phrase="the share has ended, or was not begun",
            advice="Press “Share my screen” at the top of this page, and choose the entire screen.",
            severity=Severity.INFO,
            weight=0.05,
            enter_after_s=0.0,
            exit_after_s=0.0,
            looks_every_s=LOOK_EVERY_S,
        ),
        equipment_rule(
            kind="screen_share_partial",
            title="A part of the screen is shared",
            signal="share_partial",
            enter_at=1.0,
            exit_at=0.0,
            phrase="one window or tab, and not the entire screen",
            advice="Press “Share my screen” once more, and choose the entire screen.",
            severity=Severity.INFO,
            enter_after_s=5.0,
            exit_after_s=0.0,
            looks_every_s=LOOK_EVERY_S,
        ),
    )

    def __init__(self, exam: Exam = NOTHING_KNOWN, /) -> None:
        self._contact = Contact()
        self._missing = Absence(
            "share_missing_s",
            noted_after_s=STOPPED_AFTER_S,
            excuse_s=SHARED_WITHIN_S - STOPPED_AFTER_S,
        )
        self._seen_t: float | None = None  # s, of its newest picture, or since when it is shared

    def analyse(self, sample: Sample) -> Iterable[Observation]:
        is_due = self._contact.follow(sample)
        if isinstance(sample, BrowserEvent):
            yield from self._hear(sample, sample.t - sample.ago_s)
        if is_due:
            yield from self._tell()

    def _hear(self, event: BrowserEvent, t: float) -> Iterable[Observation]:
        match event.name:
            case "heartbeat" if SHARED_OR_NOT & self._contact.state:
                yield from self._be("share_none" in self._contact.state, t)
            case "share_none" | "share_whole" | "share_part":
                yield from self._be(event.name == "share_none", t)
            case "watch_started":
                self._missing.begin()
                self._seen_t = None
            case name if name == STILL_KEPT:
                self._seen_t = max(self._seen_t or 0.0, t)

    def _be(self, is_missing: bool, t: float) -> Iterable[Observation]:
        self._seen_t = None if is_missing else self._seen_t or t
        yield from self._missing.be(is_missing, t)

    def _tell(self) -> Iterable[Observation]:
        contact = self._contact
        why_not = self._why_not()
        yield from self._missing.tell(contact, why_not)
        if reason := contact.why_not or why_not:
            yield Observation(contact.now, "share_partial", None, reason=reason)
        else:
            is_part = "share_part" in contact.state
            yield Observation(contact.now, "share_partial", float(is_part))

    def _why_not(self) -> str:
        if "share_cannot" in self._contact.state:
            return CANNOT
        is_late = self._seen_t is not None and self._contact.now - self._seen_t > STILLS_LATE_S
        return NO_STILLS if is_late else ""

"""Is the exam's page in front of the candidate?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from proctoring.analysers.equipment import equipment_rule
from proctoring.analysers.page_absence import Absence
from proctoring.analysers.page_contact import ACCEPTS, LOOK_EVERY_S, Contact, Sample
from proctoring.exam import NOTHING_KNOWN, Exam
from proctoring.types import BrowserEvent, Observation, Rule, Severity

HIDDEN_AFTER_S = 5.0  # a notification, or the wrong tab, takes less
UNFOCUSED_AFTER_S = 20.0  # a battery warning, a calculator, a dialog of the system
WINDOWED_AFTER_S = 5.0
FULL_SCREEN_WITHIN_S = 60.0  # at the beginning: the browser wants a press of a button
IS_ELSEWHERE = "the exam is open in a tab of its own"
NO_FULL_SCREEN = "this browser has no full screen"


class PageWatch:
    """Durations, not blinks. What the browser tells is told by whoever runs the browser: it shows
    what an honest page did, and a page that is tampered with falls silent or contradicts itself
    (see `page_line`)."""

    name: ClassVar[str] = "page"
    title: ClassVar[str] = "The exam page"
    medium: ClassVar[str] = "page"
    explains: ClassVar[str] = (
        "Whether this page is in front of you: for how long another tab, another window or, where "
        "the exam asks for full screen, something beside it is. A few seconds count for nothing. "
        "Also whether the browser’s developer tools seem open. What the other tab or window shows "
        "is not seen."
    )
    accepts: ClassVar[type | tuple[type, ...]] = ACCEPTS
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            kind="page_hidden",
            title="Away from the exam page",
            signal="page_hidden_s",
            enter_at=HIDDEN_AFTER_S,
            exit_at=0.0,
            phrase="another tab or window in front",
            advice="Come back to this page and stay on it. Close what opened by itself.",
            weight=0.1,
            enter_after_s=0.0,
            exit_after_s=0.0,
            looks_every_s=LOOK_EVERY_S,
        ),
        Rule(
            kind="window_unfocused",
            title="Another window in front",
            signal="window_unfocused_s",
            enter_at=UNFOCUSED_AFTER_S,
            exit_at=0.0,
            phrase="the page in view, another window in use",
            advice="Click into this page. Close other windows that you do not need.",
            severity=Severity.INFO,
            weight=0.05,
            enter_after_s=0.0,
            exit_after_s=0.0,
            looks_every_s=LOOK_EVERY_S,
        ),
        Rule(
            kind="fullscreen_left",
            title="Not in full screen",
            signal="windowed_s",
            enter_at=WINDOWED_AFTER_S,
            exit_at=0.0,
            phrase="something beside the page can be seen",
            advice="Press “Full screen” at the top of this page. Your exam goes on meanwhile.",
            severity=Severity.INFO,
            weight=0.05,
            enter_after_s=0.0,
            exit_after_s=0.0,
            looks_every_s=LOOK_EVERY_S,
        ),
        equipment_rule(
            kind="developer_tools",
            title="Developer tools may be open",
            signal="developer_tools",
            enter_at=1.0,
            exit_at=0.0,
            phrase="told by the window’s size or a key, which can be wrong",
            advice="If they are open, close them (F12). If not, nothing needs to be done.",
            severity=Severity.INFO,
            enter_after_s=3.0,
            exit_after_s=0.0,
            looks_every_s=LOOK_EVERY_S,
        ),
    )

    def __init__(self, exam: Exam = NOTHING_KNOWN, /) -> None:
        self._contact = Contact()
        self._hidden = Absence("page_hidden_s", noted_after_s=HIDDEN_AFTER_S)
        self._unfocused = Absence("window_unfocused_s", noted_after_s=UNFOCUSED_AFTER_S)
        self._windowed = Absence(
            "windowed_s",
            noted_after_s=WINDOWED_AFTER_S,
            excuse_s=FULL_SCREEN_WITHIN_S - WINDOWED_AFTER_S,
        )
        self._wants_full_screen = exam.journey.full_screen
        self._may_be_elsewhere = bool(exam.journey.exam_url)
        self._is_hidden = self._is_unfocused = self._has_tools = self._is_elsewhere = False

    def analyse(self, sample: Sample) -> Iterable[Observation]:
        is_due = self._contact.follow(sample)
        if isinstance(sample, BrowserEvent):
            yield from self._hear(sample, sample.t - sample.ago_s)
        if is_due:
            yield from self._tell()

    def _hear(self, event: BrowserEvent, t: float) -> Iterable[Observation]:
        match event.name:
            case "heartbeat":
                state = self._contact.state
                self._is_hidden = "hidden" in state
                self._is_unfocused = "unfocused" in state
                self._has_tools = "tools" in state
                yield from self._windowed.be(self._is_windowed(state), t)
            case "page_hidden" | "page_visible":
                self._is_hidden = event.name == "page_hidden"
            case "window_unfocused" | "window_focused":
                self._is_unfocused = event.name == "window_unfocused"
            case "fullscreen_left" | "fullscreen_entered":
                is_left = event.name == "fullscreen_left" and self._wants_full_screen
                yield from self._windowed.be(is_left, t)
            case "tools_opened" | "tools_closed":
                self._has_tools = event.name == "tools_opened"
            case "exam_opened":  # the candidate opened the exam itself, in a tab of its own
                self._is_elsewhere = self._may_be_elsewhere
            case "watch_started":
                for absence in (self._hidden, self._unfocused, self._windowed):
                    absence.begin()
            case _:
                return
        is_excused = self._is_elsewhere
        yield from self._hidden.be(self._is_hidden and not is_excused, t)
        is_unfocused = self._is_unfocused and not self._is_hidden and not is_excused
        yield from self._unfocused.be(is_unfocused, t)

    def _is_windowed(self, state: frozenset[str]) -> bool:
        return self._wants_full_screen and "windowed" in state

    def _tell(self) -> Iterable[Observation]:
        contact = self._contact
        is_away = self._is_hidden or self._is_unfocused
        why_not = IS_ELSEWHERE if self._is_elsewhere and is_away else ""
        yield from self._hidden.tell(contact, why_not)
        yield from self._unfocused.tell(contact, why_not)
        is_unable = self._wants_full_screen and "no_full_screen" in contact.state
        yield from self._windowed.tell(contact, NO_FULL_SCREEN if is_unable else "")
        if reason := contact.why_not:
            yield Observation(contact.now, "developer_tools", None, reason=reason)
        else:
            yield Observation(contact.now, "developer_tools", float(self._has_tools))

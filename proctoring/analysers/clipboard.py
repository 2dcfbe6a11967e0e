"""What goes in and out of the page by the clipboard and the printer: how much, never what."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import ClassVar

from proctoring.analysers.page_contact import ACCEPTS, LOOK_EVERY_S, Contact, Moment, Sample
from proctoring.exam import NOTHING_KNOWN, Exam
from proctoring.types import BrowserEvent, Observation, Rule, Severity

# A word or a number that was pasted says little; a sentence has more than this.
PASTED_FROM = 40  # characters
COPIED_FROM = 100  # of the page's own text; one question has about as many
OWN = "own"  # what was pasted had been copied on this page
PAGE = "page"  # what was copied is the page's text, and not the candidate's answer
COUNTED_FOR_S = 300.0


class ClipboardWatch:
    """The page compares what is pasted with what was copied on it, and tells of neither."""

    name: ClassVar[str] = "clipboard"
    title: ClassVar[str] = "Copy, paste and print"
    medium: ClassVar[str] = "page"
    explains: ClassVar[str] = (
        "When something is pasted into this page, or copied or printed from it: how many "
        "characters, never which. What you move about within your own answers counts for nothing."
    )
    accepts: ClassVar[type | tuple[type, ...]] = ACCEPTS
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            kind="pasted",
            title="Text pasted from elsewhere",
            signal="pasted_characters",
            enter_at=PASTED_FROM,
            exit_at=0.0,
            phrase="{value:.0f} characters, not copied on this page",
            advice="Type your answers here. If the exam allows what you pasted, go on.",
            weight=0.1,
            enter_after_s=0.0,
            exit_after_s=0.0,
            looks_every_s=LOOK_EVERY_S,
        ),
        Rule(
            kind="copied",
            title="Exam text copied",
            signal="copied_characters",
            enter_at=COPIED_FROM,
            exit_at=0.0,
            phrase="{value:.0f} characters of the page",
            advice="Leave the questions on this page. If you copied them by accident, go on.",
            severity=Severity.INFO,
            weight=0.05,
            enter_after_s=0.0,
            exit_after_s=0.0,
            looks_every_s=LOOK_EVERY_S,
        ),
        Rule(
            kind="printed",
            title="The page was sent to a printer",
            signal="printed",
            enter_at=1.0,
            exit_at=0.0,
            phrase="the browser’s print window was opened",
            advice="Close the print window. The exam is worked on here.",
            severity=Severity.INFO,
            weight=0.1,
            enter_after_s=0.0,
            exit_after_s=0.0,
            looks_every_s=LOOK_EVERY_S,
        ),
    )

    def __init__(self, exam: Exam = NOTHING_KNOWN, /) -> None:
        self._contact = Contact()
        self._pasted = Moment("pasted_characters")
        self._copied = Moment("copied_characters")
        self._printed = Moment("printed")
        self._pastes: deque[float] = deque()  # s, of the large ones

    def analyse(self, sample: Sample) -> Iterable[Observation]:
        is_due = self._contact.follow(sample)
        if isinstance(sample, BrowserEvent):
            yield from self._hear(sample, sample.t - sample.ago_s)
        if is_due:
            moments = (self._pasted, self._copied, self._printed)
            yield from (moment.tell(self._contact) for moment in moments)

    def _hear(self, event: BrowserEvent, t: float) -> Iterable[Observation]:
        now = self._contact.now
        length, where = _read(event.detail)
        match event.name:
            case "pasted" if length and where != OWN:
                yield from self._pasted.happen(t, now, length, self._how_often(t, length))
            case "copied" | "cut" if length and where == PAGE:
                yield from self._copied.happen(t, now, length)
            case "printed":
                yield from self._printed.happen(t, now, 1.0)

    def _how_often(self, t: float, length: int) -> str:
        if length >= PASTED_FROM:
            self._pastes.append(t)
        while self._pastes and t - self._pastes[0] > COUNTED_FOR_S:
            self._pastes.popleft()
        count = len(self._pastes)
        return f"{count} times in {COUNTED_FOR_S / 60:.0f} min" if count > 1 else ""


def _read(detail: str) -> tuple[int, str]:
    """ "312 other": how many characters, and where from. 0 if it says nothing of the kind."""
    length, _, where = detail.partition(" ")
    is_number = length.isascii() and length.isdecimal() and len(length) <= 9
    return (int(length), where) if is_number else (0, "")

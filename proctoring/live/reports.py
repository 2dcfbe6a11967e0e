"""What an exam page may say: each thing once, in order, in measure, and never of the past.

A page can be made to say anything by whoever opens its console. So nothing that it says changes
what was heard before: what is told late is put after what came earlier, what is told twice counts
once, and too much of it is counted and left aside. Each of these is told as an event of its own.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from proctoring.types import PAGE_CLOSED, PAGE_ODD, PAGE_OPENED, STILL_KEPT, BrowserEvent

BEAT = "heartbeat"
# The server's own words.
RESERVED = frozenset({PAGE_OPENED, PAGE_CLOSED, PAGE_ODD, STILL_KEPT, BEAT})
MOST_DOCUMENTS = 64  # loads of the page that are remembered; no exam has so many
MOST_REMEMBERED = 400  # reports of one load; it sends at most 200 again after its line broke
# A line that was away brings 200 at once. Typing, switching and pasting are a few a second.
BURST, PER_S = 240.0, 5.0
MOST_TOLD = 9999  # of a number that anybody can make up
ODD_EVERY_S = 10.0  # the same oddity is told no more often


@dataclass(slots=True)
class _Document:
    """One load of the page. It counts what it reports: 1, 2, 3 …"""

    highest: int
    said: OrderedDict[tuple[int, str, str], None] = field(default_factory=OrderedDict)


class Reports:
    """Of one candidate. Reads no clock: `now` is media time, in seconds."""

    def __init__(self) -> None:
        self._documents: OrderedDict[str, _Document] = OrderedDict()  # by prefix, newest last
        self._heard_t = 0.0  # when the newest of what was heard happened
        self._tokens, self._filled_t = BURST, 0.0
        self._left_out = self._forgotten = 0
        self._told: dict[str, float] = {}  # oddity -> when

    def take(
        self, event_id: str, name: str, detail: str, ago_s: float, now: float
    ) -> Iterator[BrowserEvent]:
        """The events that a report gives rise to; `event_id` is "PREFIX-NUMBER"."""
        prefix, number = _parts(event_id)
        known = self._documents.get(prefix)
        said = (number, name, detail)
        if known and said in known.said:
            return
        if not self._may_speak(now):
            self._left_out += 1
            yield from self._odd("flood", f"{self._left_out} reports too many", now)
            return
        document = known or self._begin(prefix, number)
        yield from self._loads(now)
        if any(number == earlier for earlier, _, _ in document.said):
            yield from self._odd("twice", "two reports with one number", now)
        yield from self._missing(document, number - 1, now)
        document.highest = max(document.highest, number)
        document.said[said] = None
        while len(document.said) > MOST_REMEMBERED:
            document.said.popitem(last=False)
        yield self._event(name, detail, ago_s, now)

    def beat(self, prefix: str, count: int, detail: str, now: float) -> Iterator[BrowserEvent]:
        """A sign of life. `count` is how much the page has reported until now."""
        if not self._may_speak(now):
            self._left_out += 1
            yield from self._odd("flood", f"{self._left_out} reports too many", now)
            return
        document = self._documents.get(prefix) or self._begin(prefix, count)
        yield from self._loads(now)
        yield from self._missing(document, count, now)
        yield self._event(BEAT, detail, 0.0, now)

    def _begin(self, prefix: str, number: int) -> _Document:
        """A load that is new here; what it said before is not missing."""
        self._documents[prefix] = _Document(number)
        if len(self._documents) > MOST_DOCUMENTS:
            self._documents.popitem(last=False)
            self._forgotten += 1
        return self._documents[prefix]

    def _loads(self, now: float) -> Iterator[BrowserEvent]:
        if self._forgotten:
            yield from self._odd("loads", "more loads of the page than anybody makes", now)

    def _missing(self, document: _Document, until: int, now: float) -> Iterator[BrowserEvent]:
        if (missing := until - document.highest) > 0:
            document.highest = until
            many = f"{min(missing, MOST_TOLD)} reports are missing"
            yield from self._odd("missing", "a report is missing" if missing == 1 else many, now)

    def _event(self, name: str, detail: str, ago_s: float, now: float) -> BrowserEvent:
        """Not before what was heard already, and not in the future."""
        happened_t = min(max(now - ago_s, self._heard_t), now)
        self._heard_t = happened_t
        return BrowserEvent(now, name, detail, now - happened_t)

    def _may_speak(self, now: float) -> bool:
        earned = max(0.0, now - self._filled_t) * PER_S
        self._tokens, self._filled_t = min(BURST, self._tokens + earned), now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def _odd(self, what: str, words: str, now: float) -> Iterator[BrowserEvent]:
        if now - self._told.get(what, -ODD_EVERY_S) >= ODD_EVERY_S:
            self._told[what] = now
            yield BrowserEvent(now, PAGE_ODD, words)


def _parts(event_id: str) -> tuple[str, int]:
    """Of an id without a number all is prefix: it stands for itself."""
    prefix, _, number = event_id.rpartition("-")
    return (prefix, int(number)) if prefix and number.isdecimal() else (event_id, 1)

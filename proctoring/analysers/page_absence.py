"""How long a page has been away from where it should be, and how often of late."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from proctoring.analysers.page_contact import Contact
from proctoring.types import Observation

SHORTEST_S = 1.0  # what is shorter is no absence: a menu, a notification, a slip of the hand
COUNTED_FOR_S = 300.0  # how often it was, in so long
STEP_FROM_S, STEP_S = 10.0, 10.0  # then told in steps, so that a long one is not saved each second


class Absence:
    """`signal` is the seconds that the present one has lasted, told once more when it ends.

    Once it has lasted long enough to be noted, that is told of its beginning: so an incident
    opens when somebody left, and not when it was clear that they had.
    """

    def __init__(self, signal: str, *, noted_after_s: float, excuse_s: float = 0.0) -> None:
        """`noted_after_s`: the rule's `enter_at`. The first may last `excuse_s` longer."""
        self._signal = signal
        self._noted_after_s = noted_after_s
        self._first_excuse_s = self._excuse_s = excuse_s
        self._since: float | None = None
        self._is_noted = False
        self._ends: deque[float] = deque()  # s, of the earlier ones

    def begin(self) -> None:
        """The page was loaded anew: nobody knows how it was until now."""
        self._since, self._excuse_s = None, self._first_excuse_s

    def be(self, is_away: bool, t: float) -> Iterable[Observation]:
        """How it is since `t`, which may be a while ago."""
        if not is_away:
            self._excuse_s = 0.0
            yield from self._end(t)
        elif self._since is None:
            self._since, self._is_noted = t + self._excuse_s, False

    def tell(self, contact: Contact, why_not: str = "") -> Iterable[Observation]:
        """`why_not`: why nothing can be said of it, if the page is heard."""
        if reason := contact.why_not or why_not:
            yield Observation(contact.now, self._signal, None, reason=reason)
        else:
            yield from self._note(contact.now)
            yield self._observe(contact.now, _stepped(self._lasts_s(contact.now)))

    def _end(self, t: float) -> Iterable[Observation]:
        """What was not noted while it lasted is told now: its line may have been away."""
        if self._since is None:
            return
        yield from self._note(t)
        if lasted_s := self._lasts_s(t):
            yield self._observe(t, lasted_s)
        self._since = None
        if lasted_s >= SHORTEST_S:
            self._ends.append(t)
        yield self._observe(t, 0.0)

    def _note(self, t: float) -> Iterable[Observation]:
        if (
            self._since is not None
            and not self._is_noted
            and self._lasts_s(t) >= self._noted_after_s
        ):
            self._is_noted = True
            yield self._observe(self._since, self._noted_after_s)

    def _observe(self, t: float, value: float) -> Observation:
        return Observation(t, self._signal, value, detail=self._how_often(t))

    def _lasts_s(self, t: float) -> float:
        return 0.0 if self._since is None else max(0.0, t - self._since)

    def _how_often(self, t: float) -> str:
        while self._ends and t - self._ends[0] > COUNTED_FOR_S:
            self._ends.popleft()
        count = len(self._ends) + (self._since is not None)
        return f"{count} times in {COUNTED_FOR_S / 60:.0f} min" if count > 1 else ""


def _stepped(seconds: float) -> float:
    return seconds if seconds < STEP_FROM_S else seconds // STEP_S * STEP_S

"""What a worker is asked, what it answers, and a `Watching` that asks one.

A module of its own, since a worker's is `__main__` there.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Protocol

from proctoring.live.watch import Lost, Outcome, Turn, Work

_keys = itertools.count()  # of watches


@dataclass(frozen=True, slots=True)
class End:
    """Of a watch."""

    now: float  # s of media time


@dataclass(frozen=True, slots=True)
class Failed:
    """Instead of an outcome."""

    why: str
    is_lost: bool = False  # the worker has begun anew and knows nothing of it


Ask = Work | Turn | End
Answer = Outcome | Failed | None  # None: it has begun


class Place(Protocol):
    """Where watches are, by key."""

    def add(self, key: int) -> None: ...

    def remove(self, key: int) -> None:
        """As often as one likes."""
        ...

    def ask(self, key: int, what: Ask) -> Answer:
        """Waits for the answer; others may ask meanwhile. Raises Lost."""
        ...


class Elsewhere:
    """A `Watching` in a worker."""

    def __init__(self, place: Place, work: Work) -> None:
        """Raises Lost; RuntimeError if it can't be begun."""
        self._place = place
        self._key = next(_keys)
        self._is_lost = False
        place.add(self._key)
        try:
            self._ask(work)
        except BaseException:
            place.remove(self._key)
            raise

    def handle(self, turn: Turn) -> Outcome:
        return _outcome(self._ask(turn))

    def close(self, now: float) -> Outcome:
        try:
            return _outcome(self._ask(End(now)))
        finally:
            self._place.remove(self._key)

    def _ask(self, what: Ask) -> Outcome | None:
        """Raises Lost, also ever after; RuntimeError."""
        if self._is_lost:
            raise Lost
        try:
            answer = self._place.ask(self._key, what)
            if isinstance(answer, Failed) and answer.is_lost:
                raise Lost
        except Lost:
            self._is_lost = True
            self._place.remove(self._key)
            raise
        if isinstance(answer, Failed):
            raise RuntimeError(answer.why)
        return answer


def _outcome(answer: Outcome | None) -> Outcome:
    if answer is None:
        raise RuntimeError("The worker gave no outcome.")
    return answer

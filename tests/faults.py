"""A store whose calls fail as those over a network do."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, cast

from proctoring.store import Store, StoreError

DOWN, LOST, SLOW, FINE = "down", "answer lost", "slow", "fine"


class Faulty:
    """Any store, behind a line that fails as `fault` says for each call of a verb."""

    def __init__(self, store: Store, fault: Callable[[str], str] = lambda verb: FINE) -> None:
        self._store = store
        self.fault = fault
        self.calls: list[tuple[str, tuple[Any, ...]]] = []  # that reached the store
        self.faults: Counter[str] = Counter()
        self._lock = threading.Lock()

    def as_store(self) -> Store:
        return cast(Store, self)

    def verbs(self, *among: str) -> list[str]:
        return [verb for verb, _ in self.calls if verb in among]

    def __getattr__(self, verb: str) -> Any:
        attribute = getattr(self._store, verb)

        def call(*arguments: Any, **named: Any) -> Any:
            fault = self.fault(verb)
            with self._lock:
                self.faults[fault] += 1
            if fault == DOWN:
                raise StoreError("503 Service Unavailable")
            if fault == SLOW:
                time.sleep(random.uniform(0, 0.3))
            with self._lock:
                self.calls.append((verb, arguments))
            result = attribute(*arguments, **named)
            if fault == LOST:
                raise StoreError("The connection was reset.")
            return result

        return call

    def close(self) -> None:
        """Hangs up; the store goes on for others."""


def at_random(down: float = 0.2, lost: float = 0.1, slow: float = 0.05) -> Callable[[str], str]:
    """Shares of the calls; the rest is fine."""
    weights = [down, lost, slow, 1 - down - lost - slow]
    return lambda verb: random.choices([DOWN, LOST, SLOW, FINE], weights)[0]

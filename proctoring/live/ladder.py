"""When a server looks at less, and when at all of it again: the same for all its candidates.

A server is behind when pictures give way to newer ones before they were looked at, or sound waits.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from proctoring.rungs import Rung

WINDOW_S = 5.0
# Share of the samples of each of two windows that gave way: a rung further. A second has four
# pictures and two pieces of sound, and two pictures are looked at: nobody misses the others.
TOO_MANY = 0.34
FEW = 0.10  # with fewer for long enough, one rung back
FEWEST = 10  # samples, for a window to tell anything
LATE_S = 2.0  # sound that waits for longer counts as given way
CALM_S = 15.0  # for so long before more is looked at again,
CALMEST_S = 480.0  # doubled up to this each time that it was too early
TOO_EARLY_S = 60.0

logger = logging.getLogger(__name__)


class Ladder:
    """Of one server. Safe to call from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._window_t = self._calm_since_t = clock()
        self._rose_t = -TOO_EARLY_S
        self._calm_s = CALM_S
        self._taken = self._missed = 0
        self._was_behind = False  # in the last window
        self.rung = Rung.ALL

    def note(self, missed: int = 0, *, late_s: float = 0.0) -> None:
        """A sample was handled, before which so many gave way; it waited for `late_s`."""
        with self._lock:
            self._taken += 1
            self._missed += missed + (late_s > LATE_S)
            now = self._clock()
            if now - self._window_t >= WINDOW_S:
                self._judge(now)

    def _judge(self, now: float) -> None:
        samples, missed = self._taken + self._missed, self._missed
        self._window_t, self._taken, self._missed = now, 0, 0
        if samples < FEWEST:
            return
        if missed > FEW * samples:
            self._calm_since_t = now
        was_behind, self._was_behind = self._was_behind, missed > TOO_MANY * samples
        if self._was_behind and was_behind and self.rung < max(Rung):
            if now - self._rose_t < TOO_EARLY_S:
                self._calm_s = min(2 * self._calm_s, CALMEST_S)
            self._step(Rung(self.rung + 1), now)
        elif now - self._calm_since_t >= self._calm_s and self.rung > Rung.ALL:
            self._rose_t = now
            self._step(Rung(self.rung - 1), now)

    def _step(self, rung: Rung, now: float) -> None:
        logger.warning("Degradation ladder: from %s to %s", self.rung.name, rung.name)
        self.rung, self._calm_since_t, self._was_behind = rung, now, False

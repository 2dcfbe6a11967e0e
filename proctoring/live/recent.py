"""The last ten minutes of what was observed of one candidate, for the desk's small plots."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime

import numpy as np

from proctoring.traces.minutes import Readings, Stretch
from proctoring.types import Observation

KEPT_S = 600.0
EVERY_S = 1.0  # of one signal; what changes sooner cannot be seen in a plot of ten minutes


class Recent:
    """Written by a session's worker; read by any thread."""

    def __init__(self, started_at: datetime) -> None:
        """`started_at`: of media time 0, in UTC."""
        self.started_at = started_at
        self._known: dict[str, deque[Observation]] = {}

    def note(self, observed: Iterable[Observation]) -> None:
        """Their times are of the session's media time."""
        for one in observed:
            known = self._known.setdefault(one.signal, deque(maxlen=int(KEPT_S / EVERY_S)))
            if not known or one.t - known[-1].t >= EVERY_S:
                known.append(one)

    def stretch(self) -> Stretch:
        """As if it had been kept."""
        nothing = np.empty(0, np.int32)
        readings = {one: Readings(nothing, list(of)) for one, of in list(self._known.items())}
        until_t = max((of.observations[-1].t for of in readings.values()), default=0.0)
        return Stretch(self.started_at, {}, np.empty(0), readings, until_t, None)

"""How loud a stretch of sound is."""

from __future__ import annotations

from math import log10

import numpy as np

from proctoring.types import Sound


def level_db(sound: Sound) -> float:
    """Root mean square in dB of full scale; -100 for digital silence."""
    power = float(np.mean(np.square(sound))) if len(sound) else 0.0
    return 10 * log10(max(power, 1e-10))

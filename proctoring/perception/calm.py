"""Is what is heard plain? Then it is enough to look for speakers half as often.

A calm conversation is one in which everything that was said new belongs to a voice that has been
heard for some seconds. A scrap that does not, or two at once where only one voice is known,
is looked at again as soon as there is more of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

ALIKE = 0.6  # cosine to a voice's middle, from which speech is plainly its
LONG_S = 1.2  # of speech, that says enough of its voice to be remembered
KNOWN_S = 8.0  # of speech, from which a voice is known
OVERLAP_S = 0.3  # new, of two at once, that calls for a second look while one voice is known
MOST = 6  # voices remembered; the one heard least makes room

Floats = npt.NDArray[np.float32]


@dataclass(slots=True, eq=False)
class _Voice:
    total: Floats  # (192,), embeddings by their seconds
    seconds: float

    def like(self, embedding: Floats) -> float:
        return float(self.total @ embedding) / max(float(np.linalg.norm(self.total)), 1e-9)


class Calm:
    """Follows one stream, look by look."""

    def __init__(self) -> None:
        self._voices: list[_Voice] = []

    def after(self, said: Sequence[tuple[Floats, float]], overlap_s: float) -> bool:
        """Is it plain who spoke? `said` has an embedding and its seconds for each speaker."""
        known = [voice for voice in self._voices if voice.seconds >= KNOWN_S]
        plain = [max((v.like(e) for v in known), default=-1.0) >= ALIKE for e, _ in said]
        for embedding, seconds in said:
            if seconds >= LONG_S:
                self._remember(embedding, seconds)
        return bool(known) and all(plain) and (overlap_s < OVERLAP_S or len(known) > 1)

    def _remember(self, embedding: Floats, seconds: float) -> None:
        alike = [voice.like(embedding) for voice in self._voices]
        if alike and max(alike) >= ALIKE:
            nearest = self._voices[int(np.argmax(alike))]
            nearest.total = nearest.total + embedding * np.float32(seconds)
            nearest.seconds += seconds
            return
        if len(self._voices) == MOST:
            self._voices.remove(min(self._voices, key=lambda voice: voice.seconds))
        self._voices.append(_Voice(embedding * np.float32(seconds), seconds))

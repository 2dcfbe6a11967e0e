"""What an exam remembers of its candidate's face: from the check-in, or from the first minute.

What it had learned before the server started anew comes as a profile, too.
"""

from __future__ import annotations

import math

import numpy as np

from proctoring.exam import FaceProfile
from proctoring.perception.face_embedding import Embedding, distance
from proctoring.perception.face_match import distance_from, limit_of, spread_of

FIRST_LOOKS = 5
LEARNS_S = 60.0
ALIKE = 1.0  # distance in one sitting; on the test clips 0.9 at most, of two people 1.13 at least
SURE = 0.85  # of the limit: what is added must be plainly the same person
NEW = 0.4  # distance; what is nearer to what is known adds nothing
MOST = 12  # pictures


class FaceMemory:
    """Distances from a profile in limits of it, and the learning of one where there is none.

    What is plainly the candidate's in the first minute is added, so that their light, glasses
    and poses are known; it must resemble what was known first, so that nobody can drift.
    """

    def __init__(self, profile: FaceProfile | None) -> None:
        self._first = profile
        self._added: list[Embedding] = []
        self._until_t: float | None = -math.inf if profile and profile.is_settled else None
        self.learned = profile  # as it is to be known if the server starts anew
        self.about = "" if profile else "compared with the first minute: there was no check-in"

    def compare(self, t: float, embedding: Embedding) -> float | None:
        """1 is as far as another person; None while a face is being learned."""
        if self._first is None:
            self._learn(embedding)
            return None
        known = np.stack([*self._first.embeddings, *self._added])
        value = distance_from(known, embedding) / self._limit(known)
        if self._until_t is None:
            self._until_t = t + LEARNS_S
        if t < self._until_t:
            self._add(embedding)
        elif self.learned is None or not self.learned.is_settled:
            self.learned = FaceProfile(known, spread_of(known), is_settled=True)
        return value

    def _learn(self, embedding: Embedding) -> None:
        """The first looks that agree; a look that does not agree begins anew."""
        if any(distance(known, embedding) > ALIKE for known in self._added):
            self._added = []
        self._added.append(embedding)
        if len(self._added) >= FIRST_LOOKS:
            known = np.stack(self._added)
            self._first, self._added = FaceProfile(known, spread_of(known)), []
            self.learned = self._first

    def _add(self, embedding: Embedding) -> None:
        assert self._first is not None
        apart = distance_from(self._first.embeddings, embedding)
        if apart > SURE * limit_of(self._first.spread) or len(self._added) >= MOST:
            return
        if all(distance(known, embedding) > NEW for known in self._added) and apart > NEW:
            self._added.append(embedding)

    def _limit(self, known: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> float:
        return limit_of(spread_of(known))

"""Over many looks: does a face move as a plane, or not at all?

One motion says little, since a calm head that shifts by a hair looks flat as well. So many in a
row must be flat, and three times as many where the background moves along or can't be seen: a
camera that turns in somebody's lap moves everything as one plane, the person's face too.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from proctoring.perception.liveness import FLAT, HARDLY, Motion
from proctoring.perception.percentiles import percentile

# All lengths are px of the small grey picture, 320 wide. Of 14 clips of people, whose motion is
# enough to judge in 9, no more than 0.76 of the motions are flat; of a print in the hand 0.9 and
# more, of a phone 0.76 to 0.98 (benchmarks/liveness.py: prints and phones are made up).
SMALLEST_TO_BEND = 40.0  # a smaller face bends by less than points can be followed to
MOST = 6.0  # px: what moves more is blurred
BACKGROUND_STAYS = 0.3  # of what the face moves
ENOUGH, ENOUGH_IF_ALL_MOVES = 20, 60  # motions; two looks a second give at most two
FLAT_SHARE = (0.80, 0.98)  # of these; from nothing at all to certain

# People never sit so still: of every clip, half the looks have moved by more than 0.5 px in half a
# second, and a tenth by 0.9 and more. A print on a stand, or a frozen picture, moves by 0.02.
STILL = 0.1  # px, of nine in ten
STILL_LOOKS = 30  # 15 s
HALF_STILL = 0.45  # of a sign, after half as many: too little to ask anybody anything
REMEMBERED = 240  # motions, two minutes


class Flatness:
    def __init__(self) -> None:
        self._motions: deque[Motion] = deque(maxlen=REMEMBERED)
        self._telling: deque[Motion] = deque()  # those of them that say something

    def __len__(self) -> int:
        return len(self._motions)

    def add(self, motion: Motion) -> None:
        if self._telling and len(self) == REMEMBERED and self._telling[0] is self._motions[0]:
            self._telling.popleft()
        self._motions.append(motion)
        if _is_telling(motion):
            self._telling.append(motion)

    def clear(self) -> None:
        self._motions.clear()
        self._telling.clear()

    @property
    def plane(self) -> float:
        """0..1: how surely it moves as a plane."""
        moved = list(self._telling)
        needed = ENOUGH if _background_stays(moved[-ENOUGH:]) else ENOUGH_IF_ALL_MOVES
        if len(moved) < needed:
            return 0.0
        share = sum(motion.bent < FLAT for motion in moved[-needed:]) / needed
        none, certain = FLAT_SHARE
        return min(1.0, max(0.0, (share - none) / (certain - none)))

    @property
    def still(self) -> float:
        """1 if it has not moved at all for a quarter of a minute, less for half of one, or 0."""
        last = np.array([motion.moved for motion in self._motions][-STILL_LOOKS:])
        for looks, told in ((STILL_LOOKS, 1.0), (STILL_LOOKS // 2, HALF_STILL)):
            if len(last) >= looks and percentile(last[-looks:], 90) < STILL:
                return told
        return 0.0


def _is_telling(motion: Motion) -> bool:
    return motion.face >= SMALLEST_TO_BEND and HARDLY * motion.face <= motion.moved <= MOST


def _background_stays(motions: list[Motion]) -> bool:
    """Where a face bent, nobody looked; such motions count as if it had moved along."""
    stays = [m.around is not None and m.around < BACKGROUND_STAYS * m.moved for m in motions]
    return len(stays) == ENOUGH and sum(stays) > 0.7 * ENOUGH

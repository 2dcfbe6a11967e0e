"""Does a picture show the same seconds again and again?

Each picture is kept as a few hundred grey levels and compared with those of the last two
minutes. A loop shows itself by one lag, at which face after face comes back, while at all
other lags it differs. Nobody repeats half a minute of their face to within a grey level.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from proctoring.types import BoxXYXY

Luma = npt.NDArray[np.float32]

REMEMBERED = 480  # pictures: two minutes of four a second
SHORTEST = 2  # pictures
AWAY = (
    3,
    9,
)  # pictures: at lags so far from a loop's, the face must differ. Otherwise it sits still
BLOCK = 16  # px of the picture, of one grey level
DISTINCT = 1.5  # grey levels by which a face differs from itself then, or nothing can be told
ALIKE = 0.35  # … and by what share of that it differs from itself, a loop ago: pictures of a loop
# are not taken at the same moments of it each time
FEWEST = 60  # pictures that came back: 15 s, be the loop as short as it may
FORGIVEN = 6.0  # how many pictures that match make up for one that does not


class Repetition:
    """Knows for how many pictures in a row, at the best lag, the face has come back."""

    def __init__(self) -> None:
        self._past = np.empty((REMEMBERED, 0, 0), np.float32)  # a ring
        self._count = 0  # of pictures that have been put into it
        self._runs = np.zeros(REMEMBERED, np.float32)  # by lag in pictures

    def add(self, luma: Luma, face: BoxXYXY) -> None:
        """`luma` is a scene's, with blocks of 8 px; `face` is in px of the picture."""
        now = _halve(luma)
        if self._past.shape[1:] != now.shape:
            self._past = np.empty((REMEMBERED, *now.shape), np.float32)
            self._count = 0
            self._runs[:] = 0
        window = _window(face, now.shape)
        if now[window].size:
            self._compare(now[window], self._past[(slice(None), *window)])
        self._past[self._count % REMEMBERED] = now
        self._count += 1

    def _compare(self, now: Luma, past: npt.NDArray[np.float32]) -> None:
        filled = min(self._count, REMEMBERED)
        if filled <= SHORTEST + 2 * AWAY[1]:
            return
        newest_first = (self._count - 1 - np.arange(filled)) % REMEMBERED
        difference = np.abs(past[:filled] - now).reshape(filled, -1)
        apart = difference.mean(axis=1)[newest_first]  # i: i + 1 back
        beside = np.concatenate([np.arange(-AWAY[1], -AWAY[0]), np.arange(*AWAY) + 1])
        lags = np.arange(SHORTEST + AWAY[1], len(apart) - AWAY[1])
        if not len(lags):
            return
        near = np.sort(apart[lags[:, None] + beside], axis=1)  # the median, but ten times faster
        usual = (near[:, (len(beside) - 1) // 2] + near[:, len(beside) // 2]) / 2
        # A picture's neighbours in time are as good: the camera's and our clock differ.
        nearest = np.minimum(np.minimum(apart[lags - 1], apart[lags + 1]), apart[lags])
        runs = self._runs[lags]
        is_distinct = usual >= DISTINCT
        alike = is_distinct & (nearest < ALIKE * usual)
        other = ~alike & (is_distinct | (nearest >= DISTINCT))
        self._runs[lags] = np.where(alike, runs + 1, np.maximum(0, runs - FORGIVEN * other))

    @property
    def share(self) -> float:
        """0..1 and above: at 1, a whole loop has been seen twice, for 15 s at least."""
        lags = np.arange(REMEMBERED)
        return float(np.max(self._runs / np.maximum(lags, FEWEST)))


def _halve(luma: Luma) -> Luma:
    height, width = (side // 2 * 2 for side in luma.shape)
    blocks = luma[:height, :width].reshape(height // 2, 2, width // 2, 2)
    return np.asarray(blocks.mean((1, 3)), np.float32)


def _window(face: BoxXYXY, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """The blocks of the face."""
    left, top, right, bottom = (side // BLOCK for side in face)
    return (
        slice(max(0, top), min(shape[0], bottom + 1)),
        slice(max(0, left), min(shape[1], right + 1)),
    )

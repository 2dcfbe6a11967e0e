"""Where somebody is now who was alone a moment ago, without looking for faces anew.

The points of a face are traced twice a second whatever happens. While nothing but them has moved,
they tell where the face is, and a glance at the whole picture can wait. Whoever else comes changes
the picture beside the face, and is looked at in the same picture as before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from proctoring.perception.boxes import overlap
from proctoring.perception.mesh import Mesh
from proctoring.perception.percentiles import percentile
from proctoring.types import BoxXYXY, Face

Luma = npt.NDArray[np.float32]  # a scene's: a block is 8 px

GLANCE_EVERY_S = 2.0  # at the latest
# Blocks beside the face, each the mean of nine, against those of the last glance, as a share of
# the picture's range of light. Where a second face came, or the face went, in the recordings, the
# block that changed most did so by 0.15 and more, in nearly all by 0.4; where nobody did, in three
# looks of four by less than this, half a second later.
CHANGED = 0.06
LEAST_CHANGED = 4.0  # grey levels, in a dark picture; noise
AROUND = 1.6  # sizes of the face's box: hair, and what a head covers and uncovers as it nods
SURE = 0.9  # that the points are a face's, by the mesh's own measure
SAME_PLACE = 0.5  # overlap with where the points were


@dataclass(frozen=True, slots=True, eq=False)
class Alone:
    """What a look at the whole picture found: one face, and its points."""

    t: float  # s
    luma: Luma
    face: Face
    mesh: Mesh

    def may_be_followed(self, t: float, luma: Luma, last: Mesh, stretch: float = 1.0) -> bool:
        """`last`: the newest points. Nothing has changed but near them and the face."""
        if not 0 <= t - self.t < GLANCE_EVERY_S * stretch:
            return False
        if luma.shape != self.luma.shape or not luma.size:
            return False
        low, high = percentile(self.luma, 2), percentile(self.luma, 98)
        changes = cv2.blur(np.abs(luma - self.luma), (3, 3))
        for box in (self.face.box, last.box):
            changes[_around(box)] = 0
        return float(changes.max()) < max(CHANGED * (high - low), LEAST_CHANGED)

    def face_at(self, mesh: Mesh, last: Mesh) -> Face | None:
        """The face, moved and sized as its points have been. None if they are lost."""
        if mesh.confidence < SURE or overlap(mesh.box, last.box) < SAME_PLACE:
            return None
        before, now = self.mesh.box, mesh.box
        left, top, right, bottom = self.face.box
        corners = _moved(((left, top), (right, bottom)), before, now)
        (left, top), (right, bottom) = ((round(x), round(y)) for x, y in corners)
        height, width = (8 * side for side in self.luma.shape)
        box = max(0, left), max(0, top), min(width, right), min(height, bottom)
        return replace(self.face, box=box, points=_moved(self.face.points, before, now))


def _around(box: BoxXYXY) -> tuple[slice, slice]:
    left, top, right, bottom = box
    across, down = (right - left) * (AROUND - 1) / 2, (bottom - top) * (AROUND - 1) / 2
    sides = top - down, bottom + down, left - across, right + across
    first, last, start, end = (max(0, round(side) // 8) for side in sides)
    return slice(first, last + 1), slice(start, end + 1)


def _moved(
    points: tuple[tuple[float, float], ...], before: BoxXYXY, now: BoxXYXY
) -> tuple[tuple[float, float], ...]:
    across = (now[2] - now[0]) / max(1, before[2] - before[0])
    down = (now[3] - now[1]) / max(1, before[3] - before[1])
    return tuple(
        (now[0] + (x - before[0]) * across, now[1] + (y - before[1]) * down) for x, y in points
    )

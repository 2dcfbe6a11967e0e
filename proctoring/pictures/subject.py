"""Which of the faces in a picture is the candidate's: the one that is where theirs usually is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from proctoring.types import BoxXYXY

LEARNS = 0.1  # of each look: about the last ten count, 10 s of an exam
NEAR = 1.2  # usual heights of a face: so far from where it usually is, it is still theirs
LEAST_SIZE, MOST_SIZE = 0.55, 2.2  # of the usual height: further behind sits somebody else
SAME = 0.3  # overlap of two boxes of one face
_Place = tuple[float, float, float]  # px: middle of the box, its height


class Usual:
    """Where the candidate's face usually is; learned while they are alone."""

    def __init__(self) -> None:
        self._place: _Place | None = None

    def note(self, boxes: Sequence[BoxXYXY]) -> None:
        """The faces of one look. With several, whose is whose is not learned from it."""
        if len(boxes) != 1:
            return
        found = _place(boxes[0])
        if self._place is None or not _is_near(found, self._place):
            # They moved, or somebody else sits there: it takes a while to be believed.
            self._place = found if self._place is None else _towards(self._place, found, LEARNS / 2)
        else:
            self._place = _towards(self._place, found, LEARNS)

    def of(self, boxes: Iterable[BoxXYXY]) -> BoxXYXY | None:
        """Theirs; the largest while nothing is known; None where none of them can be theirs."""
        boxes = list(boxes)
        if self._place is None:
            return max(boxes, key=lambda box: box[3] - box[1], default=None)
        usual = self._place
        near = [box for box in boxes if _is_near(_place(box), usual)]
        return min(near, key=lambda box: _far(_place(box), usual), default=None)


def _place(box: BoxXYXY) -> _Place:
    left, top, right, bottom = box
    return (left + right) / 2, (top + bottom) / 2, max(1.0, float(bottom - top))


def _far(one: _Place, usual: _Place) -> float:
    """In heights of the usual face."""
    return float(((one[0] - usual[0]) ** 2 + (one[1] - usual[1]) ** 2) ** 0.5) / usual[2]


def _is_near(one: _Place, usual: _Place) -> bool:
    return _far(one, usual) <= NEAR and LEAST_SIZE <= one[2] / usual[2] <= MOST_SIZE


def _towards(place: _Place, found: _Place, share: float) -> _Place:
    x, y, height = (old + share * (new - old) for old, new in zip(place, found, strict=True))
    return x, y, height

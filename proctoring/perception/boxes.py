"""What can be said of boxes in a picture."""

from __future__ import annotations

from proctoring.types import BoxXYXY


def area(box: BoxXYXY) -> int:
    """px²; 0 for a box that is inside out."""
    left, top, right, bottom = box
    return max(0, right - left) * max(0, bottom - top)


def shared(box: BoxXYXY, other: BoxXYXY) -> BoxXYXY:
    """What lies in both; inside out if nothing does."""
    return (
        max(box[0], other[0]),
        max(box[1], other[1]),
        min(box[2], other[2]),
        min(box[3], other[3]),
    )


def overlap(box: BoxXYXY, other: BoxXYXY) -> float:
    """Intersection over union, 0..1."""
    both = area(shared(box, other))
    return both / max(1, area(box) + area(other) - both)


def inside(box: BoxXYXY, other: BoxXYXY) -> float:
    """The share of `box` that lies in the other, 0..1."""
    return area(shared(box, other)) / max(1, area(box))

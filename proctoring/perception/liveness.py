"""Is it a face, or a picture of one? What two looks half a second apart, and one alone, can tell.

A print or a screen moves as one plane: all its points follow one homography. A head doesn't: its
nose comes nearer than its ears, its eyes close, its mouth moves. Nothing is learned here; the
passive networks (MiniFASNet), which look at texture, are asked where they have been fetched.

Tried and left out: lines that frame the face (a window behind somebody frames it as well, for the
whole of an exam: at the limit that found three of six photos of prints and phones, six of 245
pictures of people had such lines), and moiré, as peaks in the face's spectrum (none of the six
stood out, at 640 px and in JPEG).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from proctoring.perception import fetched
from proctoring.perception.percentiles import percentile
from proctoring.types import BoxXYXY, Image

Grey = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float32]  # (n, 2): x, y

# --- motion ------------------------------------------------------------------------------

WIDTH = 320  # px of the small grey picture: a point is followed to about a tenth of its pixel
POINTS = 60  # corners to follow on the face
POINTS_AROUND = 30
FEWEST = 15  # corners on a face, below which its motion says nothing
FEWEST_AROUND = 8
HARDLY = 0.012  # of the face's width: less is no motion to speak of
CORE = 0.9  # the ellipse in the face's box that holds skin alone
FAR = 2.2  # boxes: what lies nearer may be hair, shoulders, or the rest of a print
EDGE = 0.1  # of the picture's width: far from the face and at its edge, background is to be seen
FLAT = 0.25  # px, the bend below which it is a plane
LOST = 0.5  # px that a corner may miss its place by when it is followed back
MARGIN = 4  # px around a mask, which the corners at its rim are known by
STRAY = 4.0  # px: a corner that went further astray counts no more than this


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    t: float  # s
    grey: Grey  # (height, WIDTH)
    box: tuple[float, float, float, float]  # of the face, in px of `grey`


@dataclass(frozen=True, slots=True)
class Motion:
    """How a face moved from one look to the next. Pixels are those of the small grey picture."""

    t: float  # s, of the later look
    face: float  # px, how wide the face is
    moved: float  # px, the median of its points
    bent: float  # px, root mean square distance from where one plane would have taken them
    around: float | None  # px, of the stillest quarter of points at the picture's edge: a print may
    # cover the others. None where there are too few, or where the face has hardly moved or bends


def look(t: float, image: Image, face: BoxXYXY) -> Look:
    height, width = image.shape[:2]
    scale = WIDTH / width
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, (WIDTH, round(height * scale)), interpolation=cv2.INTER_AREA)
    left, top, right, bottom = (side * scale for side in face)
    return Look(t, np.asarray(small, np.uint8), (left, top, right, bottom))


def motion(before: Look, after: Look) -> Motion | None:
    """None where the two have too little in common: a cut, a jump, a face that is blurred."""
    if before.grey.shape != after.grey.shape:
        return None
    there, here = _follow(before.grey, after.grey, _ellipse(before, CORE), POINTS)
    if len(there) < FEWEST:
        return None
    plane, _ = cv2.findHomography(there, here, cv2.RANSAC, 1.0)
    if plane is None:
        return None
    astray = np.linalg.norm(cv2.perspectiveTransform(there[None], plane)[0] - here, axis=1)
    face, moved = before.box[2] - before.box[0], _median_step(there, here)
    bent = float(np.sqrt(np.mean(np.minimum(astray, STRAY) ** 2)))
    may_be_plane = moved >= HARDLY * face and bent < FLAT
    around = _around(before, after) if may_be_plane else None
    return Motion(after.t, face, moved, bent, around)


def _around(before: Look, after: Look) -> float | None:
    there, here = _follow(before.grey, after.grey, _edge(before), POINTS_AROUND)
    if len(there) < FEWEST_AROUND:
        return None
    return percentile(np.linalg.norm(here - there, axis=1), 25)


def _ellipse(seen: Look, times: float) -> Grey:
    left, top, right, bottom = seen.box
    mask = np.zeros(seen.grey.shape, np.uint8)
    centre = (round((left + right) / 2), round((top + bottom) / 2))
    axes = (round((right - left) / 2 * times), round((bottom - top) / 2 * times))
    cv2.ellipse(mask, centre, axes, 0, 0, 360, 255, cv2.FILLED)
    return mask


def _edge(seen: Look) -> Grey:
    mask = ~_ellipse(seen, FAR)
    edge = round(EDGE * WIDTH)
    mask[edge:-edge, edge:-edge] = 0
    return np.asarray(mask, np.uint8)


def _follow(before: Grey, after: Grey, mask: Grey, most: int) -> tuple[Points, Points]:
    """Corners in `before` and where they went; those that are not found back again are left out."""
    corners = _corners(before, mask, most)
    if corners is None:
        return np.empty((0, 2), np.float32), np.empty((0, 2), np.float32)
    moved, found, _ = cv2.calcOpticalFlowPyrLK(before, after, corners, corners.copy())
    back, found_back, _ = cv2.calcOpticalFlowPyrLK(after, before, moved, corners.copy())
    kept = (found.ravel() > 0) & (found_back.ravel() > 0)
    kept &= np.abs(back - corners).reshape(-1, 2).max(axis=1) < LOST
    there, here = (np.asarray(points, np.float32).reshape(-1, 2) for points in (corners, moved))
    return there[kept], here[kept]


def _corners(grey: Grey, mask: Grey, most: int) -> Points | None:
    """(n, 1, 2). Only what is around the mask is looked at: the rest costs as much."""
    x, y, width, height = cv2.boundingRect(mask)
    left, top = max(0, x - MARGIN), max(0, y - MARGIN)
    part = np.s_[top : y + height + MARGIN, left : x + width + MARGIN]
    corners = cv2.goodFeaturesToTrack(grey[part], most, 0.01, 4, mask=mask[part])
    if corners is None:
        return None
    return np.asarray(corners + np.array((left, top), np.float32), np.float32)


def _median_step(there: Points, here: Points) -> float:
    return percentile(np.linalg.norm(here - there, axis=1), 50)


# --- texture, where the networks have been fetched ------------------------------------------

SIDE = 80  # px, of their input: BGR, 0..255
LIVE = 1  # of their three classes; the others are paper and screens
NETWORKS = (("minifasnet_v2", 2.7), ("minifasnet_v1se", 4.0))  # how many faces wide each looks


def has_networks() -> bool:
    return all(fetched.load(name) is not None for name, _ in NETWORKS)


def live_probability(image: Image, face: BoxXYXY) -> float | None:
    """0..1, the mean of both networks; None where they have not been fetched.

    Steps as in Silent-Face-Anti-Spoofing.
    """
    answers = []
    for name, times in NETWORKS:
        network = fetched.load(name)
        if network is None:
            return None
        picture = _surroundings(image, face, times).astype(np.float32).transpose(2, 0, 1)[None]
        (values,) = network.run(None, {network.get_inputs()[0].name: picture})
        answers.append(float(_probabilities(values[0])[LIVE]))
    return sum(answers) / len(answers)


def _probabilities(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Some exports end with the softmax and some before it."""
    if values.min() >= 0 and abs(float(values.sum()) - 1) < 1e-3:
        return values
    powers = np.exp(values - values.max())
    return np.asarray(powers / powers.sum(), np.float32)


def _surroundings(image: Image, face: BoxXYXY, times: float) -> Image:
    """(80, 80, 3): the face and what is around it, moved or made smaller to lie in the picture."""
    height, width = image.shape[:2]
    left, top, right, bottom = face
    across, down = max(1, right - left), max(1, bottom - top)
    times = min(times, (width - 1) / across, (height - 1) / down)
    across, down = round(across * times), round(down * times)
    x = min(max(0, (left + right - across) // 2), width - 1 - across)
    y = min(max(0, (top + bottom - down) // 2), height - 1 - down)
    return np.asarray(
        cv2.resize(image[y : y + down + 1, x : x + across + 1], (SIDE, SIDE)), np.uint8
    )

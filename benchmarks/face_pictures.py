"""The pictures of the face benchmark: real ones, and what a bad camera or room makes of them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np

from proctoring.perception.faces import examine_faces
from proctoring.types import Image

# Numbers of faces in pictures of objects/, read by eye; those where it could be argued about
# (turned away, a few pixels) and those that faces/ has too are left out.
COUNTS = Path(__file__).with_name("face_counts.json")
EVENT_MARGIN_S = 1.0  # the scenarios' times are true to half a second

Condition = Callable[[Image, int], Image | None]  # (picture, a number of its own) -> picture

# How their source describes some of the pictures.
LABELS = {
    "dark-skin": "dark skin",
    "glasses": "glasses",
    "turned": "turned",
    "profile": "in profile",
    "low-light": "low light",
    "small": "small",
    "partly-occluded": "partly hidden",
}


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    image: Image
    fewest: int
    most: int
    tags: tuple[str, ...] = ()


def faces(data: Path, condition: Condition, *, tag: str = "") -> Iterator[Picture]:
    """The 92 pictures under one condition, without those that it cannot be applied to.

    `tag`: those with this label alone.
    """
    for truth in json.loads((data / "faces" / "ground_truth.json").read_text()):
        if tag and tag not in truth["tags"]:
            continue
        image = read(data / "faces" / truth["file"])
        made = condition(image, zlib.crc32(truth["file"].encode()))
        if made is not None:
            yield Picture(made, truth["min_faces"], truth["max_faces"], tuple(truth["tags"]))


def objects(data: Path, *, of_one_webcam: bool) -> Iterator[Picture]:
    for name, (fewest, most) in json.loads(COUNTS.read_text()).items():
        if name.startswith("webcam_phone") is of_one_webcam:
            yield Picture(read(data / "objects" / name), fewest, most)


def portraits(data: Path) -> Iterator[Picture]:
    """One person each: the identities whose pictures have no neighbour cut off, and the spoofs."""
    crowded = ("d01", "d05", "d02/1", "d03/3", "d06/1", "d07/2")
    for path in sorted(data.glob("identities/*/*.jpg")) + sorted(data.glob("faces/spoof/*.jpg")):
        if not f"{path.parent.name}/{path.stem}".startswith(crowded):
            yield Picture(read(path), 1, 1)


def clips(data: Path) -> Iterator[Picture]:
    """A frame a second of the short recordings."""
    for truth in json.loads((data / "video" / "ground_truth.json").read_text()):
        for t, image in frames(data / "video" / truth["file"]):
            for segment in truth["segments"]:
                if segment["start"] <= t < segment["end"]:
                    yield Picture(image, segment["faces"], segment["faces"])


def scenarios(data: Path) -> Iterator[Picture]:
    """A frame a second of the recorded exams, without the seconds where something changes."""
    numbers = {"multiple_faces": 2, "no_face": 0}
    for path in sorted(data.glob("scenarios/d*_*.json")):
        events = json.loads(path.read_text())["events"]
        for t, image in frames(path.with_suffix(".mp4")):
            inside = {e["event"] for e in events if e["start_s"] <= t <= e["end_s"]}
            near = {
                e["event"]
                for e in events
                for edge in (e["start_s"], e["end_s"])
                if abs(t - edge) < EVENT_MARGIN_S
            }
            if near & {*numbers, "camera_covered"} or "camera_covered" in inside:
                continue
            count = next((numbers[event] for event in inside & numbers.keys()), 1)
            yield Picture(image, count, count)


def read(path: Path) -> Image:
    return np.asarray(cv2.imread(str(path)), np.uint8)


def frames(path: Path) -> Iterator[tuple[float, Image]]:
    """One a second, with its time."""
    with av.open(str(path)) as container:
        due = 0.0
        for frame in container.decode(video=0):
            t = float(frame.time or 0.0)
            if t >= due:
                due += 1.0
                yield t, np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)


# --- conditions --------------------------------------------------------------------------------


def plain(image: Image, _seed: int) -> Image:
    return image


def mirrored(image: Image, _seed: int) -> Image:
    return np.ascontiguousarray(image[:, ::-1])


def dark(share: float) -> Condition:
    def condition(image: Image, seed: int) -> Image:
        noise = np.random.default_rng(seed).normal(0, 2, image.shape)
        return compressed(80)(bytes_of(image * share + noise), seed)

    return condition


def darker_tones(image: Image, _seed: int) -> Image:
    return bytes_of(255 * (image / 255) ** 2.5)


def tilted(degrees: float) -> Condition:
    def condition(image: Image, seed: int) -> Image:
        height, width = image.shape[:2]
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees * (-1) ** seed, 1.0)
        cos, sin = abs(turn[0, 0]), abs(turn[0, 1])
        size = (int(height * sin + width * cos), int(height * cos + width * sin))
        turn[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
        return bytes_of(cv2.warpAffine(image, turn, size, borderValue=(90, 90, 90)))

    return condition


def masked(image: Image, seed: int) -> Image | None:
    """A mask over nose, mouth and chin of every face that is found in the plain picture."""
    image = image.copy()
    found = examine_faces(image)
    for face in found:
        left, _, right, bottom = face.box
        eyes, nose = np.mean(face.points[:2], 0), face.points[2]
        brim = (eyes[1] + nose[1]) / 2
        side, slope = 0.1 * (right - left), 0.8 * bottom + 0.2 * brim
        outline = [(left, brim), (nose[0], brim - side / 2), (right, brim), (right - side, slope)]
        outline += [((left + right) / 2, bottom), (left + side, slope)]
        colour = (200, 190, 150) if seed % 2 else (60, 50, 50)
        cv2.fillPoly(image, [np.array(outline, np.int32)], colour)
    return image if found else None


def half_out_of_view(image: Image, seed: int) -> Image | None:
    """Cut through the middle of the only face."""
    found = examine_faces(image)
    if len(found) != 1:
        return None
    left, _, right, _ = found[0].box
    middle = (left + right) // 2
    return image[:, :middle] if seed % 2 else image[:, middle:]


def compressed(quality: int) -> Callable[[Image, int], Image]:
    def condition(image: Image, _seed: int) -> Image:
        _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)

    return condition


def shrunk(longest_side: int) -> Callable[[Image, int], Image]:
    def condition(image: Image, _seed: int) -> Image:
        scale = longest_side / max(image.shape)
        return bytes_of(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))

    return condition


def blurred(image: Image, _seed: int) -> Image:
    return bytes_of(cv2.GaussianBlur(image, (0, 0), 2.0))


def noisy(image: Image, seed: int) -> Image:
    return bytes_of(image + np.random.default_rng(seed).normal(0, 18, image.shape))


def bytes_of(values: object) -> Image:
    return np.clip(np.asarray(values), 0, 255).astype(np.uint8)


CONDITIONS: dict[str, Condition] = {
    "as they are": plain,
    "mirrored": mirrored,
    "dark: a fifth of the light": dark(0.2),
    "dark: an eighth of the light": dark(0.125),
    "dark: gamma 2.5": darker_tones,
    "tilted by 20 degrees": tilted(20),
    "tilted by 30 degrees": tilted(30),
    "masked": masked,
    "half out of view": half_out_of_view,
    "JPEG quality 20": compressed(20),
    "longest side 320 px": shrunk(320),
    "longest side 200 px": shrunk(200),
    "blurred by 2 px": blurred,
    "noisy": noisy,
}

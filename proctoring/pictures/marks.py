"""What was marked in a picture, kept in the JPEG itself, so that its hash covers that too.

It stands in an application segment (APP9) that begins with `IDENTIFIER`; then comes a JSON object:

    {"v": 1, "size": [640, 480], "kind": "phone_seen", "source": "camera", "blurred": false,
     "subject": [l, t, r, b] or null, "others": [[l, t, r, b], …],
     "boxes": [{"box": [l, t, r, b], "label": "a phone"}, …]}

Viewers of pictures skip what they do not know. Whatever is read is bounded and checked: a picture
may come from a store that somebody wrote into.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from proctoring.types import BoxXYXY

VERSION = 1
IDENTIFIER = b"OpenProctor\0"
MOST_BYTES = 16 * 1024  # of the JSON; a segment holds 64 KiB
MOST_BOXES = 64  # of each sort
LONGEST_LABEL = 80  # characters
LONGEST_KIND = 64
LONGEST_SIDE = 16_384  # px
CAMERA, DRAWN = "camera", "drawn"  # taken, or made by the program: a waveform

_START, _APP9, _SCAN, _END = b"\xff\xd8", 0xE9, 0xDA, 0xD9
_ALONE = {0x01, *range(0xD0, 0xD8)}  # markers without a length


class BadMarks(ValueError):
    """There is a segment, and it is none that was written here."""


@dataclass(frozen=True, slots=True)
class Mark:
    box: BoxXYXY
    label: str = ""


@dataclass(frozen=True, slots=True)
class Marks:
    size: tuple[int, int]  # px: width, height
    kind: str = ""  # of the incident
    subject: BoxXYXY | None = None  # the candidate's face
    others: tuple[BoxXYXY, ...] = ()  # faces of whoever else is there
    boxes: tuple[Mark, ...] = ()  # what the incident is about
    is_drawn: bool = False  # by the program: nobody is in it
    is_blurred: bool = False  # a rendition, and not what is kept


def with_marks(jpeg: bytes, marks: Marks) -> bytes:
    """The same picture with these marks, and none that were there before."""
    text = json.dumps(_plain(marks), ensure_ascii=True, separators=(",", ":")).encode()
    if len(text) > MOST_BYTES:
        raise ValueError("more marks than a picture carries")
    payload = IDENTIFIER + text
    segment = bytes((0xFF, _APP9)) + (len(payload) + 2).to_bytes(2, "big") + payload
    clean = without_marks(jpeg)
    return clean[:2] + segment + clean[2:]


def without_marks(jpeg: bytes) -> bytes:
    """Raises ValueError for what is no JPEG."""
    if not jpeg.startswith(_START):
        raise ValueError("this is no JPEG")
    kept, after = bytearray(_START), 2
    for start, end in _own(jpeg):
        kept += jpeg[after:start]
        after = end
    return bytes(kept + jpeg[after:])


def marks_of(jpeg: bytes) -> Marks | None:
    """None of a picture that has none: an earlier version drew them in. Raises BadMarks."""
    for start, end in _own(jpeg):
        return _read(jpeg[start + 4 + len(IDENTIFIER) : end])
    return None


# --- the file ----------------------------------------------------------------------------------


def _own(jpeg: bytes) -> Iterator[tuple[int, int]]:
    """(start, end) of each segment of ours, before the picture itself begins."""
    at = 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF:
        marker = jpeg[at + 1]
        if marker in (_SCAN, _END):
            return
        if marker == 0xFF:  # fill bytes may stand before a marker
            at += 1
            continue
        if marker in _ALONE:
            at += 2
            continue
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if end < at + 4 or end > len(jpeg):
            return
        if marker == _APP9 and jpeg.startswith(IDENTIFIER, at + 4):
            yield at, end
        at = end


# --- what stands in it -------------------------------------------------------------------------


def _plain(marks: Marks) -> dict[str, Any]:
    return {
        "v": VERSION,
        "size": marks.size,
        "kind": marks.kind[:LONGEST_KIND],
        "source": DRAWN if marks.is_drawn else CAMERA,
        "blurred": marks.is_blurred,
        "subject": marks.subject,
        "others": marks.others[:MOST_BOXES],
        "boxes": [
            {"box": mark.box, "label": mark.label[:LONGEST_LABEL]}
            for mark in marks.boxes[:MOST_BOXES]
        ],
    }


def _read(payload: bytes) -> Marks:
    """Raises BadMarks."""
    if len(payload) > MOST_BYTES:
        raise BadMarks("more than is ever written")
    try:
        said = json.loads(payload)
        if not isinstance(said, dict) or said["v"] != VERSION:
            raise BadMarks("of another version")
        width, height = (_side(value) for value in said["size"])
        others, boxes = said["others"], said["boxes"]
        if max(len(others), len(boxes)) > MOST_BOXES:
            raise BadMarks("more boxes than are ever written")
        subject = said["subject"]
        return Marks(
            size=(width, height),
            kind=_text(said["kind"], LONGEST_KIND),
            subject=None if subject is None else _box(subject, width, height),
            others=tuple(_box(one, width, height) for one in others),
            boxes=tuple(
                Mark(_box(one["box"], width, height), _text(one["label"], LONGEST_LABEL))
                for one in boxes
            ),
            is_drawn=said["source"] == DRAWN,
            is_blurred=said["blurred"] is True,
        )
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError) as error:
        raise BadMarks(f"it cannot be read: {type(error).__name__}") from None


def _side(value: Any) -> int:
    if type(value) is not int or not 1 <= value <= LONGEST_SIDE:
        raise BadMarks("no size")
    return value


def _box(value: Any, width: int, height: int) -> BoxXYXY:
    left, top, right, bottom = value
    if any(type(side) is not int for side in (left, top, right, bottom)):
        raise BadMarks("no box")
    inside = (max(0, left), max(0, top), min(width, right), min(height, bottom))
    if inside[0] >= inside[2] or inside[1] >= inside[3]:
        raise BadMarks("a box outside of the picture")
    return inside


def _text(value: Any, most: int) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise BadMarks("no text")
    return value

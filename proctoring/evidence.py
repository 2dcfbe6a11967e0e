"""What is kept to show why an incident opened: the picture and its marks, or the sound."""

from __future__ import annotations

import hashlib
import io
import wave
from collections import deque
from collections.abc import Sequence
from datetime import datetime

import cv2
import numpy as np

from proctoring import waveform
from proctoring.ids import new_id
from proctoring.perception.boxes import area
from proctoring.perception.level import level_db
from proctoring.perception.scene import Perception, Scene
from proctoring.perception.whose import Whose
from proctoring.pictures.marks import LONGEST_LABEL, MOST_BOXES, Mark, Marks, with_marks
from proctoring.pictures.subject import Usual
from proctoring.types import (
    SAMPLE_RATE,
    AudioChunk,
    BoxXYXY,
    Evidence,
    Image,
    Observation,
    Occurrence,
    Sound,
)

JPEG_QUALITY = 85
STILL_WIDTH = 320  # px
CLIP_BEFORE_S = 3.0
CLIP_AFTER_S = 3.0
CLIP_MAX_S = 15.0
RING_S = 45.0  # sound that is remembered, so that a clip can begin before its incident
VOICE = "voice"  # the signal that tells whose voice is heard, second by second


def picture(
    occurrence_id: str,
    at: datetime,
    image: Image,
    boxes: Sequence[BoxXYXY],
    *,
    kind: str = "",
    label: str = "",
    subject: BoxXYXY | None = None,
    others: Sequence[BoxXYXY] = (),
) -> Evidence:
    """As it was taken. What it is about (`boxes`, with a `label` if it is one) and whose faces are
    in it stand in the file beside it: see `proctoring.pictures.marks`."""
    height, width = image.shape[:2]

    def inside(found: Sequence[BoxXYXY]) -> tuple[BoxXYXY, ...]:
        cut = (
            (max(0, left), max(0, top), min(width, right), min(height, bottom))
            for left, top, right, bottom in found[:MOST_BOXES]
        )
        return tuple(box for box in cut if area(box))

    about = inside(boxes)
    named = label if len(about) == 1 else ""
    marks = Marks(
        size=(width, height),
        kind=kind,
        subject=next(iter(inside([subject] if subject else [])), None),
        others=inside(others),
        boxes=tuple(Mark(box, named[:LONGEST_LABEL]) for box in about),
    )
    data = with_marks(jpeg(image, JPEG_QUALITY), marks)
    return _evidence(occurrence_id, at, "image/jpeg", data)


def clip(occurrence_id: str, at: datetime, samples: Sound, sample_rate: int) -> Evidence:
    return _evidence(occurrence_id, at, "audio/wav", wav(samples, sample_rate))


def drawing(occurrence_id: str, at: datetime, image: Image) -> Evidence:
    """A picture that was drawn, and not taken."""
    height, width = image.shape[:2]
    data = with_marks(jpeg(image, JPEG_QUALITY), Marks((width, height), is_drawn=True))
    return _evidence(occurrence_id, at, "image/jpeg", data)


def still(image: Image) -> bytes:
    """A small JPEG of the newest picture, for the desk. Never stored."""
    height, width = image.shape[:2]
    size = (STILL_WIDTH, max(1, round(height * STILL_WIDTH / width)))
    return jpeg(np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8), 65)


def jpeg(image: Image, quality: int) -> bytes:
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError(f"no JPEG can be made of a picture of shape {image.shape}")
    return data.tobytes()


def wav(samples: Sound, sample_rate: int) -> bytes:
    """16-bit PCM, mono."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(sample_rate)
        writer.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return file.getvalue()


class Snapshots:
    """Takes the pictures of incidents, and tells whose faces are in them, so that whoever is not
    the candidate can be blurred."""

    def __init__(self, perception: Perception) -> None:
        self._perception = perception
        self._usual = Usual()
        self._looked: tuple[Scene, list[BoxXYXY]] | None = None

    def note(self, scene: Scene) -> None:
        """Where the candidate sits, if somebody has looked for faces here."""
        if scene.looked_for:
            self._usual.note([face.box for face in scene.faces])

    def take(
        self, occurrence: Occurrence, cause: Observation, scene: Scene, at: datetime
    ) -> Evidence:
        faces = self._faces_in(scene)
        subject = self._usual.of(faces)
        return picture(
            occurrence.id,
            at,
            scene.image,
            cause.boxes,
            kind=occurrence.kind,
            label=occurrence.summary,
            subject=subject,
            others=[box for box in faces if box != subject],
        )

    def _faces_in(self, scene: Scene) -> list[BoxXYXY]:
        """Every face, looked for thoroughly, and without telling the scene: what analysers are
        told must not depend on whether an incident opened."""
        if self._looked is None or self._looked[0] is not scene:
            found = self._perception.examine_faces(scene.image)
            self._looked = scene, [face.box for face in found]
        return self._looked[1]


class SoundRing:
    """The last `RING_S` seconds of sound and whose voice it is, to be cut by media time."""

    def __init__(self) -> None:
        self._chunks: deque[AudioChunk] = deque()
        self._told: deque[waveform.Told] = deque()

    def add(self, chunk: AudioChunk) -> None:
        self._chunks.append(chunk)
        while self._chunks[0].end_t < chunk.end_t - RING_S:
            self._chunks.popleft()

    def note(self, observation: Observation) -> None:
        """Whose voice a second was. Of anything else nothing is remembered."""
        if observation.signal != VOICE or observation.span is None:
            return
        whose = None if observation.value is None else Whose(int(observation.value))
        self._told.append((*observation.span, whose))
        while self._told[0][1] < observation.t - RING_S:
            self._told.popleft()

    def draw(self, times: waveform.Span, span: waveform.Span, title: str, numbers: str) -> Image:
        """The waveform of `times`, in which `span` is marked; its level is told, too."""
        sound = self._laid(*times)
        level = f"{level_db(self.cut(*span)):.0f} dB of full scale"
        said = "; ".join(filter(None, (numbers, f"{span[1] - span[0]:.1f} s at {level}")))
        return waveform.draw(sound, times[0], list(self._told), [span], title, said)

    def _laid(self, start_t: float, end_t: float) -> Sound:
        """All that time, silent where there is no sound."""
        end_t = min(end_t, max((chunk.end_t for chunk in self._chunks), default=start_t))
        laid = np.zeros(max(0, round((end_t - start_t) * SAMPLE_RATE)), np.float32)
        for chunk in self._chunks:
            at = round((chunk.t - start_t) * SAMPLE_RATE)
            piece = chunk.samples[max(0, -at) : max(0, len(laid) - at)]
            laid[max(0, at) : max(0, at) + len(piece)] = piece
        return laid

    def cut(self, start_t: float, end_t: float) -> Sound:
        """(n,) samples between two times; what is no longer, or not yet, there is left out."""
        pieces = [
            chunk.samples[_index(chunk, start_t) : _index(chunk, end_t)]
            for chunk in self._chunks
            if chunk.end_t > start_t and chunk.t < end_t
        ]
        return np.concatenate(pieces) if pieces else np.empty(0, np.float32)


def clip_times(span: waveform.Span) -> waveform.Span:
    """From a little before what was heard to a little after, and not for ever."""
    start, end = span
    return max(start - CLIP_BEFORE_S, end + CLIP_AFTER_S - CLIP_MAX_S, 0.0), end + CLIP_AFTER_S


def _index(chunk: AudioChunk, t: float) -> int:
    return max(0, round((t - chunk.t) * chunk.sample_rate))


def _evidence(occurrence_id: str, at: datetime, media_type: str, data: bytes) -> Evidence:
    return Evidence(
        id=new_id(),
        occurrence_id=occurrence_id,
        captured_at=at,
        media_type=media_type,
        data=data,
        sha256=hashlib.sha256(data).hexdigest(),
    )

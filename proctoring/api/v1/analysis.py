"""Analysis without a browser or an exam: what pictures and sound tell. Nothing is kept."""

from __future__ import annotations

import base64
import binascii
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import Field

from proctoring.api.v1.declared import JSON, Call, Operation
from proctoring.api.v1.forms import Anything, Asked, Told
from proctoring.api.v1.problems import Problem, wait
from proctoring.integration.keys import KeyRole
from proctoring.media import MediaError, decode_picture, read_sound
from proctoring.single import as_json, report_on
from proctoring.speakers.report import voice_report
from proctoring.types import SAMPLE_RATE, Image

MOST_PICTURES = 16  # of one request
MOST_BYTES = 8 * 1024 * 1024
MOST_SOUND_BYTES = 24 * 1024 * 1024
LONGEST_SOUND_S = 600
AT_ONCE = 2  # analyses; live exams need the rest of the machine
QUEUES_FOR_S = 10.0
PICTURES = ("image/jpeg", "image/png", "image/webp")
SOUNDS = (
    "audio/wav",
    "audio/x-wav",
    "audio/flac",
    "audio/mpeg",
    "audio/ogg",
    "audio/webm",
    "audio/mp4",
)
_places = threading.BoundedSemaphore(AT_ONCE)


class FramesAsked(Asked):
    images: list[str] = Field(
        min_length=1, max_length=MOST_PICTURES, description="each in base64, or a data URL"
    )


class FramesQuery(Asked):
    landmarks: bool = Field(False, description="478 points of the face, too")


class FramesTold(Told):
    frames: list[Anything] = Field(
        description="of each picture: people_count, banned_objects, face_detected, face_verified,"
        " headpose_alert, spoofing_alert, alerts and more; `abstained` says why one is null"
    )


class TurnTold(Told):
    start_s: float
    end_s: float
    speaker: int = Field(description="0 spoke most")
    whose: str | None = Field(description="candidate, other, or null: unsure")


class SoundTold(Told):
    speaker_count: int
    speech_s: float
    candidate_s: float = Field(description="of the voice that was heard alone first")
    other_s: float
    both_s: float
    unsure_s: float
    turns: list[TurnTold]
    incidents: list[str] = Field(description="kinds that a live exam would have had")


@contextmanager
def place() -> Iterator[None]:
    """For one analysis. Raises Problem."""
    if not _places.acquire(timeout=QUEUES_FOR_S):
        raise wait(5, "Too many analyses are waiting on this server.", 503)
    try:
        yield
    finally:
        _places.release()


def frames(call: Call) -> FramesTold:
    if call.media_type == JSON:
        images = [_decoded(_bytes_of(text)) for text in call.asked(FramesAsked).images]
    else:
        images = [_decoded(call.body)]
    has_landmarks = call.sought(FramesQuery).landmarks
    told = []
    for image in images:
        with place():
            report = report_on(image)
        told.append(as_json(report, has_landmarks=has_landmarks))
    return FramesTold(frames=told)


def audio(call: Call) -> SoundTold:
    if not call.body:
        raise Problem(422, "The body is empty: send a sound file.")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "sound")
        path.write_bytes(call.body)
        try:
            samples = read_sound(path)
        except MediaError as error:
            raise Problem(422, str(error).replace(str(path), "the sound")) from None
    if len(samples) > LONGEST_SOUND_S * SAMPLE_RATE:
        raise Problem(422, f"At most {LONGEST_SOUND_S // 60} minutes are analysed at once.")
    with place():
        report = voice_report(samples)
    return SoundTold(
        speaker_count=report.speaker_count,
        speech_s=round(report.speech_s, 2),
        candidate_s=round(report.candidate_s, 2),
        other_s=round(report.other_s, 2),
        both_s=round(report.both_s, 2),
        unsure_s=round(report.unsure_s, 2),
        turns=[
            TurnTold(
                start_s=round(turn.start_s, 2),
                end_s=round(turn.end_s, 2),
                speaker=turn.speaker,
                whose=turn.whose.name.lower() if turn.whose else None,
            )
            for turn in report.turns
        ],
        incidents=[incident.kind for incident in report.incidents],
    )


def _bytes_of(text: str) -> bytes:
    """Of base64, or a data URL. Raises Problem."""
    try:
        return base64.b64decode(text.rpartition(",")[2], validate=True)
    except (binascii.Error, ValueError):
        raise Problem(422, "A picture is not in base64.") from None


def _decoded(data: bytes) -> Image:
    try:
        return decode_picture(data, "the picture")
    except MediaError as error:
        raise Problem(422, str(error)) from None


OPERATIONS = (
    Operation(
        "analyzeFrames",
        "POST",
        "/analyze/frames",
        "analysis",
        "What pictures tell",
        KeyRole.ANALYSIS,
        frames,
        about="One look is no incident: `alerts` are the kinds that would open if it lasted."
        " Nothing is kept.",
        query=FramesQuery,
        form=FramesAsked,
        takes=PICTURES,
        most_bytes=MOST_BYTES,
        gives=FramesTold,
        example={"images": ["data:image/jpeg;base64,/9j/4AAQSkZJRgABAQ…"]},
    ),
    Operation(
        "analyzeAudio",
        "POST",
        "/analyze/audio",
        "analysis",
        "Whose voices are in a recording, and when",
        KeyRole.ANALYSIS,
        audio,
        about="Up to ten minutes. Nothing is kept.",
        takes=SOUNDS,
        most_bytes=MOST_SOUND_BYTES,
        gives=SoundTold,
    ),
)

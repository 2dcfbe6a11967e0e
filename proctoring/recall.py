"""What an exam learned of its candidate, as bytes and back.

A server that starts anew, or another one, goes on with it: else whoever sits there then would be
learned as the candidate. It is kept sealed until they finish (`Store.save_enrolment`).
"""

from __future__ import annotations

import logging
import math
import struct
import zlib
from collections.abc import Iterable
from dataclasses import astuple, replace

import numpy as np

from proctoring.exam import Enrolment, FaceProfile, GazeBaseline, VoiceProfile
from proctoring.types import Enrolled

Learned = FaceProfile | GazeBaseline | VoiceProfile

FACES, GAZE, VOICE = "faces", "gaze", "voice"  # kinds of Enrolled
VERSION = 1  # another one for other networks, too: their numbers can't be compared
NUMBERS, VOICE_NUMBERS = 256, 192  # of an embedding

_FACES = struct.Struct("<BB?f")  # version, pictures, is_settled, spread or NaN; then float16
_VOICE = struct.Struct("<BB?f")  # version, stretches, is_settled, spread; float16: seconds, numbers
_GAZE = struct.Struct("<B7f")  # version, and the fields in their order
_CHECKSUM = struct.Struct("<I")  # CRC-32 of what is before it

_log = logging.getLogger(__name__)


class Damaged(ValueError):
    """These bytes are not what was learned; the message says why."""


def to_bytes(learned: Learned) -> tuple[str, bytes]:
    """Its kind, and its content. Halves of a float move a distance by less than 0.001."""
    if isinstance(learned, GazeBaseline):
        return GAZE, _checked(_GAZE.pack(VERSION, *astuple(learned)))
    if isinstance(learned, VoiceProfile):
        count = len(learned.embeddings)
        head = _VOICE.pack(VERSION, count, learned.is_settled, learned.spread)
        halves = np.concatenate([learned.seconds, learned.embeddings.ravel()]).astype("<f2")
        return VOICE, _checked(head + halves.tobytes())
    spread = math.nan if learned.spread is None else learned.spread
    head = _FACES.pack(VERSION, len(learned.embeddings), learned.is_settled, spread)
    return FACES, _checked(head + learned.embeddings.astype("<f2").tobytes())


def recall(enrolled: Iterable[Enrolled]) -> Enrolment:
    """What can be read of it. The exam goes on without the rest, and the log says why."""
    faces = gaze = voice = None
    for one in enrolled:
        try:
            if one.kind == FACES:
                faces = faces_of(one.content)
            elif one.kind == GAZE:
                gaze = gaze_of(one.content)
            elif one.kind == VOICE:
                voice = voice_of(one.content)
        except Damaged as error:
            _log.error("%s of %s is learned anew: %s", one.kind, one.participant_id, error)
    return Enrolment(gaze, faces, voice)


def gathered(known: Enrolment, learned: Iterable[Learned | None]) -> Enrolment:
    """What was known, with what was learned since in its place."""
    for one in learned:
        if isinstance(one, FaceProfile):
            known = replace(known, faces=one)
        elif isinstance(one, GazeBaseline):
            known = replace(known, gaze=one)
        elif isinstance(one, VoiceProfile):
            known = replace(known, voice=one)
    return known


def faces_of(content: bytes) -> FaceProfile:
    """Raises Damaged."""
    body = _body(content, _FACES)
    _, count, is_settled, spread = _FACES.unpack_from(body)
    if count == 0 or len(body) != _FACES.size + 2 * NUMBERS * count:
        raise Damaged(f"it has {len(body)} bytes for {count} pictures")
    halves = np.frombuffer(body, "<f2", offset=_FACES.size)
    embeddings = halves.reshape(count, NUMBERS).astype(np.float32)
    if not np.isfinite(embeddings).all() or math.isinf(spread):
        raise Damaged("it holds numbers that are none")
    return FaceProfile(embeddings, None if math.isnan(spread) else spread, is_settled)


def voice_of(content: bytes) -> VoiceProfile:
    """Raises Damaged."""
    body = _body(content, _VOICE)
    _, count, is_settled, spread = _VOICE.unpack_from(body)
    if count == 0 or len(body) != _VOICE.size + 2 * (VOICE_NUMBERS + 1) * count:
        raise Damaged(f"it has {len(body)} bytes for {count} stretches of speech")
    halves = np.frombuffer(body, "<f2", offset=_VOICE.size).astype(np.float32)
    if not np.isfinite(halves).all() or not math.isfinite(spread):
        raise Damaged("it holds numbers that are none")
    return VoiceProfile(
        halves[count:].reshape(count, VOICE_NUMBERS), halves[:count], spread, is_settled
    )


def gaze_of(content: bytes) -> GazeBaseline:
    """Raises Damaged."""
    body = _body(content, _GAZE)
    if len(body) != _GAZE.size:
        raise Damaged(f"it has {len(body)} bytes, and not {_GAZE.size}")
    _, *values = _GAZE.unpack(body)
    if not all(map(math.isfinite, values)):
        raise Damaged("it holds numbers that are none")
    return GazeBaseline(*values)


def _checked(body: bytes) -> bytes:
    return body + _CHECKSUM.pack(zlib.crc32(body))


def _body(content: bytes, head: struct.Struct) -> bytes:
    """Without the checksum. Raises Damaged."""
    body, checksum = content[: -_CHECKSUM.size], content[-_CHECKSUM.size :]
    if len(body) < head.size:
        raise Damaged(f"it has {len(content)} bytes, which is too short")
    if checksum != _CHECKSUM.pack(zlib.crc32(body)):
        raise Damaged("its checksum is wrong")
    if body[0] != VERSION:
        raise Damaged(f"it is of version {body[0]}, and this program knows {VERSION}")
    return body

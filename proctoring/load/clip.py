"""A clip as a browser would send it, made once: sent by all candidates as it is.

For WebRTC: VP8 and Opus at the rates that the server asks browsers for (`proctoring.live.codecs`).
For snapshots: JPEG pictures and half seconds of 16-bit sound, as the exam page sends them.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import numpy as np

from proctoring.live.capture import SENT_PER_S
from proctoring.live.codecs import PACKET_MS, PICTURE_KBITS, SOUND_BITS
from proctoring.load.scenarios import BadScenario, Scenario

WIDTH, HEIGHT = 640, 480  # px, what the page asks a camera for
PICTURES_PER_S = SENT_PER_S
BITS_PER_S = 1000 * PICTURE_KBITS
KEY_EVERY_S = 2.0  # nobody is asked for a key picture: they come by themselves
SOUND_RATE, PIECE_S = 48_000, PACKET_MS / 1000
SNAPSHOTS_PER_S, SNAPSHOT_QUALITY = 8, 70
PCM_RATE, PCM_S = 16_000, 0.5
LONGEST_S = 600.0  # kept in memory


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that is sent as a whole."""

    t: float  # s from the clip's beginning
    data: bytes
    is_key: bool = True  # it needs none before it


@dataclass(frozen=True, slots=True)
class Clip:
    duration_s: float
    video: tuple[Piece, ...]
    audio: tuple[Piece, ...]


def encode(scenario: Scenario, mode: str) -> Clip:
    """`mode` is "webrtc" or "snapshots". Raises BadScenario for a file that cannot be played."""
    try:
        pictures, sound = _read(scenario)
    except (av.error.FFmpegError, OSError, IndexError) as error:
        raise BadScenario(f"{scenario.clip.name} cannot be read: {error}") from error
    if not pictures or not len(sound):
        raise BadScenario(f"{scenario.clip.name} needs a picture and a sound.")
    duration_s = min(len(sound) / SOUND_RATE, pictures[-1][0] + 1 / PICTURES_PER_S)
    if mode == "webrtc":
        return Clip(duration_s, tuple(_vp8(pictures, duration_s)), tuple(_opus(sound, duration_s)))
    return Clip(duration_s, tuple(_jpeg(pictures, duration_s)), tuple(_pcm(sound, duration_s)))


Pictures = list[tuple[float, av.VideoFrame]]


def _read(scenario: Scenario) -> tuple[Pictures, np.ndarray[Any, Any]]:
    """Pictures with their times, and sound at 48 kHz."""
    from_s = scenario.from_s
    to_s = min(scenario.to_s or from_s + LONGEST_S, from_s + LONGEST_S)
    with av.open(str(scenario.clip)) as file:
        pictures = [
            (frame.time - from_s, frame.reformat(WIDTH, HEIGHT, format="yuv420p"))
            for frame in file.decode(_alone(file.streams.video[0]))
            if frame.time is not None and from_s <= frame.time < to_s
        ]
    resampler = av.AudioResampler(format="s16", layout="mono", rate=SOUND_RATE)
    with av.open(str(scenario.clip)) as file:
        parts = [
            part.to_ndarray().reshape(-1)
            for frame in file.decode(file.streams.audio[0])
            for part in resampler.resample(frame)
        ]
    sound = np.concatenate(parts)[round(from_s * SOUND_RATE) : round(to_s * SOUND_RATE)]
    return pictures, sound


def _alone(stream: Any) -> Any:
    """On one thread: on a busy machine many wait for each other."""
    stream.codec_context.thread_count = 1
    return stream


def _even(pictures: Pictures, per_s: float, duration_s: float) -> Iterator[tuple[float, Any]]:
    """The newest picture at each beat."""
    index = 0
    for beat in range(int(duration_s * per_s)):
        t = beat / per_s
        while index + 1 < len(pictures) and pictures[index + 1][0] <= t + 1e-6:
            index += 1
        yield t, pictures[index][1]


def _vp8(pictures: Pictures, duration_s: float) -> Iterator[Piece]:
    codec: Any = av.CodecContext.create("libvpx", "w")
    codec.width, codec.height, codec.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    codec.framerate, codec.time_base = PICTURES_PER_S, Fraction(1, PICTURES_PER_S)
    codec.bit_rate, codec.gop_size = BITS_PER_S, round(KEY_EVERY_S * PICTURES_PER_S)
    codec.options, codec.thread_count = {"deadline": "realtime", "cpu-used": "-16"}, 1
    for beat, (_, frame) in enumerate(_even(pictures, PICTURES_PER_S, duration_s)):
        plain = av.VideoFrame.from_ndarray(frame.to_ndarray(), "yuv420p")  # its own time alone
        plain.pts, plain.time_base = beat, Fraction(1, PICTURES_PER_S)
        for packet in codec.encode(plain):
            yield Piece(packet.pts / PICTURES_PER_S, bytes(packet), bool(packet.is_keyframe))


def _opus(sound: np.ndarray[Any, Any], duration_s: float) -> Iterator[Piece]:
    codec: Any = av.CodecContext.create("libopus", "w")
    codec.sample_rate, codec.layout, codec.format = SOUND_RATE, "mono", "s16"
    codec.bit_rate = SOUND_BITS
    codec.options = {"frame_duration": str(PACKET_MS), "application": "voip"}
    length = round(PIECE_S * SOUND_RATE)
    number = 0
    for beat in range(int(duration_s / PIECE_S)):
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(sound[beat * length : (beat + 1) * length]).reshape(1, -1),
            format="s16",
            layout="mono",
        )
        frame.sample_rate, frame.pts = SOUND_RATE, beat * length
        for packet in codec.encode(frame):
            yield Piece(number * PIECE_S, bytes(packet))
            number += 1


def _jpeg(pictures: Pictures, duration_s: float) -> Iterator[Piece]:
    for t, frame in _even(pictures, SNAPSHOTS_PER_S, duration_s):
        file = io.BytesIO()
        frame.to_image().save(file, "JPEG", quality=SNAPSHOT_QUALITY)
        yield Piece(t, file.getvalue())


def _pcm(sound: np.ndarray[Any, Any], duration_s: float) -> Iterator[Piece]:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=PCM_RATE)
    frame = av.AudioFrame.from_ndarray(sound.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = SOUND_RATE
    samples = np.concatenate([part.to_ndarray().reshape(-1) for part in resampler.resample(frame)])
    length = round(PCM_S * PCM_RATE)
    for beat in range(int(duration_s / PCM_S)):
        part = samples[beat * length : (beat + 1) * length]
        if len(part) == length:
            yield Piece(beat * PCM_S, part.astype("<i2").tobytes())

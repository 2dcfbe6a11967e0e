"""Recorded files as the samples that a live candidate would have sent.

Everything here gives media time in seconds from the file's beginning, whatever its frame
rate, sample rate, number of channels or rotation. What cannot be read raises `MediaError`
with a sentence for the person who named the file.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from proctoring.media.problems import MediaError, check_size, why
from proctoring.types import SAMPLE_RATE, AudioChunk, Image, Sample, Sound, VideoFrame

WIDTH = 640  # px; wider video is made smaller, as it is live
CHUNK_S = 0.5
MAX_DRIFT_S = 0.5


@dataclass(frozen=True, slots=True)
class Recording:
    path: Path
    duration_s: float | None  # as the file says; None where it doesn't
    has_video: bool
    has_audio: bool


def probe(path: Path) -> Recording:
    with _opened(path) as container:
        video, audio = container.streams.video, container.streams.audio
        if not video and not audio:
            raise MediaError(f"{path}: there is neither picture nor sound in it")
        for stream in video[:1]:
            if stream.codec_context is None:
                raise MediaError(f"{path}: its picture is in a format that is not known here")
            check_size(path, stream.codec_context.width, stream.codec_context.height)
        return Recording(path, _duration(container), bool(video), bool(audio))


def read_samples(video: Path, audio: Path | None, *, frames_per_s: float) -> Iterator[Sample]:
    """Pictures and sound in the order of their times. `audio` replaces the video's own sound."""
    pictures = read_frames(video, frames_per_s) if probe(video).has_video else iter(())
    source = audio or video
    sounds = read_chunks(source) if probe(source).has_audio else iter(())
    return heapq.merge(pictures, sounds, key=lambda sample: sample.t)


def read_frames(path: Path, frames_per_s: float) -> Iterator[VideoFrame]:
    """At most so many frames a second; upright; at most `WIDTH` px wide."""
    period, next_t = 1 / frames_per_s, 0.0
    with _opened(path) as container:
        for t, frame in _decoded(path, container, container.streams.video[0]):
            if t + 1e-6 >= next_t:
                next_t = max(next_t + period, t)
                yield VideoFrame(t, _to_image(frame))


def read_chunks(path: Path) -> Iterator[AudioChunk]:
    """Mono at 16 kHz, half a second each; a hole in the file stays a hole in time."""
    start_t, heard_s = 0.0, 0.0  # of the stretch without a hole: its start, its length so far
    resampler, buffer = _resampler(), _Buffer(0.0)
    with _opened(path) as container:
        for t, frame in _decoded(path, container, container.streams.audio[0]):
            if abs(t - start_t - heard_s) > MAX_DRIFT_S:
                yield from buffer.take(_resampled(resampler, None), everything=True)
                start_t, heard_s, resampler, buffer = t, 0.0, _resampler(), _Buffer(t)
            heard_s += frame.samples / frame.sample_rate
            frame.pts = None  # times are counted here, from samples
            yield from buffer.take(_resampled(resampler, frame))
    yield from buffer.take(_resampled(resampler, None), everything=True)


def read_sound(path: Path) -> Sound:
    """The whole track, mono at 16 kHz, holes filled with silence. (n,) float32."""
    if not probe(path).has_audio:
        raise MediaError(f"{path}: there is no sound in it")
    chunks = list(read_chunks(path))
    if not chunks:
        return np.empty(0, np.float32)
    sound = np.zeros(round(chunks[-1].end_t * SAMPLE_RATE) + 1, np.float32)
    for chunk in chunks:
        start = round(chunk.t * SAMPLE_RATE)
        length = min(len(chunk.samples), len(sound) - start)
        sound[start : start + length] = chunk.samples[:length]
    return sound


@dataclass(slots=True)
class _Buffer:
    t: float  # s, of the first sample in it
    samples: Sound = field(default_factory=lambda: np.empty(0, np.float32))

    def take(self, samples: Sound, *, everything: bool = False) -> Iterator[AudioChunk]:
        """Chunks of `CHUNK_S`, as many as are full; in the end the rest too."""
        self.samples = np.concatenate([self.samples, samples])
        size = int(CHUNK_S * SAMPLE_RATE)
        while len(self.samples) >= size or (everything and len(self.samples)):
            chunk = AudioChunk(self.t, self.samples[:size])
            self.t, self.samples = chunk.end_t, self.samples[size:]
            yield chunk


def _resampler() -> av.AudioResampler:
    return av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)


def _resampled(resampler: av.AudioResampler, frame: av.AudioFrame | None) -> Sound:
    """None takes out what the filter still holds."""
    if frame is None and resampler.format is None:
        return np.empty(0, np.float32)
    pieces = [piece.to_ndarray().reshape(-1) for piece in resampler.resample(frame)]
    sound = np.concatenate(pieces) if pieces else np.empty(0, np.float32)
    sound = np.nan_to_num(sound.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    return np.clip(sound, -1.0, 1.0)


@contextmanager
def _opened(path: Path) -> Iterator[av.container.InputContainer]:
    try:
        container = av.open(str(path))
    except (av.FFmpegError, OSError, ValueError) as error:
        raise MediaError(
            f"{path}: {why(path, error, 'not a recording that can be read')}"
        ) from None
    with container:
        yield container


def _decoded(path: Path, container: av.container.InputContainer, stream: Any) -> Iterator[Any]:
    """(media time in s, frame) to the end of the file, which must be where the file says."""
    start_t = (container.start_time or 0) / av.time_base
    frame, end_t = None, 0.0
    try:
        for frame in container.decode(stream):
            t = max(0.0, float(frame.time) - start_t) if frame.time is not None else end_t
            end_t = max(end_t, t)
            yield t, frame
    except av.FFmpegError:
        raise MediaError(f"{path}: damaged or cut off after {end_t:.1f} s") from None
    if frame is None:
        raise MediaError(f"{path}: nothing in it can be decoded")
    if end_t < (says := _promised_s(path, container, stream)) - max(1.0, 0.1 * says):
        raise MediaError(f"{path}: cut off, {end_t:.1f} of {says:.1f} s could be read")


def _promised_s(path: Path, container: av.container.InputContainer, stream: Any) -> float:
    """How long the file says that it is; 0 where it doesn't say."""
    found_s = float((stream.duration or 0) * (stream.time_base or 0))
    if container.format.name != "wav":
        return found_s
    # Here the decoder believes the file's length, not its header.
    return found_s + 8 * _missing_bytes(path) / max(1, stream.codec_context.bit_rate or 1)


def _missing_bytes(path: Path) -> int:
    """By how much a WAV is shorter than its header says; 0 where it was written to a pipe."""
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8)[4:], "little") + 8
    return max(0, size - path.stat().st_size) if 8 < size < 0xFFFF_FFFF else 0


def _duration(container: av.container.InputContainer) -> float | None:
    return container.duration / av.time_base if container.duration else None


def _to_image(frame: av.VideoFrame) -> Image:
    quarter_turns = round(frame.rotation / 90) % 4  # counter-clockwise, as ffmpeg counts
    upright = np.rot90(frame.to_ndarray(format="bgr24"), quarter_turns)
    height, width = upright.shape[:2]
    if width <= WIDTH:
        return np.ascontiguousarray(upright, np.uint8)
    size = (WIDTH, max(1, round(height * WIDTH / width)))
    small = cv2.resize(np.ascontiguousarray(upright), size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)

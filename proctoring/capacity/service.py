"""What it costs to look at one candidate and to listen to them: the real pipeline, on all cores.

A clip is played to as many pipelines as there are cores, a thread each as in an exam, as fast as
they can: what the threads then take from each other is taken here, too. Together they play all of
it once, so that each measurement is of the same pictures.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import cv2

from proctoring import evidence
from proctoring.analysers import DEVICES, PAGE, choices, create_analysers, media_of, signals_of
from proctoring.capacity.machine import busy_s, usable_cores
from proctoring.exam import Exam
from proctoring.media import decode_picture, read_samples
from proctoring.pipeline import Pipeline
from proctoring.policy.presets import PRESETS
from proctoring.types import AudioChunk, Image, Policy, Sample, VideoFrame

STILL_EVERY_S = 1.0  # a small picture for the desk, as in an exam
WARM_S = 6.0  # of media: networks are loaded, the person is learned
SHORTEST_S = 10.0  # of media for each thread
QUALITY = 70  # of a snapshot's JPEG


@dataclass(frozen=True, slots=True)
class Picture:
    """As a snapshot comes: kept so, a minute of pictures takes no memory."""

    t: float
    jpeg: bytes


Material = Sequence[Picture | AudioChunk]


@dataclass(frozen=True, slots=True)
class Service:
    """Processor time for one second of one candidate, in ms."""

    camera_ms: float
    sound_ms: float
    decoding_ms: float  # of the JPEG pictures that these were
    efficiency: float  # of the cores, how much the threads together could use, 0..1
    media_s: float  # that was measured, of all threads


def material(clip: Path, pictures_per_s: float) -> Material:
    """Raises MediaError."""
    found: list[Picture | AudioChunk] = []
    for sample in read_samples(clip, None, frames_per_s=pictures_per_s):
        if isinstance(sample, VideoFrame):
            found.append(Picture(sample.t, _jpeg(sample.image)))
        elif isinstance(sample, AudioChunk):
            found.append(sample)
    return found


def measure(given: Material, seconds: float, threads: int = 0) -> Service:
    """`seconds` of media in all, or a little more. `threads`: 0, one for each core."""
    count = threads or usable_cores()
    each_s = max(SHORTEST_S, seconds / count)
    workers = [_Worker(given, number / count) for number in range(count)]
    for worker in workers:
        worker.warm()
    begun, own, all_ = time.monotonic(), time.process_time(), busy_s()
    running = [threading.Thread(target=worker.work, args=(each_s,)) for worker in workers]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    took, used = time.monotonic() - begun, time.process_time() - own
    now = busy_s()
    others = max(0.0, now - all_ - used) if now is not None and all_ is not None else 0.0
    offered = max(used, usable_cores() * took - others)
    media_s = sum(worker.media_s for worker in workers)
    per_s = 1000 / max(0.1, media_s)
    return Service(
        sum(worker.camera_s for worker in workers) * per_s,
        sum(worker.sound_s for worker in workers) * per_s,
        sum(worker.decoding_s for worker in workers) * per_s,
        min(1.0, used / offered) if offered else 1.0,
        media_s,
    )


class _Worker:
    """One candidate, from somewhere in the clip, again and again."""

    def __init__(self, given: Material, phase: float) -> None:
        self._given = given
        self._index = int(phase * len(given))
        self._length_s = given[-1].t + 0.5
        self._laps = 0
        self._still_due = 0.0
        self._pipeline = pipeline()
        self.camera_s = self.sound_s = self.decoding_s = self.media_s = 0.0

    def warm(self) -> None:
        begun = self._index
        self.work(WARM_S)
        self._index, self._laps = begun, self._laps + 1  # what was seen is seen again
        self.camera_s = self.sound_s = self.decoding_s = self.media_s = 0.0

    def work(self, media_s: float) -> None:
        while self.media_s < media_s:
            self._step()

    def _step(self) -> None:
        one = self._given[self._index]
        begun = time.thread_time()
        if isinstance(one, Picture):
            image = decode_picture(one.jpeg)
            seen = time.thread_time()
            self._process(VideoFrame(self._t(one.t), image))
            self.decoding_s += seen - begun
            self.camera_s += time.thread_time() - seen
        else:
            self._process(replace(one, t=self._t(one.t)))
            self.sound_s += time.thread_time() - begun
            self.media_s += len(one.samples) / one.sample_rate
        self._index += 1
        if self._index == len(self._given):
            self._index, self._laps = 0, self._laps + 1

    def _t(self, t: float) -> float:
        return t + self._laps * self._length_s

    def _process(self, sample: Sample) -> None:
        self._pipeline.process(sample)
        if isinstance(sample, VideoFrame) and sample.t >= self._still_due:
            self._still_due = sample.t + STILL_EVERY_S
            evidence.still(sample.image)


def pipeline() -> Pipeline:
    """All that a camera and a microphone are measured for, as in an exam that measures all."""
    names = tuple(kind.name for kind in choices() if kind.medium in DEVICES)
    signals = signals_of(names, Policy())
    return Pipeline(
        create_analysers(signals, media_of(signals) | {PAGE}, Exam(Policy())),
        preset=PRESETS["standard"],
        meeting_id="capacity",
        participant_id="capacity",
        started_at=datetime.now(UTC),
        keeps_traces=True,
    )


def _jpeg(image: Image) -> bytes:
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()

"""What a candidate costs, for `benchmarks.simulation`: measured, and told sample by sample."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import cv2

from proctoring.capacity import service
from proctoring.capacity.figures import PICTURES_PER_S, Capacity, Costs, Mode
from proctoring.live.capture import CHUNK_S
from proctoring.load.scenarios import DEMO
from proctoring.media import decode_picture
from proctoring.pipeline import Pipeline
from proctoring.rungs import Rung
from proctoring.types import AudioChunk, VideoFrame

# docs/measurements.md, "What a live candidate costs": `python -m proctoring capacity --json`.
DOCUMENTED = Capacity(
    machine="",
    processor="Intel Xeon, two shared cores, which were busy",
    cores=2,
    version="0.1.0",
    measured_at="2026-11-22",
    efficiency=0.955,
    costs=Costs(
        camera={"full": 86.91, "light": 82.03, "snapshots": 53.88},
        sound=16.83,
        webrtc=29.61,
        jpeg=3.23,
        attending=12.0,
    ),
)
GAPS_S = [1 / PICTURES_PER_S[mode] for mode in Mode]  # between pictures, rising


@dataclass(frozen=True, slots=True)
class Shape:
    """CPU of one sample after the other, 1 being the mean of the later ones."""

    pictures: tuple[float, ...] = (1.0,)
    sounds: tuple[float, ...] = (1.0,)
    first_pictures: tuple[float, ...] = ()  # of an exam; then the later ones, again and again
    first_sounds: tuple[float, ...] = ()
    camera: tuple[float, ...] = (1.0, 1.0, 1.0)  # by rung: of what all pictures of a second cost


@dataclass(frozen=True, slots=True)
class Load:
    """Of one candidate. All in s of CPU."""

    capacity: Capacity
    shape: Shape

    @property
    def steady_s(self) -> float:
        """A second, for receiving and attending, whatever is looked at."""
        return (self.capacity.costs.webrtc + self.capacity.costs.attending) / 1e3

    def picture_s(self, since_s: float, mode: Mode, rung: Rung) -> float:
        """For a picture so long after the last one that was looked at.

        Costly looks come at times of their own, so that a picture after a gap costs more: as much
        as was measured with four, with two and with one a second.
        """
        costs, share = self.capacity.costs, self.shape.camera[rung]
        if mode is Mode.SNAPSHOTS:
            return (costs.camera[mode] + costs.jpeg) / PICTURES_PER_S[mode] / 1e3
        if rung.picture_every_s:
            return share * costs.camera[Mode.FULL] * rung.picture_every_s / 1e3
        each = [gap * costs.camera[one] / 1e3 for gap, one in zip(GAPS_S, Mode, strict=True)]
        return share * _between(since_s, GAPS_S, each)

    def sound_s(self) -> float:
        return self.capacity.costs.sound * CHUNK_S / 1e3


def _between(x: float, xs: list[float], ys: list[float]) -> float:
    """Linear, and level outside."""
    if x <= xs[0]:
        return ys[0]
    for low, high, at, to in zip(xs, xs[1:], ys, ys[1:], strict=False):
        if x <= high:
            return at + (to - at) * (x - low) / (high - low)
    return ys[-1]


def measured_shape() -> Shape:
    """By the real pipeline on the demo's recording: about half a minute of one idle core."""
    cv2.setNumThreads(1)
    service.measure(service.material(DEMO, PICTURES_PER_S[Mode.FULL]), 0, 1)  # loads the networks
    first, later = _laps(Rung.ALL)
    camera = [sum(later[0])]
    camera += [sum(_laps(rung)[1][0]) for rung in Rung if rung > Rung.ALL]
    picture_s, sound_s = (sum(some) / len(some) for some in later)
    return Shape(
        pictures=tuple(s / picture_s for s in later[0]),
        sounds=tuple(s / sound_s for s in later[1]),
        first_pictures=tuple(s / picture_s for s in first[0]),
        first_sounds=tuple(s / sound_s for s in first[1]),
        camera=tuple(s / camera[0] for s in camera),
    )


def _laps(rung: Rung) -> list[tuple[list[float], list[float]]]:
    """The recording twice, through one pipeline: CPU s of each picture and of each sound."""
    rate = 1 / rung.picture_every_s if rung.picture_every_s else PICTURES_PER_S[Mode.FULL]
    given = service.material(DEMO, rate)
    watching, length_s = service.pipeline(), given[-1].t + CHUNK_S
    watching.step_to(rung)
    laps = []
    for lap in range(2):
        pictures: list[float] = []
        sounds: list[float] = []
        for one in given:
            t = one.t + lap * length_s
            if isinstance(one, service.Picture):
                pictures.append(_spent_s(watching, VideoFrame(t, decode_picture(one.jpeg))))
            else:
                sounds.append(_spent_s(watching, replace(one, t=t)))
        laps.append((pictures, sounds))
    return laps


def _spent_s(watching: Pipeline, sample: VideoFrame | AudioChunk) -> float:
    begun = time.thread_time()
    watching.process(sample)
    return time.thread_time() - begun

"""Somebody who reads from the screen: does that give `looking_away`?

    .venv/bin/python -m benchmarks.reading [--data DIR]

No recording of somebody reading is at hand. So real clips of two men at a webcam are taken, and
in every picture the irises are moved, by warping the eyes, as they go along lines of text: in
fixations of a quarter of a second, back in one step, down the page; as far as it takes for our own
measure to swing by the angle asked for. Heads, lids, light and noise are the clip's own, and clips
run to and fro until a minute is full. What it can't show: lids that sink with the gaze, and heads
that turn along. For control the same irises go 28 degrees to the side for seven seconds: beside a
column that must be found, or the warp would be none; beside lines as wide as the screen it is
hardly further than they are, and need not be.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy comes in

import argparse
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from proctoring.analysers.gaze import GazeTracker
from proctoring.media import read_frames
from proctoring.perception.head import TURN_X, TURN_Y
from proctoring.perception.mesh import Mesh
from proctoring.perception.mesh_layout import LEFT_IRIS, RIGHT_IRIS
from proctoring.perception.scene import Scene
from proctoring.pipeline import Pipeline
from proctoring.policy.presets import PRESETS
from proctoring.types import Image, Observation, Occurrence, VideoFrame
from tests.material import DATA

FRAMES_PER_S = 4.0
SECONDS = 60.0
BETWEEN_IRISES_CM = 6.3
# What of each clip is one calm man whose eyes are on the screen, s.
CLIPS = {"gaze_center": 10.0, "gaze_left": 5.0, "webcam_expr1": 36.0, "webcam_expr2": 24.0}

# Half a line and half a page, in degrees, for somebody 60 cm away.
PAGES = {
    "a column of 17 cm": (8.0, 7.0),
    "a page of 30 cm": (14.0, 9.0),
    "lines as wide as a screen of 24 inches": (23.0, 12.0),
}
FIXATION_S, JITTER_DEG = 0.25, 1.0
LINES = 18  # of a page
FIXATIONS = 11  # of a line
PROBE_DEG, MOST_GAIN = 15.0, 2.5
AWAY_DEG, AWAY_FROM_S, AWAY_FOR_S = 28.0, 40.0, 7.0

Gaze = Callable[[float], tuple[float, float]]  # s -> degrees to the picture's right, and upwards


def reading(half_line: float, half_page: float, seed: int = 0) -> Gaze:
    def at(t: float) -> tuple[float, float]:
        fixation = int(t / FIXATION_S)
        line, step = divmod(fixation, FIXATIONS)
        rng = np.random.default_rng((seed, fixation))
        across = half_line * (2 * step / (FIXATIONS - 1) - 1)
        down = half_page * (1 - 2 * (line % LINES) / (LINES - 1))
        jitter = rng.normal(0, JITTER_DEG, 2)
        return float(across + jitter[0]), float(down + jitter[1])

    return at


def looking_away(usual: Gaze) -> Gaze:
    def at(t: float) -> tuple[float, float]:
        is_away = AWAY_FROM_S <= t < AWAY_FROM_S + AWAY_FOR_S
        return (AWAY_DEG, 0.0) if is_away else usual(t)

    return at


def with_gaze(image: Image, mesh: Mesh, yaw_deg: float, pitch_deg: float) -> Image:
    """The picture with both irises moved as eyes that turn by so much move them."""
    left, right = mesh.points[LEFT_IRIS[0], :2], mesh.points[RIGHT_IRIS[0], :2]
    apart = float(np.linalg.norm(right - left))
    step = (
        apart
        / BETWEEN_IRISES_CM
        * np.array(
            [TURN_X * math.sin(math.radians(yaw_deg)), -TURN_Y * math.sin(math.radians(pitch_deg))]
        )
    )
    low = np.maximum(np.minimum(left, right) - apart / 2, 0).astype(int)
    high = (np.maximum(left, right) + apart / 2).astype(int)
    columns, rows = np.meshgrid(
        *(
            np.arange(first, min(last, side), dtype=np.float32)
            for first, last, side in zip(low, high, image.shape[1::-1], strict=True)
        )
    )
    for iris in (LEFT_IRIS, RIGHT_IRIS):
        centre, rim = mesh.points[iris[0], :2], mesh.points[list(iris[1:]), :2]
        radius = float(np.linalg.norm(rim - centre, axis=1).mean())
        x, y = centre + step
        reach = max(1.2 * radius, 2.0 * float(np.linalg.norm(step)))  # steeper would fold
        share = np.clip(1 - (np.hypot(columns - x, rows - y) - radius) / reach, 0, 1)
        share = share * share * (3 - 2 * share)
        columns, rows = columns - step[0] * share, rows - step[1] * share
    changed = image.copy()
    changed[low[1] : low[1] + len(rows), low[0] : low[0] + rows.shape[1]] = cv2.remap(
        image, columns.astype(np.float32), rows.astype(np.float32), cv2.INTER_CUBIC
    )
    return changed


def gain(seen: list[tuple[VideoFrame, Mesh]]) -> float:
    """By how much more irises must be moved until our own measure tells the angle asked for.

    It tells irises that were moved and lids that were not about half as far.
    """
    told = [
        _yaw(with_gaze(frame.image, mesh, PROBE_DEG, 0))
        - _yaw(with_gaze(frame.image, mesh, -PROBE_DEG, 0))
        for frame, mesh in seen[:: max(1, len(seen) // 8)]
    ]
    return float(np.clip(2 * PROBE_DEG / np.nanmedian(told), 1.0, MOST_GAIN))


def _yaw(image: Image) -> float:
    head = Scene(VideoFrame(0.0, image)).head
    return math.nan if head is None else head.gaze_yaw_deg


def to_and_fro(frames: list[VideoFrame], seconds: float) -> Iterator[VideoFrame]:
    there_and_back = [*frames, *frames[-2:0:-1]]
    for number in range(round(seconds * FRAMES_PER_S)):
        frame = there_and_back[number % len(there_and_back)]
        yield VideoFrame(number / FRAMES_PER_S, frame.image)


def calm(path: Path, seconds: float) -> list[tuple[VideoFrame, Mesh]]:
    """Pictures of a clip, with the points that the irises are moved by."""
    found, last = [], None
    for frame in read_frames(path, FRAMES_PER_S):
        scene = Scene(frame, last_mesh=last)
        last = scene.mesh
        if frame.t < seconds and last is not None:
            found.append((frame, last))
    return found


def clip(seen: list[tuple[VideoFrame, Mesh]], gaze: Gaze, seconds: float) -> Iterator[VideoFrame]:
    meshes, times = {id(frame.image): mesh for frame, mesh in seen}, gain(seen)
    for frame in to_and_fro([frame for frame, _ in seen], seconds):
        yaw, pitch = gaze(frame.t)
        image = with_gaze(frame.image, meshes[id(frame.image)], times * yaw, times * pitch)
        yield VideoFrame(frame.t, image)


@dataclass(frozen=True, slots=True)
class Told:
    incidents: tuple[float, ...]  # when each was opened, s
    highest: float  # share of ten seconds away
    swing_deg: float  # between the tenth and the ninetieth of a hundred looks
    told_s: float  # for how long it was told
    away: int  # looks beyond the limit, of `looks`: by the share's own changes
    looks: int


def watch(frames: Iterator[VideoFrame]) -> Told:
    """Through the gaze's own rule as it runs."""
    seen: dict[str, list[float]] = {"off_screen_share": [], "gaze_yaw_deg": []}

    def note(observation: Observation) -> None:
        if observation.value is not None and observation.signal in seen:
            seen[observation.signal].append(observation.value)

    pipeline = Pipeline(
        [GazeTracker()],
        preset=PRESETS["standard"],
        meeting_id="benchmark",
        participant_id="benchmark",
        started_at=datetime(1970, 1, 1, tzinfo=UTC),
        on_observation=note,
    )
    opened: dict[str, float] = {}
    for frame in frames:
        for record in pipeline.process(frame):
            if isinstance(record, Occurrence):
                opened.setdefault(record.id, frame.t)
    shares, yaws = seen["off_screen_share"], seen["gaze_yaw_deg"]
    low, high = np.percentile(yaws, (10, 90)) if yaws else (math.nan, math.nan)
    return Told(
        incidents=tuple(opened.values()),
        highest=max(shares, default=0.0),
        swing_deg=float(high - low),
        told_s=len(shares) / 2,
        away=round(sum(shares)),  # each look's own share, on average
        looks=len(shares),
    )


def measure(data: Path) -> Iterator[tuple[str, str, Told, Told]]:
    """Clip, page, what was told of reading, and of reading with a look away."""
    for name, seconds in tqdm(CLIPS.items(), file=sys.stderr):
        seen = calm(data / "video" / f"{name}.mp4", seconds)
        for page, halves in PAGES.items():
            gaze = reading(*halves)
            found = (watch(clip(seen, way, SECONDS)) for way in (gaze, looking_away(gaze)))
            yield name, page, *found


def rows(data: Path = DATA) -> list[dict[str, Any]]:
    """For the card of `looking_away`: a minute of reading is a recording."""
    told = [*measure(data)]
    return [
        {
            "condition": f"reading {page} (made up)",
            "set": f"{len(CLIPS)} clips of two men, their irises moved, a minute each",
            "n_positive": 0,
            "found": 0,
            "n_negative": sum(of == page for _, of, *_ in told),
            "false": sum(bool(read.incidents) for _, of, read, _ in told if of == page),
            "unit": "recording",
            "hours": None,
        }
        for page in PAGES
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA)
    data = parser.parse_args().data
    cv2.setNumThreads(1)
    print("| clip | read | swing measured | away at most, of 10 s | incidents | look away found |")
    print("|---|---|---|---|---|---|")
    for name, page, read, control in measure(data):
        late = [t for t in control.incidents if AWAY_FROM_S < t < AWAY_FROM_S + AWAY_FOR_S + 5]
        found = f"after {late[0] - AWAY_FROM_S:.1f} s" if late else "no"
        print(
            f"| {name} | {page} | {read.swing_deg:.0f}° | {read.highest:.2f} "
            f"| {len(read.incidents)} | {found} |",
            flush=True,
        )


if __name__ == "__main__":
    main()

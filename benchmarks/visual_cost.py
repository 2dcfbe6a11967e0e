"""What looking at a candidate costs: CPU and memory, with all visual analysers at their own beat.

    .venv/bin/python -m benchmarks.visual_cost [--data DIR] [--without-peers]

CPU milliseconds per second of exam, on one thread, of the whole process; a busy machine makes it
up to half as much again, so read ratios. Pictures are decoded before. Each clip is shown twice, and
the second time counts: the first minute, in which a face is learned, costs more. `alone` is an
analyser without the others; `its part` is what it takes among them, where who asks first for what
several need pays for it. Memory is what ten further candidates take, after each has watched the
clip. The packages get the same pictures in the reference environment (`make reference`), once each,
four times a second.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy and OpenCV come in

import argparse
import gc
import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import psutil

from proctoring.analysers import analyser_types
from proctoring.media import read_frames
from proctoring.pipeline import Pipeline
from proctoring.policy.presets import PRESETS
from proctoring.replay import FRAMES_PER_S, START
from proctoring.rungs import Rung
from proctoring.types import Analyser, Observation, VideoFrame
from tests.material import DATA, ROOT

REFERENCE = ROOT / ".venv-reference" / "bin" / "python"
CLIPS = {
    "one calm person": "video/webcam_expr1.mp4",
    "reading a screen": "scenarios/d8_gaze.mp4",
    "a second person for a third of the time": "scenarios/d2_second_person_beside.mp4",
    "nobody for a quarter of the time": "scenarios/d4_leaves.mp4",
}
AIM_MS, AIM_MB = 60.0, 25.0
CANDIDATES = 10
WARM_UP_S = 3.0


def visual() -> list[type[Analyser]]:
    return [kind for kind in analyser_types() if kind.medium == "camera"]


def watch(analysers: Sequence[Analyser], frames: Iterable[VideoFrame]) -> Pipeline:
    """A pipeline that has seen the frames."""
    pipeline = Pipeline(
        analysers,
        preset=PRESETS["standard"],
        meeting_id="benchmark",
        participant_id="benchmark",
        started_at=START,
    )
    for frame in frames:
        pipeline.process(frame)
    return pipeline


def again(frames: Sequence[VideoFrame]) -> Iterator[VideoFrame]:
    """The same, after it was shown before."""
    return (VideoFrame(frame.t + seconds(frames), frame.image) for frame in frames)


def cpu_ms(
    analysers: Sequence[Analyser], frames: Sequence[VideoFrame], rung: Rung = Rung.ALL
) -> float:
    """Per second of the clip."""
    pipeline = watch(analysers, frames)
    pipeline.step_to(rung)
    every = max(1, round(rung.picture_every_s * FRAMES_PER_S))
    start = time.process_time()
    for frame in islice(again(frames), 0, None, every):
        pipeline.process(frame)
    return 1e3 * (time.process_time() - start) / seconds(frames)


class Timed:
    """An analyser and the CPU seconds that went by in it."""

    def __init__(self, analyser: Analyser) -> None:
        self.cpu_s = 0.0
        self.name, self.rules, self.accepts = analyser.name, analyser.rules, analyser.accepts
        self._analyser = analyser

    def analyse(self, sample: Any) -> list[Observation]:
        start = time.process_time()
        found = list(self._analyser.analyse(sample))
        self.cpu_s += time.process_time() - start
        return found


def seconds(frames: Sequence[VideoFrame]) -> float:
    return len(frames) / FRAMES_PER_S


def memory_mb(path: Path) -> float:
    """Of one further candidate, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.visual_cost", "--memory", str(path)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    return float(answer.stdout.splitlines()[-1])


def print_memory(path: Path) -> None:
    process = psutil.Process()
    kept = [watch([kind() for kind in visual()], clip(path))]
    gc.collect()
    before = process.memory_info().rss
    for _ in range(CANDIDATES):  # each decodes its own: the pictures that it remembers count
        kept.append(watch([kind() for kind in visual()], clip(path)))
    gc.collect()
    print((process.memory_info().rss - before) / CANDIDATES / 1e6)


def clip(path: Path) -> list[VideoFrame]:
    return list(read_frames(path, FRAMES_PER_S))


def peers_ms(path: Path) -> dict[str, float]:
    """By the packages, on the same pictures."""
    command = [REFERENCE, Path(__file__).with_name("visual_peers.py"), path]
    answer = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    return dict(json.loads(answer.stdout.splitlines()[-1]))


def print_clip(name: str, frames: Sequence[VideoFrame]) -> float:
    """Returns CPU ms per second, of all together."""
    kinds = visual()
    watch([kind() for kind in kinds], frames[: int(WARM_UP_S * FRAMES_PER_S)])  # loads the models
    together = cpu_ms([kind() for kind in kinds], frames)
    timed = [Timed(kind()) for kind in kinds]
    pipeline = watch(timed, frames)  # type: ignore[arg-type]
    for one in timed:
        one.cpu_s = 0.0
    for frame in again(frames):
        pipeline.process(frame)
    print(f"\n### {name}: {together:.1f} ms a second, over {seconds(frames):.0f} s\n")
    print("| analyser | its part | alone |\n|---|---|---|")
    for kind, one in zip(kinds, timed, strict=True):
        part = 1e3 * one.cpu_s / seconds(frames)
        print(f"| {kind.name} | {part:.1f} | {cpu_ms([kind()], frames):.1f} |", flush=True)
    rungs = [f"{cpu_ms([kind() for kind in kinds], frames, rung):.1f}" for rung in Rung]
    print(f"\nOn the rungs of the degradation ladder: {', '.join(rungs)}")
    return together


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--without-peers", action="store_true")
    parser.add_argument("--memory", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    if options.memory:
        return print_memory(options.memory)
    paths = {name: options.data / file for name, file in CLIPS.items()}
    costs = {name: print_clip(name, clip(path)) for name, path in paths.items()}
    calm, calm_path = next(iter(costs.values())), next(iter(paths.values()))
    print(f"\nOne further candidate: {memory_mb(calm_path):.1f} MB (aim {AIM_MB:g})")
    print(f"One calm person: {calm:.1f} ms of CPU a second (aim {AIM_MS:g})")
    if options.without_peers:
        return
    if not REFERENCE.exists():
        print("MediaPipe, face_recognition: not installed: make reference")
        return
    print("\n| on the same pictures | CPU ms a second | of ours |\n|---|---|---|")
    print(f"| OpenProctor, all visual signals | {calm:.1f} | 1 |")
    for name, ms in peers_ms(calm_path).items():
        print(f"| {name} | {ms:.1f} | {ms / calm:.2f} |")


if __name__ == "__main__":
    main()

"""Engines side by side: how much of live exams a machine works off, and what its event loop feels.

    .venv/bin/python -m benchmarks.engines [--candidates 4] [--seconds 20] [--recording FILE]

So many candidates at once, all signals, each as fast as the engine takes it: seconds of exam worked
off a second, CPU a second of exam, and how late a loop that sleeps 10 ms at a time wakes up
meanwhile, beside the same loop alone. Then a worker is killed, and it is measured how long the
candidate is not watched. Ray is measured where it is installed.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy comes in

import argparse
import asyncio
import importlib.util
import signal
import statistics
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

import psutil

from proctoring.analysers import analyser_types
from proctoring.exam import Enrolment
from proctoring.live.engines import Engine
from proctoring.live.engines.chosen import engine_of
from proctoring.live.engines.cluster import Cluster
from proctoring.live.engines.processes import Processes
from proctoring.live.measuring import Measuring
from proctoring.live.stretches import Wish
from proctoring.live.watch import Lost, Turn, Work
from proctoring.media import read_samples
from proctoring.types import AudioChunk, Meeting, Sample, VideoFrame

ROOT = Path(__file__).parent.parent
RECORDING = ROOT / "tests" / "data" / "scenarios" / "second_person.mp4"
NOW = datetime.now(UTC)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--candidates", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--recording", type=Path, default=RECORDING)
    options = parser.parse_args()
    samples = list(read_samples(options.recording, None, frames_per_s=4.0))
    print(f"{options.candidates} candidates, {options.seconds:.0f} s, {os.cpu_count()} cores\n")
    print("| engine | s of exam a second | CPU, ms a s of exam | loop late by, p50, p99, ms |")
    print("|---|---|---|---|")
    print(f"| none | | | {shown(asyncio.run(lateness(options.seconds / 4)))} |")
    names = ["thread", "process", *(["ray"] if importlib.util.find_spec("ray") else [])]
    for name in names:
        engine = engine_of(name, 0)
        print(f"| {name} | {worked_off(engine, samples, options)} |", flush=True)
        if isinstance(engine, (Processes, Cluster)):
            away_s = away_after_a_kill(engine, samples)
            print(f"\n{name}: watched again {away_s:.2f} s after its worker was killed\n")
        engine.close()


def work(name: str) -> Work:
    signals = tuple(kind.name for kind in analyser_types())
    meeting = Meeting(
        id="m",
        title="",
        opens_at=NOW,
        closes_at=NOW,
        length_s=3600,
        signals=signals,
        instructions="",
        preset="standard",
        created_at=NOW,
    )
    return Work(Measuring(meeting, name, Enrolment()), NOW)


def endless(samples: list[Sample]) -> Iterator[Sample]:
    """The recording again and again, its times going on."""
    length_s = samples[-1].t + 1
    for i, sample in enumerate(cycle(samples)):
        t = sample.t + i // len(samples) * length_s
        if isinstance(sample, VideoFrame | AudioChunk):
            yield replace(sample, t=t)


def worked_off(engine: Engine, samples: list[Sample], options: argparse.Namespace) -> str:
    done, is_warm, is_over = [0.0] * options.candidates, threading.Event(), threading.Event()

    def sit(number: int) -> None:
        watch = engine.watch(work(str(number)))
        begun = 0.0
        for sample in endless(samples):
            watch.handle(Turn(sample, sample.t, Wish()))
            if not is_warm.is_set():
                begun = sample.t
            done[number] = sample.t - begun
            if is_over.is_set():
                break
        watch.close(done[number] + 3600)

    threads = [threading.Thread(target=sit, args=(i,)) for i in range(options.candidates)]
    for thread in threads:
        thread.start()
    time.sleep(options.seconds / 2)  # models are loaded, faces are learned
    is_warm.set()
    cpu, start = cpu_s(), time.perf_counter()
    late = asyncio.run(lateness(options.seconds))
    wall, spent = time.perf_counter() - start, cpu_s() - cpu
    is_over.set()
    for thread in threads:
        thread.join()
    return f"{sum(done) / wall:.1f} | {1000 * spent / sum(done):.0f} | {shown(late)}"


async def lateness(seconds: float) -> list[float]:
    """In ms, of each waking."""
    late, until = [], time.perf_counter() + seconds
    while time.perf_counter() < until:
        due = time.perf_counter() + 0.01
        await asyncio.sleep(0.01)
        late.append(1000 * (time.perf_counter() - due))
    return late


def shown(late: list[float]) -> str:
    return f"{statistics.median(late):.1f}, {statistics.quantiles(late, n=100)[98]:.1f}"


def cpu_s() -> float:
    """Of this process and all below it, threads and all."""
    me = psutil.Process()
    times = [one.cpu_times() for one in (me, *me.children(recursive=True))]
    return sum(one.user + one.system for one in times)


def away_after_a_kill(engine: Processes | Cluster, samples: list[Sample]) -> float:
    watch = engine.watch(work("killed"))
    frames = (sample for sample in endless(samples) if isinstance(sample, VideoFrame))
    watch.handle(Turn(next(frames), 0.0, Wish()))
    for pid in engine.actor_pids() if isinstance(engine, Cluster) else engine.pids():
        os.kill(pid, signal.SIGKILL)
    killed = time.perf_counter()
    while True:
        try:
            watch.handle(Turn(next(frames), 1.0, Wish()))
            return time.perf_counter() - killed
        except Lost:
            watch = engine.watch(replace(work("killed"), begun_t=1.0))


if __name__ == "__main__":
    main()

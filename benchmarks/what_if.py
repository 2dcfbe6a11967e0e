"""How long it takes to decide a finished exam anew, and what keeping its observations costs.

    .venv/bin/python -m benchmarks.what_if [--data DIR] [--minutes N]

A recording runs once through the pipeline with all signals, which is the peer: what deciding anew
would cost without traces. Its observations are then repeated until they make an exam of so many
minutes, with times as uneven as live ones, and packed, kept sealed in a data folder, read back and
decided under two policies. Recordings have no page, so the page's few signals are not in them.
CPU seconds on one thread; a busy machine makes them up to twice as much, so read ratios.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy and OpenCV come in

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from proctoring import what_if
from proctoring.policy.file import without_file
from proctoring.policy.presets import PRESETS, Thresholds
from proctoring.replay import START, Replay, replay
from proctoring.settings import Settings
from proctoring.store import Store
from proctoring.store.opening import open_store
from proctoring.traces.minutes import Recorder, Stretch, stretches
from proctoring.types import Meeting, Observation, Participant, Trace
from tests.material import DATA

CLIP = "scenarios/d2_second_person_beside.mp4"
T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What it gave, and CPU seconds."""
    begun = time.process_time()
    return work(), time.process_time() - begun


def batches(stretch: Stretch) -> list[list[Observation]]:
    """As they came, sample by sample."""
    made: list[list[Observation]] = [[] for _ in stretch.told]
    for readings in stretch.readings.values():
        for batch, observation in zip(readings.batches, readings.observations, strict=True):
            made[batch].append(observation)
    return made


def exam(stretch: Stretch, length_s: float) -> Iterator[tuple[float, list[Observation]]]:
    """Repeated, with the uneven clock and the noise of numbers that no two looks share."""
    chance, lap_s = random.Random(3), stretch.closed_t or 30.0
    once, begun = batches(stretch), 0.0
    while begun < length_s:
        for batch in once:
            shift = begun + chance.uniform(0.0, 0.01)
            moved = [_moved(one, shift, chance) for one in batch]
            yield max(one.t for one in moved), moved
        begun += lap_s


def _moved(one: Observation, shift: float, chance: random.Random) -> Observation:
    value = one.value
    if isinstance(value, float) and value != round(value):
        value *= chance.uniform(0.999, 1.001)
    span = one.span and (one.span[0] + shift, one.span[1] + shift)
    return replace(one, t=one.t + shift, value=value, span=span)


def record(stretch: Stretch, made: list[tuple[float, list[Observation]]]) -> list[Trace]:
    recorder = Recorder("p", START, stretch.rules, stretch.readings)
    traces: list[Trace] = []
    for now, observations in made:
        for one in observations:
            recorder.note(one)
        traces += recorder.step(now)
    return [*traces, *recorder.close(made[-1][0])]


def measure(clip: Path, minutes: float) -> None:
    run, replay_s = timed(lambda: replay(clip, None, PRESETS["standard"]))
    (stretch,) = stretches(run.traces)
    made = list(exam(stretch, 60 * minutes))
    traces, record_s = timed(lambda: record(stretch, made))
    count, size = sum(len(batch) for _, batch in made), sum(len(one.content) for one in traces)
    print(f"{clip.name}: {run.duration_s:.0f} s, as an exam of {minutes:g} minutes")
    print(f"  {count} observations in {len(traces)} traces")
    print(f"  {size / minutes * 60 / 1000:.0f} kB an hour, {size / count:.1f} bytes each")
    print(f"  keeping: {1000 * record_s / (60 * minutes):.3f} ms of CPU per second of exam")
    print(f"  the largest trace: {max(len(one.content) for one in traces) / 1000:.1f} kB")
    for name, seconds in decide(traces, run, minutes):
        print(f"  {name}: {seconds:.2f} s")
    print(f"  the peer, a full run: {replay_s * 60 * minutes / run.duration_s:.0f} s")


def save(store: Store, traces: list[Trace]) -> None:
    for one in traces:
        store.save_trace(one)


def decide(traces: list[Trace], run: Replay, minutes: float) -> Iterator[tuple[str, float]]:
    was = without_file()
    stricter = {"looking_away": Thresholds(enter_at=0.2), "no_face": Thresholds(enter_after_s=1.0)}
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(open_store(Settings(data_dir=Path(folder)))) as store,
    ):
        end = START + timedelta(minutes=minutes)
        store.add_meeting(Meeting("m", "m", START, end, 60, was.signals, "", "standard", START))
        store.add_participant(Participant("p", "m", "Ann", START))
        _, save_s = timed(lambda: save(store, traces))
        yield "saving all of them, sealed", save_s
        kept, read_s = timed(lambda: store.traces("p"))
        yield "reading them back", read_s
    found, open_s = timed(lambda: stretches(kept))
    yield "opening them", open_s
    for name, preset in (
        ("classic", PRESETS["classic"]),
        ("stricter", replace(was.preset, thresholds=stricter)),
    ):
        would, decide_s = timed(lambda p=preset: what_if.decide(found, was, replace(was, preset=p)))  # type: ignore[misc]
        yield f"deciding, {name} ({len(would.incidents)} incidents)", decide_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--minutes", type=float, default=60.0)
    options = parser.parse_args()
    measure(options.data / CLIP, options.minutes)


if __name__ == "__main__":
    main()

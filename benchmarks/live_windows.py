"""Live people, cut into stretches that the rule of `spoof_suspected` judges each by itself.

    .venv/bin/python -m benchmarks.live_windows [--data DIR]

Few clips are long enough, so the recorded exams are taken too, and all of it made worse in eight
ways. Stretches of one person, and one stretch in eight ways, are no independent people: the
interval is told by people, as if each had been asked once (one false alarm counts for the person).
Each is also shown as if by a program for backgrounds, and clips that are looped or frozen are.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy comes in

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from benchmarks.spoof_clips import FRAMES_PER_S, frozen, looped, noisy, shaken
from proctoring.analysers.liveness import LivenessWatch
from proctoring.cards import wilson
from proctoring.media import read_samples
from proctoring.perception.faces import detect_faces
from proctoring.perception.scene import Perception
from proctoring.pipeline import Pipeline
from proctoring.policy.presets import PRESETS
from proctoring.types import BrowserEvent, Face, Image, Observation, Occurrence, VideoFrame
from tests.material import DATA

WINDOW_S = 20.0  # a rule that wants 15 s of looks and holds 3 s has spoken by then
LEAST_S = 10.0  # of a stretch's rest; in less nothing is judged
PROGRAM = "OBS Virtual Camera"

# Whose each is, and what of it is one live person, in seconds. The man of the first three is in
# four of the recorded exams; cuts between takes are where a stretch ends.
LIVE: dict[str, tuple[str, tuple[tuple[float, float], ...]]] = {
    "video/webcam_expr1": ("man at a webcam", ((0, 53.4),)),
    "video/webcam_expr2": ("man at a webcam", ((0, 30.6),)),
    "scenarios/d1_normal": ("man at a webcam", ((0, 30),)),
    "scenarios/d3_person_behind": ("man at a webcam", ((0, 11), (19, 30))),
    "video/gaze_center": ("man of the gaze clips", ((0, 10.4),)),
    "video/gaze_left": ("man of the gaze clips", ((0, 15.3),)),
    "video/gaze_right": ("man of the gaze clips", ((0, 15),)),
    "scenarios/d8_gaze": ("man of the gaze clips", ((0, 10), (10, 25.3))),
    "scenarios/d2_second_person_beside": ("man before a wall", ((0, 10), (20, 30))),
    "scenarios/d5_swap": ("man before a wall", ((15, 30),)),
    "video/phone_call_woman": ("woman on the phone", ((0, 12.4),)),
}
Change = Callable[[Image, np.random.Generator], Image]


def _jpeg(image: Image, rng: np.random.Generator) -> Image:
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 25])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def _half(image: Image, rng: np.random.Generator) -> Image:
    small = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, image.shape[1::-1]), np.uint8)


CHANGES: dict[str, Change] = {
    "as it is": lambda image, rng: image,
    "mirrored": lambda image, rng: np.ascontiguousarray(image[:, ::-1]),
    "a third of the light": lambda image, rng: np.asarray(image * 0.35, np.uint8),
    "half as light again": lambda image, rng: np.minimum(image * 1.5, 255).astype(np.uint8),
    "noisy": lambda image, rng: noisy(image, rng, 8.0),
    "JPEG 25": _jpeg,
    "half the pixels a side": _half,
}
SHAKEN = "camera in the hand"


@dataclass(frozen=True, slots=True)
class Told:
    person: str
    is_judged: bool
    suspected_s: float | None  # after the beginning
    highest: float  # the score


def watch(frames: Iterable[VideoFrame], labels: Sequence[str], person: str = "") -> list[Told]:
    """The same pictures through the running rule, once for each name of the camera."""
    kept = list(frames)
    found: dict[int, tuple[Face, ...]] = {}

    def once(image: Image) -> tuple[Face, ...]:
        if id(image) not in found:
            found[id(image)] = detect_faces(image)
        return found[id(image)]

    perception = Perception(detect_faces=once)
    return [_watch(kept, label, person, perception) for label in labels]


def _watch(frames: list[VideoFrame], label: str, person: str, perception: Perception) -> Told:
    scores: list[float] = []

    def note(observation: Observation) -> None:
        if observation.signal == "spoof_score" and observation.value is not None:
            scores.append(observation.value)

    pipeline = Pipeline(
        [LivenessWatch()],
        preset=PRESETS["standard"],
        meeting_id="benchmark",
        participant_id="benchmark",
        started_at=datetime(1970, 1, 1, tzinfo=UTC),
        perception=perception,
        on_observation=note,
    )
    suspected_s = None
    pipeline.process(BrowserEvent(0.0, "camera_label", label))
    for frame in frames:
        for record in pipeline.process(frame):
            is_it = isinstance(record, Occurrence) and record.kind == "spoof_suspected"
            if is_it and suspected_s is None:
                suspected_s = frame.t
    return Told(person, bool(scores), suspected_s, max(scores, default=0.0))


def clip(path: Path) -> list[VideoFrame]:
    samples = read_samples(path, None, frames_per_s=FRAMES_PER_S)
    return [sample for sample in samples if isinstance(sample, VideoFrame)]


def windows(data: Path) -> Iterator[tuple[str, list[VideoFrame]]]:
    """Whose, and the pictures, from 0 s on."""
    for name, (person, stretches) in LIVE.items():
        frames = clip(data / f"{name}.mp4")
        for first, end in stretches:
            start = first
            while end - start >= LEAST_S:
                until = min(start + WINDOW_S, end)
                cut = [VideoFrame(f.t - start, f.image) for f in frames if start <= f.t < until]
                yield person, cut
                start = until


def changed(frames: list[VideoFrame], name: str, seed: int) -> list[VideoFrame]:
    if name == SHAKEN:
        return list(shaken(frames, 0.1, seed))
    rng = np.random.default_rng(seed)
    return [VideoFrame(frame.t, CHANGES[name](frame.image, rng)) for frame in frames]


def measure(data: Path, labels: Sequence[str]) -> dict[str, list[list[Told]]]:
    """For each change, and each name of the camera, what was told of each stretch."""
    cv2.setNumThreads(1)
    all_windows = list(windows(data))
    told: dict[str, list[list[Told]]] = {}
    for name in tqdm([*CHANGES, SHAKEN], file=sys.stderr):
        each = [
            watch(changed(frames, name, seed), labels, person)
            for seed, (person, frames) in enumerate(all_windows)
        ]
        told[name] = [list(column) for column in zip(*each, strict=True)]
    return told


def by_people(told: Iterable[Told]) -> tuple[int, int]:
    """People of whom any was suspected, and people of whom any was judged."""
    judged = [one for one in told if one.is_judged]
    return (
        len({one.person for one in judged if one.suspected_s is not None}),
        len({one.person for one in judged}),
    )


def rows(data: Path = DATA) -> list[dict[str, Any]]:
    """For the card of `spoof_suspected`."""
    found = []
    for name, (told,) in measure(data, [""]).items():
        judged = [one for one in told if one.is_judged]
        _, people = by_people(told)
        found.append(
            {
                "condition": f"live, {name}, in stretches",
                "set": f"stretches of up to {WINDOW_S:.0f} s, of {people} people",
                "n_positive": 0,
                "found": 0,
                "n_negative": len(judged),
                "false": sum(one.suspected_s is not None for one in judged),
                "unit": "stretch",
                "hours": None,
            }
        )
    return found


def print_live(told: dict[str, list[list[Told]]], number: int, title: str) -> None:
    print(f"{title}: suspected of judged stretches, of people (by people, 95 %); highest score")
    everything = [one for columns in told.values() for one in columns[number]]
    for name, mine in [*((n, c[number]) for n, c in told.items()), ("all of these", everything)]:
        judged = [one for one in mine if one.is_judged]
        wrong = sum(one.suspected_s is not None for one in judged)
        people, of = by_people(mine)
        low, high = wilson(people, of)
        print(
            f"  {name:<24} {wrong}/{len(judged)} of {len(mine)}, {people}/{of} people "
            f"({low:.2f} to {high:.2f}); {max(one.highest for one in mine):.2f}"
        )


def print_attacks(data: Path) -> None:
    """Clips that come back, and pictures that stand still: how soon, by which camera's name."""
    names = ("a camera's name", "a program's name")
    live = [clip(data / f"{name}.mp4") for name in LIVE if name.startswith("video")]
    kinds = {
        "looped": [
            looped(frames, 4 * frames[-1].t + 20, seed)
            for seed, frames in enumerate(live)
            if frames[-1].t <= 16.0
        ],
        "frozen": [frozen(frames, 25.0, seed) for seed, frames in enumerate(live)],
    }
    for kind, attacks in kinds.items():
        each = [watch(frames, ("", PROGRAM)) for frames in attacks]
        for name, told in zip(names, zip(*each, strict=True), strict=True):
            times = [one.suspected_s for one in told if one.suspected_s is not None]
            after = f"after {median(times):.1f} s, at the latest {max(times):.1f}" if times else ""
            print(f"  {kind}, {name:<17} {len(times)}/{len(told)} {after}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA)
    data = parser.parse_args().data
    told = measure(data, ("", PROGRAM))
    print_live(told, 0, "Live")
    print_live(told, 1, "Live, by a program")
    print_attacks(data)


if __name__ == "__main__":
    main()

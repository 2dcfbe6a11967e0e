"""Is a live person told from a photo, a screen, a frozen or a looped picture?

    .venv/bin/python -m benchmarks.liveness [--data DIR] [--models DIR]

APCER is the share of attacks that pass as live, BPCER that of live people who are taken for
an attack, each by the running rule. Attack clips are made up (see `spoof_clips`); the six attack
pictures are real. With `--models`, a folder that `fetch-models --from` takes, the networks run too.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy comes in

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from benchmarks import live_windows
from benchmarks.left_out import Case, left_out
from benchmarks.recordings import threshold
from benchmarks.spoof_clips import FRAMES_PER_S, SPECIES, Species, frozen, looped, shaken, shown
from proctoring.analysers.liveness import LARGEST_FACE, LivenessWatch
from proctoring.cards import wilson
from proctoring.media import read_picture, read_samples
from proctoring.perception import fetched, flatness, liveness, repetition
from proctoring.perception.faces import detect_faces
from proctoring.perception.scene import Perception, Scene
from proctoring.pipeline import Pipeline
from proctoring.policy.presets import PRESETS
from proctoring.types import Face, Image, Observation, Occurrence, VideoFrame
from tests.material import DATA

SHOWN_S = 36.0  # how long each still is held to the camera
FROZEN_S = 25.0
LONGEST_LOOP_S = 16.0
STILLS = 6
PLAIN = 0.5  # live probability that tutorials take as the limit, for one picture
CHOSEN_ON = (
    "the limits of motion and repetition on the 14 clips and on prints and phones made up of "
    "other people's stills; the networks' on their probabilities for 11 pictures and the clips; "
    "chosen without the picture or clip that it is reported on, the networks' limit gives the same"
)


@dataclass(frozen=True, slots=True)
class Outcome:
    is_suspected: bool
    is_judged: bool  # at least once: what is too short, too small or too dark is not
    highest: float  # score; minus infinity where nothing was judged


@dataclass(frozen=True, slots=True)
class Row:
    condition: str
    of: str
    is_attack: bool
    outcomes: tuple[Outcome, ...]

    @property
    def judged(self) -> int:
        return sum(outcome.is_judged for outcome in self.outcomes)

    @property
    def counted(self) -> int:
        """An attack that could not be judged has passed; a person who could not be says nothing."""
        return len(self.outcomes) if self.is_attack else self.judged

    @property
    def suspected(self) -> int:
        return sum(outcome.is_suspected for outcome in self.outcomes)


Clips = Iterable[Iterable[VideoFrame]]


def watch(frames: Iterable[VideoFrame], folders: Sequence[Path]) -> list[Outcome]:
    """One clip through the running rules, once for each folder of fetched models."""
    kept, found = list(frames), dict[int, tuple[Face, ...]]()

    def once(image: Image) -> tuple[Face, ...]:
        if id(image) not in found:
            found[id(image)] = detect_faces(image)
        return found[id(image)]

    perception = Perception(detect_faces=once)
    outcomes = []
    for folder in folders:
        os.environ[fetched.DATA_DIR] = str(folder)
        outcomes.append(_watch(kept, perception))
    return outcomes


def _watch(frames: Iterable[VideoFrame], perception: Perception) -> Outcome:
    pipeline = Pipeline(
        [LivenessWatch()],
        preset=PRESETS["standard"],
        meeting_id="benchmark",
        participant_id="benchmark",
        started_at=datetime(1970, 1, 1, tzinfo=UTC),
        perception=perception,
    )
    is_suspected, highest = False, -inf
    for frame in frames:
        found = pipeline.process(frame)
        is_suspected |= any(
            isinstance(r, Occurrence) and r.kind == "spoof_suspected" for r in found
        )
        latest: Observation | None = pipeline.latest.get("spoof_score")
        if latest is not None and latest.value is not None:
            highest = max(highest, latest.value)
    return Outcome(is_suspected, highest > -inf, highest)


def clips(data: Path) -> dict[str, list[VideoFrame]]:
    return {
        path.stem: [
            sample
            for sample in read_samples(path, None, frames_per_s=FRAMES_PER_S)
            if isinstance(sample, VideoFrame)
        ]
        for path in sorted((data / "video").glob("*.mp4"))
    }


def conditions(data: Path) -> Iterator[tuple[str, str, bool, Clips]]:
    """Name, what of, is it an attack, and the clips."""
    live = clips(data)
    yield "live", "clips of webcams and stock footage", False, live.values()
    held = (shaken(frames, 0.1, n) for n, frames in enumerate(live.values()))
    yield "live, camera in the hand", "the same clips, shaken (made up)", False, held
    dark = ((_dimmed(f, 0.35) for f in frames) for frames in live.values())
    yield "live, a third of the light", "the same clips, dimmed (made up)", False, dark
    stills, rooms = _stills(data), _rooms(data)
    for species in SPECIES:
        made = _shown_as(species, stills, rooms)
        yield species.name, f"stills, {SHOWN_S:.0f} s each (made up)", True, made
    seen = [frames for frames in live.values() if Scene(frames[0]).face]
    cold = (frozen(frames, FROZEN_S, number) for number, frames in enumerate(seen))
    yield "frozen", f"clips' first pictures, {FROZEN_S:.0f} s", True, cold
    short = [frames for frames in seen if 4.0 <= frames[-1].t <= LONGEST_LOOP_S]
    again = (looped(frames, 4 * frames[-1].t + 20, number) for number, frames in enumerate(short))
    yield "looped", f"clips of 4 to {LONGEST_LOOP_S:.0f} s, four times", True, again


def _shown_as(species: Species, stills: list[Image], rooms: list[Image]) -> Clips:
    """Each made when it is asked for, which is long after the next species is."""
    for number, (still, room) in enumerate(zip(stills, rooms, strict=True)):
        yield shown(still, room, species, SHOWN_S, number)


def _dimmed(frame: VideoFrame, gain: float) -> VideoFrame:
    return VideoFrame(frame.t, np.asarray(frame.image * gain, np.uint8))


def _stills(data: Path) -> list[Image]:
    """One person each: those by whom no limit was chosen."""
    paths = sorted((data / "identities").glob("*/1.jpg"))[-STILLS:]
    return [_sized(read_picture(path)) for path in paths]


def _sized(image: Image, longest: int = 800) -> Image:
    scale = longest / max(image.shape[:2])
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale), np.uint8)


def _rooms(data: Path) -> list[Image]:
    truth = json.loads((data / "objects" / "ground_truth.json").read_text())
    empty = [entry["file"] for entry in truth if entry["difficulty"] == "negative"]
    pictures = (read_picture(data / "objects" / file) for file in empty)
    return [room for room in pictures if Scene(VideoFrame(0.0, room)).face is None][:STILLS]


def measure(data: Path, folders: Sequence[Path]) -> list[list[Row]]:
    """For each folder of fetched models, a row for each condition."""
    tables: list[list[Row]] = [[] for _ in folders]
    for condition, of, is_attack, material in tqdm([*conditions(data)], file=sys.stderr):
        outcomes = [watch(frames, folders) for frames in material]
        for table, column in zip(tables, zip(*outcomes, strict=True), strict=True):
            table.append(Row(condition, of, is_attack, column))
    return tables


def cases(rows: Iterable[Row]) -> list[Case]:
    """The highest score of each clip, made worse or not, and of each attack.

    A still's five ways of being shown are left out together, and a clip's three; an attack that
    could not be judged has passed, and a clip that could not be says nothing.
    """
    return [
        Case(
            frozenset({f"{row.of[:5] if row.is_attack else 'live'} {number}"}),
            one.highest,
            row.is_attack,
        )
        for row in rows
        for number, one in enumerate(row.outcomes)
        if row.is_attack or one.is_judged
    ]


def print_clips(rows: Iterable[Row]) -> None:
    for row in rows:
        wrong = row.counted - row.suspected if row.is_attack else row.suspected
        name = "APCER" if row.is_attack else "BPCER"
        low, high = wilson(wrong, row.counted)
        print(
            f"  {row.condition:<26} {name} {wrong}/{row.counted} ({low:.2f} to {high:.2f}),"
            f" {row.judged} of {len(row.outcomes)} judged: {row.of}"
        )


# --- the networks, picture by picture ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    source: str  # what is left out together
    species: str  # "live", or how it was shown
    live: float  # 0..1, the networks' probability; of a clip, the lowest median of three looks


def ask(data: Path) -> Iterator[Asked]:
    folder = data / "faces" / "spoof"
    for entry in json.loads((folder / "ground_truth.json").read_text()):
        answers = _answers([read_picture(folder / entry["file"])])
        yield from (Asked(entry["file"], entry["kind"], live) for live in answers)
    for name, frames in clips(data).items():
        every = round(2 * FRAMES_PER_S)
        answers = _answers(frame.image for frame in frames[::every])
        smooth = [float(np.median(answers[i : i + 3])) for i in range(max(1, len(answers) - 2))]
        if answers:
            yield Asked(name, "live", min(smooth))
    for path in sorted((data / "identities").glob("*/*.jpg")):
        for live in _answers([read_picture(path)]):
            yield Asked(str(path.relative_to(data)), "live, portraits", live)


def _answers(images: Iterable[Image]) -> list[float]:
    found = []
    for image in images:
        face = Scene(VideoFrame(0.0, image)).face
        if face and face.box[3] - face.box[1] <= LARGEST_FACE * image.shape[0]:
            live = liveness.live_probability(image, face.box)
            assert live is not None, "the networks have not been fetched"
            found.append(live)
    return found


def limit_without(source: str, asked: Sequence[Asked]) -> float:
    """Midway between the liveliest attack and the deadest live one of the others."""
    others = [a for a in asked if a.source != source and a.species != "live, portraits"]
    attacks = [a.live for a in others if not a.species.startswith("live")]
    lives = [a.live for a in others if a.species.startswith("live")]
    return (max(attacks) + min(lives)) / 2


def print_networks(asked: Sequence[Asked]) -> None:
    running = 1 - LivenessWatch.rules[0].enter_at
    limits: dict[str, Callable[[Asked], float]] = {
        f"running limit, {running:.2f}": lambda a: running,
        "chosen without it": lambda a: limit_without(a.source, asked),
        f"tutorials' {PLAIN}": lambda a: PLAIN,
    }
    for name, limit in limits.items():
        print(f"  {name}:")
        for species in dict.fromkeys(a.species for a in asked):
            cases = [a for a in asked if a.species == species]
            is_attack = not species.startswith("live")
            wrong = sum((a.live >= limit(a)) == is_attack for a in cases)
            low, high = wilson(wrong, len(cases))
            rate = "APCER" if is_attack else "BPCER"
            print(f"    {species:<18} {rate} {wrong}/{len(cases)} ({low:.2f} to {high:.2f})")


def print_cost(frames: Sequence[VideoFrame]) -> None:
    """CPU per second and candidate, without finding faces, which others need as well."""
    watcher, spent = LivenessWatch(), 0.0
    for frame in frames:
        scene = Scene(frame)
        _ = scene.face, scene.luma
        start = time.process_time()
        list(watcher.analyse(scene))
        spent += time.process_time() - start
    print(f"  {1000 * spent / (frames[-1].t or 1):.1f} ms of CPU per second of one candidate")


def card(data: Path = DATA) -> dict[str, Any]:
    """The error-rate card of `spoof_suspected`, without the networks that are not shipped."""
    rule = LivenessWatch.rules[0]
    with tempfile.TemporaryDirectory() as empty:
        (rows,) = measure(data, [Path(empty)])
    return {
        "signal": rule.signal,
        "kind": rule.kind,
        "threshold": threshold(rule),
        "constants": {
            "proctoring.perception.liveness:FLAT": liveness.FLAT,
            "proctoring.perception.flatness:STILL": flatness.STILL,
            "proctoring.perception.flatness:ENOUGH": flatness.ENOUGH,
            "proctoring.perception.repetition:ALIKE": repetition.ALIKE,
            "proctoring.perception.repetition:FEWEST": repetition.FEWEST,
        },
        "model_sha256": {},
        "chosen_on": CHOSEN_ON,
        "rows": [
            *(_card_row(row) for row in sorted(rows, key=lambda row: not row.is_attack)),
            left_out(cases(rows)).row("all of these", "live clips and made-up attacks", "clip"),
            *live_windows.rows(data),
        ],
    }


def _card_row(row: Row) -> dict[str, Any]:
    return {
        "condition": row.condition,
        "set": row.of,
        "n_positive": row.counted if row.is_attack else 0,
        "found": row.suspected if row.is_attack else 0,
        "n_negative": 0 if row.is_attack else row.counted,
        "false": 0 if row.is_attack else row.suspected,
        "unit": "clip",
        "hours": None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--models", type=Path, help="a folder with MiniFASNet's files")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        folders = [Path(folder) / "empty"]
        if options.models:
            folders.append(_fetched(options.models, Path(folder) / "fetched"))
            os.environ[fetched.DATA_DIR] = str(folders[1])
            print("MiniFASNet, picture by picture:")
            print_networks([*ask(options.data)])
        longest = max(clips(options.data).values(), key=len)
        tables = measure(options.data, folders)
        for path, rows in zip(folders, tables, strict=True):
            print(f"Clips, {'with MiniFASNet fetched' if path != folders[0] else 'as shipped'}:")
            print_clips(rows)
            told = left_out(cases(rows))
            print(
                f"  the score's limit chosen without them ({told.lowest:.2f} to "
                f"{told.highest:.2f}): APCER {told.positives - told.found}/{told.positives}, "
                f"BPCER {told.false}/{told.negatives}"
            )
            os.environ[fetched.DATA_DIR] = str(path)
            print_cost(longest)


def _fetched(models: Path, data_dir: Path) -> Path:
    for name, _ in liveness.NETWORKS:
        for known in fetched.FETCHABLE[name].known:
            if (path := models / known.file).exists():
                fetched.install(name, path.read_bytes(), data_dir / fetched.FOLDER)
    return data_dir


if __name__ == "__main__":
    main()

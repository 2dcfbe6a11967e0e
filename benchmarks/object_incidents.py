"""Things as the rules see them: each picture shown to a camera that moves a little.

    .venv/bin/python -m benchmarks.object_incidents [--data DIR]

An incident wants two looks of three that agree. A single picture says how one look errs; here a
camera sways before it, with noise and JPEG, for twelve seconds, and what counts is whether an
incident was opened. People, hands and phones in it do not move, so looks err together more than
they do in an exam: it is the worse case. Phone heads are those that never saw the picture's like.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy comes in

import argparse
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import cv2
from tqdm import tqdm

from benchmarks import phone_head
from benchmarks.object_pictures import Picture, Scores, count, pictures
from benchmarks.spoof_clips import shaken
from proctoring.analysers.objects import LOOK_AGAIN_S, SIGNALS, ObjectWatch
from proctoring.perception import objects
from proctoring.perception.nanodet import Floats
from proctoring.perception.scene import Perception
from proctoring.pipeline import Pipeline
from proctoring.policy.presets import PRESETS
from proctoring.types import Image, Occurrence, VideoFrame
from tests.material import DATA

SHOWN_S = 12.0
SWAY = 0.05  # of spoof_clips': a third of a degree, a sixth of a percent of the width
CONDITION = f"as an incident: shown for {SHOWN_S:.0f} s by a camera that sways (made up)"


def incidents(image: Image, head: Floats, seed: int) -> set[str]:
    """Kinds of the incidents that come of it."""
    pipeline = Pipeline(
        [ObjectWatch()],
        preset=PRESETS["standard"],
        meeting_id="benchmark",
        participant_id="benchmark",
        started_at=datetime(1970, 1, 1, tzinfo=UTC),
        perception=Perception(
            detect_objects=partial(objects.detect_by, head=head, yolox_nano=None)
        ),
    )
    still = [VideoFrame(number * LOOK_AGAIN_S, image) for number in range(round(SHOWN_S))]
    records = [record for frame in shaken(still, SWAY, seed) for record in pipeline.process(frame)]
    return {record.kind for record in records if isinstance(record, Occurrence)}


def opened(data: Path, heads: Mapping[int, phone_head.Floats]) -> list[tuple[Picture, Scores]]:
    """Each picture, and 1 for each label of an incident that it gave."""
    labels_of = {rule.kind: SIGNALS.get(rule.signal, ()) for rule in ObjectWatch.rules}
    found: list[tuple[Picture, Scores]] = []
    for seed, picture in enumerate(tqdm(list(pictures(data)), unit="picture", file=sys.stderr)):
        head = heads[phone_head.fold_of(picture.name)].astype("float32")
        kinds = incidents(picture.image, head, seed)
        found.append((picture, {label: 1.0 for kind in kinds for label in labels_of[kind]}))
    return found


def rows(data: Path, heads: Mapping[int, phone_head.Floats], of: str) -> dict[str, dict[str, Any]]:
    """For the cards, by signal."""
    cases = opened(data, heads)
    made = {}
    for signal, labels in SIGNALS.items():
        got = count(cases, labels, 0.5, "easy")
        made[signal] = {
            "condition": CONDITION,
            "set": of,
            "n_positive": got.positives,
            "found": got.found,
            "n_negative": got.negatives,
            "false": got.false,
            "unit": "recording",
            "hours": 0.0,
        }
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA)
    data = parser.parse_args().data
    cv2.setNumThreads(1)
    cases = opened(data, phone_head.fit_by_fold(phone_head.gather(data)))
    print("| incident | easy: found (95 %) | false | hard |\n|---|---|---|---|")
    for signal, labels in SIGNALS.items():
        easy, hard = (count(cases, labels, 0.5, which) for which in ("easy", "hard"))
        print(f"| {signal} | {easy} | {hard.found}/{hard.positives} |")


if __name__ == "__main__":
    main()

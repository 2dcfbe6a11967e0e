"""Fits what tells a phone from NanoDet's 80 likelihoods, and says how well with pictures left out.

    .venv/bin/python -m benchmarks.phone_head [--data DIR] [--write]

A phone in a hand, seen from behind or large, is for NanoDet a little of everything that hands
hold: a remote, scissors, a toothbrush. A logistic regression on the log-odds of all 80 kinds
hears that. It is fitted on the boxed pictures of `objects/`, and on `faces/` and `identities/`
as pictures without a phone (those that have one are left out). `--write` renews
proctoring/perception/phone_head.py.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from proctoring.perception import nanodet
from proctoring.perception.objects import log_odds, overlaps
from proctoring.types import Image
from tests.material import DATA, ROOT

Floats = npt.NDArray[np.float64]

LOOKS = ((288, False), (416, False), (416, True), (544, False))  # longest side in px; mirrored
LEAST = 0.15  # likelihood of the likeliest kind, person apart; fainter places teach nothing
ON_IT, BESIDE_IT = 0.6, 0.25  # overlap with the annotation; between the two nobody can say
EVIDENCE = 60.0  # examples that all of them count for, halves of each kind, against the ridge
FOLDS = 9
WITH_A_PHONE = ("ph_boy", "px_two_men", "px_woman_", "co_crowd", "co_phone_desk", "d13/")
HEAD = ROOT / "proctoring" / "perception" / "phone_head.py"


@dataclass(frozen=True, slots=True)
class Examples:
    odds: Floats  # (n, 80)
    is_phone: npt.NDArray[np.bool_]  # (n,)
    folds: npt.NDArray[np.int_]  # (n,): pictures of one session are in one


def fold_of(name: str) -> int:
    """By person, clip or picture, so that nothing is judged by a head that saw its like."""
    if name.startswith("webcam_phone"):
        number = int(name[13:15])  # one boy, then two other rooms
        return 0 if number < 16 else 1 if number < 19 else 2
    session = name.partition("_f")[0] if name.startswith("stock") else name.partition("/")[0]
    return 1 + sum(session.encode()) % (FOLDS - 1)


def sources(data: Path) -> Iterator[tuple[str, Path, dict[str, Any]]]:
    """Name, file and annotation of every picture, those with a phone and no box left out."""
    for truth in json.loads((data / "objects" / "ground_truth.json").read_text()):
        yield truth["file"], data / "objects" / truth["file"], truth
    for part in ("faces", "identities"):
        for path in sorted((data / part).rglob("*.jpg")):
            if "spoof" not in path.parts and not any(name in str(path) for name in WITH_A_PHONE):
                yield str(path.relative_to(data / part)), path, {"objects": []}


def gather(data: Path) -> Examples:
    parts = []
    for name, path, truth in tqdm(list(sources(data)), unit="picture", file=sys.stderr):
        image = np.asarray(cv2.imread(str(path)), np.uint8)
        for longest, is_mirrored in LOOKS:
            odds, is_phone = _examples(image, truth, longest, is_mirrored)
            parts.append((odds, is_phone, np.full(len(odds), fold_of(name))))
    return Examples(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _examples(
    image: Image, truth: dict[str, Any], longest: int, is_mirrored: bool
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    seen = nanodet.look(image[:, ::-1] if is_mirrored else image, longest)
    best = np.zeros(len(seen.boxes))
    for thing in truth["objects"]:
        if thing["label"] == "cell phone":
            x, y, width, height = thing["bbox"]
            x = image.shape[1] - x - width if is_mirrored else x
            box = np.array([x, y, x + width, y + height], np.float32)
            best = np.maximum(best, overlaps(box, seen.boxes))
    visible = seen.likelihoods[:, 1:].max(axis=1, initial=0) > LEAST
    kept = (best > ON_IT) | (visible & (best < BESIDE_IT))
    return log_odds(seen.likelihoods[kept]).astype(np.float64), np.asarray(best[kept] > ON_IT)


def fit(examples: Examples, without_fold: int | None = None) -> Floats:
    """(81,): a weight for each kind, and what is added. Newton's method, ridge 1."""
    used = examples.folds != without_fold
    rows = np.hstack([examples.odds[used], np.ones((used.sum(), 1))])
    is_phone = examples.is_phone[used]
    share = np.where(is_phone, 1 / is_phone.sum(), 1 / (~is_phone).sum()) * EVIDENCE / 2
    ridge = np.append(np.ones(80), 1e-6)
    weights = np.zeros(81)
    for _ in range(30):
        guess = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (share * (guess - is_phone)) + ridge * weights
        bend = (rows * (share * guess * (1 - guess))[:, None]).T @ rows + np.diag(ridge)
        step = np.linalg.solve(bend, slope)
        weights -= step
        if np.abs(step).max() < 1e-6:
            break
    return weights


def fit_by_fold(examples: Examples) -> dict[int, Floats]:
    """Fold -> the head that saw none of its pictures."""
    return {fold: fit(examples, fold) for fold in range(FOLDS)}


def source(weights: Floats, examples: Examples) -> str:
    """The module that holds the weights."""
    numbers = [f"{weight:.3f}" for weight in weights]
    rows = [", ".join(numbers[start : start + 10]) for start in range(0, 80, 10)]
    body = "\n".join(f"        *({row})," for row in rows)
    return f'''"""What tells a phone from NanoDet's likelihoods: made by `benchmarks/phone_head.py`.

Fitted on {examples.is_phone.sum():,} places on phones and {(~examples.is_phone).sum():,} elsewhere.
"""

from __future__ import annotations

import numpy as np

WEIGHTS = np.array(  # of the log-odds of COCO's kinds, ten a line; the last is added
    (
{body}
        {numbers[80]},
    ),
    np.float32,
)
'''


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--write", action="store_true", help=f"renew {HEAD.relative_to(ROOT)}")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    examples = gather(options.data)
    if options.write:
        HEAD.write_text(source(fit(examples), examples))
    for fold, head in fit_by_fold(examples).items():
        mine = examples.folds == fold
        score = examples.odds[mine] @ head[:80] + head[80]
        phone = examples.is_phone[mine]
        found = (score[phone] > 0).mean() if phone.any() else float("nan")
        print(
            f"fold {fold}: {found:.2f} of {phone.sum()} places found, "
            f"{(score[~phone] > 0).mean():.3f} of {(~phone).sum()} taken for phones"
        )


if __name__ == "__main__":
    main()

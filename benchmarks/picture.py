"""Is a bad picture told from a good one, and is skin never taken for light?

    .venv/bin/python -m benchmarks.picture [--data DIR]

Real pictures of faces, made worse by known amounts (`benchmarks/degraded.py`); what is judged is
one look at each, to which the rules add that it must last. Beside our measures stand what
tutorials use: the mean brightness of the face, and the variance of its Laplacian.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy comes in

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.left_out import left_out
from benchmarks.picture_cuts import cut_faces, cuts
from benchmarks.picture_looks import ANSWERS, BAD, GOOD, Looked, cases, measure
from benchmarks.recordings import threshold
from proctoring.analysers import rules_by_kind
from proctoring.cards import wilson
from proctoring.perception.models import MODELS
from tests.material import DATA

CHOSEN_ON = "these same pictures; the limits lie between what is made worse and what is not"
GROUPS = {"darker third": (0, 1 / 3), "middle third": (1 / 3, 2 / 3), "lighter third": (2 / 3, 1)}


def cards(data: Path) -> list[dict[str, Any]]:
    cv2.setNumThreads(1)
    looked = measure(data)
    made = [_card(kind, _rows(kind, looked)) for kind in BAD]
    for kind, counted, what in (
        ("face_cut_off", cut_faces(data), "a fifth of the face cut off"),
        ("camera_changed", cuts(data), "another clip takes over"),
    ):
        made.append(_card(kind, [_row(what, *counted, "image" if "face" in kind else "clip")]))
    return made


def _card(kind: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    rule = rules_by_kind()[kind]
    return {
        "kind": kind,
        "signal": rule.signal,
        "threshold": threshold(rule),
        "model_sha256": {"retinaface": MODELS["retinaface"].sha256},
        "rows": rows,
        "chosen_on": CHOSEN_ON,
    }


def _rows(kind: str, looked: Mapping[str, list[Looked]]) -> list[dict[str, Any]]:
    answer = ANSWERS[kind]
    bad = [one for name in BAD[kind] for one in looked[name]]
    good = [one for name in GOOD[kind] for one in looked[name]]
    words = "made worse by known amounts"
    rows = [_row(words, [*map(answer, bad)], [*map(answer, good)], "image")]
    told = left_out([*cases(kind, looked)])
    if told.highest < 0:  # of a signal that falls, the limits come with a minus
        told = replace(told, lowest=-told.highest, highest=-told.lowest)
    rows.append(told.row(words, str(rows[0]["set"]), "image"))
    for group, (low, high) in GROUPS.items():
        found, false = (
            [answer(one) for one in some if low <= _rank(one, looked) < high]
            for some in (bad, good)
        )
        rows.append(_row(f"skin in the {group} by L*", found, false, "image"))
    return rows


def _rank(one: Looked, looked: Mapping[str, list[Looked]]) -> float:
    """0..1: where its skin stands among those of all pictures."""
    all_of_them = sorted(other.picture.lightness for other in looked["as it is"])
    return float(np.searchsorted(all_of_them, one.picture.lightness)) / len(all_of_them)


def _row(condition: str, found: list[bool], false: list[bool], unit: str) -> dict[str, Any]:
    return {
        "condition": condition,
        "set": f"{len(found)} made worse, {len(false)} not",
        "n_positive": len(found),
        "found": sum(found),
        "n_negative": len(false),
        "false": sum(false),
        "unit": unit,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    looked = measure(options.data)
    print(f"Share of {len(looked['as it is'])} pictures in which each fires, by one look\n")
    print("| condition | embedding moved by |", " | ".join(ANSWERS), "|")
    print("|---" * (2 + len(ANSWERS)) + "|")
    for name, some in looked.items():
        shares = [f"{np.mean([answer(one) for one in some]):.3f}" for answer in ANSWERS.values()]
        moved = float(np.median([one.moved for one in some]))
        print(f"| {name} | {moved:.2f} |", " | ".join(shares), "|")
    print("\n| as it is, by the skin's L* |", " | ".join(ANSWERS), "|")
    print("|---" * (1 + len(ANSWERS)) + "|")
    for group, (low, high) in GROUPS.items():
        some = [one for one in looked["as it is"] if low <= _rank(one, looked) < high]
        levels = sorted(one.picture.lightness for one in some)
        counts = [f"{sum(map(answer, some))} of {len(some)}" for answer in ANSWERS.values()]
        print(f"| {group}, {levels[0]:.0f} to {levels[-1]:.0f} |", " | ".join(counts), "|")
    print("\n| kind | condition | found | 95 % | false | 95 % |\n|---|---|---|---|---|---|")
    rows = [(kind, row) for kind in BAD for row in _rows(kind, looked)]
    rows += [("face_cut_off", _row("a fifth cut off", *cut_faces(options.data), "image"))]
    rows += [("camera_changed", _row("another clip", *cuts(options.data), "clip"))]
    for kind, row in rows:
        print(f"| {kind} | {row['condition']} |", " | ".join(_told(row)), "|")


def _told(row: Mapping[str, Any]) -> Iterator[str]:
    for part, whole in (("found", "n_positive"), ("false", "n_negative")):
        low, high = wilson(row[part], row[whole])
        yield f"{row[part]} of {row[whole]}"
        yield f"{low:.3f} to {high:.3f}"


if __name__ == "__main__":
    main()

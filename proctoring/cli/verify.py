"""`verify IMAGE IMAGE`: do two pictures show the same person?"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from proctoring.cli import output
from proctoring.enrolment.face import as_scene, trouble_with
from proctoring.media import MediaError, read_picture
from proctoring.perception.face_embedding import distance
from proctoring.perception.face_match import THRESHOLD, false_accepts, same_person
from proctoring.perception.scene import Scene

# What keeps two faces from being compared at all. Anything else that is wrong with a picture
# only moves one person's faces apart, and so forbids "different", not "same".
FATAL = frozenset({"no face", "several faces", "picture too small"})


def add_to(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "verify",
        help="tell whether two pictures show the same person",
        description="One JSON object: same_person is true, false, or null with a reason.",
    )
    parser.add_argument("images", type=Path, nargs=2, metavar="IMAGE")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    try:
        one, other = (as_scene(read_picture(path)) for path in options.images)
    except MediaError as error:
        output.problem(error)
        return 2
    measured = false_accepts(THRESHOLD)
    output.line(
        {
            **compare(one, other, [str(path) for path in options.images]),
            "threshold": THRESHOLD,
            "far_at_threshold": round(measured.share, 5),
            "far_measured_on": {"pairs": measured.pairs, "people": measured.people},
        }
    )
    return 0


def compare(one: Scene, other: Scene, names: list[str]) -> dict[str, Any]:
    """`same_person`, `distance` (None where there is none) and, for null, the `reason`."""
    troubles = [trouble_with(scene) for scene in (one, other)]
    told = [f"{name}: {trouble}" for name, trouble in zip(names, troubles, strict=True) if trouble]
    if FATAL & set(troubles) or one.embedding is None or other.embedding is None:
        return {"same_person": None, "distance": None, "reason": "; ".join(told)}
    apart = distance(one.embedding, other.embedding)
    same = same_person(apart)
    if same is None:
        told.append("too near to the threshold to say")
    elif not same and told:
        same = None
    reason = {} if same is not None else {"reason": "; ".join(told)}
    return {"same_person": same, "distance": round(apart, 4), **reason}

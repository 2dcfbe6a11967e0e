"""`idcard IMAGE --selfie IMAGE…`: is the face on an identity card that of its holder?"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from proctoring.cli import output
from proctoring.media import MediaError, read_picture
from proctoring.perception.face_match import false_accepts
from proctoring.perception.id_card import match_id_card


def add_to(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "idcard",
        help="compare the portrait on an identity card with selfies",
        description="One JSON object. Nothing but the portrait is read of the card.",
    )
    parser.add_argument("image", type=Path, metavar="IMAGE", help="the card, before the camera")
    parser.add_argument(
        "--selfie", type=Path, nargs="+", required=True, metavar="IMAGE", help="of one person"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    try:
        match = match_id_card(
            read_picture(options.image), [read_picture(path) for path in options.selfie]
        )
    except MediaError as error:
        output.problem(error)
        return 2
    measured = false_accepts(match.threshold)
    values: dict[str, Any] = {
        "same_person": match.same_person,
        "distance": match.distance,
        "threshold": match.threshold,
        "far_at_threshold": round(measured.share, 5),
        "far_measured_on": {"pairs": measured.pairs, "people": measured.people},
    }
    if match.reason:
        values["reason"] = match.reason
    if match.face_box is not None and match.corners is not None:
        values["face_box"] = list(match.face_box)
        values["corners"] = match.corners.tolist()
    output.line(values)
    return 0

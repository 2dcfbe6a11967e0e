"""`analyze IMAGE…`: what can be said of single pictures."""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from proctoring.cli import output
from proctoring.enrolment.face import EnrolmentError, enrol_faces
from proctoring.exam import NOTHING_KNOWN, FaceProfile
from proctoring.media import MediaError, read_picture
from proctoring.policy.file import PolicyError, WrittenPolicy, read_policy
from proctoring.single import PictureReport, as_json, report_on
from proctoring.types import Image


def add_to(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "analyze",
        help="tell what single pictures show",
        description="One line a picture: faces, who it is, where they look, the picture's quality,"
        " and the kinds of incident that would open if it lasted. What can't be told is null,"
        " with the reason under `abstained`.",
    )
    parser.add_argument("images", type=Path, nargs="+", metavar="IMAGE")
    parser.add_argument(
        "--enrol",
        type=Path,
        nargs="+",
        default=[],
        metavar="IMAGE",
        help="who it may be: ann.jpg, or ann.1.jpg ann.2.jpg, are pictures of ann",
    )
    parser.add_argument("--policy", type=Path, metavar="FILE", help="TOML or JSON: what is allowed")
    parser.add_argument("--landmarks", action="store_true", help="the 478 points of the face too")
    parser.add_argument("--json", action="store_true", help="JSON Lines on stdout")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    try:
        written = read_policy(options.policy) if options.policy else None
        known = _enrolled(options.enrol)
    except (EnrolmentError, MediaError, PolicyError) as error:
        output.problem(error)
        return 2
    status = 0
    is_quiet = True if len(options.images) <= 4 else None
    for path in tqdm(options.images, unit="picture", disable=is_quiet):
        try:
            report = _report(read_picture(path), written, known)
        except MediaError as error:
            output.problem(error)
            status = 2
            continue
        if options.json:
            output.line({"file": str(path), **as_json(report, has_landmarks=options.landmarks)})
        else:
            print(f"{path}: {', '.join(_said(report))}")
    return status


def _report(
    image: Image, written: WrittenPolicy | None, known: dict[str, FaceProfile]
) -> PictureReport:
    if written is None:
        return report_on(image, policy=NOTHING_KNOWN.policy, known=known)
    return report_on(image, policy=written.policy, signals=written.signals, known=known)


def _enrolled(paths: Sequence[Path]) -> dict[str, FaceProfile]:
    """By name: the part of the file's name before its first dot."""
    pictures: dict[str, list[Image]] = defaultdict(list)
    for path in paths:
        pictures[path.name.partition(".")[0]].append(read_picture(path))
    known = {}
    for name, images in pictures.items():
        try:
            known[name] = enrol_faces(images)
        except EnrolmentError as error:
            raise EnrolmentError(f"{name}: {error}") from None
    return known


def _said(report: PictureReport) -> list[str]:
    said = [output.count(len(report.faces), "face")]
    if report.person_name:
        said.append(report.person_name)
    if report.distance_cm is not None:
        said.append(f"about {report.distance_cm:.0f} cm away")
    return [*said, *(report.banned_objects or ()), *report.alerts]

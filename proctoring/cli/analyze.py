"""`analyze IMAGE…`: what can be said of single pictures."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tqdm import tqdm

from proctoring.analysers.camera import CameraHealth
from proctoring.analysers.faces import FaceCounter
from proctoring.cli import output
from proctoring.media import MediaError, read_picture
from proctoring.perception.scene import Scene
from proctoring.rules import is_bad
from proctoring.types import Analyser, Face, VideoFrame

LOOKERS: tuple[type[Analyser], ...] = (FaceCounter, CameraHealth)
IN_MOTION = frozenset({"picture_change", "picture_age_s"})  # what one picture can't tell


def add_to(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "analyze",
        help="count the faces in pictures",
        description="One line a picture: its faces, and the rules it would set off if it lasted.",
    )
    parser.add_argument("images", type=Path, nargs="+", metavar="IMAGE")
    parser.add_argument("--json", action="store_true", help="JSON Lines on stdout")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    status = 0
    for path in tqdm(
        options.images, unit="picture", disable=None if len(options.images) > 4 else True
    ):
        try:
            scene = Scene(VideoFrame(0.0, read_picture(path)))
        except MediaError as error:
            output.problem(error)
            status = 2
            continue
        alerts = _alerts(scene)
        if options.json:
            output.line(
                {
                    "file": str(path),
                    "people_count": len(scene.faces),
                    "face_detected": bool(scene.faces),
                    "faces": [_face(face) for face in scene.faces],
                    "alerts": alerts,
                }
            )
        else:
            print(f"{path}: " + ", ".join([output.count(len(scene.faces), "face"), *alerts]))
    return status


def _alerts(scene: Scene) -> list[str]:
    return [
        rule.kind
        for kind in LOOKERS
        for observation in kind().analyse(scene)
        for rule in kind.rules
        if rule.signal == observation.signal and rule.signal not in IN_MOTION
        if observation.value is not None and is_bad(rule, observation.value)
    ]


def _face(face: Face) -> dict[str, Any]:
    return {"box": list(face.box), "confidence": round(face.confidence, 3)}

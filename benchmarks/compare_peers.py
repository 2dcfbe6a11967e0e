"""One of the others, asked by `benchmarks.compare`: run by the reference environment's Python.

`compare_peers.py NAME RECORDING DATA` prints one line of JSON: CPU ms a second of the recording's
pictures, MB of one further candidate, right counts of faces and their number, MB installed.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy, dlib and torch come in

import base64
import gc
import importlib
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import api_seeds, face_peers, visual_peers
from benchmarks.face_pictures import faces, plain
from benchmarks.installed import installed_mb
from proctoring.media import read_frames

Picture = Any  # BGR
FURTHER = 5  # candidates
WARM_UP = 8  # pictures


@dataclass(frozen=True, slots=True)
class Peer:
    """`comes` is what a picture is made before it is looked at, as it is sent to the server."""

    comes: Callable[[Picture], Any]
    look: Callable[[], Callable[[Any], object]]  # for each candidate anew
    count: Callable[[], Callable[[Any], int]]  # faces
    requires: tuple[str, ...]


def png(picture: Picture) -> str:
    cv2 = importlib.import_module("cv2")
    return base64.b64encode(cv2.imencode(".png", picture)[1].tobytes()).decode()


def rgb(picture: Picture) -> Picture:
    return np.ascontiguousarray(picture[..., ::-1])


def counted_by_tutorial() -> Callable[[str], int]:
    look = api_seeds.tutorial()
    return lambda sent: len(look(sent))


def counted_by_audit() -> Callable[[Picture], int]:
    look: Callable[[Any], Any] = visual_peers.audited()
    return lambda picture: len(look(picture).multi_face_landmarks or ())


def counted_by_mediapipe() -> Callable[[Picture], int]:
    count = face_peers.mediapipe_range(1)
    return lambda picture: count(picture[..., ::-1])


def glued() -> Callable[[Picture], object]:
    """MediaPipe finds faces and lays a mesh, and dlib's network knows whoever was found."""
    api = importlib.import_module("face_recognition.api")
    detect, mesh = visual_peers.detected(), visual_peers.meshed(4, refine=True)

    def look(picture: Picture) -> object:
        height, width = picture.shape[:2]
        result: Any = detect(picture)
        boxes = [one.location_data.relative_bounding_box for one in result.detections or ()]
        places = [
            (
                max(0, int(box.ymin * height)),
                min(width, int((box.xmin + box.width) * width)),
                min(height, int((box.ymin + box.height) * height)),
                max(0, int(box.xmin * width)),
            )
            for box in boxes
        ]
        return mesh(picture), api.face_encodings(picture, places)

    return look


PEERS = {
    "tutorial": Peer(
        png, api_seeds.tutorial, counted_by_tutorial, ("face_recognition", "pillow", "setuptools")
    ),
    "audit": Peer(
        rgb, visual_peers.audited, counted_by_audit, ("mediapipe", "opencv-contrib-python")
    ),
    "glued": Peer(
        rgb,
        glued,
        counted_by_mediapipe,
        ("mediapipe", "face_recognition", "setuptools", "resemblyzer", "torch", "spectralcluster"),
    ),
}


def main(name: str, recording: Path, data: Path) -> None:
    answers = os.fdopen(os.dup(1), "w")  # the libraries print to 1 themselves
    os.dup2(2, 1)
    peer = PEERS[name]
    rate = visual_peers.FRAMES_PER_S
    sent = [peer.comes(frame.image) for frame in read_frames(recording, rate)]
    look = peer.look()
    for one in sent[:WARM_UP]:
        look(one)
    start = time.process_time()
    for one in sent:
        look(one)
    camera_ms = 1e3 * (time.process_time() - start) * rate / len(sent)
    kept, before = [look], memory()
    for _ in range(FURTHER):
        kept.append(peer.look())
        for one in sent[:WARM_UP]:
            kept[-1](one)
    memory_mb = (memory() - before) / FURTHER / 1e6
    count, right = peer.count(), []
    for case in faces(data, plain):
        right.append(case.fewest <= count(peer.comes(case.image)) <= case.most)
    told = {
        "camera_ms": camera_ms,
        "memory_mb": memory_mb,
        "faces": [sum(right), len(right)],
        "installed_mb": installed_mb(peer.requires),
    }
    print(json.dumps(told), file=answers, flush=True)


def memory() -> int:
    """Bytes that are resident, by Linux's proc(5): statm."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))

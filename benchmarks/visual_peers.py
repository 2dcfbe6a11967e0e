"""What the packages take for a clip's pictures, run by the reference environment's Python.

One path in, one line of JSON out: CPU milliseconds per second of the clip, for each.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy comes in

import base64
import importlib
import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from proctoring.media import read_frames

FRAMES_PER_S = 4.0
WARM_UP = 8  # pictures

Look = Callable[[Any], object]  # of an RGB picture


def located() -> Look:
    api = importlib.import_module("face_recognition.api")
    return lambda rgb: api.face_locations(rgb)


def recognised() -> Look:
    """As its examples do: find, then encode what was found."""
    api = importlib.import_module("face_recognition.api")
    return lambda rgb: api.face_encodings(rgb, api.face_locations(rgb))


def detected() -> Look:
    solutions = importlib.import_module("mediapipe").solutions
    return solutions.face_detection.FaceDetection(model_selection=1).process


def meshed(faces: int, *, refine: bool) -> Look:
    solutions = importlib.import_module("mediapipe").solutions
    mesh = solutions.face_mesh.FaceMesh(max_num_faces=faces, refine_landmarks=refine)
    return mesh.process


def audited() -> Look:
    """The steps of Proctor-Audit's `detect_frame`; the package itself wants its author's database.

    A JPEG in Base64 comes in, the mesh of one face is laid, a JPEG in Base64 goes out. The sums
    of points in between are nothing beside that.
    """
    cv2 = importlib.import_module("cv2")
    mesh = meshed(1, refine=True)

    def look(rgb: Any) -> object:
        sent = base64.b64encode(cv2.imencode(".jpg", rgb)[1].tobytes())
        picture = cv2.imdecode(np.frombuffer(base64.b64decode(sent), np.uint8), cv2.IMREAD_COLOR)
        return mesh(picture)

    return look


PEERS: dict[str, Callable[[], Look]] = {
    "face_recognition, face_locations": located,
    "face_recognition, with face_encodings": recognised,
    "MediaPipe, face detection": detected,
    "MediaPipe, FaceMesh with irises, four faces": partial(meshed, 4, refine=True),
    "Proctor-Audit's steps (JPEG, FaceMesh with irises, one face)": audited,
}


def main(path: Path) -> None:
    pictures = [
        np.ascontiguousarray(frame.image[..., ::-1]) for frame in read_frames(path, FRAMES_PER_S)
    ]
    answers = {}
    for name, make in PEERS.items():
        look = make()
        for picture in pictures[:WARM_UP]:
            look(picture)
        start = time.process_time()
        for picture in pictures:
            look(picture)
        spent = time.process_time() - start
        answers[name] = 1e3 * spent * FRAMES_PER_S / len(pictures)
    print(json.dumps(answers))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Other face detectors, run by the reference environment's Python beside `benchmarks.faces`.

Reads pictures from standard input (height and width as int32, then BGR bytes) and answers each
with a line of JSON: for every detector its number of faces and its milliseconds of CPU.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"

import importlib
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

Counter = Callable[[Any], int]  # of a BGR picture


def mediapipe_range(model: int) -> Counter:
    solutions = importlib.import_module("mediapipe").solutions
    detector = solutions.face_detection.FaceDetection(
        model_selection=model, min_detection_confidence=0.5
    )
    return lambda image: len(
        detector.process(np.ascontiguousarray(image[..., ::-1])).detections or ()
    )


def face_recognition() -> Counter:
    api = importlib.import_module("face_recognition.api")
    return lambda image: len(api.face_locations(np.ascontiguousarray(image[..., ::-1])))


def haar() -> Counter:
    cv2 = importlib.import_module("cv2")
    cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
    return lambda image: len(
        cascade.detectMultiScale(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), 1.1, 5)
    )


PEERS: dict[str, Callable[[], Counter]] = {
    "MediaPipe 0.10.21 short range": lambda: mediapipe_range(0),
    "MediaPipe 0.10.21 full range": lambda: mediapipe_range(1),
    "face_recognition (dlib HOG)": face_recognition,
    "OpenCV Haar cascade": haar,
}


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")  # the libraries print to 1 themselves
    os.dup2(2, 1)
    counters: dict[str, Counter] = {}
    for name, make in PEERS.items():
        try:
            counters[name] = make()
        except (ImportError, AttributeError) as error:
            print(f"{name}: {error}", file=sys.stderr)
    while header := sys.stdin.buffer.read(8):
        height, width = np.frombuffer(header, np.int32)
        data = sys.stdin.buffer.read(int(height) * int(width) * 3)
        image = np.frombuffer(data, np.uint8).reshape(height, width, 3)
        results = {}
        for name, count in counters.items():
            start = time.process_time()
            results[name] = (count(image), 1e3 * (time.process_time() - start))
        print(json.dumps(results), file=answers, flush=True)


if __name__ == "__main__":
    main()

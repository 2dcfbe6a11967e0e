"""face_recognition as it is, run by the reference environment beside `benchmarks.identity`.

Reads pictures from standard input (height and width as int32, then BGR bytes) and answers each
with a line of JSON: the encoding of the largest face it finds, or null, and milliseconds of CPU.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"

import importlib
import json
import sys
import time

import numpy as np


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")  # the libraries print to 1 themselves
    os.dup2(2, 1)
    api = importlib.import_module("face_recognition.api")
    while header := sys.stdin.buffer.read(8):
        height, width = np.frombuffer(header, np.int32)
        data = sys.stdin.buffer.read(int(height) * int(width) * 3)
        image = np.frombuffer(data, np.uint8).reshape(height, width, 3)[..., ::-1]
        start = time.process_time()
        found = api.face_encodings(np.ascontiguousarray(image))
        spent = 1e3 * (time.process_time() - start)
        answer = {"encoding": found[0].tolist() if found else None, "cpu_ms": spent}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()

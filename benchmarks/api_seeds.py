"""The other projects' own ways with one frame, run by the reference environment's Python.

Started by `benchmarks.api`. Reads a JSON line with frames in base64, answers with a JSON line for
each way: milliseconds of each frame by the clock, and seconds of CPU for all. Proctor-Audit runs
from the wheel that is named as the first argument; nothing of its database is asked.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"

import base64
import importlib
import io
import json
import sys
import time
import types
from collections.abc import Callable
from typing import Any

Way = Callable[[str], Any]  # of a frame in base64


def tutorial() -> Way:
    """As the Dyte tutorial looks for faces: face_recognition's, by dlib's HOG."""
    api = importlib.import_module("face_recognition")
    return lambda frame: api.face_locations(
        api.load_image_file(io.BytesIO(base64.b64decode(frame)))
    )


def proctor_audit(wheel: str) -> Way:
    """Its `detect_frame`, as after signing in."""
    for name in ("asyncpg", "asyncpg.pool", "dotenv"):
        sys.modules.setdefault(name, types.ModuleType(name))
    sys.modules["asyncpg.pool"].create_pool = None  # type: ignore[attr-defined]
    sys.modules["dotenv"].load_dotenv = lambda: None  # type: ignore[attr-defined]
    sys.path.insert(0, wheel)
    module: Any = importlib.import_module("proctor_audit.detector_app")
    module.auth, module.pool = True, object()
    return lambda frame: module.detect_frame(frame)


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")  # the libraries print to 1 themselves
    os.dup2(2, 1)
    frames: list[str] = json.loads(sys.stdin.readline())
    makers = {"face_recognition, as the Dyte tutorial": tutorial}
    if len(sys.argv) > 1:
        makers["Proctor-Audit 0.1.5"] = lambda: proctor_audit(sys.argv[1])
    for name, make in makers.items():
        try:
            way = make()
        except (ImportError, AttributeError) as error:
            print(f"{name}: {error}", file=sys.stderr)
            continue
        way(frames[0])
        taken, cpu = [], time.process_time()
        for frame in frames:
            start = time.perf_counter()
            way(frame)
            taken.append(1e3 * (time.perf_counter() - start))
        said = {"name": name, "ms": taken, "cpu_s": time.process_time() - cpu}
        print(json.dumps(said), file=answers, flush=True)


if __name__ == "__main__":
    main()

"""From a frame to its answer, by each way into the API, beside the seeds' own code.

    .venv/bin/python -m benchmarks.api [--frames 100] [--proctor-audit WHEEL] [--without-seeds]

One client, one request after the other, over one connection to a server of its own. The clock
counts the way there and back; CPU is the server's. The seeds are called directly, without any
server, in the reference environment (`make reference`); Proctor-Audit from its wheel, which
`pip download proctor-audit` fetches.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import base64
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import cv2
import httpx
import numpy as np
import psutil
from websockets.sync.client import connect

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from live import running_server  # noqa: E402

from proctoring.integration.database import Database  # noqa: E402
from proctoring.integration.keys import KeyRole, Keys  # noqa: E402

REFERENCE = ROOT / ".venv-reference/bin/python"
PICTURES = ("sk_astronaut", "in_woman_man", "in_three", "sk_coffee", "az_whiteboard")
SIZE = (640, 480)
WARM_UP = 5
ROW = "{:<44}{:>8}{:>10}{:>10}{:>14}{:>18}"

Ask = Callable[[bytes], Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--proctor-audit", type=Path, metavar="WHEEL")
    parser.add_argument("--without-seeds", action="store_true")
    options = parser.parse_args()
    frames = [jpeg(PICTURES[number % len(PICTURES)]) for number in range(options.frames)]
    print(ROW.format("way", "n", "p50 ms", "p95 ms", "CPU ms/frame", "frames/s and core"))
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder, "data")
        _, key = Keys(Database(data_dir)).add("benchmark", frozenset({KeyRole.ANALYSIS}))
        named = "dyte,smart-exam-ai,proctor-audit"
        with running_server(data_dir, OPENPROCTOR_DROP_INS=named) as server:
            process = psutil.Process(server.process.pid)
            with httpx.Client(base_url=server.url, timeout=120) as http:
                for name, ask in ways(http, key).items():
                    measure(name, ask, frames, process)
            audit(server.url, key, frames, process)
    if not options.without_seeds:
        seeds(frames, options.proctor_audit)


def jpeg(name: str) -> bytes:
    image = cv2.imread(str(ROOT / f"tests/data/faces/{name}.jpg"))
    if image is None:
        raise SystemExit(f"tests/data/faces/{name}.jpg cannot be read")
    scale = min(SIZE[0] / image.shape[1], SIZE[1] / image.shape[0])
    done, data = cv2.imencode(".jpg", cv2.resize(image, None, fx=scale, fy=scale))
    return data.tobytes() if done else b""


def ways(http: httpx.Client, key: str) -> dict[str, Ask]:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "image/jpeg"}
    meeting = http.post("/meetings", json={"title": "Benchmark"}).json()["data"]["id"]

    def whole(frame: bytes) -> httpx.Response:
        return http.post("/api/v1/analyze/frames", content=frame, headers=headers)

    def smart_exam(frame: bytes) -> httpx.Response:
        return http.post("/analyze_frame_base64", json={"image": _text(frame)})

    def tutorial(frame: bytes) -> httpx.Response:
        form = {
            "base64_img": f"data:image/jpeg;base64,{_text(frame)}",
            "participant_id": "one",
            "participant_name": "One",
            "meeting_id": meeting,
        }
        return http.post("/detect_faces/", json=form)

    return {
        "/api/v1/analyze/frames (all that it tells)": whole,
        "/analyze_frame_base64 (the same, drop-in)": smart_exam,
        "/detect_faces/ (faces and keeping, drop-in)": tutorial,
    }


def audit(url: str, key: str, frames: list[bytes], process: psutil.Process) -> None:
    token = httpx.post(f"{url}/get_auth", json={"key": key}).json()["token"]
    with connect(f"ws{url[4:]}/ws", max_size=None) as socket:
        socket.send(token)

        def ask(frame: bytes) -> Any:
            socket.send(_text(frame))
            return socket.recv()

        measure("/ws (Proctor-Audit's measures, drop-in)", ask, frames, process)


def measure(name: str, ask: Ask, frames: list[bytes], process: psutil.Process) -> None:
    taken: list[float] = []
    refused = 0
    for frame in frames[:WARM_UP]:
        ask(frame)
    before = _cpu(process)
    for frame in frames:
        start = perf_counter()
        answer = ask(frame)
        taken.append(1e3 * (perf_counter() - start))
        refused += isinstance(answer, httpx.Response) and answer.status_code != 200
    tell(name, taken, _cpu(process) - before)
    if refused:
        print(f"  {refused} of them were refused")


def seeds(frames: list[bytes], wheel: Path | None) -> None:
    if not REFERENCE.exists():
        print("The seeds need the reference environment: make reference")
        return
    command = [REFERENCE, Path(__file__).with_name("api_seeds.py"), *([wheel] if wheel else [])]
    done = subprocess.run(
        command,
        input=json.dumps([_text(frame) for frame in frames]) + "\n",
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    for line in done.stdout.splitlines():
        said = json.loads(line)
        tell(f"{said['name']} (no server)", said["ms"], said["cpu_s"])


def tell(name: str, taken: list[float], cpu_s: float) -> None:
    count = len(taken)
    p50, p95 = np.percentile(taken, (50, 95))
    numbers = (f"{p50:.0f}", f"{p95:.0f}", f"{1e3 * cpu_s / count:.0f}", f"{count / cpu_s:.1f}")
    print(ROW.format(name, count, *numbers), flush=True)


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _text(frame: bytes) -> str:
    return base64.b64encode(frame).decode()


if __name__ == "__main__":
    main()

"""The packages beside their twins by ONNX Runtime: answers, time, the interpreter lock, size.

    make reference    # once: the environment with the packages
    .venv-reference/bin/python -m benchmarks.packages

Then how many faces each sees, and what WebRTC's and Silero's detection take for speech.
One thread each. `CPU` is of the whole process and hardly minds what else the machine does;
`wait` is how late a thread that sleeps for 1 ms wakes up meanwhile, as a WebRTC server would.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy, torch and dlib come in

import importlib.metadata as metadata
import json
import statistics
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import face_recognition
import mediapipe
import numpy as np
import soundfile
import webrtcvad
from packaging.requirements import Requirement

from proctoring.perception.faces import detect_faces
from proctoring.perception.models import MODELS
from proctoring.perception.speech import VoiceActivity
from proctoring.types import SAMPLE_RATE, Image, Sound
from tests.material import DATA
from tests.reference.pairs import PAIRS, Pair

CALLS = 60
WARM_UP = 5
TICK_S = 0.001
WEBRTC_FRAME = 480  # samples, 30 ms

# What the product has in any case: the twins need no more than this.
RUNTIME = ("onnxruntime", "numpy", "opencv-contrib-python")
# Wheels that stand in for a source distribution of the same module.
WHEELS = {"dlib": "dlib-bin", "webrtcvad": "webrtcvad-wheels"}


@dataclass(frozen=True, slots=True)
class Cost:
    wall_ms: float  # median of one call
    cpu_ms: float  # mean of one call
    wait_ms: float  # p95 of a ticking thread's lateness


def measure(call: Callable[[], object]) -> Cost:
    for _ in range(WARM_UP):
        call()
    walls = []
    cpu = time.process_time()
    for _ in range(CALLS):
        start = time.perf_counter()
        call()
        walls.append(time.perf_counter() - start)
    cpu = (time.process_time() - cpu) / CALLS
    return Cost(1e3 * statistics.median(walls), 1e3 * cpu, 1e3 * lateness(call))


def lateness(call: Callable[[], object]) -> float:
    """Seconds, p95: how late another thread's tick is while the calls run one after another."""
    late: list[float] = []
    done = threading.Event()

    def tick() -> None:
        while not done.is_set():
            start = time.perf_counter()
            time.sleep(TICK_S)
            late.append(time.perf_counter() - start - TICK_S)

    thread = threading.Thread(target=tick)
    thread.start()
    for _ in range(CALLS):
        call()
    done.set()
    thread.join()
    return float(np.percentile(late, 95))


def installed_mb(distribution: str) -> float:
    """Size on disk of a package and all that it needs beside what the product has anyway."""
    extra = closure([distribution]) - closure(RUNTIME)
    return sum(file_bytes(name) for name in extra) / 1e6


def closure(names: Iterable[str]) -> set[str]:
    """The installed distributions among the named ones and what they require."""
    found: set[str] = set()
    wanted = list(names)
    while wanted:
        name = WHEELS.get(wanted[-1], wanted[-1]).lower().replace("_", "-")
        wanted.pop()
        if name in found:
            continue
        try:
            requires = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue  # for another system, or not needed in fact
        found.add(name)
        for requirement in map(Requirement, requires):
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                wanted.append(requirement.name)
    return found


def file_bytes(distribution: str) -> int:
    files = metadata.files(distribution) or []
    paths = (Path(str(file.locate())) for file in files)
    return sum(path.stat().st_size for path in paths if path.is_file())


def rows(pair: Pair) -> list[tuple[str, ...]]:
    samples = pair.samples(DATA)
    apart = [pair.difference(pair.theirs(sample), pair.ours(sample)) for sample in samples]
    difference = (
        f"{max(apart):.1e} {pair.unit}"
        if max(apart) < 0.1
        else (f"{statistics.median(apart):.1f}, at most {max(apart):.1f} {pair.unit}")
    )
    theirs = measure(lambda: pair.theirs(samples[0]))
    ours = measure(lambda: pair.ours(samples[0]))
    version = metadata.version(pair.distribution)
    size = MODELS[pair.model].size / 1e6
    return [
        (
            f"{pair.distribution} {version}",
            pair.function,
            f"over {len(samples)} samples:",
            *costs(theirs),
            f"{installed_mb(pair.distribution):.0f}",
        ),
        (f"{pair.model}.onnx", pair.twin, difference, *costs(ours), f"{size:.1f}"),
    ]


def costs(cost: Cost) -> tuple[str, str, str]:
    return f"{cost.wall_ms:.1f}", f"{cost.cpu_ms:.1f}", f"{cost.wait_ms:.1f}"


def compare_voice_activity() -> None:
    """Shares of recordings of no speech, and of one person speaking, that are heard as speech."""
    recordings = json.loads((DATA / "audio" / "mixtures.json").read_text())
    detectors: dict[str, Callable[[Sound], float]] = {
        f"webrtcvad, mode {mode}": partial(webrtc_share, mode) for mode in range(4)
    }
    detectors["silero_vad.onnx, over 0.5"] = silero_share
    print("| heard as speech | no speech: mean, highest | one speaker: mean |")
    print("|---|---|---|")
    for name, share in detectors.items():
        none, one = (
            [share(read_sound(r["file"])) for r in recordings if r["type"] == kind]
            for kind in ("no_speech", "one_speaker")
        )
        print(f"| {name} | {np.mean(none):.2f}, {max(none):.2f} | {np.mean(one):.2f} |")
    truth = [r["speech_s"] / r["duration"] for r in recordings if r["type"] == "one_speaker"]
    print(f"| annotation, short pauses bridged | 0 | {np.mean(truth):.2f} |")


def read_sound(file: str) -> Sound:
    return np.asarray(soundfile.read(DATA / "audio" / file, dtype="float32")[0])


def webrtc_share(mode: int, samples: Sound) -> float:
    detector = webrtcvad.Vad(mode)
    pcm = (samples * 32767).astype(np.int16)
    frames = pcm[: len(pcm) // WEBRTC_FRAME * WEBRTC_FRAME].reshape(-1, WEBRTC_FRAME)
    return float(np.mean([detector.is_speech(f.tobytes(), SAMPLE_RATE) for f in frames]))


def silero_share(samples: Sound) -> float:
    return float((VoiceActivity().hear(samples) > 0.5).mean())


def compare_face_counts() -> None:
    """The faces that each finds in pictures of webcam size."""
    truth = json.loads((DATA / "faces" / "ground_truth.json").read_text())
    pictures = [webcam_sized(DATA / "faces" / picture["file"]) for picture in truth]
    print("| faces counted | exact | several found | several where one is | CPU ms | wait p95 ms |")
    print("|---|---|---|---|---|---|")
    for name, count in COUNTERS.items():
        counts = [count(picture) for picture in pictures]
        exact = [t["min_faces"] <= n <= t["max_faces"] for t, n in zip(truth, counts, strict=True)]
        several, one = (
            [n > 1 for t, n in zip(truth, counts, strict=True) if t["cls"] == kind]
            for kind in ("multiple", "one")
        )
        cost = measure(partial(count, webcam_sized(DATA / "faces" / "cl_webcam1.jpg")))
        shares = " | ".join(f"{np.mean(share):.2f}" for share in (exact, several, one))
        print(f"| {name} | {shares} | {cost.cpu_ms:.1f} | {cost.wait_ms:.1f} |", flush=True)


def webcam_sized(file: Path) -> Image:
    """At most 640 by 480, as the product gets it."""
    image = np.asarray(cv2.imread(str(file)), np.uint8)
    scale = min(1.0, 640 / image.shape[1], 480 / image.shape[0])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def count_by_face_recognition(image: Image) -> int:
    return len(face_recognition.face_locations(np.ascontiguousarray(image[:, :, ::-1])))


def mediapipe_counter(model_selection: int) -> Callable[[Image], int]:
    detector = mediapipe.solutions.face_detection.FaceDetection(model_selection=model_selection)
    return lambda image: len(
        detector.process(np.ascontiguousarray(image[:, :, ::-1])).detections or ()
    )


COUNTERS: dict[str, Callable[[Image], int]] = {
    "face_recognition.face_locations": count_by_face_recognition,
    "mediapipe FaceDetection, short range": mediapipe_counter(0),
    "mediapipe FaceDetection, full range": mediapipe_counter(1),
    "perception.faces": lambda image: len(detect_faces(image)),
}


def main() -> None:
    head = ("what", "function", "largest difference", "ms", "CPU ms", "wait p95 ms", "MB")
    print("| " + " | ".join(head) + " |")
    print("|---|---|---|---|---|---|---|")
    for pair in PAIRS:
        for row in rows(pair):
            print("| " + " | ".join(row) + " |", flush=True)
    print()
    compare_face_counts()
    print()
    compare_voice_activity()


if __name__ == "__main__":
    main()

"""How well faces are counted, under good and bad conditions, and by others beside us.

    .venv/bin/python benchmarks/faces.py [--data DIR] [--extra-models DIR] [--without-peers]

MediaPipe, face_recognition and OpenCV's cascade run in the reference environment (`make
reference`); YuNet runs if DIR has `yunet_n_640_640.onnx`. A picture is right if its count lies
in the range of its ground truth. Milliseconds are the median of CPU time on one thread.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before OpenCV and yuface come in

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import cv2
import numpy as np
from tqdm import tqdm

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import face_pictures as pictures  # noqa: E402
from proctoring.perception import faces, retinaface, yuface  # noqa: E402
from proctoring.perception.detections import Detections  # noqa: E402
from proctoring.types import Image  # noqa: E402

REFERENCE = ROOT / ".venv-reference" / "bin" / "python"
Counter = Callable[[Image], int]

# No part of the material was wholly unseen while thresholds were chosen: the clips and recorded
# exams are nearest to it.
TUNED = "seen when thresholds were chosen"
NOT_TUNED = "no threshold was chosen by these"


@dataclass(slots=True)
class Tally:
    answers: list[tuple[int, int, int]] = field(default_factory=list)  # fewest, most, counted
    cpu_ms: list[float] = field(default_factory=list)

    def row(self) -> list[str]:
        right = [fewest <= count <= most for fewest, most, count in self.answers]
        company = [count > 1 for fewest, _, count in self.answers if fewest > 1]
        alone = [count for fewest, most, count in self.answers if fewest == most == 1]
        nobody = [count == 0 for _, most, count in self.answers if most == 0]
        return [
            share(right),
            share(company),
            share([count > 1 for count in alone]),
            share([count == 1 for count in alone]),
            share(nobody),
            f"{median(self.cpu_ms):.1f}",
        ]


COLUMNS = ["right count", ">1: found", "1: taken for >1", "1: found", "0: found", "ms"]


def share(cases: Sequence[bool]) -> str:
    return f"{np.mean(cases):.3f}" if cases else "-"


def our_counters(extra: Path | None) -> dict[str, Counter]:
    counters: dict[str, Counter] = {
        "ours, live": lambda image: len(faces.detect_faces(image)),
        "ours, examined": lambda image: len(faces.examine_faces(image)),
        "RetinaFace 480x360, 0.6": one_look(retinaface.detect, 480 * 360, 0.6),
    }
    if yuface.is_available():
        counters["yuface 320x240, 0.6"] = one_look(yuface.detect, 320 * 240, 0.6)
        counters["yuface 480x360, 0.7"] = one_look(yuface.detect, 480 * 360, 0.7)
        counters["yuface 640x480, 0.7"] = one_look(yuface.detect, 640 * 480, 0.7)
    yunet = extra / "yunet_n_640_640.onnx" if extra else None
    if yunet and yunet.exists():
        counters["YuNet 320x240, 0.7"] = yunet_look(yunet, 320 * 240)
        counters["YuNet 480x360, 0.7"] = yunet_look(yunet, 480 * 360)
    return counters


def one_look(detect: faces.Detector, area: int, threshold: float) -> Counter:
    return lambda image: int((faces.see(detect, image, area)[:, 0] > threshold).sum())


def yunet_look(path: Path, area: int) -> Counter:
    detector = cv2.FaceDetectorYN.create(str(path), "", (320, 240), 0.7, 0.3, 5000)

    def detect(image: Image) -> Detections:
        detector.setInputSize(image.shape[1::-1])
        _, rows = detector.detect(image)
        found = np.zeros((0 if rows is None else len(rows), 15), np.float32)
        found[:, 0] = 1.0
        return found

    return one_look(detect, area, 0.5)


class Peers:
    """The detectors of the reference environment, asked over a pipe."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [REFERENCE, Path(__file__).with_name("face_peers.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def count(self, image: Image) -> dict[str, tuple[int, float]]:
        """Faces and milliseconds by detector."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(np.array(image.shape[:2], np.int32).tobytes())
        self._process.stdin.write(np.ascontiguousarray(image).tobytes())
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return {name: (count, cpu_ms) for name, (count, cpu_ms) in answer.items()}

    def close(self) -> None:
        self._process.communicate()


def measure(
    cases: Iterable[pictures.Picture], counters: dict[str, Counter], peers: Peers | None
) -> dict[str, Tally]:
    tallies: dict[str, Tally] = {}
    for case in cases:
        answers = peers.count(case.image) if peers else {}
        ours = {}
        for name, count in counters.items():
            start = time.process_time()
            ours[name] = (count(case.image), 1e3 * (time.process_time() - start))
        for name, (number, cpu_ms) in {**ours, **answers}.items():
            tally = tallies.setdefault(name, Tally())
            tally.answers.append((case.fewest, case.most, number))
            tally.cpu_ms.append(cpu_ms)
    return tallies


def print_table(title: str, tallies: dict[str, Tally]) -> None:
    answers = next(iter(tallies.values())).answers
    sizes = [sum(f <= 0 == m for f, m, _ in answers), sum(f == m == 1 for f, m, _ in answers)]
    more = sum(fewest > 1 for fewest, _, _ in answers)
    print(f"\n{title}: {len(answers)} ({sizes[0]} of none, {sizes[1]} of one, {more} of more)")
    width = max(map(len, tallies))
    print(" " * width, *(f"{column:>15}" for column in COLUMNS))
    for name, tally in tallies.items():
        print(f"{name:{width}}", *(f"{cell:>15}" for cell in tally.row()), flush=True)


def picture_sets(data: Path) -> list[tuple[str, Iterator[pictures.Picture]]]:
    """What to look at, with its title."""
    one_webcam = pictures.objects(data, of_one_webcam=True)
    return [
        *(
            (f"faces, {name} ({TUNED})", pictures.faces(data, condition))
            for name, condition in pictures.CONDITIONS.items()
        ),
        (f"objects ({TUNED})", pictures.objects(data, of_one_webcam=False)),
        (f"phones before a webcam ({TUNED})", one_webcam),
        (f"portraits and spoofs ({TUNED})", pictures.portraits(data)),
        (f"frames of clips ({NOT_TUNED})", pictures.clips(data)),
        (f"frames of recorded exams ({NOT_TUNED})", pictures.scenarios(data)),
    ]


def main() -> None:
    default = Path(os.environ.get("OPENPROCTOR_DATA", ROOT.parent / "shared" / "data"))
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=default)
    parser.add_argument("--extra-models", type=Path)
    parser.add_argument("--without-peers", action="store_true")
    options = parser.parse_args()
    if not (options.data / "faces" / "ground_truth.json").exists():
        raise SystemExit(f"No pictures in {options.data}: see --data")

    cv2.setNumThreads(1)
    counters = our_counters(options.extra_models)
    peers = None
    if not options.without_peers:
        if REFERENCE.exists():
            peers = Peers()
        else:
            print("MediaPipe, face_recognition, Haar: not installed: make reference")
    for title, cases in tqdm(picture_sets(options.data), unit="set", file=sys.stderr):
        cases_of_set = tqdm(cases, unit="picture", leave=False, file=sys.stderr)
        print_table(title, measure(cases_of_set, counters, peers))
    if peers:
        peers.close()


if __name__ == "__main__":
    main()

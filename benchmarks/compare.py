"""The product beside what one would build instead, in one run, on the same recording.

    taskset -c 1 .venv/bin/python -m benchmarks.compare [--data DIR] [--reference PYTHON]

Each is shown four pictures of 640×480 a second and what is said. CPU is of whole processes, in ms
for a second of one candidate; a busy machine makes it dearer, so read ratios. "Comes in" is the
decoding of what a browser sends: VP8 and Opus where WebRTC brings it; the tutorial's PNG and
Proctor-Audit's JPEG are in their camera's figure. The floor is that decoding and the networks, as
often as the product asks them, and nothing else. Memory is what further candidates take. Installed
is each one's packages with all that they require; the product's and the floor's with their models,
the product's with its pages. Faces are the pictures of faces/, voices the recordings of audio/.

The others run in the reference environment (`make reference`); without it they are named as not
measured.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy and OpenCV come in

import argparse
import gc
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import psutil
from tqdm import tqdm

from benchmarks import cost, face_pictures, faces, installed, speakers
from benchmarks.cost_peer import AS_ASKED, encode
from benchmarks.speaker_tables import Mixture
from proctoring.capacity.figures import LOAD
from proctoring.capacity.machine import this_machine
from proctoring.live.capture import CHUNK_S
from proctoring.media import read_samples, read_sound
from proctoring.replay import FRAMES_PER_S
from proctoring.types import SAMPLE_RATE, AudioChunk
from tests.material import DATA, ROOT

PEERS = {
    "tutorial": "the Dyte tutorial's look: PNG in Base64, face_recognition",
    "audit": "Proctor-Audit's steps: JPEG in Base64, MediaPipe's mesh",
    "glued": "MediaPipe, dlib and Resemblyzer on torch, glued plainly",
}
LISTENS = "glued"
FLOOR_NEEDS = ("numpy", "av", "onnxruntime", "yuface")
FURTHER = 5  # candidates
MODELS = ROOT / "proctoring" / "models"


@dataclass(frozen=True, slots=True)
class Row:
    """None: there is none."""

    name: str
    comes_ms: float | None = None
    camera_ms: float | None = None
    sound_ms: float | None = None
    memory_mb: float | None = None
    installed_mb: float | None = None
    faces: tuple[int, int] | None = None  # right, of all
    voices: tuple[int, int] | None = None
    missing: str = ""  # why it was not measured

    def cells(self) -> list[str]:
        if self.missing:
            return [self.name, f"not measured: {self.missing}", *[""] * (len(HEADS) - 2)]
        whole = sum(ms for ms in (self.comes_ms, self.camera_ms, self.sound_ms) if ms)
        return [
            self.name,
            *(number(ms) for ms in (self.comes_ms, self.camera_ms, self.sound_ms, whole)),
            f"{1e3 * LOAD / whole:.1f}",
            *(number(mb) for mb in (self.memory_mb, self.installed_mb)),
            *(share(of) for of in (self.faces, self.voices)),
        ]


HEADS = ["", "comes in", "camera", "sound", "together, ms", f"on a core at {LOAD:.0%}"]
HEADS += ["MB a candidate", "installed, MB", "faces right", "voices right"]


def number(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}" if value >= 10 else f"{value:.1f}"


def share(of: tuple[int, int] | None) -> str:
    return f"{of[0] / of[1]:.3f} ({of[0]}/{of[1]})" if of else "–"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--reference", type=Path, default=faces.REFERENCE, help="its Python")
    parser.add_argument("--memory", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    recording = options.data / cost.CALM
    if options.memory:
        return print(memory_mb(recording))
    machine, busy = this_machine(), os.getloadavg()[0]
    mixtures = list(speakers.read_mixtures(options.data / "audio"))
    sound_s = sum(len(read_sound(one.path)) for one in mixtures) / SAMPLE_RATE
    rows = [*own_rows(recording, options.data, mixtures, sound_s)]
    for name in tqdm(PEERS, unit="peer", file=sys.stderr):
        rows.append(peer_row(name, recording, options, mixtures, sound_s, rows[0].comes_ms))
    print(f"{machine.processor}, pinned to {machine.cores} of {os.cpu_count()} cores,", end=" ")
    print(f"load average {busy:.1f} at the beginning and {os.getloadavg()[0]:.1f} at the end.")
    print(f"{sound_s / 60:.0f} minutes of sound, {len(mixtures)} recordings.\n")
    print("| " + " | ".join(HEADS) + " |\n" + "|---" * len(HEADS) + "|")
    for row in rows:
        print("| " + " | ".join(row.cells()) + " |")


# --- ours ------------------------------------------------------------------------------------


def own_rows(recording: Path, data: Path, mixtures: list[Mixture], sound_s: float) -> Iterator[Row]:
    """The product and the floor."""
    camera, camera_networks = cost.analysed_ms(recording, "camera")
    sound, sound_networks = listened_ms(mixtures, sound_s)
    with tempfile.TemporaryDirectory() as place:
        encode(recording, AS_ASKED, Path(place))
        comes = sum(cost.decoded_ms(Path(place)).values())
    models = sum(path.stat().st_size for path in MODELS.rglob("*.onnx")) / 1e6
    count = faces.our_counters(None)["ours, live"]
    cases = face_pictures.faces(data, face_pictures.plain)
    seen = [case.fewest <= count(case.image) <= case.most for case in cases]
    heard = [speakers.live(read_sound(one.path)) == one.voices for one in mixtures]
    command = [sys.executable, "-m", "benchmarks.compare", "--memory", "--data", str(data)]
    further = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    yield Row(
        "**OpenProctor**, all signals",
        comes_ms=comes + cost.converted_ms(recording),
        camera_ms=camera,
        sound_ms=sound,
        memory_mb=float(further.stdout.splitlines()[-1]),
        installed_mb=installed.installed_mb(installed.of_file(ROOT / "requirements.txt")) + models,
        faces=(sum(seen), len(seen)),
        voices=(sum(heard), len(heard)),
    )
    yield Row(
        "the floor: decoding and the networks",
        comes_ms=comes,
        camera_ms=camera_networks,
        sound_ms=sound_networks,
        installed_mb=installed.installed_mb(FLOOR_NEEDS) + models,
    )


def listened_ms(mixtures: list[Mixture], sound_s: float) -> tuple[float, float]:
    """For all signals of the microphone, a second of sound; and of it in networks."""
    networks, spent_s, size = cost.Networks(), 0.0, int(CHUNK_S * SAMPLE_RATE)
    with networks.watched():
        for one in mixtures:
            sound, line = read_sound(one.path), cost.pipeline(cost.of_medium("microphone"))
            begun = time.process_time()
            for start in range(0, len(sound), size):
                line.process(AudioChunk(start / SAMPLE_RATE, sound[start : start + size]))
            spent_s += time.process_time() - begun
    return 1e3 * spent_s / sound_s, 1e3 * networks.cpu_s / sound_s


def memory_mb(recording: Path) -> float:
    """Of one further candidate, camera and microphone, in this process."""
    process, kept = psutil.Process(), []
    before = 0
    for candidate in range(1 + FURTHER):
        line = cost.pipeline([*cost.of_medium("camera"), *cost.of_medium("microphone")])
        for sample in read_samples(recording, None, frames_per_s=FRAMES_PER_S):
            line.process(sample)
        kept.append(line)
        gc.collect()
        if candidate == 0:
            before = process.memory_info().rss
    return (process.memory_info().rss - before) / FURTHER / 1e6


# --- the others --------------------------------------------------------------------------------


def peer_row(
    name: str,
    recording: Path,
    options: argparse.Namespace,
    mixtures: list[Mixture],
    sound_s: float,
    comes_ms: float | None,
) -> Row:
    row = Row(PEERS[name])
    if not options.reference.exists():
        return replace(row, missing=f"there is no {options.reference.name} of `make reference`")
    here = Path(__file__).parent
    try:
        command = [options.reference, here / "compare_peers.py", name, recording, options.data]
        told = json.loads(asked([str(part) for part in command]).splitlines()[-1])
        row = replace(row, **told | {"faces": tuple(told["faces"])})
        if name != LISTENS:
            return row
        paths = [str(one.path) for one in mixtures]
        said = asked([str(options.reference), str(here / "speaker_peers.py"), *paths])
    except subprocess.CalledProcessError as error:
        why = (error.stderr or "").strip().rpartition("\n")[2]
        return replace(row, missing=why or f"it ended with {error.returncode}")
    answers = [json.loads(line) for line in said.splitlines()]
    pairs = zip(answers, mixtures, strict=True)
    right = [answer["agglomerative"] == one.voices for (answer, _), one in pairs]
    return replace(
        row,
        comes_ms=comes_ms,
        sound_ms=1e3 * sum(cpu_s for _, cpu_s in answers) / sound_s,
        voices=(sum(right), len(right)),
    )


def asked(command: list[str]) -> str:
    """Raises CalledProcessError."""
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout


if __name__ == "__main__":
    main()

"""Where a live candidate's CPU goes, beside the least that it could be.

    .venv/bin/python -m benchmarks.cost [--data DIR] [--peers 2] [--seconds 20]

CPU milliseconds per second of exam and candidate, of the whole process, on a calm recording with
all signals. Real WebRTC connections come from a second process that sends what was encoded before,
once as browsers send by themselves and once as they are asked to (`proctoring.live.codecs`); they
are read by streamlit-webrtc's own worker, opened as the page opens it. Decoding, converting,
analysing and the desk's stills are measured by themselves, on the same media. The floor is decoding
and the networks, each as often as the analysers ask it, and nothing else.

A busy machine makes all of it dearer, and the connections most: read ratios there.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy and OpenCV come in

import argparse
import asyncio
import inspect
import json
import sys
import tempfile
import time
from asyncio.subprocess import PIPE
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any, cast

import av
import cv2
import onnxruntime
from aiortc.contrib.media import MediaRelay
from streamlit_webrtc import WebRtcWorker

from benchmarks.cost_peer import AS_ASKED, BY_ITSELF, RATES, Sent, encode, packets
from proctoring import evidence
from proctoring.analysers import analyser_types
from proctoring.live.capture import CHUNK_S, Capture, stream_options, to_image
from proctoring.live.session import Session
from proctoring.media import read_frames, read_samples
from proctoring.perception import yuface
from proctoring.pipeline import Pipeline
from proctoring.policy.presets import PRESETS
from proctoring.replay import FRAMES_PER_S, START
from proctoring.types import Analyser, AudioChunk, Sample, Tick, VideoFrame
from tests.material import DATA, ROOT

TICKS = 200  # fewer than a mailbox holds
CALM = "scenarios/d1_normal.mp4"
SETTLES_S = 5.0
STILLS_PER_S = 1.0


# --- what each part takes ----------------------------------------------------------------------


def make_worker(options: dict[str, Any], loop: asyncio.AbstractEventLoop) -> WebRtcWorker[Any, Any]:
    """streamlit-webrtc's own, as `webrtc_streamer` makes it."""
    defaults: dict[str, Any] = dict.fromkeys(inspect.signature(WebRtcWorker).parameters)
    defaults |= {"video_receiver_size": 4, "audio_receiver_size": 4}
    defaults |= {"sendback_video": True, "sendback_audio": True}
    return WebRtcWorker(**defaults | options | {"loop": loop, "relay": MediaRelay()})


async def received_ms(folder: Path, peers: int, seconds: float) -> tuple[float, float]:
    """CPU a second and candidate, and analysed pictures a second."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.cost_peer", str(folder), cwd=ROOT, stdin=PIPE, stdout=PIPE
    )
    assert child.stdin is not None
    assert child.stdout is not None
    loop, begun, got = asyncio.get_running_loop(), time.monotonic(), [0]

    def offer(sample: Sample) -> None:
        got[0] += isinstance(sample, VideoFrame)

    workers = []
    try:
        for _ in range(peers):
            capture = Capture(offer, lambda: time.monotonic() - begun, frames_per_s=FRAMES_PER_S)
            worker = make_worker(stream_options(capture), loop)
            workers.append(worker)
            child.stdin.write(b"\n")
            said = json.loads(await child.stdout.readline())
            answer = await asyncio.to_thread(worker.process_offer, said, "offer", 30)
            child.stdin.write(json.dumps(answer.sdp).encode() + b"\n")
        await asyncio.sleep(SETTLES_S)
        cpu, at, pictures = time.process_time(), time.monotonic(), got[0]
        await asyncio.sleep(seconds)
        took = (time.monotonic() - at) * peers
        return 1e3 * (time.process_time() - cpu) / took, (got[0] - pictures) / took
    finally:
        child.kill()
        await child.wait()
        for worker in workers:
            await asyncio.to_thread(worker.stop)


def decoded_ms(folder: Path) -> dict[str, float]:
    """Of pictures, of sound with what brings it to 16 kHz, and of making BGR, a second."""
    took = {}
    for kind, codec in (("video", "libvpx"), ("audio", "libopus")):
        pieces, context = packets(folder, kind), cast(Any, av.CodecContext).create(codec, "r")
        capture = Capture(lambda sample: None, lambda: 0.0)
        cpu = time.process_time()
        for due_s, piece in pieces:
            packet = av.Packet(piece)
            packet.pts, packet.time_base = round(due_s * RATES[kind]), Fraction(1, RATES[kind])
            for frame in context.decode(packet):
                if kind == "audio":
                    capture.on_sound(frame)
        took[kind] = 1e3 * (time.process_time() - cpu) / pieces[-1][0]
    return took


def converted_ms(recording: Path) -> float:
    with av.open(str(recording)) as file:
        frames = [frame for frame, _ in zip(file.decode(video=0), range(60), strict=False)]
    return FRAMES_PER_S * each_ms(to_image, frames)


def each_ms(does: Callable[[Any], object], given: Sequence[Any]) -> float:
    cpu = time.process_time()
    for one in given:
        does(one)
    return 1e3 * (time.process_time() - cpu) / len(given)


def pipeline(analysers: Sequence[Analyser], started_at: datetime = START) -> Pipeline:
    return Pipeline(
        analysers,
        preset=PRESETS["standard"],
        meeting_id="benchmark",
        participant_id="benchmark",
        started_at=started_at,
    )


def of_medium(medium: str) -> list[Analyser]:
    return [kind() for kind in analyser_types() if kind.medium == medium]


def analysed_ms(recording: Path, medium: str) -> tuple[float, float]:
    """By all signals of a medium, and of it in networks, a second. The second time counts: the
    first minute, in which a face is learned, costs more."""
    kind = VideoFrame if medium == "camera" else AudioChunk
    every = read_samples(recording, None, frames_per_s=FRAMES_PER_S)
    samples = [sample for sample in every if isinstance(sample, kind)]
    length_s = samples[-1].t + (1 / FRAMES_PER_S if medium == "camera" else CHUNK_S)
    measured, networks = pipeline(of_medium(medium)), Networks()
    for sample in samples:
        measured.process(sample)
    with networks.watched():
        cpu = time.process_time()
        for sample in samples:
            measured.process(replace(sample, t=sample.t + length_s))
        took = time.process_time() - cpu
    return 1e3 * took / length_s, 1e3 * networks.cpu_s / length_s


def kept_up_ms() -> float:
    """Rules, coverage and what pages are told, at each sample, without looking at it."""
    analysers = [*of_medium("camera"), *of_medium("microphone")]
    session = Session(lambda at, *_: pipeline(analysers, at), lambda record: None, name="benchmark")
    cpu = time.process_time()
    for _ in range(TICKS):
        session.offer(Tick(session.clock()))
    session.close(600)
    samples_per_s = FRAMES_PER_S + 1 / CHUNK_S
    return 1e3 * (time.process_time() - cpu) / TICKS * samples_per_s


def stills_ms(recording: Path) -> float:
    frames = list(islice(read_frames(recording, FRAMES_PER_S), 40))
    return STILLS_PER_S * each_ms(lambda frame: evidence.still(frame.image), frames)


class Networks:
    """The CPU seconds that go by in them."""

    def __init__(self) -> None:
        self.cpu_s = 0.0

    def timed(self, runs: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any, **named: Any) -> Any:
            start = time.thread_time()
            try:
                return runs(*given, **named)
            finally:
                self.cpu_s += time.thread_time() - start

        return run

    @contextmanager
    def watched(self) -> Iterator[None]:
        run, detect = onnxruntime.InferenceSession.run, yuface.detect
        onnxruntime.InferenceSession.run = self.timed(run)
        setattr(yuface, "detect", self.timed(detect))  # noqa: B010
        try:
            yield
        finally:
            onnxruntime.InferenceSession.run = run
            setattr(yuface, "detect", detect)  # noqa: B010


# --- the table ---------------------------------------------------------------------------------


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--peers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    recording = options.data / CALM
    camera, camera_networks = analysed_ms(recording, "camera")
    sound, sound_networks = analysed_ms(recording, "microphone")
    rest = {
        "camera signals": camera,
        "sound signals": sound,
        "rules, coverage, status": kept_up_ms(),
        "the desk's stills": stills_ms(recording),
    }
    for sent in (BY_ITSELF, AS_ASKED):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            encode(recording, sent, folder)
            received, pictures = asyncio.run(received_ms(folder, options.peers, options.seconds))
            decoded, converted = decoded_ms(folder), converted_ms(recording)
        packed = received - sum(decoded.values()) - converted
        parts = {
            "packets: received, decrypted, put together, handed on": packed,
            "decoding pictures": decoded["video"],
            "decoding sound, to 16 kHz": decoded["audio"],
            "converting pictures": converted,
            **rest,
        }
        print_table(sent, parts, sum(decoded.values()) + camera_networks + sound_networks)
        print(f"\nAnalysed: {pictures:.1f} pictures a second.", flush=True)


def print_table(sent: Sent, parts: dict[str, float], floor: float) -> None:
    how = f"{sent.frames_per_s} pictures a second, {sent.kbits} kbit/s, {sent.packet_ms} ms"
    print(f"\n### {sent.name}: {how}\n\n| part | CPU, ms a second |\n|---|---|")
    for name, ms in parts.items():
        print(f"| {name} | {ms:.1f} |")
    whole = sum(parts.values())
    print(f"| **together** | **{whole:.1f}** |\n| floor | {floor:.1f} |")
    print(f"| together, of the floor | {whole / floor:.2f} |")


if __name__ == "__main__":
    main()

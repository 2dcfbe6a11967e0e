"""The other end of `benchmarks/cost.py`: connections that send what was encoded before.

Run as a program it offers a connection for each line on stdin, prints the offer, and reads the
answer, until it is ended.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription


class Sent(NamedTuple):
    """How a browser sends."""

    name: str
    frames_per_s: int
    kbits: int  # a second, of pictures
    packet_ms: int  # of sound


BY_ITSELF = Sent("as browsers send by themselves", 15, 1000, 20)
AS_ASKED = Sent("as they are asked to", 8, 600, 60)
PLAYS_S = 10  # of the recording, over and over
RATES = {"video": 90_000, "audio": 48_000}


def encode(recording: Path, sent: Sent, folder: Path) -> None:
    kbits, packet_ms = f"{sent.kbits}k", str(sent.packet_ms)
    pictures = ["-an", "-vf", f"fps={sent.frames_per_s}", "-c:v", "libvpx", "-deadline", "realtime"]
    pictures += ["-cpu-used", "8", "-b:v", kbits, "-maxrate", kbits, "-minrate", kbits]
    pictures += ["-bufsize", kbits, "-g", "3000"]
    sound = ["-vn", "-c:a", "libopus", "-ac", "1", "-b:a", "32k", "-frame_duration", packet_ms]
    for kind, options in (("video", pictures), ("audio", sound)):
        file = folder / f"{kind}.webm"
        command = ["ffmpeg", "-nostdin", "-y", "-loglevel", "error", "-t", str(PLAYS_S)]
        command += ["-i", str(recording), *options, "-threads", "1", str(file)]
        subprocess.run(command, check=True)


def packets(folder: Path, kind: str) -> list[tuple[float, bytes]]:
    """When each is due, in s, and what is in it."""
    with av.open(str(folder / f"{kind}.webm")) as file:
        stream: Any = file.streams.get({kind: 0})[0]
        found = [one for one in file.demux(stream) if one.pts is not None]
        return [(float(one.pts * one.time_base), bytes(one)) for one in found]


class Playing(MediaStreamTrack):
    """Packets at their times, over and over."""

    def __init__(self, kind: str, pieces: Sequence[tuple[float, bytes]]) -> None:
        super().__init__()
        self.kind = kind
        self._pieces = pieces
        self._length_s = 2 * pieces[-1][0] - pieces[-2][0]
        self._number = 0
        self._begun = 0.0

    async def recv(self) -> Any:
        now = asyncio.get_running_loop().time()
        self._begun = self._begun or now
        laps, number = divmod(self._number, len(self._pieces))
        self._number += 1
        due_s = laps * self._length_s + self._pieces[number][0]
        await asyncio.sleep(max(0.0, self._begun + due_s - now))
        packet = av.Packet(self._pieces[number][1])
        rate = RATES[self.kind]
        packet.pts, packet.time_base = round(due_s * rate), Fraction(1, rate)
        return packet


async def send(folder: Path) -> None:
    kept = []
    pieces = {kind: packets(folder, kind) for kind in RATES}
    while await asyncio.to_thread(sys.stdin.readline):
        connection = RTCPeerConnection()
        for kind in RATES:
            connection.addTrack(Playing(kind, pieces[kind]))
        await connection.setLocalDescription(await connection.createOffer())
        print(json.dumps(connection.localDescription.sdp), flush=True)
        answer = json.loads(await asyncio.to_thread(sys.stdin.readline))
        await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        kept.append(connection)


if __name__ == "__main__":
    asyncio.run(send(Path(sys.argv[1])))

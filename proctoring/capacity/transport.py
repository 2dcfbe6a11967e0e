"""What it costs to receive one candidate by WebRTC: packets, sealing, decoding, thinning.

Real peers in this process. Those that send run on a thread of their own, whose time is taken off.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any

from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from proctoring.live.capture import Capture
from proctoring.load.clip import Clip
from proctoring.load.playing import Playing
from proctoring.load.webrtc import PacketTrack

CONNECTS_WITHIN_S = 30.0
SETTLES_S = 1.0


class _Loop:
    """An event loop on a thread of its own, which tells its processor time."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def start(self, work: Coroutine[Any, Any, Any]) -> Future[Any]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def cpu_s(self) -> float:
        async def told() -> float:
            return time.thread_time()

        used: float = self.start(told()).result(CONNECTS_WITHIN_S)
        return used

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CONNECTS_WITHIN_S)
        self._loop.close()


def webrtc_ms(clip: Clip, seconds: float, frames_per_s: float, peers: int = 2) -> float:
    """Processor time for one second of one candidate, in ms. Raises TimeoutError."""
    sending, receiving = _Loop(), _Loop()
    pairs = [_Pair(clip, number / peers, frames_per_s) for number in range(peers)]
    try:
        for pair in pairs:
            pair.connect(sending, receiving)
        time.sleep(SETTLES_S)
        begun, own, senders = time.monotonic(), time.process_time(), sending.cpu_s()
        time.sleep(seconds)
        took = time.monotonic() - begun
        used = time.process_time() - own - (sending.cpu_s() - senders)
        return used * 1000 / took / peers
    finally:
        for pair in pairs:
            pair.close(sending, receiving)
        for loop in (sending, receiving):
            loop.close()


class _Pair:
    def __init__(self, clip: Clip, phase: float, frames_per_s: float) -> None:
        self._playing = Playing(clip, phase * clip.duration_s, (), lambda sent: None)
        begun = time.monotonic()
        self._capture = Capture(
            lambda sample: None, lambda: time.monotonic() - begun, frames_per_s=frames_per_s
        )
        self._reading: set[asyncio.Task[None]] = set()
        self._is_up = threading.Event()
        self._ends: dict[str, RTCPeerConnection] = {}

    def connect(self, sending: _Loop, receiving: _Loop) -> None:
        """Raises TimeoutError."""
        offer = sending.start(self._offer()).result(CONNECTS_WITHIN_S)
        answer = receiving.start(self._answer(offer)).result(CONNECTS_WITHIN_S)
        sending.start(self._ends["from"].setRemoteDescription(answer)).result(CONNECTS_WITHIN_S)
        if not self._is_up.wait(CONNECTS_WITHIN_S):
            raise TimeoutError("Two peers on this machine found no way to each other.")

    def close(self, sending: _Loop, receiving: _Loop) -> None:
        for name, loop in (("from", sending), ("to", receiving)):
            if name in self._ends:
                loop.start(self._ends[name].close()).result(CONNECTS_WITHIN_S)
        receiving.start(self._rest()).result(CONNECTS_WITHIN_S)

    async def _offer(self) -> RTCSessionDescription:
        peer = self._ends["from"] = RTCPeerConnection()
        for kind in ("video", "audio"):
            peer.addTransceiver(PacketTrack(kind, self._playing), "sendonly")
        await peer.setLocalDescription(await peer.createOffer())
        return peer.localDescription

    async def _answer(self, offer: RTCSessionDescription) -> RTCSessionDescription:
        peer = self._ends["to"] = RTCPeerConnection()

        @peer.on("track")
        def on_track(track: MediaStreamTrack) -> None:
            self._reading.add(asyncio.ensure_future(self._read(track)))

        await peer.setRemoteDescription(offer)
        await peer.setLocalDescription(await peer.createAnswer())
        return peer.localDescription

    async def _read(self, track: MediaStreamTrack) -> None:
        try:
            while True:
                frame: Any = await track.recv()
                if track.kind == "video":
                    self._is_up.set()
                    self._capture.on_video(frame)
                else:
                    self._capture.on_sound(frame)
        except MediaStreamError:
            pass

    async def _rest(self) -> None:
        for task in self._reading:
            task.cancel()
        await asyncio.gather(*self._reading, return_exceptions=True)

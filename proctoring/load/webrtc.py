"""A browser's side of WebRTC that sends what is encoded already."""

from __future__ import annotations

import asyncio
import json
from fractions import Fraction
from typing import Any

import av
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCIceServer,
    RTCPeerConnection,
    RTCSessionDescription,
)

from proctoring.load.page import Page, PageError
from proctoring.load.playing import Playing

CONNECTS_WITHIN_S = 60.0
FRAME = "webrtc_streamer"
STOPPED = {"playing": False, "sdpOffer": "", "iceCandidates": {}}


class PacketTrack(MediaStreamTrack):
    """aiortc sends a packet as it is, where a frame would be encoded anew for each candidate."""

    def __init__(self, kind: str, playing: Playing) -> None:
        super().__init__()
        self.kind = kind
        self._playing = playing
        self._pieces = playing.clip.video if kind == "video" else playing.clip.audio
        self._time_base = Fraction(1, 90_000 if kind == "video" else 48_000)
        self._number = playing.first(self._pieces)

    async def recv(self) -> Any:
        playing, number = self._playing, self._number
        due_s = playing.due_s(self._pieces, number)
        if (wait_s := due_s - playing.t) > 0:
            await asyncio.sleep(wait_s)
        packet = av.Packet(self._pieces[number % len(self._pieces)].data)
        packet.pts, packet.time_base = round(due_s / self._time_base), self._time_base
        if self.kind == "video":
            playing.note(self._pieces, number - 1, number)
        self._number += 1
        return packet


class Sender:
    """Offers over the exam page, as the page's own frame does. `close` when done."""

    def __init__(self, page: Page, playing: Playing) -> None:
        self._page = page
        self._playing = playing
        self._connection: RTCPeerConnection | None = None
        self.gone = asyncio.Event()  # the connection was there and is no more

    async def open(self) -> None:
        """Raises PageError."""
        found = self._page.frame(FRAME)
        if found is None:
            raise PageError(f"The exam page asks for no camera. It says: {self._page.words()}")
        frame, asked = found
        self._connection = connection = RTCPeerConnection(_configuration(asked))
        wanted = asked["media_stream_constraints"]
        for kind in ("video", "audio"):
            if wanted[kind]:
                connection.addTransceiver(PacketTrack(kind, self._playing), "sendonly")
        connected = asyncio.Event()

        @connection.on("connectionstatechange")
        async def on_change() -> None:
            if connection.connectionState == "connected":
                connected.set()
            elif connection.connectionState in ("failed", "closed"):
                self.gone.set()

        await connection.setLocalDescription(await connection.createOffer())
        answer = await self._ask(frame)
        await connection.setRemoteDescription(RTCSessionDescription(**answer))
        self._page.set(frame, json_value=json.dumps(STOPPED | {"playing": True}))
        await self._page.run()
        try:
            await asyncio.wait_for(connected.wait(), CONNECTS_WITHIN_S)
        except TimeoutError:
            raise PageError("No way to the server was found for picture and sound.") from None

    async def _ask(self, frame: str) -> dict[str, str]:
        """The answer to our offer. Raises PageError."""
        assert self._connection is not None
        offer = self._connection.localDescription
        said = STOPPED | {"sdpOffer": {"sdp": offer.sdp, "type": offer.type}}
        self._page.set(frame, json_value=json.dumps(said))
        await self._page.run()
        found = self._page.frame(FRAME)
        answer = found and found[1].get("sdp_answer_json")
        if not answer:
            raise PageError(f"The server did not answer an offer. It says: {self._page.words()}")
        told: dict[str, str] = json.loads(answer)
        return told

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()


def _configuration(asked: dict[str, Any]) -> RTCConfiguration:
    servers = (asked.get("rtc_configuration") or {}).get("iceServers") or []
    return RTCConfiguration(
        [RTCIceServer(s["urls"], s.get("username"), s.get("credential")) for s in servers]
    )

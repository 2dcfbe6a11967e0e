"""The socket by which an exam page sends picture and sound where WebRTC finds no way.

Its first message says how it sends sound: `codec` "pcm" or "opus", `rate` in Hz or 0 for none.
Then come binary messages, a letter and what it is about: "V", a JPEG; "A", the number of a piece of
sound (32 bits), the time of its end by the page's clock (64-bit float, s; both little-endian), and
16-bit mono samples, or Opus packets as `proctoring.media.opus` reads them. Each is answered, and a
page waits with its next picture for the answer; it keeps sound until then, and sends it again over
the next socket. Of a piece with packets that cannot be decoded the answer says so: what they held
was not heard, which coverage shows, and the page sends samples if it goes on.
"""

from __future__ import annotations

import asyncio
import math
import struct
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from starlette.routing import BaseRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from proctoring.access.limits import Rate
from proctoring.access.tokens import SITS, Refused
from proctoring.api import guard
from proctoring.api.pace import keep_to
from proctoring.check_in.pictures import MOST_BYTES, Unreadable, decode_jpeg
from proctoring.live.seats import Seat
from proctoring.live.snapshots import Snapshots
from proctoring.media.opus import Decoded, OpusStream
from proctoring.media.pcm import PcmStream
from proctoring.services import Services
from proctoring.types import Capability

ELSEWHERE = 4001  # why a socket closes, as in the check-in
SOUND = struct.Struct("<Id")
MOST_SOUND = 2 * 96_000  # bytes: a second at the highest rate
MOST_PICTURES_PER_S = 15.0
MOST_SOUNDS_PER_S = 6.0  # a piece is half a second; what waited comes at once
MOST_WAITED = 60  # pieces
MOST_UNREADABLE = 20  # of one socket

Message = dict[str, Any]


def routes(services: Services) -> list[BaseRoute]:
    pictures = Rate(MOST_PICTURES_PER_S, burst=30)  # by participant, as is the other
    sounds = Rate(MOST_SOUNDS_PER_S, burst=MOST_WAITED)

    async def media(socket: WebSocket, bearer: Capability, hello: Message) -> None:
        sender = Sender(services, socket, bearer.participant_id or "", hello)
        await sender.serve(pictures, sounds)

    return [guard.guarded_socket(services, "/api/media", SITS, media)]


class Sender:
    """One open socket. Raises ValueError for a hello that no page says."""

    def __init__(
        self, services: Services, socket: WebSocket, participant_id: str, hello: Message
    ) -> None:
        self._services = services
        self._socket = socket
        self._id = participant_id
        self._page = int(hello.get("page", 0))
        self._name = str(hello.get("sender", ""))[:64]
        self._decode = _decoder(str(hello.get("codec", "pcm")), int(hello.get("rate", 0)))
        self._unreadable = 0

    async def serve(self, pictures: Rate, sounds: Rate) -> None:
        seat = self._seat()
        if seat is None:
            return await self._socket.close(ELSEWHERE)
        taking = self._taking(seat)
        frames_per_s = self._services.pictures_per_s(self._id)
        await self._socket.send_json(
            {"type": "ready", "frames_per_s": frames_per_s, "heard": taking.heard}
        )
        with suppress(WebSocketDisconnect):
            while True:
                data = await _receive(self._socket)
                if self._seat() is not seat:
                    return await self._socket.close(ELSEWHERE)
                letter, body = data[:1], data[1:]
                if letter == b"V":
                    await keep_to(pictures, self._id)
                    await self._socket.send_json(await self._see(taking, body))
                elif letter == b"A" and len(body) > SOUND.size:
                    await keep_to(sounds, self._id)
                    await self._socket.send_json(await self._hear(taking, body))
                else:
                    raise Refused

    async def _see(self, taking: Snapshots, jpeg: bytes) -> Message:
        try:
            is_seen = await asyncio.to_thread(taking.see, partial(decode_jpeg, jpeg))
        except Unreadable as error:
            self._unreadable += 1
            if self._unreadable > MOST_UNREADABLE:
                raise Refused from error
            return {"type": "seen", "is": "unreadable"}
        return {"type": "seen", "is": "analysed" if is_seen else "too soon"}

    async def _hear(self, taking: Snapshots, body: bytes) -> Message:
        number, ended_s = SOUND.unpack_from(body)
        if self._decode is None or not math.isfinite(ended_s):
            raise Refused
        answer: Message = {"type": "heard"}
        if number > taking.heard:
            found = await asyncio.to_thread(self._decode, body[SOUND.size :])
            taking.hear(number, ended_s, found.stretches)
            if found.damaged:
                answer["is"] = "damaged"
        return answer | {"number": taking.heard}

    def _seat(self) -> Seat | None:
        seat = self._services.seat(self._id)
        return seat if seat and seat.page == self._page else None

    def _taking(self, seat: Seat) -> Snapshots:
        """This page's, which may have had a socket before."""
        if seat.snapshots is None or seat.snapshots[0] != self._name:
            rate = self._services.pictures_per_s(self._id)
            taking = Snapshots(seat.session.offer, seat.session.clock, frames_per_s=rate)
            seat.snapshots = (self._name, taking)
        return seat.snapshots[1]


async def _receive(socket: WebSocket) -> bytes:
    received = await socket.receive()
    if received["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(received.get("code", 1000))
    data = received.get("bytes")
    if data is None or not 1 < len(data) <= max(MOST_BYTES, MOST_SOUND) + SOUND.size + 1:
        raise Refused
    return bytes(data)


def _decoder(codec: str, rate: int) -> Callable[[bytes], Decoded] | None:
    """Of one socket's pieces. Raises ValueError for what no browser sends."""
    if not rate:
        return None
    if codec == "opus":
        return OpusStream().take
    if codec != "pcm":
        raise ValueError(codec)
    stream = PcmStream(rate)
    return lambda data: Decoded(((0.0, stream.take(data)),))

"""Picture and sound over the exam page's own socket, as where WebRTC finds no way."""

from __future__ import annotations

import asyncio
import json
import struct
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from proctoring.ids import new_id
from proctoring.load.clip import PCM_RATE, PCM_S
from proctoring.load.lines import connected
from proctoring.load.page import PageError
from proctoring.load.playing import Playing

SOUND = struct.Struct("<Id")
ANSWERS_WITHIN_S = 20.0


class Sender:
    """`close` when done."""

    def __init__(self, link: str, pass_: str, page: int, playing: Playing) -> None:
        self._link = link
        self._hello = {"pass": pass_, "page": page, "sender": new_id(), "rate": PCM_RATE}
        self._playing = playing
        self._socket: ClientConnection | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._seen = asyncio.Event()  # the answer to the last picture has come
        self.gone = asyncio.Event()

    async def open(self) -> None:
        """Raises PageError."""
        self._socket = await connected(self._link, "/api/media")
        try:
            await self._socket.send(json.dumps(self._hello))
            ready = json.loads(await asyncio.wait_for(self._socket.recv(), ANSWERS_WITHIN_S))
        except (ConnectionClosed, TimeoutError) as error:
            raise PageError("The server takes no pictures of this candidate.") from error
        sending = (self._hear(), self._show(1 / ready["frames_per_s"]), self._speak())
        self._tasks = [asyncio.create_task(self._guarded(one)) for one in sending]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._socket is not None:
            await self._socket.close()

    async def _guarded(self, work: Any) -> None:
        with suppress(ConnectionClosed):
            await work
        self.gone.set()

    async def _hear(self) -> None:
        assert self._socket is not None
        async for text in self._socket:
            if json.loads(text)["type"] == "seen":
                self._seen.set()

    async def _show(self, every_s: float) -> None:
        """The newest picture; the next one follows its answer."""
        assert self._socket is not None
        playing, pictures = self._playing, self._playing.clip.video
        last = playing.first(pictures) - 1
        while True:
            begun_s = playing.t
            number = playing.newest(pictures)
            self._seen.clear()
            await self._socket.send(b"V" + pictures[number % len(pictures)].data)
            playing.note(pictures, last, number)
            last = number
            await self._seen.wait()
            await asyncio.sleep(max(0.0, every_s - (playing.t - begun_s)))

    async def _speak(self) -> None:
        assert self._socket is not None
        playing, sound = self._playing, self._playing.clip.audio
        first = number = playing.first(sound)
        while True:
            ends_s = playing.due_s(sound, number) + PCM_S
            await asyncio.sleep(max(0.0, ends_s - playing.t))
            head = SOUND.pack(number - first + 1, ends_s)
            await self._socket.send(b"A" + head + sound[number % len(sound)].data)
            number += 1

"""The app's own sockets: an exam page's line to the server, and a desk's."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from proctoring.ids import new_id
from proctoring.load.page import OPENS_WITHIN_S, Page, PageError, address_of

BEAT_EVERY_S = 5.0
WORDS = "visible focused"  # how a page stands that nobody has left
MOST_MESSAGE = 16 * 2**20  # bytes


async def connected(link: str, path: str) -> ClientConnection:
    """A socket of the server that the link leads to. Raises PageError."""
    url, origin = address_of(link, path)
    try:
        return await connect(
            url,
            origin=origin,
            proxy=None,
            compression=None,
            open_timeout=OPENS_WITHIN_S,
            max_size=MOST_MESSAGE,
        )
    except (OSError, TimeoutError, InvalidHandshake, InvalidURI) as error:
        raise PageError(f"The socket {path} does not open: {error}") from error


class ExamLine:
    """What an exam page is told, and that it is there."""

    def __init__(self, link: str, pass_: str, page: int) -> None:
        self._link = link
        self._hello = {"pass": pass_, "page": page, "language": "en"}
        self._socket: ClientConnection | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.status: dict[str, Any] = {}  # the newest
        self.gone = asyncio.Event()

    async def open(self) -> None:
        """Raises PageError."""
        self._socket = await connected(self._link, "/api/exam")
        self._tasks = [asyncio.create_task(one) for one in (self._hear(), self._beat())]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._socket is not None:
            await self._socket.close()

    async def _hear(self) -> None:
        assert self._socket is not None
        with suppress(ConnectionClosed):
            await self._socket.send(json.dumps(self._hello))
            async for text in self._socket:
                message = json.loads(text)
                if message["type"] == "status":
                    self.status = message
        self.gone.set()

    async def _beat(self) -> None:
        assert self._socket is not None
        prefix = new_id()
        with suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(BEAT_EVERY_S)
                beat = {"type": "beat", "page": prefix, "count": 0, "detail": WORDS}
                await self._socket.send(json.dumps(beat))


class DeskLine:
    """What a proctor's desk shows: whose incident, of which kind, and when it came."""

    def __init__(self, link: str) -> None:
        self._link = link
        self._socket: ClientConnection | None = None
        self._hearing: asyncio.Task[None] | None = None
        self._known: set[str] = set()  # ids of occurrences
        self.names: dict[str, str] = {}  # by participant id
        self.came: list[tuple[str, str, float]] = []  # participant id, kind, loop's clock in s

    async def open(self) -> None:
        """By the page that the link leads to. Raises PageError."""
        page = await Page.open(self._link)
        found = page.component("desk")
        words = page.words()
        await page.close()
        if found is None:
            raise PageError(f"The link opens no desk. The page says: {words}")
        self._socket = await connected(self._link, "/api/desk")
        await self._socket.send(json.dumps({"pass": found[1]["pass"], "desk": new_id()}))
        self._hearing = asyncio.create_task(self._hear())

    async def close(self) -> None:
        if self._hearing is not None:
            self._hearing.cancel()
            await asyncio.gather(self._hearing, return_exceptions=True)
        if self._socket is not None:
            await self._socket.close()

    async def _hear(self) -> None:
        assert self._socket is not None
        with suppress(ConnectionClosed):
            async for data in self._socket:
                if isinstance(data, bytes):
                    continue  # a picture, for people
                message = json.loads(data)
                if message["type"] == "candidates":
                    self.names |= {one["id"]: one["name"] for one in message["candidates"]}
                    taken = {"type": "taken", "number": message["number"]}
                    await self._socket.send(json.dumps(taken))
                elif message["type"] == "incidents":
                    self._note(message["incidents"])

    def _note(self, incidents: list[dict[str, Any]]) -> None:
        now = asyncio.get_running_loop().time()
        for one in incidents:
            for occurrence in one["occurrences"]:
                if occurrence["id"] not in self._known:
                    self._known.add(occurrence["id"])
                    self.came.append((one["participant_id"], one["kind"], now))

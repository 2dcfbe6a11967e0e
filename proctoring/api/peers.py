"""The other servers that hold candidates of a meeting, as one desk sees them.

A desk asks each of them itself: by the desk's own protocol, and with its bearer's own pass,
so that each server decides what this bearer may see, and a link that is revoked ends here and
there. Incidents come by the store; what comes from here is what no store has: who is in touch,
what is measured now, and the newest stills. All of it is used on the server's loop.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.headers import build_host
from websockets.typing import Origin

from proctoring.live.desks import DeskName
from proctoring.live.session import Still
from proctoring.services import Services
from proctoring.store import Presence, StoreError
from proctoring.types import Capability

LOOK_EVERY_S = 2.0  # which servers there are
AGAIN_AFTER_S = 1.0
CONNECT_WITHIN_S = 3.0
SILENT_AFTER_S = 10.0  # a server speaks every second
MOST_MESSAGE = 16 * 2**20  # bytes; 5000 candidates are some 5 MB
RELAY = "relay"  # in the hello of a server that asks for a desk of its own
ELSEWHERE = "elsewhere"  # the mark of a candidate whose server cannot be heard

View = dict[str, Any]
_log = logging.getLogger(__name__)


class Peers:
    """Those of one desk. Without `followed` there are none."""

    def __init__(
        self, services: Services, bearer: Capability, desk: DeskName | None = None
    ) -> None:
        """`desk`: what the others are told that it is called."""
        self._services = services
        self._bearer = bearer
        self._hello: View = {"desk": desk.id, "name": desk.name} if desk else {}
        self._peers: dict[str, Peer] = {}  # by the server's name
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @asynccontextmanager
    async def followed(self) -> AsyncIterator[None]:
        if not self._services.settings.replica:
            yield
            return
        looking = asyncio.create_task(self._look())
        try:
            yield
        finally:
            for task in (looking, *self._tasks.values()):
                task.cancel()

    @property
    def problem(self) -> str:
        """Empty when all is well, or sentences for the proctor."""
        return " ".join(filter(None, (peer.problem for peer in self._peers.values())))

    def has(self, participant_id: str) -> bool:
        return any(peer.view(participant_id) for peer in self._peers.values())

    def still(self, server: str, participant_id: str) -> Still | None:
        peer = self._peers.get(server)
        return peer.stills.get(participant_id) if peer else None

    def merge(self, own: Iterable[View]) -> list[View]:
        """This server's views, with those of others where they know more."""
        return [self._merged(view) for view in own]

    def _merged(self, own: View) -> View:
        if "in_exam" in own["marks"] or own["finished_at"]:
            return own
        views = [view for peer in self._peers.values() if (view := peer.view(own["id"]))]
        views.sort(key=lambda view: "in_exam" not in view["marks"])
        if views and ("in_exam" in views[0]["marks"] or not own["is_running"]):
            return views[0]
        for peer in self._peers.values():
            if not peer.is_heard and own["id"] in peer.presence.participant_ids:
                return own | {"marks": [ELSEWHERE], "server": peer.presence.replica}
        return own

    async def _look(self) -> None:
        while True:
            try:
                found = await asyncio.to_thread(self._services.elsewhere, self._bearer.meeting_id)
            except StoreError:
                pass  # those that are known are asked on: they need no store for it
            else:
                self._take({presence.replica: presence for presence in found})
            await asyncio.sleep(LOOK_EVERY_S)

    def _take(self, found: dict[str, Presence]) -> None:
        for name, presence in found.items():
            if name in self._peers:
                self._peers[name].presence = presence
            else:
                peer = self._peers[name] = Peer(presence, self._make_hello)
                self._tasks[name] = asyncio.create_task(peer.follow())
        for name in self._peers.keys() - found.keys():
            if not self._peers[name].is_of_use:
                del self._peers[name]
                self._tasks.pop(name).cancel()

    def _make_hello(self) -> View:
        return {"pass": self._services.admission.make_pass(self._bearer), RELAY: True} | self._hello


class Peer:
    """Another server, and what it told last."""

    def __init__(self, presence: Presence, make_hello: Callable[[], View]) -> None:
        self.presence = presence  # the newest
        self.stills: dict[str, Still] = {}  # by participant id
        self._make_hello = make_hello
        self._views: dict[str, View] = {}
        self._its_problem = ""
        self._told_at = float("-inf")  # monotonic, s
        self._sought_since = time.monotonic()  # since when it was not heard

    @property
    def is_heard(self) -> bool:
        return time.monotonic() - self._told_at < SILENT_AFTER_S

    @property
    def is_of_use(self) -> bool:
        """Though the store does not name it any more."""
        return self.is_heard and bool(self._views)

    @property
    def problem(self) -> str:
        name = self.presence.replica
        if self.is_heard:
            return f"Server {name}: {self._its_problem}" if self._its_problem else ""
        if time.monotonic() - self._sought_since < CONNECT_WITHIN_S:
            return ""
        return (
            f"Server {name} cannot be reached from this one: its candidates are shown without"
            " pictures. Their incidents come all the same."
        )

    def view(self, participant_id: str) -> View | None:
        """As it was told, with the server's name; the picture ages while nothing is told."""
        view = self._views.get(participant_id) if self.is_heard else None
        if view is None:
            return None
        age = view["picture_age_s"]
        if age is not None:
            age = round(age + time.monotonic() - self._told_at, 1)
        return view | {"server": self.presence.replica, "picture_age_s": age}

    async def follow(self) -> None:
        while True:
            try:
                await self._listen()
            except Exception as error:  # a server of another version may send anything
                # Only what kind of error it is: its text may hold what was sent.
                _log.info("server %s: %s", self.presence.replica, type(error).__name__)
            if self.is_heard:
                self._told_at, self._sought_since = float("-inf"), time.monotonic()
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _listen(self) -> None:
        """Until it hangs up or falls silent. Raises what sockets raise."""
        base = urlsplit(self.presence.url)
        is_secure = base.scheme == "https"
        host = build_host(
            base.hostname or "", base.port or (443 if is_secure else 80), secure=is_secure
        )
        async with connect(
            f"{'wss' if is_secure else 'ws'}://{host}{base.path}/api/desk",
            origin=Origin(f"{base.scheme}://{host}"),
            proxy=None,
            compression=None,  # most of it are pictures
            open_timeout=CONNECT_WITHIN_S,
            close_timeout=1,
            max_size=MOST_MESSAGE,
        ) as socket:
            await socket.send(json.dumps(self._make_hello()))
            while True:
                message = await asyncio.wait_for(socket.recv(), SILENT_AFTER_S)
                if isinstance(message, bytes):
                    participant_id, jpeg = unpack(message)
                    self.stills[participant_id] = Still(jpeg, datetime.now(UTC))
                elif number := self._hear(json.loads(message)):
                    await socket.send(json.dumps({"type": "taken", "number": number}))

    def _hear(self, message: View) -> int:
        """The number to acknowledge, or 0."""
        match message:
            case {"type": "candidates", "number": int(number), "candidates": list(views)}:
                self._views = {view["id"]: view for view in views}
                self.stills = {i: s for i, s in self.stills.items() if i in self._views}
                self._told_at = time.monotonic()
                return number
            case {"type": "server", "problem": str(problem)}:
                self._its_problem = problem
        return 0


def pack(participant_id: str, jpeg: bytes) -> bytes:
    """A still as desks get it."""
    name = participant_id.encode()
    return bytes([len(name)]) + name + jpeg


def unpack(packed: bytes) -> tuple[str, bytes]:
    """Raises ValueError."""
    if not packed:
        raise ValueError("a still without a name")
    end = 1 + packed[0]
    return packed[1:end].decode(), packed[end:]

"""The socket of the check-in: pictures and sound in, what to do about them out, within a second.

A page sends one thing and waits for its answer: text is JSON, binary is a letter and what it is
about. Nothing that comes in is kept; what is learned is saved as the exam itself saves it. Looking
is done on few threads, which give way to those of running exams.
"""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from starlette.routing import BaseRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from proctoring.access.limits import Rate
from proctoring.access.tokens import SITS, Refused
from proctoring.acts.standing import standing
from proctoring.api import guard
from proctoring.api.check_in_path import NotAnOffer, Paths
from proctoring.api.check_in_steps import Lessons
from proctoring.api.ice import configuration_of
from proctoring.api.pace import keep_to
from proctoring.check_in.pictures import Unreadable
from proctoring.language.again import again
from proctoring.services import Services
from proctoring.store import StoreError
from proctoring.types import Capability

WORKERS = 2  # of the whole server
NICE = 10  # the least that lets a busy exam go first
MOST_WAITING = 64  # looks of the whole server; whoever comes then is told to wait
BUSY_MS = 2000
MOST_MESSAGE = 400_000  # bytes
MOST_UNREADABLE = 20  # of one socket
FILL = 64 * 1024  # bytes of one measurement of the line
MOST_FILLS = 24  # of one measurement, up and down together: 1.5 MB
SAID = ("text", "trouble")  # parts of an answer that a candidate reads
BEGUN, ELSEWHERE = 4000, 4001  # why a socket closes: of the codes that applications may use

Message = dict[str, Any]


def routes(services: Services) -> list[BaseRoute]:
    room = Room(services)

    async def check_in(socket: WebSocket, bearer: Capability, hello: Message) -> None:
        await room.receive(socket, bearer.participant_id or "", guard.language_of(hello))

    return [guard.guarded_socket(services, "/api/check-in", SITS, check_in)]


class Room:
    """All who are checking in at this server."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.paths = Paths(configuration_of(services))
        self.newest: dict[str, Visit] = {}  # by participant id
        self.messages = Rate(per_s=15.0, burst=40)  # by participant, as are the others
        self.looks = Rate(per_s=5.0, burst=5)
        self.measurements = Rate(per_s=0.1, burst=4)
        self._pool = ThreadPoolExecutor(WORKERS, "check-in", _give_way)
        self._waiting = 0

    async def receive(self, socket: WebSocket, participant_id: str, language: str) -> None:
        """Until the page hangs up, or the exam begins. Of two pages the newer one is heard."""
        visit = self.newest[participant_id] = Visit(self, socket, participant_id, language)
        try:
            await visit.serve()
        finally:
            if self.newest.get(participant_id) is visit:
                del self.newest[participant_id]
                await self.paths.close(participant_id)

    async def look(self, work: Any, *given: object) -> Message:
        """What `work` finds, on a thread of the check-in's own."""
        if self._waiting >= MOST_WAITING:
            return {"type": "busy", "wait_ms": BUSY_MS}
        self._waiting += 1
        try:
            found: Message = await asyncio.get_running_loop().run_in_executor(
                self._pool, work, *given
            )
            return found
        finally:
            self._waiting -= 1


class Visit:
    """One open socket."""

    def __init__(self, room: Room, socket: WebSocket, participant_id: str, language: str) -> None:
        self._room = room
        self._socket = socket
        self._id = participant_id
        self._language = language
        self._lessons: Lessons
        self._unreadable = 0
        self._fills = 0  # that may still come

    async def serve(self) -> None:
        store = self._room.services.store
        participant = await asyncio.to_thread(store.participant, self._id)
        meeting = await asyncio.to_thread(store.meeting, participant.meeting_id)
        acts = await asyncio.to_thread(store.acts, self._id)
        held = standing(acts, datetime.now(UTC))
        self._lessons = Lessons(self._room.services, meeting, self._id, held.adjustments)
        await self._socket.send_json(await asyncio.to_thread(self._lessons.status))
        with suppress(WebSocketDisconnect):
            while await self._is_wanted():
                answer = await self._answer(await self._next())
                if isinstance(answer, bytes):
                    await self._socket.send_bytes(answer)
                else:
                    await self._socket.send_json(_told(answer, self._language))

    async def _is_wanted(self) -> bool:
        """Closes the socket of an older page, and of who has begun."""
        if self._room.newest.get(self._id) is not self:
            await self._socket.close(ELSEWHERE)
            return False
        if self._lessons.is_over:
            await self._socket.close(BEGUN)
            return False
        return True

    async def _next(self) -> Message | bytes:
        """Raises Refused for what is too long, and for what is neither text nor bytes."""
        received = await self._socket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received.get("code", 1000))
        text, data = received.get("text"), received.get("bytes")
        await keep_to(self._room.messages, self._id)
        if text is not None:
            return guard.parse(text)
        if data is None or not 1 < len(data) <= MOST_MESSAGE:
            raise Refused
        return bytes(data)

    async def _answer(self, message: Message | bytes) -> Message | bytes:
        if isinstance(message, bytes):
            return await self._taken(message[:1].decode("latin-1"), message[1:])
        match message:
            case {"type": "ping", "n": int(number)}:
                return {"type": "pong", "n": number}
            case {"type": "measure"}:
                await keep_to(self._room.measurements, self._id)
                self._fills = MOST_FILLS
                return {"type": "measure", "bytes": FILL}
            case {"type": "fill"}:
                self._spend()
                return os.urandom(FILL)  # which nothing on the way can make smaller
            case {"type": "path", "sdp": str(offer)}:
                return await self._path(offer)
            case {"type": "path_done"}:
                await self._room.paths.close(self._id)
                return {"type": "path_done"}
            case {"type": "begin", "step": str(step)}:
                return await self._room.look(self._lessons.begin, step, message.get("rate", 0))
            case _:
                raise Refused

    async def _taken(self, letter: str, data: bytes) -> Message:
        if letter == "F":
            self._spend()
            return {"type": "filled", "bytes": len(data)}
        if letter != "A":  # sound comes as fast as it is spoken
            await keep_to(self._room.looks, self._id)
        try:
            return await self._room.look(self._lessons.take, letter, data)
        except Unreadable as error:
            self._unreadable += 1
            if self._unreadable > MOST_UNREADABLE:
                raise Refused from error
            return {"type": "unreadable"}
        except StoreError:
            return {"type": "unsaved"}

    async def _path(self, offer: str) -> Message:
        await keep_to(self._room.measurements, self._id)
        if self._room.paths.is_full:
            return {"type": "busy", "wait_ms": BUSY_MS}
        try:
            return {"type": "path", "sdp": await self._room.paths.answer(self._id, offer)}
        except NotAnOffer:
            raise Refused from None

    def _spend(self) -> None:
        if self._fills <= 0:
            raise Refused
        self._fills -= 1


def _told(answer: Message, language: str) -> Message:
    """What it says in words, in the candidate's language."""
    words = {name: again(answer[name], language) for name in SAID if answer.get(name)}
    return answer | words


def _give_way() -> None:
    """The thread that this runs on comes after others, where the system knows such a thing."""
    with suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)

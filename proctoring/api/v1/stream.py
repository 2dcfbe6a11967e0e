"""Pictures and sound of one candidate in, what is observed out: an exam without a browser.

    → {"type": "hello", "token": "…", "participant_id": "…"}      or the token in Authorization
    ← {"type": "welcome", "frames_per_s": 4.0, "sample_rate": 16000, "left_s": 5400}
    → binary: 0x01 and a JPEG; 0x02 and little-endian 16-bit mono samples at 16 kHz
    ← {"type": "taken", "pictures": 12, "analysed": 3, "samples": 8000}
    ← {"type": "observations", "signals": [{"signal", "state", "value", "reason"}]}
    ← {"type": "incident", "incident": {…}}      ← {"type": "warnings", "warnings": [{…}]}
    → {"type": "shown", "occurrence": "…"}       → {"type": "event", "id", "name", "detail"}
    → {"type": "finish"}                         ← {"type": "finished", "reason": "submitted"}

It is a seat like any other: the same samples, rules and records, and the same desk.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any

import numpy as np
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from proctoring.access.admission import TooMany
from proctoring.access.limits import Rate
from proctoring.access.tokens import Refused
from proctoring.api import guard
from proctoring.api.v1.door import Caller, is_still
from proctoring.api.v1.incidents import tell
from proctoring.api.v1.problems import Problem
from proctoring.api.v1.serving import PREFIX
from proctoring.api.v1.stream_words import FEEDS, end, greet, signals, utc_now, warning
from proctoring.live.capture import CHUNK_S, Capture
from proctoring.live.reports import RESERVED
from proctoring.live.seats import Seat, left_s
from proctoring.media import MediaError, decode_picture
from proctoring.services import NotNow, Services
from proctoring.store import StoreError
from proctoring.types import SAMPLE_RATE

PICTURE, SOUND = 1, 2
MOST_PICTURE = 1_000_000  # bytes
MOST_SOUND = 2 * SAMPLE_RATE * 10  # bytes: ten seconds
TELL_EVERY_S = 0.5
PER_S, BURST = 120.0, 600  # messages
SUBMITTED = "submitted"

Message = dict[str, Any]


def routes(services: Services) -> list[BaseRoute]:
    async def stream(socket: WebSocket) -> None:
        await socket.accept()
        address = guard.address_of(socket, services)
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            try:
                with services.admission.greeted.hold(address):
                    who, participant_id, hello = await greet(services, socket, address)
                with services.admission.sockets.hold(who.bearer.id if who.bearer else ""):
                    await Stream(services, socket, who, participant_id, hello).serve()
            except TooMany:
                await socket.close(guard.TRY_AGAIN_LATER)
            except (Problem, NotNow) as problem:
                await end(socket, getattr(problem, "detail", str(problem)))
            except (Refused, ValueError, KeyError):
                await end(socket, "This is no message of the protocol: see docs/api.md.")
            except StoreError as error:
                await end(socket, f"The records cannot be used now. {error}")

    return [WebSocketRoute(f"{PREFIX}/stream", stream)]


class Stream:
    """One open socket."""

    def __init__(
        self, services: Services, socket: WebSocket, who: Caller, person: str, hello: Message
    ) -> None:
        self._services = services
        self._socket = socket
        self._who = who
        self._person = person
        self._is_page = hello.get("page") is True  # it reports what a page reports
        self._sound = np.empty(0, np.float32)  # less than a chunk
        self._pictures = self._analysed = self._samples = 0
        self._warned: set[str] = set()
        self._rate = Rate(PER_S, BURST)

    async def serve(self) -> None:
        """Until either side ends it. Raises NotNow, StoreError, Refused, ValueError."""
        seat, capture, page = await asyncio.to_thread(self._open)
        await self._say("welcome", **self._welcome(seat))
        telling = asyncio.ensure_future(self._tell(seat, page))
        hearing = asyncio.ensure_future(self._hear(seat, capture))
        try:
            done, _ = await asyncio.wait({telling, hearing}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                await task
        finally:
            for task in (telling, hearing):
                task.cancel()
            await asyncio.wait({telling, hearing})
            if seat.page == page:
                seat.is_connected = False
                if self._is_page:
                    seat.session.attend(False)

    def _open(self) -> tuple[Seat, Capture, int]:
        if self._services.store.participant(self._person).finished_at:
            raise NotNow("The exam is over for this candidate.")
        return self._services.open_page(self._person)

    def _welcome(self, seat: Seat) -> Message:
        return {
            "participant_id": self._person,
            "frames_per_s": self._services.settings.frames_per_s,
            "sample_rate": SAMPLE_RATE,
            "left_s": left_s(seat, utc_now()),
        }

    # in --------------------------------------------------------------------------------------

    async def _hear(self, seat: Seat, capture: Capture) -> None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message.get("code", 1000))
            if wait_s := self._rate.wait_s("", time.monotonic()):
                await asyncio.sleep(wait_s)  # the client's own buffers fill, and it waits
            if data := message.get("bytes"):
                await self._take(capture, data)
            elif await self._heed(seat, guard.parse(message.get("text") or "")):
                return

    async def _take(self, capture: Capture, data: bytes) -> None:
        kind, content = data[0], data[1:]
        if kind == PICTURE and len(content) <= MOST_PICTURE:
            self._pictures += 1
            try:
                self._analysed += await asyncio.to_thread(
                    capture.take_array, lambda: decode_picture(content)
                )
            except MediaError as error:
                return await self._say("problem", detail=str(error))
        elif kind == SOUND and len(content) <= MOST_SOUND and len(content) % 2 == 0:
            self._listen(capture, content)
        else:
            raise Refused
        await self._say(
            "taken", pictures=self._pictures, analysed=self._analysed, samples=self._samples
        )

    def _listen(self, capture: Capture, content: bytes) -> None:
        piece = np.frombuffer(content, "<i2").astype(np.float32) / 32768
        self._samples += len(piece)
        self._sound = np.concatenate([self._sound, piece])
        length = int(CHUNK_S * SAMPLE_RATE)
        while len(self._sound) >= length:
            capture.take_sound(self._sound[:length])
            self._sound = self._sound[length:]

    async def _heed(self, seat: Seat, message: Message) -> bool:
        """Is it the end? Raises Refused."""
        match message:
            case {"type": "finish"}:
                await asyncio.to_thread(self._services.finish, self._person, SUBMITTED)
                await self._say("finished", reason=SUBMITTED)
                await self._socket.close()
                return True
            case {"type": "shown", "occurrence": str(occurrence_id)}:
                if occurrence_id in self._warned:
                    self._services.shown(occurrence_id)
            case {"type": "event", "id": str(event_id), "name": str(name)} if self._is_page:
                if name in RESERVED or len(event_id) > 64 or len(name) > 40:
                    raise Refused
                seat.session.report(event_id, name, str(message.get("detail", ""))[:200])
            case {"type": "beat", "page": str(prefix), "count": int(count)} if self._is_page:
                if len(prefix) > 48 or not 0 <= count <= 10**9:
                    raise Refused
                seat.session.beat(prefix, count, "")
            case _:
                raise Refused
        return False

    # out -------------------------------------------------------------------------------------

    async def _tell(self, seat: Seat, page: int) -> None:
        said: dict[str, Any] = {}
        revision = 0
        while seat.page == page and seat.session.status.is_running:
            if not await asyncio.to_thread(is_still, self._services, self._who, FEEDS):
                return await end(self._socket, "The token has ended.")
            seat.is_connected, seat.last_contact_t = True, seat.session.clock()
            if self._is_page:
                seat.session.attend(True)
            await self._say_new(said, "observations", "signals", signals(seat))
            with contextlib.suppress(StoreError):
                open_now = await asyncio.to_thread(
                    self._services.store.open_occurrences, self._person
                )
                self._warned |= {one.id for one in open_now}
                await self._say_new(said, "warnings", "warnings", [*map(warning, open_now)])
                revision = await self._say_incidents(seat.meeting_id, revision)
            await asyncio.sleep(TELL_EVERY_S)
        if seat.page != page:
            return await end(self._socket, "Another page or program has taken this seat.")
        person = await asyncio.to_thread(self._services.store.participant, self._person)
        await self._say("finished", reason=person.finish_reason)
        await self._socket.close()

    async def _say_incidents(self, meeting_id: str, revision: int) -> int:
        """What changed since. The revision to ask from next."""
        feed = await asyncio.to_thread(
            self._services.store.feed, meeting_id, revision, self._person
        )
        if feed.incidents:
            told = await asyncio.to_thread(tell, self._services, list(feed.incidents))
            for one in told:
                await self._say("incident", incident=one.model_dump(mode="json"))
        return feed.revision

    async def _say_new(self, said: dict[str, Any], kind: str, name: str, value: Any) -> None:
        """What did not change is not said again."""
        if said.get(kind) != value:
            said[kind] = value
            await self._say(kind, **{name: value})

    async def _say(self, kind: str, **content: Any) -> None:
        await self._socket.send_json({"type": kind, **content})

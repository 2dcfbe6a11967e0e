"""The socket of an exam page: what the candidate is told, and what the page reports.

The page is told what the store holds, so that nobody is told what was not saved. A socket
that closes ends nothing: the exam goes on, and the page comes back when it can.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from starlette.routing import BaseRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from proctoring.access.tokens import SITS, Refused
from proctoring.acts.acting import TooSoon
from proctoring.acts.kinds import BadAct
from proctoring.acts.talk import for_candidate
from proctoring.api import guard
from proctoring.api.status import status
from proctoring.language.again import again
from proctoring.live.reports import RESERVED
from proctoring.services import Seat, Services
from proctoring.store import Rejected, StoreError, Unknown
from proctoring.types import Capability, Meeting

LATER_S = 3.0  # an act that cannot be kept now comes again then
TELL_EVERY_S = 0.5  # what did not change is not sent again
EVENTS_PER_S = 20  # a page that reports more waits; nothing is lost
EVENT_ID = re.compile(r"[0-9a-f-]{1,64}")
PREFIX = re.compile(r"[0-9a-f-]{1,48}")
MOST_COUNTED = 10**9
MOST_AGO_MS = 24 * 3600 * 1000  # no exam is longer
EVENT_NAME = re.compile(r"[a-z][a-z_]{1,39}")
MAX_DETAIL = 200  # characters

Message = dict[str, Any]


def routes(services: Services) -> list[BaseRoute]:
    async def exam(socket: WebSocket, bearer: Capability, hello: Message) -> None:
        number = int(hello.get("page", 0))
        await Page(services, socket, bearer, number, guard.language_of(hello)).serve()

    return [guard.guarded_socket(services, "/api/exam", SITS, exam)]


class Page:
    """One open socket."""

    def __init__(
        self,
        services: Services,
        socket: WebSocket,
        bearer: Capability,
        number: int,
        language: str,
    ) -> None:
        self._services = services
        self._socket = socket
        self._bearer = bearer
        self._participant_id = bearer.participant_id or ""
        self._number = number
        self._language = language
        self._meeting: Meeting | None = None
        self._told: set[str] = set()  # ids of the occurrences that went out
        self._shown: set[str] = set()

    async def serve(self) -> None:
        """Until the page hangs up or says what it must not."""
        telling = asyncio.create_task(self._tell())
        is_refused = False
        try:
            while True:
                await self._hear(await guard.receive(self._socket))
        except WebSocketDisconnect:
            pass
        except Refused:
            is_refused = True
        finally:
            telling.cancel()
            if seat := self._seat():
                seat.is_connected = False
                seat.session.attend(False)
        if is_refused:
            await self._socket.close(guard.POLICY_VIOLATION)

    async def _tell(self) -> None:
        last: Message = {}
        said: list[Message] | None = None  # none is told, too
        with suppress(WebSocketDisconnect):
            while True:
                with suppress(StoreError):  # what was told stands until the store is back
                    message = await self._message()
                    if message != last:
                        await self._socket.send_json(message)
                        last = message
                    messages = await self._messages()
                    if messages != said:
                        await self._socket.send_json({"type": "messages", "messages": messages})
                        said = messages
                await asyncio.sleep(TELL_EVERY_S)

    async def _message(self) -> Message:
        seat = self._services.seat(self._participant_id)
        if seat is None:
            participant = await asyncio.to_thread(
                self._services.store.participant, self._participant_id
            )
            return {"type": "status", "is": "finished" if participant.finished_at else "resting"}
        if seat.page != self._number:
            return {"type": "status", "is": "elsewhere"}
        seat.is_connected, seat.last_contact_t = True, seat.session.clock()
        seat.session.attend(True)
        occurrences = await asyncio.to_thread(
            self._services.store.open_occurrences, self._participant_id
        )
        self._told |= {occurrence.id for occurrence in occurrences}
        meeting = await self._get_meeting()
        is_watched = self._services.desks.are_open(meeting.id)
        now = datetime.now(UTC)
        return status(
            meeting, seat, occurrences, now, is_watched=is_watched, language=self._language
        )

    async def _messages(self) -> list[Message]:
        """What was said and done, as the candidate may see it."""
        meeting = await self._get_meeting()
        ledger = self._services.ledger
        acts = await asyncio.to_thread(ledger.acts, meeting.id, self._participant_id)
        return for_candidate(acts)

    async def _get_meeting(self) -> Meeting:
        if self._meeting is None:
            store = self._services.store
            participant = await asyncio.to_thread(store.participant, self._participant_id)
            self._meeting = await asyncio.to_thread(store.meeting, participant.meeting_id)
        return self._meeting

    async def _hear(self, message: Message) -> None:
        match message:
            case {"type": "shown", "occurrence": str(occurrence_id)}:
                if occurrence_id in self._told - self._shown:
                    self._shown.add(occurrence_id)
                    self._services.shown(occurrence_id)
            case {"type": "event", "id": str(event_id), "name": str(name)}:
                self._report(event_id, name, message)
                await self._socket.send_json({"type": "ack", "id": event_id})
                await asyncio.sleep(1 / EVENTS_PER_S)
            case {"type": "beat", "page": str(prefix), "count": int(count)}:
                self._beat(prefix, count, str(message.get("detail", "")))
                await asyncio.sleep(1 / EVENTS_PER_S)
            case {"type": "act", "id": str(act_id), "kind": str(kind), "content": dict(content)}:
                await self._socket.send_json(await self._act(act_id, kind, content))
            case _:
                raise Refused

    async def _act(self, act_id: str, kind: str, content: Message) -> Message:
        """The answer. Raises Refused for what is not theirs."""
        act = self._services.acting.act
        try:
            await asyncio.to_thread(act, self._bearer, self._participant_id, kind, content, act_id)
        except TooSoon as too_soon:
            return {"type": "later", "id": act_id, "wait_s": round(too_soon.wait_s, 1)}
        except (BadAct, Rejected) as error:
            return {"type": "not_done", "id": act_id, "text": again(str(error), self._language)}
        except Unknown:
            raise Refused from None
        except StoreError:
            return {"type": "later", "id": act_id, "wait_s": LATER_S}
        return {"type": "done", "id": act_id}

    def _report(self, event_id: str, name: str, message: Message) -> None:
        """Raises Refused for what no page says."""
        ago_ms, detail = message.get("ago_ms", 0), str(message.get("detail", ""))
        is_said = EVENT_ID.fullmatch(event_id) and EVENT_NAME.fullmatch(name)
        if not is_said or name in RESERVED or not isinstance(ago_ms, int | float):
            raise Refused
        if seat := self._seat():
            ago_s = min(ago_ms, MOST_AGO_MS) / 1000 if ago_ms > 0 else 0.0
            seat.session.report(event_id, name, detail[:MAX_DETAIL], ago_s)

    def _beat(self, prefix: str, count: int, detail: str) -> None:
        """Raises Refused likewise."""
        if not PREFIX.fullmatch(prefix) or not 0 <= count <= MOST_COUNTED:
            raise Refused
        if seat := self._seat():
            seat.session.beat(prefix, count, detail[:MAX_DETAIL])

    def _seat(self) -> Seat | None:
        """The candidate's, while this page is the one that feeds it."""
        seat = self._services.seat(self._participant_id)
        return seat if seat and seat.page == self._number else None

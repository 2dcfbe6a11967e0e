"""The socket of an exam page: what the candidate is told, and what the page reports.

The page is told what the store holds, so that nobody is told what was not saved. A socket
that closes ends nothing: the exam goes on, and the page comes back when it can.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from starlette.routing import BaseRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from proctoring.access.tokens import SITS, Refused
from proctoring.analysers import analyser_types, media_of
from proctoring.api import guard
from proctoring.challenge import Asked
from proctoring.services import Seat, Services
from proctoring.session import FRESH_S, Status
from proctoring.store import StoreError
from proctoring.types import Analyser, Capability, Measured, Meeting, Occurrence
from proctoring.views import worst_signal

TELL_EVERY_S = 0.5  # what did not change is not sent again
EVENTS_PER_S = 20  # a page that reports more waits; nothing is lost
EVENT_ID = re.compile(r"[0-9a-f-]{1,64}")
EVENT_NAME = re.compile(r"[a-z][a-z_]{1,39}")
MAX_DETAIL = 200  # characters

Message = dict[str, Any]


def routes(services: Services) -> list[BaseRoute]:
    async def exam(socket: WebSocket, bearer: Capability, hello: Message) -> None:
        number = int(hello.get("page", 0))
        await Page(services, socket, bearer.participant_id or "", number).serve()

    return [guard.guarded_socket(services, "/api/exam", SITS, exam)]


class Page:
    """One open socket."""

    def __init__(
        self, services: Services, socket: WebSocket, participant_id: str, number: int
    ) -> None:
        self._services = services
        self._socket = socket
        self._participant_id = participant_id
        self._number = number
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
        with suppress(WebSocketDisconnect):
            while True:
                with suppress(StoreError):  # what was told stands until the store is back
                    message = await self._message()
                    if message != last:
                        await self._socket.send_json(message)
                        last = message
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
        return status(await self._get_meeting(), seat, occurrences, datetime.now(UTC))

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
                self._report(event_id, name, str(message.get("detail", "")))
                await self._socket.send_json({"type": "ack", "id": event_id})
                await asyncio.sleep(1 / EVENTS_PER_S)
            case _:
                raise Refused

    def _report(self, event_id: str, name: str, detail: str) -> None:
        if not (EVENT_ID.fullmatch(event_id) and EVENT_NAME.fullmatch(name)):
            raise Refused
        if seat := self._seat():
            seat.session.report(event_id, name, detail[:MAX_DETAIL])

    def _seat(self) -> Seat | None:
        """The candidate's, while this page is the one that feeds it."""
        seat = self._services.seat(self._participant_id)
        return seat if seat and seat.page == self._number else None


def status(
    meeting: Meeting, seat: Seat, occurrences: Iterable[Occurrence], now: datetime
) -> Message:
    """What the page shows: media, signals, time left, what is open now and what is asked."""
    session = seat.session.status
    age = {"camera": session.video_t, "microphone": session.audio_t}
    clock = seat.session.clock()
    arrives = {medium: t is not None and clock - t <= FRESH_S for medium, t in age.items()}
    return {
        "type": "status",
        "is": "running",
        "left_s": max(0, round((seat.deadline - now).total_seconds())),
        "media": {medium: arrives[medium] for medium in sorted(media_of(meeting.signals))},
        "signals": [
            _signal(kind, session, arrives[kind.medium])
            for kind in analyser_types()
            if kind.name in meeting.signals
        ],
        "warnings": [_warning(occurrence) for occurrence in occurrences],
        "challenge": _challenge(session.asked),
    }


def _signal(kind: type[Analyser], session: Status, arrives: bool) -> Message:
    worst = worst_signal(kind, session)
    message: Message = {"title": kind.title, "state": Measured.NOT_MEASURED, "reason": ""}
    if not arrives:
        return message | {"reason": "no picture" if kind.medium == "camera" else "no sound"}
    if kind.title in session.broken:
        return message | {"reason": "it stopped working"}
    if worst is None or worst.state is Measured.NOT_MEASURED:
        return message | {"reason": "starting" if worst else "switched off"}
    return message | {"state": worst.state, "reason": worst.reason}


def _challenge(asked: Asked | None) -> Message | None:
    """Without the seed it was made from."""
    if asked is None:
        return None
    steps = [asdict(step) for step in asked.challenge.steps]
    return {"id": asked.id, "kind": asked.challenge.kind, "steps": steps}


def _warning(occurrence: Occurrence) -> Message:
    return {
        "id": occurrence.id,
        "kind": occurrence.kind,
        "title": occurrence.title,
        "summary": occurrence.summary,
        "advice": occurrence.advice,
        "category": occurrence.category,
        "opened_at": occurrence.opened_at.isoformat(),
    }

"""The socket of the built-in paper: what the candidate's page shows, and each answer it makes.

Everything is by the bearer of the pass: a message names questions, and never a candidate. What is
acknowledged is kept; what is not is sent again by the page, and saved once.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from weakref import WeakValueDictionary

from starlette.routing import BaseRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from proctoring.access.limits import Rate
from proctoring.access.tokens import SITS, Refused
from proctoring.acts.standing import deadline, standing
from proctoring.api import guard
from proctoring.api.pace import keep_to
from proctoring.language.again import again
from proctoring.live.sitting import SUBMITTED, Sitting
from proctoring.paper import outcome
from proctoring.paper.answering import content_of
from proctoring.paper.outcome import Newer, Saved, State, Times
from proctoring.paper.questions import Question
from proctoring.paper.showing import shown_paper, shown_question
from proctoring.services import Services
from proctoring.store import StoreError
from proctoring.types import Capability, Meeting, Participant

TELL_EVERY_S = 2.0
SAVES_PER_S = 10.0  # of one candidate in the long run; more of them wait, and none is lost
SAVES_AT_ONCE = 100  # what a page kept while its line was down
ASKS_PER_S, ASKS_AT_ONCE = 2.0, 20  # for the paper and the answers, of one candidate

Message = dict[str, Any]


@dataclass(slots=True, weakref_slot=True)
class Desk:
    """What all sockets of one candidate share."""

    sitting: Sitting
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(slots=True)
class Hall:
    """What all candidates of this server share."""

    services: Services
    desks: WeakValueDictionary[str, Desk] = field(default_factory=WeakValueDictionary)
    saves: Rate = field(default_factory=lambda: Rate(SAVES_PER_S, SAVES_AT_ONCE))
    asks: Rate = field(default_factory=lambda: Rate(ASKS_PER_S, ASKS_AT_ONCE))

    async def desk(self, participant_id: str) -> Desk:
        if found := self.desks.get(participant_id):
            return found
        sitting = await asyncio.to_thread(
            Sitting, self.services.store, participant_id, self.times_of
        )
        return self.desks.setdefault(participant_id, Desk(sitting))

    def times_of(self, meeting: Meeting, person: Participant, now: datetime) -> Times:
        held = standing(self.services.store.acts(person.id), now)
        start = person.started_at or now
        return Times(
            ends_at=deadline(meeting, start, held, now),
            paused_at=held.paused_at,
            pause_reason=held.pause_reason,
            paused_s=held.paused_since(start, now),
            extra_s=held.extra_for(meeting.length_s),
        )


def routes(services: Services) -> list[BaseRoute]:
    hall = Hall(services)

    async def paper(socket: WebSocket, bearer: Capability, hello: Message) -> None:
        desk = await hall.desk(bearer.participant_id or "")
        page = Page(hall, desk, socket, bearer.participant_id or "", guard.language_of(hello))
        await page.serve()

    return [guard.guarded_socket(services, "/api/paper", SITS, paper)]


class Page:
    """One open socket."""

    def __init__(
        self, hall: Hall, desk: Desk, socket: WebSocket, participant_id: str, language: str
    ) -> None:
        self._hall = hall
        self._desk = desk
        self._sitting = desk.sitting
        self._socket = socket
        self._id = participant_id
        self._language = language

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
        if is_refused:
            await self._socket.close(guard.POLICY_VIOLATION)

    async def _tell(self) -> None:
        """Every two seconds, which is also how the page knows that the line holds."""
        is_first = True
        with suppress(WebSocketDisconnect):
            while True:
                with suppress(StoreError):  # what was told stands until the store is back
                    message = await self._state(with_answers=is_first)
                    await self._send(message)
                    is_first = False
                await asyncio.sleep(TELL_EVERY_S)

    async def _hear(self, message: Message) -> None:
        try:
            match message:
                case {"type": "answer", "question": str(name), "revision": int(revision)}:
                    await self._save(name, revision, message)
                case {"type": "open", "question": str(name)}:
                    await keep_to(self._hall.asks, self._id)
                    await self._open(name)
                case {"type": "paper"}:
                    await keep_to(self._hall.asks, self._id)
                    await self._show()
                case {"type": "answers"}:
                    await keep_to(self._hall.asks, self._id)
                    await self._answers()
                case {"type": "finish"}:
                    await self._finish()
                case _:
                    raise Refused
        except StoreError:
            await self._send({"type": "later", "question": message.get("question")})

    async def _save(self, name: str, revision: int, message: Message) -> None:
        age_ms = message.get("age_ms", 0)
        if isinstance(revision, bool) or not isinstance(age_ms, int | float):
            raise Refused
        await keep_to(self._hall.saves, self._id)
        async with self._desk.lock:
            found = await asyncio.to_thread(
                self._sitting.save, name, revision, message.get("value"), age_ms / 1000, _now()
            )
        about: Message = {"question": name, "revision": revision}
        match found:
            case Saved(at=at, advice=advice):
                said = again(advice, self._language)
                told = {"type": "saved", "at": at.isoformat(), "advice": said}
                await self._send(about | told)
            case Newer(revision=newest, value=value):
                newer: Message = {"type": "newer", "newest": newest, "value": value}
                await self._send(about | newer)
            case outcome.Refused():
                await self._send(about | _refusal(found, self._language))

    async def _open(self, name: str) -> None:
        async with self._desk.lock:
            found = await asyncio.to_thread(self._sitting.open, name, _now())
        if isinstance(found, Question):
            await self._send({"type": "question", "question": shown_question(found)})
            await self._send(await self._state())
        else:
            await self._send({"question": name, "revision": 0} | _refusal(found, self._language))

    async def _show(self) -> None:
        """To who has begun, and not finished."""
        state = await asyncio.to_thread(self._sitting.state, _now())
        if state.stage in ("waiting", "finished"):
            return
        revision, questions, opened = await asyncio.to_thread(self._sitting.paper)
        if revision:
            shown = shown_paper(questions, opened)
            await self._send({"type": "paper", "revision": revision} | shown)

    async def _answers(self) -> None:
        """Their own."""
        state = await asyncio.to_thread(self._sitting.state, _now())
        if state.stage == "finished":
            return
        found = await asyncio.to_thread(self._sitting.answers)
        raw = ",".join(
            f'{{"question":{content_of(one.question_id)},"revision":{one.revision},'
            f'"at":"{one.saved_at.isoformat()}","value":{one.content}}}'
            for one in found
        )
        await self._socket.send_text(f'{{"type":"answers","answers":[{raw}]}}')

    async def _finish(self) -> None:
        """Again is as good as once."""
        async with self._desk.lock:
            state = await asyncio.to_thread(self._sitting.state, _now())
            if state.stage == "waiting":
                raise Refused
            if state.stage != "finished":
                await asyncio.to_thread(self._hall.services.finish, self._id, SUBMITTED)
        await self._send(await self._state())

    async def _state(self, *, with_answers: bool = False) -> Message:
        now = _now()
        state = await asyncio.to_thread(self._sitting.state, now)
        message = _state(state, now)
        if with_answers and state.stage != "waiting":
            found = await asyncio.to_thread(self._sitting.answers)
            message["revisions"] = {one.question_id: one.revision for one in found}
        return message

    async def _send(self, message: Message) -> None:
        await self._socket.send_text(content_of(message))


def _state(state: State, now: datetime) -> Message:
    def left(until: datetime) -> int:
        return max(0, round((until - now).total_seconds()))

    return {
        "type": "state",
        "is": state.stage,
        "paper": state.revision,
        "left_s": left(state.ends_at) if state.ends_at else None,
        "is_shorter": state.is_shorter,
        "reason": state.reason,
        "questions": {name: left(until) for name, until in state.questions.items()},
    }


def _refusal(found: outcome.Refused, language: str) -> Message:
    text = again(found.text, language)
    told = {"why": found.why, "text": text, "late_s": round(found.late_s)}
    return {"type": "refused"} | told


def _now() -> datetime:
    return datetime.now(UTC)

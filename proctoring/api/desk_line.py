"""One desk's open socket: what it is told, and when; and what it says."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

from starlette.websockets import WebSocket, WebSocketDisconnect

from proctoring.access.tokens import Refused
from proctoring.acts.kinds import LONGEST_DESK_NAME, BadAct
from proctoring.api import guard
from proctoring.api.desk_stills import Stills
from proctoring.api.peers import Peers, pack
from proctoring.api.room import Message, Room
from proctoring.plaintext import line
from proctoring.store import Rejected, StoreError, Unknown
from proctoring.types import Act

NEWS_EVERY_S = 0.3
CANDIDATES_EVERY_S = 1.0
COVERAGE_EVERY_S = 5.0
GONE_AFTER_S = 30.0  # without a sign that the desk takes anything in


class Desk:
    """One open socket. All sending is done by one task, so nothing overtakes anything.

    Stills and candidates are sent again only after the desk has taken in the last ones: a
    slow line gets fewer of them, and never old ones that piled up.
    """

    def __init__(
        self,
        socket: WebSocket,
        room: Room,
        peers: Peers,
        after: int,
        *,
        is_live: bool,
        is_relay: bool = False,
        acting: Callable[..., Act] | None = None,
        call: Callable[[str], None] | None = None,
    ) -> None:
        """`is_live`: with stills; whoever reviews is shown what was kept, and no more.

        `is_relay`: for a desk at another server, which has the incidents from its own store.
        `acting` does what the desk asks for (`Acting.act`); None: it may not. `call` is told what
        its proctor wants to be called.
        """
        self._socket = socket
        self._is_live = is_live
        self._is_relay = is_relay
        self._room = room
        self._peers = peers
        self._after: int | None = after  # what the desk has; None once it was told the rest
        self._problem: str | None = None
        self._stills = Stills(room, peers)
        self._sent = self._taken = 0  # numbers of `candidates` messages
        self._sent_at = 0.0
        self._candidates_due = 0.0
        self._looks_at = ""
        self._coverage_due = 0.0
        self._acting = acting
        self._call = call
        self._duty: Message | None = None  # the last that was sent
        self._answers: deque[Message] = deque()  # to what the desk asked for
        self._talk: Message | None = None  # the last that was sent
        self._explanations: Message | None = None
        self._acts_told: object = None  # how far, and of whom

    async def serve(self) -> None:
        """Until the desk hangs up, falls silent or says what it must not."""
        listening = asyncio.create_task(self._listen())
        try:
            await self._tell(until=listening)
            if listening.done():
                await listening  # raises what it raised
            else:
                await self._socket.close(guard.TRY_AGAIN_LATER)
        except Refused:
            await self._socket.close(guard.POLICY_VIOLATION)
        except WebSocketDisconnect:
            pass
        finally:
            listening.cancel()

    async def _listen(self) -> None:
        """Until the desk hangs up. Raises Refused."""
        while True:
            try:
                message = await guard.receive(self._socket)
            except WebSocketDisconnect:
                return
            match message:
                case {"type": "taken", "number": int(number)}:
                    self._taken = number
                case {"type": "look", "participant": str(participant_id)}:
                    self._looks_at, self._coverage_due = participant_id, 0.0
                case {"type": "name", "name": str(name)} if self._call:
                    self._call(line(name, LONGEST_DESK_NAME))
                    self._candidates_due = 0.0
                case {"type": "act", "id": str(act_id), "participant": str(of), "kind": str(kind)}:
                    await self._act(act_id, of, kind, message.get("content"))
                case _:
                    raise Refused

    async def _act(self, act_id: str, participant_id: str, kind: str, content: object) -> None:
        """Raises Refused for what is not theirs."""
        if self._acting is None or not act_id or not isinstance(content, dict):
            raise Refused
        answer: Message = {"type": "done", "id": act_id}
        try:
            await asyncio.to_thread(self._acting, participant_id, kind, content, act_id)
        except BadAct as error:
            answer = {"type": "not_done", "id": act_id, "text": str(error)}
        except Unknown:
            raise Refused from None
        except Rejected as error:
            answer = {"type": "not_done", "id": act_id, "text": str(error)}
        except StoreError:
            return  # the desk asks again
        self._answers.append(answer)
        self._candidates_due = 0.0

    async def _tell(self, until: asyncio.Task[None]) -> None:
        while not until.done() and not self._is_silent():
            try:
                while self._answers:
                    await self._socket.send_json(self._answers.popleft())
                await self._send_incidents()
                await self._send_candidates()
                await self._send_duty()
                await self._send_acts()
                await self._send_coverage()
                await self._send_problem(
                    " ".join(filter(None, (self._room.problem, self._peers.problem)))
                )
            except StoreError as error:
                await self._send_problem(f"The records cannot be read now. {error}")
            await asyncio.wait({until}, timeout=NEWS_EVERY_S)

    def _is_silent(self) -> bool:
        return self._taken != self._sent and time.monotonic() - self._sent_at > GONE_AFTER_S

    async def _send_problem(self, problem: str) -> None:
        if problem != self._problem:
            await self._socket.send_json({"type": "server", "problem": problem})
            self._problem = problem

    async def _send_incidents(self) -> None:
        message = await asyncio.to_thread(self._news)
        if message and not self._is_relay:
            await self._socket.send_json(message)

    def _news(self) -> Message | None:
        if self._after is None:
            return self._room.news()
        message = self._room.begin(self._after)
        self._after = None
        return message

    async def _send_candidates(self) -> None:
        now = time.monotonic()
        if now < self._candidates_due or self._taken != self._sent:
            return
        self._candidates_due = now + CANDIDATES_EVERY_S
        message = await asyncio.to_thread(self._room.candidates, only_here=self._is_relay)
        candidates = self._peers.merge(message["candidates"])
        if self._is_live:
            for one, still in self._stills.due(candidates, self._looks_at):
                await self._socket.send_bytes(pack(one, still.jpeg))
        self._sent += 1
        self._sent_at = now
        more = {"candidates": candidates, "number": self._sent, "live": self._is_live}
        await self._socket.send_json(message | more)

    async def _send_duty(self) -> None:
        """After the candidates: it speaks of them."""
        if self._is_relay or not self._is_live or not self._sent:
            return
        message = await asyncio.to_thread(self._room.duty)
        if message != self._duty:
            await self._socket.send_json(message)
            self._duty = message

    async def _send_acts(self) -> None:
        """What candidates say of incidents, and all that was done about the one in view."""
        if self._is_relay:
            return
        state = await asyncio.to_thread(self._room.acts_revision), self._looks_at
        if state == self._acts_told:
            return
        self._acts_told = state
        said = await asyncio.to_thread(self._room.explanations)
        if said != self._explanations and (said["explanations"] or self._explanations):
            await self._socket.send_json(said)
        self._explanations = said
        if not self._looks_at:
            self._talk = None
            return
        found = await asyncio.to_thread(self._room.talk, self._looks_at)
        if found and found != self._talk:
            await self._socket.send_json(found)
            self._talk = found

    async def _send_coverage(self) -> None:
        now = time.monotonic()
        if self._looks_at and now >= self._coverage_due:
            self._coverage_due = now + COVERAGE_EVERY_S
            is_elsewhere = self._peers.has(self._looks_at)
            message = await asyncio.to_thread(
                self._room.coverage, self._looks_at, is_elsewhere=is_elsewhere
            )
            if message:
                await self._socket.send_json(message)
            if self._is_live and (
                recent := await asyncio.to_thread(self._room.recent, self._looks_at)
            ):
                await self._socket.send_json(recent)

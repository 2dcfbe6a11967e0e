"""The socket of a proctor's desk: everything that the desk shows, as it changes.

The desk says hello with its pass, what it is called, and the last revision that it has seen, of
which server; and then only what it has taken in, whom it looks at and what it does. The server
sends JSON, and the newest still of each candidate as bytes: one for the length of the candidate's
id, the id, the JPEG.

Another server says hello as a desk does, for a desk of its own and with that desk's pass, and
asks for no more than the candidates who sit here: see `proctoring.api.peers`.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import nullcontext
from functools import partial

from starlette.routing import BaseRoute
from starlette.websockets import WebSocket

from proctoring.access.tokens import READS, WATCHES, Refused
from proctoring.acts.kinds import LONGEST_DESK_NAME
from proctoring.api import guard
from proctoring.api.desk_line import Desk
from proctoring.api.peers import RELAY, Peers
from proctoring.api.room import Message, Room
from proctoring.live.desks import DeskName
from proctoring.plaintext import line
from proctoring.services import Services
from proctoring.types import Capability

DESK_ID = re.compile(r"[0-9A-Za-z-]{8,64}")


def routes(services: Services) -> list[BaseRoute]:
    async def desk(socket: WebSocket, bearer: Capability, hello: Message) -> None:
        after = max(0, int(hello.get("revision", 0)))
        if hello.get("replica", "") != services.settings.replica:
            after = 0  # each server counts for itself
        room = await asyncio.to_thread(Room, services, bearer.meeting_id)
        is_relay = hello.get(RELAY) is True
        named = _desk_name(hello)
        is_live, peers = bearer.role in WATCHES, Peers(services, bearer, named)
        acting = partial(services.acting.act, bearer) if is_live and not is_relay else None
        call = partial(services.desks.call, bearer.meeting_id, named.id) if named else None
        opened = Desk(
            socket, room, peers, after, is_live=is_live, is_relay=is_relay, acting=acting, call=call
        )
        if is_relay:
            with services.desks.watching(bearer.meeting_id, named):
                return await opened.serve()
        await asyncio.to_thread(services.desks.log, bearer)
        with services.desks.watching(bearer.meeting_id, named) if is_live else nullcontext():
            async with peers.followed():
                await opened.serve()

    return [guard.guarded_socket(services, "/api/desk", READS, desk)]


def _desk_name(hello: Message) -> DeskName | None:
    """None for a desk that does not say which it is. Raises Refused."""
    desk_id = hello.get("desk")
    if desk_id is None:
        return None
    if not isinstance(desk_id, str) or not DESK_ID.fullmatch(desk_id):
        raise Refused
    return DeskName(desk_id, line(str(hello.get("name", "")), LONGEST_DESK_NAME))

"""Does a TURN server relay for us? One allocation at each of its addresses, given back at once."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from aioice import stun, turn

from proctoring.live.ice import SERVER, ice_servers
from proctoring.settings import Settings

ANSWERS_WITHIN_S = 5.0
PORT, TLS_PORT = 3478, 5349  # RFC 7065
REFUSED, FORBIDDEN, FULL = 401, 403, (486, 508)  # RFC 8656 §15


@dataclass(frozen=True, slots=True)
class Asked:
    url: str
    relayed: str  # the address that it would relay from; empty if it would not
    problem: str = ""
    cure: str = ""


def turn_servers(settings: Settings) -> Iterator[Asked]:
    """Each TURN address, in the settings' order, as this machine sees it."""
    for server in ice_servers(settings, SERVER, time.time()):
        for url in server["urls"]:
            if url.startswith("turn"):
                yield ask(url, server)


def ask(url: str, server: Mapping[str, Any]) -> Asked:
    try:
        host, port = asyncio.run(_allocate(url, server))
    except Exception as error:  # whatever it is, the operator is to read it
        return Asked(url, "", *_understood(error))
    return Asked(url, f"{host}:{port}")


async def _allocate(url: str, server: Mapping[str, Any]) -> tuple[str, int]:
    host, port, is_tls, transport = _parts(url)
    relay, _ = await asyncio.wait_for(
        turn.create_turn_endpoint(
            asyncio.DatagramProtocol,
            (host, port),
            username=server["username"],
            password=server["credential"],
            ssl=is_tls,
            transport=transport,
        ),
        ANSWERS_WITHIN_S,
    )
    found: tuple[str, int] = relay.get_extra_info("sockname")
    await relay._close()  # `close` gives it back at some later time
    return found


def _parts(url: str) -> tuple[str, int, bool, str]:
    """Host, port, whether by TLS, and "udp" or "tcp", of an address that settings let through."""
    scheme, _, rest = url.partition(":")
    place, _, query = rest.partition("?")
    host, _, port = place.partition(":")
    is_tls = scheme == "turns"
    transport = parse_qs(query).get("transport", ["tcp" if is_tls else "udp"])[0]
    return host, int(port or (TLS_PORT if is_tls else PORT)), is_tls, transport


def _understood(error: Exception) -> tuple[str, str]:
    """What is the matter, and what to do about it."""
    open_it = "Is the TURN server running, and do firewalls let this port through?"
    match error:
        case stun.TransactionFailed(response=response):
            code = response.error_code
            if code == REFUSED:
                return "it refuses the credentials", (
                    "The secret (or the user) must be the TURN server's own, use-auth-secret on,"
                    " and both clocks right."
                )
            if code == FORBIDDEN or code in FULL:
                return f"it gives no relay (error {code})", "See its quotas and its log."
            return f"it answers with error {code}", "See its log."
        case stun.TransactionTimeout() | TimeoutError():
            return f"no answer within {ANSWERS_WITHIN_S:g} s", open_it
        case socket.gaierror():
            return "its name is not known", "Mend the name in OPENPROCTOR_ICE_SERVERS, or the DNS."
        case ssl.SSLError():
            return f"TLS fails: {error.reason}", (
                "Its certificate must be valid for this name; see `cert` and `pkey` of coturn."
            )
        case OSError():
            return f"cannot be reached: {error.strerror or type(error).__name__}", open_it
    return f"{type(error).__name__}", "See its log."

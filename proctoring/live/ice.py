"""Which STUN and TURN servers a connection may use.

A TURN server that shares a secret with us takes credentials that end by themselves: the name is
the time of their end (UNIX, s), a colon and a label; the password is the name's HMAC-SHA1 under
the secret, in base64 (draft-uberti-behave-turn-rest-00, coturn's `use-auth-secret`). So each
connection gets some of its own, and the secret stays here.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
from typing import Any

from proctoring.settings import Settings

LASTS_S = 12 * 3600  # as long as a page's pass; a running allocation may outlive it
SERVER = "server"  # the label of this process's own end

IceServer = dict[str, Any]


def credentials(secret: str, label: str, until: int) -> tuple[str, str]:
    """Username and password, good until `until` (UNIX, s)."""
    username = f"{until}:{label}"
    digest = hmac.digest(secret.encode(), username.encode(), "sha1")
    return username, base64.b64encode(digest).decode()


def ice_servers(settings: Settings, label: str, now_s: float) -> list[IceServer]:
    """As RTCConfiguration takes them. `label` says in the TURN server's log who it was."""
    return [_with_credentials(one, settings.turn_secret, label, now_s) for one in _split(settings)]


def _split(settings: Settings) -> Sequence[IceServer]:
    """STUN apart from TURN: of what has no credentials, only the latter wants some."""
    found: list[IceServer] = []
    for server in settings.ice_servers:
        if "username" in server:
            found.append(server)
            continue
        for scheme in ("stun", "turn"):
            urls = [url for url in server["urls"] if url.startswith(scheme)]
            found.extend([{"urls": urls}] if urls else [])
    return found


def _with_credentials(server: IceServer, secret: str, label: str, now_s: float) -> IceServer:
    if "username" in server or not server["urls"][0].startswith("turn"):
        return dict(server)
    username, password = credentials(secret, label, int(now_s) + LASTS_S)
    return server | {"username": username, "credential": password}

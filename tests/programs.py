"""Programs that use the API: a key, and a server that really listens."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import uvicorn
from starlette.applications import Starlette
from waiting import wait_until

from proctoring.api import routes
from proctoring.integration.keys import KeyRole
from proctoring.services import Services


def make_key(services: Services, *roles: KeyRole) -> str:
    """Its secret; of all roles, if none is named."""
    return services.integration.keys.add("A program", frozenset(roles or KeyRole))[1]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def meeting_form(**changes: Any) -> dict[str, Any]:
    """Of one that is open now."""
    now = datetime.now(UTC)
    values: dict[str, Any] = {
        "title": "Algebra",
        "opens_at": (now - timedelta(minutes=1)).isoformat(),
        "closes_at": (now + timedelta(hours=1)).isoformat(),
        "length_s": 1800,
        "signals": ["faces"],
    }
    return values | changes


@contextlib.contextmanager
def listening(services: Services) -> Iterator[str]:
    """Its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        Starlette(routes=routes(services)), log_level="error", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    wait_until(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()

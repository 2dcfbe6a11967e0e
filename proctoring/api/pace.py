"""How fast a socket is read."""

from __future__ import annotations

import asyncio
import time

from proctoring.access.limits import Rate


async def keep_to(rate: Rate, key: str) -> None:
    """Who sends too fast is read more slowly, and so are the other sockets of theirs."""
    while wait_s := rate.wait_s(key, time.monotonic()):
        await asyncio.sleep(wait_s)

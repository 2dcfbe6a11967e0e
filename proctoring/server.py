"""The life of the server process: what starts with it, runs beside it and ends with it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import streamlit_webrtc.component
import streamlit_webrtc.webrtc
from streamlit.runtime import get_instance

from proctoring.demo.stage import Stage
from proctoring.services import Services
from proctoring.settings import Settings, read_secrets

logger = logging.getLogger(__name__)

TEND_EVERY_S = 1.0
TIDY_EVERY_S = 3600.0
TELL_PRESENCE_EVERY_S = 2.0
CONNECT_WITHIN_S = 30.0  # ICE that takes longer never completes


@cache
def services() -> Services:
    """The one of this process: pages, routes and callbacks share it."""
    return Services(Settings.read(os.environ, read_secrets()))


@cache
def stage() -> Stage | None:
    """Where demo exams play, if this server shows them."""
    return Stage(services()) if services().settings.demo else None


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    # streamlit-webrtc registers its component only when a page imports it first; we import
    # it here, before any page has run, so the registration is ours to do.
    get_instance().component_registry.register_component(streamlit_webrtc.component._component_func)
    shared = await asyncio.to_thread(services)
    tasks = [
        asyncio.create_task(_repeat(lambda: shared.tend(), TEND_EVERY_S)),
        asyncio.create_task(_repeat(_Reaper(), TEND_EVERY_S)),
        asyncio.create_task(_repeat(lambda: shared.tidy(), TIDY_EVERY_S)),
        asyncio.create_task(_repeat(lambda: shared.tell_presence(), TELL_PRESENCE_EVERY_S)),
        asyncio.create_task(_repeat(lambda: shared.integration.hooks.round(), TEND_EVERY_S)),
    ]
    if shows := stage():
        tasks.append(asyncio.create_task(shows.run()))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await asyncio.to_thread(shared.close)


async def _repeat(work: Callable[[], None], every_s: float) -> None:
    while True:
        await asyncio.sleep(every_s)
        try:
            await asyncio.to_thread(work)
        except Exception:
            logger.exception("Housekeeping failed; it is tried again")


class _Reaper:
    """Stops WebRTC workers whose connection never came about.

    streamlit-webrtc 0.79 keeps such a worker for ever: one peer connection, three threads
    and about ten file descriptors each.
    """

    def __init__(self) -> None:
        self._first_seen: dict[int, float] = {}

    def __call__(self) -> None:
        now = time.monotonic()
        workers = {id(worker): worker for worker in list(streamlit_webrtc.webrtc._live_workers)}
        self._first_seen = {key: self._first_seen.get(key, now) for key in workers}
        for key, worker in workers.items():
            is_stuck = worker.pc.connectionState in ("new", "connecting")
            if is_stuck and now - self._first_seen[key] > CONNECT_WITHIN_S:
                worker.stop()

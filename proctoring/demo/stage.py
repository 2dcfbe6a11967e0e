"""Demo exams: each with a candidate who is a recording, seen by the real pipeline.

The recording takes the place of a browser's camera and microphone: its frames go through the
same callbacks as WebRTC's, at the speed of life, and a proctor can watch them live.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiortc.contrib.media import MediaPlayer
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from streamlit_webrtc.relay import get_global_relay

from proctoring.analysers import DEVICES, choices
from proctoring.live.capture import Capture
from proctoring.services import Opened, Services
from proctoring.store import StoreError

CLIP = Path(__file__).with_name("exam.mp4")
TITLE = "Demo exam"
NAME = "A recording"
MOST = 2  # recordings at once, on the server's own cores
PLAYS_FOR_S = 480.0  # six times through, so that a desk also shows what comes again
OPEN_FOR = timedelta(hours=1)
INSTRUCTIONS = (
    "This is a demo. Try what a candidate might do: let somebody join you, hold up a phone, talk,"
    " look away, or leave. What is observed is shown on the desk that you opened."
)

_log = logging.getLogger(__name__)


class Busy(Exception):
    """As many recordings play as may; the message says when to come again."""


class Stage:
    """Where the recordings play. `begin` may be called from any thread, once `run` has begun."""

    def __init__(self, services: Services, clip: Path = CLIP) -> None:
        self._services = services
        self._clip = clip
        self._loop: asyncio.AbstractEventLoop | None = None
        self._playing: set[str] = set()  # ids of participants
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until it is cancelled; then what still plays ends."""
        self._loop = asyncio.get_running_loop()
        try:
            await asyncio.Event().wait()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def begin(self, address: str | None = None) -> Opened:
        """A new exam, in which a recording sits. Raises Busy, TooMany, StoreError."""
        if self._loop is None:
            raise Busy("The server is still starting. Try again in a moment.")
        if len(self._playing) >= MOST:
            raise Busy(f"{MOST} demos are playing now. Try again in a few minutes.")
        now = datetime.now(UTC)
        opened = self._services.create_meeting(
            title=TITLE,
            opens_at=now,
            closes_at=now + OPEN_FOR,
            length_s=int(OPEN_FOR.total_seconds()),
            signals=tuple(kind.name for kind in choices() if kind.medium in DEVICES),
            instructions=INSTRUCTIONS,
            address=address,
        )
        participant, _ = self._services.join(opened.meeting.id, NAME, "none: it is a recording")
        self._playing.add(participant.id)
        self._loop.call_soon_threadsafe(self._start, participant.id)
        return opened

    def _start(self, participant_id: str) -> None:
        task = asyncio.create_task(self._play(participant_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _play(self, participant_id: str) -> None:
        player = MediaPlayer(str(self._clip), loop=True)
        tracks = (player.video, player.audio)
        try:
            seat, capture, _ = await asyncio.to_thread(self._services.open_page, participant_id)
            seat.tracks, seat.is_connected = tracks, True
            seat.session.attend(True)
            async with asyncio.timeout(PLAYS_FOR_S):
                await asyncio.gather(*_feeds(capture, *tracks))
        except TimeoutError:
            pass
        except StoreError:
            _log.exception("A demo could not begin")
        finally:
            for track in filter(None, tracks):
                track.stop()
            self._playing.discard(participant_id)
            with suppress(StoreError):
                self._services.finish(participant_id, "the recording is over")


def _feeds(
    capture: Capture, video: MediaStreamTrack | None, audio: MediaStreamTrack | None
) -> list[Awaitable[None]]:
    """By the relay that live views read as well: two readers would take each other's frames."""
    relay = get_global_relay()

    pairs = ((video, capture.on_video), (audio, capture.on_sound))
    return [_feed(relay.subscribe(track), take) for track, take in pairs if track]


async def _feed(track: MediaStreamTrack, take: Callable[[Any], Any]) -> None:
    with suppress(MediaStreamError):  # the recording ended
        while True:
            take(await track.recv())

"""A candidate's live picture and sound for a proctor, by WHEP: an SDP offer in, an answer out.

Media go from the server that has them to the proctor and nowhere else: of a candidate who sits
at another server the answer is where to ask, and that server checks the pass itself.

Each viewer costs an encoder of its own, about 7 % of a core at 15 pictures a second, so
their number is bounded. The candidate's tracks are read through streamlit-webrtc's relay,
because two readers of one track would take each other's frames.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay
from aiortc.sdp import SessionDescription
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from streamlit_webrtc.relay import get_global_relay

from proctoring.access.tokens import WATCHES, Refused
from proctoring.api import guard
from proctoring.api.ice import Configuration, alone, configuration_of
from proctoring.ids import is_id, new_id
from proctoring.services import Services
from proctoring.store import Presence, StoreError
from proctoring.types import Capability
from proctoring.views import is_live

MAX_VIEWERS = 4  # of the whole server
CONNECT_WITHIN_S = 15.0  # aioice itself would try for ever
MAX_OFFER = 64 * 1024  # bytes
SDP = "application/sdp"
DIRECT = "direct"  # in the query of who was sent here by another server: it is not sent on


class NotAnOffer(Exception):
    """The body isn't the SDP of somebody who only wants to receive."""


class Full(Exception):
    """There are as many viewers as there may be."""


def routes(services: Services, viewers: Viewers | None = None) -> list[BaseRoute]:
    open_views = Viewers(configuration_of(services)) if viewers is None else viewers

    async def watch(request: Request, bearer: Capability) -> Response:
        participant_id = request.path_params["id"]
        if not is_id(participant_id):
            raise Refused
        found = await asyncio.to_thread(services.store.participant, participant_id)
        if found.meeting_id != bearer.meeting_id:
            raise Refused
        seat = services.seat(participant_id)
        tracks = [track for track in seat.tracks if is_live(track)] if seat else []
        if not tracks and DIRECT not in request.query_params:
            for server in await asyncio.to_thread(_elsewhere, services, bearer.meeting_id):
                if participant_id in server.participant_ids:
                    return _see_there(server.replica, participant_id)
        if not tracks:
            return _say("There is no live picture now.", 409)
        try:
            offer = await _read_offer(request)
            token = guard.pass_of(request)
            refused = partial(guard.until_refused, services, token, bearer.role)
            viewer_id, answer = await open_views.add(offer, tracks, bearer.meeting_id, refused)
        except NotAnOffer:
            return _say("This is no offer to receive media.", 400)
        except Full:
            return _say("Too many live views are open. Close another one first.", 503)
        headers = {"Location": f"/api/live/{viewer_id}", "Cache-Control": "no-store"}
        return Response(answer, 201, headers, SDP)

    async def leave(request: Request, bearer: Capability) -> Response:
        if not await open_views.remove(request.path_params["id"], bearer.meeting_id):
            raise Refused
        return Response(status_code=204)

    return [
        Route("/api/live/{id}", guard.guarded(services, WATCHES, watch), methods=["POST"]),
        Route("/api/live/{id}", guard.guarded(services, WATCHES, leave), methods=["DELETE"]),
    ]


class _Sound(MediaStreamTrack):
    """A candidate's sound, timed by its own samples.

    A relay hands the same frame to everybody, so nobody may count on its timestamps.
    """

    kind = "audio"

    def __init__(self, source: MediaStreamTrack) -> None:
        super().__init__()
        self._source = source
        self._samples = 0

    async def recv(self) -> Any:
        shared: Any = await self._source.recv()  # an av.AudioFrame
        frame = type(shared).from_ndarray(
            shared.to_ndarray(), format=shared.format.name, layout=shared.layout.name
        )
        frame.sample_rate = shared.sample_rate
        frame.pts, frame.time_base = self._samples, Fraction(1, shared.sample_rate)
        self._samples += shared.samples
        return frame

    def stop(self) -> None:
        super().stop()
        self._source.stop()


@dataclass(frozen=True, slots=True)
class _Viewer:
    meeting_id: str
    connection: RTCPeerConnection
    tracks: list[MediaStreamTrack]  # the relay's, for this viewer alone
    watchdogs: tuple[asyncio.Task[None], ...]


class Viewers:
    """The open live views. Used on the server's loop and nowhere else."""

    def __init__(
        self,
        configuration: Configuration = alone,
        relay: Callable[[], MediaRelay] = get_global_relay,
    ) -> None:
        self._configuration = configuration
        self._relay = relay
        self._viewers: dict[str, _Viewer] = {}

    def __len__(self) -> int:
        return len(self._viewers)

    async def add(
        self,
        offer: str,
        sources: Sequence[MediaStreamTrack],
        meeting_id: str,
        until_ended: Callable[[], Awaitable[None]],
    ) -> tuple[str, str]:
        """The new viewer's id and the SDP answer. Raises Full and NotAnOffer.

        `until_ended` returns when whoever watches may not do so any more.
        """
        if len(self._viewers) >= MAX_VIEWERS:
            raise Full
        viewer_id, connection = new_id(), RTCPeerConnection(self._configuration())
        tracks = [self._subscribe(source) for source in sources]
        watchdogs = (
            asyncio.create_task(self._watch(viewer_id, connection)),
            asyncio.create_task(self._end_after(viewer_id, until_ended)),
        )
        self._viewers[viewer_id] = _Viewer(meeting_id, connection, tracks, watchdogs)

        @connection.on("connectionstatechange")
        async def on_change() -> None:
            if connection.connectionState in ("failed", "closed"):
                await self._end(viewer_id)

        async def on_ended() -> None:
            await self._end(viewer_id)

        for track in tracks:  # the candidate's page was closed or loaded anew
            track.on("ended", on_ended)
        try:
            return viewer_id, await _answer(connection, offer, tracks)
        except BaseException:
            await self._end(viewer_id)
            raise

    async def remove(self, viewer_id: str, meeting_id: str) -> bool:
        """False if the meeting has no such viewer."""
        viewer = self._viewers.get(viewer_id)
        if viewer is None or viewer.meeting_id != meeting_id:
            return False
        await self._end(viewer_id)
        return True

    def _subscribe(self, source: MediaStreamTrack) -> MediaStreamTrack:
        """Of pictures only the newest: an encoder that falls behind must not lag."""
        if source.kind == "audio":
            return _Sound(self._relay().subscribe(source))
        return self._relay().subscribe(source, buffered=False)

    async def _watch(self, viewer_id: str, connection: RTCPeerConnection) -> None:
        await asyncio.sleep(CONNECT_WITHIN_S)
        if connection.connectionState != "connected":
            await self._end(viewer_id)

    async def _end_after(self, viewer_id: str, until_ended: Callable[[], Awaitable[None]]) -> None:
        await until_ended()
        await self._end(viewer_id)

    async def _end(self, viewer_id: str) -> None:
        viewer = self._viewers.pop(viewer_id, None)
        if viewer is None:
            return
        for watchdog in viewer.watchdogs:
            if watchdog is not asyncio.current_task():
                watchdog.cancel()
        for track in viewer.tracks:
            track.stop()
        await viewer.connection.close()


async def _answer(
    connection: RTCPeerConnection, offer: str, tracks: Sequence[MediaStreamTrack]
) -> str:
    """The SDP of whoever sends these tracks to whoever made the offer."""
    try:
        # A viewer that sends would fill queues that nobody reads.
        media = SessionDescription.parse(offer).media
        if not media or any(part.direction != "recvonly" for part in media):
            raise NotAnOffer
        await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
    except Exception as error:  # aiortc raises whatever its parser stumbles on
        raise NotAnOffer from error
    kinds = {part.kind for part in media}
    for track in tracks:
        if track.kind in kinds:
            connection.addTrack(track)
    await connection.setLocalDescription(await connection.createAnswer())
    return str(connection.localDescription.sdp)


async def _read_offer(request: Request) -> str:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_OFFER:
            raise NotAnOffer
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise NotAnOffer from None


def _elsewhere(services: Services, meeting_id: str) -> list[Presence]:
    try:
        return services.elsewhere(meeting_id)
    except StoreError:
        return []


def _see_there(replica: str, participant_id: str) -> Response:
    """307: the same request once more, at the path by which the proxy reaches that server.

    It is relative, so that it holds under any base path, and of the same origin, so that the
    browser sends the pass along.
    """
    there = f"../../replica/{replica}/api/live/{participant_id}?{DIRECT}=1"
    return Response(status_code=307, headers={"Location": there, "Cache-Control": "no-store"})


def _say(sentence: str, status: int) -> Response:
    """To a proctor, whose pass was good."""
    return Response(sentence + "\n", status, {"Cache-Control": "no-store"}, "text/plain")

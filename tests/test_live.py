"""Live views: a real WebRTC call from a candidate's tracks to a proctor, in one process."""

import asyncio
from datetime import UTC, datetime

import httpx
import numpy as np
import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay
from making import make_meeting
from passes import capability_of, staff_pass
from starlette.applications import Starlette
from streamlit_webrtc import AudioSourceTrack
from tracks import audio_track, sound, video_track

from proctoring.api import guard, live
from proctoring.types import Role

WITHIN_S = 60  # of a machine that may be busy; nothing here is timed


class Call:
    """The server, a meeting with a candidate in it, and the proctor's client."""

    def __init__(self, services, *, has_tracks=True):
        self.services = services
        self.meeting = make_meeting(services)[0]
        self.ada = services.join(self.meeting.id, "Ada", "v1")[0]
        self.seat = services.open_page(self.ada.id)[0]
        if has_tracks:
            self.seat.tracks = (video_track(), audio_track())
        relay = MediaRelay()
        self.viewers = live.Viewers(relay=lambda: relay)
        app = Starlette(routes=live.routes(services, self.viewers))
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://testserver"
        )

    def headers(self, meeting=None):
        token = staff_pass(self.services, (meeting or self.meeting).id)
        return {"Authorization": f"Bearer {token}"}

    async def post(self, sdp, **options):
        return await self.http.post(
            f"/api/live/{self.ada.id}", content=sdp, headers=options or self.headers()
        )

    async def hang_up(self):
        for track in self.seat.tracks:
            if track is not None:
                track.stop()
        await self.http.aclose()


async def offer(client, direction="recvonly"):
    client.addTransceiver("video", direction=direction)
    client.addTransceiver("audio", direction=direction)
    await client.setLocalDescription(await client.createOffer())
    return client.localDescription.sdp


async def eventually(is_so):
    for _ in range(WITHIN_S * 20):
        if is_so():
            return True
        await asyncio.sleep(0.05)
    return False


def run(services, play, **options):
    async def main():
        call, client = Call(services, **options), RTCPeerConnection()
        try:
            await asyncio.wait_for(play(call, client), WITHIN_S)
        finally:
            await client.close()
            await call.hang_up()

    asyncio.run(main())


async def connect(call, client):
    answer = await call.post(await offer(client))
    await client.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
    assert await eventually(lambda: client.connectionState == "connected")


def test_picture_and_sound_reach_the_proctor_and_the_place_is_free_again(services):
    async def play(call, client):
        tracks = {}
        client.on("track", lambda track: tracks.update({track.kind: track}))
        answer = await call.post(await offer(client))
        assert answer.status_code == 201
        assert answer.headers["content-type"] == "application/sdp"
        await client.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
        seen = await tracks["video"].recv()
        heard = await tracks["audio"].recv()
        assert abs(float(seen.to_ndarray(format="bgr24").mean()) - 90) < 5
        assert heard.samples > 0
        assert len(call.viewers) == 1
        gone = await call.http.delete(answer.headers["location"], headers=call.headers())
        assert gone.status_code == 204
        assert len(call.viewers) == 0

    run(services, play)


class Stripped(AudioSourceTrack):
    """What the analysis does to the frames that it shares with the viewers."""

    async def recv(self):
        frame = await super().recv()
        frame.pts = None
        return frame


def test_sound_is_heard_though_the_analysis_takes_its_timestamps_off(services):
    async def play(call, client):
        call.seat.tracks = (None, Stripped(sound, sample_rate=48_000, ptime=0.02))
        tracks = []
        client.on("track", tracks.append)
        answer = await call.post(await offer(client))
        await client.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
        (heard,) = (track for track in tracks if track.kind == "audio")
        frames = [await heard.recv() for _ in range(20)]
        assert max(float(np.abs(frame.to_ndarray()).max()) for frame in frames) > 4000
        assert len(call.viewers) == 1

    run(services, play)


def test_a_candidate_without_a_stream_has_no_live_picture(services):
    async def play(call, client):
        answer = await call.post(await offer(client))
        assert answer.status_code == 409
        assert "no live picture" in answer.text

    run(services, play, has_tracks=False)


@pytest.mark.parametrize("direction", ["sendrecv", "sendonly"])
def test_a_viewer_who_wants_to_send_is_refused(services, direction):
    async def play(call, client):
        answer = await call.post(await offer(client, direction))
        assert answer.status_code == 400
        assert len(call.viewers) == 0

    run(services, play)


@pytest.mark.parametrize(
    "body",
    [b"", b"hello", b"\xff\xfe", b"v=0\r\n" * 40_000, b"v=0\r\nm=video 9 X\r\na=recvonly\r\n"],
    ids=["empty", "words", "bytes", "long", "broken"],
)
def test_what_is_no_offer_is_refused(services, body):
    async def play(call, client):
        assert (await call.post(body)).status_code == 400
        assert len(call.viewers) == 0

    run(services, play)


def test_there_are_so_many_viewers_and_no_more(services, monkeypatch):
    monkeypatch.setattr(live, "MAX_VIEWERS", 1)

    async def play(call, client):
        sdp = await offer(client)
        first = await call.post(sdp)
        second = await call.post(sdp)
        assert (first.status_code, second.status_code) == (201, 503)
        await call.http.delete(first.headers["location"], headers=call.headers())
        assert (await call.post(sdp)).status_code == 201

    run(services, play)


def test_a_viewer_who_never_connects_is_let_go(services, monkeypatch):
    monkeypatch.setattr(live, "CONNECT_WITHIN_S", 0.01)

    async def play(call, client):
        assert (await call.post(await offer(client))).status_code == 201
        assert await eventually(lambda: len(call.viewers) == 0)

    run(services, play)


def test_a_view_ends_with_the_candidates_stream(services):
    async def play(call, client):
        await connect(call, client)
        call.seat.tracks[0].stop()
        assert await eventually(lambda: len(call.viewers) == 0)

    run(services, play)


def test_a_view_ends_when_the_proctor_is_gone(services):
    async def play(call, client):
        await connect(call, client)
        await client.close()
        assert await eventually(lambda: len(call.viewers) == 0)

    run(services, play)


def test_another_meeting_can_neither_watch_nor_end_a_view(services):
    async def play(call, client):
        stranger = call.headers(make_meeting(services, title="Physics")[0])
        sdp = await offer(client)
        assert (await call.post(sdp, **stranger)).status_code == 404
        answer = await call.post(sdp)
        ended = await call.http.delete(answer.headers["location"], headers=stranger)
        assert ended.status_code == 404
        assert len(call.viewers) == 1

    run(services, play)


def test_a_view_ends_when_the_proctors_link_is_revoked(services, monkeypatch):
    monkeypatch.setattr(guard, "LOOK_AGAIN_EVERY_S", 0.05)

    async def play(call, client):
        answer = await call.post(await offer(client))
        await client.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
        assert await eventually(lambda: client.connectionState == "connected")
        own = capability_of(services, Role.PROCTOR, call.meeting.id)
        services.store.revoke(own.id, datetime.now(UTC))
        assert await eventually(lambda: len(call.viewers) == 0)

    run(services, play)

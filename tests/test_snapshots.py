"""Picture and sound over the page's own socket: their times, what comes twice, what is refused."""

from __future__ import annotations

import struct
from contextlib import contextmanager

import cv2
import numpy as np
import pytest
from making import make_meeting
from opus_packets import framed, pieces
from passes import candidate_pass
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from proctoring.api import media
from proctoring.live.snapshots import LATEST_S, Snapshots
from proctoring.types import AudioChunk, VideoFrame

ORIGIN = {"origin": "http://testserver"}
PICTURE = np.full((48, 64, 3), 90, np.uint8)
JPEG = bytes(cv2.imencode(".jpg", PICTURE)[1])
HALF_S = np.zeros(8000, np.float32)
PACKETS = next(pieces(HALF_S))[1]


class Heard:
    """A session's ear, with a clock that the test moves."""

    def __init__(self):
        self.now = 100.0
        self.samples = []
        self.snapshots = Snapshots(self.samples.append, lambda: self.now, frames_per_s=4)

    def hear(self, number, ended_s, sound=HALF_S):
        return self.snapshots.hear(number, ended_s, [(0.0, sound)])

    @property
    def sounds(self):
        return [sample.t for sample in self.samples if isinstance(sample, AudioChunk)]


def test_sound_follows_sound_however_unevenly_it_comes():
    heard, rng = Heard(), np.random.default_rng(1)
    for number in range(1, 61):
        heard.now = 100 + number / 2 + float(rng.uniform(0.02, 0.4))
        heard.hear(number, 7 + number / 2)
    assert np.allclose(np.diff(heard.sounds), 0.5)


def test_sound_that_waited_for_a_line_is_of_when_it_was_heard():
    heard = Heard()
    for number in range(1, 11):
        heard.now = 100 + number / 2
        heard.hear(number, number / 2)
    heard.now = 110.1  # the line was away for five seconds
    for number in range(11, 21):
        assert heard.hear(number, number / 2)
    assert np.allclose(np.diff(heard.sounds), 0.5)
    assert heard.sounds[-1] == pytest.approx(109.5, abs=0.01)


def test_what_comes_once_more_counts_once():
    heard = Heard()
    assert heard.hear(1, 0.5)
    assert not heard.hear(1, 0.5)
    assert heard.hear(2, 1.0)
    assert len(heard.sounds) == 2


def test_a_hole_in_the_sound_is_a_hole_in_time():
    heard = Heard()
    for number, ended_s in ((1, 0.5), (2, 1.0), (9, 4.5)):
        heard.now = 100 + ended_s
        heard.hear(number, ended_s)
    assert heard.sounds[2] - heard.sounds[1] == pytest.approx(3.5)


@pytest.mark.parametrize("missing", [1, 2, 3])
def test_not_even_a_small_hole_moves_what_follows(missing):
    heard, rng = Heard(), np.random.default_rng(missing)
    for number in range(1, 20):
        heard.now = 100 + number / 2 + float(rng.uniform(0.02, 0.4))
        if number not in range(8, 8 + missing):
            heard.hear(number, number / 2)
    steps = np.diff(heard.sounds)
    assert steps.max() == pytest.approx(0.5 * (missing + 1))
    assert sorted(steps)[-2] == pytest.approx(0.5)


def test_what_could_not_be_decoded_is_a_hole_within_a_piece():
    heard = Heard()
    heard.snapshots.hear(1, 0.5, [(0.3, HALF_S[:1600]), (0.0, HALF_S[:3200])])
    assert heard.sounds == pytest.approx([99.6, 99.8])
    assert not heard.snapshots.hear(2, 1.0, [])


def test_a_page_whose_clock_stood_still_is_read_anew():
    heard = Heard()
    for number in range(1, 101):
        slept_s = 20.0 if number > 20 else 0.0  # the machine, and with it the sound's clock
        heard.now = 100 + number / 2 + slept_s
        heard.hear(number, number / 2)
    assert heard.sounds[-1] + 0.5 == pytest.approx(heard.now, abs=0.6)


def test_sound_that_is_too_old_is_left_out():
    heard = Heard()
    heard.hear(1, 0.5)
    heard.now += LATEST_S + 2
    assert not heard.hear(2, 1.0)
    assert heard.hear(3, LATEST_S + 2.4)


def test_clocks_that_drift_apart_make_no_holes():
    heard = Heard()
    for number in range(1, 4001):  # over half an hour, by a clock that is 200 ppm slow
        heard.now = 100 + number / 2 * 1.0002
        heard.hear(number, number / 2)
    assert heard.sounds[-1] + 0.5 == pytest.approx(heard.now, abs=0.6)


def test_pictures_that_come_too_fast_are_not_even_decoded():
    heard, decoded = Heard(), []

    def decode():
        decoded.append(1)
        return PICTURE

    assert heard.snapshots.see(decode)
    assert not heard.snapshots.see(decode)
    heard.now += 0.25
    assert heard.snapshots.see(decode)
    assert len(decoded) == 2
    assert [sample.t for sample in heard.samples if isinstance(sample, VideoFrame)] == [100, 100.25]


# --- the socket --------------------------------------------------------------------------------


@pytest.fixture
def sitting(services):
    meeting = make_meeting(services)[0]
    participant, _ = services.join(meeting.id, "Ann", "1")
    seat, _, page = services.open_page(participant.id)
    return seat, page, candidate_pass(services, participant)


@contextmanager
def sender(services, sitting, **hello):
    _, page, token = sitting
    with (
        TestClient(Starlette(routes=media.routes(services))) as client,
        client.websocket_connect("/api/media", headers=ORIGIN) as socket,
    ):
        said = {"pass": token, "page": page, "sender": "1-2", "rate": 16000} | hello
        socket.send_json(said)
        yield socket


def sound(number, ended_s, piece=bytes(16000)):
    return b"A" + struct.pack("<Id", number, ended_s) + piece


def test_pictures_and_sound_reach_the_session(services, sitting):
    with sender(services, sitting) as socket:
        assert socket.receive_json() == {"type": "ready", "frames_per_s": 4.0, "heard": 0}
        socket.send_bytes(b"V" + JPEG)
        assert socket.receive_json() == {"type": "seen", "is": "analysed"}
        socket.send_bytes(sound(1, 0.5))
        assert socket.receive_json() == {"type": "heard", "number": 1}
    session = sitting[0].session
    session.close()
    assert session.status.video_t is not None
    assert session.status.audio_t is not None


@pytest.mark.parametrize(("codec", "piece"), [("pcm", bytes(16000)), ("opus", PACKETS)])
def test_the_next_socket_goes_on_where_the_last_one_was(services, sitting, codec, piece):
    with sender(services, sitting, codec=codec) as socket:
        socket.receive_json()
        for number in (1, 2):
            socket.send_bytes(sound(number, number / 2, piece))
            assert socket.receive_json() == {"type": "heard", "number": number}
    with sender(services, sitting, codec=codec) as socket:
        assert socket.receive_json()["heard"] == 2
        for number in (2, 3):  # the answer to the second was lost on the way
            socket.send_bytes(sound(number, number / 2, piece))
            assert socket.receive_json() == {"type": "heard", "number": number}
    with sender(services, sitting, sender="another page") as socket:
        assert socket.receive_json()["heard"] == 0


def test_a_page_may_change_from_packets_to_samples(services, sitting):
    with sender(services, sitting, codec="opus") as socket:
        socket.receive_json()
        socket.send_bytes(sound(1, 0.5, framed([b"\xff\xff"] * 25)))
        assert socket.receive_json() == {"type": "heard", "is": "damaged", "number": 1}
    with sender(services, sitting, codec="pcm") as socket:
        assert socket.receive_json()["heard"] == 1
        socket.send_bytes(sound(2, 1.0))
        assert socket.receive_json() == {"type": "heard", "number": 2}
    session = sitting[0].session
    session.close()
    assert session.status.audio_t is not None


@pytest.mark.parametrize("hello", [{"codec": "mp3"}, {"codec": ["opus"]}, {"rate": 10**9}])
def test_another_form_of_sound_is_refused(services, sitting, hello):
    with sender(services, sitting, **hello) as socket:
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
        assert closed.value.code == 1008


def test_a_picture_that_cannot_be_read_is_said_to_be_that(services, sitting):
    with sender(services, sitting) as socket:
        socket.receive_json()
        socket.send_bytes(b"V" + b"no picture")
        assert socket.receive_json() == {"type": "seen", "is": "unreadable"}


@pytest.mark.parametrize(
    "message",
    [
        b"X123",
        b"A12",
        b"V" + bytes(2_000_000),
        b"A" + struct.pack("<Id", 1, float("nan")) + bytes(100),
        b"A" + struct.pack("<Id", 1, 0.5) + bytes(101),
    ],
    ids=["another letter", "no sound in it", "too long", "no time", "half a sample"],
)
@pytest.mark.parametrize("codec", ["pcm", "opus"])
def test_what_no_page_sends_ends_the_socket(services, sitting, codec, message):
    with sender(services, sitting, codec=codec) as socket:
        socket.receive_json()
        socket.send_bytes(message)
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
        assert closed.value.code == 1008


def test_an_older_page_is_not_listened_to(services, sitting):
    seat = sitting[0]
    with sender(services, sitting) as socket:
        socket.receive_json()
        seat.page += 1
        socket.send_bytes(b"V" + JPEG)
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
        assert closed.value.code == media.ELSEWHERE


def test_nobody_else_feeds_a_seat(services, sitting):
    with sender(services, sitting, **{"pass": "of nobody"}) as socket:
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
        assert closed.value.code == 1008

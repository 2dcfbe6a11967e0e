"""The check-in's socket: who may open it, in what order, how much, and what is left of it."""

import asyncio
import os
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription
from making import make_meeting
from material import SMALL
from passes import candidate_pass, staff_pass
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from test_position import seat
from waiting import wait_until

from proctoring.acts.kinds import content_of, make
from proctoring.api import check_in, check_in_steps
from proctoring.api.check_in_path import MOST_PATHS, NotAnOffer, Paths
from proctoring.check_in import words
from proctoring.check_in.card import NOTE
from proctoring.media import read_sound
from proctoring.perception.id_card import IdCardMatch
from proctoring.recall import FACES, GAZE, VOICE, recall
from proctoring.store import StoreError
from proctoring.types import Journey, Role

ORIGIN = {"origin": "http://testserver"}
SIGNALS = ("faces", "identity", "gaze", "voice_owner")
ALL_STEPS = Journey(check_in=frozenset({"identity", "card", "voice"}))


def jpeg(image, quality=85):
    return bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])


FACE = jpeg(seat(1.6))
EMPTY = jpeg(cv2.imread(str(SMALL / "faces" / "sk_coffee.jpg")))


@pytest.fixture
def meeting(services):
    return make_meeting(services, signals=SIGNALS, journey=ALL_STEPS)[0]


@pytest.fixture
def client(services):
    with TestClient(Starlette(routes=check_in.routes(services))) as client:
        yield client


class Page:
    def __init__(self, socket, token):
        self.socket = socket
        socket.send_json({"pass": token})

    def greeted(self):
        assert self.socket.receive_json() == {"type": "status"}
        return self

    def ask(self, **message):
        self.socket.send_json(message)
        return self.socket.receive_json()

    def send(self, letter, data):
        self.socket.send_bytes(letter.encode() + data)
        return self.socket.receive_json()

    def begin(self, step, **more):
        assert self.ask(type="begin", step=step, **more) == {"type": "begun", "step": step}

    def close_code(self):
        try:
            while True:
                self.socket.receive_json()
        except WebSocketDisconnect as closed:
            return closed.code


@pytest.fixture
def connect(client):
    return lambda: client.websocket_connect("/api/check-in", headers=ORIGIN)


@pytest.fixture
def page(services, connect, ada):
    with connect() as socket:
        yield Page(socket, candidate_pass(services, ada)).greeted()


def learned(services, participant):
    return recall(services.store.enrolments(participant.id))


def test_an_adjustment_is_applied_before_anything_is_learned(services, connect, ada):
    content = {"signals_off": ["voice_owner", "gaze"], "second_person": True}
    adjustment = make("adjustment", content, participant_id=ada.id)
    services.store.save_act(adjustment)
    three = jpeg(cv2.imread(str(SMALL / "faces" / "in_three.jpg")))
    with connect() as socket:
        page = Page(socket, candidate_pass(services, ada)).greeted()
        assert page.send("P", three)["kind"] != "multiple_faces"
        page.begin("identity")
        page.socket.send_json({"type": "begin", "step": "gaze"})
        assert page.close_code() == 1008


def teach_face(page):
    page.begin("identity")
    answer = page.send("S", FACE)
    while not answer["is_over"]:
        answer = page.send("T" if answer["pose"] != "straight" else "S", FACE)
    return answer


# --- who -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [None, Role.PROCTOR, Role.EXAMINER])
def test_a_forged_pass_and_another_roles_pass_are_refused(services, connect, ada, role):
    token = staff_pass(services, ada.meeting_id, role) if role else "forged.pass"
    with connect() as socket:
        assert Page(socket, token).close_code() == 1008


def test_a_page_of_another_site_is_refused(services, client, ada):
    with client.websocket_connect("/api/check-in", headers={"origin": "http://evil"}) as socket:
        assert Page(socket, candidate_pass(services, ada)).close_code() == 1008


def test_the_newest_page_is_heard_and_the_older_one_told_so(services, connect, page, ada):
    with connect() as socket:
        newer = Page(socket, candidate_pass(services, ada)).greeted()
        page.socket.send_json({"type": "ping", "n": 1})
        assert page.close_code() == check_in.ELSEWHERE
        assert newer.ask(type="ping", n=2) == {"type": "pong", "n": 2}


def test_nobody_is_learned_once_the_exam_has_begun(services, connect, page, ada):
    page.begin("identity")
    services.store.start(ada.id, datetime.now(UTC))
    answer = page.send("S", FACE)
    while answer["type"] == "selfie":
        answer = page.send("T", FACE)
    assert answer == {"type": "begun_already"}
    assert learned(services, ada).faces is None
    assert page.close_code() == check_in.BEGUN
    with connect() as socket:  # and a page that comes later
        later = Page(socket, candidate_pass(services, ada))
        assert later.close_code() == check_in.BEGUN


def test_a_page_that_is_left_open_is_closed_once_the_exam_runs(services, page, ada, monkeypatch):
    assert page.send("P", FACE)["type"] == "guidance"
    services.store.start(ada.id, datetime.now(UTC))
    monkeypatch.setattr(check_in_steps, "LOOK_AGAIN_EVERY_S", -1.0)
    assert page.send("P", FACE)["type"] == "guidance"
    assert page.close_code() == check_in.BEGUN


def test_there_is_no_check_in_for_an_exam_that_has_closed(services, connect):
    meeting = make_meeting(services, signals=SIGNALS, journey=ALL_STEPS)[0]
    bob, _ = services.join(meeting.id, "Bob", "v1")
    token = candidate_pass(services, bob)
    later = datetime.now(UTC) - timedelta(seconds=1)
    closed = replace(services.store.meeting(meeting.id), closes_at=later)
    with pytest.MonkeyPatch.context() as patch, connect() as socket:
        patch.setattr(services.store, "meeting", lambda _: closed)
        assert Page(socket, token).close_code() == check_in.BEGUN


# --- what is told and learned --------------------------------------------------------------------


def test_guidance_comes_back_in_words_and_nothing_is_kept(services, page, ada, tmp_path):
    well, empty = page.send("P", FACE), page.send("P", EMPTY)
    assert (well["is_good"], well["text"]) == (True, words.WELL)
    assert (empty["kind"], empty["is_good"]) == ("no_face", False)
    assert services.store.enrolments(ada.id) == []
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert FACE[100:400] not in path.read_bytes(), path


def test_a_face_is_learned_as_the_exam_would_recall_it(services, page, ada):
    answer = teach_face(page)
    assert answer["text"] == words.FACE_LEARNED
    assert answer["done"] == answer["of"]
    found = learned(services, ada)
    assert found.faces is not None
    assert len(found.faces.embeddings) == 5
    assert (found.gaze, found.voice) == (None, None)


def test_how_they_look_at_the_dot_is_learned(services, page, ada):
    page.begin("gaze")
    answer = page.send("G", FACE)
    while not answer["is_over"]:
        answer = page.send("G", FACE)
    assert learned(services, ada).gaze is not None
    assert {one.kind for one in services.store.enrolments(ada.id)} == {GAZE}


def sound(rate=16_000):
    voice = read_sound(SMALL / "audio" / "one_voice.flac")
    return (np.tile(voice, 3) * 32767).astype("<i2").tobytes(), rate


def read_aloud(page, data, rate):
    page.begin("voice", rate=rate)
    answer = {}
    for start in range(0, len(data), 2 * rate):
        answer = page.send("A", data[start : start + 2 * rate])
        if answer["is_over"]:
            break
    return answer


def test_a_voice_is_learned_from_reading_aloud(services, page, ada):
    answer = read_aloud(page, *sound())
    assert (answer["trouble"], answer["text"]) == ("", words.VOICE_LEARNED)
    assert learned(services, ada).voice is not None
    assert {one.kind for one in services.store.enrolments(ada.id)} == {VOICE}


def test_a_mute_microphone_ends_with_the_cause_and_can_be_tried_again(services, page, ada):
    answer = read_aloud(page, bytes(2 * 16_000 * 45), 16_000)
    assert "not muted" in answer["trouble"]
    assert services.store.enrolments(ada.id) == []
    assert read_aloud(page, *sound())["trouble"] == ""


def test_what_could_not_be_saved_is_said_and_can_be_tried_again(services, page, ada, monkeypatch):
    def fail(*_):
        raise StoreError("the disk is full")

    page.begin("identity")
    with monkeypatch.context() as patch:
        patch.setattr(services.store, "save_enrolment", fail)
        answer = page.send("S", FACE)
        while answer["type"] == "selfie":
            answer = page.send("T", FACE)
    assert answer == {"type": "unsaved"}
    assert teach_face(page)["is_over"]
    assert learned(services, ada).faces is not None


@pytest.mark.parametrize("is_same", [True, None])
def test_of_a_card_the_proctors_read_what_came_of_it(services, page, ada, monkeypatch, is_same):
    match = IdCardMatch(is_same, 1.0, 1.2, "" if is_same else "portrait blurred")
    monkeypatch.setattr("proctoring.check_in.card.match_known", lambda *_: match)
    teach_face(page)
    page.begin("card")
    answer = page.send("C", FACE)
    while not answer["is_over"]:
        answer = page.send("C", FACE)
    (note,) = services.store.acts(ada.id)
    assert (note.kind, note.role) == ("note", "server")
    assert str(content_of(note)["text"]).startswith(NOTE)
    assert answer["text"] == (words.CARD_SEEN if is_same else words.CARD_UNSURE)


# --- what no page of ours sends ------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        {"type": "begin", "step": "room"},
        {"type": "begin", "step": "card"},  # before the face
        {"type": "begin", "step": "voice"},  # at no rate
        {"type": "begin", "step": "voice", "rate": 3},
        {"type": "begin", "step": "voice", "rate": "48000"},
        {"type": "fill"},  # without a measurement
        {"type": "path", "sdp": "v=0"},
        {"type": "path", "sdp": 1},
        {"type": "ping"},
        {"type": "learned", "kind": "faces"},
        {},
        b"S" + FACE,  # not begun
        b"C" + FACE,
        b"G" + FACE,
        b"A" + bytes(100),
        b"F" + bytes(100),
        b"Z" + bytes(100),
        b"P",
        b"",
        b"\xff\xfe",
        b"P" + bytes(check_in.MOST_MESSAGE),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_wrong_order_and_what_is_unknown_close_the_socket(services, page, ada, message):
    if isinstance(message, bytes):
        page.socket.send_bytes(message)
    else:
        page.socket.send_json(message)
    assert page.close_code() == 1008
    assert services.store.enrolments(ada.id) == []


def test_steps_that_the_exam_does_not_have_cannot_be_begun(services, connect):
    plain = make_meeting(services, signals=SIGNALS)[0]
    bob, _ = services.join(plain.id, "Bob", "v1")
    for step in ("identity", "gaze", "card", "voice"):
        with connect() as socket:
            page = Page(socket, candidate_pass(services, bob)).greeted()
            assert page.send("P", FACE)["type"] == "guidance"
            page.socket.send_json({"type": "begin", "step": step, "rate": 16_000})
            assert page.close_code() == 1008


def test_half_a_sample_closes_the_socket(page):
    page.begin("voice", rate=48_000)
    page.socket.send_bytes(b"A" + bytes(101))
    assert page.close_code() == 1008


@pytest.mark.parametrize(
    "data",
    [b"garbage", FACE[:300], jpeg(np.zeros((5000, 5000, 3), np.uint8), 20)],
    ids=["garbage", "cut off", "25 megapixels"],
)
def test_what_is_no_picture_is_said_and_not_often(page, data):
    assert page.send("P", data) == {"type": "unreadable"}
    for _ in range(check_in.MOST_UNREADABLE):
        page.socket.send_bytes(b"P" + data)
    assert page.close_code() == 1008


def test_a_flood_is_read_no_faster_than_it_may_come(services, page, monkeypatch):
    looked = []
    monkeypatch.setattr(check_in_steps, "guide", lambda *_, **__: looked.append(1) or well())
    count = 10
    started = time.monotonic()
    for _ in range(count):
        page.socket.send_bytes(b"P" + FACE)
    for _ in range(count):
        assert page.socket.receive_json()["type"] == "guidance"
    assert time.monotonic() - started >= (count - 5) / 5.0 - 0.1
    assert len(looked) == count


def well():
    from proctoring.check_in.guidance import Guidance

    return Guidance("well", words.WELL)


def test_the_whole_server_looks_at_so_many_and_tells_the_others_to_wait(
    services, connect, meeting, monkeypatch
):
    go = threading.Event()
    monkeypatch.setattr(check_in, "MOST_WAITING", 2)
    monkeypatch.setattr(check_in_steps, "guide", lambda *_, **__: go.wait(60) and well())
    people = [services.join(meeting.id, f"P{n}", "v1")[0] for n in range(3)]
    first, second, third = connect(), connect(), connect()
    with first as one, second as two, third as three:
        pages = [
            Page(socket, candidate_pass(services, who)).greeted()
            for socket, who in zip((one, two, three), people, strict=True)
        ]
        for page in pages[:2]:
            page.socket.send_bytes(b"P" + FACE)
        answer = wait_until(lambda: busy(pages[2]))
        assert answer["wait_ms"] > 0
        go.set()
        for page in pages[:2]:
            assert page.socket.receive_json()["type"] == "guidance"


def busy(page):
    """The others may not have arrived yet: a ping costs nothing, and a `begin` waits its turn."""
    answer = page.ask(type="begin", step="identity")
    return answer if answer["type"] == "busy" else None


@pytest.mark.skipif(sys.platform != "linux", reason="threads have priorities of their own there")
def test_looks_give_way_to_running_exams(services):
    async def own_priority():
        room = check_in.Room(services)
        return await room.look(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    assert asyncio.run(own_priority()) >= check_in.NICE > 0


# --- the line ------------------------------------------------------------------------------------


def test_the_line_is_measured_with_so_many_bytes_and_no_more(page):
    assert page.ask(type="measure") == {"type": "measure", "bytes": check_in.FILL}
    for _ in range(check_in.MOST_FILLS - 1):
        answer = page.send("F", bytes(check_in.FILL))
        assert answer == {"type": "filled", "bytes": check_in.FILL}
    page.socket.send_json({"type": "fill"})
    assert len(page.socket.receive_bytes()) == check_in.FILL
    page.socket.send_bytes(b"F" + bytes(10))
    assert page.close_code() == 1008


def test_a_data_channel_finds_its_way_there_and_back():
    async def go():
        paths, browser = Paths(), RTCPeerConnection()
        channel, came = browser.createDataChannel("path"), asyncio.Event()
        channel.on("open", lambda: channel.send("there and back"))
        channel.on("message", lambda text: text == "there and back" and came.set())
        await browser.setLocalDescription(await browser.createOffer())
        answer = await paths.answer("ada", browser.localDescription.sdp)
        await browser.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        await asyncio.wait_for(came.wait(), 60)
        assert len(paths) == 1
        await paths.close("ada")
        assert len(paths) == 0
        await browser.close()

    asyncio.run(go())


def test_an_offer_of_media_is_none_and_leaves_nothing_open():
    async def go():
        paths, browser = Paths(), RTCPeerConnection()
        browser.addTransceiver("video", direction="recvonly")
        await browser.setLocalDescription(await browser.createOffer())
        for offer in (browser.localDescription.sdp, "garbage", ""):
            with pytest.raises(NotAnOffer):
                await paths.answer("ada", offer)
        assert len(paths) == 0
        await browser.close()

    asyncio.run(go())


def test_there_are_so_many_paths_at_once_and_one_of_each_page():
    async def go():
        paths, browser = Paths(), RTCPeerConnection()
        browser.createDataChannel("path")
        await browser.setLocalDescription(await browser.createOffer())
        for _ in range(2):
            for n in range(MOST_PATHS):
                await paths.answer(str(n), browser.localDescription.sdp)
        assert (len(paths), paths.is_full) == (MOST_PATHS, True)
        for n in range(MOST_PATHS):
            await paths.close(str(n))
        await browser.close()

    asyncio.run(go())


def test_kinds_are_those_of_the_exam():
    assert {FACES, GAZE, VOICE} == {"faces", "gaze", "voice"}

"""Clients of other projects work after changing the address: their requests, written from their own
sources, and what those clients read of the answers."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from making import make_meeting
from material import ROOT
from programs import make_key
from starlette.applications import Starlette
from starlette.testclient import TestClient

from proctoring.api import routes
from proctoring.api.drop_ins import shown
from proctoring.integration.keys import KeyRole
from proctoring.services import Services
from proctoring.settings import DROP_INS, Settings, SettingsError
from proctoring.types import Role

FACES = ROOT / "tests/data/faces"
ONE_FACE = (FACES / "sk_astronaut.jpg").read_bytes()
TWO_FACES = (FACES / "in_woman_man.jpg").read_bytes()
NO_FACE = (FACES / "sk_coffee.jpg").read_bytes()
ONE_VOICE = (ROOT / "tests/data/audio/one_voice.flac").read_bytes()
TWO_VOICES = (ROOT / "tests/data/audio/two_voices.flac").read_bytes()
PAGE = "http://localhost:3000"  # where the tutorials' pages are


@pytest.fixture
def services(tmp_path):
    settings = Settings(data_dir=tmp_path, drop_ins=frozenset(DROP_INS), drop_in_origins=(PAGE,))
    services = Services(settings)
    yield services
    services.close()


@pytest.fixture
def client(services):
    return TestClient(Starlette(routes=routes(services)))


def data_url(picture):
    return "data:image/jpeg;base64," + base64.b64encode(picture).decode()


def test_without_the_setting_none_of_their_paths_is_served(tmp_path):
    services = Services(Settings(data_dir=tmp_path))
    client = TestClient(Starlette(routes=routes(services)))
    for path in ("/meetings", "/is_admin/", "/detect_faces/", "/analyze_frame", "/get_auth"):
        assert client.post(path, json={}).status_code == 404
    assert client.get("/health").status_code == 404
    services.close()


def test_the_setting_names_them_and_nothing_else(tmp_path):
    found = Settings.read({"OPENPROCTOR_DROP_INS": "dyte, smart-exam-ai"})
    assert found.drop_ins == {"dyte", "smart-exam-ai"}
    with pytest.raises(SettingsError, match="zoom"):
        Settings.read({"OPENPROCTOR_DROP_INS": "zoom"})
    with pytest.raises(SettingsError, match="ORIGINS"):
        Settings.read({"OPENPROCTOR_DROP_IN_ORIGINS": "https://a.example/path"})


# --- the Dyte tutorials ----------------------------------------------------------------------


class Tutorial:
    """What Meet.jsx, Proctor.jsx and utils.js ask for."""

    def __init__(self, client):
        self.http = client
        made = client.post("/meetings", json={"title": "Final exam"})
        assert made.status_code == 200, made.text
        told = made.json()
        self.meeting_id, self.admin_id = told["data"]["id"], told["admin_id"]
        assert told["success"] is True
        assert told["data"]["title"] == "Final exam"

    def join(self, name="new user"):
        answer = self.http.post(
            f"/meetings/{self.meeting_id}/participants",
            json={
                "name": name,
                "preset_name": "group_call_participant",
                "meeting_id": self.meeting_id,
            },
        )
        return json.loads(answer.json()["detail"])["data"]

    def is_admin(self, admin_id):
        form = {"admin_id": admin_id, "meeting_id": self.meeting_id}
        return self.http.post("/is_admin/", json=form).json()["admin"]

    def send_image(self, picture, participant_id="peer-1", name="Ada"):
        answer = self.http.post(
            "/detect_faces/",
            json={
                "base64_img": data_url(picture),
                "participant_id": participant_id,
                "participant_name": name,
                "meeting_id": self.meeting_id,
            },
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send_sound(self, sound, participant_id="peer-1", name="Ada"):
        answer = self.http.post(
            "/multiple_voices/",
            data={
                "meeting_id": self.meeting_id,
                "participant_id": participant_id,
                "participant_name": name,
            },
            files={"file": ("audio.mp3", sound, "audio/mp3")},
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def listed(self, what="faces", admin_id=None):
        form = {"meeting_id": self.meeting_id, "admin_id": admin_id or self.admin_id}
        return self.http.post(f"/multiple_{what}_list", json=form)


@pytest.fixture
def tutorial(client):
    return Tutorial(client)


def test_who_makes_a_meeting_is_its_admin_and_nobody_else(tutorial, services):
    assert tutorial.is_admin(tutorial.admin_id)
    assert not tutorial.is_admin("undefined")
    own = tutorial.join("Ada")
    assert not tutorial.is_admin(own["token"])
    assert not tutorial.is_admin(services.store.capabilities(tutorial.meeting_id)[0].token_hash)
    other = Tutorial(tutorial.http)
    assert not tutorial.is_admin(other.admin_id)


def test_who_joins_gets_a_token_of_their_own(tutorial, services):
    own = tutorial.join("Ada")
    person = services.store.participant(own["id"])
    assert (person.name, person.meeting_id) == ("Ada", tutorial.meeting_id)
    found = services.admission.by_secret(
        frozenset({Role.CANDIDATE}), tutorial.meeting_id, own["token"]
    )
    assert found.participant_id == own["id"]


def test_one_face_or_none_is_no_entry(tutorial):
    for picture in (ONE_FACE, NO_FACE):
        assert tutorial.send_image(picture) == {"id": "peer-1", "multiple_detected": False}
    assert tutorial.listed().json() == []


def test_several_faces_become_one_row_in_ten_minutes_with_its_picture(tutorial, services):
    first = tutorial.send_image(TWO_FACES)
    assert first["id"] == "peer-1"
    assert first["multiple_detected"] is True
    assert first["url"]
    assert tutorial.send_image(TWO_FACES)["multiple_detected"] is True
    tutorial.send_image(TWO_FACES, "peer-2", "Bo")
    rows = tutorial.listed().json()
    assert len(rows) == 2
    at, meeting_id, participant_id, url, verdict = rows[1]
    assert abs(datetime.now(UTC).replace(tzinfo=None) - datetime.fromisoformat(at)) < timedelta(
        minutes=5
    )
    assert (meeting_id, participant_id) == (tutorial.meeting_id, "peer-1")
    assert verdict == (
        "Participant Name: Ada <> Anomaly: Multiple Faces Detected <> Participant ID: peer-1"
    )
    assert rows[0][0] >= rows[1][0]  # the newest first
    assert url.startswith("http://testserver/evidence/")
    (ada, _) = services.store.feed(tutorial.meeting_id).incidents
    assert ada.count == 2  # nothing is dropped: it counts


def test_the_list_is_for_admins(tutorial):
    refused = tutorial.listed(admin_id="undefined")
    assert refused.status_code == 401
    assert "admin role" in refused.json()["detail"]


def test_a_picture_is_shown_for_ten_minutes_and_while_its_admin_is_one(
    tutorial, services, monkeypatch
):
    kept = tutorial.send_image(TWO_FACES)["url"]
    assert tutorial.http.get(urlsplit(kept).path).status_code == 401  # who sent it has no right
    url = tutorial.listed().json()[0][3]
    picture = tutorial.http.get(url)
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")
    assert "no-store" in picture.headers["cache-control"]
    log = services.store.audit_log(tutorial.meeting_id)
    assert [e.event.action for e in log].count("evidence.seen") == 1
    for forged in (
        url.replace("until=1", "until=2"),
        re.sub("mark=.*", "mark=0", url),
        url.partition("?")[0],
    ):
        assert tutorial.http.get(forged).status_code == 404
    with monkeypatch.context() as patch:
        patch.setattr(shown.time, "time", lambda: datetime.now(UTC).timestamp() + 601)
        assert tutorial.http.get(url).status_code == 404
    (proctor,) = [
        c for c in services.store.capabilities(tutorial.meeting_id) if c.role is Role.PROCTOR
    ]
    services.store.revoke(proctor.id, datetime.now(UTC))
    assert tutorial.http.get(url).status_code == 404


def test_several_voices_become_one_row_with_their_sound(tutorial):
    assert tutorial.send_sound(ONE_VOICE) == {"id": "peer-1", "different_voices_detected": False}
    first = tutorial.send_sound(TWO_VOICES)
    assert first["different_voices_detected"] is True
    assert first["url"] != "not uploaded"
    again = tutorial.send_sound(TWO_VOICES)
    assert again == {
        "id": "peer-1",
        "different_voices_detected": True,
        "url": "not uploaded",
    }
    (row,) = tutorial.listed("voices").json()
    assert "Anomaly: Different Voices Detected" in row[4]
    assert tutorial.http.get(row[3]).headers["content-type"] == "audio/wav"
    assert tutorial.listed("faces").json() == []


def test_a_meeting_that_no_drop_in_made_takes_no_guests(client, services):
    meeting = make_meeting(services)[0]
    form = {
        "base64_img": data_url(TWO_FACES),
        "participant_id": "peer-1",
        "participant_name": "Ada",
        "meeting_id": meeting.id,
    }
    assert client.post("/detect_faces/", json=form).status_code == 404
    join = {"name": "Ada", "preset_name": "x", "meeting_id": meeting.id}
    assert client.post(f"/meetings/{meeting.id}/participants", json=join).status_code == 404
    assert services.store.participants(meeting.id) == []


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/meetings", {}),
        ("/meetings", {"title": ""}),
        ("/is_admin/", {"meeting_id": "x"}),
        ("/detect_faces/", {"base64_img": "data:,"}),
        ("/multiple_voices/", {"file": "none"}),
    ],
)
def test_what_lacks_something_is_told_in_a_detail(client, path, form):
    refused = client.post(path, json=form)
    assert refused.status_code == 422
    assert refused.json()["detail"]


def test_a_picture_that_is_none_makes_no_entry(tutorial):
    answer = tutorial.http.post(
        "/detect_faces/",
        json={
            "base64_img": data_url(b"nothing"),
            "participant_id": "p",
            "participant_name": "Ada",
            "meeting_id": tutorial.meeting_id,
        },
    )
    assert answer.status_code == 422


def test_where_staff_sign_in_nobody_makes_meetings_by_this(tmp_path):
    services = Services(
        Settings(data_dir=tmp_path, drop_ins=frozenset({"dyte"}), staff=frozenset({"a@b.example"}))
    )
    client = TestClient(Starlette(routes=routes(services)))
    assert client.post("/meetings", json={"title": "x"}).status_code == 403
    services.close()


def test_pages_of_the_named_origin_may_call_and_others_may_not(client):
    asked = {"Access-Control-Request-Method": "POST", "Origin": PAGE}
    told = client.options("/detect_faces/", headers=asked)
    assert told.status_code == 204
    assert told.headers["access-control-allow-origin"] == PAGE
    other = client.options("/detect_faces/", headers=asked | {"Origin": "http://evil.example"})
    assert "access-control-allow-origin" not in other.headers
    done = client.post("/is_admin/", json={"meeting_id": "x", "admin_id": "y"}, headers=asked)
    assert done.headers["access-control-allow-origin"] == PAGE


# --- smart-exam-ai ---------------------------------------------------------------------------

FIELDS = {
    "people_count": int,
    "banned_objects": list,
    "face_detected": bool,
    "face_verified": bool,
    "person_name": str,
    "headpose_alert": bool,
    "spoofing_alert": bool,
    "alerts": list,
}


def test_its_health_says_what_it_said(client):
    told = client.get("/health").json()
    assert told["status"] == "healthy"
    assert set(told["models_loaded"]) == {"face_recognition", "face_detection"}


@pytest.mark.parametrize(
    ("picture", "people", "has_face"), [(ONE_FACE, 1, True), (TWO_FACES, 2, True)]
)
def test_a_frame_has_its_fields_by_either_way(client, picture, people, has_face):
    as_file = client.post("/analyze_frame", files={"file": ("f.jpg", picture, "image/jpeg")})
    image = base64.b64encode(picture).decode()
    as_text = client.post("/analyze_frame_base64", json={"image": image})
    for answer in (as_file, as_text):
        assert answer.status_code == 200
        told = answer.json()
        for name, kind in FIELDS.items():
            assert type(told[name]) is kind, name
        assert (told["people_count"], told["face_detected"]) == (people, has_face)
    assert as_file.json() == as_text.json()


def test_a_second_face_is_among_its_alerts_in_words(client):
    image = base64.b64encode(TWO_FACES).decode()
    told = client.post("/analyze_frame_base64", json={"image": image}).json()
    assert "More than one face" in told["alerts"]
    assert all(isinstance(alert, str) for alert in told["alerts"])


@pytest.mark.parametrize(
    ("options", "status", "detail"),
    [
        ({"json": {}}, 400, "Image data not provided"),
        ({"json": {"image": "bm90aGluZw=="}}, 400, "Invalid base64 image"),
        ({"json": {"image": "%"}}, 400, "Invalid base64 image"),
        ({"content": b"{"}, 422, "body"),
    ],
)
def test_a_frame_that_is_none_is_told_in_a_detail(client, options, status, detail):
    answer = client.post("/analyze_frame_base64", **options)
    assert answer.status_code == status
    assert answer.json()["detail"].startswith(detail)


def test_a_file_that_is_none_is_told_in_a_detail(client):
    answer = client.post("/analyze_frame", files={"file": ("f.jpg", b"nothing")})
    assert (answer.status_code, answer.json()["detail"]) == (400, "Invalid image file")
    assert client.post("/analyze_frame").status_code == 422
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    assert client.post("/analyze_frame", content=b"junk", headers=form).status_code == 422


def test_names_of_the_enrolled_are_told_to_nobody(client):
    assert client.get("/students").status_code == 404


def test_a_flood_of_frames_is_told_when_to_come_again(client):
    answers = [client.post("/analyze_frame_base64", json={}) for _ in range(70)]
    assert {a.status_code for a in answers} == {400, 429}
    assert int(answers[-1].headers["retry-after"]) >= 1


# --- Proctor-Audit ---------------------------------------------------------------------------


def auth(client, services, *roles):
    key = make_key(services, *(roles or (KeyRole.ANALYSIS,)))
    return client.post("/get_auth", json={"key": key}).json()


def test_a_key_gets_a_token_and_a_frame_its_answer(client, services):
    told = auth(client, services)
    assert told["auth_status"] == "Authentication Success"
    with client.websocket_connect("/ws") as socket:
        socket.send_text(told["token"])
        socket.send_text(base64.b64encode(ONE_FACE).decode())
        calm = socket.receive_json()
        assert {"anomaly", "pupil_movement_status", "frame"} <= set(calm)
        assert calm["anomaly"] is False
        socket.send_text(json.dumps({"frame": data_url(TWO_FACES)}))
        seen = socket.receive_json()
        assert seen["anomaly"] is True
        assert base64.b64decode(seen["frame"]).startswith(b"\xff\xd8")
        socket.send_text("nothing")
        assert socket.receive_json() == {"error": "Invalid image"}


@pytest.mark.parametrize("way", ["header", "address", "message"])
def test_a_token_comes_by_any_of_three_ways_and_serves_once(client, services, way):
    token = auth(client, services)["token"]

    def opened():
        headers = {"Authorization": f"Bearer {token}"} if way == "header" else {}
        return client.websocket_connect(
            f"/ws?token={token}" if way == "address" else "/ws", headers=headers
        )

    with opened() as socket:
        if way == "message":
            socket.send_text(json.dumps({"token": token}))
        socket.send_text(base64.b64encode(ONE_FACE).decode())
        assert "anomaly" in socket.receive_json()
    with opened() as socket:
        if way == "message":
            socket.send_text(token)
        assert "Unauthorized" in socket.receive_json()["error"]


def test_a_key_that_is_none_or_of_another_role_gets_no_token(client, services):
    for answer in (
        client.post("/get_auth", json={"key": "opk_guessed"}).json(),
        client.post("/get_auth", json={"key": "YOUR_API_KEY"}).json(),
        auth(client, services, KeyRole.EXAMINER),
    ):
        assert answer["auth_status"] == "Authentication Failed"
        assert "token" not in answer


def test_one_candidates_frames_do_not_touch_anothers(client, services):
    """In the original all share the frame before, and so one that moves is all that move."""
    frames = [base64.b64encode(picture).decode() for picture in (ONE_FACE, TWO_FACES)]
    with client.websocket_connect("/ws") as first, client.websocket_connect("/ws") as second:
        for socket in (first, second):
            socket.send_text(auth(client, services)["token"])
        for _ in range(2):
            for socket, frame in zip((first, second), frames, strict=True):
                socket.send_text(frame)
                assert "face moved" not in socket.receive_json()["reasons"]


def test_an_ended_key_ends_its_sockets(client, services):
    token = auth(client, services)["token"]
    (key,) = services.integration.keys.list()
    with client.websocket_connect("/ws") as socket:
        socket.send_text(token)
        services.integration.keys.revoke(key.id)
        socket.send_text(base64.b64encode(ONE_FACE).decode())
        assert "Unauthorized" in socket.receive_json()["error"]


def test_a_page_of_another_site_opens_no_socket(client, services):
    token = auth(client, services)["token"]
    origin = {"origin": "http://evil.example"}
    with client.websocket_connect(f"/ws?token={token}", headers=origin) as socket:
        assert "Unauthorized" in socket.receive_json()["error"]

"""TURN credentials that end by themselves, who gets them, and which way was found."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pytest
from making import make_meeting
from passes import candidate_pass, staff_pass
from starlette.applications import Starlette
from starlette.testclient import TestClient
from waiting import wait_until

from proctoring import views
from proctoring.access import tokens
from proctoring.api import ice as route
from proctoring.api import v1
from proctoring.live.ice import LASTS_S, credentials, ice_servers
from proctoring.live.seats import Seat
from proctoring.live.ways import DIRECT, RELAY, SNAPSHOTS, way_of
from proctoring.settings import Settings
from proctoring.types import AudioChunk, Role

OWN = {"username": "ada", "credential": "lovelace"}
SECRET = "b1ed" * 10


def make_settings(*servers, secret=SECRET, **more):
    return Settings(ice_servers=servers, turn_secret=secret, **more)


# --- credentials ---------------------------------------------------------------------------


def test_the_password_is_the_names_hmac_as_openssl_makes_it():
    # printf 1700000000:ada | openssl dgst -sha1 -hmac b1edb1edb1edb1ed -binary | base64
    assert credentials("b1ed" * 4, "ada", 1_700_000_000) == (
        "1700000000:ada",
        "k5UJMfc+YHT7idUkLJWqytIv8YA=",
    )


def test_only_turn_servers_without_credentials_get_some_and_settings_stay_as_they_were():
    settings = make_settings(
        {"urls": ["stun:s", "turn:t?transport=udp", "turns:t?transport=tcp"]},
        {"urls": ["turn:own"], **OWN},
    )
    stun, shared, own = ice_servers(settings, "ada", 1000.4)
    assert stun == {"urls": ["stun:s"]}
    assert own == {"urls": ["turn:own"], **OWN}
    assert shared["urls"] == ["turn:t?transport=udp", "turns:t?transport=tcp"]
    assert (shared["username"], shared["credential"]) == credentials(SECRET, "ada", 1000 + LASTS_S)
    assert "username" not in settings.ice_servers[0]


def test_each_page_and_the_server_get_their_own_and_later_ones_last_longer():
    settings = make_settings({"urls": ["turn:t"]})
    names = [ice_servers(settings, who, at)[0]["username"] for who, at in (("a", 5), ("b", 9))]
    assert names == [f"{5 + LASTS_S}:a", f"{9 + LASTS_S}:b"]


@pytest.fixture
def with_turn(services, monkeypatch):
    settings = replace(services.settings, ice_servers=({"urls": ["turn:t"]},), turn_secret=SECRET)
    monkeypatch.setattr(services, "settings", settings)
    return services


def test_a_page_gets_ice_servers_by_its_pass_and_never_the_secret(with_turn, ada):
    with TestClient(Starlette(routes=route.routes(with_turn))) as client:
        for token in (candidate_pass(with_turn, ada), staff_pass(with_turn, ada.meeting_id)):
            answer = client.get("/api/ice", headers={"Authorization": f"Bearer {token}"})
            (server,) = answer.json()["iceServers"]
            assert re.fullmatch(r"\d+:[0-9A-Za-z-]+", server["username"])
            assert int(server["username"].split(":")[0]) > time.time()
            assert answer.headers["cache-control"] == "no-store"
            assert SECRET not in answer.text


def test_nobody_else_gets_any(with_turn, ada):
    secret = tokens.new_secret()
    reviewer = tokens.capability(Role.REVIEWER, ada.meeting_id, secret)
    with_turn.store.add_capability(reviewer)
    with TestClient(Starlette(routes=route.routes(with_turn))) as client:
        for token in ("", "forged.pass", with_turn.admission.make_pass(reviewer)):
            answer = client.get("/api/ice", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 404
            assert "turn:" not in answer.text


def test_the_servers_own_ends_get_fresh_ones_each_time(with_turn, monkeypatch):
    make = route.configuration_of(with_turn)
    names = []
    for now in (1000.0, 9000.0):
        monkeypatch.setattr(route.time, "time", lambda now=now: now)
        names.append(make().iceServers[0].username)
    assert names == [f"{1000 + LASTS_S}:server", f"{9000 + LASTS_S}:server"]


# --- which way -----------------------------------------------------------------------------


class Connection:
    connectionState = "connected"

    def __init__(self, local, remote):
        pair = SimpleNamespace(
            local_candidate=SimpleNamespace(type=local),
            remote_candidate=SimpleNamespace(type=remote),
        )
        ice = SimpleNamespace(_connection=SimpleNamespace(_nominated={1: pair}))
        transport = SimpleNamespace(transport=ice)
        self._own = [SimpleNamespace(receiver=SimpleNamespace(transport=transport))]

    def getTransceivers(self):
        return self._own


@pytest.fixture
def seat(services):
    meeting = make_meeting(services)[0]
    someone = services.join(meeting.id, "Bob", "v1")[0]
    found: Seat = services.open_page(someone.id)[0]
    return found


@pytest.mark.parametrize(
    ("local", "remote", "way"),
    [
        ("host", "prflx", DIRECT),
        ("srflx", "host", DIRECT),
        ("host", "relay", RELAY),
        ("relay", "prflx", RELAY),
    ],
)
def test_one_relay_at_either_end_is_a_relay(seat, local, remote, way):
    seat.connection = (Connection(local, remote), None)
    assert way_of(seat) == way
    seat.connection[0].connectionState = "closed"
    assert way_of(seat) == ""


def test_of_two_ways_it_is_the_one_that_began_later(seat):
    assert way_of(seat) == ""
    seat.connection = (Connection("host", "host"), None)
    seat.snapshots = ("page one", object())
    assert way_of(seat) == SNAPSHOTS
    seat.connection = (Connection("host", "host"), seat.snapshots)  # another tab, by WebRTC
    assert way_of(seat) == DIRECT
    seat.snapshots = ("page two", object())
    assert way_of(seat) == SNAPSHOTS


def test_the_desk_is_told_the_way_while_anything_comes(services, seat):
    def told():
        seat_view = views.candidate(person, meeting, seat, (), datetime.now(UTC))
        return seat_view["way"]

    (person,) = services.store.participants(seat.meeting_id)
    meeting = services.store.meeting(seat.meeting_id)
    seat.connection = (Connection("host", "relay"), None)
    assert told() == ""
    seat.session.offer(AudioChunk(seat.session.clock(), np.zeros(8000, np.float32)))
    assert wait_until(told) == RELAY


def test_the_api_tells_the_way_of_one_candidate(services, seat):
    with TestClient(Starlette(routes=v1.routes(services))) as client:
        (person,) = services.store.participants(seat.meeting_id)
        secret = tokens.new_secret()
        proctor = tokens.capability(Role.PROCTOR, seat.meeting_id, secret)
        services.store.add_capability(proctor)

        def told():
            headers = {"Authorization": f"Bearer {secret}"}
            answer = client.get(f"/api/v1/participants/{person.id}", headers=headers)
            return answer.json()["comes_by"]

        assert told() == ""
        seat.snapshots = ("a page", object())
        assert told() == SNAPSHOTS

"""Several servers that share a store: a desk at one shows who sits at the others."""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from making import GREY, make_meeting, occurrence
from passes import staff_pass
from starlette.applications import Starlette
from stores import supabase_project
from waiting import WITHIN_S, wait_until
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from proctoring.access import tokens
from proctoring.api import routes
from proctoring.api.peers import ELSEWHERE, pack, unpack
from proctoring.services import PRESENT_FOR, Services
from proctoring.settings import Settings, SettingsError, SupabaseSettings
from proctoring.store import StoreError, Unknown
from proctoring.types import Meeting, Participant, Role, VideoFrame

Message = dict[str, Any]


class Server:
    """The routes of one replica on a port of its own, in a thread."""

    def __init__(self, name: str, data_dir: Path, **changes: Any) -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.services = Services(
            Settings(
                data_dir=data_dir,
                sealing_key=bytes(32),
                replica=name,
                replica_url=self.url,
                **changes,
            )
        )
        config = uvicorn.Config(
            Starlette(routes=routes(self.services)),
            log_level="error",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)
        self._thread.start()
        wait_until(lambda: self._server.started)
        self._is_over = threading.Event()  # as in proctoring.server
        self._teller = threading.Thread(target=self._tell, daemon=True)
        self._teller.start()

    def seat(self, participant: Participant, *, still: bool = True) -> None:
        """Its page is open here, and a picture has come."""
        seat, _, _ = self.services.open_page(participant.id)
        seat.is_connected = True
        if still:
            seat.session.offer(VideoFrame(seat.session.clock(), GREY))
            wait_until(lambda: seat.session.still is not None)
        self.services.tell_presence()

    def _tell(self) -> None:
        while not self._is_over.wait(0.5):
            self.services.tell_presence()

    def hang_up(self) -> None:
        """Nobody reaches it any more, and it says nothing of that."""
        self._server.should_exit = True
        self._thread.join()
        self._is_over.set()  # last: what it says of itself is new when it goes
        self._teller.join()

    def close(self) -> None:
        self.hang_up()
        self.services.close()


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    with ExitStack() as ending:
        a, b = (ending.enter_context(closing(Server(name, tmp_path))) for name in "ab")
        yield a, b


@pytest.fixture
def meeting(servers: tuple[Server, Server]) -> Meeting:
    return make_meeting(servers[0].services)[0]


@pytest.fixture
def ada(servers: tuple[Server, Server], meeting: Meeting) -> Participant:
    return servers[1].services.join(meeting.id, "Ada", "v1")[0]


@contextmanager
def open_desk(server: Server, token: str, **hello: Any) -> Iterator[ClientConnection]:
    address = server.url.replace("http", "ws", 1)
    with connect(f"{address}/api/desk", origin=server.url, proxy=None) as line:  # type: ignore[arg-type]
        line.send(json.dumps({"pass": token, **hello}))
        yield line


def until(line: ClientConnection, fits: Callable[[Message | bytes], bool]) -> Any:
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        received = line.recv(WITHIN_S)
        message = received if isinstance(received, bytes) else json.loads(received)
        if isinstance(message, dict) and message["type"] == "candidates":
            line.send(json.dumps({"type": "taken", "number": message["number"]}))
        if fits(message):
            return message
    raise AssertionError("no such message came")


def shows(**wanted: Any) -> Callable[[Message | bytes], bool]:
    """The one candidate is shown so."""

    def fits(message: Message | bytes) -> bool:
        if isinstance(message, bytes) or message["type"] != "candidates":
            return False
        (candidate,) = message["candidates"]
        return all(candidate.get(name) == value for name, value in wanted.items())

    return fits


def test_a_desk_shows_the_state_and_the_still_of_who_sits_at_another_server(servers, meeting, ada):
    a, b = servers
    b.seat(ada)
    with open_desk(a, staff_pass(a.services, meeting.id)) as line:
        packed = until(line, lambda message: isinstance(message, bytes))
        participant_id, jpeg = unpack(packed)
        (candidate,) = until(line, shows(server="b", is_running=True))["candidates"]
    assert (participant_id, jpeg[:2]) == (ada.id, b"\xff\xd8")
    assert (candidate["id"], candidate["name"]) == (ada.id, "Ada")
    assert candidate["picture_age_s"] < PRESENT_FOR.total_seconds()


def test_a_server_that_asks_is_told_of_its_own_candidates_alone(servers, meeting, ada):
    a, b = servers
    a.services.join(meeting.id, "Bob", "v1")
    b.seat(ada)
    with open_desk(b, staff_pass(b.services, meeting.id), relay=True) as line:
        message = until(line, lambda m: isinstance(m, dict) and m["type"] != "server")
    assert message["type"] == "candidates"
    assert [candidate["id"] for candidate in message["candidates"]] == [ada.id]


def test_a_desk_that_comes_from_another_server_is_told_everything(servers, meeting, ada):
    a, b = servers
    a.services.store.save_occurrence(occurrence(meeting_id=meeting.id, participant_id=ada.id))
    token = staff_pass(a.services, meeting.id)

    def begin(server: Server, **hello: Any) -> Message:
        with open_desk(server, token, **hello) as line:
            return until(line, lambda m: isinstance(m, dict) and m["type"] == "incidents")

    first = begin(a)
    assert (first["whole"], len(first["incidents"]), first["replica"]) == (True, 1, "a")
    seen = {"revision": first["revision"]}
    again, moved = begin(a, replica="a", **seen), begin(b, replica="a", **seen)
    assert (again["whole"], len(again["incidents"])) == (False, 0)
    assert (moved["whole"], len(moved["incidents"]), moved["replica"]) == (True, 1, "b")


def test_a_server_that_is_gone_is_said_and_its_candidate_is_somewhere_until_that_is_old(
    servers, meeting, ada
):
    a, b = servers
    b.seat(ada)
    with open_desk(a, staff_pass(a.services, meeting.id)) as line:
        until(line, shows(server="b", is_running=True))
        b.hang_up()
        until(line, shows(server="b", marks=[ELSEWHERE]))
        told = until(line, lambda m: isinstance(m, dict) and bool(m.get("problem")))
        assert "Server b cannot be reached from this one" in told["problem"]
        until(line, shows(marks=["disconnected"]))
        until(line, lambda m: isinstance(m, dict) and m.get("problem") == "")
        a.seat(ada)
        until(line, lambda m: shows(is_running=True)(m) and not shows(server="b")(m))


def test_whose_link_is_revoked_is_told_nothing_more_by_either(servers, meeting, ada):
    a, b = servers
    b.seat(ada)
    token = staff_pass(a.services, meeting.id)
    with open_desk(a, token) as line, open_desk(b, token, relay=True) as relay:
        until(line, shows(server="b"))
        bearer = a.services.admission.by_pass(token, frozenset(Role))
        a.services.store.revoke(bearer.id, datetime.now(UTC))
        for one in (line, relay):
            with pytest.raises(ConnectionClosed):
                until(one, lambda message: False)


def test_a_reviewer_gets_no_stills_from_any_server(servers, meeting, ada):
    a, b = servers
    b.seat(ada)
    reviewer = tokens.capability(Role.REVIEWER, meeting.id, tokens.new_secret())
    a.services.store.add_capability(reviewer)
    with open_desk(a, a.services.admission.make_pass(reviewer)) as line:
        seen = []
        for _ in range(3):
            until(line, lambda message: seen.append(message) or shows(server="b")(message))
    assert not any(isinstance(message, bytes) for message in seen)


def test_a_live_view_is_sent_on_to_the_server_that_has_the_candidate_and_no_further(
    servers, meeting, ada
):
    a, b = servers
    b.seat(ada)
    headers = {"Authorization": f"Bearer {staff_pass(a.services, meeting.id)}"}
    path = f"/api/live/{ada.id}"
    sent_on = httpx.post(f"{a.url}{path}", headers=headers, content="v=0")
    assert sent_on.status_code == 307
    there = httpx.URL(f"{a.url}{path}").join(sent_on.headers["location"])
    assert there.path == f"/replica/b{path}"
    assert there.query == b"direct=1"
    for server in servers:  # it asks nobody else, so that two that are wrong make no ring
        answer = httpx.post(f"{server.url}{path}?direct=1", headers=headers, content="v=0")
        assert answer.status_code == 409
    assert httpx.post(f"{a.url}{path}", content="v=0").status_code == 404


def test_a_candidate_whose_two_tabs_are_at_two_servers_is_shown_once(servers, meeting, ada):
    for server in servers:
        server.seat(ada)
    a, _ = servers
    with open_desk(a, staff_pass(a.services, meeting.id)) as line:
        (candidate,) = until(line, shows(is_running=True))["candidates"]
    assert "server" not in candidate


def test_who_finishes_at_one_server_has_finished_at_the_others(servers, ada):
    a, b = servers
    for server in servers:
        server.seat(ada, still=False)
    b.services.finish(ada.id, "handed in")
    wait_until(lambda: a.services.seat(ada.id) is None)


def test_a_server_tells_whom_it_holds_and_at_its_end_that_it_holds_nobody(servers, meeting, ada):
    a, b = servers
    b.seat(ada, still=False)
    (found,) = a.services.elsewhere(meeting.id)
    assert (found.replica, found.url, found.participant_ids) == ("b", b.url, (ada.id,))
    assert b.services.elsewhere(meeting.id) == []
    a.services.store.save_presence("c", [replace(found, replica="c", seen_at=long_ago())])
    assert [one.replica for one in a.services.elsewhere(meeting.id)] == ["b"]
    b.close()
    assert a.services.elsewhere(meeting.id) == []


def test_a_server_alone_asks_and_tells_nobody(services, monkeypatch):
    def refuse(*_: object) -> None:
        raise StoreError("not asked for")

    monkeypatch.setattr(services.store, "presence", refuse)
    monkeypatch.setattr(services.store, "save_presence", refuse)
    services.tell_presence()
    assert services.elsewhere("m") == []


@pytest.mark.parametrize("jpeg", [b"", b"\xff\xd8 picture"])
def test_a_still_comes_out_as_it_was_packed(jpeg):
    assert unpack(pack("ünïcode", jpeg)) == ("ünïcode", jpeg)
    with pytest.raises(ValueError, match="without a name"):
        unpack(b"")


def is_open_at(server: Server, participant_id: str) -> bool:
    try:
        return bool(server.services.store.open_occurrences(participant_id))
    except Unknown:  # the person has not come there yet either
        return False


def test_who_comes_back_at_another_server_has_the_same_seat_and_what_was_open_is_closed(tmp_path):
    project = supabase_project()
    supabase = SupabaseSettings(project.url, project.secret_key)
    with ExitStack() as ending:
        a, b = (
            ending.enter_context(closing(Server(name, tmp_path / name, supabase=supabase)))
            for name in "ab"
        )
        meeting = make_meeting(a.services)[0]
        ada, token = a.services.join(meeting.id, "Ada", "v1")
        a.seat(ada, still=False)
        began = a.services.store.participant(ada.id).started_at
        lasting = occurrence(
            meeting_id=meeting.id,
            participant_id=ada.id,
            opened_at=datetime.now(UTC) - timedelta(seconds=20),
            last_seen_at=datetime.now(UTC) - timedelta(seconds=5),
        )
        a.services.store.save_occurrence(lasting)
        wait_until(lambda: is_open_at(b, ada.id))
        a.hang_up()

        bearer = b.services.admission.by_secret(frozenset({Role.CANDIDATE}), meeting.id, token)
        assert bearer is not None
        assert bearer.participant_id == ada.id
        b.seat(ada, still=False)
        wait_until(lambda: not b.services.store.open_occurrences(ada.id))
        (incident,) = b.services.store.feed(meeting.id).incidents
        assert incident.closed_at == lasting.last_seen_at
        assert b.services.store.participant(ada.id).started_at == began
        assert [one.id for one in b.services.store.participants(meeting.id)] == [ada.id]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"REPLICA": "server b"}, "REPLICA must be a short name"),
        ({"REPLICA_URL": "10.0.0.1:8501"}, "REPLICA_URL must begin with"),
        ({"REPLICA_URL": ""}, "REPLICA needs OPENPROCTOR_REPLICA_URL"),
        ({"SEALING_KEY": ""}, "REPLICA needs OPENPROCTOR_SEALING_KEY"),
    ],
)
def test_a_server_among_several_says_what_it_needs(changes, named):
    given = {
        "REPLICA": "b",
        "REPLICA_URL": "http://10.0.0.1:8501/",
        "SEALING_KEY": base64.b64encode(bytes(32)).decode(),
    }
    settings = Settings.read({f"OPENPROCTOR_{name}": value for name, value in given.items()})
    assert (settings.replica, settings.replica_url) == ("b", "http://10.0.0.1:8501")
    with pytest.raises(SettingsError, match=named):
        Settings.read({f"OPENPROCTOR_{n}": value for n, value in (given | changes).items()})


def long_ago() -> datetime:
    return datetime.now(UTC) - 2 * PRESENT_FOR

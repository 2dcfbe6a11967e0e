"""Without the right pass there is nothing to be had: every route, every wrong pass."""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from making import GREY, occurrence
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from proctoring import access, evidence
from proctoring.access import PASS_LASTS_S
from proctoring.api import routes
from proctoring.api.guard import POLICY_VIOLATION
from proctoring.services import Services
from proctoring.settings import Settings
from proctoring.types import Role

ORIGIN = "http://testserver"
PUBLIC = {("GET", "/api/health")}
GUARDED = {  # who has a right to it
    ("GET", "/api/evidence/{evidence_id}"): Role.PROCTOR,
    ("POST", "/api/live/{id}"): Role.PROCTOR,
    ("DELETE", "/api/live/{id}"): Role.PROCTOR,
    ("WS", "/api/desk"): Role.PROCTOR,
    ("WS", "/api/exam"): Role.CANDIDATE,
}
PLAIN = [key for key in GUARDED if key[0] != "WS"]
SOCKETS = [path for method, path in GUARDED if method == "WS"]


@dataclass(frozen=True)
class World:
    """Two meetings; in the first, a candidate who sits there, and a picture of her."""

    services: Services
    client: TestClient
    meeting_id: str
    other_id: str
    candidate_id: str
    evidence_id: str

    def address(self, path: str) -> str:
        return path.format(evidence_id=self.evidence_id, id=self.candidate_id)

    def subject(self, role: Role) -> str:
        return self.meeting_id if role is Role.PROCTOR else self.candidate_id


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    services = Services(Settings(data_dir=tmp_path_factory.mktemp("data")))
    now = datetime.now(UTC)
    window = {"opens_at": now - timedelta(hours=1), "closes_at": now + timedelta(hours=1)}
    meetings = [
        services.create_meeting(title=title, length_s=60, signals=("faces",), **window)[0]
        for title in ("Algebra", "Physics")
    ]
    ada, _ = services.join(meetings[0].id, "Ada", "v1")
    services.open_page(ada.id)
    seen = occurrence(meeting_id=meetings[0].id, participant_id=ada.id)
    picture = evidence.picture(seen.id, now, GREY, ())
    services.store.save_occurrence(seen)
    services.store.save_evidence(picture)
    with TestClient(Starlette(routes=routes(services))) as client:
        yield World(services, client, meetings[0].id, meetings[1].id, ada.id, picture.id)
    services.close()


def no_pass(world, role):
    return ""


def garbage(world, role):
    return "é.\x7f.x"


def only_a_dot(world, role):
    return "."


def forged(world, role):
    return access.Passes(b"another key" * 4).make(role, world.subject(role))


def tampered_with(world, role):
    """Somebody's own good pass, with the body of another."""
    other = world.services.passes.make(role, world.other_id)
    wanted = world.services.passes.make(role, world.subject(role))
    return f"{wanted.partition('.')[0]}.{other.partition('.')[2]}"


def expired(world, role):
    long_ago = time.time() - PASS_LASTS_S - 1
    return world.services.passes.make(role, world.subject(role), now=long_ago)


def of_the_other_role(world, role):
    other = Role.CANDIDATE if role is Role.PROCTOR else Role.PROCTOR
    return world.services.passes.make(other, world.subject(role))


def of_the_other_role_for_its_subject(world, role):
    other = Role.CANDIDATE if role is Role.PROCTOR else Role.PROCTOR
    return world.services.passes.make(other, world.subject(other))


def of_another_meeting(world, role):
    return world.services.passes.make(role, world.other_id)


def of_nothing_known(world, role):
    return world.services.passes.make(role, "unknown")


WRONG = [
    no_pass,
    garbage,
    only_a_dot,
    forged,
    tampered_with,
    expired,
    of_the_other_role,
    of_the_other_role_for_its_subject,
]
ways = pytest.mark.parametrize("carrier", ["header", "query"])
wrong_passes = pytest.mark.parametrize("make_pass", WRONG, ids=lambda make: make.__name__)


def ask(world, method, address, token, carrier="header"):
    options = {"params": {"pass": token}}
    if carrier == "header":
        options = {"headers": {"Authorization": f"Bearer {token}".encode()}}
    return world.client.request(method, address, **options)


def is_refused(response):
    return response.status_code == 404 and response.text == "Not found.\n"


def closed_with(world, path, hello, origin=ORIGIN):
    headers = {"origin": origin} if origin is not None else {}
    with world.client.websocket_connect(path, headers=headers) as socket:
        socket.send_text(hello) if isinstance(hello, str) else socket.send_bytes(hello)
        with pytest.raises(WebSocketDisconnect) as closed:
            raise AssertionError(f"it was told {socket.receive_text()}")
    return closed.value.code, closed.value.reason


def test_every_route_is_either_public_or_guarded(world):
    found = set()
    for route in routes(world.services):
        if isinstance(route, WebSocketRoute):
            found.add(("WS", route.path))
        else:
            assert isinstance(route, Route)
            found |= {(method, route.path) for method in route.methods - {"HEAD"}}
    assert found == PUBLIC | set(GUARDED)


def test_the_right_passes_do_open(world):
    token = world.services.passes.make(Role.PROCTOR, world.meeting_id)
    for carrier in ("header", "query"):
        address = world.address("/api/evidence/{evidence_id}")
        assert ask(world, "GET", address, token, carrier).status_code == 200
    assert ask(world, "POST", world.address("/api/live/{id}"), token).status_code == 409
    for path in SOCKETS:
        role = GUARDED["WS", path]
        token = world.services.passes.make(role, world.subject(role))
        with world.client.websocket_connect(path, headers={"origin": ORIGIN}) as socket:
            socket.send_json({"pass": token})
            assert socket.receive_json()["type"]


@ways
@wrong_passes
@pytest.mark.parametrize(("method", "path"), PLAIN)
def test_a_wrong_pass_gets_a_refusal_without_detail(world, method, path, make_pass, carrier):
    token = make_pass(world, GUARDED[method, path])
    assert is_refused(ask(world, method, world.address(path), token, carrier))


@pytest.mark.parametrize("make_pass", [of_another_meeting, of_nothing_known])
@pytest.mark.parametrize(("method", "path"), PLAIN)
def test_a_good_pass_opens_nothing_of_another_meeting(world, method, path, make_pass):
    token = make_pass(world, Role.PROCTOR)
    assert is_refused(ask(world, method, world.address(path), token))


@pytest.mark.parametrize(("method", "path"), PLAIN)
def test_what_is_not_there_looks_like_what_is_not_theirs(world, method, path):
    token = world.services.passes.make(Role.PROCTOR, world.meeting_id)
    assert is_refused(ask(world, method, path.format(evidence_id="unknown", id="unknown"), token))


def test_a_refusal_is_kept_by_no_cache(world):
    response = ask(world, "GET", world.address("/api/evidence/{evidence_id}"), "")
    assert response.headers["cache-control"] == "no-store"


@wrong_passes
@pytest.mark.parametrize("path", SOCKETS)
def test_a_socket_with_a_wrong_pass_is_closed_without_a_word(world, path, make_pass):
    token = make_pass(world, GUARDED["WS", path])
    assert closed_with(world, path, json.dumps({"pass": token})) == (POLICY_VIOLATION, "")


def test_a_desk_for_a_meeting_that_is_not_there_is_closed(world):
    hello = json.dumps({"pass": of_nothing_known(world, Role.PROCTOR)})
    assert closed_with(world, "/api/desk", hello) == (POLICY_VIOLATION, "")


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "", None, "http://testserver.evil.example", "http://["],
)
@pytest.mark.parametrize("path", SOCKETS)
def test_a_socket_from_another_page_is_closed_however_good_its_pass(world, path, origin):
    role = GUARDED["WS", path]
    token = world.services.passes.make(role, world.subject(role))
    try:
        code, _ = closed_with(world, path, json.dumps({"pass": token}), origin)
    except WebSocketDisconnect as before_it_opened:
        code = before_it_opened.code
    assert code == POLICY_VIOLATION


@pytest.mark.parametrize(
    "hello",
    ["", "hello", "[]", "null", '{"pass": 1}', '{"pass": "\\ud800"}', "x" * 70_000, b"bytes"],
    ids=["empty", "words", "list", "null", "number", "surrogate", "long", "bytes"],
)
@pytest.mark.parametrize("path", SOCKETS)
def test_a_hello_that_is_none_is_refused(world, path, hello):
    assert closed_with(world, path, hello) == (POLICY_VIOLATION, "")

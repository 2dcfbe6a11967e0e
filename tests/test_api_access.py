"""Without the right pass there is nothing to be had: every route, every wrong pass."""

import json
from contextlib import ExitStack
from itertools import count

import pytest
from making import GREY
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from strangers import NAME, TITLE, Probes, make_world, right, wrong_passes

from proctoring.access.tokens import READS, SITS, WATCHES
from proctoring.api import guard, routes
from proctoring.api.guard import POLICY_VIOLATION, TRY_AGAIN_LATER
from proctoring.services import Services
from proctoring.settings import Settings
from proctoring.types import VideoFrame

ORIGIN = "http://testserver"
PUBLIC = {("GET", f"/api/health{one}") for one in ("", "/live", "/ready")}
FOR_PROGRAMS = ("/api/v1/", "/metrics")  # see test_api_v1_access.py
GUARDED = {  # who has a right to it
    ("GET", "/api/evidence/{evidence_id}"): READS,
    ("POST", "/api/evidence/{evidence_id}/reveal"): READS,
    ("GET", "/api/evidence/{evidence_id}/original"): READS,
    ("POST", "/api/live/{id}"): WATCHES,
    ("DELETE", "/api/live/{id}"): WATCHES,
    ("GET", "/api/review/meeting/{id}"): READS,
    ("GET", "/api/review/candidate/{id}"): READS,
    ("POST", "/api/review/candidate/{id}"): READS,
    ("GET", "/api/review/plots/{id}"): READS,
    ("GET", "/api/review/what-if/{id}"): READS,
    ("GET", "/api/ice"): SITS | WATCHES,
    ("GET", "/api/own"): SITS,
    ("POST", "/api/own"): SITS,
    ("GET", "/api/own/export"): SITS,
    ("GET", "/api/own/evidence/{evidence_id}"): SITS,
    ("GET", "/api/stills/{id}"): READS,
    ("GET", "/api/stills/{id}/{still_id}"): READS,
    ("GET", "/api/own/stills"): SITS,
    ("GET", "/api/own/stills/{still_id}"): SITS,
    ("POST", "/api/exam/stills"): SITS,
    ("WS", "/api/desk"): READS,
    ("WS", "/api/check-in"): SITS,
    ("WS", "/api/exam"): SITS,
    ("WS", "/api/media"): SITS,
    ("WS", "/api/paper"): SITS,
}
PLAIN = [key for key in GUARDED if key[0] != "WS"]
SOCKETS = [path for method, path in GUARDED if method == "WS"]
NAME_NOBODY = ("/api/exam/stills", "/api/ice")  # and say what is wrong
PROXY = "10.0.0.1"
strangers = map("2001:db8:{:x}::1".format, count())  # each probe comes from an address of its own
probes = Probes()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    settings = {"OPENPROCTOR_DATA_DIR": str(tmp_path_factory.mktemp("data"))}
    services = Services(Settings.read(settings | {"OPENPROCTOR_TRUSTED_PROXIES": PROXY}))
    yield make_world(services)
    services.close()
    print(f"\nwrong-credential probes of routes refused: {probes}")


@pytest.fixture(scope="module")
def client(world):
    app = Starlette(routes=routes(world.services))
    with TestClient(app, client=(PROXY, 1)) as client:
        yield client


def good_pass(world, roles):
    return world.services.admission.make_pass(world.capabilities[right(roles)])


def address(world, path):
    return path.format(evidence_id=world.evidence_id, still_id=world.still_id, id=world.ada.id)


def ask(client, method, path, token="", *, stranger=None, **options):
    headers = {"X-Forwarded-For": stranger or next(strangers)}
    if token:
        headers["Authorization"] = f"Bearer {token}".encode(errors="surrogatepass")
    return client.request(method, path, headers=headers | options.pop("headers", {}), **options)


def rounds(socket):
    """What a desk is told, without pictures of anybody."""
    while True:
        message = socket.receive()
        assert message.get("bytes") is None, "a still"
        told = json.loads(message["text"])
        yield told
        if told["type"] == "candidates":
            socket.send_json({"type": "taken", "number": told["number"]})


def is_refused(response):
    return (response.status_code, response.text) == (404, "Not found.\n")


def closed_with(client, path, hello, origin=ORIGIN, stranger=None):
    headers = {"X-Forwarded-For": stranger or next(strangers)}
    headers |= {"origin": origin} if origin is not None else {}
    with client.websocket_connect(path, headers=headers) as socket:
        socket.send_text(hello) if isinstance(hello, str) else socket.send_bytes(hello)
        with pytest.raises(WebSocketDisconnect) as closed:
            raise AssertionError(f"it was told {socket.receive_text()}")
    return closed.value.code, closed.value.reason


def test_every_route_is_either_public_or_guarded(world):
    found = set()
    for route in routes(world.services):
        if route.path.startswith(FOR_PROGRAMS):
            continue
        if isinstance(route, WebSocketRoute):
            found.add(("WS", route.path))
        else:
            assert isinstance(route, Route)
            found |= {(method, route.path) for method in route.methods - {"HEAD"}}
    assert found == PUBLIC | set(GUARDED)


@pytest.mark.parametrize("who", ["proctor", "examiner", "reviewer"])
def test_the_right_passes_do_open(world, client, who):
    token = world.services.admission.make_pass(world.capabilities[who])
    response = ask(client, "GET", address(world, "/api/evidence/{evidence_id}"), token)
    assert response.status_code == 200
    status = 404 if who == "reviewer" else 409  # there is no stream now
    assert ask(client, "POST", address(world, "/api/live/{id}"), token).status_code == status
    with client.websocket_connect("/api/desk", headers={"origin": ORIGIN}) as socket:
        socket.send_json({"pass": token})
        assert socket.receive_json()["type"] == "incidents"


def test_a_candidates_pass_opens_their_own_exam(world, client):
    with client.websocket_connect("/api/exam", headers={"origin": ORIGIN}) as socket:
        socket.send_json({"pass": good_pass(world, SITS)})
        assert socket.receive_json()["type"] == "status"


@pytest.mark.parametrize(("method", "path"), PLAIN)
def test_a_wrong_pass_gets_a_refusal_without_detail(world, client, method, path):
    for name, token in wrong_passes(
        world, GUARDED[method, path], names_target=path not in NAME_NOBODY
    ).items():
        with probes.one():
            response = ask(client, method, address(world, path), token)
            assert is_refused(response), name
            assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("method", "path"), PLAIN)
def test_a_good_pass_in_the_wrong_place_opens_nothing(world, client, method, path):
    """Addresses are logged and cookies are sent by browsers on their own."""
    token = good_pass(world, GUARDED[method, path])
    ways = {
        "query": {"params": {"pass": token}},
        "cookie": {"headers": {"Cookie": f"pass={token}"}},
        "basic": {"headers": {"Authorization": f"Basic {token}"}},
        "bare": {"headers": {"Authorization": token}},
    }
    for name, options in ways.items():
        with probes.one():
            assert is_refused(ask(client, method, address(world, path), **options)), name


@pytest.mark.parametrize(("method", "path"), [one for one in PLAIN if one[1] not in NAME_NOBODY])
@pytest.mark.parametrize(
    "wanted",
    ["unknown", "%2e%2e%2fsigning.key", "..%5c..%5csigning.key", "%00", "x" * 3000, "' OR 1=1 --"],
)
def test_what_is_not_there_looks_like_what_is_not_theirs(world, client, method, path, wanted):
    with probes.one():
        token = good_pass(world, GUARDED[method, path])
        asked = path.format(evidence_id=wanted, still_id=wanted, id=wanted)
        response = ask(client, method, asked, token)
        assert response.status_code == 404
        assert TITLE not in response.text


@pytest.mark.parametrize("path", SOCKETS)
def test_a_socket_with_a_wrong_pass_is_closed_without_a_word(world, client, path):
    for name, token in wrong_passes(world, GUARDED["WS", path], names_target=False).items():
        with probes.one():
            closed = closed_with(client, path, json.dumps({"pass": token}))
            assert closed == (POLICY_VIOLATION, ""), name


def test_another_meetings_desk_is_told_nothing_of_this_one(world, client):
    with probes.one():
        token = world.services.admission.make_pass(world.capabilities["other meeting's proctor"])
        hello = {"pass": token, "meeting": world.meeting_id}
        with client.websocket_connect("/api/desk", headers={"origin": ORIGIN}) as socket:
            socket.send_json(hello)
            assert socket.receive_json()["incidents"] == []
            socket.send_json({"type": "look", "participant": world.ada.id})
            told = [message for _, message in zip(range(4), rounds(socket), strict=False)]
        assert NAME not in json.dumps(told)
        assert not any(message["type"] == "coverage" for message in told)


def test_another_candidate_is_told_nothing_of_the_first(world, client):
    with probes.one():
        token = world.services.admission.make_pass(world.capabilities["other candidate"])
        with client.websocket_connect("/api/exam", headers={"origin": ORIGIN}) as socket:
            socket.send_json({"pass": token, "participant": world.ada.id, "page": 1})
            told = socket.receive_json()
        assert told == {"type": "status", "is": "resting"}
        assert NAME not in json.dumps(told)


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "", None, "http://testserver.evil.example", "http://["],
)
@pytest.mark.parametrize("path", SOCKETS)
def test_a_socket_from_another_page_is_closed_however_good_its_pass(world, client, path, origin):
    with probes.one():
        hello = json.dumps({"pass": good_pass(world, GUARDED["WS", path])})
        assert closed_with(client, path, hello, origin)[0] == POLICY_VIOLATION


@pytest.mark.parametrize(
    "hello",
    ["", "hello", "[]", "null", '{"pass": 1}', '{"pass": "\\ud800"}', "x" * 70_000, b"bytes"],
    ids=["empty", "words", "list", "null", "number", "surrogate", "long", "bytes"],
)
@pytest.mark.parametrize("path", SOCKETS)
def test_a_hello_that_is_none_is_refused(client, path, hello):
    assert closed_with(client, path, hello) == (POLICY_VIOLATION, "")


# --- what ends while it is open --------------------------------------------------------------


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    monkeypatch.setattr(guard, "LOOK_AGAIN_EVERY_S", 0.05)
    services = Services(Settings(data_dir=tmp_path))
    world = make_world(services)
    with TestClient(Starlette(routes=routes(services))) as client:
        yield world, client
    services.close()


def until_closed(socket):
    for _ in range(400):
        message = socket.receive()
        if message["type"] == "websocket.close":
            return message["code"]
    raise AssertionError("it stayed open")


@pytest.mark.parametrize(("path", "who"), [("/api/desk", "proctor"), ("/api/exam", "candidate")])
def test_an_open_socket_ends_when_its_link_is_revoked(fresh, path, who):
    world, client = fresh
    token = world.services.admission.make_pass(world.capabilities[who])
    with client.websocket_connect(path, headers={"origin": ORIGIN}) as socket:
        socket.send_json({"pass": token})
        socket.receive_json()
        world.services.office.revoke(world.capabilities["examiner"], world.capabilities[who].id)
        assert until_closed(socket) == POLICY_VIOLATION
    assert closed_with(client, path, json.dumps({"pass": token})) == (POLICY_VIOLATION, "")


def test_a_new_proctor_link_ends_the_desks_of_the_old_one(fresh):
    world, client = fresh
    with client.websocket_connect("/api/desk", headers={"origin": ORIGIN}) as socket:
        socket.send_json({"pass": good_pass(world, WATCHES)})
        socket.receive_json()
        secret = world.services.office.replace_links(
            world.capabilities["examiner"], world.capabilities["proctor"].role
        )
        assert until_closed(socket) == POLICY_VIOLATION
    assert world.services.admission.by_secret(READS, world.meeting_id, secret)
    old = world.secrets["proctor"]
    assert world.services.admission.by_secret(READS, world.meeting_id, old) is None


# --- floods ------------------------------------------------------------------------------------


def test_many_refusals_of_one_address_are_told_to_wait_and_the_right_pass_still_opens(fresh):
    world, client = fresh
    path = address(world, "/api/evidence/{evidence_id}")
    statuses = [ask(client, "GET", path).status_code for _ in range(230)]
    assert statuses[0] == 404
    assert statuses[-1] == 429
    last = ask(client, "GET", path)
    assert last.text == "Not found.\n"
    assert int(last.headers["retry-after"]) >= 1
    assert closed_with(client, "/api/desk", "{}")[0] == TRY_AGAIN_LATER
    assert ask(client, "GET", path, good_pass(world, READS)).status_code == 200


def test_one_link_opens_so_many_desks_and_no_more(fresh):
    world, client = fresh
    hello = json.dumps({"pass": good_pass(world, READS)})
    with ExitStack() as open_desks:
        for _ in range(20):
            socket = open_desks.enter_context(
                client.websocket_connect("/api/desk", headers={"origin": ORIGIN})
            )
            socket.send_text(hello)
            socket.receive_json()
        assert closed_with(client, "/api/desk", hello)[0] == TRY_AGAIN_LATER
    with client.websocket_connect("/api/desk", headers={"origin": ORIGIN}) as socket:
        socket.send_text(hello)
        assert socket.receive_json()


def test_whoever_reviews_is_shown_what_was_kept_and_nobody_live(fresh):
    world, client = fresh
    seat = world.services.seat(world.ada.id)
    seat.session.offer(VideoFrame(seat.session.clock(), GREY))
    token = world.services.admission.make_pass(world.capabilities["reviewer"])
    with client.websocket_connect("/api/desk", headers={"origin": ORIGIN}) as socket:
        socket.send_json({"pass": token})
        told = [message for _, message in zip(range(6), rounds(socket), strict=False)]
    live = {message["live"] for message in told if message["type"] == "candidates"}
    assert live == {False}

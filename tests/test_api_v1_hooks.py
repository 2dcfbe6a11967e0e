"""Webhooks: what is told, signed, tried again, and where they never go."""

import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_network

import pytest
from making import make_meeting, occurrence
from programs import bearer, make_key, meeting_form
from starlette.applications import Starlette
from starlette.testclient import TestClient

from proctoring.api import routes
from proctoring.client.webhooks import HEADER, is_genuine
from proctoring.integration import reach
from proctoring.integration.hooks import PAUSES_S
from proctoring.integration.keys import KeyRole
from proctoring.integration.signing import signature
from proctoring.services import Services
from proctoring.settings import Settings

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1"))


class Receiver:
    """A real one, on this machine."""

    def __init__(self):
        self.status = 200
        self.came = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.came.append((self.path, dict(self.headers), body))
                self.send_response(outer.status)
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/told?by=proctor"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def services(tmp_path):
    services = Services(Settings(data_dir=tmp_path, webhook_networks=LOOPBACK))
    yield services
    services.close()


class Told:
    """A key, its meeting and its hook, on a clock that a test turns."""

    def __init__(self, services, receiver, **form):
        self.services, self.hooks = services, services.integration.hooks
        self.now = datetime.now(UTC).timestamp()
        self.hooks._clock = lambda: self.now
        key = make_key(services, KeyRole.EXAMINER)
        self.http = TestClient(Starlette(routes=routes(services)), headers=bearer(key))
        self.hook = self.post("/webhooks", {"url": receiver.url} | form)
        self.meeting_id = self.post("/meetings", meeting_form())["id"]
        self.ada, _ = services.join(self.meeting_id, "Ada Lovelace", "v1")

    def post(self, path, form):
        answer = self.http.post(f"/api/v1{path}", json=form)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def incident(self, **changes):
        began = datetime.now(UTC)
        seen = occurrence(
            meeting_id=self.meeting_id,
            participant_id=self.ada.id,
            opened_at=began,
            last_seen_at=began + timedelta(seconds=4),
            **changes,
        )
        self.services.store.save_occurrence(seen)
        return seen


@pytest.fixture
def told(services, receiver):
    return Told(services, receiver)


def types(receiver):
    return [json.loads(body)["type"] for _, _, body in receiver.came]


def test_what_happens_is_told_once_signed_and_without_names(told, receiver):
    told.incident()
    told.hooks.round()
    told.hooks.round()
    assert sorted(types(receiver)) == ["incident.opened", "participant.joined"]
    for path, headers, body in receiver.came:
        assert path == "/told?by=proctor"
        assert is_genuine(told.hook["secret"], headers[HEADER], body, told.now)
        assert b"Ada" not in body
        assert json.loads(body)["meeting_id"] == told.meeting_id


def test_an_incident_is_told_when_it_opens_and_when_it_closes(services, receiver):
    from dataclasses import replace

    told = Told(services, receiver, events=["incident.opened", "incident.closed"])
    seen = told.incident()
    told.hooks.round()
    services.store.save_occurrence(replace(seen, summary="3 faces"))  # it goes on
    told.hooks.round()
    services.store.save_occurrence(replace(seen, closed_at=seen.last_seen_at))
    told.hooks.round()
    assert types(receiver) == ["incident.opened", "incident.closed"]
    said = json.loads(receiver.came[-1][2])
    assert said["incident"]["kind"] == seen.kind
    assert said["participant_id"] == told.ada.id


def test_a_signature_is_of_the_body_the_time_and_the_secret():
    body, secret = b'{"type": "x"}', "whsec_a"
    made = signature(secret, 1000, body)
    assert is_genuine(secret, made, body, 1200)
    assert not is_genuine(secret, made, body, 1301)
    assert not is_genuine(secret, made, body + b" ", 1000)
    assert not is_genuine("whsec_b", made, body, 1000)
    for forged in ("", "t=1000", "t=x,v1=y", "v1=" + made, made.replace("t=1000", "t=1001")):
        assert not is_genuine(secret, forged, body, 1000)


def test_a_receiver_that_fails_is_asked_again_with_growing_pauses(told, receiver):
    receiver.status = 500
    for pause in PAUSES_S:
        told.hooks.round()
        count = len(receiver.came)
        told.now += pause - 1
        told.hooks.round()
        assert len(receiver.came) == count
        told.now += 2
    assert told.hooks.all()[0].trouble == "It answered 500."
    told.hooks.round()
    assert told.hooks.waiting == 0  # given up
    receiver.status = 204
    told.services.finish(told.ada.id, "submitted")
    told.hooks.round()
    assert types(receiver)[-1] == "participant.finished"
    assert told.hooks.all()[0].trouble == ""


def test_a_redirect_is_not_followed_and_counts_as_a_failure(told, receiver):
    receiver.status = 302
    told.hooks.round()
    assert told.hooks.all()[0].trouble == "It answered 302."


def test_a_server_that_was_down_tells_it_when_it_is_back(told, receiver, tmp_path):
    told.incident()
    told.services.close()
    later = Services(Settings(data_dir=tmp_path, webhook_networks=LOOPBACK))
    later.integration.hooks.round()
    assert sorted(types(receiver)) == ["incident.opened", "participant.joined"]
    later.close()


def test_what_was_before_a_hook_and_what_is_anothers_is_not_told(services, receiver):
    told = Told(services, receiver)
    told.hooks.round()
    receiver.came.clear()
    make_meeting(services)  # of no key
    second = told.post("/webhooks", {"url": receiver.url, "events": ["participant.joined"]})
    told.hooks.round()
    assert receiver.came == []
    services.join(told.meeting_id, "Bo", "v1")
    told.hooks.round()
    assert types(receiver) == ["participant.joined"] * 2
    assert second["id"] != told.hook["id"]


def test_a_hook_ends_with_its_removal_and_with_its_key(told, receiver, services):
    answer = told.http.delete(f"/api/v1/webhooks/{told.hook['id']}")
    assert answer.status_code == 200
    assert told.http.delete(f"/api/v1/webhooks/{told.hook['id']}").status_code == 404
    told.incident()
    told.hooks.round()
    told.post("/webhooks", {"url": receiver.url})
    (key,) = services.integration.keys.list()
    services.integration.keys.revoke(key.id)
    told.incident()
    told.hooks.round()
    assert receiver.came == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x",
        "http://localhost/x",
        "http://[::1]/x",
        "http://[::ffff:127.0.0.1]/x",
        "http://10.1.2.3/x",
        "http://169.254.169.254/latest/meta-data",
        "http://0.0.0.0/x",
        "http://2130706433/x",
        "http://127.1/x",
        "http://224.0.0.1/x",
    ],
)
def test_nothing_is_sent_into_our_own_network(url):
    with pytest.raises(reach.Unreachable, match="not a public address"):
        reach.post(url, b"{}", {})


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org",
        "https://",
        "nothing",
        "https://ann:secret@example.org/",
        "https://example.org/\r\nHost: evil",
        "https://exämple.org/",
        "https://example.org:99999/",
        "https://example.org/" + "x" * 2000,
        "http://93.184.215.14/plain",
    ],
)
def test_an_address_that_is_none_is_said_to_be_none(url):
    with pytest.raises(reach.Unreachable):
        reach.addresses(url, ())


def test_a_name_with_one_private_address_among_others_is_refused(monkeypatch):
    both = [(0, 0, 0, "", ("93.184.215.14", 443)), (0, 0, 0, "", ("10.0.0.1", 443))]
    monkeypatch.setattr(reach.socket, "getaddrinfo", lambda *a, **k: both)
    with pytest.raises(reach.Unreachable, match=r"10\.0\.0\.1"):
        reach.addresses("https://two.example/x", ())


def test_the_address_that_was_checked_is_the_one_that_is_asked(receiver, monkeypatch):
    """A name server that answers otherwise the second time changes nothing."""
    port = receiver.url.partition("127.0.0.1:")[2].partition("/")[0]
    asked = []

    def once(host, *arguments, **options):
        asked.append(host)
        assert len(asked) == 1
        return [(0, 0, 0, "", ("127.0.0.1", int(port)))]

    monkeypatch.setattr(reach.socket, "getaddrinfo", once)
    connect = reach.socket.create_connection
    monkeypatch.setattr(reach.socket, "create_connection", lambda a, t: _to(a, t, connect, once))
    assert reach.post(f"http://rebound.example:{port}/x", b"{}", {}, LOOPBACK) == 200
    assert asked == ["rebound.example"]


def _to(address, timeout, connect, once):
    """Python's own connecting looks an address of digits up, too."""
    import socket

    assert address[0] == "127.0.0.1"
    plain = socket.socket()
    plain.settimeout(timeout)
    plain.connect(address)
    return plain


def test_a_key_has_so_many_hooks_and_no_more(told):
    from proctoring.integration.hooks import MOST_HOOKS

    for _ in range(MOST_HOOKS - 1):
        told.post("/webhooks", {"url": "https://example.org/x"})
    answer = told.http.post("/api/v1/webhooks", json={"url": "https://example.org/x"})
    assert answer.status_code == 422
    assert str(MOST_HOOKS) in answer.json()["detail"]

"""LTI 1.3: a platform's candidates come by name, and nobody else comes by it."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from programs import bearer, make_key, meeting_form
from starlette.applications import Starlette
from starlette.testclient import TestClient

from proctoring.api import routes
from proctoring.integration.database import Database
from proctoring.integration.keys import KeyRole, Keys
from proctoring.integration.lti import CLAIM, LEARNER
from proctoring.integration.platforms import Platform
from proctoring.services import Services
from proctoring.settings import Settings, SettingsError

ISSUER, CLIENT = "https://moodle.example.org", "client-1"


class Moodle:
    """As much of a platform as a launch needs, with its keys on an address."""

    def __init__(self):
        self.key = RSAKey.generate_key(2048, {"kid": "1"})
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                body = json.dumps({"keys": [outer.key.as_dict(private=False)]}).encode()
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.keys_url = f"http://127.0.0.1:{self._server.server_port}/keys"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def token(self, nonce, meeting_id, key=None, **changes):
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": CLIENT,
            "sub": "user-7",
            "name": "Ada Lovelace",
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            CLAIM + "message_type": "LtiResourceLinkRequest",
            CLAIM + "version": "1.3.0",
            CLAIM + "deployment_id": "1",
            CLAIM + "roles": [LEARNER],
            CLAIM + "custom": {"meeting": meeting_id},
        }
        return jwt.encode({"alg": "RS256", "kid": "1"}, claims | changes, key or self.key)

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def moodle():
    moodle = Moodle()
    yield moodle
    moodle.close()


class Course:
    """A server that knows the platform, its key's meeting, and a browser."""

    def __init__(self, folder, moodle):
        self.moodle = moodle
        key, secret = Keys(Database(folder)).add("Moodle", frozenset({KeyRole.EXAMINER}))
        platform = Platform(
            ISSUER, CLIENT, f"{ISSUER}/auth", moodle.keys_url, key.id, frozenset({"1"})
        )
        self.services = Services(Settings(data_dir=folder, lti=(platform,)))
        self.app = Starlette(routes=routes(self.services))
        self.browser = TestClient(self.app, follow_redirects=False)
        made = self.browser.post("/api/v1/meetings", json=meeting_form(), headers=bearer(secret))
        self.meeting_id = made.json()["id"]

    def login(self, **changes):
        form = {"iss": ISSUER, "login_hint": "7", "client_id": CLIENT, "lti_message_hint": "m"}
        return self.browser.post("/lti/login", data=form | changes)

    def begin(self):
        """The state and the nonce of a login."""
        sent = self.login()
        assert sent.status_code == 303, sent.text
        asked = parse_qs(urlsplit(sent.headers["location"]).query)
        return asked["state"][0], asked["nonce"][0]

    def launch(self, state=None, nonce=None, browser=None, token=None, **changes):
        if state is None:
            state, nonce = self.begin()
        token = token or self.moodle.token(nonce, self.meeting_id, **changes)
        form = {"id_token": token, "state": state}
        return (browser or self.browser).post("/lti/launch", data=form)


@pytest.fixture
def course(tmp_path, moodle):
    course = Course(tmp_path, moodle)
    yield course
    course.services.close()


def secret_of(answer):
    assert answer.status_code == 303, answer.text
    return parse_qs(urlsplit(answer.headers["location"]).query)["personal"][0]


def test_a_login_sends_the_browser_back_to_the_platform(course):
    sent = course.login()
    assert sent.status_code == 303
    assert sent.headers["location"].startswith(f"{ISSUER}/auth?")
    asked = parse_qs(urlsplit(sent.headers["location"]).query)
    assert asked["response_mode"] == ["form_post"]
    assert asked["redirect_uri"] == ["http://testserver/lti/launch"]
    assert asked["lti_message_hint"] == ["m"]
    assert "httponly" in sent.headers["set-cookie"].lower()


def test_a_candidate_comes_by_name_and_is_the_same_when_they_come_again(course):
    first = secret_of(course.launch())
    person, _ = course.services.join(course.meeting_id, "", "v1", personal=first)
    assert person.name == "Ada Lovelace"
    secret_of(course.launch())
    assert [one.id for one in course.services.store.participants(course.meeting_id)] == [person.id]
    other = secret_of(course.launch(sub="user-8", name="Bo"))
    bo, _ = course.services.join(course.meeting_id, "", "v1", personal=other)
    assert bo.id != person.id


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"aud": "another-client"},
        {"aud": ["another", CLIENT]},
        {"exp": 1},
        {"iat": 2**40},
        {"sub": ""},
        {CLAIM + "version": "1.1"},
        {CLAIM + "message_type": "LtiDeepLinkingRequest"},
        {CLAIM + "deployment_id": "2"},
        {CLAIM + "roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"]},
    ],
)
def test_what_is_not_for_us_is_refused(course, changes):
    answer = course.launch(**changes)
    assert answer.status_code == 400
    assert "personal" not in answer.text


def test_a_token_for_another_login_is_refused(course):
    _, nonce = course.begin()
    state, _ = course.begin()
    assert course.launch(state, nonce).status_code == 400


def test_a_token_that_the_platform_did_not_sign_is_refused(course):
    state, nonce = course.begin()
    forged = course.moodle.token(
        nonce, course.meeting_id, key=RSAKey.generate_key(2048, {"kid": "1"})
    )
    assert course.launch(state, nonce, token=forged).status_code == 400
    state, nonce = course.begin()
    head, body, _ = course.moodle.token(nonce, course.meeting_id).split(".")
    assert course.launch(state, nonce, token=f"{head}.{body}.").status_code == 400
    unsigned = "eyJhbGciOiJub25lIn0." + body + "."
    state, nonce = course.begin()
    assert course.launch(state, nonce, token=unsigned).status_code == 400


def test_a_launch_serves_once_and_in_the_browser_that_began(course):
    state, nonce = course.begin()
    other = TestClient(course.app, follow_redirects=False)
    assert course.launch(state, nonce, browser=other).status_code == 400
    assert course.launch(state, nonce).status_code == 303
    assert course.launch(state, nonce).status_code == 400
    state, nonce = course.begin()
    assert course.launch(state[:-1] + "0", nonce).status_code == 400
    assert course.launch("", nonce).status_code == 400


def test_a_platform_opens_the_meetings_of_its_key_alone(course):
    other = make_key(course.services, KeyRole.EXAMINER)
    made = course.browser.post("/api/v1/meetings", json=meeting_form(), headers=bearer(other))
    own, course.meeting_id = course.meeting_id, made.json()["id"]
    assert course.launch().status_code == 404
    course.meeting_id = "nothing"
    assert course.launch().status_code == 404
    course.meeting_id = own
    for key in course.services.integration.keys.list():
        course.services.integration.keys.revoke(key.id)
    assert course.launch().status_code == 404


def test_a_new_key_of_the_platform_is_looked_for(course, monkeypatch):
    from proctoring.integration import lti

    secret_of(course.launch())
    monkeypatch.setattr(lti, "KEYS_AGAIN_S", 0.0)
    course.moodle.key = RSAKey.generate_key(2048, {"kid": "1"})
    secret_of(course.launch())


def test_a_login_of_a_platform_that_is_not_named_is_refused(course):
    assert course.login(iss="https://evil.example").status_code == 400
    assert course.login(client_id="another").status_code == 400


def test_without_platforms_there_is_no_such_address(services):
    client = TestClient(Starlette(routes=routes(services)))
    assert client.post("/lti/login").status_code == 404


def test_the_setting_is_read_and_a_wrong_one_says_what_it_takes():
    one = {
        "issuer": ISSUER,
        "client_id": CLIENT,
        "login_url": f"{ISSUER}/auth",
        "keys_url": f"{ISSUER}/keys",
        "key": "k",
        "deployments": ["1"],
    }
    found = Settings.read({"OPENPROCTOR_LTI": json.dumps([one])})
    assert found.lti[0].deployments == {"1"}
    for wrong in ("{", "[1]", json.dumps([{"issuer": ISSUER}])):
        with pytest.raises(SettingsError, match="keys_url"):
            Settings.read({"OPENPROCTOR_LTI": wrong})

"""The API for programs opens to the right token and to nothing else."""

from itertools import count

import pytest
from programs import bearer, make_key, meeting_form
from starlette.applications import Starlette
from starlette.testclient import TestClient
from strangers import NAME, TITLE, Probes, make_world

from proctoring.access.tokens import SITS
from proctoring.api import routes
from proctoring.api.v1 import OPERATIONS
from proctoring.api.v1.declared import ANYONE
from proctoring.integration.keys import KeyRole
from proctoring.services import Services
from proctoring.settings import Settings
from proctoring.types import Role

PROXY = "10.0.0.1"
WITHIN = [one for one in OPERATIONS if isinstance(one.access, frozenset)]
FOR_KEYS = [one for one in OPERATIONS if isinstance(one.access, KeyRole)]
strangers = map("2001:db8:{:x}::1".format, count())
probes = Probes()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    settings = {"OPENPROCTOR_DATA_DIR": str(tmp_path_factory.mktemp("data"))}
    services = Services(Settings.read(settings | {"OPENPROCTOR_TRUSTED_PROXIES": PROXY}))
    yield make_world(services)
    services.close()
    print(f"\nwrong tokens of programs refused: {probes}")


@pytest.fixture(scope="module")
def client(world):
    with TestClient(Starlette(routes=routes(world.services)), client=(PROXY, 1)) as client:
        yield client


def ask(client, world, operation, token):
    incident = world.services.store.feed(world.meeting_id).incidents[0]
    path = "/api/v1" + operation.path.format(
        meeting_id=world.meeting_id,
        participant_id=world.ada.id,
        incident_id=incident.id,
        evidence_id=world.evidence_id,
        link_id=world.capabilities["reviewer"].id,
        webhook_id="none",
    )
    headers = {"X-Forwarded-For": next(strangers)} | (bearer(token) if token else {})
    form = {"json": operation.example} if operation.form else {}
    return client.request(operation.method, path, headers=headers, **form)


def tells_nothing(response):
    assert response.headers["content-type"] == "application/problem+json"
    assert TITLE not in response.text
    assert NAME not in response.text
    return True


def may(world, name, roles):
    """Is it that of somebody whom this is open to?"""
    found = world.capabilities[name]
    is_gone = any(word in name for word in ("expired", "revoked", "erased", "other"))
    return not is_gone and found.role in roles


@pytest.mark.parametrize("operation", WITHIN, ids=lambda one: one.id)
def test_no_wrong_secret_or_pass_opens_an_operation(world, client, operation):
    passes = {name: world.services.admission.make_pass(c) for name, c in world.capabilities.items()}
    for known in (world.secrets, passes):
        for name, token in known.items():
            if not may(world, name, operation.access):
                with probes.one():
                    refused = ask(client, world, operation, token)
                    assert refused.status_code == 404, (name, refused.text)
                    assert tells_nothing(refused)


@pytest.mark.parametrize("operation", WITHIN, ids=lambda one: one.id)
def test_a_key_that_did_not_make_the_meeting_is_refused(world, client, operation):
    refused = ask(client, world, operation, make_key(world.services))
    assert refused.status_code == 404
    assert tells_nothing(refused)


@pytest.mark.parametrize("operation", [*WITHIN, *FOR_KEYS], ids=lambda one: one.id)
@pytest.mark.parametrize("token", ["", "opk_guessed", "x" * 5000])
def test_a_token_that_is_none_is_refused(world, client, operation, token):
    refused = ask(client, world, operation, token)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"
    assert tells_nothing(refused)


@pytest.mark.parametrize("operation", FOR_KEYS, ids=lambda one: one.id)
def test_a_key_without_the_role_and_a_links_secret_are_refused(world, client, operation):
    other = next(role for role in KeyRole if role is not operation.access)
    assert ask(client, world, operation, make_key(world.services, other)).status_code == 403
    assert ask(client, world, operation, world.secrets["examiner"]).status_code == 401


def test_links_open_what_their_role_may_and_candidates_themselves(world, client):
    for name in ("proctor", "examiner", "reviewer", "candidate"):
        for operation in WITHIN:
            if operation.method == "GET" and may(world, name, operation.access):
                found = ask(client, world, operation, world.secrets[name])
                assert found.status_code == 200, (name, operation.id, found.text)
    sat = [one.id for one in WITHIN if one.access & SITS]
    assert sat == ["readParticipant"]


def test_what_is_open_to_anyone_says_nothing_of_anybody(world, client):
    for operation in OPERATIONS:
        if operation.access == ANYONE:
            told = ask(client, world, operation, "")
            assert told.status_code == 200
            assert TITLE not in told.text


def test_a_key_that_was_ended_opens_nothing_any_more(world, client):
    keys = world.services.integration.keys
    key, secret = keys.add("Short", frozenset({KeyRole.EXAMINER}))
    made = client.post("/api/v1/meetings", json=meeting_form(), headers=bearer(secret))
    assert made.status_code == 201
    address = f"/api/v1/meetings/{made.json()['id']}"
    assert client.get(address, headers=bearer(secret)).status_code == 200
    assert keys.revoke(key.id)
    assert client.get(address, headers=bearer(secret)).status_code == 401
    assert not keys.revoke(key.id)


def test_an_examiner_can_end_a_keys_right_in_their_meeting(world, client):
    secret = make_key(world.services)
    made = client.post("/api/v1/meetings", json=meeting_form(), headers=bearer(secret)).json()
    address = f"/api/v1/meetings/{made['id']}"
    examiner = bearer(made["examiner_secret"])
    links = client.get(f"{address}/links", headers=examiner).json()["links"]
    (own,) = [one for one in links[2:] if one["role"] == Role.EXAMINER]
    assert client.delete(f"{address}/links/{own['id']}", headers=examiner).status_code == 200
    assert client.get(address, headers=bearer(secret)).status_code == 404


def test_secrets_of_staff_open_nothing_where_staff_sign_in(tmp_path):
    services = Services(Settings(data_dir=tmp_path, staff=frozenset({"ann@uni.example"})))
    world = make_world(services)
    with TestClient(Starlette(routes=routes(services))) as client:
        address = f"/api/v1/meetings/{world.meeting_id}"
        secret = bearer(world.secrets["proctor"])
        assert client.get(address, headers=secret).status_code == 403
        own = bearer(world.ada_token)
        assert client.get(f"/api/v1/participants/{world.ada.id}", headers=own).status_code == 200
    services.close()


def test_metrics_are_for_keys_that_may_read_them(world, client):
    assert client.get("/metrics").status_code == 401
    other = bearer(make_key(world.services, KeyRole.EXAMINER))
    assert client.get("/metrics", headers=other).status_code == 403
    told = client.get("/metrics", headers=bearer(make_key(world.services, KeyRole.METRICS)))
    assert told.status_code == 200
    assert told.headers["content-type"].startswith("text/plain; version=0.0.4")
    for line in told.text.splitlines():
        assert (
            line.startswith("#")
            or line.rpartition(" ")[2].replace(".", "").replace("e+", "").replace("-", "").isdigit()
        ), line
    assert NAME not in told.text


def test_keys_are_kept_as_hashes(world):
    secret = make_key(world.services)
    folder = world.services.settings.data_dir
    for path in folder.glob("api.db*"):
        assert secret.encode() not in path.read_bytes()
    assert (folder / "api.db").stat().st_mode & 0o077 == 0

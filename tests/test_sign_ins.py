"""What was opened by somebody who signed in ends with their sign-in."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from making import make_meeting
from passes import candidate_pass, capability_of
from starlette.applications import Starlette
from starlette.testclient import TestClient

from proctoring.access.sign_ins import told
from proctoring.access.staff import SIGNED_IN_FOR_S
from proctoring.access.tokens import READS, SITS, Refused
from proctoring.api import routes
from proctoring.api.guard import POLICY_VIOLATION
from proctoring.services import Services
from proctoring.settings import Settings
from proctoring.types import Capability, Role, Staff, StaffRole

ORIGIN = "http://testserver"


def claims(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "is_logged_in": True,
        "iss": "https://id.example",
        "sub": "ann",
        "iat": int(time.time()),
        "email": "ann@uni.example",
        "email_verified": True,
        "picture": "https://id.example/ann.jpg",
    }
    return values | changes


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    staff = frozenset({"ann@uni.example"})
    services = Services(Settings(data_dir=tmp_path / "data", staff=staff))
    yield services
    services.close()


@pytest.fixture
def proctor(services: Services) -> Capability:
    meeting, *_ = make_meeting(services)
    return capability_of(services, Role.PROCTOR, meeting.id)


def signed_in(services: Services, bearer: Capability, **changes: Any) -> str:
    return services.admission.make_pass(bearer, told(claims(**changes)))


def test_a_pass_ends_with_the_sign_in_and_no_other_does(
    services: Services, proctor: Capability
) -> None:
    ada, _ = services.join(proctor.meeting_id, "Ada", "v1")
    own, later = signed_in(services, proctor), signed_in(services, proctor, iat=time.time() + 1)
    another = signed_in(services, proctor, sub="bo")
    unbound, seat = services.admission.make_pass(proctor), candidate_pass(services, ada)
    assert services.admission.by_pass(own, READS) == proctor
    services.sign_ins.end(claims())
    with pytest.raises(Refused):
        services.admission.by_pass(own, READS)
    for token in (later, another, unbound):
        assert services.admission.by_pass(token, READS) == proctor
    assert services.admission.by_pass(seat, SITS)


def test_a_pass_ends_when_the_sign_in_is_too_old_or_its_owner_is_no_staff(
    services: Services, proctor: Capability
) -> None:
    for changes in (
        {"iat": time.time() - SIGNED_IN_FOR_S - 1},
        {"email": "eve@uni.example"},
        {"email_verified": False},
    ):
        with pytest.raises(Refused):
            services.admission.by_pass(signed_in(services, proctor, **changes), READS)


def test_a_role_opens_its_own_links_alone(services: Services, proctor: Capability) -> None:
    services.store.save_staff(Staff("re@uni.example", StaffRole.REVIEWER, datetime.now(UTC)))
    token = signed_in(services, proctor, email="re@uni.example")
    with pytest.raises(Refused):
        services.admission.by_pass(token, READS)


def test_a_pass_tells_no_more_than_is_asked_of_it(services: Services, proctor: Capability) -> None:
    body = signed_in(services, proctor).partition(".")[0]
    said = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    assert set(said[2]) == set(claims()) - {"picture"}


def test_a_desk_that_is_open_closes_when_its_proctor_signs_out(
    services: Services, proctor: Capability
) -> None:
    token = signed_in(services, proctor)
    with (
        TestClient(Starlette(routes=routes(services))) as client,
        client.websocket_connect("/api/desk", headers={"origin": ORIGIN}) as desk,
    ):
        desk.send_json({"pass": token})
        desk.receive_json()
        services.sign_ins.end(claims())
        messages = (desk.receive() for _ in range(400))
        code = next(m["code"] for m in messages if m["type"] == "websocket.close")
        assert code == POLICY_VIOLATION

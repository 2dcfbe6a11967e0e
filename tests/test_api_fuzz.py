"""Whatever a program sends, the API answers as its document says, and never with a fault.

schemathesis makes requests of the OpenAPI document, right ones and wrong ones. How many of each
operation is bounded, so that all of it takes about a minute; OPENPROCTOR_FUZZ_EXAMPLES asks more.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from making import GREY, occurrence
from programs import bearer, listening, make_key
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from proctoring import evidence
from proctoring.access.limits import Rate
from proctoring.api.counts import counts
from proctoring.api.v1 import OPERATIONS, serving
from proctoring.api.v1.analysis import PICTURES, SOUNDS
from proctoring.api.v1.openapi import document
from proctoring.client import Client
from proctoring.services import Services
from proctoring.settings import Settings

EXAMPLES = int(os.environ.get("OPENPROCTOR_FUZZ_EXAMPLES", "12"))  # of each operation
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
DAY = timedelta(days=1)


@schemathesis.serializer(*PICTURES, *SOUNDS)
def as_it_is(ctx, value):
    """Bytes of a body that is no JSON; schemathesis makes up any."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


schema = schemathesis.openapi.from_dict(document(OPERATIONS))
# Of what is not there nothing else is said of the thousand bodies that go through each rule of the
# document in turn: they are asked of what is there.
elsewhere = schemathesis.openapi.from_dict(document(OPERATIONS))
elsewhere.config.phases.update(phases=["examples", "fuzzing"])


class World:
    """A server with a key, a meeting of its own, a candidate and an incident with its picture."""

    def __init__(self, services: Services, url: str) -> None:
        self.url, self.key = url, make_key(services)
        now = datetime.now(UTC)
        with Client(url, self.key) as office:
            meeting = office.create_meeting(
                "Algebra", opens_at=now, closes_at=now + DAY, length_s=3600, signals=["faces"]
            )
            ada = office.add_participant(meeting.id, "Ada", "v1")
            hook = office.add_webhook("https://lms.example.org/x")
        seen = occurrence(meeting_id=meeting.id, participant_id=ada.id)
        picture = evidence.picture(seen.id, now, GREY, ())
        services.store.save_occurrence(seen)
        services.store.save_evidence(picture)
        self.known = {
            "meeting_id": meeting.id,
            "participant_id": ada.id,
            "incident_id": seen.id,
            "evidence_id": picture.id,
            "link_id": "none",
            "webhook_id": hook.id,
        }


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    services = Services(Settings(data_dir=tmp_path_factory.mktemp("data")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(serving, "BURST", 1_000_000)  # rates are tested elsewhere
        services.admission._refusals = Rate(1e6, 1_000_000)
        with listening(services) as url:
            yield World(services, url)
    services.close()
    print("", *(line for line in counts.lines() if "requests_total{" in line), sep="\n")


def answered_as_the_document_says(case, world):
    answer = case.call(base_url=world.url, headers=bearer(world.key), timeout=60)
    case.validate_response(answer, checks=CHECKS)


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_it_answers_as_its_document_says(case, world):
    for name in case.path_parameters or {}:
        case.path_parameters[name] = world.known[name]
    answered_as_the_document_says(case, world)


@elsewhere.parametrize()
@settings(
    max_examples=max(2, EXAMPLES // 4), deadline=None, suppress_health_check=list(HealthCheck)
)
def test_so_it_does_of_what_is_not_there(case, world):
    answered_as_the_document_says(case, world)

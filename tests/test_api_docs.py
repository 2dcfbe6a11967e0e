"""What docs/api.md tells to type does what it says; and so does the client."""

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from making import GREY, occurrence
from material import ROOT
from programs import listening, make_key

from proctoring import evidence
from proctoring.client import ApiProblem, Client
from proctoring.integration.signing import signature
from proctoring.services import Services
from proctoring.settings import Settings

DOCS = (ROOT / "docs/api.md").read_text()
FACE = (ROOT / "tests/data/faces/sk_astronaut.jpg").read_bytes()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    services = Services(Settings(data_dir=tmp_path_factory.mktemp("data")))
    with listening(services) as url:
        yield services, url
    services.close()


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", DOCS, re.MULTILINE | re.DOTALL)


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_every_command_of_the_docs_succeeds(server):
    services, url = server
    now = datetime.now(UTC)
    script = "\n".join(["set -e", *blocks("sh")])
    script = script.replace("http://localhost:8501", url)
    script = script.replace("2026-01-01T09:00:00+01:00", (now - timedelta(hours=1)).isoformat())
    script = script.replace("2026-03-01T12:00:00+01:00", (now + timedelta(hours=9)).isoformat())
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=ROOT,
        env=os.environ
        | {
            "OPENPROCTOR_DATA_DIR": str(services.settings.data_dir),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        },
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    for said in ('"title":"Algebra I"', "Ada Lovelace", '"people_count":1', '"speaker_count":2'):
        assert said in done.stdout
    assert "openproctor_candidates" in done.stdout


def test_the_python_of_the_docs_runs(server, capsys):
    services, url = server
    (text,) = blocks("python")
    found = {"url": url, "key": make_key(services)}
    exec(compile(text, "docs/api.md", "exec"), found)
    assert json.loads(found["report"])["candidates"][0]["name"] == "Ada Lovelace"


def test_the_recipes_for_learning_platforms_run(server):
    """docs/lms.md: a candidate with a name, and what a webhook tells as an xAPI statement."""
    services, url = server
    text = (ROOT / "docs/lms.md").read_text()
    code = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    found = {"json": json}
    exec(compile("\n".join(code), "docs/lms.md", "exec"), found)
    key = make_key(services)
    now = datetime.now(UTC)
    with Client(url, key) as office:
        meeting = office.create_meeting(
            "Algebra", opens_at=now, closes_at=now + timedelta(hours=1), length_s=600
        )
        person_id, address = found["exam_page"](url, key, meeting.id, "Ada", "s1")
        assert address.startswith(f"{url}/exam?meeting={meeting.id}&personal=")
        services.join(meeting.id, "", "v1", personal=address.rpartition("=")[2])
        assert office.participant(person_id).name == "Ada"
        assert found["exam_page"](url, key, meeting.id, "Ada", "s1")[0] == person_id
    said = {
        "id": "0190c2a8-5a3b-7c3d-8e4f-0123456789ab",
        "type": "participant.finished",
        "at": now.isoformat(),
        "meeting_id": meeting.id,
        "participant_id": person_id,
    }
    body, secret = json.dumps(said).encode(), "whsec_x"
    mark = signature(secret, int(now.timestamp()), body)
    accounts = {person_id: "ada"}
    made = found["statement"](secret, mark, body, accounts, "https://lms.example.org")
    assert made["verb"]["id"].endswith("/terminated")
    assert made["actor"]["account"]["name"] == "ada"
    assert found["statement"]("whsec_y", mark, body, accounts, "https://lms.example.org") is None


@pytest.fixture
def office(server):
    services, url = server
    with Client(url, make_key(services)) as office:
        yield office


@pytest.fixture
def meeting(office):
    now = datetime.now(UTC)
    return office.create_meeting(
        "Algebra", opens_at=now, closes_at=now + timedelta(hours=1), length_s=600, signals=["faces"]
    )


def test_the_client_does_everything_that_an_office_does(server, office, meeting):
    services, url = server
    assert meeting.id in [one.id for one in office.meetings()]
    assert office.meeting(meeting.id).title == "Algebra"
    _, version = office.consent(meeting.id)
    people = [office.add_participant(meeting.id, name, version) for name in ("Ada", "Bo")]
    assert [one.name for one in office.participants(meeting.id)] == ["Ada", "Bo"]
    ada = people[0]
    office.act(ada.id, "message", text="Hello.")
    seen = occurrence(meeting_id=meeting.id, participant_id=ada.id)
    services.store.save_occurrence(seen)
    services.store.save_evidence(evidence.picture(seen.id, datetime.now(UTC), GREY, ()))
    (incident,) = office.incidents(meeting.id, ada.id)
    assert office.incident(incident.id) == incident
    assert office.evidence(incident.occurrences[0].evidence[0].id).startswith(b"\xff\xd8")
    (item,) = office.review(ada.id)["items"]
    said = office.give_verdict(ada.id, item["id"], "dismissed", "allowed")
    assert said["items"][0]["verdicts"]
    assert b"Ada" in office.report(meeting.id, "csv")
    link = office.make_link(meeting.id, "reviewer")
    with Client(url, link.secret) as reviewer:
        assert len(list(reviewer.incidents(meeting.id))) == 1
        with pytest.raises(ApiProblem) as refused:
            reviewer.make_link(meeting.id, "proctor")
        assert refused.value.status == 404
    assert office.analyze_frame(FACE)["people_count"] == 1
    hook = office.add_webhook("https://lms.example.org/x", ["incident.closed"])
    assert hook.secret
    assert [one.id for one in office.webhooks()] == [hook.id]
    office.remove_webhook(hook.id)
    assert office.webhooks() == []
    with Client(url, ada.token) as own:
        assert own.participant(ada.id).name == "Ada"


def test_the_client_follows_a_list_to_its_end(office, meeting, monkeypatch):
    names = [f"Candidate {number}" for number in range(5)]
    for name in names:
        office.add_participant(meeting.id, name, "v1")
    ask = office._ask

    def by_twos(method, path, **options):
        if "params" in options:
            options["params"] = options["params"] | {"limit": "2"}
        return ask(method, path, **options)

    monkeypatch.setattr(office, "_ask", by_twos)
    assert [one.name for one in office.participants(meeting.id)] == names


def test_a_problem_says_what_to_do(office):
    now = datetime.now(UTC)
    with pytest.raises(ApiProblem, match="errors") as problem:
        office.create_meeting("", opens_at=now, closes_at=now, length_s=600)
    assert problem.value.status == 422
    assert problem.value.errors


def test_what_the_server_cannot_do_now_is_asked_again_and_made_once():
    keys, waited = [], []

    def answer(request):
        keys.append(request.headers["idempotency-key"])
        if len(keys) == 1:
            raise httpx.ReadTimeout("no answer")
        if len(keys) == 2:
            return httpx.Response(429, headers={"Retry-After": "7"})
        return httpx.Response(201, json={"role": "proctor", "link": "l", "secret": "s"})

    transport = httpx.MockTransport(answer)
    with Client("http://x", "t", transport=transport, sleep=waited.append) as office:
        assert office.make_link("m", "proctor").secret == "s"
    assert len(set(keys)) == 1
    assert waited[1] == 7.0


def test_what_never_comes_about_is_raised():
    transport = httpx.MockTransport(lambda request: httpx.Response(503, text="away"))
    with (
        Client("http://x", "t", transport=transport, sleep=lambda s: None) as office,
        pytest.raises(ApiProblem) as problem,
    ):
        office.meeting("m")
    assert problem.value.status == 503

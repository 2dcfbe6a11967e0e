"""What browsers are told with every answer, and how much anybody may send."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from making import make_meeting
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from proctoring.api.frames import frames, origin
from proctoring.api.headers import MOST_BODY, BodyLimit, SecurityHeaders
from proctoring.types import Journey

ROOT = Path(__file__).parent.parent


async def measure(request: Request) -> Response:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
    return PlainTextResponse(str(size))


async def own_policy(request: Request) -> Response:
    return Response(headers={"Content-Security-Policy": "sandbox"})


def client(is_https=False):
    return TestClient(
        Starlette(
            routes=[
                Route("/api/measure", measure, methods=["POST"]),
                Route("/page", measure, methods=["POST"]),
                Route("/own", own_policy),
            ],
            middleware=[Middleware(SecurityHeaders, is_https=is_https), Middleware(BodyLimit)],
        )
    )


def policy(response):
    return dict(part.partition(" ")[::2] for part in response.headers[CSP].split("; "))


CSP = "content-security-policy"


def test_nothing_is_loaded_from_sent_to_or_framed_by_other_places():
    said = policy(client().get("/nothing"))
    assert said["default-src"] == said["connect-src"] == said["base-uri"] == "'self'"
    assert said["form-action"] == "'self'"
    assert said["object-src"] == "'none'"
    assert said["frame-ancestors"] == "'self' https://huggingface.co"
    for sources in said.values():
        assert not {"*", "http:", "https:", "ws:", "wss:"} & set(sources.split())


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://exam.example/quiz?id=1", "https://exam.example"),
        ("https://exam.example:8443/", "https://exam.example:8443"),
        ("https://bücher.example/", "https://xn--bcher-kva.example"),
        ("http://localhost:9000/x", "http://localhost:9000"),
        ("https://[::1]:80/", "https://[::1]:80"),
        ("https://a.example; script-src *", ""),
        ("https://a_b.example/", ""),
        ("https://a.example:port/", ""),
        ("javascript:alert(1)", ""),
        ("", ""),
    ],
)
def test_an_address_is_framed_by_its_origin_alone(url, expected):
    assert origin(url) == expected


def test_an_exam_page_may_frame_its_own_exam_and_no_other_page_may(services):
    elsewhere = make_meeting(services, journey=Journey(exam_url="https://exam.example/quiz"))[0]
    here = make_meeting(services)[0]
    app = Starlette(middleware=[Middleware(SecurityHeaders, frames=frames(services))])
    asked = TestClient(app)

    def framed(path):
        return policy(asked.get(path))["frame-src"]

    for _ in range(2):
        assert framed(f"/exam?meeting={elsewhere.id}") == "'self' https://exam.example"
    for path in (
        "/",
        "/exam",
        f"/exam?meeting={here.id}",
        "/exam?meeting=nothing",
        f"/manage?meeting={elsewhere.id}",
        f"/desk?meeting={elsewhere.id}",
    ):
        assert framed(path) == "'self'"
    said = asked.get(f"/exam?meeting={elsewhere.id}")
    assert len(said.headers.get_list(CSP)) == 1
    assert "camera=(self)" in said.headers["permissions-policy"]


def test_addresses_with_secrets_are_told_to_nobody():
    headers = client().get("/nothing").headers
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=(self)" in headers["permissions-policy"]


def test_https_is_remembered_where_it_is_served():
    assert "strict-transport-security" not in client().get("/nothing").headers
    said = client(is_https=True).get("/nothing").headers["strict-transport-security"]
    assert int(said.partition("=")[2]) >= 31_536_000


def test_an_answer_with_a_policy_of_its_own_keeps_it():
    assert client().get("/own").headers.get_list(CSP) == ["sandbox"]


def test_a_body_of_the_api_is_bounded_and_what_fits_arrives():
    assert client().post("/api/measure", content=b"x" * MOST_BODY).text == str(MOST_BODY)
    assert client().post("/api/measure", content=b"x" * (MOST_BODY + 1)).status_code == 413


def test_a_body_that_does_not_say_its_length_is_bounded_too():
    def endless():
        for _ in range(100):
            yield b"x" * 50_000

    response = client().post("/api/measure", content=endless())
    assert response.status_code == 413
    assert response.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("length", ["-1", "1e9", "nonsense"])
def test_a_length_that_is_none_is_counted(length):
    headers = {"Content-Length": length}
    response = client().post("/api/measure", content=b"12345", headers=headers)
    assert (response.status_code, response.text) == (200, "5")


def test_streamlit_guards_its_own_routes_and_takes_small_files_from_examiners_alone():
    server = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["server"]
    assert server["enableXsrfProtection"] is True
    assert server.get("enableCORS", True) is True
    assert server["maxUploadSize"] == 1  # MB; what a paper or a picture of it needs
    assert server["maxMessageSize"] <= 10  # MB
    drawn = [*(ROOT / "pages").glob("*.py"), *(ROOT / "proctoring/ui").glob("*.py")]
    takes = {path.name for path in drawn if "file_uploader" in path.read_text()}
    assert takes == {"paper_file.py", "manage_guests.py", "policy_editor.py"}
    assert not [path for path in drawn if "camera_input" in path.read_text()]
    uses = {path.name for path in drawn if "ask_for_paper" in path.read_text()}
    assert uses == {"paper_file.py", "manage_paper.py", "new_exam_work.py"}

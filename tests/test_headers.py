"""What browsers are told with every answer, and how much anybody may send."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from proctoring.api.headers import MOST_BODY, BodyLimit, SecurityHeaders

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


def test_streamlit_guards_its_own_routes_and_takes_no_files():
    server = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["server"]
    assert server["enableXsrfProtection"] is True
    assert server.get("enableCORS", True) is True
    assert server["maxUploadSize"] == 1  # MB; no page has a place for one
    assert server["maxMessageSize"] <= 10  # MB
    sources = "".join(path.read_text() for path in (ROOT / "pages").glob("*.py"))
    assert "file_uploader" not in sources
    assert "camera_input" not in sources

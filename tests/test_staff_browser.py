"""In Chromium, with a provider of OpenID Connect beside the server: staff sign in and out."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from importlib.util import find_spec

import pytest
from live import open_page, person, running_server
from playwright.sync_api import expect
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        find_spec("oidc_provider_mock") is None,
        reason="the OpenID Connect provider for tests is not here: oidc-provider-mock",
    ),
]

COOKIE_SECRET = secrets.token_urlsafe(32)
ANN, BO, EVE = "ann@uni.example", "bo@exams.uni.example", "eve@uni.example"
PEOPLE = (
    {"sub": "ann", "email": ANN, "email_verified": True},
    {"sub": "bo", "email": BO, "email_verified": False},
    {"sub": "cy", "email": BO},
    {"sub": "eve", "email": EVE, "email_verified": True},
)


@contextlib.contextmanager
def running_provider(log):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    people = [part for who in PEOPLE for part in ("--user-claims", json.dumps(who))]
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), *people],
            env={**os.environ, "AUTHLIB_INSECURE_TRANSPORT": "1"},  # loopback, without TLS
            stdout=file,
            stderr=subprocess.STDOUT,
        )
        try:
            metadata = f"http://127.0.0.1:{port}/.well-known/openid-configuration"
            for _ in range(150):
                with contextlib.suppress(OSError), urllib.request.urlopen(metadata, timeout=2):
                    break
                assert process.poll() is None, log.read_text(errors="replace")
                time.sleep(0.2)
            yield metadata
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("staff")
    with running_provider(folder / "provider.log") as metadata:
        (folder / ".streamlit").mkdir()
        (folder / ".streamlit" / "secrets.toml").write_text(
            "[auth]\n"
            'redirect_uri = "http://localhost:{port}/oauth2callback"\n'
            f'cookie_secret = "{COOKIE_SECRET}"\n'
            'client_id = "openproctor"\n'
            f'client_secret = "{secrets.token_urlsafe(16)}"\n'
            f'server_metadata_url = "{metadata}"\n'
        )
        settings = {
            "HOME": str(folder),
            "OPENPROCTOR_STAFF": f"{ANN}, @exams.uni.example",
        }
        with running_server(folder / "data", **settings) as server:
            yield server


@pytest.fixture
def context(browser):
    context = person(browser)
    # The provider's pages ask for a style sheet of another site.
    context.route(lambda url: "//localhost:" not in url and "//127." not in url, _abort)
    yield context
    context.close()


def _abort(route):
    route.abort()


def sign_in(page, sub):
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name=sub, exact=True).first.click()


def sign_out(page):
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="End session").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_staff_sign_in_make_an_exam_and_sign_out(server, context):
    page = open_page(context, server.url)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_text("Create exam")).to_have_count(0)
    sign_in(page, "ann")
    expect(page.get_by_text(f"Signed in as {ANN}")).to_be_visible()
    expect(page).to_have_url(re.compile(f"^{server.url}/?$"))
    page.get_by_label("Title").fill("Statistics")
    page.get_by_role("button", name="Create exam").click()
    expect(page.get_by_role("heading", name="Statistics")).to_be_visible()

    links = server.make_meeting("Algebra")
    desk, manage = open_page(context, links.proctor), open_page(context, links.manage)
    for open_one in (desk, manage):
        expect(open_one.get_by_role("heading", name="Algebra")).to_be_visible()
    taken = context.storage_state()
    sign_out(page)
    # Nobody touches the desk: its socket is refused, and the page asks once more who is there.
    expect(desk.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(desk.get_by_text("Algebra")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    manage.get_by_role("button", name="New proctor link").click()
    expect(manage.get_by_role("heading", name="Sign in")).to_be_visible()
    desk.reload()
    expect(desk.get_by_role("heading", name="Sign in")).to_be_visible()

    thief = context.browser.new_context(storage_state=taken)
    late = open_page(thief, links.manage)
    expect(late.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(late.get_by_text("Algebra")).to_have_count(0)
    thief.close()

    sign_in(page, "ann")
    expect(page.get_by_text(f"Signed in as {ANN}")).to_be_visible()


@pytest.mark.parametrize(
    ("sub", "says"),
    [
        ("eve", "can add the address"),
        ("bo", "has verified this address"),
        ("cy", "has verified this address"),
    ],
)
def test_a_stranger_and_an_unverified_address_are_refused(server, context, sub, says):
    links = server.make_meeting("Algebra")
    page = open_page(context, server.url)
    sign_in(page, sub)
    expect(page.get_by_text(says)).to_be_visible()
    expect(page.get_by_role("button", name="Create exam")).to_have_count(0)
    for link in (links.proctor, links.manage):
        other = open_page(context, link)
        expect(other.get_by_text(says)).to_be_visible()
        expect(other.get_by_text("Algebra")).to_have_count(0)
    sign_out(page)


def test_a_link_alone_opens_neither_desk_nor_manage_page_and_candidates_need_no_account(
    server, context
):
    links = server.make_meeting("Algebra")
    for link in (links.proctor, links.manage):
        page = open_page(context, link)
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        expect(page.get_by_text("Algebra")).to_have_count(0)
    candidate = open_page(context, links.candidate)
    expect(candidate.get_by_label("Your name")).to_be_visible()


@pytest.mark.parametrize("is_right", [True, False])
def test_an_identity_counts_only_if_this_server_signed_it(server, context, is_right):
    said = PEOPLE[0] | {"is_logged_in": True, "iat": int(time.time()), "origin": server.url}
    secret = COOKIE_SECRET if is_right else COOKIE_SECRET[::-1]
    signed = create_signed_value(secret, "_streamlit_user", json.dumps(said)).decode()
    context.add_cookies([{"name": "_streamlit_user", "value": signed, "url": server.url}])
    page = open_page(context, server.url)
    seen = f"Signed in as {ANN}" if is_right else "Exams are made here by staff"
    expect(page.get_by_text(seen)).to_be_visible()

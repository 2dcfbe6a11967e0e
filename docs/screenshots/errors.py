"""Links that open nothing, exams that are over, staff who have not signed in."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from playwright.sync_api import expect

from docs.screenshots.studio import EVERY, MS, Studio, opened
from proctoring.types import Role

WRONG = ("desk", "review", "manage", "policy")


def errors(studio: Studio) -> None:
    server, browser = studio.server(), studio.browser()
    page = studio.page(browser, f"{server.url}/exam?meeting=nothing")
    expect(page.locator(".op-place")).to_be_visible(timeout=MS)
    studio.take(page, "error-no-exam", EVERY)
    page = studio.page(browser, f"{server.url}/exam?meeting=nothing", locale="de-DE")
    expect(page.locator(".op-place")).to_be_visible(timeout=MS)
    studio.take(page, "de-error-no-exam", schemes=("light",))
    links = server.make_meeting("Latin II")
    for where in WRONG:
        page = studio.page(browser, links.proctor[:-3].replace("/desk", f"/{where}"))
        expect(page.locator(".op-place")).to_be_visible(timeout=MS)
        studio.take(page, f"error-{where}", schemes=("light",))
    desk = studio.page(browser, links.proctor)
    expect(desk.locator(".desk .bar")).to_be_visible(timeout=MS)
    with opened(server.data_dir) as store:
        for link in store.capabilities(links.meeting_id):
            if link.role is Role.PROCTOR:
                store.revoke(link.id, datetime.now(UTC))
    page = studio.page(browser, links.proctor)
    expect(page.locator(".op-place")).to_be_visible(timeout=MS)
    studio.take(page, "error-revoked")
    desk.wait_for_timeout(6000)
    studio.take(desk, "error-revoked-meanwhile")


def sign_in(studio: Studio) -> None:
    folder = studio.folder / "home"
    (folder / ".streamlit").mkdir(parents=True)
    (folder / ".streamlit" / "secrets.toml").write_text(
        "[auth]\n"
        'redirect_uri = "http://localhost/oauth2callback"\n'
        f'cookie_secret = "{secrets.token_urlsafe(32)}"\n'
        'client_id = "openproctor"\nclient_secret = "none"\n'
        'server_metadata_url = "https://login.example/.well-known/openid-configuration"\n'
    )
    server = studio.server(HOME=str(folder), OPENPROCTOR_STAFF="ann@uni.example")
    page = studio.page(studio.browser(), server.url)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible(timeout=MS)
    studio.take(page, "sign-in")

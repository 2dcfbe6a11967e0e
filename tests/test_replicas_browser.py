"""Two servers behind nginx with one Supabase, and people in Chromium at both of them.

    python -m pytest tests/test_replicas_browser.py -s

prints how long an incident takes from one server's desk to the other's.
"""

from __future__ import annotations

import base64
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from live import (
    CHROMIUM,
    Links,
    Server,
    fake_media,
    free_port,
    launch,
    open_page,
    person,
    running_server,
    sync_playwright,
)
from material import SMALL
from playwright.sync_api import Browser, BrowserContext, Page, expect
from proxy import NGINX, running_proxy
from stores import supabase_project
from supabase_stack import Project
from test_browser import JOINS_MS, ONE_ROUND_MS, cards, expect_streaming, join, tile
from waiting import wait_until

from proctoring.ids import new_id
from proctoring.services import PRESENT_FOR
from proctoring.store import Presence
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.types import Participant

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not NGINX, reason="nginx is not installed"),
    pytest.mark.skipif(not shutil.which(CHROMIUM), reason="Chromium is not installed"),
    pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed"),
]

CLIP = SMALL / "scenarios" / "second_person.mp4"  # two faces from 10 s to 20 s, then again
TWO_FACES = "More than one face"

# Notes when the first picture of an incident is there to be seen.
WATCH = """feed => setInterval(() => {
    const seen = [...feed.querySelectorAll(".card .thumb img")].some(image => image.naturalWidth);
    if (seen) window.seenAt ??= Date.now();
}, 20)"""
PLAYS = "video => video.videoWidth > 0 && video.currentTime > 0.5"


@dataclass
class Site:
    url: str  # of nginx
    servers: dict[str, Server]
    project: Project
    camera: Browser
    desktop: Browser
    folder: Path

    def make_meeting(self) -> Links:
        return replace(self.servers["a"], url=self.url).make_meeting()

    def at(self, server: str, browser: Browser) -> BrowserContext:
        """Somebody who was at this server before."""
        context = person(browser)
        context.add_cookies([{"name": "replica", "value": server, "url": self.url}])
        return context

    def counts(self, meeting_id: str) -> tuple[int, int, int]:
        """Participants, incidents of two faces and their occurrences, in Postgres."""
        with self.project.database() as db:
            row = db.execute(
                "select (select count(*) from participant where meeting_id = %(m)s),"
                " count(distinct incident_id), count(*) from occurrence"
                " where meeting_id = %(m)s and kind = 'multiple_faces'",
                {"m": meeting_id},
            ).fetchone()
        assert row
        return row


def server_of(context: BrowserContext) -> str:
    return next(c["value"] for c in context.cookies() if c["name"] == "replica")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    project = supabase_project()
    folder = tmp_path_factory.mktemp("site")
    shared = {
        "SUPABASE_URL": project.url,
        "SUPABASE_SECRET_KEY": project.secret_key,
        "OPENPROCTOR_SEALING_KEY": base64.b64encode(bytes(32)).decode(),
    }
    ports = {"a": free_port(), "b": free_port()}
    with ExitStack() as ending:
        servers = {}
        for name, port in ports.items():
            (folder / name).mkdir()
            own = {
                "OPENPROCTOR_REPLICA": name,
                "OPENPROCTOR_REPLICA_URL": f"http://127.0.0.1:{port}",
            }
            running = running_server(folder / name / "data", port, **shared, **own)
            servers[name] = ending.enter_context(running)
        url = ending.enter_context(running_proxy(folder / "nginx", ports))
        playwright = ending.enter_context(sync_playwright())
        camera = launch(playwright, fake_media(CLIP, folder / "media"))
        desktop = launch(playwright)
        yield Site(url, servers, project, camera, desktop, folder)
        camera.close()
        desktop.close()


def open_desk(site: Site, server: str, links: Links) -> Page:
    desk = open_page(site.at(server, site.desktop), links.proctor)
    expect(desk.locator(".feed")).to_be_attached(timeout=JOINS_MS)
    desk.locator(".feed").evaluate(WATCH)
    return desk


def test_two_servers_that_watch_one_candidate_make_one_incident(site: Site):
    links, name = site.make_meeting(), "Bob"
    desk = open_desk(site, "a", links)
    first = join(site.at("a", site.camera), links.candidate, name)
    second = open_page(site.at("b", site.camera), first.url)  # the address has the seat
    expect_streaming(second)
    assert [server_of(page.context) for page in (first, second)] == ["a", "b"]
    for page in (first, second):  # both are told, so both servers see
        warning = page.locator("article.card", has_text=TWO_FACES)
        expect(warning.first).to_be_visible(timeout=ONE_ROUND_MS)
    expect(cards(desk, TWO_FACES).locator(".times summary")).to_contain_text(
        "times", timeout=ONE_ROUND_MS
    )
    expect(cards(desk, TWO_FACES)).to_have_count(1)
    expect(tile(desk, name)).to_have_count(1)
    participants, incidents, occurrences = site.counts(links.meeting_id)
    print(f"\none candidate at two servers: {occurrences} occurrences, {incidents} incident")
    assert (participants, incidents) == (1, 1)
    assert occurrences >= 2

    # Who hands in at one server has handed in at both.
    second.get_by_role("button", name="Finish exam").click()
    second.get_by_role("button", name="Finish now").click()
    expect(tile(desk, name)).to_contain_text("Finished", timeout=JOINS_MS)
    expect(first.get_by_role("button", name="Finish exam")).to_have_count(0, timeout=JOINS_MS)
    for context in (first.context, second.context, desk.context):
        context.close()


def test_a_candidate_whose_server_this_one_cannot_reach_is_shown_as_what_it_is(
    site: Site, tmp_path: Path
):
    settings = {
        "OPENPROCTOR_REPLICA": "a",
        "OPENPROCTOR_REPLICA_URL": "http://127.0.0.1:1",
        "OPENPROCTOR_SEALING_KEY": base64.b64encode(bytes(32)).decode(),
    }
    with running_server(tmp_path / "data", **settings) as server:
        links, now = server.make_meeting(), datetime.now(UTC)
        ada = Participant(new_id(), links.meeting_id, "Ada", now, started_at=now)
        with closing(SqliteStore(server.data_dir)) as store:
            store.add_participant(ada)
            desk = open_page(person(site.desktop), links.proctor)
            expect(tile(desk, "Ada")).to_contain_text("Disconnected", timeout=JOINS_MS)
            later = datetime.now(UTC) + PRESENT_FOR / 2  # it need not be told again so soon
            held = Presence("b", links.meeting_id, "http://127.0.0.1:1", (ada.id,), later)
            store.save_presence("b", [held])
        expect(tile(desk, "Ada")).to_contain_text("On another server", timeout=JOINS_MS)
        tile(desk, "Ada").click()
        panel = desk.get_by_role("dialog", name="Ada")
        expect(panel).to_contain_text("at server b, which this one cannot reach")
        expect(panel).to_contain_text("server cannot be reached from this one")
        banner = desk.locator(".desk > .banners")
        expect(banner).to_contain_text("Server b cannot be reached from this one")
        expect(tile(desk, "Ada")).to_contain_text("Disconnected", timeout=JOINS_MS)
        desk.context.close()


def test_a_desk_sees_live_who_sits_at_another_server_and_who_outlives_that_server(site: Site):
    links, name = site.make_meeting(), "Ada"
    here, there = open_desk(site, "a", links), open_desk(site, "b", links)
    page = join(site.at("b", site.camera), links.candidate, name)
    assert [server_of(p.context) for p in (here, there, page)] == ["a", "b", "b"]

    # State, stills and the incident with its picture.
    for desk in (here, there):
        expect(tile(desk, name).locator("img.still")).to_be_visible(timeout=JOINS_MS)
        expect(tile(desk, name)).to_contain_text("In exam", timeout=JOINS_MS)
    for desk in (there, here):
        desk.wait_for_function("window.seenAt", timeout=ONE_ROUND_MS)
    first, second = (desk.evaluate("window.seenAt") for desk in (there, here))
    print(f"\nan incident's picture at the other server's desk: {(second - first) / 1000:+.2f} s")

    # Live, by one request that was sent on and answered there.
    answers = []
    here.on("response", lambda answer: answers.append((answer.status, answer.url)))
    tile(here, name).click()
    video = here.locator("dialog.panel video").element_handle(timeout=JOINS_MS)
    here.wait_for_function(PLAYS, arg=video, timeout=JOINS_MS)
    live = [(status, url) for status, url in answers if "/api/live/" in url]
    assert [status for status, _ in live] == [307, 201]
    assert re.fullmatch(rf"{site.url}/replica/b/api/live/[\w-]+\?direct=1", live[1][1])
    with here.expect_request(lambda request: request.method == "DELETE") as ended:
        here.keyboard.press("Escape")
    assert ended.value.url.startswith(f"{site.url}/replica/b/api/live/")

    # The server dies, and the candidate goes on at the other one without a click.
    before = site.counts(links.meeting_id)
    since = time.monotonic()
    site.servers["b"].process.kill()
    site.servers["b"].process.wait()
    wait_until(lambda: server_of(page.context) == "a")
    expect(tile(here, name)).to_contain_text("In exam", timeout=JOINS_MS)
    print(f"the candidate goes on after {time.monotonic() - since:.1f} s")
    expect_streaming(page)
    assert server_of(page.context) == "a"
    page.reload(wait_until="commit")
    expect_streaming(page)
    for desk in (here, there):  # the other desk has moved by itself
        expect(tile(desk, name)).to_contain_text("In exam", timeout=JOINS_MS)
        expect(tile(desk, name)).to_have_count(1)
        expect(cards(desk, TWO_FACES)).to_have_count(1)
        expect(desk.locator(".desk > .banners")).to_be_empty(timeout=JOINS_MS)
    expect(page.locator("article.card", has_text=TWO_FACES).first).to_be_visible(
        timeout=ONE_ROUND_MS
    )
    expect(cards(here, TWO_FACES).locator(".times summary")).to_contain_text(
        "times", timeout=JOINS_MS
    )
    participants, incidents, occurrences = site.counts(links.meeting_id)
    assert (participants, incidents) == (1, 1)
    assert occurrences > before[2]
    for context in (page.context, here.context, there.context):
        context.close()

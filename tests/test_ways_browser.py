"""By whichever way picture and sound come, and when it changes in mid-exam: the same is found."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from itertools import pairwise

import pytest
from live import (
    CHROMIUM,
    FLAGS,
    FakeMedia,
    Server,
    fake_media,
    open_page,
    person,
    running_server,
    sync_playwright,
)
from playwright.sync_api import Browser, Page, Playwright, expect
from relaying import COTURN, running_relay
from test_browser import CLIP, JOINS_MS, cards, join, tile
from waiting import wait_until

from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.types import Category, Measured, Occurrence

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which(CHROMIUM), reason="Chromium is not installed"),
    pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed"),
]
# Neither UDP nor what is hidden behind a proxy goes out of this browser.
WITHOUT_UDP = "--webrtc-ip-handling-policy=disable_non_proxied_udp"
LOOP_S = 30.0  # of the camera; in each there is a second person for ten
TWO_ROUNDS_MS = 150_000


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def media(tmp_path_factory) -> FakeMedia:
    return fake_media(CLIP, tmp_path_factory.mktemp("media"))


@pytest.fixture
def ending() -> Iterator[ExitStack]:
    with ExitStack() as ending:
        yield ending


def camera(playwright: Playwright, media: FakeMedia, *flags: str) -> Browser:
    devices = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={media.picture}",
        f"--use-file-for-fake-audio-capture={media.sound}",
    ]
    return playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *devices, *flags])


def found(server: Server, meeting_id: str, kind: str = "") -> list[Occurrence]:
    """What is on the disk, oldest first; of this kind, or all that is no technical trouble."""
    store = SqliteStore(server.data_dir)
    try:
        every = [one for i in store.feed(meeting_id).incidents for one in i.occurrences]
    finally:
        store.close()
    wanted = [
        one for one in every if (one.kind == kind if kind else one.category is Category.CONDUCT)
    ]
    return sorted(wanted, key=lambda one: one.opened_at)


def sends(page: Page) -> str | None:
    words: str | None = page.evaluate("sessionStorage.getItem('openproctor:sends')")
    return words


def test_without_udp_the_same_is_found_as_by_webrtc(playwright, media, ending, tmp_path):
    server = ending.enter_context(running_server(tmp_path / "data"))
    for name, flags, way in (("Ann", (), None), ("Ben", (WITHOUT_UDP,), "snapshots")):
        browser = camera(playwright, media, *flags)
        ending.callback(browser.close)
        links = server.make_meeting()
        page = join(person(browser), links.candidate, name)
        assert sends(page) == way
        page.wait_for_timeout(2 * LOOP_S * 1000)
        wait_until(lambda links=links: has_all(server, links.meeting_id))
        page.context.close()


@pytest.mark.skipif(not COTURN, reason="coturn is not installed")
def test_when_the_relay_dies_in_mid_exam_snapshots_take_over_and_no_incident_is_lost(
    playwright, media, ending, tmp_path
):
    relay_ending = ending.enter_context(ExitStack())
    relay = relay_ending.enter_context(running_relay(tmp_path / "relay"))
    server = ending.enter_context(running_server(tmp_path / "data", **relay.environment("tcp")))
    browser, desktop = camera(playwright, media, WITHOUT_UDP), camera(playwright, media)
    for one in (browser, desktop):
        ending.callback(one.close)
    links = server.make_meeting()
    desk = open_page(person(desktop), links.proctor)
    page = join(person(browser), links.candidate, "Cleo")
    way = tile(desk, "Cleo").locator("[data-way]")
    expect(way).to_have_attribute("data-way", "relay", timeout=JOINS_MS)
    expect(cards(desk, "More than one face")).to_be_visible(timeout=TWO_ROUNDS_MS)
    before = found(server, links.meeting_id)

    relay_ending.close()
    expect(way).to_have_attribute("data-way", "snapshots", timeout=JOINS_MS)
    assert sends(page) == "snapshots"
    page.wait_for_timeout(LOOP_S * 1000)
    wait_until(lambda: len(found(server, links.meeting_id, "multiple_faces")) >= 3)

    after = found(server, links.meeting_id)
    assert {one.id for one in before} <= {one.id for one in after}
    begun = [one.opened_at for one in after if one.kind == "multiple_faces"]
    assert max(gaps_s(begun)) < 1.5 * LOOP_S, "a second person was missed"
    assert gap_told(server, links.meeting_id, since=before[-1].opened_at)


def has_all(server: Server, meeting_id: str) -> bool:
    """Of the clip, twice over. Its second voice is at the limit of what is found by either way."""
    return len(found(server, meeting_id, "multiple_faces")) >= 2


def gap_told(server: Server, meeting_id: str, since: datetime) -> bool:
    """Does coverage tell that nothing was measured for a while?"""
    store = SqliteStore(server.data_dir)
    try:
        (someone,) = store.participants(meeting_id)
        spans = store.coverage(someone.id)
    finally:
        store.close()
    return any(
        one.signal == "face_count" and one.state is Measured.NOT_MEASURED and one.ended_at > since
        for one in spans
    )


def gaps_s(moments: list[datetime]) -> list[float]:
    return [(b - a).total_seconds() for a, b in pairwise(moments)]

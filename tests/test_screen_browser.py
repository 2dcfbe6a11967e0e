"""A shared screen in real Chromium, which plays a made-up one: its stills, its end, its gaps."""

from __future__ import annotations

import re
import shutil
from io import BytesIO
from itertools import pairwise

import pytest
from accessible import expect_accessible
from exam_live import Sat, sit
from live import CHROMIUM, Server
from PIL import Image as Pillow
from playwright.sync_api import Browser, BrowserContext, Page, expect

from proctoring.settings import Settings
from proctoring.store import StillRef, Store
from proctoring.store.opening import open_store
from proctoring.types import Journey

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which(CHROMIUM), reason="Chromium is not installed"),
]

MS = 60_000
SHARED = Journey(screen_share=True)
SIGNALS = ("page", "screen")
STILLS = re.compile("/api/exam/stills")
END = """() => {
  const [track] = window.openproctorShare.getVideoTracks();
  track.stop();
  track.dispatchEvent(new Event("ended"));
}"""
A_WINDOW = """() => {
  const settings = MediaStreamTrack.prototype.getSettings;
  MediaStreamTrack.prototype.getSettings = function () {
    return { ...settings.call(this), displaySurface: "window" };
  };
}"""
FIND_SHARE = """() => {
  const find = (root) => {
    for (const e of root.querySelectorAll("*")) {
      const found = e.shadowRoot?.exam ?? (e.shadowRoot && find(e.shadowRoot)) ?? e.exam;
      if (found) return found;
    }
  };
  window.share = find(document).share;
}"""


@pytest.fixture(scope="module")
def browser(drawn_browser: Browser) -> Browser:
    return drawn_browser


@pytest.fixture
def sat(server: Server, context: BrowserContext) -> Sat:
    return sit(server, context, SIGNALS, journey=SHARED)


def share(page: Page) -> None:
    page.get_by_role("button", name="Share my screen").first.click()
    expect(page.locator("[data-of=screen]")).to_contain_text("shared", timeout=MS)
    expect(page.locator("[data-of=screen]")).to_have_attribute("data-state", "on", timeout=MS)


def with_store(server: Server) -> Store:
    return open_store(Settings(data_dir=server.data_dir))


def stills(sat: Sat) -> list[StillRef]:
    store = with_store(sat.server)
    try:
        (person,) = store.participants(sat.links.meeting_id)
        return store.stills(person.id)
    finally:
        store.close()


def newest(sat: Sat) -> bytes:
    store = with_store(sat.server)
    try:
        return store.still(stills(sat)[-1].id).data
    finally:
        store.close()


def test_a_share_is_asked_for_begun_and_kept_as_pictures(sat: Sat) -> None:
    page = sat.page
    card = page.locator("article.card:not(.resolved)", has_text="Your screen is not shared")
    expect(card).to_be_visible(timeout=MS)
    sat.wait(lambda: "share_none" in str(sat.line.beats[-1]["detail"]))
    expect_accessible(page)
    share(page)
    expect(page.get_by_text("Your screen is not shared")).to_have_count(0, timeout=MS)
    sat.wait(lambda: len(stills(sat)) >= 3)
    with Pillow.open(BytesIO(newest(sat))) as picture:
        assert (picture.format, picture.size) == ("JPEG", (1280, 720))
        assert not picture.getexif()
    sat.wait(lambda: "share_whole" in str(sat.line.beats[-1]["detail"]))
    found = stills(sat)
    steps = [(b.at - a.at).total_seconds() for a, b in pairwise(found)]
    assert min(steps) > 1.0, "two seconds, but for the time on the way"
    item = page.locator(".signals li", has_text="Screen share")
    expect(item).to_contain_text("measuring", timeout=MS)
    assert sat.kinds == set()


def test_a_share_that_ends_becomes_an_entry_and_a_warning_until_it_is_back(sat: Sat) -> None:
    page = sat.page
    share(page)
    page.evaluate(END)
    expect(
        page.locator("article.card:not(.resolved)", has_text="Your screen is not shared")
    ).to_be_visible(timeout=MS)
    assert sat.kinds == set(), "not at once"
    sat.wait(lambda: sat.kinds)
    assert sat.kinds == {"screen_share_stopped"}
    warning = page.locator("article.card:not(.resolved)", has_text="The screen is not shared")
    expect(warning).to_be_visible(timeout=MS)
    share(page)
    sat.wait(lambda: all(one.closed_at for one in sat.found))
    (found,) = sat.found
    assert found.value >= 20


def test_what_is_drawn_without_a_line_is_sent_when_it_is_back(sat: Sat) -> None:
    page = sat.page
    share(page)
    sat.wait(lambda: stills(sat))
    page.evaluate(FIND_SHARE)
    page.route(STILLS, lambda route: route.abort())
    before = len(stills(sat))
    sat.wait(lambda: page.evaluate("share.sender.waiting.length") >= 8)
    waiting = page.evaluate("share.sender.waiting.length")
    page.unroute(STILLS)
    sat.wait(lambda: len(stills(sat)) >= before + waiting)
    found = stills(sat)
    steps = [(b.at - a.at).total_seconds() for a, b in pairwise(found)]
    assert max(steps) < 15, "no gap: each was drawn when it says, and not when it came"
    assert sat.kinds == set()


def test_a_window_is_told_from_the_whole_screen(sat: Sat) -> None:
    page = sat.page
    page.evaluate(A_WINDOW)
    page.get_by_role("button", name="Share my screen").first.click()
    expect(
        page.locator("article.card:not(.resolved)", has_text="A part of your screen")
    ).to_be_visible(timeout=MS)
    sat.wait(lambda: "screen_share_partial" in sat.kinds)
    (found,) = [one for one in sat.found if one.kind == "screen_share_partial"]
    assert (found.category, found.weight) == ("technical", 0.0)


def test_a_browser_that_cannot_share_is_not_asked_and_that_is_no_entry(
    server: Server, context: BrowserContext
) -> None:
    context.add_init_script("delete MediaDevices.prototype.getDisplayMedia")
    sat = sit(server, context, SIGNALS, journey=SHARED)
    expect(sat.page.locator("[data-of=screen]")).to_contain_text("cannot be shared", timeout=MS)
    item = sat.page.locator(".signals li", has_text="Screen share")
    expect(item).to_contain_text("this browser cannot share its screen", timeout=MS)
    expect(sat.page.get_by_role("button", name="Share my screen")).to_have_count(0)
    assert sat.kinds == set()


def test_after_a_reload_one_button_brings_it_back(sat: Sat) -> None:
    share(sat.page)
    sat.page.reload(wait_until="commit")
    card = sat.page.locator("article.card:not(.resolved)", has_text="Your screen is not shared")
    expect(card).to_be_visible(timeout=MS)
    share(sat.page)
    expect(card).to_have_count(0, timeout=MS)
    assert sat.kinds == set()


def test_nothing_is_asked_where_the_exam_does_not_want_it(
    server: Server, context: BrowserContext
) -> None:
    sat = sit(server, context, ("page",))
    sat.wait_for_beats()
    expect(sat.page.locator("[data-of=screen]")).to_be_hidden()
    assert "share" not in str(sat.line.beats[-1]["detail"])
    expect(sat.page.get_by_role("button", name="Share my screen")).to_have_count(0)

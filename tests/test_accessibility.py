"""Every page in Chromium, light and dark, wide and narrow: axe finds nothing, nothing is cut
off, and the keyboard gets everywhere."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from live import CHROMIUM, fake_media, launch, open_page, person, running_server, sync_playwright
from making import GREY, occurrence
from material import SMALL
from playwright.sync_api import Page, expect

from proctoring import evidence
from proctoring.ids import new_id
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.types import Category, CoverageSpan, Measured, Participant

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which(CHROMIUM), reason="Chromium is not installed"),
    pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed"),
]

WIDTHS = (1280, 640, 390)  # 640: as 1280 at 200 % zoom; 390: a phone
OPTIONS = {
    "resultTypes": ["violations"],
    # It takes Streamlit's skip link for stray content where a component has links of its own:
    # it cannot compare places inside and outside of a shadow tree.
    "rules": {"region": {"enabled": False}},
}
FOCUS = """() => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  const isSeen = getComputedStyle(element).outlineStyle !== "none" || element.matches("audio");
  const text = element.textContent || element.ariaLabel || "";
  return element === document.body ? null : [text, isSeen];
}"""
IS_CUT = """() => {
  const main = document.querySelector("[data-testid=stMain]");
  return main.scrollWidth > main.clientWidth || document.documentElement.scrollWidth > innerWidth;
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("accessible") / "data") as server:
        yield server


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with sync_playwright() as playwright:
        clip = SMALL / "scenarios" / "second_person.mp4"
        browser = launch(playwright, fake_media(clip, tmp_path_factory.mktemp("media")))
        yield browser
        browser.close()


@pytest.fixture
def context(browser):
    context = person(browser, reduced_motion="reduce")
    yield context
    context.close()


def expect_accessible(page: Page) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            found = settled(page)
            assert not found, f"{scheme}, {width} px: {found}"
    page.set_viewport_size({"width": 1280, "height": 900})


def settled(page: Page) -> str:
    """What is wrong with the page, once it has taken on its size and its colours."""
    found = ""
    for _ in range(6):
        page.wait_for_timeout(500)
        axe = Axe().run(page, options=OPTIONS)
        found = axe.generate_report() if axe.violations_count else ""
        found += "it scrolls sideways" if page.evaluate(IS_CUT) else ""
        if not found:
            break
    return found


# Blurring alone leaves the place from which Tab goes on where the last click was.
TO_THE_TOP = """() => {
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute("tabindex");
}"""


def tab_through(page: Page) -> str:
    """The texts of what Tab reaches; whatever has the focus shows it."""
    page.evaluate(TO_THE_TOP)
    texts: list[str] = []
    for _ in range(40):
        page.keyboard.press("Tab")
        if (focus := page.evaluate(FOCUS)) is None:
            break
        text, is_seen = focus
        assert is_seen, f"the focus cannot be seen on {text!r}"
        texts.append(text)
    return "\n".join(texts)


def test_home_and_links(server, context):
    page = open_page(context, server.url)
    page.get_by_label("Title").fill("Statistics I")
    page.get_by_text("Instructions and sensitivity").click()
    expect(page.get_by_text("Every five seconds", exact=True)).to_be_visible()
    expect_accessible(page)
    assert "Create exam" in tab_through(page)
    page.get_by_role("button", name="Create exam").click()
    expect(page.get_by_label("Link", exact=True)).to_have_count(3)
    expect_accessible(page)
    reached = tab_through(page)
    for name in ("Copy link", "Open the desk", "Create another exam"):
        assert name in reached


def test_consent_equipment_and_exam(server, context):
    page = open_page(context, server.make_meeting().candidate)
    expect(page.get_by_label("Your name")).to_be_visible()
    expect_accessible(page)
    assert "Continue" in tab_through(page)
    page.get_by_label("Your name").fill("Ada")
    page.get_by_text("I have read this").click()
    page.get_by_role("button", name="Continue").click()
    begin = page.get_by_role("button", name="Begin exam")
    expect(begin).to_be_enabled(timeout=60_000)
    expect_accessible(page)
    assert "Begin exam" in tab_through(page)
    begin.click()
    expect(page.locator("[data-of=camera][data-state=on]")).to_be_visible(timeout=60_000)
    expect_accessible(page)
    reached = tab_through(page)
    for name in ("Finish exam", "What is measured and kept", "Not you?"):
        assert name in reached


def fill(server, links) -> None:
    """A candidate with an incident of each category, a picture, a sound and a gap."""
    store, now = SqliteStore(server.data_dir), datetime.now(UTC)
    ada = Participant(new_id(), links.meeting_id, "Ada", now, started_at=now)
    store.add_participant(ada)
    for category in Category:
        found = occurrence(
            meeting_id=links.meeting_id,
            participant_id=ada.id,
            kind=category,
            category=category,
            opened_at=now - timedelta(seconds=6),
            last_seen_at=now,
            closed_at=now,
        )
        store.save_occurrence(found)
        store.save_evidence(evidence.picture(found.id, now, GREY, ()))
        store.save_evidence(evidence.clip(found.id, now, GREY.ravel()[:16_000] / 255, 16_000))
    end = now + timedelta(hours=1)  # however long the test takes, it is one gap
    gap = CoverageSpan(new_id(), ada.id, "face_count", Measured.DEGRADED, "too dark", now, end)
    store.save_coverage([gap])
    store.close()


def test_the_desk_and_a_candidate_on_it(server, context):
    links = server.make_meeting()
    fill(server, links)
    page = open_page(context, links.proctor)
    expect(page.locator("#cards-conduct .card audio")).to_have_count(1, timeout=30_000)
    expect_accessible(page)
    reached = tab_through(page)
    for name in ("Candidate link", "Finished", "Ada", "Sound from"):
        assert name in reached
    page.get_by_role("tab", name="Technical").click()
    expect_accessible(page)
    page.locator(".tile").click()
    panel = page.get_by_role("dialog", name="Ada")
    gap = panel.get_by_text("too dark").first
    row = panel.locator("summary.measured").first
    expect(row).to_contain_text("1 gap")
    expect(gap).to_be_hidden()
    row.click()
    expect(gap).to_be_visible()
    expect_accessible(page)
    panel.get_by_role("button", name="Enlarge the picture").first.click()
    expect_accessible(page)

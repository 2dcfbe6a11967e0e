"""Every page in Chromium, light and dark, wide and narrow: axe finds nothing, nothing is cut
off, and the keyboard gets everywhere."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta

import pytest
from accessible import expect_accessible, tab_through
from live import CHROMIUM, open_page
from making import GREY, occurrence
from playwright.sync_api import expect

from proctoring import evidence
from proctoring.ids import new_id
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.types import Category, CoverageSpan, Measured, Participant

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which(CHROMIUM), reason="Chromium is not installed"),
    pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed"),
]


@pytest.fixture(scope="module")
def browser(filmed_browser):
    return filmed_browser


def test_home_and_links(server, context):
    page = open_page(context, server.url)
    page.get_by_label("Title").fill("Statistics I")
    page.get_by_text("Instructions and sensitivity").click()
    expect(page.get_by_text("Every five seconds", exact=True)).to_be_visible()
    expect_accessible(page)
    assert "Create exam" in tab_through(page)
    page.get_by_role("button", name="Create exam").click()
    expect(page.get_by_label("Link", exact=True)).to_have_count(4)
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
    for name in ("Candidate link", "Done", "Alerts", "For review", "Ada", "Sound from"):
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

"""In real Chromium: what a candidate finds at their link when the exam is over."""

from __future__ import annotations

import re
import shutil
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from accessible import expect_accessible
from live import CHROMIUM, Server, person
from making import GREY, occurrence
from playwright.sync_api import Page, expect

from proctoring import evidence
from proctoring.access import tokens
from proctoring.acts.kinds import make
from proctoring.analysers import analyser_types, is_on
from proctoring.ids import new_id
from proctoring.settings import Settings
from proctoring.store import Store
from proctoring.store.opening import open_store
from proctoring.types import Category, CoverageSpan, Measured, Occurrence, Participant, Role

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which(CHROMIUM), reason="Chromium is not installed"),
]

OPENS_MS = 60_000
SIGNALS = ("faces", "page", "clipboard")
NOTE = "My sister came in to say that lunch is ready. <b>Sorry</b>"


def opened(server: Server) -> Store:
    """As the server opens it, with what it seals."""
    return open_store(Settings(data_dir=server.data_dir))


@dataclass(frozen=True)
class Sat:
    link: str
    participant_id: str
    found: Occurrence


@pytest.fixture
def sat(server) -> Sat:
    """Who has finished an exam of half an hour, with a second person, a bad line and a pause."""
    links, token, now = server.make_meeting(signals=SIGNALS), tokens.new_secret(), datetime.now(UTC)
    start = now - timedelta(minutes=30)
    someone = Participant(new_id(), links.meeting_id, "Ada <i>Lovelace</i>", start, start, "v1")
    store = opened(server)
    own = tokens.capability(Role.CANDIDATE, links.meeting_id, token, someone.id)
    store.add_participant(someone, own)
    store.start(someone.id, start)
    of = {"meeting_id": links.meeting_id, "participant_id": someone.id}
    found = occurrence(
        **of,
        opened_at=start + timedelta(minutes=4),
        last_seen_at=start + timedelta(minutes=4, seconds=7),
        closed_at=start + timedelta(minutes=4, seconds=9),
    )
    silent = occurrence(
        **of,
        kind="page_silent",
        title="Nothing is heard from the page",
        summary="no word from the exam page for 40 s",
        category=Category.TECHNICAL,
        opened_at=start + timedelta(minutes=12),
        last_seen_at=start + timedelta(minutes=12, seconds=40),
        closed_at=start + timedelta(minutes=12, seconds=40),
    )
    for one in (found, silent):
        store.save_occurrence(one)
    store.save_evidence(evidence.picture(found.id, found.opened_at, GREY, ((40, 40, 120, 140),)))
    store.save_coverage(_coverage(someone.id, start, now))
    store.save_act(make("pause", {"reason": "Fire alarm"}, participant_id=someone.id, at=now))
    store.finish(someone.id, now, "submitted")
    store.close()
    return Sat(f"{links.candidate}&seat={quote(token)}", someone.id, found)


def _coverage(participant_id: str, start: datetime, end: datetime) -> list[CoverageSpan]:
    gap = start + timedelta(minutes=12), start + timedelta(minutes=13)
    spans = []
    kinds = [kind for kind in analyser_types() if is_on(kind, SIGNALS)]
    for signal in {rule.signal for kind in kinds for rule in kind.rules}:
        for state, reason, since, until in (
            (Measured.MEASURED, "", start, gap[0]),
            (Measured.NOT_MEASURED, "nothing came in", *gap),
            (Measured.MEASURED, "", gap[1], end),
        ):
            spans.append(
                CoverageSpan(new_id(), participant_id, signal, state, reason, since, until)
            )
    return spans


@pytest.fixture
def page(browser, sat):
    context = person(browser)
    page = context.new_page()
    page.goto(sat.link, wait_until="commit")
    expect(page.get_by_role("heading", name="Your record of this exam")).to_be_visible(
        timeout=OPENS_MS
    )
    yield page
    context.close()


def card(page: Page, title: str):
    return page.locator("article.incident", has_text=title)


def test_the_record_tells_what_was_measured_observed_done_and_seen(page):
    expect(page.locator(".ribbon", has_text="Faces in view").locator("b")).not_to_be_empty()
    expect(card(page, "More than one face")).to_contain_text("2 faces, for 7.0 s.")
    expect(card(page, "More than one face")).to_contain_text("Nobody has decided about this.")
    expect(card(page, "Nothing is heard from the page")).to_be_visible()
    record = page.locator(".record")
    for words in (
        "Fire alarm",
        "Nobody has looked at it yet.",
        "Pictures and sounds are erased on",
    ):
        expect(record).to_contain_text(words)


def test_a_picture_opens_and_an_address_of_it_is_of_no_use_elsewhere(page):
    page.get_by_role("button", name="Show the picture").click()
    picture = card(page, "More than one face").get_by_role("img")
    expect(picture).to_be_visible()
    expect(picture).to_have_attribute("src", re.compile("^blob:"))
    expect(picture).to_have_attribute("alt", re.compile("^Picture kept for “More than one face”"))


def test_a_note_and_an_appeal_are_kept_and_stand_there_after_a_reload(page, server, sat):
    card(page, "More than one face").get_by_text("Add a note").click()
    page.get_by_label("What happened, in your words: More than one face").fill(NOTE)
    page.get_by_label("Your appeal").fill("A draft that must not be lost.")
    card(page, "More than one face").get_by_role("button", name="Send").click()
    expect(card(page, "More than one face").locator("blockquote")).to_contain_text(NOTE)
    expect(page.get_by_label("Your appeal")).to_have_value("A draft that must not be lost.")
    page.get_by_label("Your appeal").fill("Please look at the picture again.")
    page.locator("form", has_text="Your appeal").get_by_role("button", name="Send").click()
    expect(page.get_by_text("Kept. It stands beside the record now.")).to_be_focused()
    page.reload(wait_until="commit")
    expect(page.locator("blockquote", has_text="You appealed on")).to_contain_text(
        "Please look at the picture again.", timeout=OPENS_MS
    )
    store = opened(server)
    kinds = [act.kind for act in store.acts(sat.participant_id)]
    store.close()
    assert sorted(kinds) == ["appeal", "explanation", "pause"]


def test_everything_can_be_downloaded(page, tmp_path):
    with page.expect_download() as download:
        page.get_by_role("button", name="Download everything").click()
    download.value.save_as(tmp_path / "mine.zip")
    with zipfile.ZipFile(tmp_path / "mine.zip") as archive:
        assert "participant.json" in archive.namelist()


def test_it_is_accessible_and_fits_in_light_and_dark_on_screens_and_phones(page):
    for summary in page.locator("summary").all():
        summary.click()
    expect_accessible(page, (1280, 390))

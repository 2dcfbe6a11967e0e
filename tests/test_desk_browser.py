"""The desk in Chromium, on a running server: what is saved appears, and stays usable."""

from __future__ import annotations

import re
import signal
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from live import open_page, person
from making import GREY, occurrence
from playwright.sync_api import expect

from proctoring import evidence
from proctoring.ids import new_id
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.types import Category, Notice, Participant

pytestmark = pytest.mark.browser

NAME = "<script>document.title = 'caught'</script>"
TONE = np.sin(np.arange(16_000 * 20) / 8).astype(np.float32) / 4


class Desk:
    """A meeting with one candidate, and the desk open on it."""

    def __init__(self, server, browser):
        self.store = SqliteStore(server.data_dir)
        self.links = server.make_meeting()
        now = datetime.now(UTC)
        self.ada = Participant(new_id(), self.links.meeting_id, NAME, now, started_at=now)
        self.store.add_participant(self.ada)
        self.context = person(browser)
        self.page = open_page(self.context, self.links.proctor)
        expect(self.page.locator(".tile")).to_have_count(1)

    def save(self, kind="multiple_faces", **changes):
        now = datetime.now(UTC)
        values = {"opened_at": now - timedelta(seconds=6), "last_seen_at": now, "closed_at": now}
        found = occurrence(
            meeting_id=self.links.meeting_id,
            participant_id=self.ada.id,
            kind=kind,
            **values | changes,
        )
        self.store.save_occurrence(found)
        return found

    def add_sound(self, found):
        self.store.save_evidence(evidence.clip(found.id, found.opened_at, TONE, 16_000))

    def close(self):
        self.context.close()
        self.store.close()


@pytest.fixture
def desk(server, browser):
    desk = Desk(server, browser)
    yield desk
    desk.close()


def test_an_incident_appears_with_its_picture_its_numbers_and_its_notice(desk):
    expect(desk.page.locator("#cards-conduct .empty")).to_contain_text("Nobody is being measured")
    found = desk.save()
    card = desk.page.locator("#cards-conduct .card")
    expect(card).to_contain_text("More than one face")
    expect(card).to_contain_text("2 faces · 6.0\u00a0s")
    desk.store.save_evidence(evidence.picture(found.id, found.opened_at, GREY, ()))
    expect(card.locator("img")).to_have_js_property("naturalWidth", 320)
    desk.store.save_notice(Notice(found.id, datetime.now(UTC)))
    expect(card).to_contain_text("Candidate told at")
    expect(card.locator(".figure")).to_contain_text(re.compile(r"Tested: \d+\u00a0% found,"))
    expect(desk.page.locator(".tile .score")).to_have_text("To look at: 40 of 100 · 1 warning")
    card.get_by_role("button", name="Enlarge the picture").click()
    expect(desk.page.get_by_role("dialog", name="Picture of an incident")).to_be_visible()
    desk.page.keyboard.press("Escape")
    expect(desk.page.get_by_role("dialog")).to_have_count(0)


def test_technical_incidents_have_a_place_of_their_own(desk):
    desk.save("video_lost", title="No picture arrives", category=Category.TECHNICAL, weight=0.0)
    expect(desk.page.locator("#tab-technical b")).to_have_text("1")
    expect(desk.page.locator("#tab-conduct b")).to_have_text("0")
    expect(desk.page.locator(".tile .score")).to_have_text("To look at: 0 of 100")
    desk.page.get_by_role("tab", name="To look at").press("ArrowRight")
    expect(desk.page.locator("#cards-technical .card")).to_be_visible()


def test_a_sound_comes_after_its_card_and_plays_on_while_others_arrive(desk):
    found = desk.save()
    expect(desk.page.locator("#cards-conduct .card")).to_have_count(1)
    desk.add_sound(found)
    sound = desk.page.locator("#cards-conduct audio")
    expect(sound).to_have_count(1)
    expect(sound).to_have_attribute("src", re.compile("^blob:"))
    sound.evaluate("sound => sound.play()")
    for number in range(3):
        desk.save(f"other_{number}")
    expect(desk.page.locator("#cards-conduct .card")).to_have_count(4)
    desk.save(opened_at=datetime.now(UTC), last_seen_at=datetime.now(UTC))
    expect(desk.page.get_by_text("2 times")).to_be_visible()
    expect(sound).to_have_js_property("paused", False)


def test_a_sound_shows_how_long_it_is_and_plays_by_its_button(desk):
    desk.add_sound(desk.save())
    clip = desk.page.locator("#cards-conduct .clip")
    expect(clip.locator(".length")).to_have_text(re.compile(r"^\d:\d\d$"))
    expect(clip.locator("svg.all path")).to_have_attribute("d", re.compile("^M"))
    play = clip.get_by_role("button", name=re.compile("^Play: Sound from"))
    play.click()
    expect(clip.locator("audio")).not_to_have_js_property("currentTime", 0)
    expect(clip.get_by_role("slider")).to_be_enabled()


def test_of_many_sounds_the_first_is_at_hand_and_the_others_behind_a_click(desk):
    found = desk.save()
    desk.add_sound(found)
    sounds = desk.page.locator("#cards-conduct .clip")
    expect(sounds).to_have_count(1)
    for _ in range(2):
        desk.add_sound(found)
    expect(sounds).to_have_count(3)
    expect(sounds.filter(visible=True)).to_have_count(1)
    desk.page.get_by_text("2 more sounds").click()
    expect(sounds.filter(visible=True)).to_have_count(3)


def test_a_name_is_text_and_a_candidate_opens_and_closes_by_keyboard(desk):
    tile = desk.page.locator(".tile")
    expect(tile.locator(".name")).to_have_text(NAME)
    tile.press("Enter")
    expect(desk.page.get_by_role("dialog", name=NAME)).to_be_visible()
    expect(desk.page.locator(".ribbons .measured").first).to_be_visible()
    desk.page.keyboard.press("Escape")
    expect(desk.page.get_by_role("dialog")).to_have_count(0)
    expect(tile).to_be_focused()
    assert "caught" not in desk.page.title()


def test_chips_filter_by_state(desk):
    expect(desk.page.locator(".chip[data-mark=disconnected] b")).to_have_text("1")
    done = desk.page.locator(".chips").get_by_role("button", name="Done")
    done.click()
    expect(desk.page.locator(".wall .empty")).to_contain_text("Nobody is in this state")
    expect(desk.page).to_have_url(re.compile("show=finished"))
    desk.page.reload(wait_until="commit")
    expect(done).to_have_attribute("aria-pressed", "true", timeout=60_000)
    expect(desk.page.locator(".wall .empty")).to_contain_text("Nobody is in this state: Done")
    done.click()
    expect(desk.page.locator(".tile")).to_have_count(1)
    expect(desk.page).not_to_have_url(re.compile("show="))


@pytest.mark.parametrize("width", [390, 640])
def test_nothing_is_cut_off_on_a_narrow_screen(desk, width):
    desk.save()
    desk.page.set_viewport_size({"width": width, "height": 844})
    desk.page.get_by_role("button", name="Incidents").click()
    expect(desk.page.locator("#cards-conduct .card")).to_be_visible()
    wide = "document.querySelector('[data-testid=stMain]')"
    desk.page.wait_for_function(f"{wide}.scrollWidth <= {wide}.clientWidth")


def test_a_lost_server_is_said_and_what_was_missed_comes_after(desk, server):
    found = desk.save()
    expect(desk.page.locator("#cards-conduct .card")).to_have_count(1)
    server.process.send_signal(signal.SIGSTOP)
    try:
        banner = desk.page.locator(".desk > .banners")
        expect(banner).to_contain_text("Connection to the server lost for", timeout=15_000)
        desk.save("no_face")
    finally:
        server.process.send_signal(signal.SIGCONT)
    expect(desk.page.locator("#cards-conduct .card")).to_have_count(2)
    expect(banner).to_be_empty()
    desk.save(opened_at=found.opened_at + timedelta(seconds=1))
    expect(desk.page.get_by_text("2 times")).to_be_visible()


def test_a_wrong_key_shows_nothing_of_the_exam(server, browser):
    links = server.make_meeting("Secret history, final exam")
    context = person(browser)
    page = open_page(context, f"{links.proctor[:-1]}")
    expect(page.get_by_text("This link does not open a desk")).to_be_visible()
    assert "Secret history" not in page.content()
    expect(page.locator(".desk")).to_have_count(0)
    context.close()

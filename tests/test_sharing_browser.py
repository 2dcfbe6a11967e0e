"""From the check-in to the review: a room is shown, a screen is shared, and people look at it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from accessible import expect_accessible, tab_through
from live import CHROMIUM, Links, Server, launch, open_page, person
from PIL import Image as Pillow
from PIL import ImageDraw
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect
from test_check_in_browser import at, button, go_on, join, says, still
from test_position import seat
from waiting import wait_until

from proctoring.access import tokens
from proctoring.audit import events
from proctoring.ids import new_id
from proctoring.settings import Settings
from proctoring.store import Store
from proctoring.store.opening import open_store
from proctoring.types import Journey, Participant, Role, Still

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which(CHROMIUM), reason="Chromium is not installed"),
    pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed"),
]

MS = 60_000
LONG_MS = 120_000
BOTH = Journey(screen_share=True, check_in=frozenset({"room"}))
SIGNALS = ("faces", "page", "screen")
SHOTS = ".shared .shots button"


@pytest.fixture(scope="module")
def browser(drawn_browser: Browser) -> Browser:
    return drawn_browser


@pytest.fixture
def store(server: Server) -> Iterator[Store]:
    store = open_store(Settings(data_dir=server.data_dir))
    yield store
    store.close()


def sources(store: Store, links: Links) -> list[str]:
    (person,) = store.participants(links.meeting_id)
    return [one.source for one in store.stills(person.id)]


# --- the check-in --------------------------------------------------------------------------


def test_the_room_is_shown_the_screen_is_shared_and_the_exam_goes_on_with_it(
    server: Server, context: BrowserContext, store: Store
) -> None:
    links = server.make_meeting(signals=SIGNALS, journey=BOTH)
    page = open_page(context, links.candidate)
    expect(page.get_by_text("pictures of your room are kept")).to_be_visible(timeout=MS)
    join(page)
    go_on(page)
    at(page, "Your room")
    expect(button(page, "Continue")).to_be_disabled()
    expect_accessible(page)
    button(page, "Show my room").click()
    expect(page.locator(".hint")).to_contain_text("Begin with what is in front", timeout=MS)
    expect(page.locator(".hint")).to_contain_text("Turn slowly", timeout=MS)
    says(page, re.compile("Thank you. .* pictures of your room"), LONG_MS)
    found = sources(store, links)
    assert 4 <= len(found) <= 12
    assert set(found) == {"room"}
    page.reload(wait_until="commit")
    at(page, "Your room")
    says(page, "This is done already")
    go_on(page)
    at(page, "Your screen")
    expect_accessible(page)
    button(page, "Share my screen").click()
    says(page, "Your whole screen is shared", MS)
    expect(page.locator(".shared video")).to_be_visible()
    go_on(page)
    expect(page.get_by_text("Everything is ready.")).to_be_visible(timeout=MS)
    expect(page.get_by_text("Your screen is shared.")).to_be_visible()
    assert set(sources(store, links)) == {"room"}, "nothing of the screen before the exam"
    button(page, "Begin exam").click()
    expect(page.locator("[data-of=screen][data-state=on]")).to_be_visible(timeout=MS)
    expect(page.get_by_role("button", name="Share my screen")).to_have_count(0)
    wait_until(lambda: page.wait_for_timeout(50) or "screen" in sources(store, links))


def test_a_part_is_refused_with_its_cure_and_what_cannot_be_is_told(
    server: Server, context: BrowserContext
) -> None:
    links = server.make_meeting(signals=("page", "screen"), journey=Journey(screen_share=True))
    page = open_page(context, links.candidate)
    join(page)
    page.evaluate("""() => {
      const settings = MediaStreamTrack.prototype.getSettings;
      MediaStreamTrack.prototype.getSettings = function () {
        return { ...settings.call(this), displaySurface: "browser" };
      };
    }""")
    go_on(page)
    at(page, "Your screen")
    for _ in range(3):
        page.get_by_role("button", name=re.compile("Share my screen|Try again")).click()
        says(page, "You shared one window or tab.")
        expect(page.get_by_role("button", name="Try again")).to_be_visible(timeout=MS)
    says(page, "choose “Entire screen”")
    expect(button(page, "Continue")).to_be_disabled()
    expect(button(page, "Ask a proctor to let me in")).to_be_visible(timeout=MS)
    context.add_init_script("delete MediaDevices.prototype.getDisplayMedia")
    page.reload(wait_until="commit")
    at(page, "Your screen")
    says(page, "This browser cannot share a screen.")
    expect(button(page, "Continue anyway")).to_be_visible(timeout=MS)
    button(page, "Continue anyway").click()
    expect(page.get_by_text("Something is missing.")).to_be_visible(timeout=MS)


def test_a_camera_that_stays_where_it_is_shows_no_room_and_a_proctor_can_be_asked(
    server: Server, playwright: Playwright, tmp_path: Path
) -> None:
    browser = launch(playwright, still(seat(1.6), tmp_path))
    journey = Journey(check_in=frozenset({"room"}))
    page = open_page(person(browser), server.make_meeting(journey=journey).candidate)
    join(page)
    go_on(page)
    at(page, "Your room")
    button(page, "Show my room").click()
    says(page, "The picture hardly changed.", LONG_MS)
    button(page, "I cannot do this").click()
    button(page, "Ask a proctor to let me in").click(timeout=MS)
    expect(page.get_by_text("A proctor knows that you are here")).to_be_visible(timeout=MS)
    browser.close()


# --- those who look at it ------------------------------------------------------------------


def drawn(text: str) -> bytes:
    page = Pillow.new("RGB", (1280, 720), "#f3f1ea")
    sheet = ImageDraw.Draw(page)
    sheet.rectangle((60, 60, 1220, 120), fill="#0f766e")
    sheet.text((80, 80), text, fill="white", font_size=28)
    for row in range(12):
        sheet.rectangle((80, 170 + 40 * row, 500 + 50 * (row % 5), 186 + 40 * row), fill="#b9b4a6")
    file = BytesIO()
    page.save(file, "JPEG", quality=70)
    return file.getvalue()


def sat_and_shared(server: Server, store: Store, *, has_finished: bool) -> tuple[Links, str, str]:
    """An exam, its candidate, and their token."""
    links, token = server.make_meeting(signals=SIGNALS, journey=BOTH), tokens.new_secret()
    now = datetime.now(UTC)
    begun = now - timedelta(minutes=30)
    ann = Participant(new_id(), links.meeting_id, "Ann", begun, begun, "v1")
    own = tokens.capability(Role.CANDIDATE, links.meeting_id, token, ann.id)
    store.add_participant(ann, own)
    store.start(ann.id, begun)
    for number in range(5):
        save(store, ann.id, "room", begun - timedelta(minutes=2, seconds=-2 * number))
    for number in range(20):
        save(store, ann.id, "screen", begun + timedelta(minutes=number, seconds=30))
    if has_finished:
        store.finish(ann.id, now, "submitted")
    return links, ann.id, token


def save(store: Store, person_id: str, source: str, when: datetime) -> None:
    data = drawn(f"{source} {when:%H:%M:%S}")
    digest = sha256(data).hexdigest()
    store.save_still(Still(new_id(), person_id, when, source, 1280, 720, digest, data))


def seen(store: Store, links: Links) -> list[str]:
    log = store.audit_log(links.meeting_id)
    return [one.event.subject for one in log if one.event.action == events.STILLS_SEEN]


def look_through(page: Page) -> None:
    """The strip, one of them large, and the room."""
    strip = page.locator(SHOTS)
    expect(strip).to_have_count(7, timeout=MS)
    expect(strip.first.locator("img")).to_have_js_property("complete", True)
    expect(page.get_by_text("20 stills of the screen")).to_be_visible()
    strip.nth(2).click()
    large = page.get_by_role("dialog", name="What was shared")
    expect(large).to_be_visible()
    before = large.locator("figcaption").inner_text()
    page.keyboard.press("ArrowRight")
    expect(large.locator("figcaption")).not_to_have_text(before)
    page.keyboard.press("Escape")
    expect(large).to_be_hidden()
    page.get_by_role("button", name="Room", exact=True).click()
    expect(strip).to_have_count(5)
    expect(page.get_by_text("5 pictures of the room")).to_be_visible()


def test_a_reviewer_sees_the_stills_beside_the_time_and_the_log_says_so(
    server: Server, context: BrowserContext, store: Store
) -> None:
    links, ann, _ = sat_and_shared(server, store, has_finished=True)
    page = open_page(context, links.proctor.replace("/desk", "/review"))
    page.get_by_role("navigation", name="Candidates").get_by_role("button").first.click()
    expect(page.locator(SHOTS)).to_have_count(7, timeout=MS)
    expect_accessible(page)
    scrub = page.locator("input.scrub")
    current = page.locator(f"{SHOTS}[aria-current]")
    scrub.evaluate("(node) => { node.value = 600; node.dispatchEvent(new Event('input')); }")
    begun = store.participant(ann).started_at
    assert begun is not None
    nearest = begun + timedelta(minutes=9, seconds=30)
    wanted = page.evaluate("(at) => new Date(at).toLocaleTimeString('en-GB')", nearest.isoformat())
    expect(current).to_contain_text(wanted, timeout=MS)
    look_through(page)
    assert wait_until(lambda: seen(store, links)) == [ann]


def test_a_proctor_sees_the_newest_of_a_candidate_who_is_open(
    server: Server, context: BrowserContext, store: Store
) -> None:
    links, ann, _ = sat_and_shared(server, store, has_finished=False)
    page = open_page(context, links.proctor)
    page.get_by_role("button", name=re.compile("Ann")).first.click(timeout=MS)
    current = page.locator(f"{SHOTS}[aria-current]")
    expect(current).to_be_visible(timeout=MS)
    expect(current).to_have_attribute("data-index", "19")
    save(store, ann, "screen", datetime.now(UTC))
    expect(current).to_have_attribute("data-index", "20", timeout=MS)
    expect_accessible(page)
    page.get_by_role("button", name="Room", exact=True).click()
    expect(page.locator(SHOTS)).to_have_count(5)


def test_a_candidate_sees_their_own_afterwards(
    server: Server, context: BrowserContext, store: Store
) -> None:
    links, _, token = sat_and_shared(server, store, has_finished=True)
    page = open_page(context, f"{links.candidate}&seat={token}")
    expect(page.locator(SHOTS)).to_have_count(7, timeout=MS)
    expect_accessible(page)
    assert "Time of the stills" in tab_through(page)
    look_through(page)
    assert seen(store, links) == [], "it is theirs"

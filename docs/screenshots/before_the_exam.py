"""What a candidate sees before the exam: the door, each step of the check-in, the waiting room."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from live import CHROMIUM, FLAGS, Server
from playwright.sync_api import Browser, Page, expect

from docs.screenshots.studio import EVERY, MS, NAMES, Studio, button, opened
from proctoring.acts import kinds
from proctoring.types import Journey

TITLE = "Data structures, final exam"
SIGNALS = ("faces", "identity", "gaze", "objects", "speakers", "voice_owner", "page", "screen")
ALL_STEPS = Journey(
    check_in=frozenset({"identity", "card", "room", "voice"}),
    screen_share=True,
    needs_letting_in=True,
    legal_basis="Art. 6 (1) e GDPR with § 15 of our examination rules.",
)
GERMAN = {"locale": "de-DE"}
REFUSES = """navigator.mediaDevices.getUserMedia = async () => {
  throw new DOMException("no", "NotAllowedError");
};"""


def agree(page: Page, name: str = NAMES[0]) -> None:
    """In any language."""
    page.get_by_test_id("stTextInput").locator("input").fill(name)
    page.get_by_test_id("stCheckbox").locator("label").click()
    page.get_by_test_id("stFormSubmitButton").locator("button").click()
    expect(page.get_by_test_id("stFormSubmitButton")).to_have_count(0, timeout=MS)


def at(page: Page, title: str) -> None:
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible(timeout=MS)


def go_on(page: Page) -> None:
    expect(page.get_by_role("button", name="Continue", exact=True)).to_be_enabled(timeout=MS)
    page.get_by_role("button", name="Continue", exact=True).click()


def door(studio: Studio) -> None:
    server, browser = studio.server(), studio.browser()
    now = datetime.now(UTC)
    page = studio.page(browser, server.make_meeting(TITLE, signals=SIGNALS).candidate)
    expect(page.get_by_label("Your name")).to_be_visible(timeout=MS)
    studio.take(page, "door", EVERY)
    studio.take(page, "door-all", is_tall=True)
    button(page, "Continue").click()
    expect(page.get_by_test_id("stAlert")).to_be_visible(timeout=MS)
    studio.take(page, "door-no-name", is_tall=True)
    full = server.make_meeting(TITLE, signals=SIGNALS, journey=ALL_STEPS).candidate
    for name, options in (("door-long", {}), ("de-door", GERMAN)):
        page = studio.page(browser, full, **options)
        expect(page.get_by_test_id("stFormSubmitButton")).to_be_visible(timeout=MS)
        studio.take(page, name, is_tall=True)
    early = {"opens_at": now + timedelta(minutes=42), "closes_at": now + timedelta(hours=3)}
    late = {"opens_at": now - timedelta(hours=3), "closes_at": now - timedelta(hours=1)}
    for name, changes in (("door-early", early), ("door-late", late)):
        page = studio.page(browser, server.make_meeting(TITLE, **changes).candidate)
        expect(page.locator(".op-place")).to_be_visible(timeout=MS)
        studio.take(page, name, EVERY)


def check_in(studio: Studio) -> None:
    server, browser = studio.server(), studio.calm()
    links = server.make_meeting(TITLE, signals=SIGNALS, journey=ALL_STEPS)
    page = studio.page(browser, links.candidate)
    agree(page)
    at(page, "Camera, microphone and connection")
    expect(page.get_by_role("button", name="Continue", exact=True)).to_be_enabled(timeout=MS)
    expect(page.locator("[data-check=path][data-look=good]")).to_be_attached(timeout=MS)
    studio.take(page, "check-in-devices", EVERY)
    page.locator("summary").first.click()
    studio.take(page, "check-in-devices-open", is_tall=True)
    go_on(page)
    at(page, "Your face")
    studio.take(page, "check-in-face", EVERY)
    button(page, "Take my pictures").click()
    expect(button(page, "I cannot turn: take it as it is")).to_be_visible(timeout=MS)
    studio.take(page, "check-in-face-turn", schemes=("light",))
    for name in ("card", "voice", "room", "screen"):
        page.goto(re.sub(r"&step=\w+", "", page.url) + f"&step={name}", wait_until="commit")
        page.locator("h2, h3").first.wait_for()
        page.wait_for_timeout(3500)
        studio.take(page, f"check-in-{name}", EVERY)
    page = studio.page(browser, links.candidate, **GERMAN)
    agree(page, NAMES[1])
    expect(page.locator("[data-check=path][data-look=good]")).to_be_attached(timeout=MS)
    page.wait_for_timeout(3000)
    studio.take(page, "de-check-in-devices", is_tall=True)
    for name in ("identity", "card", "voice", "room", "screen"):
        page.goto(re.sub(r"&step=\w+", "", page.url) + f"&step={name}", wait_until="commit")
        page.wait_for_timeout(3500)
        studio.take(page, f"de-check-in-{name}", is_tall=True, schemes=("light",))


def refused(studio: Studio, server: Server, browser: Browser) -> None:
    context = studio.person(browser)
    context.add_init_script(REFUSES)
    page = context.new_page()
    page.goto(server.make_meeting(TITLE).candidate, wait_until="commit")
    agree(page)
    expect(page.locator(".message")).to_contain_text("does not allow", timeout=MS)
    studio.take(page, "check-in-refused", EVERY)


def check_in_fails(studio: Studio) -> None:
    server, good = studio.server(), studio.calm()
    refused(studio, server, good)
    page = studio.page(studio.calm("lutyuv=y=val*0.1"), server.make_meeting(TITLE).candidate)
    agree(page)
    expect(page.locator(".hint")).to_contain_text("too dark", timeout=MS)
    studio.take(page, "check-in-dark", EVERY)
    bare = studio.browser()
    journey = Journey(check_in=frozenset({"identity"}))
    page = studio.page(bare, server.make_meeting(TITLE, signals=SIGNALS, journey=journey).candidate)
    agree(page)
    expect(page.locator(".message")).to_contain_text(re.compile("No (camera|microphone)|found"))
    studio.take(page, "check-in-no-devices", EVERY)
    button(page, "Continue anyway").click()
    at(page, "Your face")
    button(page, "Take my pictures").click()
    for number in (1, 2):
        expect(page.locator(".message")).to_contain_text(f"try {number} of 3", timeout=MS)
        page.wait_for_timeout(500)
        button(page, "Try again").click()
    expect(page.locator(".message")).to_contain_text("ask a proctor", timeout=MS)
    studio.take(page, "check-in-face-failed", EVERY)
    button(page, "Ask a proctor to let me in").click()
    expect(page.get_by_text("A proctor knows that you are here")).to_be_visible(timeout=MS)
    studio.take(page, "waiting-something-missing", EVERY)
    fake = ["--use-fake-device-for-media-stream"]  # devices, and nobody who allows them
    asked = studio.playwright.chromium.launch(
        executable_path=str(Path(CHROMIUM)), args=[*FLAGS, *fake]
    )
    page = asked.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(server.make_meeting(TITLE).candidate, wait_until="commit")
    agree(page)
    expect(page.get_by_role("button", name=re.compile("^Allow "))).to_be_visible(timeout=MS)
    studio.take(page, "check-in-not-allowed-yet")
    asked.close()


def waiting(studio: Studio) -> None:
    server, browser = studio.server(), studio.calm()
    links = server.make_meeting(TITLE, journey=Journey(needs_letting_in=True))
    page = studio.page(browser, links.candidate)
    agree(page)
    go_on(page)
    expect(page.get_by_text("A proctor knows that you are here")).to_be_visible(timeout=MS)
    studio.take(page, "waiting", EVERY)
    said(server, links.meeting_id, "message", text="One moment, please.")
    said(server, links.meeting_id, "not_yet", text="Please clear your desk, then ask again.")
    expect(button(page, "Ask again")).to_be_visible(timeout=MS)
    studio.take(page, "waiting-not-yet", EVERY)
    page.goto(f"{page.url}&lang=de", wait_until="commit")
    page.wait_for_timeout(4000)
    studio.take(page, "de-waiting", is_tall=True)
    said(server, links.meeting_id, "let_in")
    page.goto(page.url.replace("&lang=de", "&lang=en"), wait_until="commit")
    expect(page.get_by_text("You have been let in.")).to_be_visible(timeout=MS)
    studio.take(page, "waiting-let-in", EVERY)


def said(server: Server, meeting_id: str, kind: str, **content: object) -> None:
    with opened(server.data_dir) as store:
        (found,) = store.participants(meeting_id)
        store.save_act(
            kinds.make(kind, content, participant_id=found.id, actor="desk", role="proctor")
        )

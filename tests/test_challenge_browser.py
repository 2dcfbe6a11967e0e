"""In real Chromium: what a candidate is asked when their picture may not be live, and that it can
always be skipped."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from itertools import count

import pytest
from accessible import expect_accessible
from live import CHROMIUM, FakeMedia, Links, Server, launch, open_page, person
from material import SMALL
from playwright.sync_api import Page, WebSocketRoute, expect
from seated import seat as seat_of
from waiting import wait_until

from proctoring.types import Policy

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which(CHROMIUM), reason="Chromium is not installed"),
    pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed"),
]

JOINS_MS = 60_000
ASKED_MS = 90_000  # fifteen seconds without a motion, three of doubt, and a busy machine
SIGNALS = ("faces", "liveness")
TURNS = [  # each for longer than from one of Playwright's looks to the next, a second
    {"start_s": 0.5, "end_s": 3.5, "ask": "left"},
    {"start_s": 4.0, "end_s": 7.0, "ask": "right"},
]
COLOURS = [
    {"start_s": 0.0, "end_s": 3.0, "ask": "#ffb4b4"},
    {"start_s": 3.0, "end_s": 6.0, "ask": "#b4b4ff"},
]
names = (f"Ann {number}" for number in count(1))


@pytest.fixture(scope="module")
def browser(playwright, tmp_path_factory):
    """Its camera shows a photo, which does not move."""
    browser = launch(playwright, photo(tmp_path_factory.mktemp("media")))
    yield browser
    browser.close()


def photo(folder) -> FakeMedia:
    media = FakeMedia(folder / "photo.mjpeg", folder / "silence.wav")
    ffmpeg = ("ffmpeg", "-y", "-loglevel", "error")
    still = SMALL / "faces" / "sk_astronaut.jpg"
    crop = "crop=260:260:90:0,scale=480:480,pad=640:480:80:0:gray"
    repeated = ("-loop", "1", "-i", still, "-vf", crop, "-t", "4", "-r", "10", "-q:v", "3")
    subprocess.run([*ffmpeg, *repeated, "-c:v", "mjpeg", media.picture], check=True)
    silence = ("-f", "lavfi", "-i", "anullsrc=r=48000:cl=mono", "-t", "4")
    subprocess.run([*ffmpeg, *silence, media.sound], check=True)
    return media


class Line:
    """The page's own line to the server. What is `asked` stands in the server's messages."""

    def __init__(self, page: Page) -> None:
        self.asked: dict[str, object] | None = None
        self.events: list[str] = []  # names
        page.route_web_socket(re.compile("/api/exam"), self._connect)

    def _connect(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def to_page(text: str) -> None:
            message = json.loads(text)
            if message.get("is") == "running":
                message["challenge"] = self.asked
            socket.send(json.dumps(message))

        def to_server(text: str) -> None:
            message = json.loads(text)
            if message.get("type") == "event":
                self.events.append(message["name"])
            server.send(text)

        server.on_message(to_page)
        socket.on_message(to_server)

    def ask(self, challenge_id: str, kind: str, steps: list[dict[str, object]]) -> None:
        self.asked = {"id": challenge_id, "kind": kind, "steps": steps}

    @property
    def answers(self) -> list[str]:
        return [name for name in self.events if name.startswith("challenge_")]


def sit(page: Page, server: Server, links: Links) -> None:
    """The way in has tests of its own."""
    page.goto(seat_of(server, links, next(names))[0], wait_until="commit")
    for medium in ("camera", "connection"):
        expect(page.locator(f"[data-of={medium}][data-state=on]")).to_be_visible(timeout=JOINS_MS)


def sheet(page: Page):
    return page.locator("dialog.challenge")


def skip(page: Page) -> None:
    page.get_by_role("button", name="Skip", exact=True).click()


def can_go_on(page: Page) -> None:
    """Nothing covers the exam, and its buttons work."""
    expect(sheet(page)).to_be_hidden()
    page.get_by_role("button", name="Finish exam").click()
    expect(page.get_by_role("button", name="Finish now")).to_be_visible()
    page.get_by_role("button", name="Go on working").click()
    expect(page.get_by_role("button", name="Finish now")).to_have_count(0)


def test_a_photo_is_asked_to_turn_and_skipping_is_for_a_person_to_look_at(server, browser):
    links = server.make_meeting(signals=SIGNALS)
    desk = open_page(person(browser), links.proctor)
    page = person(browser).new_page()
    sit(page, server, links)
    expect(sheet(page)).to_be_visible(timeout=ASKED_MS)
    expect(page.get_by_role("heading", name="Please turn your head, twice")).to_be_focused()
    skip(page)
    can_go_on(page)
    card = desk.locator(".feed .card", has_text="could not be checked")
    expect(card).to_contain_text("the candidate skipped the check", timeout=JOINS_MS)
    expect(card).to_have_attribute("data-category", "technical")
    expect(desk.locator(".feed .card", has_text="may not be a live person")).to_be_visible(
        timeout=JOINS_MS
    )
    for context in (page.context, desk.context):
        context.close()


def test_a_photo_that_begins_and_does_not_turn_is_told_of_with_the_reason(server, browser):
    links = server.make_meeting(signals=SIGNALS)
    desk = open_page(person(browser), links.proctor)
    page = person(browser).new_page()
    sit(page, server, links)
    expect(sheet(page)).to_be_visible(timeout=ASKED_MS)
    page.get_by_role("button", name="Begin", exact=True).click()
    expect(sheet(page)).to_contain_text("Thank you", timeout=JOINS_MS)
    card = desk.locator(".feed .card", has_text="may not be a live person")
    expect(card).to_contain_text(
        re.compile("no turn to the (left|right) was seen"), timeout=JOINS_MS
    )
    can_go_on(page)
    for context in (page.context, desk.context):
        context.close()


def test_an_exam_that_wants_no_challenges_asks_for_none(server, browser):
    links = server.make_meeting(signals=SIGNALS, policy=Policy(challenges=False))
    desk = open_page(person(browser), links.proctor)
    page = person(browser).new_page()
    line = Line(page)
    sit(page, server, links)
    expect(desk.locator(".feed .card", has_text="may not be a live person")).to_be_visible(
        timeout=ASKED_MS
    )
    assert line.answers == []
    expect(sheet(page)).to_be_hidden()
    for context in (page.context, desk.context):
        context.close()


@pytest.fixture
def seat(server, browser):
    """An exam whose server asks nothing by itself: the messages are the test's."""
    links = server.make_meeting(signals=SIGNALS, policy=Policy(challenges=False))
    page = person(browser).new_page()
    line = Line(page)
    sit(page, server, links)
    yield page, line
    page.context.close()


def test_turns_are_shown_one_after_the_other_once_the_candidate_begins(seat):
    page, line = seat
    line.ask("t1", "turn", TURNS)
    expect(sheet(page)).to_be_visible()
    wait_for(page, lambda: line.answers == ["challenge_seen"])
    page.keyboard.press("Space")  # of somebody who is typing
    page.keyboard.press("Enter")
    expect(sheet(page)).to_have_attribute("data-stage", "offer")
    page.get_by_role("button", name="Begin", exact=True).click()
    for side in ("left", "right"):
        expect(page.locator(f".sign[data-sign={side}]")).to_be_visible()
        spoken = sheet(page).locator("[aria-live]")
        expect(spoken).to_have_text(f"Turn your head to the {side}.")
    expect(sheet(page)).to_contain_text("Thank you")
    expect(sheet(page)).to_be_hidden()
    wait_for(page, lambda: line.answers[2:])
    assert line.answers == ["challenge_seen", "challenge_shown", "challenge_done"]
    can_go_on(page)


def test_escape_skips_at_any_time_and_the_same_is_not_asked_again(seat):
    page, line = seat
    for number, is_begun in enumerate((False, True)):
        line.events.clear()
        line.ask(f"e{number}", "turn", TURNS)
        expect(sheet(page)).to_be_visible()
        if is_begun:
            page.get_by_role("button", name="Begin", exact=True).click()
            expect(page.locator(".sign[data-sign=left]")).to_be_visible()
        page.keyboard.press("Escape")
        expect(sheet(page)).to_be_hidden()
        wait_for(page, lambda: line.answers[-1:] == ["challenge_skipped"])
        can_go_on(page)


def test_the_focus_goes_back_to_where_it_was(seat):
    page, line = seat
    finish = page.get_by_role("button", name="Finish exam")
    finish.focus()
    line.ask("f1", "turn", TURNS)
    expect(page.get_by_role("heading", name="Please turn your head, twice")).to_be_focused()
    skip(page)
    expect(finish).to_be_focused()


def test_one_that_is_asked_no_longer_goes_away_by_itself(seat):
    page, line = seat
    line.ask("n1", "turn", TURNS)
    wait_for(page, lambda: line.answers == ["challenge_seen"])
    line.asked = None
    expect(sheet(page)).to_be_hidden()
    assert line.answers == ["challenge_seen"]
    line.ask("n2", "turn", [{"start_s": 0.0, "end_s": 60.0, "ask": "left"}])
    page.get_by_role("button", name="Begin", exact=True).click()
    expect(page.locator(".sign[data-sign=left]")).to_be_visible()
    line.asked = None  # the server began anew, and knows of none
    expect(sheet(page)).to_be_hidden()
    wait_for(page, lambda: line.answers[-1:] == ["challenge_left"])
    can_go_on(page)


def test_colours_fill_the_page_and_none_come_where_little_motion_is_wanted(seat):
    page, line = seat
    line.ask("c1", "colours", COLOURS)
    page.get_by_role("button", name="Begin", exact=True).click()
    for red, green, blue in ((255, 180, 180), (180, 180, 255)):
        expect(sheet(page)).to_have_css("background-color", f"rgb({red}, {green}, {blue})")
    expect(sheet(page)).to_be_hidden()
    page.emulate_media(reduced_motion="reduce")
    line.events.clear()
    line.ask("c2", "colours", COLOURS)
    wait_for(page, lambda: line.answers == ["challenge_no_colours"])
    expect(sheet(page)).to_be_hidden()
    line.ask("c2", "turn", TURNS)
    expect(sheet(page)).to_be_visible()


def test_the_camera_is_named_to_the_server(seat):
    page, line = seat
    wait_for(page, lambda: "camera_label" in line.events)


@pytest.mark.parametrize("kind", ["turn", "colours"])
def test_the_sheet_is_accessible(seat, kind):
    page, line = seat
    steps = TURNS if kind == "turn" else COLOURS
    line.ask(f"a-{kind}", kind, [{**steps[0], "start_s": 0.0, "end_s": 600.0}])
    expect(sheet(page)).to_be_visible()
    expect_accessible(page, (1280, 390))
    page.get_by_role("button", name="Begin", exact=True).click()
    stage = page.locator(".sign[data-sign=left]" if kind == "turn" else "[data-stage=light]")
    expect(stage).to_be_visible()
    expect_accessible(page, (1280, 390))


def wait_for(page: Page, is_so) -> None:
    """With the page's messages passing meanwhile."""

    def look() -> bool:
        page.wait_for_timeout(50)
        return bool(is_so())

    wait_until(look)

"""The check-in in real Chromium: each step, each failure, and the way on from it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import cv2
import numpy as np
import pytest
from accessible import expect_accessible, tab_through
from live import CHROMIUM, FLAGS, FakeMedia, launch, open_page, person
from material import SMALL, needs_data
from playwright.sync_api import Browser, Page, expect
from test_position import seat
from turning import turning

from proctoring.acts import kinds
from proctoring.settings import Settings
from proctoring.store import Store
from proctoring.store.opening import open_store
from proctoring.types import Journey

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which(CHROMIUM), reason="Chromium is not installed"),
    pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed"),
]

MS = 60_000
LONG_MS = 120_000  # a busy machine looks at a picture in a second
SIGNALS = ("faces", "identity", "gaze", "speakers", "voice_owner")
FACE_AND_VOICE = Journey(check_in=frozenset({"identity", "voice"}))
ONLY_FACE = Journey(check_in=frozenset({"identity"}))
names = (f"Ann {number}" for number in count(1))
REFUSES = """(name, medium) => {
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    if (medium === "all" || wanted[medium]) throw new DOMException("as if", name);
    return ask(wanted);
  };
}"""


@pytest.fixture(scope="module")
def browser(playwright, tmp_path_factory):
    """Its camera shows somebody who sits well and keeps still; its microphone hears a voice."""
    media = still(seat(1.6), tmp_path_factory.mktemp("good"))
    browser = launch(playwright, media)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def dark_browser(playwright, tmp_path_factory):
    media = still((seat(1.6) * 0.1).astype(np.uint8), tmp_path_factory.mktemp("dark"))
    browser = launch(playwright, media)
    yield browser
    browser.close()


def still(image, folder) -> FakeMedia:
    media = FakeMedia(folder / "still.mjpeg", folder / "voice.wav")
    cv2.imwrite(str(folder / "still.png"), image)
    ffmpeg = ("ffmpeg", "-y", "-loglevel", "error")
    picture = (
        "-loop",
        "1",
        "-i",
        folder / "still.png",
        "-t",
        "2",
        "-r",
        "10",
        "-pix_fmt",
        "yuvj420p",
    )
    subprocess.run([*ffmpeg, *picture, "-c:v", "mjpeg", "-q:v", "2", media.picture], check=True)
    voice = ("-i", SMALL / "audio" / "one_voice.flac", "-ar", "48000", "-c:a", "pcm_s16le")
    subprocess.run([*ffmpeg, *voice, media.sound], check=True)
    return media


def join(page: Page) -> None:
    """Past the rules."""
    name = next(names)
    page.get_by_label("Your name").fill(name)
    page.get_by_text("I have read this").click()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text(f"You are here as {name}.")).to_be_visible(timeout=MS)


def at(page: Page, title: str) -> None:
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible(timeout=MS)


def button(page: Page, name: str):
    return page.get_by_role("button", name=name, exact=True)


def go_on(page: Page) -> None:
    expect(button(page, "Continue")).to_be_enabled(timeout=MS)
    button(page, "Continue").click()


def take_pictures(page: Page) -> None:
    """A photo cannot turn; the dot is looked at or given up by itself."""
    button(page, "Take my pictures").click()
    for _ in range(2):
        as_it_is = button(page, "I cannot turn: take it as it is")
        expect(as_it_is).to_be_visible(timeout=LONG_MS)
        before = page.locator(".count").inner_text()
        as_it_is.click()
        expect(page.locator(".count")).not_to_have_text(before, timeout=LONG_MS)
    says(page, "Done. Your face is known.", LONG_MS)


def says(page: Page, text: str | re.Pattern[str], timeout: float = MS) -> None:
    expect(page.locator(".message")).to_contain_text(text, timeout=timeout)


@contextmanager
def opened(server) -> Iterator[Store]:
    """The server's own store, with its keys: two processes may share it."""
    store = open_store(Settings(data_dir=server.data_dir))
    try:
        yield store
    finally:
        store.close()


def of(server, links):
    """The only candidate, what people did about them, and the kinds of what is kept of them."""
    with opened(server) as store:
        (found,) = store.participants(links.meeting_id)
        return found, store.acts(found.id), {one.kind for one in store.enrolments(found.id)}


def do(server, participant, kind: str, **content: object) -> None:
    with opened(server) as store:
        store.save_act(
            kinds.make(kind, content, participant_id=participant.id, actor="a", role="proctor")
        )


# --- all goes well -------------------------------------------------------------------------------


def test_without_further_steps_the_exam_begins_from_the_devices(server, context):
    page = open_page(context, server.make_meeting().candidate)
    join(page)
    at(page, "Camera, microphone and connection")
    expect(button(page, "Begin exam")).to_be_enabled(timeout=MS)
    expect(page.locator(".hint")).to_have_text("Good. Your face can be seen well.", timeout=MS)
    for name in ("browser", "line", "path", "light"):
        check = page.locator(f".checks [data-check={name}][data-look=good]")
        expect(check).to_be_attached(timeout=MS)
    expect(page.locator("summary")).to_have_text("Connection and light: all is well")
    page.locator("summary").click()
    expect(page.locator("[data-check=path]")).to_contain_text("directly")
    button(page, "Begin exam").click()
    expect(page.locator("[data-of=camera][data-state=on]")).to_be_visible(timeout=MS)


def test_all_steps_on_one_machine_and_a_reload_at_each_comes_back_to_it(server, context):
    links = server.make_meeting(signals=SIGNALS, journey=FACE_AND_VOICE)
    page = open_page(context, links.candidate)
    expect(page.get_by_text("about 2 minutes")).to_be_visible(timeout=MS)
    join(page)
    at(page, "Camera, microphone and connection")
    page.reload(wait_until="commit")
    at(page, "Camera, microphone and connection")
    go_on(page)
    at(page, "Your face")
    expect(button(page, "Continue")).to_be_disabled()
    page.reload(wait_until="commit")
    at(page, "Your face")
    take_pictures(page)
    expect(button(page, "Continue")).to_be_enabled(timeout=MS)
    page.reload(wait_until="commit")
    at(page, "Your face")
    says(page, "This is done already")
    go_on(page)
    at(page, "Your voice")
    expect(page.get_by_text("On the hill above the town")).to_be_visible()
    page.reload(wait_until="commit")
    at(page, "Your voice")
    button(page, "Start reading").click()
    says(page, "Done. Your voice is known.", LONG_MS)
    go_on(page)
    expect(page.get_by_text("Everything is ready.")).to_be_visible(timeout=MS)
    page.reload(wait_until="commit")
    expect(page.get_by_text("Everything is ready.")).to_be_visible(timeout=MS)
    participant, done, kinds = of(server, links)
    assert {"faces", "voice"} <= kinds
    assert done == []
    assert participant.started_at is None, "the clock stands until the button is pressed"
    button(page, "Begin exam").click()
    expect(page.locator("[data-of=camera][data-state=on]")).to_be_visible(timeout=MS)
    assert of(server, links)[0].started_at is not None


@needs_data
def test_a_head_that_turns_needs_no_button(server, playwright, tmp_path):
    browser = launch(playwright, turning(tmp_path))
    context = person(browser)
    page = open_page(context, server.make_meeting(signals=SIGNALS, journey=ONLY_FACE).candidate)
    join(page)
    go_on(page)
    button(page, "Take my pictures").click()
    says(page, "Done. Your face is known.", LONG_MS)
    browser.close()


# --- being let in --------------------------------------------------------------------------------


def test_whoever_has_to_be_let_in_waits_and_goes_on_by_themselves(server, context):
    journey = Journey(needs_letting_in=True)
    links = server.make_meeting(journey=journey)
    page = open_page(context, links.candidate)
    join(page)
    go_on(page)
    expect(page.get_by_text("A proctor knows that you are here")).to_be_visible(timeout=MS)
    expect(button(page, "Begin exam")).to_have_count(0)
    participant, done, _ = of(server, links)
    assert [act.kind for act in done] == ["ask_in"], "once, however often the page is drawn"
    do(server, participant, "message", text="One moment, *please*.")
    expect(page.get_by_text("One moment, *please*.")).to_be_visible(timeout=MS)
    expect_accessible(page)
    do(server, participant, "not_yet", text="Please clear your desk.")
    expect(page.get_by_text("Please clear your desk.")).to_be_visible(timeout=MS)
    expect(button(page, "Ask again")).to_be_visible(timeout=MS)
    button(page, "Ask again").click()
    expect(button(page, "Ask again")).to_have_count(0, timeout=MS)
    do(server, participant, "let_in")
    expect(page.get_by_text("You have been let in.")).to_be_visible(timeout=MS)
    button(page, "Begin exam").click()
    expect(page.locator("[data-of=camera][data-state=on]")).to_be_visible(timeout=MS)


def test_three_failed_tries_lead_to_a_proctor_and_on(server, bare_browser):
    context = person(bare_browser)
    links = server.make_meeting(signals=SIGNALS, journey=ONLY_FACE)
    page = open_page(context, links.candidate)
    join(page)
    says_no_camera(page)
    button(page, "Continue anyway").click()
    at(page, "Your face")
    button(page, "Take my pictures").click()
    for number in (1, 2):
        says(page, f"try {number} of 3")
        says_no_camera(page)
        button(page, "Try again").click()
    says(page, "ask a proctor to let you in")
    expect_accessible(page)
    button(page, "Ask a proctor to let me in").click()
    expect(page.get_by_text("A proctor knows that you are here")).to_be_visible(timeout=MS)
    expect(page.get_by_text("Something is missing.")).to_be_visible()
    participant, done, kinds = of(server, links)
    (ask,) = done
    assert (ask.kind, ask.role) == ("ask_in", "candidate")
    assert "Your face" in ask.content
    assert kinds == set()
    page.reload(wait_until="commit")
    expect(page.get_by_text("A proctor knows that you are here")).to_be_visible(timeout=MS)
    button(page, "Your face: try again").click()
    at(page, "Your face")
    do(server, participant, "let_in")
    page.reload(wait_until="commit")
    go_on(page)
    expect(page.get_by_text("You have been let in.")).to_be_visible(timeout=MS)
    expect(button(page, "Begin exam")).to_be_enabled()
    context.close()


def test_an_address_that_says_ready_skips_nothing(server, context):
    links = server.make_meeting(signals=SIGNALS, journey=FACE_AND_VOICE)
    page = open_page(context, links.candidate)
    join(page)
    at(page, "Camera, microphone and connection")
    page.goto(f"{page.url}&step=ready", wait_until="commit")
    expect(page.get_by_text("It is not done yet.").first).to_be_visible(timeout=MS)
    expect(button(page, "Begin exam")).to_have_count(0)
    button(page, "Your face: try again").click()
    at(page, "Your face")


# --- what can be the matter ----------------------------------------------------------------------


def says_no_camera(page: Page) -> None:
    says(page, re.compile("No (camera|microphone)|does not allow"))


@pytest.mark.parametrize(
    ("error", "medium", "title", "cure"),
    [
        ("NotAllowedError", "all", "The browser does not allow", "site settings"),
        ("NotReadableError", "all", "Another program is using", "Close other video programs"),
        ("NotReadableError", "video", "Another program is using", "Close other video programs"),
        ("NotFoundError", "audio", "was found", "Plug it in"),
    ],
    ids=["permission denied", "both busy", "camera busy", "no microphone"],
)
def test_what_is_the_matter_has_its_cause_its_cure_and_a_way_on(
    server, browser, error, medium, title, cure
):
    context = person(browser)
    context.add_init_script(f"({REFUSES})('{error}', '{medium}')")
    page = open_page(context, server.make_meeting().candidate)
    join(page)
    says(page, title)
    says(page, cure)
    expect(button(page, "Try again")).to_be_visible()
    expect(button(page, "Begin exam")).to_be_disabled()
    expect(button(page, "Begin anyway")).to_be_enabled(timeout=MS)
    context.close()


def test_a_real_refusal_of_the_browser_is_told(server, playwright):
    fake = ["--use-fake-device-for-media-stream"]  # there are devices, and nobody who allows them
    browser: Browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *fake])
    context = browser.new_context()
    context.set_default_timeout(30_000)
    page = open_page(context, server.make_meeting().candidate)
    join(page)
    page.get_by_role("button", name=re.compile("^Allow ")).click()
    says(page, "The browser does not allow")
    browser.close()


def test_a_machine_without_devices_is_told_so(server, bare_browser):
    context = person(bare_browser)
    page = open_page(context, server.make_meeting().candidate)
    join(page)
    says_no_camera(page)
    expect(button(page, "Begin anyway")).to_be_enabled(timeout=MS)
    context.close()


def test_a_dark_picture_is_told_while_it_lasts_and_holds_nobody_up(server, dark_browser):
    context = person(dark_browser)
    page = open_page(context, server.make_meeting().candidate)
    join(page)
    expect(page.locator(".hint")).to_contain_text("too dark", timeout=MS)
    expect(page.locator(".spoken").first).to_contain_text("Turn on a light", timeout=MS)
    expect(page.locator("[data-check=light]")).to_contain_text("Turn on a light")
    expect(page.locator("details.checks[open]")).to_be_visible()
    expect(button(page, "Begin exam")).to_be_enabled(timeout=MS)
    context.close()


def test_where_no_way_for_media_is_found_that_is_said_before_the_exam(server, browser):
    context = person(browser)
    context.add_init_script(
        "RTCPeerConnection.prototype.setRemoteDescription = async () => {};"  # and nothing connects
    )
    page = open_page(context, server.make_meeting().candidate)
    join(page)
    check = page.locator("[data-check=path][data-look=good]")
    expect(check).to_contain_text("by the page’s own line alone", timeout=MS)
    expect(button(page, "Begin exam")).to_be_enabled(timeout=MS)
    context.close()


def test_a_second_tab_takes_the_check_in_and_the_first_one_says_so(server, context):
    links = server.make_meeting()
    page = open_page(context, links.candidate)
    join(page)
    expect(page.locator(".hint")).to_be_visible(timeout=MS)
    second = open_page(context, page.url)
    expect(second.locator(".hint")).to_be_visible(timeout=MS)
    says(page, "opened in another tab")


def test_a_browser_that_asks_each_time_gets_the_camera_by_the_steps_own_button(server, browser):
    context = person(browser)
    context.add_init_script("navigator.permissions.query = async () => ({ state: 'prompt' });")
    links = server.make_meeting(signals=SIGNALS, journey=ONLY_FACE)
    page = open_page(context, links.candidate)
    join(page)
    page.get_by_role("button", name="Allow camera and microphone").click()
    go_on(page)
    at(page, "Your face")
    page.reload(wait_until="commit")
    at(page, "Your face")
    button(page, "Take my pictures").click()
    expect(page.locator(".count")).to_have_text(re.compile("^[1-9] of 7"), timeout=LONG_MS)
    context.close()


def test_a_bad_line_is_no_try_of_the_candidates(server, context):
    links = server.make_meeting(signals=SIGNALS, journey=ONLY_FACE)
    page = context.new_page()
    page.route_web_socket(re.compile("/api/check-in"), lambda socket: socket.close())
    page.goto(links.candidate, wait_until="commit")
    join(page)
    expect(page.locator("[data-check=line]")).to_contain_text("cannot be reached", timeout=MS)
    go_on(page)
    at(page, "Your face")
    button(page, "Take my pictures").click()
    for _ in range(4):
        says(page, "no connection to the server")
        says(page, "counts as none")
        button(page, "Try again").last.click()
    expect(button(page, "Ask a proctor to let me in")).to_have_count(0)


# --- for everybody -------------------------------------------------------------------------------


def test_each_step_is_accessible_and_the_keyboard_gets_everywhere(server, context):
    journey = Journey(
        check_in=frozenset({"identity", "card", "voice"}), legal_basis="Article 6(1)(e) GDPR."
    )
    page = open_page(context, server.make_meeting(signals=SIGNALS, journey=journey).candidate)
    expect(page.get_by_text("Article 6(1)(e) GDPR.")).to_be_visible(timeout=MS)
    join(page)
    expect(page.locator("[data-check=path][data-look=good]")).to_be_attached(timeout=MS)
    page.locator("summary").click()
    expect_accessible(page)
    assert "Continue" in tab_through(page)
    for step, title, start in (
        ("identity", "Your face", "Take my pictures"),
        ("card", "Your card", "Show my card"),
        ("voice", "Your voice", "Start reading"),
    ):
        page.goto(re.sub("&step=[a-z]+", "", page.url) + f"&step={step}", wait_until="commit")
        at(page, title)
        expect(button(page, start)).to_be_visible(timeout=MS)
        expect_accessible(page)
        assert start in tab_through(page)
    page.goto(re.sub("&step=[a-z]+", "", page.url) + "&step=ready", wait_until="commit")
    expect(page.get_by_text("It is not done yet.").first).to_be_visible(timeout=MS)
    expect_accessible(page)


def test_instructions_are_read_aloud_for_whoever_asks(server, context):
    context.add_init_script(
        "window.said = []; speechSynthesis.speak = (speech) => window.said.push(speech.text);"
    )
    page = open_page(context, server.make_meeting().candidate)
    join(page)
    aloud = button(page, "Read instructions aloud")
    aloud.focus()
    page.keyboard.press("Enter")
    expect(aloud).to_have_attribute("aria-pressed", "true")
    page.wait_for_function("window.said.length > 0", timeout=MS)

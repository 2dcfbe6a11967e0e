"""A real exam in real Chromium: fake camera and microphone, a candidate, a proctor.

What is asserted is what a person sees.
"""

import re
import shutil
from itertools import count

import pytest
from live import CHROMIUM, fake_media, launch, open_page, person
from material import DATA, SMALL, needs_data
from playwright.sync_api import Locator, Page, expect
from waiting import wait_until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which(CHROMIUM), reason="Chromium is not installed"),
    pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed"),
]

CLIP = SMALL / "scenarios" / "second_person.mp4"  # two faces from 10 s to 20 s, then again
JOINS_MS = 60_000
ONE_ROUND_MS = 75_000  # the camera's loop is 30 s long
names = (f"Ann {number}" for number in count(1))


def join(context, link: str, name: str) -> Page:
    """From the candidate link to the running exam, as a person does it."""
    page = open_page(context, link)
    page.get_by_label("Your name").fill(name)
    page.get_by_text("I have read this").click()
    page.get_by_role("button", name="Continue").click()
    begin = page.get_by_role("button", name="Begin exam")
    expect(begin).to_be_enabled(timeout=JOINS_MS)
    begin.click()
    expect_streaming(page)
    return page


def expect_streaming(page: Page) -> None:
    for medium in ("camera", "microphone", "connection"):
        expect(page.locator(f"[data-of={medium}][data-state=on]")).to_be_visible(timeout=JOINS_MS)


def tile(desk: Page, name: str) -> Locator:
    return desk.locator("button.tile", has_text=name)


def cards(desk: Page, title: str) -> Locator:
    return desk.locator(".feed .card", has_text=title)


def test_an_examiner_creates_an_exam_and_gets_two_links(server, bare_browser):
    page = open_page(person(bare_browser), server.url)
    page.get_by_label("Title").fill("Statistics I")
    page.get_by_role("button", name="Create exam").click()
    links = page.get_by_label("Link", exact=True)
    expect(links).to_have_count(4)
    expect(page.get_by_role("img", name="QR code")).to_have_count(2)
    expect(links.nth(0)).to_have_value(re.compile(rf"^{server.url}/exam\?meeting=[\w-]{{16}}$"))
    expect(links.nth(1)).to_have_value(
        re.compile(rf"^{server.url}/desk\?meeting=[\w-]{{16}}&key=[\w-]{{43}}$")
    )
    candidate, proctor = (links.nth(i).input_value() for i in range(2))
    desk = open_page(person(bare_browser), proctor)
    expect(desk.get_by_text("Statistics I").first).to_be_visible()
    door = open_page(person(bare_browser), candidate)
    expect(door.get_by_label("Your name")).to_be_visible()
    for context in (page.context, desk.context, door.context):
        context.close()


def test_without_the_secret_the_desk_shows_nothing(server, bare_browser):
    links = server.make_meeting("A very secret title")
    page = open_page(person(bare_browser), links.proctor[:-4])
    expect(page.locator("[data-testid=stMain]")).to_contain_text(re.compile(r"\w{3}"))
    page.wait_for_timeout(1500)
    expect(page.locator("body")).not_to_contain_text("A very secret title")
    expect(page.locator("button.tile")).to_have_count(0)
    page.context.close()


def test_a_second_person_is_seen_told_and_counted(server, filmed_browser, bare_browser):
    links, name = server.make_meeting(), next(names)
    desk = open_page(person(bare_browser), links.proctor)
    page = join(person(filmed_browser), links.candidate, name)

    # The desk: the candidate, a fresh picture, and then the incident with its evidence.
    expect(tile(desk, name)).to_be_visible(timeout=JOINS_MS)
    expect(tile(desk, name).locator("img.still")).to_be_visible(timeout=JOINS_MS)
    card = cards(desk, "More than one face")
    expect(card).to_be_visible(timeout=ONE_ROUND_MS)
    expect(card.locator(".numbers")).to_contain_text("2 faces ·")
    picture = card.locator(".thumb img")
    expect(picture).to_be_visible()
    # The place is there before the picture has come over the line.
    wait_until(lambda: picture.evaluate("image => image.complete && image.naturalWidth") > 300)

    # The candidate is told what and how to mend it, and the proctor sees that they were.
    expect(page.locator("article.card", has_text="More than one face").first).to_be_visible()
    expect(card.locator(".shown")).to_contain_text("Candidate told at")
    expect(page.locator("article.card", has_text="Resolved, thank you").first).to_be_visible(
        timeout=ONE_ROUND_MS
    )

    # The same again is the same entry, counted.
    expect(card.locator(".times summary")).to_have_text("2 times", timeout=ONE_ROUND_MS)
    expect(card).to_have_count(1)

    # Two voices, with sound that can be played.
    voices = cards(desk, "More than one voice")
    expect(voices.first).to_be_visible(timeout=ONE_ROUND_MS)
    sound = voices.first.locator("audio").first
    expect(sound).to_have_attribute("src", re.compile("^blob:"), timeout=ONE_ROUND_MS)
    seconds = sound.evaluate(
        "audio => new Promise(done => { audio.onloadedmetadata = () => done(audio.duration);"
        " audio.preload = 'metadata'; audio.load() })"
    )
    assert 2 < seconds <= 16

    # Live video and sound.
    tile(desk, name).click()
    video = desk.locator("dialog.panel video")
    desk.wait_for_function(
        "video => video.videoWidth > 0 && video.currentTime > 0.5",
        arg=video.element_handle(timeout=JOINS_MS),
        timeout=JOINS_MS,
    )
    for context in (page.context, desk.context):
        context.close()


def test_two_candidates_of_one_name_are_two_and_a_reload_is_the_same_one(
    server, filmed_browser, bare_browser
):
    links, name = server.make_meeting(), next(names)
    desk = open_page(person(bare_browser), links.proctor)
    first = join(person(filmed_browser), links.candidate, name)
    second = join(person(filmed_browser), links.candidate, name)
    expect(tile(desk, name)).to_have_count(2, timeout=JOINS_MS)

    first.reload(wait_until="commit")
    expect_streaming(first)
    first.wait_for_timeout(3000)
    expect(tile(desk, name)).to_have_count(2)

    # The link once more in the same browser: the seat is remembered.
    again = open_page(second.context, links.candidate)
    expect_streaming(again)
    expect(tile(desk, name)).to_have_count(2)

    # A closed tab is seen as what it is.
    first.close()
    expect(tile(desk, name).filter(has_text="Disconnected")).to_have_count(1, timeout=JOINS_MS)

    # Finished is finished, on both sides.
    again.get_by_role("button", name="Finish exam").click()
    again.get_by_role("button", name="Finish now").click()
    expect(tile(desk, name).filter(has_text="Finished")).to_have_count(1, timeout=JOINS_MS)
    again.reload(wait_until="commit")
    expect(again.get_by_role("button", name="Finish exam")).to_have_count(0)
    for context in (first.context, second.context, desk.context):
        context.close()


@needs_data
def test_a_clean_run_gives_nothing_to_look_at(server, playwright, bare_browser, tmp_path):
    links, name = server.make_meeting(), next(names)
    browser = launch(playwright, fake_media(DATA / "scenarios" / "d1_normal.mp4", tmp_path))
    desk = open_page(person(bare_browser), links.proctor)
    page = join(person(browser), links.candidate, name)
    page.wait_for_timeout(45_000)
    assert desk.locator(".feed .card[data-category=conduct]").count() == 0
    assert page.locator("article.card").count() == 0
    expect(tile(desk, name)).to_contain_text("In exam")
    browser.close()
    desk.context.close()

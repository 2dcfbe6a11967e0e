"""In real Chromium: a candidate reads German from the door to their own record, and may change
the language wherever they are, without losing anything."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from accessible import expect_accessible
from foreign import english_in
from live import CHROMIUM, open_page, person
from paper_page import LONG
from playwright.sync_api import Page, expect
from seated import exam_with_paper, kept, opened, seat
from waiting import wait_until

from proctoring.types import Journey

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which(CHROMIUM), reason="Chromium is not installed"),
    pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed"),
]

MS = 60_000
OPEN_ALL = """() => {
  const open = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) open(element.shadowRoot);
      if (element.matches("details")) element.open = true;
    }
  };
  open(document);
}"""
COUNT_CAPTURES = """() => {
  const frame = document.querySelector('iframe[title*="webrtc_streamer"]');
  const devices = frame.contentWindow.navigator.mediaDevices;
  const ask = devices.getUserMedia.bind(devices);
  devices.captures = 0;
  devices.getUserMedia = (...wanted) => (devices.captures++, ask(...wanted));
}"""
CAPTURES = """() => document.querySelector('iframe[title*="webrtc_streamer"]')
  .contentWindow.navigator.mediaDevices.captures"""
LONG_MS = 180_000


@pytest.fixture(scope="module")
def browser(filmed_browser):
    return filmed_browser


@pytest.fixture
def bare_visitor(browser):
    """Their browser finds no camera and no microphone, and asks for German."""
    context = person(browser, reduced_motion="reduce", locale="de-DE")
    context.add_init_script(
        """navigator.mediaDevices.getUserMedia = async () => {
          throw new DOMException("as if", "NotFoundError");
        };
        navigator.mediaDevices.enumerateDevices = async () => [];
        window.spoken = [];
        speechSynthesis.speak = ({ lang, text }) => window.spoken.push(`${lang}: ${text}`);"""
    )
    yield context
    context.close()


@pytest.fixture
def visitors(browser):
    """Makes browser profiles by their locale."""
    made = []

    def visitor(locale: str):
        made.append(person(browser, reduced_motion="reduce", locale=locale))
        return made[-1]

    yield visitor
    for context in made:
        context.close()


def switch(page: Page):
    return page.get_by_label("Language")


def expect_spoken(page: Page, language: str) -> None:
    expect(page.locator("html")).to_have_attribute("lang", language)


def expect_german(page: Page) -> None:
    expect_spoken(page, "de")
    found = ["nobody has looked"]
    for _ in range(10):  # until it has drawn itself anew
        page.evaluate(OPEN_ALL)
        if not (found := english_in(page)):
            break
        page.wait_for_timeout(500)
    assert found == []


def test_a_german_browser_gets_german_from_the_door_to_the_own_record(server, visitors):
    links = server.make_meeting(title="Klausur Statistik I", instructions="")
    page = open_page(visitors("de-DE"), links.candidate)
    name = page.get_by_label("Ihr Name, wie das Prüfungsamt ihn kennt")
    expect(name).to_be_visible(timeout=MS)
    expect_german(page)
    expect_accessible(page)

    page.get_by_role("button", name="Weiter", exact=True).click()
    expect(page.get_by_text("Geben Sie Ihren Namen ein")).to_be_visible()
    name.fill("Ada")
    page.get_by_text("Ich habe dies gelesen").click()
    page.get_by_role("button", name="Weiter", exact=True).click()
    begin = page.get_by_role("button", name="Prüfung beginnen")
    expect(begin).to_be_enabled(timeout=MS)
    works = page.locator(".message", has_text="Ihre Kamera und Ihr Mikrofon funktionieren.")
    expect(works).to_be_visible()
    expect_german(page)
    expect_accessible(page)

    begin.click()
    camera = page.locator("[data-of=camera]")
    expect(camera).to_have_text(re.compile("Kamera an"), timeout=MS)
    warning = page.locator(".card", has_text="Mehr als ein Gesicht")
    expect(warning).to_be_visible(timeout=LONG_MS)
    expect(warning).to_contain_text("Achten Sie darauf, dass Sie allein im Bild sind.")
    expect(warning).to_contain_text("2 Gesichter")
    expect_german(page)
    expect_accessible(page, (1280, 390))
    page.get_by_role("button", name="Nachrichten").first.click()
    expect(page.get_by_label("An die Aufsicht schreiben")).to_be_visible()
    expect_german(page)
    page.get_by_role("button", name="Nachrichten schließen").click()

    page.get_by_role("button", name="Prüfung abgeben").click()
    expect(page.get_by_text("Kamera und Mikrofon werden ausgeschaltet")).to_be_visible()
    expect_german(page)
    page.get_by_role("button", name="Jetzt abgeben").click()
    expect(page.get_by_role("heading", name="Ihre Prüfung ist beendet")).to_be_visible(timeout=MS)
    record = page.get_by_role("heading", name="Ihre Daten zu dieser Prüfung")
    expect(record).to_be_visible(timeout=MS)
    expect(page.get_by_role("heading", name="Mehr als ein Gesicht")).to_be_visible()
    expect(page.get_by_text(re.compile("^2 Gesichter, .* lang\\."))).to_be_visible()
    expect_german(page)
    expect_accessible(page, (1280, 390))


def test_the_language_changes_at_the_door_and_is_known_at_the_next_visit(server, visitors):
    links = server.make_meeting()
    context = visitors("fr-FR")
    page = open_page(context, links.candidate)
    expect(page.get_by_label("Your name")).to_be_visible(timeout=MS)
    expect_spoken(page, "en")  # there is no French
    switch(page).focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Ihr Name")).to_be_visible(timeout=MS)
    expect_spoken(page, "de")
    expect(switch(page)).to_be_focused()
    page.reload(wait_until="commit")
    expect(page.get_by_label("Ihr Name")).to_be_visible(timeout=MS)

    again = open_page(context, links.candidate)
    expect(again.get_by_label("Ihr Name")).to_be_visible(timeout=MS)
    switch(again).select_option("en")
    expect(again.get_by_label("Your name")).to_be_visible(timeout=MS)


def test_an_address_may_name_the_language(server, visitors):
    links = server.make_meeting()
    page = open_page(visitors("en-GB"), f"{links.candidate}&lang=de-AT")
    expect(page.get_by_label("Ihr Name")).to_be_visible(timeout=MS)
    page = open_page(visitors("de-DE"), f"{links.candidate}&lang=en")
    expect(page.get_by_label("Your name")).to_be_visible(timeout=MS)


def test_changing_the_language_in_the_exam_loses_nothing_and_the_stream_goes_on(server, visitors):
    links = exam_with_paper(server, LONG)
    url, ada = seat(server, links)
    page = open_page(visitors("en-GB"), url)
    expect(page.locator("#question-title")).to_be_visible(timeout=MS)
    expect(page.locator("[data-of=camera][data-state=on]")).to_be_visible(timeout=LONG_MS)
    page.evaluate(COUNT_CAPTURES)
    page.get_by_role("button", name="Raise hand").click()
    page.get_by_role("button", name="Messages").first.click()
    page.get_by_label("Write to a proctor").fill("Half a thought")
    page.get_by_role("button", name="Close the messages").click()
    page.locator("#answer").fill("Written just before")

    switch(page).select_option("de")  # before the answer can be saved
    expect(page.locator("#question-title")).to_have_text("Frage 1 von 2", timeout=MS)
    expect(page.locator("#answer")).to_have_value("Written just before")
    expect(page.locator(".paper .state")).to_contain_text("Gespeichert", timeout=MS)
    expect(page.locator("[data-of=camera]")).to_have_text(re.compile("Kamera an"), timeout=MS)
    expect(page.locator(".strip video.on")).to_be_visible()
    assert page.evaluate(CAPTURES) == 0, "camera and microphone were not opened anew"
    expect(page.get_by_role("button", name="Hand senken")).to_be_visible(timeout=MS)
    page.get_by_role("button", name="Nachrichten").first.click()
    expect(page.get_by_label("An die Aufsicht schreiben")).to_have_value("Half a thought")
    page.get_by_role("button", name="Nachrichten schließen").click()
    wait_until(
        lambda: page.wait_for_timeout(50) or "Written just before" in kept(server, ada).values()
    )
    expect_german(page)

    switch(page).select_option("en")
    expect(page.locator("#question-title")).to_have_text("Question 1 of 2", timeout=MS)
    expect(page.locator("#answer")).to_have_value("Written just before")
    expect(page.locator("[data-of=camera][data-state=on]")).to_be_visible(timeout=MS)
    assert page.evaluate(CAPTURES) == 0


def test_a_step_that_fails_is_told_in_german_and_kept_in_english(server, bare_visitor):
    journey = Journey(check_in=frozenset({"identity"}))
    links = server.make_meeting(signals=("faces", "identity"), journey=journey)
    page = open_page(bare_visitor, links.candidate)
    page.get_by_label("Ihr Name").fill("Ada", timeout=MS)
    page.get_by_text("Ich habe dies gelesen").click()
    page.get_by_role("button", name="Weiter", exact=True).click()
    message = page.locator(".message")
    expect(message).to_contain_text("Es wurde keine Kamera gefunden", timeout=MS)
    page.get_by_role("button", name="Anweisungen vorlesen").click()
    [said] = wait_until(lambda: page.evaluate("window.spoken"))
    assert said.startswith("de: Es wurde keine Kamera gefunden.")
    expect_german(page)
    page.get_by_role("button", name="Trotzdem weiter").click()
    expect(page.get_by_role("heading", name="Ihr Gesicht")).to_be_visible(timeout=MS)
    take = page.locator(".go")
    for number in (1, 2, 3):
        expect(take).to_have_attribute("aria-disabled", "false", timeout=MS)
        take.click()
        said = f"Versuch {number} von 3" if number < 3 else "um Einlass bitten"
        expect(message).to_contain_text(said, timeout=MS)
    expect_german(page)
    page.get_by_role("button", name="Aufsicht um Einlass bitten").click()
    expect(page.get_by_text("Die Aufsicht weiß, dass Sie hier sind")).to_be_visible(timeout=MS)
    expect_german(page)
    expect_accessible(page, (1280, 390))
    with opened(server.data_dir) as store:
        [someone] = store.participants(links.meeting_id)
        [asked] = [act for act in store.acts(someone.id) if act.kind == "ask_in"]
    assert json.loads(asked.content)["reason"] == "Your face: No camera was found"

"""In real Chromium: how a paper ends and what stops it, and that everybody can write it."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from accessible import expect_accessible
from live import CHROMIUM, person
from paper_page import LONG, SHOWN_MS, expect_saved, go_to, sit, title, write
from playwright.sync_api import Page, expect
from seated import exam_with_paper, kept, opened, seat
from whole_paper import attach_whole

from proctoring.acts import kinds
from proctoring.paper import notes

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which(CHROMIUM), reason="Chromium is not installed"),
    pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed"),
]


@pytest.fixture(scope="module")
def browser(filmed_browser):
    return filmed_browser


# --- the end -----------------------------------------------------------------------------


def test_the_summary_leads_to_what_is_not_answered(server, context):
    url, _ = seat(server, exam_with_paper(server))
    page = sit(context, url)
    page.get_by_role("button", name="Mark for later").click()
    page.get_by_role("button", name="Finish exam").click()
    expect(page.locator(".summary")).to_have_text("7 of 7 unanswered, 1 marked for later")
    expect(page.locator(".links li")).to_have_count(7)
    page.locator(".links").get_by_role("button", name="Question 5 *").click()
    expect(title(page)).to_have_text("Question 5 of 7")
    expect(title(page)).to_be_focused()


def test_a_revision_during_the_exam_shows_itself_and_keeps_what_was_written(server, context):
    links = exam_with_paper(server, LONG)
    url, ada = seat(server, links)
    page = sit(context, url)
    write(page, "kept")
    expect_saved(page)
    with opened(server.data_dir) as store:
        text = LONG.replace("question: First", "question: First and mended")
        attach_whole(store, links.meeting_id, text)
    expect(page.locator(".text")).to_have_text("First and mended", timeout=SHOWN_MS)
    expect(page.locator("#answer")).to_have_value("kept")
    assert kept(server, ada) == {"one": "kept"}


def test_time_is_up_and_the_last_words_are_taken(server, context):
    links = exam_with_paper(server, LONG, length_s=40)
    url, ada = seat(server, links)
    page = sit(context, url)
    write(page, "just in time")
    expect(page.get_by_text("Your exam is finished")).to_be_visible(timeout=SHOWN_MS)
    expect(page.get_by_text("All your answers are saved.").first).to_be_visible(timeout=SHOWN_MS)
    assert kept(server, ada) == {"one": "just in time"}


def test_a_pause_covers_the_questions_and_says_why(server, context):
    url, ada = seat(server, exam_with_paper(server, LONG))
    page = sit(context, url)
    write(page, "before the alarm")
    expect_saved(page)
    act(server, ada, "pause", reason="Fire alarm.")
    expect(title(page)).to_have_text("Your exam is paused", timeout=SHOWN_MS)
    expect(page.locator(".paper .sheet")).to_contain_text("Fire alarm.")
    expect(page.locator(".paper")).not_to_contain_text("First")
    act(server, ada, "resume")
    expect(title(page)).to_have_text("Question 1 of 2", timeout=SHOWN_MS)
    expect(page.locator("#answer")).to_have_value("before the alarm")


def act(server, person_id: str, kind: str, **content: object) -> None:
    with opened(server.data_dir) as store:
        store.save_act(kinds.make(kind, content, participant_id=person_id))


def test_last_words_on_a_bad_line_are_taken_after_the_end(server, browser):
    url, ada = seat(server, exam_with_paper(server, LONG, length_s=40))
    context, line = person(browser), {"is bad": True}
    page = context.new_page()

    def connect(route) -> None:
        to_server = route.connect_to_server()
        route.on_message(
            lambda text: (
                None
                if line["is bad"] and json.loads(text).get("type") == "answer"
                else to_server.send(text)
            )
        )

    page.route_web_socket(re.compile("/api/paper"), connect)
    page.goto(url, wait_until="commit")
    expect(title(page)).to_be_visible(timeout=SHOWN_MS)
    write(page, "my last words")
    expect(page.get_by_text("Your exam is finished")).to_be_visible(timeout=SHOWN_MS)
    expect(page.get_by_text("Your last answers are being saved.").first).to_be_visible()
    assert kept(server, ada) == {}
    line["is bad"] = False
    page.reload(wait_until="commit")
    expect(page.get_by_text("All your answers are saved.").first).to_be_visible(timeout=SHOWN_MS)
    assert kept(server, ada) == {"one": "my last words"}
    context.close()


# --- for everybody -----------------------------------------------------------------------


def test_it_is_accessible_in_both_schemes_at_every_width(server, context):
    url, _ = seat(server, exam_with_paper(server))
    page = sit(context, url)
    for number in range(1, 8):
        go_to(page, number)
        expect_accessible(page, (640, 390))
    page.get_by_role("button", name="Finish exam").click()
    expect_accessible(page, (640, 390))


def test_the_whole_paper_by_keyboard_alone(server, context):
    url, ada = seat(server, exam_with_paper(server))
    page = sit(context, url)
    page.locator(".list button").first.focus()
    for _ in range(7):
        page.keyboard.press("Tab")
    answer_by_keyboard(page)
    expect(title(page)).to_have_text("Finish your exam?")
    expect_saved(page)
    page.keyboard.press("Tab")
    tab_to(page, "Finish now")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your exam is finished")).to_be_visible(timeout=SHOWN_MS)
    found = kept(server, ada)
    assert found["total"] == "def total(numbers):\n    pass"
    assert len([name for name in found if not notes.is_note(name)]) == 7


FOCUSED = """() => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return [element.tagName, element.type || "", element.textContent.trim()];
}"""


def tab_to(page: Page, text: str = "", *, tags: tuple[str, ...] = ("BUTTON",)) -> str:
    """Press Tab until something is reached; its type."""
    for _ in range(40):
        tag, kind, words = page.evaluate(FOCUSED)
        if tag in tags and (not text or words == text):
            return str(kind)
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab reaches no {text or tags}")


def answer_by_keyboard(page: Page) -> None:
    for number in range(1, 8):
        expect(title(page)).to_have_text(f"Question {number} of 7")
        if number == 7:
            tab_to(page, "Open the question")
            page.keyboard.press("Enter")
            expect(page.locator("#answer")).to_be_visible()
        kind = tab_to(page, tags=("INPUT", "TEXTAREA"))
        if kind in ("radio", "checkbox"):
            page.keyboard.press("Space")
        elif page.locator(".field.code").count():
            for key in ("Control+End", "Enter", "Tab"):
                page.keyboard.press(key)
            page.keyboard.type("pass")
            page.keyboard.press("Escape")
            page.keyboard.press("Tab")
        else:
            page.keyboard.type("42")
        tab_to(page, "Next" if number < 7 else "Finish exam")
        page.keyboard.press("Enter")

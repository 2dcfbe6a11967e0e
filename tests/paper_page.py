"""The page of a candidate who answers the built-in paper, as a test works with it."""

from __future__ import annotations

import json
import re

from live import open_page
from playwright.sync_api import Page, expect
from seated import kept
from waiting import wait_until

SHOWN_MS = 60_000
LONG = """questions:
  - {kind: long, id: one, question: First}
  - {kind: long, id: two, question: Second}
"""


def sit(context, url: str) -> Page:
    page = open_page(context, url)
    expect(title(page)).to_be_visible(timeout=SHOWN_MS)
    return page


def title(page: Page):
    return page.locator("#question-title")


def state(page: Page):
    return page.locator(".paper .state")


def go_to(page: Page, number: int) -> None:
    page.locator(".list button").nth(number - 1).click()
    expect(title(page)).to_have_text(re.compile(rf"Question {number} of"))


def go_to_text(page: Page, text: str) -> None:
    """The order is the candidate's own."""
    for number in range(1, page.locator(".list button").count() + 1):
        go_to(page, number)
        if text in page.locator(".paper .sheet").inner_text():
            return
    raise AssertionError(f"there is no question {text!r}")


def write(page: Page, text: str) -> None:
    page.locator("#answer").fill(text)


def expect_saved(page: Page) -> None:
    expect(page.locator(".paper .state[data-state=saved]")).to_be_visible(timeout=SHOWN_MS)


def wait_for_kept(page: Page, server, person_id: str, **answers: object) -> None:
    """With the page's messages passing meanwhile."""

    def is_kept() -> bool:
        page.wait_for_timeout(50)
        return answers.items() <= kept(server, person_id).items()

    wait_until(is_kept)


def finish(page: Page) -> None:
    page.get_by_role("button", name="Finish exam").click()
    page.get_by_role("button", name="Finish now").click()


def deaf_to_answers(route) -> None:
    """A line that brings everything but what was answered."""
    server = route.connect_to_server()
    route.on_message(
        lambda text: None if json.loads(text).get("type") == "answer" else server.send(text)
    )

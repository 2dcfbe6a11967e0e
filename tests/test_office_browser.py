"""An examiner invites a candidate by name in real Chromium; who comes by the link, and where."""

from __future__ import annotations

import csv
import io
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from accessible import OPTIONS, expect_accessible, tab_through
from live import CHROMIUM, open_page, person
from playwright.sync_api import Page, expect

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which(CHROMIUM), reason="Chromium is not installed"),
]

SHOWN_MS = 60_000
LIST = "name;id;extra_minutes\nAda Lovelace;1815;30\nZoë =1+1;7;\n".encode("utf-8-sig")
RULES: dict[str, Any] = OPTIONS | {
    # Minor, in Streamlit's place for files.
    "rules": OPTIONS["rules"] | {"presentation-role-conflict": {"enabled": False}},
}


def is_shown(page: Page, text: str) -> None:
    expect(page.get_by_text(text).first).to_be_visible(timeout=SHOWN_MS)


def expect_nothing_wrong(page: Page) -> None:
    expect_accessible(page, (1280, 390), RULES, fits=False)


def test_a_list_of_names_becomes_personal_links_and_one_resumes_on_another_device(server, browser):
    links = server.make_meeting("Latin")
    examiner = person(browser, accept_downloads=True)
    manage = open_page(examiner, links.manage)
    manage.get_by_text("Invite candidates by a list").click(timeout=SHOWN_MS)
    chooser = manage.locator("input[type=file]").last
    expect(chooser).to_be_attached(timeout=SHOWN_MS)
    chooser.set_input_files({"name": "list.csv", "mimeType": "text/csv", "buffer": LIST})
    manage.get_by_role("button", name="Invite 2 candidates").click(timeout=SHOWN_MS)
    with manage.expect_download(timeout=SHOWN_MS) as download:
        manage.get_by_role("button", name="Download the links").click(timeout=SHOWN_MS)
    rows = list(csv.reader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))))
    assert [row[0] for row in rows] == ["name", "Ada Lovelace", "Zoë =1+1"]
    manage.get_by_role("button", name="I have kept them").click()
    is_shown(manage, "2 invited by name, 2 of them expected")
    expect_nothing_wrong(manage)

    link = rows[1][3]
    first, second, stranger = (person(browser) for _ in range(3))
    door = open_page(first, link)
    is_shown(door, "You are invited as")
    expect(door.get_by_label("Your name")).to_have_count(0)
    expect_nothing_wrong(door)
    door.get_by_text("I have read this").click()
    door.get_by_role("button", name="Continue").click()
    is_shown(door, "You are here as Ada Lovelace")
    expect(door).not_to_have_url(re.compile("personal="))
    is_shown(open_page(second, link), "You are here as Ada Lovelace")
    is_shown(open_page(stranger, link[:-3]), "This personal link does not open the exam")
    desk = open_page(examiner, links.proctor)
    is_shown(desk, "Expected: 1 of 2 invited candidates are not here yet.")
    manage.reload()
    is_shown(manage, "2 invited by name, 1 of them expected")
    for context in (examiner, first, second, stranger):
        context.close()


def test_the_policy_page_and_the_list_are_for_everybody(server, browser):
    context = person(browser, reduced_motion="reduce")
    home = open_page(context, server.url)
    home.get_by_label("Title").fill("Statistics I", timeout=SHOWN_MS)
    home.get_by_role("button", name="Create exam").click()
    is_shown(home, "All your exams – keep it")
    link = home.get_by_label("Link", exact=True).nth(3)
    expect(link).to_have_value(re.compile(f"^{server.url}/"))
    own = link.input_value()
    exams = open_page(context, own)
    is_shown(exams, "Statistics I")
    expect_nothing_wrong(exams)
    reached = tab_through(exams)
    for name in ("New exam", "Open", "Copy", "Archive"):
        assert name in reached
    exams.locator("[class*=st-key-open-] button").first.click()
    is_shown(exams, "This exam is on a list of exams")
    exams.get_by_role("link", name="Look at it").click()
    is_shown(exams, "At this setting")
    expect_nothing_wrong(exams)
    exams.get_by_text("Strict", exact=True).click()
    is_shown(exams, "Not measured at this setting")
    exams.get_by_role("button", name="Save as a new version").click()
    is_shown(exams, "In force: version 2")
    context.close()

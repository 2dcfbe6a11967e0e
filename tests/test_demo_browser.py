"""The demo, as a visitor sees it: a click, and a recording misbehaves on the desk."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from accessible import expect_accessible
from live import CHROMIUM, ROOT, Server, free_port, open_page, person, running_server
from playwright.sync_api import Browser, Page, expect

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which(CHROMIUM), reason="Chromium is not installed"),
]

BY_THEN = 180_000  # ms; the recording's second person comes at 15 s


@pytest.fixture(scope="module")
def home(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("demo") / "data"
    with running_server(folder, OPENPROCTOR_DEMO="on") as server:
        yield open_page(person(browser), server.url)


def test_a_click_puts_a_recording_on_the_desk_and_its_incidents_follow(home: Page) -> None:
    expect(home.get_by_text("See it at work")).to_be_visible()
    expect_accessible(home)
    home.get_by_role("button", name="Begin the demo").click()
    link = home.get_by_role("link", name="Open the desk")
    expect(link).to_be_visible()
    address = link.get_attribute("href")
    assert address
    desk = open_page(home.context, address)
    expect(desk.locator("button.tile", has_text="A recording")).to_be_visible()
    expect(desk.get_by_text("More than one face").first).to_be_visible(timeout=BY_THEN)
    expect(desk.get_by_text("Whispering").first).to_be_visible(timeout=BY_THEN)
    desk.close()


def test_a_third_demo_waits(home: Page) -> None:
    begin = home.get_by_role("button", name="Begin the demo")
    another = home.get_by_role("button", name="Begin another demo")
    told = home.get_by_text("2 demos are playing now")
    for _ in range(3):  # one may be playing already
        expect(another.or_(begin)).to_be_visible()
        if another.is_visible():
            another.click()
        begin.click()
        expect(another.or_(told)).to_be_visible()
        if told.is_visible():
            break
    expect(told).to_be_visible()


def test_without_the_setting_the_first_page_says_nothing_of_it(
    server: Server, browser: Browser
) -> None:
    page = open_page(person(browser), server.url)
    expect(page.get_by_role("heading", name="New exam")).to_be_visible()
    expect(page.get_by_text("See it at work")).to_have_count(0)
    page.context.close()


def test_the_command_serves_it_and_leaves_nothing_behind(tmp_path: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "proctoring", "demo", "--no-browser", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stderr=subprocess.PIPE,
    )
    assert process.stderr
    try:
        said = next(line for line in process.stderr if f"http://localhost:{port}".encode() in line)
        assert b"Begin the demo" in said
        with urllib.request.urlopen(f"http://localhost:{port}/api/health", timeout=30) as answer:
            assert answer.status == 200
        assert list(tmp_path.glob("openproctor-demo-*"))
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert not list(tmp_path.glob("openproctor-demo-*"))

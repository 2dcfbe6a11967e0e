"""The review: candidates, an item with its player, verdicts, score, another policy, report."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import cv2
import numpy as np
from live import Links, Server
from playwright.sync_api import Page, expect
from reviewing import OTHERS, TO_DECIDE, Seen, say, sit

from docs.screenshots.studio import CLIP, MS, NAMES, Studio, button, opened
from proctoring.analysers import rules_by_kind

SIGNALS = ("faces", "speakers", "gaze", "objects", "identity", "whisper")
FACES = ((25, 142, 94, 225), (321, 115, 390, 197))  # px, of the two in the second picture
DESK = {"": (1440, 1120)}  # with the timeline below the picture
AND_PHONE = DESK | {"-phone": (360, 780)}


def frame(second: float) -> np.ndarray:
    clip = cv2.VideoCapture(str(CLIP))
    clip.set(cv2.CAP_PROP_POS_MSEC, 1000 * second)
    _, image = clip.read()
    clip.release()
    return np.asarray(image, np.uint8)


def pictures() -> dict[str, Any]:
    """For `sit`: one person, and two where two were observed."""
    two = frame(15)
    return {
        "others": as_titled(OTHERS),
        "image": frame(1),
        "images": {"multiple_faces": two, "multiple_speakers": two},
    }


def as_titled(seen: tuple[Seen, ...]) -> tuple[Seen, ...]:
    """With the analysers' own words, which have translations, and boxes where the faces are."""
    rules = rules_by_kind()
    return tuple(
        replace(
            one,
            title=rules[one.kind].title,
            boxes=FACES if one.kind == "multiple_faces" else (),
        )
        for one in seen
    )


def reviewed(server: Server) -> Links:
    opens = datetime.now(UTC) - timedelta(minutes=75)  # they sat for the hour that is just over
    links = server.make_meeting("Data structures, final exam", signals=SIGNALS, opens_at=opens)
    seen = as_titled(TO_DECIDE)
    with opened(server.data_dir) as store:
        sat = sit(store, links.meeting_id, SIGNALS, NAMES[0], seen=seen, **pictures())
        said = "My sister brought me water. I asked her to leave at once."
        say(store, sat, "explanation", 10, "candidate", incident=sat.to_decide[0].id, text=said)
        say(store, sat, "pause", 33, reason="A fire alarm.")
        say(store, sat, "resume", 35)
        say(store, sat, "appeal", 61, "candidate", text="Please look at the picture again.")
        sit(store, links.meeting_id, SIGNALS, NAMES[1], seen=seen[:2], **pictures())
        sit(store, links.meeting_id, SIGNALS, NAMES[2], seen=(), **pictures())
    return links


def review(studio: Studio) -> None:
    server, browser = studio.server(), studio.browser()
    empty = studio.page(browser, server.make_meeting().proctor.replace("/desk", "/review"))
    expect(empty.locator(".people .empty")).to_be_visible(timeout=MS)
    studio.take(empty, "review-empty")
    links = reviewed(server)
    page = studio.page(browser, links.proctor.replace("/desk", "/review"))
    people = page.get_by_role("navigation", name="Candidates")
    expect(people.get_by_role("button")).to_have_count(3, timeout=MS)
    studio.take(page, "review-list", AND_PHONE)
    people.get_by_role("button", name=NAMES[0]).click()
    expect(page.locator(".screen img[src]")).to_be_visible(timeout=MS)
    page.wait_for_timeout(1500)
    studio.take(page, "review-item", AND_PHONE)
    studio.take(page, "review-all", is_tall=True)
    page.keyboard.press("j")
    page.get_by_text("Signals around it").click()
    expect(page.locator(".plot").first).to_be_visible(timeout=MS)
    page.wait_for_timeout(1500)
    studio.take(page, "review-plots", DESK)
    page.get_by_text("Signals around it").click()
    decide(studio, page)
    page.locator("details.score > summary").click()
    page.wait_for_timeout(500)
    studio.take(page, "review-score")
    page.locator("details.score > summary").click()
    page.locator("details.what-if > summary").click()
    wanted = page.locator(".what-if .wanted")
    expect(wanted.get_by_role("button").first).to_be_visible(timeout=MS)
    wanted.get_by_role("button").last.click()
    page.wait_for_timeout(5000)
    studio.take(page, "review-what-if", is_tall=True)
    report(studio, page)


def decide(studio: Studio, page: Page) -> None:
    page.keyboard.press("d")
    page.wait_for_timeout(500)
    studio.take(page, "review-dismiss")
    page.keyboard.press("1")
    page.wait_for_timeout(1000)
    page.keyboard.press("c")
    page.wait_for_timeout(700)
    studio.take(page, "review-decided", schemes=("light",))
    for name in ("Notable", "Technical"):
        page.get_by_role("tab", name=name).click()
        page.wait_for_timeout(500)
        studio.take(page, f"review-{name.lower()}")
    page.get_by_role("tab").first.click()
    page.keyboard.press("?")
    page.wait_for_timeout(500)
    studio.take(page, "review-keys")
    page.keyboard.press("Escape")


def report(studio: Studio, page: Page) -> None:
    """As it is printed: the page with the medium of print, and the file's own first page."""
    page.evaluate("window.print = () => {}")
    button(page, "Print").first.click()
    page.wait_for_timeout(2500)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 794, "height": 1123})  # A4 at 96 dpi
    page.wait_for_timeout(800)
    page.screenshot(path=studio.out / "review-print.png", full_page=True)
    studio.count += 1

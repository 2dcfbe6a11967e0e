"""Makes the screenshots of docs/reviewer.md from the running product.

    .venv/bin/python docs/review_screenshots.py

A real server with exams that are over in its store, and a real Chromium that reviews them.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from live import launch, open_page, person, running_server, sync_playwright  # noqa: E402
from reviewing import TO_DECIDE, say, sit  # noqa: E402

from proctoring.settings import Settings  # noqa: E402
from proctoring.store.opening import open_store  # noqa: E402

IMAGES = ROOT / "docs" / "images"
CLIP = ROOT / "tests" / "data" / "scenarios" / "second_person.mp4"
SIGNALS = ("faces", "speakers", "gaze", "objects", "identity", "whisper")
FACES = ((25, 142, 94, 225), (321, 115, 390, 197))  # px, of the two in the second picture


def frame(second: float) -> np.ndarray:
    clip = cv2.VideoCapture(str(CLIP))
    clip.set(cv2.CAP_PROP_POS_MSEC, 1000 * second)
    _, image = clip.read()
    clip.release()
    return np.asarray(image, np.uint8)


def main() -> None:
    alone, two = frame(1), frame(15)
    seen = tuple(
        replace(one, boxes=FACES if one.kind == "multiple_faces" else ()) for one in TO_DECIDE
    )
    pictures = {"image": alone, "images": {"multiple_faces": two, "multiple_speakers": two}}
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        running_server(Path(folder) / "data") as server,
    ):
        links = server.make_meeting("Data structures, final exam", signals=SIGNALS)
        store = open_store(Settings(data_dir=server.data_dir))
        sat = sit(store, links.meeting_id, SIGNALS, "Amara Okafor", seen=seen, **pictures)
        said = "My sister brought me water. I asked her to leave at once."
        say(store, sat, "explanation", 10, "candidate", incident=sat.to_decide[0].id, text=said)
        say(store, sat, "pause", 33, reason="A fire alarm.")
        say(store, sat, "resume", 35)
        sit(store, links.meeting_id, SIGNALS, "Jonas Weber", seen=seen[:2], **pictures)
        sit(store, links.meeting_id, SIGNALS, "Mei-Lin Chen", seen=(), **pictures)
        store.close()
        browser = launch(playwright)
        page = open_page(person(browser), links.proctor.replace("/desk", "/review"))
        page.set_viewport_size({"width": 1280, "height": 1120})
        page.get_by_role("button", name="Amara Okafor").click()
        page.locator(".screen img[src]").wait_for()
        page.wait_for_timeout(1500)
        page.screenshot(path=IMAGES / "review.png")
        page.emulate_media(color_scheme="dark")
        page.keyboard.press("j")
        page.get_by_text("Signals around it").click()
        page.locator(".plot").first.wait_for()
        page.wait_for_timeout(1500)
        page.screenshot(path=IMAGES / "review-dark.png")
        page.set_viewport_size({"width": 390, "height": 844})
        page.emulate_media(color_scheme="light")
        page.wait_for_timeout(1500)
        page.screenshot(path=IMAGES / "review-phone.png")
        browser.close()


if __name__ == "__main__":
    main()

"""Makes the screenshots of the README from the running product.

    .venv/bin/python docs/screenshots.py [--recording FILE]

A real server, a real Chromium whose camera shows the recording, three candidates, a proctor.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from live import (  # noqa: E402
    fake_media,
    launch,
    open_page,
    person,
    running_server,
    sync_playwright,
)
from seated import exam_with_paper, seat  # noqa: E402

IMAGES = ROOT / "docs" / "images"
CLIP = ROOT / "tests" / "data" / "scenarios" / "second_person.mp4"
NAMES = ("Amara Okafor", "Jonas Weber", "Mei-Lin Chen")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--recording", type=Path, default=CLIP)
    options = parser.parse_args()
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        media = fake_media(options.recording, Path(folder) / "media")
        with running_server(Path(folder) / "data") as server:
            camera, desktop = launch(playwright, media), launch(playwright)
            home = open_page(person(desktop), server.url)
            home.get_by_label("Title").fill("Statistics I, final exam")
            home.wait_for_timeout(1500)
            home.screenshot(path=IMAGES / "home.png")
            home.get_by_role("button", name="Create exam").click()
            home.get_by_label("Link", exact=True).first.wait_for()
            home.wait_for_timeout(1000)
            home.screenshot(path=IMAGES / "links.png")
            links = server.make_meeting("Data structures, final exam")
            desk = open_page(person(desktop), links.proctor)
            pages = []
            for name in NAMES:
                page = open_page(person(camera), links.candidate)
                page.get_by_label("Your name").fill(name)
                if name == NAMES[0]:
                    page.wait_for_timeout(1000)
                    page.screenshot(path=IMAGES / "consent.png")
                page.get_by_text("I have read this").click()
                page.get_by_role("button", name="Continue").click()
                page.get_by_role("button", name="Begin exam").click(timeout=60_000)
                page.locator("[data-of=camera][data-state=on]").wait_for(timeout=60_000)
                pages.append(page)
            pages[0].locator("article.card", has_text="More than one").first.wait_for(
                timeout=90_000
            )
            pages[0].screenshot(path=IMAGES / "candidate.png")
            desk.wait_for_timeout(6000)
            desk.screenshot(path=IMAGES / "desk.png")
            desk.emulate_media(color_scheme="dark")
            desk.wait_for_timeout(2000)
            desk.screenshot(path=IMAGES / "desk-dark.png")
            desk.emulate_media(color_scheme="light")
            desk.locator("button.tile").first.click()
            desk.wait_for_timeout(5000)
            desk.screenshot(path=IMAGES / "candidate-on-desk.png")
            links = exam_with_paper(server, title="Physics and computing, mid-term")
            address, _ = seat(server, links, NAMES[0])
            page = open_page(person(camera), address)
            page.set_viewport_size({"width": 1280, "height": 1000})
            page.locator("[data-of=camera][data-state=on]").wait_for(timeout=60_000)
            page.get_by_role("radio").first.check()
            page.locator(".paper .state[data-state=saved]").wait_for(timeout=60_000)
            page.wait_for_timeout(1000)
            page.screenshot(path=IMAGES / "paper.png")
            camera.close()
            desktop.close()


if __name__ == "__main__":
    main()

"""How long until there is something: the first page of a fresh server, a candidate's first picture.

    .venv/bin/python -m benchmarks.cold_start [--runs 3]

Each run starts a server process, opens the examiner's page and then an exam in a real Chromium,
with all signals. The first picture is timed from the click on "Begin exam" until the desk has a
still, which comes of what was analysed. The first candidate of a fresh server may meet models that
are still being loaded; the second finds them loaded.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from live import (  # noqa: E402
    Server,
    fake_media,
    free_port,
    launch,
    open_page,
    person,
    sync_playwright,
)

from proctoring.analysers import choices  # noqa: E402

CLIP = ROOT / "tests" / "data" / "scenarios" / "second_person.mp4"
PAGE_LIMIT_S, PICTURE_LIMIT_S = 5.0, 3.0
GIVES_UP_MS = 120_000


def first_page_s(server: list[str], folder: Path, desktop: Any, port: int) -> tuple[Any, float]:
    """The process, and the seconds until its first page is there to be used."""
    begun = time.monotonic()
    process = subprocess.Popen(
        [*server, "--server.port", str(port)],
        cwd=ROOT,
        env={**os.environ, "OPENPROCTOR_DATA_DIR": str(folder / "data")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    context = person(desktop)
    page = context.new_page()
    while time.monotonic() - begun < GIVES_UP_MS / 1000:
        try:
            page.goto(f"http://localhost:{port}", wait_until="commit")
            break
        except Exception:  # nobody listens yet
            time.sleep(0.05)
    page.get_by_role("button", name="Create exam").wait_for(timeout=GIVES_UP_MS)
    took = time.monotonic() - begun
    context.close()
    return process, took


def first_picture_s(camera: Any, desk: Any, link: str, name: str) -> float:
    context = person(camera)
    page = open_page(context, link)
    page.get_by_label("Your name").fill(name)
    page.get_by_text("I have read this").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Begin exam").click(timeout=GIVES_UP_MS)
    begun = time.monotonic()
    still = desk.locator("button.tile", has_text=name).locator("img.still")
    still.wait_for(timeout=GIVES_UP_MS)
    took = time.monotonic() - begun
    context.close()
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    found: dict[str, list[float]] = {"page": [], "first": [], "second": []}
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        media = fake_media(CLIP, Path(name) / "media")
        camera, desktop = launch(playwright, media), launch(playwright)
        for run in range(options.runs):
            folder, port = Path(name) / str(run), free_port()
            folder.mkdir()
            process, took = first_page_s(command, folder, desktop, port)
            try:
                server = Server(f"http://localhost:{port}", folder / "data", process)
                links = server.make_meeting(signals=tuple(one.name for one in choices()))
                desk = open_page(person(desktop), links.proctor)
                desk.get_by_text("Data structures").first.wait_for(timeout=GIVES_UP_MS)
                found["page"].append(took)
                for which in ("first", "second"):
                    found[which].append(first_picture_s(camera, desk, links.candidate, which))
                desk.context.close()
            finally:
                process.terminate()
                process.wait(30)
        camera.close()
        desktop.close()
    print(f"{options.runs} runs, {os.cpu_count()} cores\n")
    print("| | median | longest | limit |\n|---|---|---|---|")
    for which, what, limit in (
        ("page", "server begun → its first page", PAGE_LIMIT_S),
        ("first", "first candidate: exam begun → first analysed picture", PICTURE_LIMIT_S),
        ("second", "second candidate", PICTURE_LIMIT_S),
    ):
        median = statistics.median(found[which])
        print(f"| {what} | {median:.2f} s | {max(found[which]):.2f} s | {limit:g} s |")


if __name__ == "__main__":
    main()

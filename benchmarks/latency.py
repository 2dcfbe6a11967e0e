"""From the first bad frame to the card on the proctor's page, with several live candidates.

    .venv/bin/python -m benchmarks.latency [--candidates 4] [--rounds 4] [--recording FILE]

Everything is real: a server process, Chromium with a fake camera for each candidate, and a
proctor's page. The camera's picture carries a white patch in its corner exactly while two
people are in it. Each candidate's page notes when its own preview, before anything is sent,
turns bright there; the proctor's page notes when the card appears or its count goes up. Both
read the same clock. The rule's own `enter_after_s` is taken away, since it is meant.

Also: what a candidate costs the server in CPU and memory, and how long a rerun of each page
takes meanwhile, asked over Streamlit's own protocol. The peer is the page that polls: the
same cards fetched every two seconds, as the known tutorial's dashboard does, would show them
up to two seconds later; that is computed from the same measurements.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Page
from tqdm import tqdm

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from live import (  # noqa: E402
    Links,
    Server,
    fake_media,
    launch,
    open_page,
    person,
    running_server,
    sync_playwright,
)

from benchmarks.reruns import rerun_times  # noqa: E402
from proctoring.analysers import choices, rules_by_kind  # noqa: E402

CLIP = ROOT / "tests" / "data" / "scenarios" / "second_person.mp4"
BAD_FROM_S, BAD_TO_S, LOOP_S = 10, 20, 30
PATCH = (
    "drawbox=x=0:y=0:w=48:h=48:color=black:t=fill,drawbox=x=0:y=0:w=48:h=48:color=white:t=fill"
    f":enable='between(t,{BAD_FROM_S},{BAD_TO_S})'"
)
POLL_S = 2.0  # of the tutorial's dashboard
LIMIT_S = 2.0
RERUN_LIMIT_MS = 300

# In a candidate's page: the moments at which the preview's corner turns bright.
WATCH_PREVIEW = """() => {
  const find = root => root.querySelector?.('.strip video') ??
    [...root.querySelectorAll('*')].map(e => e.shadowRoot && find(e.shadowRoot)).find(Boolean);
  const canvas = document.createElement('canvas'); canvas.width = canvas.height = 8;
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  window.turnedBad = []; let was = null;
  setInterval(() => {
    const video = find(document); if (!video?.videoWidth) return;
    pen.drawImage(video, 2, 2, 20, 20, 0, 0, 8, 8);
    const isBad = pen.getImageData(4, 4, 1, 1).data[1] > 128;
    if (isBad && was === false) window.turnedBad.push(Date.now());
    was = isBad;
  }, 15);
}"""

# In the proctor's page: the moments at which each card of the kind appears or counts up.
WATCH_FEED = """title => {
  const all = (root, found = []) => {
    for (const e of root.querySelectorAll('*')) {
      if (e.matches('.feed .card')) found.push(e);
      if (e.shadowRoot) all(e.shadowRoot, found);
    }
    return found;
  };
  window.carded = {}; const counts = {};
  setInterval(() => {
    for (const card of all(document)) {
      if (card.querySelector('h4')?.textContent !== title) continue;
      const name = card.querySelector('.name').textContent;
      const count = Math.max(1, card.querySelectorAll('.times li').length);
      if (count === counts[name]) continue;
      counts[name] = count;
      (window.carded[name] ??= []).push(Date.now());
    }
  }, 15);
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--candidates", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=4, help=f"loops of {LOOP_S} s")
    parser.add_argument("--recording", type=Path, default=CLIP, help="two faces from 10 s to 20 s")
    every = tuple(kind.name for kind in choices())
    parser.add_argument("--signals", nargs="+", choices=every, default=every, metavar="NAME")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        media = fake_media(options.recording, Path(folder) / "media", PATCH)
        with running_server(Path(folder) / "data") as server:
            camera, desktop = launch(playwright, media), launch(playwright)
            links = server.make_meeting(signals=tuple(options.signals))
            process = psutil.Process(server.process.pid)
            memory_before = process.memory_info().rss
            desk = open_page(person(desktop), links.proctor)
            pages = [_join(camera, links, f"Candidate {i + 1}") for i in range(options.candidates)]
            measured = _watch(desk, pages, process, options.rounds)
            reruns = rerun_times(server.url, _paths(server, links))
            memory = process.memory_info().rss - memory_before
            camera.close()
            desktop.close()
    _print(measured, options, memory, reruns)


def _join(browser: Any, links: Links, name: str) -> Page:
    page = open_page(person(browser), links.candidate)
    page.get_by_label("Your name").fill(name)
    page.get_by_text("I have read this").click()
    page.get_by_role("button", name="Continue").click()
    begin = page.get_by_role("button", name="Begin exam")
    begin.click(timeout=60_000)
    page.locator("[data-of=camera][data-state=on]").wait_for(timeout=60_000)
    return page


def _watch(
    desk: Page, pages: Sequence[Page], process: psutil.Process, rounds: int
) -> tuple[list[float], int, list[float]]:
    """Delays in s, cards that are missing, and the server's CPU in each second (1 = one core)."""
    title = rules_by_kind()["multiple_faces"].title
    desk.evaluate(WATCH_FEED, title)
    for page in pages:
        page.evaluate(WATCH_PREVIEW)
    loads: list[float] = []
    process.cpu_percent()
    for _ in tqdm(range(rounds * LOOP_S + 8), unit="s", desc="watching", disable=None):
        time.sleep(1)
        loads.append(process.cpu_percent() / 100)
    carded: dict[str, list[float]] = desk.evaluate("window.carded")
    delays, missing = [], 0
    for i, page in enumerate(pages):
        moments = sorted(carded.get(f"Candidate {i + 1}", []))
        for bad in page.evaluate("window.turnedBad")[:rounds]:
            after = [moment for moment in moments if bad < moment < bad + LOOP_S * 1000]
            if after:
                delays.append((after[0] - bad) / 1000)
            else:
                missing += 1
    return delays, missing, loads


def _paths(server: Server, links: Links) -> dict[str, str]:
    return {
        "home": "/",
        "exam": links.candidate.removeprefix(server.url),
        "desk": links.proctor.removeprefix(server.url),
    }


def _print(
    measured: tuple[list[float], int, list[float]],
    options: argparse.Namespace,
    memory: int,
    reruns: dict[str, list[float]],
) -> None:
    delays, missing, loads = measured
    hold = rules_by_kind()["multiple_faces"].enter_after_s
    net = sorted(delay - hold for delay in delays)
    polled = [delay + POLL_S / 2 for delay in net]
    candidates, cores = options.candidates, psutil.cpu_count()
    print(
        f"\n{candidates} live candidates in Chromium on this machine of {cores} cores,"
        f" {len(net)} bad stretches, {missing} without a card\n"
    )
    print(f"first bad frame -> card, less the rule's {hold:.1f} s      p50      p95      max")
    for name, values in (
        ("OpenProctor", net),
        (f"the same, polled every {POLL_S:.0f} s (computed)", polled),
    ):
        print(
            f"{name:<52} {_at(values, 50):5.2f} s  {_at(values, 95):5.2f} s  {max(values):5.2f} s"
        )
    print(f"{'limit':<52} {'':8} {LIMIT_S:5.2f} s")
    median = statistics.median(loads)
    print(f"\nserver CPU: {median:.2f} cores, {median / candidates:.3f} a candidate (median)")
    print(f"server memory: {memory / 1e6 / candidates:.0f} MB a candidate, first imports included")
    print("\nrerun of a page, ms                                       p50      p95")
    for name, times in reruns.items():
        print(f"{name:<52} {_at(times, 50):7.0f}  {_at(times, 95):7.0f}")
    print(f"{'limit':<52} {'':7}  {RERUN_LIMIT_MS:7.0f}")


def _at(values: Sequence[float], percent: int) -> float:
    """Nearest-rank percentile."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


if __name__ == "__main__":
    main()

"""One desk with forty candidates: how long its scripts take, how soon an incident is in the queue,
and whether anything is lost or jumps while it goes on.

    .venv/bin/python -m benchmarks.desk_forty [--minutes 10] [--candidates 40]

A real server, store and Chromium, all on this machine; the candidates are simulated: real sessions
and rules, whose measurements are played (tests/forty.py). `page run` is one run of the desk's page
on the server. `candidates`, `duty` and `incidents` are the browser's own time for one such message,
drawing included but for the painting. Incidents are timed from when they are said to be measured,
which is up to a second before they are, to their card, less the time that the rule
itself waits.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from forty import PEOPLE, WATCH, Forty, running_room  # noqa: E402
from live import launch, person, sync_playwright  # noqa: E402

from benchmarks.reruns import rerun_times  # noqa: E402
from proctoring.analysers import rules_by_kind  # noqa: E402

KINDS = ("no_face", "multiple_faces", "phone_seen", "different_person")
SEED_EVERY_S = 15.0
LASTS_S = 12.0
LIMIT_MS, LIMIT_S = 300, 3
TIME_MESSAGES = """() => {
  window.took = {};
  const socket = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage");
  Object.defineProperty(WebSocket.prototype, "onmessage", { ...socket, set(hear) {
    socket.set.call(this, hear && this.url.endsWith("/api/desk") ? (event) => {
      const begun = performance.now();
      hear.call(this, event);
      const text = typeof event.data === "string" ? event.data : "";
      const kind = text ? JSON.parse(text).type : "still";
      (window.took[kind] ??= []).push(performance.now() - begun);
    } : hear);
  } });
}"""
QUEUED = 6  # what waits, before the other desk decides on one
ANYWHERE = "#cards-conduct .card"  # beyond the budget it is among what is left for the review
QUEUE = "#cards-conduct > .cards > .card"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--candidates", type=int, default=40)
    options = parser.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        running_room(Path(folder) / "data", options.candidates) as room,
    ):
        browser = launch(playwright)
        context = person(browser)
        context.add_init_script(f"({TIME_MESSAGES})()")
        page = context.new_page()
        page.goto(room.links.proctor, wait_until="commit")
        active = page.locator(".chip[data-mark=in_exam] b", has_text=str(options.candidates))
        active.wait_for(timeout=120_000)
        delays = sit_there(room, page, options.minutes, options.candidates)
        watched = page.evaluate("window.watched")
        took = page.evaluate("window.took")
        bulk_s = act_upon_all(page, options.candidates)
        parts = urlsplit(room.links.proctor)
        reruns = rerun_times(room.server.url, {"desk": f"{parts.path}?{parts.query}"})["desk"]
        browser.close()
    print(f"{options.candidates} candidates, {options.minutes:g} minutes")
    print("| | n | median | 95th percentile | limit |\n|---|---|---|---|---|")
    print(row("page run, ms", reruns, LIMIT_MS))
    for kind in ("candidates", "duty", "incidents", "still"):
        print(row(f"message `{kind}` in the browser, ms", took.get(kind, ()), LIMIT_MS))
    print(row("measured → its card, s", delays, LIMIT_S))
    print(row("a message to all, until each is kept, s", [bulk_s], ""))
    print(
        f"Frames drawn: {watched['drawn']}; the focus was lost in {watched['lost']},"
        f" and jumped by more than 2 px in {watched['jumps']};"
        f" it ended {watched['moved']:.0f} px off."
    )


def sit_there(room: Forty, page: Page, minutes: float, many: int) -> list[float]:
    """With the focus on a tile far down; the seconds that each incident took to come."""
    far = page.locator(".tile").nth(min(many - 1, 24))
    far.evaluate("tile => tile.scrollIntoView({ block: 'center' })")
    far.focus()
    page.evaluate(WATCH)
    until = time.monotonic() + 60 * minutes
    delays: list[float] = []
    for number in itertools.count():
        if time.monotonic() > until:
            return delays
        begun, who, kind = time.monotonic(), number % many, KINDS[number % len(KINDS)]
        room.bad(who, kind, LASTS_S)
        card = page.locator(ANYWHERE).filter(has_text=PEOPLE[who]).first
        card.wait_for(state="attached", timeout=60_000)
        if number < many:  # afterwards they have one already
            own_s = rules_by_kind()[kind].enter_after_s
            delays.append(max(0.0, time.monotonic() - begun - own_s))
        if page.locator(QUEUE).count() > QUEUED:
            decide_one(page)
        page.wait_for_timeout(1000 * max(0.1, SEED_EVERY_S - (time.monotonic() - begun)))
    return delays


def decide_one(page: Page) -> None:
    """As a second desk would."""
    page.locator(QUEUE).first.locator(".done").evaluate(
        "button => { const { focus } = HTMLElement.prototype;"
        " HTMLElement.prototype.focus = () => {}; button.click();"
        " HTMLElement.prototype.focus = focus; }"
    )


def act_upon_all(page: Page, many: int) -> float:
    page.get_by_role("button", name="Select", exact=True).click()
    bulk = page.locator(".bulk")
    bulk.get_by_role("button", name=f"Select all {many} shown").click()
    bulk.get_by_role("button", name="Message").click()
    bulk.get_by_role("button", name="Thank you, all is well.").click()
    begun = time.monotonic()
    bulk.get_by_role("button", name="Send").click()
    bulk.get_by_text(f"Sent. {many} candidates.").wait_for(timeout=120_000)
    return time.monotonic() - begun


def row(name: str, values: Iterable[float], limit: object) -> str:
    found = sorted(values)
    if not found:
        return f"| {name} | 0 | – | – | {limit} |"
    late = found[min(len(found) - 1, round(0.95 * (len(found) - 1)))]
    return f"| {name} | {len(found)} | {statistics.median(found):.2f} | {late:.2f} | {limit} |"


if __name__ == "__main__":
    main()

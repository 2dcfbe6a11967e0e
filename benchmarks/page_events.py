"""From what a candidate does in the exam page to the card on the proctor's page.

    .venv/bin/python -m benchmarks.page_events [--rounds 40]

Everything is real: a server process, Chromium for the candidate and for the proctor, both on this
machine. A paste and a print are told at once, so nothing has to be taken off; the page notes when
it was done, the desk when the card appears or counts one more. Both read the same clock. The limit
is in the same table, and so is the way to the server alone: from the event to its acknowledgement.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Page

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from exam_live import TAKE_LINE, sit  # noqa: E402
from live import launch, open_page, person, running_server, sync_playwright  # noqa: E402

from benchmarks.latency import WATCH_FEED  # noqa: E402
from proctoring.analysers import rules_by_kind  # noqa: E402

LIMIT_S = 1.0
APART_S = 9.0  # a paste is held for six seconds; the next one is then another
PASTE = """(length) => {
  const field = document.querySelector("#there") ?? document.body.appendChild(
    Object.assign(document.createElement("textarea"), { id: "there" }));
  const data = new DataTransfer();
  data.setData("text/plain", "x".repeat(length));
  (window.done ??= []).push(Date.now());
  field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
}"""
WATCH_ACKS = TAKE_LINE.replace(
    "window.theirs =",
    """const forget = line.forget.bind(line);
    window.acked = [];
    line.forget = (id) => { window.acked.push(Date.now()); forget(id); };
    window.theirs =""",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        running_server(Path(folder) / "data") as server,
    ):
        browser = launch(playwright)
        sat = sit(server, person(browser))
        desk = open_page(person(browser), sat.links.proctor)
        desk.locator("button.tile").wait_for(timeout=60_000)
        to_server, to_desk = measure(sat.page, desk, options.rounds)
        browser.close()
    print(f"\n{len(to_desk)} of {options.rounds} pastes reached the desk\n")
    print(f"{'paste in the page ->':<32}{'p50':>10}{'p95':>10}{'max':>10}")
    for name, values in (("acknowledged by the server", to_server), ("card on the desk", to_desk)):
        print(f"{name:<32}{at(values, 50):>8.2f} s{at(values, 95):>8.2f} s{max(values):>8.2f} s")
    print(f"{'limit':<32}{'':>10}{LIMIT_S:>8.2f} s")


def measure(page: Page, desk: Page, rounds: int) -> tuple[list[float], list[float]]:
    """Delays in s: until the server has it, and until the desk shows it."""
    desk.evaluate(WATCH_FEED, rules_by_kind()["pasted"].title)
    page.evaluate(WATCH_ACKS)
    for number in range(rounds):
        page.evaluate(PASTE, 100 + number)
        until = time.monotonic() + APART_S
        while time.monotonic() < until:  # with the pages' own work going on
            page.wait_for_timeout(250)
    done: list[float] = page.evaluate("window.done")
    carded = [moment for moments in desk.evaluate("window.carded").values() for moment in moments]
    acked = page.evaluate("window.acked")
    return after(done, acked), after(done, carded)


def after(done: Sequence[float], seen: Sequence[float]) -> list[float]:
    """s, from each to the first that follows it within the round."""
    follows = (
        (one, [moment for moment in seen if 0 <= moment - one < APART_S * 1000]) for one in done
    )
    return [(min(moments) - one) / 1000 for one, moments in follows if moments]


def at(values: Sequence[float], percent: int) -> float:
    """Nearest-rank percentile."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


if __name__ == "__main__":
    main()

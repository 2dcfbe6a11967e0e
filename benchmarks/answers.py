"""From a change on the exam's paper to the acknowledgement that the candidate sees.

    .venv/bin/python -m benchmarks.answers [--candidates 4] [--changes 50]

Everything is real: a server process with its store on this disk, and Chromium with a fake camera
for each candidate, whose pictures are analysed meanwhile. Keys are pressed and choices clicked
through the browser's own input. The page itself notes, by one clock, when a field changed, when an
answer went out and when its acknowledgement was drawn; a change is saved with the first answer that
went out after it. The 300 ms that writing is gathered for are in it.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page
from tqdm import tqdm

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from live import (  # noqa: E402
    fake_media,
    launch,
    open_page,
    person,
    running_server,
    sync_playwright,
)
from seated import exam_with_paper, kept, seat  # noqa: E402

CLIP = ROOT / "tests" / "data" / "scenarios" / "second_person.mp4"
LIMIT_S = 1.0
PAPER = """questions:
  - {kind: long, id: text, question: Write}
  - {kind: multiple, id: ticks, question: Tick, choices: [a, b, c, d], answer: [a]}
"""

# In each page, before its own scripts: when its answers go out, and when they are acknowledged.
LISTEN = """
window.sent = {}; window.acked = []; window.changed = [];
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
  const message = typeof data === 'string' && data.includes('"answer"') ? JSON.parse(data) : {};
  if (message.type === 'answer') {
    if (!this.isHeard) this.addEventListener('message', ({ data }) => {
      const told = JSON.parse(data);
      if (told.type !== 'saved') return;
      const key = told.question + told.revision;
      // Once more around: the page has drawn what it was told.
      requestAnimationFrame(() => window.acked.push([window.sent[key], performance.now()]));
    });
    this.isHeard = true;
    window.sent[message.question + message.revision] ??= performance.now();
  }
  return send.call(this, data);
};
for (const name of ['input', 'change'])
  addEventListener(name, () => window.changed.push(performance.now()), true);
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--candidates", type=int, default=4)
    parser.add_argument("--changes", type=int, default=50, help="of each kind, by each candidate")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        media = fake_media(CLIP, Path(folder) / "media")
        with running_server(Path(folder) / "data") as server:
            browser = launch(playwright, media)
            links = exam_with_paper(server, PAPER)
            seats = [seat(server, links, f"Candidate {i + 1}") for i in range(options.candidates)]
            pages = [_open(browser, url) for url, _ in seats]
            for page in pages:
                page.locator("#question-title").wait_for(timeout=60_000)
                page.locator("[data-of=camera][data-state=on]").wait_for(timeout=60_000)
            rows = {
                "a word written": _measure(pages, options.changes, 1, _write),
                "a choice ticked": _measure(pages, options.changes, 2, _tick),
            }
            answers = [kept(server, person_id) for _, person_id in seats]
            shown = [_shown(page) for page in pages]
            browser.close()
    _print(rows, options.candidates)
    lost = sum(one["text"] != text for one, text in zip(answers, shown, strict=True))
    print(f"\nacknowledged and not kept: {lost} of {options.candidates}")


def _measure(pages: list[Page], changes: int, question: int, change: object) -> list[float]:
    """Seconds, of all candidates."""
    for page in pages:
        page.locator(".list button").nth(question - 1).click()
        page.evaluate("window.changed = []; window.acked = []")
    jobs = [page for page in pages for _ in range(changes)]
    random.Random(1).shuffle(jobs)
    for number, page in enumerate(tqdm(jobs, desc="changes", disable=None)):
        change(page, number)  # type: ignore[operator]
        time.sleep(random.Random(number).uniform(0.02, 0.25))
    took: list[float] = []
    for page in pages:
        page.locator(".paper .state[data-state=saved]").wait_for()
        page.wait_for_timeout(200)
        acked = sorted(page.evaluate("window.acked"))
        for changed in page.evaluate("window.changed"):
            came = next(at for sent, at in acked if sent >= changed)
            took.append((came - changed) / 1000)
    return took


def _open(browser: Browser, url: str) -> Page:
    context = person(browser)
    context.add_init_script(LISTEN)
    return open_page(context, url)


def _write(page: Page, number: int) -> None:
    page.locator("#answer").press_sequentially(f"word{number} ")


def _tick(page: Page, number: int) -> None:
    page.locator(".choice").nth(number % 4).click()


def _shown(page: Page) -> str:
    page.locator(".list button").first.click()
    return str(page.locator("#answer").input_value())


def _print(rows: dict[str, list[float]], candidates: int) -> None:
    print(f"\n{candidates} candidates at once; from a change to “Saved” on the page\n")
    print("| change | n | median | p95 | most | limit |")
    print("|---|---|---|---|---|---|")
    for name, took in rows.items():
        p95 = statistics.quantiles(took, n=20)[-1]
        verdict = "met" if p95 <= LIMIT_S else "missed"
        print(
            f"| {name} | {len(took)} | {statistics.median(took):.2f} s | {p95:.2f} s"
            f" | {max(took):.2f} s | {LIMIT_S:.0f} s, {verdict} |"
        )


if __name__ == "__main__":
    main()

"""How long one person takes to review an hour with eight observations, by keyboard alone.

    .venv/bin/python -m benchmarks.review_time [--words-per-minute 240] [--speed 2] [--decide 1]

The real review page in Chromium, on a real server, with a seeded exam: eight items to decide, two
pictures each, three with a sound of 8 s, three with words of the candidate. A simulated person
plays what was kept to its end at the given speed, then reads what stands beside the picture, word
by word at the given pace, thinks for a moment, and presses the keys of a verdict; nobody reads
while something plays. Reading and thinking are waited for; playing takes as long as the page takes.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from live import launch, open_page, person, running_server, sync_playwright
from reviewing import OTHERS, TO_DECIDE, say, sit

from proctoring.settings import Settings
from proctoring.store.opening import open_store

SIGNALS = ("faces", "speakers", "gaze", "objects", "whisper")
SAID = {
    0: "My sister came in to ask about lunch. I sent her away at once.",
    2: "It is my calculator. The phone was in the other room all the time.",
    5: "I looked at the clock on the wall, because the one on the page hides under the paper.",
}
VERDICTS = ("d2", "d1", "c", "d4", "d1", "d2", "d2", "c")
ITEM = "#review-items li [aria-current=true]"
PLAYING = ".transport .primary"
FASTER = (1, 2, 4, 8)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--words-per-minute", type=float, default=240)
    parser.add_argument("--speed", type=float, default=2, choices=FASTER)
    parser.add_argument("--decide", type=float, default=1, help="s, before each verdict")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder) / "data") as server:
        store = open_store(Settings(data_dir=server.data_dir))
        links = server.make_meeting(signals=SIGNALS)
        sat = sit(store, links.meeting_id, SIGNALS, seen=TO_DECIDE, others=OTHERS)
        for number, text in SAID.items():
            of = sat.to_decide[number].id
            say(store, sat, "explanation", 57, "candidate", incident=of, text=text)
        with sync_playwright() as playwright:
            browser = launch(playwright)
            page = open_page(person(browser), links.proctor.replace("/desk", "/review"))
            people = page.get_by_role("navigation", name="Candidates").get_by_role("button")
            people.first.click()
            page.locator(ITEM).wait_for(timeout=60_000)
            found = [_review(page, keys, number, options) for number, keys in enumerate(VERDICTS)]
            browser.close()
        store.close()
    _tell(found, options)


def _review(page: Any, keys: str, number: int, options: argparse.Namespace) -> dict[str, Any]:
    """One item, from when it is there to when the next one is; all times in s."""
    begun = time.monotonic()
    if not number:  # from then on each plays by itself once the one before is decided
        for _ in range(FASTER.index(options.speed)):
            page.keyboard.press("]")
        page.keyboard.press("Space")
        page.locator(PLAYING, has_text="Pause").wait_for(timeout=60_000)
    page.locator(PLAYING, has_text="Play").wait_for(timeout=120_000)
    played = time.monotonic()
    title = page.locator(".why h3").text_content()
    words = len(page.locator(".why").inner_text().split())
    time.sleep(words * 60 / options.words_per_minute)
    read = time.monotonic()
    time.sleep(options.decide)
    before = page.locator(ITEM).text_content()
    for key in keys:
        page.keyboard.press(key)
    if number < len(VERDICTS) - 1:
        page.wait_for_function(
            "([sel, was]) => { const all = (root) => [...root.querySelectorAll('*')].flatMap("
            "(e) => [e, ...(e.shadowRoot ? all(e.shadowRoot) : [])]);"
            "const node = all(document).find((e) => e.matches(sel));"
            "return node && node.textContent !== was; }",
            arg=["#review-items li [aria-current=true]", before],
            timeout=60_000,
        )
    ended = time.monotonic()
    return {
        "title": title,
        "words": words,
        "play_s": played - begun,
        "read_s": read - played,
        "decide_s": ended - read,
        "total_s": ended - begun,
    }


def _tell(found: list[dict[str, Any]], options: argparse.Namespace) -> None:
    total = sum(one["total_s"] for one in found)
    if options.json:
        print(json.dumps({"items": found, "total_s": total}))
        return
    print(f"{'item':<22}{'words':>6}{'play':>8}{'read':>8}{'decide':>8}{'s':>8}")
    for one in found:
        times = "".join(
            f"{one[name]:>8.1f}" for name in ("play_s", "read_s", "decide_s", "total_s")
        )
        print(f"{one['title']:<22}{one['words']:>6}{times}")
    sums = {name: sum(one[name] for one in found) for name in ("play_s", "read_s", "decide_s")}
    print(f"{'all':<28}" + "".join(f"{value:>8.1f}" for value in sums.values()) + f"{total:>8.1f}")
    print(f"{len(found)} items of 60 minutes in {int(total // 60)} min {total % 60:.0f} s")


if __name__ == "__main__":
    main()

"""What comes of what an exam page tells: made-up sessions through the pipeline, by media time.

    .venv/bin/python -m benchmarks.page_rules

The page's word is taken as true; whether Chromium gives it is tested in
tests/test_page_browser.py. So a row says where the rules draw the line between a blink and an
absence, with a line to the server that is good or bad, and nothing of browsers.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from typing import Any

from benchmarks.recordings import threshold
from proctoring.analysers import PAGE, analyser_types, rules_by_kind
from proctoring.types import Category, Journey
from tests.material import ROOT

sys.path.insert(0, str(ROOT / "tests"))

from exam_page import NAMES, ExamPage

CASES = 40  # of each kind and side
SEED = 6
CHOSEN_ON = "what the comments beside its rule say, and not on these sessions"
Does = Callable[[ExamPage, random.Random], None]


def away(shortest_s: float, longest_s: float) -> Does:
    def does(page: ExamPage, chance: random.Random) -> None:
        page.hide()
        page.wait(chance.uniform(shortest_s, longest_s), step_s=0.1)
        page.show()

    return does


def unfocused(shortest_s: float, longest_s: float) -> Does:
    def does(page: ExamPage, chance: random.Random) -> None:
        page.unfocus()
        page.wait(chance.uniform(shortest_s, longest_s), step_s=0.1)
        page.focus()

    return does


def windowed(shortest_s: float, longest_s: float) -> Does:
    def does(page: ExamPage, chance: random.Random) -> None:
        page.be("windowed", "full", "fullscreen_left")
        page.wait(chance.uniform(shortest_s, longest_s), step_s=0.1)
        page.be("full", "windowed", "fullscreen_entered")

    return does


def unshared(shortest_s: float, longest_s: float) -> Does:
    def does(page: ExamPage, chance: random.Random) -> None:
        page.be("share_none", "share_whole", "share_none")
        page.wait(chance.uniform(shortest_s, longest_s), step_s=0.1)
        page.be("share_whole", "share_none", "share_whole")

    return does


def said(name: str, fewest: int, most: int, where: str) -> Does:
    def does(page: ExamPage, chance: random.Random) -> None:
        page.say(name, f"{chance.randint(fewest, most)} {where}")

    return does


def offline(does: Does) -> Does:
    def without_a_line(page: ExamPage, chance: random.Random) -> None:
        page.go_offline(chance.uniform(0, 10))
        does(page, chance)
        page.wait(chance.uniform(0, 10))
        page.go_online()

    return without_a_line


# kind -> what is one, and what is none
CASES_OF: dict[str, tuple[Does, Does]] = {
    "page_hidden": (away(5.5, 120), away(0.1, 4.5)),
    "window_unfocused": (unfocused(20.5, 200), unfocused(0.1, 19.5)),
    "fullscreen_left": (windowed(5.5, 60), windowed(0.1, 4.5)),
    "pasted": (said("pasted", 40, 5000, "other"), said("pasted", 1, 39, "other")),
    "copied": (said("copied", 100, 5000, "page"), said("copied", 1, 99, "page")),
    "screen_share_stopped": (unshared(20.5, 200), unshared(0.1, 19.5)),
    "printed": (said("printed", 1, 1, ""), said("copied", 1, 5000, "field")),
}


def cards() -> list[dict[str, Any]]:
    """Of every kind that lives on the page's word; the technical ones have no figures."""
    kinds = [rule for kind in analyser_types() if kind.medium == PAGE for rule in kind.rules]
    return [card(rule.kind) for rule in kinds]


def card(kind: str) -> dict[str, Any]:
    rule = rules_by_kind()[kind]
    is_conduct = rule.category is Category.CONDUCT
    return {
        "kind": kind,
        "signal": rule.signal,
        "threshold": threshold(rule),
        "model_sha256": {},
        "chosen_on": CHOSEN_ON,
        "rows": rows(kind) if is_conduct else [],
    }


def rows(kind: str) -> list[dict[str, Any]]:
    good, bad = CASES_OF[kind]
    return [
        row(kind, "a good line", good, bad),
        row(kind, "without a line, told afterwards", offline(good), offline(bad)),
    ]


def row(kind: str, condition: str, one: Does, none: Does) -> dict[str, Any]:
    return {
        "condition": condition,
        "set": "made-up sessions; the page’s word is taken as true",
        "n_positive": CASES,
        "found": sum(comes_of(kind, one, case) for case in range(CASES)),
        "n_negative": CASES,
        "false": sum(comes_of(kind, none, case) for case in range(CASES)),
        "unit": "session",
        "hours": 0.0,
    }


def comes_of(kind: str, does: Does, case: int) -> bool:
    names = (*NAMES, "screen") if kind.startswith("screen_") else NAMES
    page = ExamPage(journey=Journey(full_screen=True), names=names)
    chance = random.Random(SEED + case)
    page.be("full", "windowed", "fullscreen_entered")
    if "screen" in names:
        page.be("share_whole", "", "share_whole")
    page.wait(30)
    for _ in range(chance.randint(1, 3)):
        does(page, chance)
        page.wait(chance.uniform(8, 30))
    page.close()
    return kind in page.kinds


def main() -> None:
    for kind in CASES_OF:
        for found in rows(kind):
            print(
                f"{kind:<18} {found['condition']:<32} found {found['found']}/{found['n_positive']}"
                f"  false {found['false']}/{found['n_negative']}"
            )


if __name__ == "__main__":
    main()

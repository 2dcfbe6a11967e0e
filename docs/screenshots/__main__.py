"""Takes a picture of every view from the running product, in light and in dark.

    .venv/bin/python -m docs.screenshots                  # all of them, into docs/images/all
    .venv/bin/python -m docs.screenshots --only desk forty --out DIR
    .venv/bin/python -m docs.screenshots --publish        # … and those that the docs show

Real servers, real Chromium; candidates sit before a recording or a photo, forty are simulated
(tests/forty.py). A set that fails says where, and the others are still taken.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from docs.screenshots import ROOT

# isort: split
from live import sync_playwright

from docs.screenshots import (
    before_the_exam,
    errors,
    examiner,
    in_the_exam,
    own,
    proctor,
    reviewer,
)
from docs.screenshots.studio import Studio

IMAGES = ROOT / "docs" / "images"
SETS: dict[str, Callable[[Studio], None]] = {
    "home": examiner.home,
    "office": examiner.office,
    "manage": examiner.manage,
    "policy": examiner.policy,
    "paper-editor": examiner.paper_editor,
    "door": before_the_exam.door,
    "check-in": before_the_exam.check_in,
    "check-in-fails": before_the_exam.check_in_fails,
    "waiting": before_the_exam.waiting,
    "exam": in_the_exam.exam,
    "help": in_the_exam.helped,
    "elsewhere": in_the_exam.elsewhere,
    "own": own.afterwards,
    "desk": proctor.desk,
    "panel": proctor.panel,
    "forty": proctor.forty,
    "review": reviewer.review,
    "errors": errors.errors,
    "sign-in": errors.sign_in,
}
SHOWN = {  # in the README and the docs, by their names there
    "home.png": "home-light",
    "links.png": "home-links-light",
    "consent.png": "door-light",
    "candidate.png": "exam-warning-light",
    "paper.png": "exam-paper-light",
    "desk.png": "desk-queue-light",
    "desk-dark.png": "desk-queue-dark",
    "candidate-on-desk.png": "desk-live-light",
    "review.png": "review-item-light",
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m docs.screenshots", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--out", type=Path, default=IMAGES / "all")
    parser.add_argument("--only", nargs="+", choices=SETS, default=list(SETS), metavar="SET")
    parser.add_argument("--publish", action="store_true", help="copy what the docs show")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # servers and browsers end with it
    options.out.mkdir(parents=True, exist_ok=True)
    failed = [name for name in options.only if not taken(name, options.out)]
    if options.publish:
        publish(options.out)
    if failed:
        print("not complete:", ", ".join(failed), file=sys.stderr)
    return 1 if failed else 0


def taken(name: str, out: Path) -> bool:
    """Did all of one set come out?"""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        studio = Studio(playwright, Path(folder), out)
        try:
            SETS[name](studio)
        except Exception:  # what is wrong with one view is no reason to have none of the others
            studio.keep_what_is_open(f"failed-{name}")
            traceback.print_exc()
            return False
        finally:
            studio.close()
            took = time.monotonic() - begun
            print(f"{name}: {studio.count} pictures, {took:.0f} s", file=sys.stderr)
    return True


def publish(out: Path) -> None:
    for name, made in SHOWN.items():
        if (picture := out / f"{made}.png").exists():
            shutil.copyfile(picture, IMAGES / name)


if __name__ == "__main__":
    raise SystemExit(main())

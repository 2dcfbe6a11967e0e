"""`audit`: is what is kept what was kept? Every hash, every file, and the chain of every log."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from tqdm import tqdm

from proctoring.audit.integrity import Report, check
from proctoring.cli import output
from proctoring.cli.opened import COULD_NOT, WRONG, opened, read_settings
from proctoring.settings import SettingsError
from proctoring.store import Store, StoreError

_ROW = "{:<18} {:>7} {:>7} {:>7} {:>8}  {:<7} {}"


def add_to(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "audit",
        help="check the log, the records and the evidence against each other",
        description="One line a meeting. Write the head of a log down: with --expect it shows"
        " later that nothing was changed, left out or put in since.",
    )
    parser.add_argument("--meeting", metavar="ID", help="this one alone")
    parser.add_argument("--expect", metavar="HEAD", help="of --meeting, as it was written down")
    parser.add_argument("--json", action="store_true", help="JSON Lines on stdout")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    if options.expect and not options.meeting:
        output.problem("--expect needs --meeting: each meeting has a log of its own.")
        return COULD_NOT
    try:
        with opened(read_settings()) as store:
            return _audit(store, options)
    except (StoreError, SettingsError) as error:
        output.problem(error)
        return COULD_NOT


def _audit(store: Store, options: argparse.Namespace) -> int:
    ids = [options.meeting] if options.meeting else [meeting.id for meeting in store.meetings()]
    if not options.json:
        print(_ROW.format("meeting", "entries", "kept", "erased", "unlogged", "", "head"))
    status = 0
    with tqdm(unit="file", desc="pictures and sounds", disable=None) as bar:
        for meeting_id in ids:
            report = check(store, meeting_id, options.expect or "", lambda: bar.update() and None)
            if report.problems:
                status = WRONG
            _print(report, options.json)
    return status


def _print(report: Report, as_json: bool) -> None:
    if as_json:
        output.line(asdict(report))
        return
    state = "WRONG" if report.problems else "right"
    counts = (report.entries, report.kept, report.erased, report.unlogged)
    print(_ROW.format(report.meeting_id, *counts, state, report.head))
    for problem in report.problems:
        print(f"    {problem}")

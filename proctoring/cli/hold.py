"""`hold`: nothing of a meeting is erased while it lasts, neither by hand nor by its age."""

from __future__ import annotations

import argparse
from typing import Any

from proctoring.audit import events
from proctoring.cli import output
from proctoring.cli.opened import COULD_NOT, opened, read_settings
from proctoring.settings import SettingsError
from proctoring.store import StoreError


def add_to(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "hold",
        help="keep a meeting from being erased, for an appeal",
        description="Without --reason and --release it says whether there is a hold.",
    )
    parser.add_argument("--meeting", metavar="ID", required=True)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--reason", metavar="TEXT", help="kept and logged: name nobody in it")
    which.add_argument("--release", action="store_true")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    try:
        with opened(read_settings()) as store:
            if options.reason:
                store.hold(options.meeting, options.reason)
                action, detail = events.HOLD_SET, options.reason
            elif options.release:
                action, detail = events.HOLD_RELEASED, store.held(options.meeting)
                store.hold(options.meeting, "")
            if options.reason or options.release:
                event = events.done(
                    options.meeting, events.OPERATOR, action, options.meeting, detail
                )
                store.append_audit(event)
            reason = store.held(options.meeting)
    except (StoreError, SettingsError) as error:
        output.problem(error)
        return COULD_NOT
    print(f"on hold: {reason}" if reason else "no hold")
    return 0

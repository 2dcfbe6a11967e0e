"""`report --meeting ID --out DIR|ZIP`: what was observed and decided, to be read and printed."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tqdm import tqdm

from proctoring.audit import events
from proctoring.cli import output
from proctoring.cli.opened import COULD_NOT, opened, read_settings
from proctoring.cli.written import write
from proctoring.review import report
from proctoring.review.sheet import Clock
from proctoring.settings import SettingsError
from proctoring.store import StoreError


def add_to(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "report",
        help="write what was observed in an exam and what people decided, as pages and PDFs",
        description="For each candidate and for all: HTML that needs nothing else, PDF, JSON, and"
        " a table of all items (CSV). The log says that it was exported.",
    )
    parser.add_argument("--meeting", metavar="ID", required=True)
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR|ZIP", help="must not be there yet"
    )
    parser.add_argument(
        "--zone", default="UTC", metavar="NAME", help='of the times: "Europe/Berlin"; UTC if absent'
    )
    parser.add_argument(
        "--font", type=Path, metavar="TTF", help="one more for PDFs, for scripts they lack"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    if options.out.exists():
        output.problem(f"{options.out} is there already; nothing was written.")
        return COULD_NOT
    try:
        clock = Clock(ZoneInfo(options.zone), datetime.now(UTC))
    except (ZoneInfoNotFoundError, ValueError):
        output.problem(f"There is no time zone {options.zone!r}. One is called Europe/Berlin.")
        return COULD_NOT
    try:
        with opened(read_settings()) as store:
            meeting_id = store.meeting(options.meeting).id
            files = report.files(store, meeting_id, clock, options.font)
            count = write(tqdm(files, unit="file", disable=None), options.out)
            told = events.done(meeting_id, events.OPERATOR, events.EXPORTED, meeting_id, "report")
            store.append_audit(told)
    except (StoreError, SettingsError, ValueError) as error:
        output.problem(error)
        return COULD_NOT
    except OSError as error:
        output.problem(f"It cannot be written: {error.strerror or error}.")
        return COULD_NOT
    print(f"{options.out}: {count} files")
    output.problem("They are not sealed: give them to nobody else, and delete them afterwards.")
    return 0

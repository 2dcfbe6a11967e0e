"""`export --participant ID` or `--meeting ID`: what is kept, opened, in open formats."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tqdm import tqdm

from proctoring.audit import events
from proctoring.cli import output
from proctoring.cli.opened import COULD_NOT, opened, read_settings
from proctoring.cli.written import write
from proctoring.privacy import export
from proctoring.settings import SettingsError
from proctoring.store import StoreError


def add_to(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "export",
        help="write everything about a candidate, or of a meeting, to a folder or a ZIP file",
        description="JSON, JPEG, WAV and CSV, opened: what a candidate may ask for, or the file"
        " of a whole meeting. The log says that it was exported.",
    )
    parser.add_argument("--meeting", metavar="ID")
    parser.add_argument("--participant", metavar="ID", help="of this candidate alone")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR|ZIP", help="must not be there yet"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    if not (options.meeting or options.participant):
        output.problem("Say which: --participant ID, or --meeting ID.")
        return COULD_NOT
    if options.out.exists():
        output.problem(f"{options.out} is there already; nothing was written.")
        return COULD_NOT
    try:
        with opened(read_settings()) as store:
            if options.participant:
                meeting_id = store.participant(options.participant).meeting_id
                if options.meeting not in (None, meeting_id):
                    raise StoreError(f"The candidate is of the meeting {meeting_id}.")
                files = export.of_participant(store, options.participant)
            else:
                meeting_id = store.meeting(options.meeting).id
                files = export.of_meeting(store, options.meeting)
            count = write(tqdm(files, unit="file", disable=None), options.out)
            subject = options.participant or meeting_id
            store.append_audit(events.done(meeting_id, events.OPERATOR, events.EXPORTED, subject))
    except (StoreError, SettingsError) as error:
        output.problem(error)
        return COULD_NOT
    except OSError as error:
        output.problem(f"It cannot be written: {error.strerror or error}.")
        return COULD_NOT
    print(f"{options.out}: {count} files")
    output.problem("They are not sealed: give them to nobody else, and delete them afterwards.")
    return 0

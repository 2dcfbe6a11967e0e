"""`archive --meeting ID --out FILE`: an exam as one file that proves itself, for years."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tqdm import tqdm

from proctoring.access.tokens import DamagedKey
from proctoring.archive import making
from proctoring.audit import events
from proctoring.cli import output
from proctoring.cli.opened import COULD_NOT, opened, read_settings
from proctoring.cli.written import write
from proctoring.settings import Settings, SettingsError
from proctoring.store import StoreError


def add_to(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "archive",
        help="write an exam as one file that proves that nothing in it was changed",
        description="Every record, picture, sound and action in a chain of hashes with a signed"
        " end, and verify.py, which checks it with Python alone. The log says that it was made.",
    )
    parser.add_argument("--meeting", metavar="ID")
    parser.add_argument("--out", type=Path, metavar="ZIP|DIR", help="must not be there yet")
    parser.add_argument(
        "--key", action="store_true", help="print the key that others check archives with"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    if not (options.key or (options.meeting and options.out)):
        output.problem("Say of which exam, and where to: --meeting ID --out FILE.zip, or --key.")
        return COULD_NOT
    if options.out and options.out.exists():
        output.problem(f"{options.out} is there already; nothing was written.")
        return COULD_NOT
    try:
        settings = read_settings()
        if options.key:
            print(making.public_key(making.load_signer(settings.data_dir, settings.sealing_key)))
        if options.meeting and options.out:
            _write(settings, options.meeting, options.out)
    except (StoreError, SettingsError, DamagedKey) as error:
        output.problem(error)
        return COULD_NOT
    except OSError as error:
        output.problem(f"It cannot be written: {error.strerror or error}.")
        return COULD_NOT
    return 0


def _write(settings: Settings, meeting_id: str, out: Path) -> None:
    with opened(settings) as store:
        meeting_id = store.meeting(meeting_id).id
        made = events.done(meeting_id, events.OPERATOR, events.ARCHIVED, meeting_id)
        store.append_audit(made)  # first, so that the archive says so itself
        signer = making.load_signer(settings.data_dir, settings.sealing_key)
        files = making.files(store, meeting_id, signer)
        count = write(tqdm(files, unit="file", disable=None), out)
    print(f"{out}: {count} files, signed with the key {making.public_key(signer)}")
    output.problem("They are not sealed: give them to nobody else, and delete them when due.")

"""`backup FILE.tar` and `restore FILE.tar --to DIR`: a copy of what is kept."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tqdm import tqdm

from proctoring.cli import output
from proctoring.cli.opened import COULD_NOT, WRONG, read_settings
from proctoring.settings import SettingsError, SupabaseSettings
from proctoring.store import StoreError
from proctoring.store.backup import Fetch, backup
from proctoring.store.restore import KEYS, restore
from proctoring.store.supabase.store import SupabaseStore


def add_to(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "backup",
        help="copy what is kept into one file, while the server runs",
        description="Copy the database as it is at one moment, and its evidence, to a tar file.",
    )
    parser.add_argument("file", type=Path, metavar="FILE.tar", help="must not be there yet")
    parser.add_argument(
        "--with-keys",
        action="store_true",
        help=f"also {' and '.join(KEYS)}: whoever has the file can then read everything in it",
    )
    parser.set_defaults(run=run)

    back: argparse.ArgumentParser = commands.add_parser(
        "restore",
        help="make a data folder from a backup",
        description="Check every file of a backup and put it into a new data folder.",
    )
    back.add_argument("file", type=Path, metavar="FILE.tar")
    back.add_argument("--to", type=Path, required=True, metavar="DIR", help="new, or empty")
    back.set_defaults(run=run_restore)


def run(options: argparse.Namespace) -> int:
    try:
        settings = read_settings()
        with (
            _remote(settings.supabase) as fetch,
            tqdm(unit="file", desc=options.file.name, disable=None) as bar,
        ):

            def show(done: int, of: int) -> None:
                bar.total = of
                bar.update(done - bar.n)

            made = backup(
                settings.data_dir,
                options.file,
                with_keys=options.with_keys,
                fetch=fetch,
                progress=show,
            )
    except (StoreError, SettingsError) as error:
        output.problem(error)
        return COULD_NOT
    print(f"{options.file}: {made.files} files, {made.size / 1e6:.1f} MB, read back and right")
    if not options.with_keys:
        output.problem(
            f"The keys are not in it. Keep a copy of {KEYS[0]} in another place: without it"
            " nobody can open the names, pictures and sounds."
        )
    if made.fetched:
        print(f"{made.fetched} of them were recorded by other servers, and came from Supabase")
    if made.unreachable:
        output.problem(
            "Supabase could not be asked for what other servers recorded, so that the backup is"
            f" not whole: {made.unreachable}"
        )
    why = "not here, and not asked for" if made.unreachable else "missing or damaged"
    for name in made.missing:
        output.problem(f"Not in it, because it is {why}: {name}")
    return WRONG if made.missing else 0


@contextmanager
def _remote(supabase: SupabaseSettings | None) -> Iterator[Fetch | None]:
    """Opened when something is first asked for: a backup needs no network for what is here."""
    opened: list[SupabaseStore] = []

    def fetch(evidence_id: str) -> bytes:
        assert supabase is not None
        if not opened:
            opened.append(SupabaseStore(supabase))
        return opened[0].evidence(evidence_id).data

    try:
        yield fetch if supabase else None
    finally:
        for store in opened:
            store.close()


def run_restore(options: argparse.Namespace) -> int:
    try:
        count = restore(options.file, options.to)
    except StoreError as error:
        output.problem(error)
        return COULD_NOT
    print(f"{options.to}: {count} files, all of them as they were saved")
    if not (options.to / KEYS[0]).exists():
        output.problem(f"Put {KEYS[0]} into it, or set OPENPROCTOR_SEALING_KEY, before you start.")
    output.problem(
        "Whoever was erased after the backup was made is in it again:"
        " `erase --again CERTIFICATE…` erases them once more."
    )
    return 0

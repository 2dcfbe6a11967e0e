"""`rotate-key`: another sealing key, under which every participant's data key is wrapped anew."""

from __future__ import annotations

import argparse
import os
from typing import Any

from proctoring.cli import output
from proctoring.cli.opened import COULD_NOT, read_settings
from proctoring.sealing import Sealer
from proctoring.settings import PREFIX, Settings, SettingsError
from proctoring.store import StoreError
from proctoring.store.embedded.sqlite import DATABASE
from proctoring.store.opening import SEALING_KEY, open_sealer
from proctoring.store.rewrap import has_new_key, look, new_key, rewrap, take_new_key

IN_USE = f"{PREFIX}SEALING_KEY"
NEXT = f"{PREFIX}NEW_SEALING_KEY"


def add_to(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "rotate-key",
        help="wrap all data keys under a new sealing key, while no server runs",
        description="Without --yes it only says what would be done. What is interrupted is gone"
        f" on with by the same command. The new key is made, or read from {NEXT} where {IN_USE}"
        " is set.",
    )
    parser.add_argument("--yes", action="store_true", help="do it")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    try:
        settings = read_settings()
        if not (settings.data_dir / DATABASE).is_file():
            raise StoreError(f"There is no database in the folder {settings.data_dir}.")
        if settings.supabase:
            raise StoreError("The keys of what is in Supabase as well cannot be changed here.")
        if settings.sealing_key:
            return _by_settings(settings, options)
        return _by_file(settings, options)
    except (StoreError, SettingsError) as error:
        output.problem(error)
        return COULD_NOT
    except OSError as error:
        output.problem(f"{error.filename}: {error.strerror}. Give the command once more.")
        return COULD_NOT


def _by_file(settings: Settings, options: argparse.Namespace) -> int:
    folder, old = settings.data_dir, open_sealer(settings)
    if not options.yes:
        found = look(folder, old, new_key(folder) if has_new_key(folder) else None)
        return _would(found.old)
    new = new_key(folder)
    found = rewrap(folder, old, new)
    kept = take_new_key(folder, old)
    print(f"{found.old} data keys wrapped anew; {SEALING_KEY} holds the new key {new.key_id}")
    output.problem(
        f"Keep a copy of it in another place. The old one is {kept.name}: backups made until now"
        " open with it alone. Move it to where they are, and delete it with the last of them."
    )
    return 0


def _by_settings(settings: Settings, options: argparse.Namespace) -> int:
    new = _next()
    old = Sealer(settings.sealing_key)
    if new.key_id == old.key_id:
        raise SettingsError(f"{NEXT} is the key that is in use.")
    if not options.yes:
        return _would(look(settings.data_dir, old, new).old)
    found = rewrap(settings.data_dir, old, new)
    print(f"{found.old} data keys wrapped anew, under the key {new.key_id}")
    output.problem(
        f"Set {IN_USE} to the value of {NEXT} before you start a server. Backups made until now"
        " open with the old one alone: keep it as long as them. Pages that are open must be"
        " loaded again."
    )
    return 0


def _next() -> Sealer:
    given = os.environ.get(NEXT, "")
    if not given:
        raise SettingsError(f"Set {NEXT} to the new key: `openssl rand -base64 32` prints one.")
    try:
        return Sealer(Settings.read({IN_USE: given}).sealing_key)
    except SettingsError as error:
        raise SettingsError(str(error).replace(IN_USE, NEXT)) from None


def _would(count: int) -> int:
    print(f"{count} data keys would be wrapped anew. Stop the server, make a backup, add --yes.")
    return 0

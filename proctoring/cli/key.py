"""`key add | list | revoke`: the keys of programs that use the API."""

from __future__ import annotations

import argparse
from typing import Any

from proctoring.cli import output
from proctoring.cli.opened import COULD_NOT, read_settings
from proctoring.ids import is_id
from proctoring.integration.database import Database
from proctoring.integration.keys import KeyRole, Keys
from proctoring.plaintext import LONGEST_NAME, line
from proctoring.settings import SettingsError
from proctoring.store import StoreError

_ROW = "{:<36}  {:<10} {:<26} {}"


def add_to(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "key",
        help="keys for programs that use the API (docs/api.md)",
        description="A key is printed once and kept as a hash. It counts, and ends, at once.",
    )
    which = parser.add_subparsers(dest="what", required=True, metavar="add | list | revoke")
    add: argparse.ArgumentParser = which.add_parser("add", help="make one, and print it")
    add.add_argument("label", metavar="LABEL", help="whose it is: no secret")
    add.add_argument(
        "--role",
        action="append",
        required=True,
        choices=[role.value for role in KeyRole],
        help="examiner: makes meetings and does all in its own; analysis: has pictures and sound"
        " analysed; metrics: reads /metrics. May be given several times",
    )
    add.set_defaults(act=_add)
    which.add_parser("list", help="all of them, without their secrets").set_defaults(act=_list)
    revoke: argparse.ArgumentParser = which.add_parser("revoke", help="end one")
    revoke.add_argument("id", metavar="ID")
    revoke.set_defaults(act=_revoke)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    try:
        options.act(Keys(Database(read_settings().data_dir)), options)
    except (StoreError, SettingsError) as error:
        output.problem(error)
        return COULD_NOT
    return 0


def _add(keys: Keys, options: argparse.Namespace) -> None:
    label = line(options.label, LONGEST_NAME)
    if not label:
        raise StoreError("A key needs a label that says whose it is.")
    key, secret = keys.add(label, frozenset(map(KeyRole, options.role)))
    output.problem(f"{key.id}: the key is below. Keep it now: nobody can ask for it again.")
    print(secret)


def _list(keys: Keys, options: argparse.Namespace) -> None:
    print(_ROW.format("id", "since", "roles", "label"))
    for key in keys.list():
        ended = f" (ended {key.revoked_at:%Y-%m-%d})" if key.revoked_at else ""
        roles = ", ".join(sorted(key.roles))
        print(_ROW.format(key.id, f"{key.created_at:%Y-%m-%d}", roles, key.label + ended))


def _revoke(keys: Keys, options: argparse.Namespace) -> None:
    if not (is_id(options.id) and keys.revoke(options.id)):
        raise StoreError(f"There is no key {options.id} that still counts: see `key list`.")
    print(f"{options.id}: ended")

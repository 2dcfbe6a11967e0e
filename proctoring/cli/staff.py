"""`staff list | add | remove`: who may sign in, and for what, where staff sign in."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any

from proctoring.access.staff import read_entry
from proctoring.cli import output
from proctoring.cli.opened import COULD_NOT, opened, read_settings
from proctoring.settings import PREFIX, Settings, SettingsError
from proctoring.store import Store, StoreError
from proctoring.types import Staff, StaffRole

SETTING = f"{PREFIX}STAFF"
_ROW = "{:<40} {:<9} {}"


def add_to(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "staff",
        help="who may make exams, open desks and review, where staff sign in",
        description="An entry is an address (ann@uni.example), or a domain for everybody in it"
        " (@uni.example); an address counts before its domain. Servers follow within 30 seconds.",
    )
    which = parser.add_subparsers(dest="what", required=True, metavar="list | add | remove")
    which.add_parser("list", help="the entries, and their roles").set_defaults(act=_list)
    add: argparse.ArgumentParser = which.add_parser("add", help="or give another role")
    add.add_argument("entry", metavar="ENTRY")
    add.add_argument("--role", required=True, choices=[role.value for role in StaffRole])
    add.set_defaults(act=_add)
    remove: argparse.ArgumentParser = which.add_parser("remove", help="take an entry off the list")
    remove.add_argument("entry", metavar="ENTRY")
    remove.set_defaults(act=_remove)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    try:
        settings = read_settings()
        with opened(settings) as store:
            options.act(store, settings, options)
    except ValueError as error:
        output.problem(f"The list {error}")
        return COULD_NOT
    except (StoreError, SettingsError) as error:
        output.problem(error)
        return COULD_NOT
    if settings.staff is None:
        output.problem("Nobody need sign in now: the list counts once the secrets have [auth].")
    return 0


def _list(store: Store, settings: Settings, options: argparse.Namespace) -> None:
    print(_ROW.format("entry", "role", "since"))
    for entry in sorted(settings.staff or ()):
        print(_ROW.format(entry, StaffRole.EXAMINER, f"by {SETTING}"))
    for one in store.staff():
        print(_ROW.format(one.entry, one.role, f"{one.added_at:%Y-%m-%d}"))


def _add(store: Store, settings: Settings, options: argparse.Namespace) -> None:
    entry, role = read_entry(options.entry), StaffRole(options.role)
    store.save_staff(Staff(entry, role, datetime.now(UTC)))
    print(f"{entry}: {role}")
    if entry in (settings.staff or ()) and role is not StaffRole.EXAMINER:
        output.problem(f"{entry} is in {SETTING}, too, and so an examiner all the same.")


def _remove(store: Store, settings: Settings, options: argparse.Namespace) -> None:
    entry, is_set = read_entry(options.entry), f"is in {SETTING}: take it out there."
    if entry in (one.entry for one in store.staff()):
        store.remove_staff(entry)
        print(f"{entry}: removed")
        if entry in (settings.staff or ()):
            output.problem(f"{entry} {is_set}")
    elif entry in (settings.staff or ()):
        raise StoreError(f"{entry} {is_set}")
    else:
        raise StoreError(f"{entry} is not on the list.")

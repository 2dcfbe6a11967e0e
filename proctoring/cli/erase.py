"""`erase`, and `verify-certificate` for what it writes."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from proctoring.cli import output
from proctoring.cli.opened import COULD_NOT, WRONG, opened, read_settings
from proctoring.privacy import certificate
from proctoring.privacy.retention import erase_participant
from proctoring.sealing import Sealer
from proctoring.settings import SettingsError
from proctoring.store import Store, StoreError, Unknown
from proctoring.store.opening import open_sealer
from proctoring.types import Meeting, Participant


def add_to(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "erase",
        help="destroy name, key, answers, pictures and sounds of a candidate or a whole meeting",
        description="Without --yes it only says what would be erased. It cannot be undone.",
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--participant", metavar="ID")
    which.add_argument("--meeting", metavar="ID")
    which.add_argument(
        "--again",
        type=Path,
        nargs="+",
        metavar="CERTIFICATE",
        help="whom these deletion certificates name, after a backup was restored",
    )
    parser.add_argument("--yes", action="store_true", help="do it")
    parser.add_argument(
        "--certificate", type=Path, metavar="FILE", help="default: erased-ID-TIME.json, here"
    )
    parser.set_defaults(run=run)

    check: argparse.ArgumentParser = commands.add_parser(
        "verify-certificate",
        help="check a deletion certificate",
        description="Is it this installation's, unchanged, and is what it says still true?",
    )
    check.add_argument("file", type=Path, metavar="FILE")
    check.set_defaults(run=run_verify)


def run(options: argparse.Namespace) -> int:
    try:
        settings = read_settings()
        with opened(settings) as store:
            if options.again:
                return _erase_again(store, open_sealer(settings), options)
            return _erase(store, open_sealer(settings), options)
    except (StoreError, SettingsError) as error:
        output.problem(error)
        return COULD_NOT
    except OSError as error:
        output.problem(f"{error.filename}: {error.strerror}.")
        return COULD_NOT


def run_verify(options: argparse.Namespace) -> int:
    try:
        said = _read(options.file)
        settings = read_settings()
        with opened(settings) as store:
            found = list(certificate.problems(said, store, open_sealer(settings)))
    except (StoreError, SettingsError) as error:
        output.problem(error)
        return COULD_NOT
    for problem in found:
        output.problem(f"{options.file}: {problem}")
    if not found:
        print(f"{options.file}: genuine, and still true")
    return WRONG if found else 0


def _erase(store: Store, sealer: Sealer, options: argparse.Namespace) -> int:
    if options.participant:
        people = [store.participant(options.participant)]
    else:
        people = store.participants(options.meeting)
    if not people:
        raise StoreError("Nobody has joined this meeting: there is nothing to erase.")
    meeting = store.meeting(people[0].meeting_id)
    if reason := store.held(meeting.id):
        raise StoreError(f"The meeting is on legal hold ({reason}): nothing of it can be erased.")
    now = datetime.now(UTC)
    for person in people:
        _check_not_sitting(person, meeting, now)
        print(_sentence(store, person))
    if not options.yes:
        output.problem("Nothing was erased. It cannot be undone: say --yes to do it.")
        return 0
    path = options.certificate or Path(
        f"erased-{options.participant or meeting.id}-{now:%Y%m%dT%H%M%SZ}.json"
    )
    with path.open("x", encoding="utf-8") as file:  # first: it may not be writable
        for person in tqdm(people, unit="candidate", disable=None):
            erase_participant(store, person.id, now)
        ids = [person.id for person in people]
        said = certificate.make(store, sealer, meeting.id, ids)
        json.dump(said, file, indent=2)
    print(f"{len(people)} erased; the certificate is {path}")
    output.problem("Backups made before still have it: delete them, or let them expire.")
    return 0


def _erase_again(store: Store, sealer: Sealer, options: argparse.Namespace) -> int:
    """With the time that the certificate names, so that it is true again."""
    wanted: dict[str, datetime] = {}
    for path in options.again:
        said = _read(path)
        if not certificate.is_genuine(said, sealer):
            raise StoreError(f"{path} is no certificate of this installation, or it was changed.")
        wanted |= certificate.erasures(said)
    here = [one for one in map(partial(_known, store), wanted) if one and not one.erased_at]
    for person in here:
        print(_sentence(store, person))
        if options.yes:
            erase_participant(store, person.id, wanted[person.id])
    print(f"{len(here)} of {len(wanted)} are here{' no more' if options.yes and here else ''}")
    if here and not options.yes:
        output.problem("Nothing was erased: say --yes to do it.")
    return 0


def _known(store: Store, participant_id: str) -> Participant | None:
    try:
        return store.participant(participant_id)
    except Unknown:
        return None


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be read: {error}.") from error


def _sentence(store: Store, person: Participant) -> str:
    refs = store.evidence_of(person.id)
    left = sum(not ref.is_erased for ref in refs)
    state = "erased before" if person.erased_at else f"{person.name!r}"
    return f"{person.id}  {state}, {left} pictures and sounds, joined {person.joined_at:%Y-%m-%d}"


def _check_not_sitting(person: Participant, meeting: Meeting, now: datetime) -> None:
    if person.started_at and not person.finished_at and now < meeting.closes_at:
        raise StoreError(f"The exam of {person.id} is still running: it has to be finished first.")

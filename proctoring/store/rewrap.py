"""Another sealing key for a data folder: every participant's data key is wrapped anew.

The data keys stay, so that no picture, sound or name is touched. All of it is one transaction,
with the database to itself: a server that runs would go on wrapping with the old key. Each
wrapped key says under which key it is, so that what was done is passed over when it is repeated.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from proctoring.access import tokens
from proctoring.sealing import CannotOpen, Sealer, key_id_of
from proctoring.store import StoreError
from proctoring.store.embedded.sqlite import DATABASE
from proctoring.store.opening import SEALING_KEY
from proctoring.store.restore import sync
from proctoring.store.sealed_forms import SEALED, wrapped_of

NEW_KEY = f"{SEALING_KEY}.new"  # beside the one in use, until every data key is under it
_WAIT_S = 5.0  # for a command that is about to end


@dataclass(frozen=True, slots=True)
class Found:
    """Wrapped keys, by the key that they are under."""

    old: int
    new: int


def look(data_dir: Path, old: Sealer, new: Sealer | None) -> Found:
    """What `rewrap` would do; a server may be running. Raises StoreError."""
    with _opened(data_dir, "mode=ro") as db:
        wrapped = [found for _, _, found in _all(db)]
    return _count(wrapped, old, new)


def rewrap(data_dir: Path, old: Sealer, new: Sealer) -> Found:
    """What was found; afterwards all of it is under the new key. Raises StoreError: then
    nothing was changed."""
    with _opened(data_dir, "mode=rw") as db:
        _alone(db)
        keys = list(_all(db))
        found = _count([wrapped for _, _, wrapped in keys], old, new)
        for table, participant_id, wrapped in keys:
            if key_id_of(wrapped) == old.key_id:
                again = old.rewrap(participant_id, wrapped, new)
                db.execute(_UPDATES[table], (wrapped, again, participant_id))
        db.execute("COMMIT")
        with suppress(sqlite3.Error):  # it is done already; closing does it, too
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the log held the pages as they were
    return found


def new_key(data_dir: Path) -> Sealer:
    """Of the file that is made on first use, and is there again after an interruption."""
    try:
        return Sealer(tokens.load_key(data_dir / NEW_KEY))
    except tokens.DamagedKey:
        raise StoreError(f"The file {data_dir / NEW_KEY} is damaged: delete it.") from None


def has_new_key(data_dir: Path) -> bool:
    return (data_dir / NEW_KEY).exists()


def take_new_key(data_dir: Path, old: Sealer) -> Path:
    """The new file in place of the old one, which is kept beside it: where. May be repeated."""
    kept = data_dir / f"{SEALING_KEY}.{old.key_id}"
    if not kept.exists():
        kept.hardlink_to(data_dir / SEALING_KEY)
    sync(data_dir)
    (data_dir / NEW_KEY).replace(data_dir / SEALING_KEY)
    sync(data_dir)
    return kept


# --- inside the database -------------------------------------------------------------------

_UPDATES = {
    "participant": "UPDATE participant SET name = replace(name, ?, ?) WHERE id = ?",
    "participant_key": "UPDATE participant_key SET wrapped = replace(wrapped, ?, ?)"
    " WHERE participant_id = ?",
    "office_record": "UPDATE office_record SET content = replace(content, ?, ?) WHERE id = ?",
}


def _all(db: sqlite3.Connection) -> Iterator[tuple[str, str, str]]:
    """Table, id, wrapped key. A name brings its key along, and so does an invitation:
    `sealed:<key>:<name>`."""
    for participant_id, name in db.execute("SELECT id, name FROM participant").fetchall():
        if name.startswith(SEALED):
            yield "participant", participant_id, wrapped_of(name)
    query = "SELECT participant_id, wrapped FROM participant_key WHERE wrapped <> ''"
    for participant_id, wrapped in db.execute(query).fetchall():
        yield "participant_key", participant_id, wrapped
    for record_id, content in db.execute("SELECT id, content FROM office_record").fetchall():
        if content.startswith(SEALED):
            yield "office_record", record_id, wrapped_of(content)


def _count(wrapped: list[str], old: Sealer, new: Sealer | None) -> Found:
    ids = [key_id_of(one) for one in wrapped]
    known = {old.key_id, new.key_id if new else old.key_id}
    if others := sorted({one or "damaged" for one in ids if one not in known}):
        raise StoreError(
            f"Some data keys are under neither key, but under: {', '.join(others)}. Give that"
            " sealing key first, or erase whom it is about. Nothing was changed."
        )
    return Found(ids.count(old.key_id), len(ids) - ids.count(old.key_id))


def _alone(db: sqlite3.Connection) -> None:
    """Begins a transaction, once nobody else has the database open."""
    db.execute("PRAGMA secure_delete = ON")  # what the old key opens is overwritten
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA locking_mode = EXCLUSIVE")
    db.execute("BEGIN EXCLUSIVE")


@contextmanager
def _opened(data_dir: Path, mode: str) -> Iterator[sqlite3.Connection]:
    try:
        with closing(
            sqlite3.connect(
                f"{(data_dir / DATABASE).absolute().as_uri()}?{mode}",
                uri=True,
                timeout=_WAIT_S,
                isolation_level=None,
            )
        ) as db:
            if db.execute("SELECT 1 FROM remote").fetchone():
                raise StoreError(
                    "What is in this folder is in a Supabase project as well, whose keys cannot be"
                    " changed from here. Nothing was changed."
                )
            yield db
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise StoreError(
                "The database is open somewhere else: stop the server first. Nothing was changed."
            ) from None
        raise StoreError(f"The database gave an error: {error}. Nothing was changed.") from error
    except sqlite3.Error as error:
        raise StoreError(f"The database gave an error: {error}. Nothing was changed.") from error
    except CannotOpen as error:
        raise StoreError(f"{error} Nothing was changed.") from error

"""A copy of a data folder in one tar file, taken while the server runs.

The database comes first, as it is at one moment (SQLite's backup), and then the evidence that
it speaks of; a file is named by the hash of what it holds, so it cannot change meanwhile. Where
several servers share a remote store, what another one recorded is fetched from there. The last
member, `manifest.json`, has the hash of every other one.

What candidates are known again by during an exam is left out: it must not outlive the exam, and
backups do. Where one is restored in the middle of an exam, it is learned anew.
"""

from __future__ import annotations

import io
import json
import os
import sqlite3
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from proctoring.store import StoreError, Unknown
from proctoring.store.embedded.files import EXTENSIONS, Damaged
from proctoring.store.embedded.sqlite import DATABASE, EVIDENCE
from proctoring.store.restore import (
    FORMAT,
    KEYS,
    MANIFEST,
    check_database,
    hash_of,
    is_named_by,
    sync,
    verify,
)

Progress = Callable[[int, int], None]  # files done, of all
Fetch = Callable[[str], bytes]  # what the remote store keeps under this id; raises StoreError
TRIES = 3
TRY_AGAIN_AFTER_S = 1.0


@dataclass(frozen=True, slots=True)
class Backup:
    files: int
    size: int  # bytes
    fetched: int  # files that were not in the folder, and came from the remote store
    missing: tuple[str, ...]  # evidence that is nowhere, or not what it was
    unreachable: str  # why the remote store could not be asked for them; "" if it could


def backup(
    data_dir: Path,
    target: Path,
    *,
    with_keys: bool,
    fetch: Fetch | None = None,
    progress: Progress = lambda n, of: None,
) -> Backup:
    """Write it, flush it, and read it back. It appears whole or not at all.

    `fetch` asks the remote store, where there is one. Raises StoreError, also if the target is
    there already.
    """
    if not (data_dir / DATABASE).is_file():
        raise StoreError(f"There is no database in the folder {data_dir}.")
    if target.exists():
        raise StoreError(f"{target} is there already; nothing was written.")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as folder:
            part = Path(folder) / "part.tar"
            found = _write(data_dir, Path(folder), part, with_keys, _Elsewhere(fetch), progress)
            if found.missing and not _still_wanted(data_dir, found.missing):
                # Somebody was erased meanwhile: the copy is to know it, too.
                found = _write(data_dir, Path(folder), part, with_keys, _Elsewhere(fetch), progress)
            files = verify(part)
            size = part.stat().st_size
            part.replace(target)
            sync(target.parent)
            return Backup(files, size, found.fetched, tuple(found.missing), found.problem)
    except OSError as error:
        raise StoreError(f"The backup cannot be written: {error.strerror or error}.") from error


# --- writing -----------------------------------------------------------------------------


@dataclass(slots=True)
class _Elsewhere:
    """The remote store, asked for what is not in the folder."""

    fetch: Fetch | None
    fetched: int = 0
    missing: list[str] = field(default_factory=list)
    problem: str = ""

    def get(self, name: str, evidence_id: str) -> bytes | None:
        """Proved by the hash that it is named by. None if it is missing there, too."""
        data = None
        if self.fetch and evidence_id and not self.problem:
            try:
                data = _try(self.fetch, evidence_id)
            except (Unknown, Damaged):
                pass
            except StoreError as error:
                self.problem = str(error)  # and nothing more is asked for
        if data is None or not is_named_by(name, hash_of(io.BytesIO(data))):
            self.missing.append(name)
            return None
        self.fetched += 1
        return data


def _try(fetch: Fetch, evidence_id: str) -> bytes:
    """A line that fails once need not fail a backup."""
    for _ in range(TRIES - 1):
        try:
            return fetch(evidence_id)
        except (Unknown, Damaged):
            raise
        except StoreError:
            time.sleep(TRY_AGAIN_AFTER_S)
    return fetch(evidence_id)


def _write(
    data_dir: Path,
    folder: Path,
    part: Path,
    with_keys: bool,
    elsewhere: _Elsewhere,
    progress: Progress,
) -> _Elsewhere:
    copy = folder / DATABASE
    for left in (copy, part):
        left.unlink(missing_ok=True)
    _copy_database(data_dir / DATABASE, copy)
    ids = dict(_evidence(copy))
    names = [DATABASE, *ids, *(name for name in KEYS if with_keys and (data_dir / name).exists())]
    hashes: dict[str, str] = {}
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
        for number, name in enumerate(names, start=1):
            path = copy if name == DATABASE else data_dir / name
            content = _here(path, name)
            if content is None and (data := elsewhere.get(name, ids.get(name, ""))) is not None:
                content = io.BytesIO(data)
            if content is not None:
                with content:
                    hashes[name], size = hash_of(content), content.tell()
                    content.seek(0)
                    _add(tar, name, content, size)
            progress(number, len(names))
        made_at, missing = datetime.now(UTC).isoformat(), elsewhere.missing
        manifest = {"format": FORMAT, "made_at": made_at, "missing": missing, "sha256": hashes}
        text = json.dumps(manifest, indent=1).encode()
        _add(tar, MANIFEST, io.BytesIO(text), len(text))
        tar.close()
        file.flush()
        os.fsync(file.fileno())
    return elsewhere


def _here(path: Path, name: str) -> IO[bytes] | None:
    """The open file, from its beginning; None if there is none, or not what it is named by."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return None
    if not is_named_by(name, hash_of(file)):
        file.close()
        return None
    file.seek(0)
    return file


def _copy_database(source: Path, target: Path) -> None:
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as db,
            closing(sqlite3.connect(target)) as copy,
        ):
            db.backup(copy)
            _leave_out_enrolments(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
    except sqlite3.Error as error:
        raise StoreError(f"The database cannot be copied: {error}.") from error
    check_database(target)


def _leave_out_enrolments(copy: sqlite3.Connection) -> None:
    if copy.execute("SELECT 1 FROM sqlite_schema WHERE name = 'enrolment'").fetchone():
        copy.execute("PRAGMA secure_delete = ON")  # overwrites what it deletes
        copy.execute("DELETE FROM enrolment")
        copy.commit()


def _evidence(database: Path) -> Iterator[tuple[str, str]]:
    """The name in the backup, and one of the evidence ids under which it is kept."""
    query = """SELECT sha256, media_type, min(id) FROM evidence WHERE is_erased = 0
               GROUP BY sha256, media_type ORDER BY 1"""
    with closing(sqlite3.connect(database)) as db:
        for sha256, media_type, evidence_id in db.execute(query).fetchall():
            yield f"{EVIDENCE}/{sha256[:2]}/{sha256}.{EXTENSIONS[media_type]}", evidence_id


def _still_wanted(data_dir: Path, missing: list[str]) -> bool:
    """Or were all of them erased since the database was copied?"""
    query = "SELECT 1 FROM evidence WHERE is_erased = 0 AND sha256 = ?"
    with closing(sqlite3.connect(f"file:{data_dir / DATABASE}?mode=ro", uri=True)) as db:
        return any(db.execute(query, (Path(name).stem,)).fetchone() for name in missing)


def _add(tar: tarfile.TarFile, name: str, content: IO[bytes], size: int) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    tar.addfile(member, content)

"""A copy of a data folder in one tar file, taken while the server runs.

The database comes first, as it is at one moment (SQLite's backup), and then the evidence that
it speaks of; a file is named by the hash of what it holds, so it cannot change meanwhile. The
last member, `manifest.json`, has the hash of every other one.
"""

from __future__ import annotations

import io
import json
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from proctoring.store import StoreError
from proctoring.store.embedded.files import EXTENSIONS
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


@dataclass(frozen=True, slots=True)
class Backup:
    files: int
    size: int  # bytes
    missing: tuple[str, ...]  # evidence that is not in the folder, or not what it was


def backup(
    data_dir: Path, target: Path, *, with_keys: bool, progress: Progress = lambda n, of: None
) -> Backup:
    """Write it, flush it, and read it back. It appears whole or not at all.

    Raises StoreError, also if the target is there already.
    """
    if not (data_dir / DATABASE).is_file():
        raise StoreError(f"There is no database in the folder {data_dir}.")
    if target.exists():
        raise StoreError(f"{target} is there already; nothing was written.")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as folder:
            part = Path(folder) / "part.tar"
            missing = _write(data_dir, Path(folder), part, with_keys, progress)
            if missing and not _still_wanted(data_dir, missing):
                # Somebody was erased meanwhile: the copy is to know it, too.
                missing = _write(data_dir, Path(folder), part, with_keys, progress)
            files = verify(part)
            size = part.stat().st_size
            part.replace(target)
            sync(target.parent)
            return Backup(files, size, tuple(missing))
    except OSError as error:
        raise StoreError(f"The backup cannot be written: {error.strerror or error}.") from error


# --- writing -----------------------------------------------------------------------------


def _write(
    data_dir: Path, folder: Path, part: Path, with_keys: bool, progress: Progress
) -> list[str]:
    """The names of evidence that should be there and is not."""
    copy = folder / DATABASE
    for left in (copy, part):
        left.unlink(missing_ok=True)
    _copy_database(data_dir / DATABASE, copy)
    names = [DATABASE, *(_evidence(copy))]
    names += [name for name in KEYS if with_keys and (data_dir / name).exists()]
    hashes: dict[str, str] = {}
    missing: list[str] = []
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
        for number, name in enumerate(names, start=1):
            path = copy if name == DATABASE else data_dir / name
            try:
                with path.open("rb") as content:
                    found = hash_of(content)
                    if not is_named_by(name, found):
                        raise FileNotFoundError
                    content.seek(0)
                    _add(tar, name, content, os.fstat(content.fileno()).st_size)
                    hashes[name] = found
            except FileNotFoundError:
                missing.append(name)
            progress(number, len(names))
        made_at = datetime.now(UTC).isoformat()
        manifest = {"format": FORMAT, "made_at": made_at, "missing": missing, "sha256": hashes}
        text = json.dumps(manifest, indent=1).encode()
        _add(tar, MANIFEST, io.BytesIO(text), len(text))
        tar.close()
        file.flush()
        os.fsync(file.fileno())
    return missing


def _copy_database(source: Path, target: Path) -> None:
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as db,
            closing(sqlite3.connect(target)) as copy,
        ):
            db.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
    except sqlite3.Error as error:
        raise StoreError(f"The database cannot be copied: {error}.") from error
    check_database(target)


def _evidence(database: Path) -> Iterator[str]:
    query = "SELECT DISTINCT sha256, media_type FROM evidence WHERE is_erased = 0 ORDER BY 1"
    with closing(sqlite3.connect(database)) as db:
        for sha256, media_type in db.execute(query).fetchall():
            yield f"{EVIDENCE}/{sha256[:2]}/{sha256}.{EXTENSIONS[media_type]}"


def _still_wanted(data_dir: Path, missing: list[str]) -> bool:
    """Or were all of them erased since the database was copied?"""
    query = "SELECT 1 FROM evidence WHERE is_erased = 0 AND sha256 = ?"
    with closing(sqlite3.connect(f"file:{data_dir / DATABASE}?mode=ro", uri=True)) as db:
        return any(db.execute(query, (Path(name).stem,)).fetchone() for name in missing)


def _add(tar: tarfile.TarFile, name: str, content: IO[bytes], size: int) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    tar.addfile(member, content)

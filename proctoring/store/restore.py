"""Reads a backup (`proctoring.store.backup`): proves it, and makes a data folder of it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import IO

from proctoring.store import StoreError
from proctoring.store.embedded.files import make_folder
from proctoring.store.embedded.sqlite import DATABASE, EVIDENCE

MANIFEST = "manifest.json"
KEYS = ("sealing.key", "signing.key")
FORMAT = 1

# What a backup may hold; so no member can leave the folder that it is restored to.
_EVIDENCE_NAME = re.compile(rf"{EVIDENCE}/([0-9a-f]{{2}})/(\1[0-9a-f]{{62}})\.(?:jpg|wav)")
_PIECE = 1 << 20  # bytes
_WHOLE_MANIFEST = 1 << 28  # bytes; more is none


class BadBackup(StoreError):
    """The file is no backup, or is damaged; the message says where."""


def verify(source: Path) -> int:
    """How many files it has, all of them with the hashes that they had. Raises BadBackup."""
    with _opened(source) as tar:
        return _check(tar, lambda name, content: hash_of(content))


def restore(source: Path, target: Path) -> int:
    """How many files are in the new folder; it appears whole or not at all.

    Raises BadBackup, and StoreError if the folder holds something.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise StoreError(f"{target} is not empty; nothing was written.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with (
            _opened(source) as tar,
            tempfile.TemporaryDirectory(dir=target.parent, prefix=".restore-") as folder,
        ):
            inside = Path(folder) / "data"
            inside.mkdir(mode=0o700)
            count = _check(tar, lambda name, content: _extract(inside / name, content))
            check_database(inside / DATABASE)
            inside.replace(target)
            sync(target.parent)
            return count
    except OSError as error:
        raise StoreError(f"It cannot be restored: {error.strerror or error}.") from error


def check_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        try:
            found = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
        except sqlite3.Error as error:
            found = str(error)
    if found != "ok":
        raise BadBackup(f"The database in it is damaged: {found}.")


def _opened(source: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(source, mode="r:")
    except (tarfile.TarError, OSError) as error:
        raise BadBackup(f"{source} is no backup that can be read: {error}.") from error


def _check(tar: tarfile.TarFile, take: Callable[[str, IO[bytes]], str]) -> int:
    """`take` gives the hash of what it was given; all must be as the manifest says."""
    hashes: dict[str, str] = {}
    manifest = None
    try:
        for member in tar:
            content = tar.extractfile(member) if member.isreg() else None
            if content is None or not _is_allowed(member.name) or member.name in hashes:
                raise BadBackup(f"The backup holds {member.name!r}, which does not belong in one.")
            if member.name == MANIFEST:
                manifest = json.loads(content.read(_WHOLE_MANIFEST))
            else:
                hashes[member.name] = take(member.name, content)
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise BadBackup(f"The backup is damaged: {error}.") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise BadBackup("The backup is cut off, or of another version: it has no manifest.")
    wanted = manifest.get("sha256")
    for name in sorted(hashes.keys() | set(wanted if isinstance(wanted, dict) else ())):
        if not isinstance(wanted, dict) or wanted.get(name) != hashes.get(name):
            raise BadBackup(f"The backup is damaged: {name} is not what was saved.")
        if not is_named_by(name, hashes[name]):
            raise BadBackup(f"The backup is damaged: {name} is not what it is named by.")
    if DATABASE not in hashes:
        raise BadBackup("The backup has no database.")
    return len(hashes)


def _is_allowed(name: str) -> bool:
    return name in (DATABASE, MANIFEST, *KEYS) or bool(_EVIDENCE_NAME.fullmatch(name))


def is_named_by(name: str, sha256: str) -> bool:
    """Evidence is; the other files have names of their own."""
    found = _EVIDENCE_NAME.fullmatch(name)
    return found is None or found[2] == sha256


def _extract(path: Path, content: IO[bytes]) -> str:
    make_folder(path.parent)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        found = hash_of(content, file)
        file.flush()
        os.fsync(file.fileno())
    return found


def hash_of(content: IO[bytes], copy: IO[bytes] | None = None) -> str:
    digest = hashlib.sha256()
    while piece := content.read(_PIECE):
        digest.update(piece)
        if copy:
            copy.write(piece)
    return digest.hexdigest()


def sync(folder: Path) -> None:
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

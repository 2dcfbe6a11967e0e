"""Evidence files: named by the hash of what they hold, and on disk whole or not at all."""

from __future__ import annotations

import hashlib
import os
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from proctoring.store import StoreError

ABANDONED_S = 24 * 3600  # a temporary file this old was left by a process that died
if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

EXTENSIONS = {"image/jpeg": "jpg", "audio/wav": "wav"}  # by media type
_PART = ".part"


class Damaged(StoreError):
    """The bytes are not here, or not what they were."""


def make_folder(folder: Path) -> None:
    """With its parents; readable by its owner alone, and there after a loss of power."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync_folder(folder.parent)


@dataclass(frozen=True, slots=True)
class EvidenceFiles:
    """`<folder>/<first two hex digits>/<sha256>.<extension>`."""

    folder: Path

    def write(self, data: bytes, sha256: str, extension: str) -> None:
        """Returns when it would survive a loss of power. Raises OSError.

        A file that is there but damaged is replaced, so saving again mends it.
        """
        path = self._path(sha256, extension)
        make_folder(path.parent)
        if not (path.exists() and path.read_bytes() == data):
            part = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}{_PART}")
            try:
                with part.open("wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)  # on a full disk, give back what it took
        _sync_folder(path.parent)  # always: whoever made the file may have died before this

    def read(self, sha256: str, extension: str) -> bytes:
        """The bytes, proved by their hash. Raises Damaged if they are gone or changed."""
        path = self._path(sha256, extension)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise Damaged(
                f"The evidence file {path.name} is missing: restore it from a backup."
            ) from None
        if hashlib.sha256(data).hexdigest() != sha256:
            raise Damaged(
                f"The evidence file {path.name} was changed after it was saved:"
                " restore it from a backup."
            )
        return data

    def has(self, sha256: str, extension: str) -> bool:
        return self._path(sha256, extension).exists()

    def remove(self, sha256: str, extension: str) -> None:
        """Returns when it is gone for good; it may be gone already. Raises OSError."""
        path = self._path(sha256, extension)
        if path.exists():
            path.unlink(missing_ok=True)
            _sync_folder(path.parent)

    def remove_abandoned(self) -> None:
        """Half-written files of processes that died: nothing refers to them."""
        for part in self.folder.glob(f"*/*{_PART}"):
            try:
                if time.time() - part.stat().st_mtime > ABANDONED_S:
                    part.unlink()
            except FileNotFoundError:
                pass  # another process was first

    def _path(self, sha256: str, extension: str) -> Path:
        return self.folder / sha256[:2] / f"{sha256}.{extension}"


def take_lock(file: IO[str]) -> bool:
    """Until the file is closed, or its process ends; False if another has it."""
    try:
        if sys.platform == "win32":
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return  # Windows cannot open a folder, and writes its entries through
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

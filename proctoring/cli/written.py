"""Files that come one by one, written to a folder or a ZIP file."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

File = tuple[str, bytes]  # "pictures/….jpg" and what is in it


def write(files: Iterable[File], target: Path) -> int:
    """How many. The target appears whole or not at all; readable by its owner alone.

    Raises OSError.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".export-") as folder:
        part = Path(folder) / "part"
        if target.suffix.lower() == ".zip":
            count = _write_zip(files, part)
        else:
            count = _write_folder(files, part)
        part.replace(target)
    return count


def _write_zip(files: Iterable[File], part: Path) -> int:
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with (
        os.fdopen(descriptor, "wb") as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name, data in files:
            archive.writestr(name, data)
        return len(archive.namelist())


def _write_folder(files: Iterable[File], part: Path) -> int:
    part.mkdir(mode=0o700)
    names = set()
    for name, data in files:
        path = part / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(data)
        names.add(name)
    return len(names)

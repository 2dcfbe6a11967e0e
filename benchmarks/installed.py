"""What distributions take on the disk, with all that they require, in this environment."""

from __future__ import annotations

import importlib.metadata as metadata
from collections.abc import Iterable, Iterator
from pathlib import Path

from packaging.requirements import Requirement

# Wheels that stand in for a source distribution of the same module.
WHEELS = {"dlib": "dlib-bin", "webrtcvad": "webrtcvad-wheels"}


def installed_mb(requirements: Iterable[str]) -> float:
    """Of files as installed, in MB; what is not there is left out. Raises InvalidRequirement."""
    found: set[str] = set()
    wanted = list(_names(requirements))
    while wanted:
        name = wanted.pop().lower().replace("_", "-")
        name = WHEELS.get(name, name)
        if name in found:
            continue
        try:
            more = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue  # for another system
        found.add(name)
        wanted += _names(more)
    return sum(map(_bytes, found)) / 1e6


def of_file(path: Path) -> list[str]:
    """The lines of a requirements file."""
    lines = (line.partition("  #")[0].strip() for line in path.read_text().splitlines())
    return [line for line in lines if line and line[0] not in "#-"]


def _names(requirements: Iterable[str]) -> Iterator[str]:
    for one in map(Requirement, requirements):
        if one.marker is None or one.marker.evaluate({"extra": ""}):
            yield one.name


def _bytes(distribution: str) -> int:
    paths = (Path(str(file.locate())) for file in metadata.files(distribution) or [])
    return sum(path.stat().st_size for path in paths if path.is_file())

"""The measurement in the data folder: of this machine, or none."""

from __future__ import annotations

import json
from pathlib import Path

from proctoring.capacity.figures import Capacity, from_json, to_json
from proctoring.capacity.machine import this_machine

NAME = "capacity.json"


def keep(found: Capacity, folder: Path) -> None:
    """Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / f"{NAME}.new"
    new.write_text(json.dumps(to_json(found), indent=2) + "\n", encoding="utf-8")
    new.replace(folder / NAME)


def kept(folder: Path) -> Capacity | None:
    """None where nothing was measured, or on another machine, or what is there is damaged."""
    try:
        told = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    found = from_json(told) if isinstance(told, dict) else None
    return found if found and found.machine == this_machine().id else None

"""Where the pictures, sounds and recordings of the tests are.

A few small ones with a clear licence are in tests/data. A larger set lies beside the
checkout, or where OPENPROCTOR_DATA says; the tests that need it are skipped by name without it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
SMALL = ROOT / "tests" / "data"
DATA = Path(os.environ.get("OPENPROCTOR_DATA", ROOT.parent / "shared" / "data"))

needs_data = pytest.mark.skipif(
    not DATA.exists(),
    reason=f"the large test material is not in {DATA}; OPENPROCTOR_DATA names another folder",
)


def scenarios() -> list[str]:
    """Names of the recorded exams of the large set; empty without it."""
    folder = DATA / "scenarios"
    return sorted(path.stem for path in folder.glob("*.mp4")) if folder.exists() else []


def scenario_events(name: str) -> list[dict[str, Any]]:
    """What happens in a scenario: event, start_s, end_s."""
    truth = json.loads((DATA / "scenarios" / f"{name}.json").read_text())
    return list(truth["events"])

"""How long a store takes to keep one occurrence and its picture.

    .venv/bin/python -m benchmarks.stores [--each 60] [--output FILE]

The embedded store in a temporary folder, and the Supabase store against the project that its
tests start on this machine (`make supabase-stack` first) or that OPENPROCTOR_TEST_SUPABASE_*
names. Each time is from the call to the return: what has returned is kept. Once for one
candidate and once for eight of one meeting at once, who share its revision.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from proctoring.ids import new_id
from proctoring.settings import SupabaseSettings
from proctoring.store import Store
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.store.supabase.store import SupabaseStore
from proctoring.types import Category, Evidence, Meeting, Occurrence, Participant, Severity

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import supabase_stack

PICTURE_BYTES = 60_000
START = datetime(2026, 1, 1, 9, tzinfo=UTC)


def join(store: Store, meeting_id: str) -> str:
    participant_id = new_id()
    store.add_participant(Participant(participant_id, meeting_id, "Ann", START))
    return participant_id


def make_meeting(store: Store) -> str:
    meeting_id = new_id()
    closes_at = START + timedelta(hours=2)
    store.add_meeting(
        Meeting(meeting_id, "Load", START, closes_at, 3600, ("faces",), "", "standard", START)
    )
    return meeting_id


def save(
    store: Store, meeting_id: str, participant_id: str, count: int
) -> list[tuple[float, float]]:
    """Seconds of each save of an occurrence, and of its evidence; one every two minutes."""
    times = []
    for i in range(count):
        opened_at = START + timedelta(minutes=2 * i)
        occurrence = Occurrence(
            id=new_id(),
            meeting_id=meeting_id,
            participant_id=participant_id,
            kind="multiple_faces",
            title="More than one face",
            summary="2 faces",
            advice="Make sure that you are alone.",
            category=Category.CONDUCT,
            severity=Severity.ALERT,
            weight=0.4,
            value=2.0,
            opened_at=opened_at,
            last_seen_at=opened_at,
        )
        data = random.randbytes(PICTURE_BYTES)
        sha256 = hashlib.sha256(data).hexdigest()
        picture = Evidence(new_id(), occurrence.id, opened_at, "image/jpeg", data, sha256)
        began = time.perf_counter()
        store.save_occurrence(occurrence)
        between = time.perf_counter()
        store.save_evidence(picture)
        times.append((between - began, time.perf_counter() - between))
    return times


def measure(store: Store, at_once: int, each: int) -> dict[str, float]:
    meeting_id = make_meeting(store)
    people = [join(store, meeting_id) for _ in range(at_once)]
    began = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        parts = pool.map(lambda person: save(store, meeting_id, person, each), people)
        times = np.array([pair for part in parts for pair in part])  # (n, 2), s
    whole_s = time.perf_counter() - began
    result = {"at_once": at_once, "saved": len(times), "per_s": round(len(times) / whole_s, 1)}
    for name, column in (
        ("occurrence", times[:, 0]),
        ("picture", times[:, 1]),
        ("both", times.sum(axis=1)),
    ):
        for percent in (50, 95):
            result[f"{name}_p{percent}_ms"] = round(float(np.percentile(column, percent)) * 1000, 1)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=60, help="occurrences of each candidate")
    parser.add_argument("--output", type=Path)
    asked = parser.parse_args()
    results: dict[str, list[dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        stores: dict[str, Callable[[], Store]] = {"sqlite": lambda: SqliteStore(Path(folder))}
        try:
            project = supabase_stack.project()
        except supabase_stack.Missing as missing:
            print(f"without Supabase: {missing}")
        else:
            settings = SupabaseSettings(project.url, project.secret_key)
            stores["supabase"] = lambda: SupabaseStore(settings)
        for name, make in stores.items():
            store = make()
            measure(store, 1, 5)  # connections are opened, and caches filled
            results[name] = [measure(store, at_once, asked.each) for at_once in (1, 8)]
            store.close()
    text = json.dumps(results, indent=2)
    print(text)
    if asked.output:
        asked.output.write_text(text + "\n")


if __name__ == "__main__":
    main()

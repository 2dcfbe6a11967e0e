"""What keeping records here first costs, and how fast they reach the remote store.

    PYTHONPATH=tests python -m benchmarks.outbox              # the remote store is SQLite
    PYTHONPATH=tests python -m benchmarks.outbox --supabase   # … the tests' own Supabase

The hour of a candidate is a busy one: an incident every two minutes with a picture and a
warning, every third with ten seconds of sound, and six signals, whose coverage is saved every
five seconds as in `pipeline.py` and changes its state once a minute.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import os
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from proctoring.ids import new_id
from proctoring.store import Store, StoreError
from proctoring.store.embedded.outbox import Outbox
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.store.synced.requeue import connect
from proctoring.store.synced.store import SyncedStore
from proctoring.types import (
    Category,
    CoverageSpan,
    Evidence,
    Measured,
    Meeting,
    Notice,
    Occurrence,
    Participant,
    Severity,
)

START = datetime(2026, 1, 1, 9, tzinfo=UTC)
CANDIDATES = 20
PICTURE, SOUND = 60_000, 320_000  # bytes; ten seconds of 16 kHz in 16 bits
SAVINGS = 300
SUSTAINED_S = 20.0
ENOUGH_WAITING = 300
SIGNALS = ("face_count", "speaker_count", "camera", "video", "microphone", "audio")


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def occurrence(candidate: str, opened_s: float, *, is_closed: bool) -> Occurrence:
    return Occurrence(
        id=new_id(),
        meeting_id="m",
        participant_id=candidate,
        kind="multiple_faces",
        title="More than one face",
        summary="2 faces",
        advice="Make sure that you are alone.",
        category=Category.CONDUCT,
        severity=Severity.WARNING,
        weight=0.2,
        value=2.0,
        opened_at=at(opened_s),
        last_seen_at=at(opened_s + 8),
        closed_at=at(opened_s + 10) if is_closed else None,
    )


def evidence(owner: Occurrence, size: int, media_type: str = "image/jpeg") -> Evidence:
    data = os.urandom(size)
    sha256 = hashlib.sha256(data).hexdigest()
    return Evidence(new_id(), owner.id, owner.opened_at, media_type, data, sha256)


def add_people(store: Store) -> list[str]:
    store.add_meeting(
        Meeting("m", "Algebra I", at(0), at(7200), 3600, ("faces",), "", "standard", START)
    )
    names = [new_id() for _ in range(CANDIDATES)]
    for name in names:
        store.add_participant(Participant(name, "m", "Ann Example", at(0)))
    return names


def write_hour(store: Store, candidate: str, *, as_it_grows: bool) -> int:
    """How many records were written. The last states alone, unless `as_it_grows`."""
    count = 0
    for minute in range(0, 60, 2):
        owner = occurrence(candidate, 60 * minute, is_closed=True)
        store.save_occurrence(owner)
        store.save_evidence(evidence(owner, PICTURE))
        store.save_notice(Notice(owner.id, owner.opened_at))
        count += 4  # it was opened before
        if minute % 6 == 0:
            store.save_evidence(evidence(owner, SOUND, "audio/wav"))
            count += 1
    for minute in range(60):
        spans = [
            CoverageSpan(
                new_id(), candidate, signal, state(minute), "", at(60 * minute), at(60 * minute + 5)
            )
            for signal in SIGNALS
        ]
        for end_s in range(5 if as_it_grows else 60, 61, 5):
            end = at(60 * minute + end_s)
            store.save_coverage([grown(span, end) for span in spans])
        count += 12
    return count


def state(minute: int) -> Measured:
    return Measured.DEGRADED if minute % 2 else Measured.MEASURED


def grown(span: CoverageSpan, end: datetime) -> CoverageSpan:
    return CoverageSpan(
        span.id, span.participant_id, span.signal, span.state, span.reason, span.started_at, end
    )


def nowhere() -> Store:
    raise StoreError("The line is cut.")


def measure_saving(folder: Path) -> str:
    """On the way that a session's writer takes, while the remote store cannot be reached."""
    store = SyncedStore(SqliteStore(folder / "saving"), nowhere)
    candidate = add_people(store)[0]
    took = []
    for number in range(SAVINGS):
        owner = occurrence(candidate, 5 * number, is_closed=False)
        picture = evidence(owner, PICTURE)
        begun = time.perf_counter()
        store.save_occurrence(owner)
        store.save_evidence(picture)
        took.append(1000 * (time.perf_counter() - begun))
    store.close()
    return (
        f"an incident with a picture of {PICTURE // 1000} kB is on the disk, to be sent, in"
        f" {percentile(took, 50):.1f} ms (p50), {percentile(took, 95):.1f} ms (p95)"
    )


def measure_sustained(folder: Path, remote: Callable[[], Store]) -> str:
    """What reaches the remote store while one thread writes faster than any exam."""
    store = SyncedStore(SqliteStore(folder / "sustained"), remote)
    names = add_people(store)
    stop = threading.Event()
    written = 0

    def produce() -> None:
        nonlocal written
        for number in itertools.count():
            owner = occurrence(names[number % len(names)], number, is_closed=True)
            store.save_occurrence(owner)
            store.save_evidence(evidence(owner, PICTURE))
            store.save_notice(Notice(owner.id, owner.opened_at))
            written += 3
            while store.waiting > ENOUGH_WAITING and not stop.is_set():
                time.sleep(0.02)
            if stop.is_set():
                return

    thread = threading.Thread(target=produce)
    thread.start()
    time.sleep(2)
    begun, before = time.perf_counter(), written - store.waiting
    time.sleep(SUSTAINED_S)
    sent = written - store.waiting - before
    took_s = time.perf_counter() - begun
    stop.set()
    thread.join()
    figures = (
        f"while records are written: {sent / took_s:.0f} records/s reach the remote store"
        f" ({sent} in {took_s:.0f} s, a third of them pictures), {store.refused} refused"
    )
    store.close()
    return figures


def measure_outage(folder: Path, remote: Callable[[], Store]) -> str:
    local = SqliteStore(folder / "outage")
    connect(local.database, "Supabase", local.has_file)
    outbox = Outbox(local.database)
    names = add_people(local)
    before = outbox.summary().waiting
    written = write_hour(local, names[0], as_it_grows=True)
    rows = outbox.summary().waiting - before
    for name in names[1:]:
        write_hour(local, name, as_it_grows=False)
    assert outbox.summary().waiting - before == rows * len(names), "the last states are the rows"
    begun = time.perf_counter()
    outbox.due(datetime.now(UTC))
    looking_ms = 1000 * (time.perf_counter() - begun)
    waiting = outbox.summary().waiting
    begun = time.perf_counter()
    store = SyncedStore(local, remote)
    while store.waiting:
        time.sleep(0.1)
    took_s = time.perf_counter() - begun
    refused = store.refused
    store.close()
    return (
        f"an hour of outage with {CANDIDATES} candidates: {written * CANDIDATES} writes are"
        f" {waiting} rows, sent in {took_s:.0f} s ({waiting / took_s:.0f} records/s),"
        f" {refused} refused; to find what is due took {looking_ms:.1f} ms"
    )


def percentile(values: Sequence[float], percent: int) -> float:
    return sorted(values)[len(values) * percent // 100]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--supabase", action="store_true", help="the tests' own Supabase")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(measure_saving(folder), flush=True)
        for measure in (measure_sustained, measure_outage):
            print(
                measure(
                    folder / measure.__name__, remote(folder, arguments.supabase, measure.__name__)
                ),
                flush=True,
            )


def remote(folder: Path, is_supabase: bool, name: str) -> Callable[[], Store]:
    """An empty one."""
    if not is_supabase:
        return lambda: SqliteStore(folder / name / "remote")
    import supabase_stack

    from proctoring.settings import SupabaseSettings
    from proctoring.store.supabase.store import SupabaseStore

    project = supabase_stack.project()
    project.empty()
    return lambda: SupabaseStore(SupabaseSettings(project.url, project.secret_key))


if __name__ == "__main__":
    main()

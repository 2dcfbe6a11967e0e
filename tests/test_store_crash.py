"""What a save told as done is there after SIGKILL at any instant.

    OPENPROCTOR_KILLS=500 python -m pytest tests/test_store_crash.py -s

kills more often than the default and prints what was counted. Run as a script, this file is
the program that gets killed. (SIGKILL leaves what the system has in memory; that a commit is
also on the disk is the matter of `synchronous = FULL` and of the fsyncs in `files.py`.)
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from making import at, occurrence
from stores import add_people, evidence, meeting

from proctoring.folding import fold
from proctoring.store.embedded.migrate import scripts
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.types import Notice

KILLS = int(os.environ.get("OPENPROCTOR_KILLS", "25"))
ROOT = Path(__file__).parent.parent
LONGEST_LIFE_S = 0.25  # after the first sign of life
PICTURE_BYTES = 60_000


def save_for_ever(data: Path) -> None:
    """A line for each record, after it was saved and not before."""
    store = SqliteStore(data, busy_timeout_s=60)
    print("ready", flush=True)
    for i in range(10**9):
        opened_s = random.randrange(7200)
        owner = occurrence(opened_s, kind=random.choice("abc"), last_seen_at=at(opened_s + 1))
        picture = evidence(owner.id, os.urandom(PICTURE_BYTES))
        begun = time.perf_counter()
        store.save_occurrence(owner)
        print("occurrence", owner.id, flush=True)
        store.save_evidence(picture)
        took_ms = 1000 * (time.perf_counter() - begun)
        print("evidence", picture.id, picture.sha256, took_ms, flush=True)
        store.save_notice(Notice(owner.id, at(opened_s + 1)))
        print("notice", owner.id, flush=True)
        if i % 2:
            store.save_occurrence(replace(owner, closed_at=at(opened_s + 2)))
            print("closing", owner.id, flush=True)


def make_stores_for_ever(folder: Path) -> None:
    print("ready", flush=True)
    for i in range(10**9):
        SqliteStore(folder / str(i)).close()
        print("made", i, flush=True)


def kill(*arguments: str, processes: int = 1) -> list[list[str]]:
    """Start the script, kill it at a random instant, and give what it had told, in words."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, __file__, *arguments]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        for _ in range(processes)
    ]
    for process in running:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    time.sleep(random.uniform(0, LONGEST_LIFE_S))
    for process in running:
        process.send_signal(signal.SIGKILL)
    told = [process.communicate()[0] for process in running]
    assert all(process.returncode == -signal.SIGKILL for process in running)
    lines = (line for text in told for line in text.splitlines(keepends=True))
    return [line.split() for line in lines if line.endswith("\n")]  # a cut line told nothing


def check(data: Path, told: list[list[str]], kills: int) -> str:
    """The store holds all that was told, once and whole. A line with the figures."""
    by_kind: dict[str, list[str]] = {"occurrence": [], "evidence": [], "notice": [], "closing": []}
    hashes: dict[str, str] = {}
    took_ms: list[float] = []
    for kind, record_id, *more in told:
        by_kind[kind].append(record_id)
        if kind == "evidence":
            hashes[record_id] = more[0]
            took_ms.append(float(more[1]))
    with closing(SqliteStore(data)) as store:
        with store._database.read() as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        incidents = store.feed("m").incidents
        occurrences = [member for incident in incidents for member in incident.occurrences]
        times = Counter(member.id for member in occurrences)
        refs = store.evidence_list(list(times))
        notices = {notice.occurrence_id for notice in store.notices(list(times))}
        stored = {
            "occurrence": set(times),
            "evidence": {ref.id for ref in refs},
            "notice": notices,
            "closing": {member.id for member in occurrences if member.closed_at},
        }
        lost = {kind: set(ids) - stored[kind] for kind, ids in by_kind.items()}
        assert not any(lost.values()), lost
        assert max(times.values(), default=1) == 1
        assert len({ref.id for ref in refs}) == len(refs)
        for kind, ids in by_kind.items():
            assert len(stored[kind]) - len(ids) <= kills, "only what was in hand goes untold"
        for ref in refs:
            assert hashes.get(ref.id, ref.sha256) == ref.sha256, "told and stored differ"
            assert len(store.evidence(ref.id).data) == ref.size  # which proves its hash, too
        assert {i.id: i for i in incidents} == {i.id: i for i in fold(occurrences)}
    files = [path for path in (data / "evidence").glob("*/*") if path.suffix != ".part"]
    assert len(files) - len(refs) <= kills
    return (
        f"{kills} kills; {len(told)} records told as saved, lost 0, duplicates 0; stored:"
        f" {len(times)} occurrences in {len(incidents)} incidents, {len(refs)} pictures; an"
        f" occurrence with its picture took {percentile(took_ms, 50):.1f} ms (p50),"
        f" {percentile(took_ms, 95):.1f} ms (p95)"
    )


def percentile(values: list[float], percent: int) -> float:
    return sorted(values)[len(values) * percent // 100] if values else float("nan")


def test_what_was_told_as_saved_survives_a_kill(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with closing(SqliteStore(data)) as store:
        add_people(store, "m", "p")
    told: list[list[str]] = []
    for number in range(1, KILLS + 1):
        told += kill("save", str(data))
        if number % 5 == 0 or number == KILLS:
            figures = check(data, told, number)
    print("\none writer:", figures)


def test_two_processes_that_write_survive_a_kill(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with closing(SqliteStore(data)) as store:
        add_people(store, "m", "p")
    told: list[list[str]] = []
    rounds = max(1, KILLS // 8)
    for _ in range(rounds):
        told += kill("save", str(data), processes=2)
    print("\ntwo writers:", check(data, told, 2 * rounds))


def test_a_kill_while_a_store_is_made_leaves_one_that_opens(tmp_path: Path) -> None:
    halfway = made = 0
    rounds = max(1, KILLS // 8)
    for number in range(rounds):
        folder = tmp_path / str(number)
        told = kill("make", str(folder))
        made += len(told)
        for data in unfinished(folder, len(told)):
            halfway += 1
            with closing(SqliteStore(data)) as store:
                store.add_meeting(meeting())
                assert store.meeting("m") == meeting()
    print(f"\nmaking: {rounds} kills, {made} stores made, {halfway} were in the making")


def unfinished(folder: Path, made: int) -> Iterator[Path]:
    """The store that was in the making. Its steps were applied wholly or not at all."""
    data = folder / str(made)
    if data.exists():
        if (data / "openproctor.db").exists():
            with closing(sqlite3.connect(data / "openproctor.db")) as db:
                version = db.execute("PRAGMA user_version").fetchone()[0]
                tables = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
            assert version in (0, len(scripts()))
            assert (version == 0) == (tables == 0)
        yield data


if __name__ == "__main__":
    {"save": save_for_ever, "make": make_stores_for_ever}[sys.argv[1]](Path(sys.argv[2]))

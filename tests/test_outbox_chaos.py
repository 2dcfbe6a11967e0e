"""Two servers watch the same candidates, are killed, and the line to the remote store fails.

    OPENPROCTOR_KILLS=200 python -m pytest tests/test_outbox_chaos.py -s

kills more often than the default and prints what was counted. Run as a script, this file is
the server that gets killed.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import supabase_stack
from faults import DOWN, LOST, Faulty, at_random
from making import at, occurrence

from proctoring.audit import chain
from proctoring.folding import fold
from proctoring.ids import new_id
from proctoring.store import Store, StoreError
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.store.synced.store import SyncedStore
from proctoring.types import AuditEvent, CoverageSpan, Evidence, Measured, Meeting, Notice
from proctoring.types import Participant as Person

STUCK_S = 60.0  # nothing went out for so long, on a line that works
KILLS = int(os.environ.get("OPENPROCTOR_KILLS", "20"))
ROOT = Path(__file__).parent.parent
SERVERS = ("one", "two")
CANDIDATES = ("p0", "p1", "p2", "p3")
LONGEST_LIFE_S = {"": 1.2, "supabase": 3.0}  # after the first sign of life
SHORTEST_PICTURE, LONGEST_PICTURE = 5_000, 40_000  # bytes


def remote_store(folder: Path, address: str) -> Store:
    """The embedded one, or a Supabase project at this address."""
    if not address:
        return SqliteStore(folder / "remote", busy_timeout_s=60)
    from proctoring.settings import SupabaseSettings
    from proctoring.store.supabase.store import SupabaseStore

    url, key = address.split()
    return SupabaseStore(SupabaseSettings(url, key))


# --- the server that gets killed -----------------------------------------------------------


def serve(folder: Path, name: str, address: str) -> None:
    faults: Counter[str] = Counter()
    fault = at_random()

    def remote() -> Store:
        line = Faulty(remote_store(folder, address), lambda verb: fault(verb))
        line.faults = faults
        return line.as_store()

    local = SqliteStore(folder / name, busy_timeout_s=60)
    store = SyncedStore(local, remote, pull_every_s=0.1)
    for candidate in CANDIDATES:
        threading.Thread(target=watch, args=(store, candidate), daemon=True).start()
    tell("ready")
    while True:
        fault = random.choice([at_random(), at_random(down=1.0, lost=0, slow=0)])
        time.sleep(random.uniform(0.1, 0.4))
        tell("faults", *(str(faults.pop(kind, 0)) for kind in (DOWN, LOST)))


def watch(store: Store, candidate: str) -> None:
    while True:
        try:
            watch_once(store, candidate)
        except StoreError:  # before the first pull, a candidate of the remote store is not here
            tell("not now")
        time.sleep(random.uniform(0, 0.1))


def watch_once(store: Store, candidate: str) -> None:
    """A line for each record, after it was saved and not before."""
    opened_s = random.randrange(7200)
    owner = occurrence(
        opened_s,
        participant_id=candidate,
        kind=random.choice("abc"),
        last_seen_at=at(opened_s + 1),
    )
    store.save_occurrence(owner)
    tell("occurrence", owner.id)
    data = os.urandom(random.randint(SHORTEST_PICTURE, LONGEST_PICTURE))
    sha256 = hashlib.sha256(data).hexdigest()
    picture = Evidence(new_id(), owner.id, at(opened_s), "image/jpeg", data, sha256)
    store.save_evidence(picture)
    tell("evidence", picture.id, sha256)
    store.save_notice(Notice(owner.id, at(opened_s + 1)))
    tell("notice", owner.id)
    measured = Measured.MEASURED
    span = CoverageSpan(
        new_id(), candidate, "face_count", measured, "", at(opened_s), at(opened_s + 10)
    )
    store.save_coverage([span])
    tell("coverage", span.id)
    if random.random() < 0.5:
        store.save_occurrence(replace(owner, closed_at=at(opened_s + 2)))
        tell("closing", owner.id)
    kept = AuditEvent(new_id(), "m", at(opened_s), "server", "evidence.kept", picture.id)
    store.append_audit(kept)
    tell("audit", kept.id)


def tell(*words: str) -> None:
    os.write(1, (" ".join(words) + "\n").encode())  # one write: threads do not mix


# --- the test ------------------------------------------------------------------------------


def live_and_die(folder: Path, address: str) -> list[list[str]]:
    """Both servers, killed at random instants; what they had told, in words."""
    command = [sys.executable, __file__, str(folder)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    running = [
        subprocess.Popen(
            [*command, name, address], stdout=subprocess.PIPE, text=True, env=environment
        )
        for name in SERVERS
    ]
    longest_s = LONGEST_LIFE_S["supabase" if address else ""]
    first_lines = []
    for process in running:
        assert process.stdout
        while (line := process.stdout.readline()) != "ready\n":
            assert line, "a server ended by itself"
            first_lines.append(line)
    for process in random.sample(running, 2):
        time.sleep(random.uniform(0, longest_s / 2))
        process.send_signal(signal.SIGKILL)
    told = [process.communicate()[0] for process in running]
    assert all(process.returncode == -signal.SIGKILL for process in running)
    lines = [*first_lines, *(line for text in told for line in text.splitlines(keepends=True))]
    return [line.split() for line in lines if line.endswith("\n")]  # a cut line told nothing


def check(folder: Path, remote: Store, told: list[list[str]]) -> str:
    """The remote store holds all that was told, once and whole. A line with the figures."""
    ids: dict[str, set[str]] = {
        kind: {words[1] for words in told if words[0] == kind}
        for kind in ("occurrence", "evidence", "notice", "coverage", "closing", "audit")
    }
    hashes = {words[1]: words[2] for words in told if words[0] == "evidence"}
    incidents = remote.feed("m").incidents
    occurrences = [member for incident in incidents for member in incident.occurrences]
    times = Counter(member.id for member in occurrences)
    owners = sorted(times)
    refs = [
        ref for i in range(0, len(owners), 200) for ref in remote.evidence_list(owners[i : i + 200])
    ]
    notices = [n for i in range(0, len(owners), 200) for n in remote.notices(owners[i : i + 200])]
    log = remote.audit_log("m")
    stored = {
        "occurrence": set(times),
        "evidence": {ref.id for ref in refs},
        "notice": {notice.occurrence_id for notice in notices},
        "coverage": {span.id for name in CANDIDATES for span in remote.coverage(name)},
        "closing": {member.id for member in occurrences if member.closed_at},
        "audit": {entry.event.id for entry in log},
    }
    lost = {kind: ids[kind] - stored[kind] for kind in ids}
    assert not any(lost.values()), lost
    assert max(times.values()) == 1
    assert len({ref.id for ref in refs}) == len(refs)
    assert len(stored["audit"]) == len(log)
    assert chain.broken_at(log) is None
    assert {i.id: i for i in incidents} == {i.id: i for i in fold(occurrences)}
    for ref in refs:
        data = remote.evidence(ref.id).data
        assert hashlib.sha256(data).hexdigest() == hashes.get(ref.id, ref.sha256) == ref.sha256
    if (folder / "remote").exists():
        files = [
            path for path in (folder / "remote" / "evidence").glob("*/*") if path.suffix != ".part"
        ]
        assert len(files) == len(refs), "a file without a record, or a record without a file"
    count = sum(len(kind) for kind in ids.values())
    return (
        f"{count} records told as saved, lost 0, twice 0; in the remote store:"
        f" {len(times)} occurrences in {len(incidents)} incidents, {len(refs)} pictures,"
        f" {len(log)} entries of one chain"
    )


def add_people(remote: Store) -> None:
    remote.add_meeting(
        Meeting("m", "Algebra I", at(0), at(7200), 3600, ("faces",), "", "standard", at(0))
    )
    for name in CANDIDATES:
        remote.add_participant(Person(name, "m", "Ann", at(1)))


def survive(folder: Path, address: str, told: list[list[str]]) -> None:
    left = drain(folder, address)
    with closing(remote_store(folder, address)) as remote:
        figures = check(folder, remote, told)
    down, unanswered = (
        sum(int(words[column]) for words in told if words[0] == "faults") for column in (1, 2)
    )
    print(
        f"\n{down} calls failed, {unanswered} answers lost; {figures};"
        f" {left} records waited at the end"
    )


def drain(folder: Path, address: str) -> int:
    """Start both servers again, on a line that works; how much waited on them."""
    left = 0
    for name in SERVERS:
        remote = remote_store(folder, address)
        with closing(SyncedStore(SqliteStore(folder / name), lambda r=remote: r)) as store:  # type: ignore[misc]
            left += store.waiting
            store.participants("m")
            fewest, give_up_at = store.waiting, time.monotonic() + STUCK_S
            while store.waiting and time.monotonic() < give_up_at:
                if store.waiting < fewest:
                    fewest, give_up_at = store.waiting, time.monotonic() + STUCK_S
                time.sleep(0.05)
            assert (store.waiting, store.refused) == (0, 0)
    return left


def test_nothing_that_was_saved_is_lost_or_doubled(tmp_path: Path) -> None:
    with closing(remote_store(tmp_path, "")) as remote:
        add_people(remote)
    drain(tmp_path, "")  # both servers get to know the candidates
    told = [
        words for _ in range(max(1, KILLS // len(SERVERS))) for words in live_and_die(tmp_path, "")
    ]
    survive(tmp_path, "", told)


def test_nor_is_it_with_supabase(tmp_path: Path) -> None:
    try:
        project = supabase_stack.project()
    except supabase_stack.Missing as missing:
        pytest.skip(f"there is no Supabase here: {missing}")
    project.empty()
    stop = threading.Event()

    def break_the_line() -> None:
        while not project.is_live and not stop.wait(random.uniform(0.1, 0.5)):
            kind = random.choice(["503", "429", "reset", "lost", "slow"])
            project.fault(kind, times=random.randint(1, 10), delay_s=0.2)

    address = f"{project.url} {project.secret_key}"
    with closing(remote_store(tmp_path, address)) as remote:
        add_people(remote)
    drain(tmp_path, address)  # both servers get to know the candidates
    breaking = threading.Thread(target=break_the_line)
    breaking.start()
    try:
        told = [
            words
            for _ in range(max(1, KILLS // (8 * len(SERVERS))))
            for words in live_and_die(tmp_path, address)
        ]
    finally:
        stop.set()
        breaking.join()
    if not project.is_live:
        project.fault("none")
    survive(tmp_path, address, told)


if __name__ == "__main__":
    serve(Path(sys.argv[1]), sys.argv[2], sys.argv[3])

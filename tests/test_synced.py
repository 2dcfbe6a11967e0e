"""Two servers and the remote store that they share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from faults import DOWN, FINE, LOST, Faulty
from making import at, occurrence
from stores import add_people, at_once, capability, event, evidence, meeting, participant, span

from proctoring.audit import chain
from proctoring.store import Rejected, Store, StoreError, Unknown
from proctoring.store.embedded.outbox import Outbox
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.store.synced.store import SyncedStore
from proctoring.types import Notice, Role


class Site:
    """A remote store, and servers that use it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.remote = SqliteStore(folder / "remote")
        self.line = Faulty(self.remote)
        self.servers: list[SyncedStore] = []

    def server(self, name: str) -> SyncedStore:
        local = SqliteStore(self.folder / name)
        server = SyncedStore(local, self.line.as_store, pull_every_s=0.02)
        self.servers.append(server)
        return server

    def cut(self) -> None:
        self.line.fault = lambda verb: DOWN

    def mend(self) -> None:
        self.line.fault = lambda verb: FINE

    def close(self) -> None:
        for server in self.servers:
            server.close()
        self.remote.close()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr("proctoring.store.synced.puller.PARTICIPANTS_EVERY_S", 0.05)
    monkeypatch.setattr("proctoring.store.synced.puller.RIGHTS_EVERY_S", 0.05)
    site = Site(tmp_path)
    yield site
    site.close()


@pytest.fixture
def here(site: Site) -> SyncedStore:
    """With meeting "m" and its participant "p", who are in the remote store."""
    here = site.server("here")
    add_people(here, "m", "p")
    settle(here)
    return here


@pytest.fixture
def there(site: Site, here: SyncedStore) -> SyncedStore:
    return site.server("there")


def settle(*servers: SyncedStore) -> None:
    for server in servers:
        wait_until(lambda server=server: not server.waiting)  # type: ignore[misc]


def wait_until(is_so: Callable[[], object]) -> None:
    for _ in range(1000):
        if is_so():
            return
        time.sleep(0.01)
    pytest.fail("waited for ten seconds")


def bytes_of(site: Site, name: str) -> list[Path]:
    return list((site.folder / name / "evidence").glob("*/*"))


# --- what one writes, the others read ------------------------------------------------------


def test_what_one_server_writes_the_other_reads(here: SyncedStore, there: SyncedStore) -> None:
    opened = occurrence(0)
    picture = evidence(opened.id)
    assert there.feed("m").incidents == ()
    here.save_occurrence(opened)
    here.save_evidence(picture)
    here.save_notice(Notice(opened.id, at(1)))
    here.save_coverage([span()])
    here.start("p", at(2))
    settle(here)
    wait_until(lambda: there.notices([opened.id]))
    assert [i.first for i in there.feed("m").incidents] == [opened]
    assert there.evidence(picture.id) == picture
    assert there.evidence_meeting(picture.id) == "m"
    assert len(there.coverage("p")) == 1
    wait_until(lambda: there.participant("p").started_at == at(2))


def test_the_feed_of_the_other_server_goes_on(here: SyncedStore, there: SyncedStore) -> None:
    seen = there.feed("m").revision
    for seconds in (0, 700, 1400):
        here.save_occurrence(occurrence(seconds))
        wait_until(lambda seen=seen: there.feed("m", seen).incidents)  # type: ignore[misc]
        feed = there.feed("m", seen)
        assert [i.opened_at for i in feed.incidents] == [at(seconds)]
        seen = feed.revision


def test_both_watch_one_candidate_and_fold_alike(here: SyncedStore, there: SyncedStore) -> None:
    def watch(server: Store, first_s: int) -> None:
        for seconds in range(first_s, 1800, 60):
            server.save_occurrence(occurrence(seconds))

    at_once(lambda: watch(here, 0), lambda: watch(there, 30))
    settle(here, there)
    wait_until(lambda: sum(i.count for i in there.feed("m").incidents) == 60)
    wait_until(lambda: sum(i.count for i in here.feed("m").incidents) == 60)
    by_time = [sorted(s.feed("m").incidents, key=lambda i: i.opened_at) for s in (here, there)]
    assert by_time[0] == by_time[1]
    assert [incident.count for incident in by_time[0]] == [20, 20, 20]


def test_what_is_pulled_is_not_sent_again(here: SyncedStore, there: SyncedStore) -> None:
    here.save_occurrence(occurrence(0))
    settle(here)
    wait_until(lambda: there.feed("m").incidents)
    assert there.waiting == 0


def test_pictures_of_the_other_server_are_not_kept(
    site: Site, here: SyncedStore, there: SyncedStore
) -> None:
    owner = occurrence(0)
    picture = evidence(owner.id)
    here.save_occurrence(owner)
    here.save_evidence(picture)
    settle(here)
    assert there.evidence(picture.id) == picture
    assert bytes_of(site, "there") == []
    site.cut()
    with pytest.raises(StoreError, match="503"):
        there.evidence(picture.id)
    assert here.evidence(picture.id) == picture


def test_a_candidate_comes_back_to_another_server(here: SyncedStore, there: SyncedStore) -> None:
    token = capability(role=Role.CANDIDATE, participant_id="p")
    here.add_capability(token)
    here.start("p", at(2))
    left_open = occurrence(5)
    here.save_occurrence(left_open)
    settle(here)
    assert there.capability_by_token(token.token_hash) == token
    assert there.participant("p").started_at == at(2)
    assert there.open_occurrences("p") == [left_open]
    there.save_occurrence(replace(left_open, closed_at=left_open.last_seen_at))
    there.finish("p", at(90), "submitted")
    settle(there)
    here.participants("m")
    wait_until(lambda: here.participant("p").finished_at)
    wait_until(lambda: not here.open_occurrences("p"))


def test_the_first_to_arrive_decides_when_a_candidate_finished(
    site: Site, here: SyncedStore, there: SyncedStore
) -> None:
    there.participants("m")
    site.cut()
    here.finish("p", at(50), "submitted")
    site.remote.finish("p", at(60), "time is up")
    site.mend()
    settle(here)
    here.participants("m")
    wait_until(lambda: here.participant("p").finish_reason == "time is up")
    wait_until(lambda: there.participant("p").finished_at == at(60))


def test_what_is_revoked_on_one_server_ends_on_the_other(
    here: SyncedStore, there: SyncedStore
) -> None:
    proctor = capability()
    here.add_capability(proctor)
    settle(here)
    assert there.capability(proctor.id).revoked_at is None
    here.revoke(proctor.id, at(9))
    wait_until(lambda: there.capability(proctor.id).revoked_at == at(9))


def test_meetings_of_all_servers_are_listed(here: SyncedStore, there: SyncedStore) -> None:
    there.add_meeting(meeting(id="n", created_at=at(1)))
    assert [m.id for m in there.meetings()] == ["m", "n"]
    assert there.participants("m") == [participant()]


# --- the line is cut -----------------------------------------------------------------------


def test_an_exam_goes_on_while_the_line_is_cut(site: Site, here: SyncedStore) -> None:
    site.cut()
    add_people(here, "n", "q")
    kept = occurrence(0, meeting_id="n", participant_id="q")
    picture = evidence(kept.id)
    here.save_occurrence(kept)
    here.save_evidence(picture)
    here.start("q", at(1))
    assert [i.first for i in here.feed("n").incidents] == [kept]
    assert here.evidence(picture.id) == picture
    assert here.participants("n")[0].started_at == at(1)
    assert here.waiting == 5
    site.mend()
    settle(here)
    assert site.remote.feed("n").incidents[0].first == kept
    assert site.remote.evidence(picture.id) == picture


def test_a_server_starts_while_the_remote_store_cannot_be_made(site: Site) -> None:
    def make() -> Store:
        if not reachable:
            raise StoreError("Supabase cannot be reached: getaddrinfo failed.")
        return site.remote

    reachable: list[bool] = []
    with closing(SyncedStore(SqliteStore(site.folder / "early"), make)) as early:
        add_people(early, "m", "p")
        assert early.meeting("m") == meeting()
        assert early.waiting == 2
        reachable.append(True)
        settle(early)


def test_what_is_not_here_is_unknown_only_if_the_remote_store_says_so(
    site: Site, here: SyncedStore, there: SyncedStore
) -> None:
    with pytest.raises(Unknown):
        there.meeting("nowhere")
    assert there.capability_by_token("of nobody") is None
    site.cut()
    for ask in (
        lambda: there.participant("p"),
        lambda: there.meeting("nowhere"),
        lambda: there.capability("x"),
        lambda: there.capability_by_token("of nobody"),
        lambda: there.incident("x"),
        lambda: there.save_occurrence(occurrence(0)),
    ):
        with pytest.raises(StoreError, match="503") as told:
            ask()
        assert not isinstance(told.value, Unknown)
    site.mend()
    assert there.participant("p") == participant()


def test_the_proctor_is_told_what_waits_and_since_when(
    site: Site, here: SyncedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proctoring.store.synced.problems.UNTOLD", -at(0).resolution)
    assert here.problem == ""
    site.cut()
    for seconds in range(3):
        here.save_occurrence(occurrence(seconds))
    wait_until(lambda: here.problem)
    assert "UTC; 3 records wait on this server and are shown here." in here.problem
    assert here.problem.startswith("Supabase cannot be reached since ")
    site.mend()
    settle(here)
    here.participants("m")
    wait_until(lambda: here.problem == "")


def test_the_proctor_is_told_what_was_refused(site: Site, here: SyncedStore) -> None:
    taken = occurrence(0)
    site.remote.save_occurrence(replace(taken, kind="no_face"))
    here.save_occurrence(taken)
    wait_until(lambda: here.refused)
    assert here.problem.startswith(
        "Supabase refused 1 record that is kept on this server alone. The last: The id"
    )


def test_closing_sends_what_waits(site: Site, here: SyncedStore) -> None:
    for seconds in range(30):
        here.save_occurrence(occurrence(seconds))
    here.close()
    assert site.remote.feed("m").incidents[0].count == 30


# --- a remote store from a backup ----------------------------------------------------------


def test_a_remote_store_from_a_backup_is_told_what_it_lost(
    site: Site, here: SyncedStore, tmp_path: Path
) -> None:
    kept = occurrence(0)
    here.save_occurrence(kept)
    here.save_evidence(evidence(kept.id))
    here.append_audit(event())
    settle(here)
    here.feed("m")
    wait_until(lambda: here._inbox.revision("m") == site.remote.feed("m").revision)
    restored = SqliteStore(tmp_path / "backup")
    add_people(restored, "m")
    site.line._store = restored
    wait_until(lambda: restored.feed("m").incidents)
    settle(here)
    assert restored.participants("m") == [participant()]
    assert len(restored.evidence_of("p")) == 1
    assert len(restored.audit_log("m")) == 1
    assert here.refused == 0
    site.line._store = site.remote
    restored.close()


# --- the log -------------------------------------------------------------------------------


def test_the_log_of_all_servers_is_one_chain(here: SyncedStore, there: SyncedStore) -> None:
    def write(server: Store) -> None:
        for _ in range(10):
            server.append_audit(event())

    at_once(lambda: write(here), lambda: write(there))
    settle(here, there)
    log = here.audit_log("m")
    assert len(log) == 20
    assert chain.broken_at(log) is None
    assert there.audit_log("m") == log


def test_a_log_that_is_not_whole_is_not_shown(
    site: Site, here: SyncedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proctoring.store.synced.store.LOG_WAIT_S", 0.1)
    site.line.fault = lambda verb: DOWN if verb == "append_audit" else FINE
    here.append_audit(event())
    with pytest.raises(StoreError, match="not whole"):
        here.audit_log("m")


# --- keys ----------------------------------------------------------------------------------


def test_the_first_key_of_all_servers_is_kept(here: SyncedStore, there: SyncedStore) -> None:
    keys: list[str] = []
    at_once(
        lambda: keys.append(here.add_key("p", "of here")),
        lambda: keys.append(there.add_key("p", "of there")),
    )
    assert len(set(keys)) == 1
    assert here.key("p") == there.key("p") == keys[0]


def test_no_key_is_given_out_that_could_lose(
    site: Site, here: SyncedStore, there: SyncedStore
) -> None:
    there.participant("p")
    site.cut()
    for server in (here, there):
        with pytest.raises(StoreError, match="503"):
            server.add_key("p", "mine")
        with pytest.raises(StoreError, match="503"):
            server.key("p")
    here.add_participant(participant(id="q"))  # whom nobody else can know
    assert here.key("q") is None
    assert here.add_key("q", "of q") == "of q"
    site.mend()
    settle(here)
    assert there.key("q") == "of q"
    assert there.add_key("q", "another") == "of q"


def test_a_key_that_lost_after_all_is_told(site: Site, here: SyncedStore) -> None:
    """Its participant had arrived, and the answer was lost, before the line was cut."""
    site.line.fault = lambda verb: LOST if verb == "add_participant" else DOWN
    here.add_participant(participant(id="q"))
    wait_until(lambda: site.remote.participants("m")[1:])
    here.add_key("q", "of here")
    site.remote.add_key("q", "of there")
    site.mend()
    wait_until(lambda: here.refused)
    assert "opens on this server alone" in here.problem
    assert here.key("q") == "of here"


# --- erasure -------------------------------------------------------------------------------


def test_what_is_erased_on_one_server_is_erased_on_all(
    site: Site, here: SyncedStore, there: SyncedStore
) -> None:
    here.add_key("p", "wrapped")
    owner = occurrence(0)
    picture = evidence(owner.id)
    here.save_occurrence(owner)
    here.save_evidence(picture)
    settle(here)
    there.erase("p", at(100))
    here.participants("m")
    wait_until(lambda: here.participant("p").erased_at == at(100))
    wait_until(lambda: bytes_of(site, "here") == [])
    assert bytes_of(site, "remote") == []
    for server in (here, there):
        assert server.participant("p").name == ""
        assert server.key("p") is None
        with pytest.raises(Unknown):
            server.evidence(picture.id)
    settle(there)
    assert there.refused == 0


def test_an_erasure_reaches_meetings_that_nobody_reads(
    site: Site, here: SyncedStore, there: SyncedStore
) -> None:
    here.add_participant(participant(id="q"))
    for name in "pq":
        owner = occurrence(0, participant_id=name)
        here.save_occurrence(owner)
        here.save_evidence(evidence(owner.id, name.encode()))
    settle(here)
    assert len(bytes_of(site, "here")) == 2
    here.close()
    there.erase("p", at(100))
    there.erase_evidence("q")
    site.server("here")  # the sweep after the start
    wait_until(lambda: bytes_of(site, "here") == [])


def test_an_erasure_that_was_cut_short_is_finished(site: Site, here: SyncedStore) -> None:
    owner = occurrence(0)
    picture = evidence(owner.id)
    here.save_occurrence(owner)
    here.save_evidence(picture)
    settle(here)
    (path,) = bytes_of(site, "here")
    here.erase_evidence("p")
    path.write_bytes(picture.data)  # as if it had not been removed yet
    here.close()
    site.server("here")
    wait_until(lambda: bytes_of(site, "here") == [])


def test_a_hold_of_another_server_stops_an_erasure(here: SyncedStore, there: SyncedStore) -> None:
    owner = occurrence(0)
    here.save_occurrence(owner)
    here.save_evidence(evidence(owner.id))
    settle(here)
    there.hold("m", "appeal 7")
    with pytest.raises(Rejected, match="appeal 7"):
        here.erase("p", at(100))
    with pytest.raises(Rejected, match="appeal 7"):
        here.erase_evidence("p")
    assert here.participant("p") == participant()
    wait_until(lambda: here.held("m") == "appeal 7")
    there.hold("m", "")
    assert here.erase_evidence("p") == 1


def test_nothing_is_erased_or_held_while_the_line_is_cut(site: Site, here: SyncedStore) -> None:
    site.cut()
    for ask in (
        lambda: here.erase("p", at(1)),
        lambda: here.erase_evidence("p"),
        lambda: here.hold("m", "appeal 7"),
    ):
        with pytest.raises(StoreError, match="503"):
            ask()
    assert here.participant("p") == participant()
    assert Outbox(here._local.database).summary().waiting == 0


def test_erasing_once_more_finishes_what_was_begun(site: Site, here: SyncedStore) -> None:
    owner = occurrence(0)
    here.save_occurrence(owner)
    here.save_evidence(evidence(owner.id))
    settle(here)
    site.line.fault = lambda verb: LOST if verb == "erase" else FINE
    with pytest.raises(StoreError):
        here.erase("p", at(1))
    site.mend()
    here.erase("p", at(2))
    assert here.participant("p").erased_at
    assert bytes_of(site, "here") == bytes_of(site, "remote") == []

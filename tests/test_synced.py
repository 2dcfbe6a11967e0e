"""Two servers and the remote store that they share."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from making import at, occurrence
from sites import Site, bytes_of, here, settle, site, there
from stores import add_people, at_once, capability, event, evidence, meeting, participant, span
from waiting import wait_until

from proctoring.store import Store, StoreError, Unknown
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.store.synced.store import SyncedStore
from proctoring.types import Notice, Role

__all__ = ["here", "site", "there"]  # the fixtures


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

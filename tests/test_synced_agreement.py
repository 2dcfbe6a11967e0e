"""What servers that share a remote store have to agree on: the log, keys, holds, erasures."""

from __future__ import annotations

import pytest
from faults import DOWN, FINE, LOST
from making import at, occurrence
from sites import Site, bytes_of, here, settle, site, there
from stores import at_once, event, evidence, participant
from waiting import wait_until

from proctoring.audit import chain
from proctoring.store import Rejected, Store, StoreError, Unknown
from proctoring.store.embedded.outbox import Outbox
from proctoring.store.synced.store import SyncedStore

__all__ = ["here", "site", "there"]  # the fixtures


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
    monkeypatch.setattr("proctoring.store.synced.verbs.meetings.LOG_WAIT_S", 0.1)
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

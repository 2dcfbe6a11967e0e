"""What every store promises of who may do what, of the log and of erasure."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from making import at, occurrence
from stores import add_people, at_once, capability, event, evidence, meeting, participant, store

from proctoring.audit import chain
from proctoring.store import Rejected, Store, Unknown
from proctoring.types import AuditEntry, Role

__all__ = ["store"]  # the fixture


# --- who may do what -----------------------------------------------------------------------


def test_a_capability_comes_back_by_its_id_and_by_its_token(store: Store) -> None:
    given = capability(expires_at=at(99), role=Role.REVIEWER)
    store.add_capability(given)
    assert store.capability(given.id) == given
    assert store.capability_by_token(given.token_hash) == given
    assert store.capability_by_token("of nobody") is None


def test_a_meeting_and_a_participant_come_with_their_capabilities(store: Store) -> None:
    examiner = capability(meeting_id="n", role=Role.EXAMINER)
    proctor = capability(meeting_id="n", created_at=at(1))
    store.add_meeting(meeting(id="n"), examiner, proctor)
    own = capability(meeting_id="n", role=Role.CANDIDATE, participant_id="q", created_at=at(2))
    store.add_participant(participant(id="q", meeting_id="n"), own)
    assert store.capabilities("n") == [examiner, proctor, own]
    assert store.capabilities("m") == []


def test_a_token_is_of_one_capability(store: Store) -> None:
    store.add_capability(capability(token_hash="same"))
    with pytest.raises(Rejected):
        store.add_participant(
            participant(id="q"),
            capability(token_hash="same", role=Role.CANDIDATE, participant_id="q"),
        )
    with pytest.raises(Unknown):
        store.participant("q")


def test_a_capability_cannot_be_taken_over(store: Store) -> None:
    given = capability()
    store.add_capability(given)
    store.add_capability(given)
    for other in (replace(given, role=Role.EXAMINER), replace(given, token_hash="mine")):
        with pytest.raises(Rejected):
            store.add_capability(other)
    assert store.capability(given.id) == given


@pytest.mark.parametrize(
    "changes",
    [
        {"role": Role.CANDIDATE},
        {"participant_id": "p"},
        {"role": Role.CANDIDATE, "participant_id": "of the other meeting"},
        {"token_hash": ""},
    ],
)
def test_a_capability_that_makes_no_sense_is_rejected(
    store: Store, changes: dict[str, object]
) -> None:
    add_people(store, "n", "of the other meeting")
    with pytest.raises(Rejected):
        store.add_capability(capability(**changes))
    assert store.capabilities("m") == []


def test_the_first_revocation_counts_and_survives_a_repeated_adding(store: Store) -> None:
    given = capability()
    store.add_capability(given)
    store.revoke(given.id, at(10))
    store.revoke(given.id, at(20))
    store.add_capability(given)
    found = store.capability(given.id)
    assert found == replace(given, revoked_at=at(10))
    assert not found.is_valid(at(9))


def test_no_hash_is_ever_shown(store: Store) -> None:
    given = capability(token_hash="hash of a token")
    store.add_capability(given)
    assert "hash of a token" not in repr(store.capability(given.id))


# --- the log -------------------------------------------------------------------------------


def test_the_log_is_a_chain_for_each_meeting(store: Store) -> None:
    add_people(store, "n", "q")
    events = [event(subject=str(number)) for number in range(5)]
    for one in events:
        store.append_audit(one)
        store.append_audit(event(meeting_id="n"))
    entries = store.audit_log("m")
    assert [entry.event for entry in entries] == events
    assert chain.broken_at(entries) is None
    assert store.audit_log("m", after=3) == entries[3:]
    assert chain.broken_at(store.audit_log("n")) is None


def test_appending_an_event_again_changes_nothing(store: Store) -> None:
    given, other = event(), event()
    for one in (given, other, given):
        store.append_audit(one)
    assert [entry.event for entry in store.audit_log("m")] == [given, other]
    with pytest.raises(Rejected):
        store.append_audit(replace(given, detail="something else"))


def test_those_who_append_at_once_make_one_chain(store: Store) -> None:
    events = [event() for _ in range(12)]
    at_once(*(partial(store.append_audit, one) for one in events))
    entries = store.audit_log("m")
    assert chain.broken_at(entries) is None
    assert {entry.event.id for entry in entries} == {one.id for one in events}


def test_a_changed_a_missing_and_an_inserted_entry_break_the_chain(store: Store) -> None:
    for _ in range(4):
        store.append_audit(event())
    entries = store.audit_log("m")
    forged = replace(entries[1], event=replace(entries[1].event, detail="nothing happened"))
    assert chain.broken_at([entries[0], forged, *entries[2:]]) == 2
    assert chain.broken_at([entries[0], *entries[2:]]) == 2
    made_up = AuditEntry(event(), 2, "0" * 64)
    assert chain.broken_at([entries[0], made_up, *entries[1:]]) == 2
    assert chain.broken_at([]) is None


# --- erasure -------------------------------------------------------------------------------


def test_the_first_key_is_kept(store: Store) -> None:
    assert store.key("p") is None
    assert store.add_key("p", "wrapped") == "wrapped"
    assert store.add_key("p", "another") == "wrapped"
    assert store.key("p") == "wrapped"


def test_erased_is_name_key_token_and_every_byte_but_not_what_was_counted(store: Store) -> None:
    own = capability(role=Role.CANDIDATE, participant_id="p")
    store.add_capability(own)
    store.add_key("p", "wrapped")
    kept = occurrence(0)
    store.save_occurrence(kept)
    picture = evidence(kept.id)
    store.save_evidence(picture)
    store.erase("p", at(100))
    store.erase("p", at(200))
    assert store.participant("p") == participant(name="", erased_at=at(100))
    assert store.key("p") is None
    assert store.capability(own.id).revoked_at == at(100)
    with pytest.raises(Unknown, match="erased"):
        store.evidence(picture.id)
    assert [ref.is_erased for ref in store.evidence_of("p")] == [True]
    assert [incident.id for incident in store.feed("m").incidents] == [kept.id]


def test_what_comes_late_does_not_undo_an_erasure(store: Store) -> None:
    late = occurrence(0)
    store.save_occurrence(late)
    store.erase("p", at(100))
    store.add_participant(participant())
    assert store.participant("p").name == ""
    with pytest.raises(Rejected, match="erased"):
        store.add_key("p", "wrapped")
    with pytest.raises(Rejected, match="erased"):
        store.save_evidence(evidence(late.id))


def test_evidence_can_be_erased_before_the_rest(store: Store) -> None:
    store.add_participant(participant(id="q"))
    mine, other = occurrence(0), occurrence(0, participant_id="q")
    for owner in (mine, other):
        store.save_occurrence(owner)
    pictures = [evidence(mine.id), evidence(mine.id, b"two"), evidence(other.id)]
    for picture in pictures:
        store.save_evidence(picture)
    assert store.erase_evidence("p") == 2
    assert store.erase_evidence("p") == 0
    for picture in pictures[:2]:
        with pytest.raises(Unknown):
            store.evidence(picture.id)
    assert store.evidence(pictures[2].id) == pictures[2]  # it has the same bytes as the first
    assert store.participant("p") == participant()


def test_nothing_is_erased_while_a_meeting_is_held(store: Store) -> None:
    kept = occurrence(0)
    store.save_occurrence(kept)
    picture = evidence(kept.id)
    store.save_evidence(picture)
    assert store.held("m") == ""
    store.hold("m", "appeal 7")
    store.hold("m", "appeal 8")
    assert store.held("m") == "appeal 8"
    for erase in (partial(store.erase, "p", at(1)), partial(store.erase_evidence, "p")):
        with pytest.raises(Rejected, match="appeal 8"):
            erase()
    assert store.evidence(picture.id) == picture
    store.hold("m", "")
    assert store.held("m") == ""
    assert store.erase_evidence("p") == 1

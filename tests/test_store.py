"""What every store promises of meetings, participants, evidence and coverage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from making import at, occurrence
from stores import add_people, capability, event, evidence, meeting, participant, span, store

from proctoring.store import Rejected, Store, StoreError, Unknown
from proctoring.types import Measured, Notice

__all__ = ["store"]  # the fixture


# --- meetings ------------------------------------------------------------------------------


def test_a_meeting_comes_back_as_it_was_given(store: Store) -> None:
    given_ = meeting(id="other", opens_at=at(0) + timedelta(microseconds=1), signals=())
    store.add_meeting(given_)
    assert store.meeting("other") == given_
    assert store.meeting("m") == meeting()


def test_meetings_are_listed_in_the_order_of_making(store: Store) -> None:
    store.add_meeting(meeting(id="older", created_at=at(-99_999)))
    store.add_meeting(meeting(id="newer", created_at=at(0)))
    assert [m.id for m in store.meetings()] == ["older", "m", "newer"]


def test_adding_a_meeting_again_changes_nothing(store: Store) -> None:
    store.add_meeting(meeting())
    assert store.meeting("m") == meeting()


def test_a_meeting_cannot_be_taken_over(store: Store) -> None:
    with pytest.raises(Rejected):
        store.add_meeting(meeting(title="Algebra II"), capability(id="mine"))
    assert store.meeting("m") == meeting()
    with pytest.raises(Unknown):
        store.capability("mine")


def test_a_meeting_that_closes_before_it_opens_is_rejected(store: Store) -> None:
    with pytest.raises(Rejected):
        store.add_meeting(meeting(id="odd", closes_at=at(-1)))
    with pytest.raises(Unknown):
        store.meeting("odd")


# --- participants --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "Ann",
        " ",
        "x" * 120,
        "😀" * 120,
        "Robert'); DROP TABLE participant; --",
        "<script>alert(1)</script>",
        "a\x00b",
        "\x00",
        "علي \u202e é e\u0301",
        '{"$ref": 1}',
        "%_*?",
        "NULL",
        "two\nlines",
    ],
)
def test_a_name_is_just_data(store: Store, name: str) -> None:
    given_ = participant(id="q", name=name)
    store.add_participant(given_)
    assert store.participant("q") == given_


@pytest.mark.parametrize("name", ["", "x" * 2001, "\ud800"])
def test_a_name_that_is_no_name_is_rejected(store: Store, name: str) -> None:
    with pytest.raises(Rejected):
        store.add_participant(participant(id="q", name=name))
    assert [p.id for p in store.participants("m")] == ["p"]


def test_every_field_of_a_participant_comes_back(store: Store) -> None:
    given_ = participant(
        id="q",
        consent_at=at(2),
        consent_version="2026-01",
        started_at=at(3),
        finished_at=at(4),
        finish_reason="submitted",
    )
    store.add_participant(given_)
    assert store.participant("q") == given_


def test_a_time_of_another_zone_is_the_same_moment(store: Store) -> None:
    there = datetime(2026, 1, 1, 12, 0, 0, 1, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    store.add_participant(participant(id="q", joined_at=there))
    assert store.participant("q").joined_at == there
    assert store.participant("q").joined_at.utcoffset() == timedelta(0)


def test_participants_are_listed_in_the_order_of_joining(store: Store) -> None:
    store.add_participant(participant(id="later", joined_at=at(9)))
    store.add_participant(participant(id="earlier", joined_at=at(0)))
    assert [p.id for p in store.participants("m")] == ["earlier", "p", "later"]


def test_a_participant_cannot_be_taken_over(store: Store) -> None:
    with pytest.raises(Rejected):
        store.add_participant(participant(name="Eve"), capability(id="mine"))
    assert store.participant("p") == participant()
    with pytest.raises(Unknown):
        store.capability("mine")


def test_adding_a_participant_again_does_not_undo_the_start(store: Store) -> None:
    store.start("p", at(10))
    store.add_participant(participant())
    assert store.participant("p").started_at == at(10)


def test_the_first_start_and_the_first_finish_count(store: Store) -> None:
    for seconds, reason in ((10, "submitted"), (20, "time is up")):
        store.start("p", at(seconds))
        store.finish("p", at(seconds + 1), reason)
    assert store.participant("p") == participant(
        started_at=at(10), finished_at=at(11), finish_reason="submitted"
    )


# --- evidence and notices ------------------------------------------------------------------


@pytest.mark.parametrize("media_type", ["image/jpeg", "audio/wav"])
@pytest.mark.parametrize("data", [b"", b"\x00", bytes(range(256)) * 300])
def test_evidence_comes_back_as_it_was_given(store: Store, media_type: str, data: bytes) -> None:
    owner = occurrence(0)
    store.save_occurrence(owner)
    given_ = evidence(owner.id, data, media_type=media_type)
    store.save_evidence(given_)
    assert store.evidence(given_.id) == given_
    assert store.evidence_meeting(given_.id) == "m"


def test_one_picture_can_be_the_evidence_of_two_occurrences(store: Store) -> None:
    for owner in (occurrence(0), occurrence(0, kind="no_face")):
        store.save_occurrence(owner)
        given_ = evidence(owner.id)
        store.save_evidence(given_)
        assert store.evidence(given_.id) == given_


def test_evidence_is_listed_without_its_bytes_in_the_order_of_capture(store: Store) -> None:
    owner, other = occurrence(0), occurrence(0, kind="no_face")
    store.save_occurrence(owner)
    store.save_occurrence(other)
    late, early = evidence(owner.id, b"late", captured_at=at(9)), evidence(owner.id, b"earl")
    for given_ in (late, early, evidence(other.id, b"x")):
        store.save_evidence(given_)
    refs = store.evidence_list([owner.id, "nobody"])
    assert [(r.id, r.captured_at) for r in refs] == [(e.id, e.captured_at) for e in (early, late)]
    assert all(r.size >= 4 and len(r.sha256) == 64 for r in refs)  # of the bytes as they are kept
    assert store.evidence_list([]) == []
    assert len(store.evidence_list([owner.id, other.id] * 20_000)) == 3


def test_evidence_with_a_wrong_hash_is_rejected(store: Store) -> None:
    owner = occurrence(0)
    store.save_occurrence(owner)
    with pytest.raises(Rejected, match="hash"):
        store.save_evidence(evidence(owner.id, sha256="0" * 64))
    assert store.evidence_list([owner.id]) == []


def test_evidence_of_an_unknown_type_is_rejected(store: Store) -> None:
    owner = occurrence(0)
    store.save_occurrence(owner)
    with pytest.raises(Rejected, match="text/html"):
        store.save_evidence(evidence(owner.id, media_type="text/html"))


def test_an_id_is_of_one_evidence(store: Store) -> None:
    owner = occurrence(0)
    store.save_occurrence(owner)
    given_ = evidence(owner.id)
    store.save_evidence(given_)
    with pytest.raises(Rejected):
        store.save_evidence(evidence(owner.id, b"another picture", id=given_.id))
    assert store.evidence(given_.id) == given_


def test_the_first_showing_of_a_warning_counts(store: Store) -> None:
    owner = occurrence(0)
    store.save_occurrence(owner)
    for seconds in (5, 3, 9):
        store.save_notice(Notice(owner.id, at(seconds)))
    assert store.notices([owner.id]) == [Notice(owner.id, at(3))]
    assert store.notices([]) == []


# --- coverage ------------------------------------------------------------------------------


def test_coverage_comes_back_in_the_order_of_starting(store: Store) -> None:
    late = span(started_at=at(10), ended_at=at(20), state=Measured.DEGRADED, reason="too dark")
    early = span()
    store.save_coverage([late, early])
    assert store.coverage("p") == [early, late]


def test_a_span_grows_and_never_shrinks(store: Store) -> None:
    given_ = span()
    for end in (10, 30, 20):
        store.save_coverage([replace(given_, ended_at=at(end))])
    assert store.coverage("p") == [replace(given_, ended_at=at(30))]


def test_spans_are_saved_all_or_none(store: Store) -> None:
    with pytest.raises(Rejected):
        store.save_coverage([span(), span(ended_at=at(-1))])
    store.save_coverage([])
    assert store.coverage("p") == []


# --- what is not there ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "ask",
    [
        lambda s: s.meeting("x"),
        lambda s: s.add_capability(capability(meeting_id="x")),
        lambda s: s.capability("x"),
        lambda s: s.capabilities("x"),
        lambda s: s.revoke("x", at(0)),
        lambda s: s.add_participant(participant(id="q", meeting_id="x")),
        lambda s: s.participant("x"),
        lambda s: s.participants("x"),
        lambda s: s.start("x", at(0)),
        lambda s: s.finish("x", at(0), "submitted"),
        lambda s: s.save_occurrence(occurrence(0, participant_id="x")),
        lambda s: s.save_occurrence(occurrence(0, meeting_id="x")),
        lambda s: s.save_evidence(evidence("x")),
        lambda s: s.save_notice(Notice("x", at(0))),
        lambda s: s.feed("x"),
        lambda s: s.feed("m", participant_id="x"),
        lambda s: s.incident("x"),
        lambda s: s.evidence("x"),
        lambda s: s.evidence_meeting("x"),
        lambda s: s.open_occurrences("x"),
        lambda s: s.save_coverage([span(participant_id="x")]),
        lambda s: s.coverage("x"),
        lambda s: s.append_audit(event(meeting_id="x")),
        lambda s: s.audit_log("x"),
        lambda s: s.add_key("x", "key"),
        lambda s: s.key("x"),
        lambda s: s.hold("x", "court"),
        lambda s: s.held("x"),
        lambda s: s.evidence_of("x"),
        lambda s: s.erase_evidence("x"),
        lambda s: s.erase("x", at(0)),
    ],
)
def test_what_is_not_there_is_unknown(store: Store, ask: Callable[[Store], object]) -> None:
    with pytest.raises(Unknown):
        ask(store)


def test_a_participant_of_another_meeting_is_unknown(store: Store) -> None:
    add_people(store, "n", "q")
    with pytest.raises(Unknown):
        store.save_occurrence(occurrence(0, participant_id="q"))


def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.meeting("m")

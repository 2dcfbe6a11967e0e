"""What every store promises of what an examiner keeps beside an exam."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from exams import office_record as record
from faults import DOWN, FINE
from making import at
from sites import Site, here, settle, site, there
from stores import add_people, meeting, participant, store
from waiting import wait_until

from proctoring.sealing import Sealer
from proctoring.store import Rejected, Store, StoreError, Unknown
from proctoring.store.contents import LONGEST_OFFICE, LONGEST_SEALED_OFFICE
from proctoring.store.embedded.sqlite import DATABASE, SqliteStore
from proctoring.store.rewrap import rewrap
from proctoring.store.sealed import SealedStore
from proctoring.store.settled import POLICY, STATE, SettledStore, as_made, policy_to
from proctoring.store.synced.store import SyncedStore
from proctoring.types import Policy

__all__ = ["here", "site", "store", "there"]


def test_records_come_back_by_kind_and_in_the_order_of_saving(store: Store) -> None:
    first, second = record(id="z", token_hash="z"), record(id="a", token_hash="a")
    version = record(id="v", kind="policy", token_hash="")
    store.save_office([first, second, version])
    assert store.office("m", "policy", "invitation") == [version, first, second]
    assert store.office("m", "other") == []
    assert store.invited("m") == ["z", "a"]


def test_a_record_is_found_by_the_hash_of_its_secret_and_by_no_empty_one(store: Store) -> None:
    one = record()
    store.save_office([one, record(id="r", token_hash="")])
    assert store.office_by_token("hash of q") == [one]
    assert store.office_by_token("other") == store.office_by_token("") == []
    assert store.invited("m") == ["q"]


def test_the_highest_revision_counts_in_whatever_order_they_come(store: Store) -> None:
    newer = record(revision=2, token_hash="new")
    for one in (record(), newer, record(), newer):
        store.save_office([one])
    assert store.office("m", "invitation") == [newer]
    assert store.office_by_token("hash of q") == []
    with pytest.raises(Rejected, match="somebody else"):
        store.save_office([replace(newer, content="{}")])


@pytest.mark.parametrize("changes", [{"meeting_id": "n"}, {"kind": "policy"}])
def test_an_id_is_of_one_meeting_and_one_kind(store: Store, changes: dict[str, object]) -> None:
    add_people(store, "n")
    store.save_office([record()])
    with pytest.raises(Rejected, match="another record"):
        store.save_office([replace(record(revision=2), **changes)])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {"id": ""},
        {"kind": ""},
        {"actor": ""},
        {"content": ""},
        {"revision": 0},
        {"content": "x" * (LONGEST_SEALED_OFFICE + 1)},
        {"id": "\udc80"},
    ],
)
def test_a_record_that_is_none_is_rejected_with_those_beside_it(
    store: Store, changes: dict[str, object]
) -> None:
    with pytest.raises(Rejected):
        store.save_office([record(id="fine"), replace(record(), **changes)])  # type: ignore[arg-type]
    assert store.office("m", "invitation") == []


def test_records_of_nothing_are_unknown(store: Store) -> None:
    for ask in (
        lambda: store.office("x", "policy"),
        lambda: store.invited("x"),
        lambda: store.erase_office("x"),
        lambda: store.save_office([record(meeting_id="x")]),
    ):
        with pytest.raises(Unknown):
            ask()


# --- before anyone ---------------------------------------------------------------------------


def test_what_is_for_all_changes_as_long_as_nobody_has_come(store: Store) -> None:
    version = record(id="v", kind="policy", token_hash="")
    with pytest.raises(Rejected, match="it stays as it is for all"):
        store.save_office([version], before_anyone=True)
    add_people(store, "n")
    store.save_office([replace(version, meeting_id="n")], before_anyone=True)
    assert store.office("m", "policy") == []
    assert [one.id for one in store.office("n", "policy")] == ["v"]


def test_who_was_erased_before_they_began_does_not_count_and_who_began_does(store: Store) -> None:
    store.erase("p", at(9))
    store.save_office([record(id="v", kind="policy", token_hash="")], before_anyone=True)
    store.add_participant(participant(id="other"))
    store.start("other", at(10))
    store.erase("other", at(20))
    with pytest.raises(Rejected, match="begun"):
        store.save_office([record(id="w", kind="policy", token_hash="")], before_anyone=True)


# --- the end -------------------------------------------------------------------------------


def test_an_erased_record_is_gone_with_its_link_and_no_more_is_taken(store: Store) -> None:
    store.save_office([record()])
    store.erase_office("q")
    assert store.office("m", "invitation") == store.office_by_token("hash of q") == []
    assert store.invited("m") == []
    with pytest.raises(Rejected, match="erased"):
        store.save_office([record(revision=2)])
    store.erase_office("q")


def test_an_invitation_goes_with_whoever_came_by_it(store: Store) -> None:
    store.save_office([record(id="p")])
    store.erase("p", at(9))
    assert store.office("m", "invitation") == []


def test_a_hold_keeps_records(store: Store) -> None:
    store.save_office([record()])
    store.hold("m", "appeal 7")
    with pytest.raises(Rejected, match="hold"):
        store.erase_office("q")
    assert store.office("m", "invitation") == [record()]


# --- sealing -------------------------------------------------------------------------------


@pytest.fixture
def inner(tmp_path: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore(tmp_path / "inner")) as store:
        add_people(store, "m")
        yield store


def test_the_store_inside_sees_no_name_of_who_is_invited(
    inner: SqliteStore, caplog: pytest.LogCaptureFixture
) -> None:
    sealed = SealedStore(inner, Sealer(bytes(32)))
    version = record(id="v", kind="policy", token_hash="", content='{"preset": "strict"}')
    sealed.save_office([record(), version])
    (kept,) = inner.office("m", "invitation")
    assert kept.content.startswith("sealed:")
    assert "Zoë" not in kept.content
    assert inner.office("m", "policy") == [version], "which names nobody"
    sealed.save_office([record(revision=2, token_hash="new")])
    (newer,) = inner.office("m", "invitation")
    assert newer.content.split(":")[1] == kept.content.split(":")[1], "under the same key"
    assert sealed.office("m", "invitation") == [record(revision=2, token_hash="new")]
    inner.save_office([replace(newer, id="put there later", token_hash="")])
    assert len(sealed.office("m", "invitation")) == 1
    assert "the record put there later cannot be opened" in caplog.text


def test_one_that_is_no_object_or_too_long_to_be_sealed_is_rejected(inner: SqliteStore) -> None:
    sealed = SealedStore(inner, Sealer(bytes(32)))
    long = '{"name": "' + "x" * LONGEST_OFFICE + '"}'
    for content in ("[]", "x", long):
        with pytest.raises(Rejected):
            sealed.save_office([record(content=content)])


def test_another_sealing_key_opens_invitations_too(tmp_path: Path) -> None:
    old, new = Sealer(bytes(32)), Sealer(bytes([7]) * 32)
    with closing(SealedStore(SqliteStore(tmp_path), old)) as sealed:
        add_people(sealed, "m")
        sealed.save_office([record()])
    assert (tmp_path / DATABASE).exists()
    assert rewrap(tmp_path, old, new).old == 1
    with closing(SealedStore(SqliteStore(tmp_path), new)) as sealed:
        assert sealed.office("m", "invitation") == [record()]


# --- as a meeting is settled now -------------------------------------------------------------


def test_a_meeting_is_given_out_with_its_newest_policy_and_proved_as_it_was_made(
    store: Store,
) -> None:
    outside = SettledStore(store)
    add_people(store, "n")
    policy = Policy(frozenset({"book"}), phrases=("hey",), thresholds=("no_face.enter_after_s=9",))
    changed = replace(meeting(id="n"), preset="strict", signals=("faces",), policy=policy)
    said = json.dumps(policy_to(changed))
    version = record(id="v2", meeting_id="n", kind=POLICY, token_hash="", content=said)
    store.save_office([version])
    state = record(id="s", meeting_id="n", kind=STATE, token_hash="", content='{"archived": true}')
    store.save_office([state])
    assert outside.meeting("n") == changed
    assert as_made(outside, "n") == store.meeting("n") == meeting(id="n")
    assert changed in outside.meetings()
    store.save_office([replace(state, revision=2, content='{"invited_only": true}')])
    assert outside.meeting("n").journey.invited_only


def test_thresholds_are_kept_with_the_policy_of_a_meeting(store: Store) -> None:
    policy = Policy(phrases=("hey siri",), thresholds=("no_face.weight=0", "talking.enter_at=5"))
    given = meeting(id="n", policy=policy)
    store.add_meeting(given)
    store.add_meeting(given)
    assert store.meeting("n") == given


# --- several servers -----------------------------------------------------------------------


def test_who_is_invited_here_comes_in_there_and_who_is_revoked_there_not_here(
    here: SyncedStore, there: SyncedStore
) -> None:
    here.save_office([record()])
    settle(here)
    assert there.office_by_token("hash of q") == [record()]
    there.save_office([record(revision=2, token_hash="new")])
    settle(there)
    assert here.office_by_token("hash of q") == []
    assert here.office_by_token("new")[0].revision == 2
    assert here.invited("m") == there.invited("m") == ["q"]
    assert here.refused == there.refused == 0


def test_a_policy_that_was_changed_there_counts_here(
    site: Site, here: SyncedStore, there: SyncedStore
) -> None:
    add_people(here, "n")
    settle(here)
    there.save_office([record(id="v", meeting_id="n", kind="policy")], before_anyone=True)
    wait_until(lambda: len(here.office("n", "policy")) == 1)


def test_nothing_changes_for_all_while_nobody_can_be_asked_who_has_come(
    site: Site, here: SyncedStore
) -> None:
    add_people(here, "n")
    settle(here)
    site.cut()
    with pytest.raises(StoreError):
        here.save_office([record(id="v", meeting_id="n", kind="policy")], before_anyone=True)
    add_people(here, "new")
    here.save_office([record(id="w", meeting_id="new", kind="policy")], before_anyone=True)
    site.mend()
    settle(here)
    assert [one.id for one in site.remote.office("new", "policy")] == ["w"]


def test_who_was_erased_here_while_their_record_was_on_its_way_is_not_invited(
    site: Site, here: SyncedStore
) -> None:
    site.line.fault = lambda verb: DOWN if verb == "save_office" else FINE
    here.save_office([record()])
    here.erase_office("q")
    site.remote.save_office([record()])  # it arrives after the erasure was asked for there
    assert here.invited("m") == []


def test_an_erasure_reaches_the_other_store(site: Site, here: SyncedStore) -> None:
    here.save_office([record()])
    settle(here)
    here.erase_office("q")
    assert site.remote.office("m", "invitation") == here.office("m", "invitation") == []
    settle(here)
    assert here.refused == 0

"""What is allowed in a meeting, and what a candidate is known again by: alike in every store."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from faults import FINE
from making import at
from sites import Site, here, settle, site, there
from stores import (
    add_people,
    at_once,
    enrolled,
    meeting,
    participant,
    store,
    supabase_project,
    supabase_store,
)
from waiting import wait_until

from proctoring.audit import events
from proctoring.sealing import Sealer
from proctoring.store import Rejected, Store, StoreError, Unknown
from proctoring.store.contents import LONGEST_ENROLMENT, LONGEST_KIND, LONGEST_SEALED_ENROLMENT
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.store.sealed import SealedStore
from proctoring.store.synced.store import SyncedStore
from proctoring.types import Journey, Policy

__all__ = ["here", "site", "store", "there"]  # the fixtures

POLICIES = (
    Policy(),
    Policy(may_look_down=True),
    Policy(frozenset({"book", "tv", "cell phone"})),
    Policy(may_speak=False),
    Policy(frozenset({"Bücher \ue000 \x00", '"]'}), may_look_down=True),
    Policy(phrases=("hey siri", "what’s the answer"), may_speak=False),
)


# --- what is allowed -----------------------------------------------------------------------


@pytest.mark.parametrize("policy", POLICIES)
def test_what_is_allowed_comes_back(store: Store, policy: Policy) -> None:
    given = meeting(id="n", policy=policy)
    for _ in range(2):
        store.add_meeting(given)
    assert store.meeting("n") == given
    assert store.meetings()[-1].policy == policy


def test_the_same_meeting_allows_nothing_else(store: Store) -> None:
    with pytest.raises(Rejected, match="another meeting"):
        store.add_meeting(meeting(policy=Policy()))
    assert store.meeting("m") == meeting()


def test_so_long_a_list_is_rejected(store: Store) -> None:
    with pytest.raises(Rejected):
        store.add_meeting(meeting(id="n", policy=Policy(frozenset({"x" * 4000}))))


def test_another_server_allows_the_same(here: SyncedStore, there: SyncedStore) -> None:
    given = meeting(id="n", policy=POLICIES[2])
    here.add_meeting(given)
    settle(here)
    assert there.meeting("n") == given


def test_what_is_allowed_is_proved_by_the_log_and_older_entries_still_hold() -> None:
    details = {events.kept(meeting(policy=policy))[0].detail for policy in POLICIES}
    assert len(details) == len(POLICIES)
    # As it was written before a meeting had a policy or a journey.
    before = "b2455ac6569ddf3b"
    assert events.kept(meeting(policy=Policy(), journey=Journey()))[0].detail.startswith(before)


@pytest.fixture
def database() -> Iterator[psycopg.Connection]:
    with supabase_project().database() as database:
        yield database


@pytest.mark.parametrize(
    "policy",
    [
        "[]",
        "null",
        '{"allowed_objects": {}}',
        '{"allowed_objects": "book"}',
        '{"may_look_down": 1}',
        '{"phrases": {}}',
        '{"phrases": "hey siri"}',
        '{"phrases": [true], "may_look_down": true}',
        '{"allowed_objects": [1], "may_look_down": true}',
        '{"allowed_objects": [], "may_look_down": null}',
    ],
)
def test_supabase_refuses_what_is_no_policy(
    database: psycopg.Connection, tmp_path: Path, policy: str
) -> None:
    with closing(supabase_store(tmp_path)) as store:
        add_people(store, "m", "p")
        with pytest.raises(psycopg.errors.CheckViolation):
            database.execute("update meeting set policy = %s::jsonb", (policy,))
        assert store.meeting("m") == meeting()


# --- what a candidate is known again by ----------------------------------------------------


def test_it_comes_back_by_kind(store: Store) -> None:
    assert store.enrolments("p") == []
    gaze = enrolled(kind="gaze", content=bytes(range(256)))
    for given in (gaze, enrolled()):
        store.save_enrolment(given)
    assert store.enrolments("p") == [enrolled(), gaze]


@pytest.mark.parametrize("seed", range(3))
def test_the_newest_counts_in_whatever_order_they_come(store: Store, seed: int) -> None:
    given = [enrolled(second, b"%d" % second) for second in range(6)] * 2
    random.Random(seed).shuffle(given)
    for one in given:
        store.save_enrolment(one)
    assert store.enrolments("p") == [enrolled(5, b"5")]


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": ""},
        {"kind": "x" * (LONGEST_KIND + 1)},
        {"kind": "\ud800"},
        {"content": b""},
        {"content": bytes(LONGEST_SEALED_ENROLMENT + 1)},
    ],
)
def test_what_is_none_is_rejected(store: Store, changes: dict[str, Any]) -> None:
    with pytest.raises(Rejected):
        store.save_enrolment(replace(enrolled(), **changes))
    assert store.enrolments("p") == []


@pytest.mark.parametrize(
    "changes", [{"content": bytes(LONGEST_ENROLMENT)}, {"kind": "\x00" * LONGEST_KIND}]
)
def test_one_as_long_as_may_be_comes_back(store: Store, changes: dict[str, Any]) -> None:
    store.save_enrolment(replace(enrolled(), **changes))
    assert store.enrolments("p") == [replace(enrolled(), **changes)]


def test_that_of_nobody_is_unknown(store: Store) -> None:
    for ask in (
        lambda: store.save_enrolment(enrolled(participant_id="x")),
        lambda: store.enrolments("x"),
        lambda: store.enrolled("x"),
        lambda: store.erase_enrolments("x"),
    ):
        with pytest.raises(Unknown):
            ask()


def test_of_whom_something_is_kept_is_told_by_meeting(store: Store) -> None:
    add_people(store, "n", "r")
    store.add_participant(participant(id="q", name="Bob"))
    for name in "qpr":
        store.save_enrolment(enrolled(participant_id=name))
        store.save_enrolment(enrolled(participant_id=name, kind="gaze"))
    assert (store.enrolled("m"), store.enrolled("n")) == (["p", "q"], ["r"])


def finish(store: Store) -> None:
    store.finish("p", at(100), "submitted")


def erase(store: Store) -> None:
    store.erase("p", at(100))


@pytest.mark.parametrize("end", [finish, erase])
def test_the_end_destroys_it_and_quietly_takes_no_more(store: Store, end: Any) -> None:
    store.add_participant(participant(id="q", name="Bob"))
    for name in "pq":
        store.save_enrolment(enrolled(participant_id=name))
    end(store)
    store.save_enrolment(enrolled(200))
    assert store.enrolments("p") == []
    assert store.enrolments("q") == [enrolled(participant_id="q")]
    wait_until(lambda: store.enrolled("m") == ["q"])  # soon, if it is told to a remote store


def test_finishing_destroys_it_on_hold_too(store: Store) -> None:
    store.save_enrolment(enrolled())
    store.hold("m", "appeal 7")
    finish(store)
    assert store.enrolments("p") == []


def test_erasing_it_alone_leaves_the_rest_and_may_be_repeated(store: Store) -> None:
    store.save_enrolment(enrolled())
    for _ in range(2):
        store.erase_enrolments("p")
        assert store.enrolments("p") == []
    assert store.participant("p").name == "Ann"
    store.save_enrolment(enrolled(9))
    assert store.enrolments("p") == [enrolled(9)]


@pytest.mark.parametrize("end", [finish, erase])
def test_what_is_saved_while_it_ends_is_gone(store: Store, end: Any) -> None:
    def save() -> None:
        for second in range(20):
            store.save_enrolment(enrolled(second))

    at_once(save, lambda: end(store))
    assert store.enrolments("p") == []


# --- sealed ----------------------------------------------------------------------------------


def test_the_store_inside_sees_nothing_of_it(tmp_path: Path) -> None:
    inner = SqliteStore(tmp_path)
    with closing(SealedStore(inner, Sealer(bytes(32)))) as sealed:
        add_people(sealed, "m", "p")
        sealed.save_enrolment(enrolled())
        (kept,) = inner.enrolments("p")
        assert enrolled().content not in kept.content
        assert replace(kept, content=b"") == replace(enrolled(), content=b"")


def test_one_that_was_changed_or_exchanged_is_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    inner = SqliteStore(tmp_path)
    with closing(SealedStore(inner, Sealer(bytes(32)))) as sealed:
        add_people(sealed, "m", "p", "q")
        for name, kind in (("p", "faces"), ("p", "gaze"), ("q", "faces")):
            sealed.save_enrolment(enrolled(participant_id=name, kind=kind))
        (of_q,) = inner.enrolments("q")
        inner.save_enrolment(replace(of_q, participant_id="p", saved_at=at(9)))
        assert sealed.enrolments("p") == [enrolled(kind="gaze")]
        assert "cannot be opened" in caplog.text


# --- several servers -------------------------------------------------------------------------


def test_who_sits_down_at_another_server_is_known_there_at_once(
    here: SyncedStore, there: SyncedStore
) -> None:
    assert there.enrolments("p") == []
    for second, server in enumerate((here, there, here), start=1):
        server.save_enrolment(enrolled(second, b"%d" % second))
        settle(server)
        for one in (here, there):
            assert one.enrolments("p") == [enrolled(second, b"%d" % second)]
    assert here.refused == there.refused == 0


def test_while_nobody_can_say_it_is_not_said_that_there_is_none(
    site: Site, here: SyncedStore, there: SyncedStore
) -> None:
    there.participant("p")
    here.save_enrolment(enrolled())
    settle(here)
    site.cut()
    assert here.enrolments("p") == [enrolled()], "it is here"
    with pytest.raises(StoreError, match="cannot be asked"):
        there.enrolments("p")
    add_people(there, "n", "q")
    assert there.enrolments("q") == [], "whom nobody else knows"
    site.mend()
    wait_until(lambda: not there.waiting)
    wait_until(lambda: there.enrolled("m"))
    assert there.enrolments("p") == [enrolled()]


def test_finishing_at_one_server_destroys_it_at_all(
    site: Site, here: SyncedStore, there: SyncedStore
) -> None:
    here.save_enrolment(enrolled())
    settle(here)
    assert there.enrolments("p") == [enrolled()]
    here.finish("p", at(100), "submitted")
    settle(here)
    assert site.remote.enrolments("p") == []
    wait_until(lambda: there.participants("m")[0].finished_at)
    wait_until(lambda: there._local.enrolled("m") == [])
    there.save_enrolment(enrolled(200))
    settle(there)
    assert site.remote.enrolments("p") == there.enrolments("p") == []


def test_what_waited_while_they_finished_is_never_sent(site: Site, here: SyncedStore) -> None:
    sent: list[str] = []
    site.cut()
    here.save_enrolment(enrolled())
    here.finish("p", at(100), "submitted")
    site.line.fault = lambda verb: (sent.append(verb), FINE)[1]
    settle(here)
    assert "finish" in sent
    assert "save_enrolment" not in sent


def test_erasing_it_at_one_server_reaches_the_remote_store(site: Site, here: SyncedStore) -> None:
    here.save_enrolment(enrolled())
    settle(here)
    site.cut()
    here.erase_enrolments("p")
    site.mend()
    settle(here)
    assert site.remote.enrolled("m") == []

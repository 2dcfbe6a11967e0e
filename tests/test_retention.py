"""What is due when, what a hold keeps, and that nothing of it is left anywhere on the disk."""

from __future__ import annotations

import base64
import secrets
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from exams import trace
from making import occurrence
from searching import forms, found_in, pieces
from stores import at_once, capability, evidence, meeting, participant

from proctoring.audit import chain, events
from proctoring.privacy import retention
from proctoring.privacy.retention import (
    Erasure,
    Failure,
    Policy,
    due,
    erase_participant,
    overdue,
)
from proctoring.sealing import Sealer
from proctoring.settings import Settings
from proctoring.store import Rejected, Store, StoreError, Unknown
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.store.logged import LoggedStore
from proctoring.store.opening import open_sealer, open_store
from proctoring.store.sealed import SealedStore
from proctoring.types import Role

POLICY = Policy(evidence=timedelta(days=30), records=timedelta(days=365))
CLOSED: datetime = meeting().closes_at
NAME = "Zoë Quartermaine-Świętosławska"
PICTURE, SOUND = secrets.token_bytes(5000), secrets.token_bytes(9000)


def days(count: float) -> datetime:
    return CLOSED + timedelta(days=count)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(Settings(data_dir=tmp_path / "data"))
    yield store
    store.close()


def run(store: Store, now: datetime, policy: Policy) -> list[Erasure]:
    """A round in which nothing fails."""
    failures: list[Failure] = []
    done = retention.run(store, now, policy, failures.append)
    assert failures == []
    return done


def sit(
    store: Store,
    participant_id: str = "p",
    name: str = NAME,
    picture: bytes = PICTURE,
    sound: bytes = SOUND,
) -> None:
    """Somebody who has a picture and a sound."""
    store.add_meeting(meeting())
    store.add_participant(
        participant(id=participant_id, name=name),
        capability(role=Role.CANDIDATE, participant_id=participant_id),
    )
    place = occurrence(0, participant_id=participant_id)
    store.save_occurrence(place)
    store.save_evidence(evidence(place.id, picture))
    store.save_evidence(evidence(place.id, sound, media_type="audio/wav"))


# --- when ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "is_due", "everything"),
    [(-1, 0, 0), (0, 0, 0), (29.9, 0, 0), (30, 1, 0), (364.9, 1, 0), (365, 1, 1), (9999, 1, 1)],
)
def test_days_are_counted_from_the_closing(age: float, is_due: int, everything: int) -> None:
    found = due([meeting()], [participant()], days(age), POLICY)
    assert [one.everything for one in found] == [bool(everything)] * is_due


def test_who_was_erased_is_not_due() -> None:
    gone = participant(name="", erased_at=days(1))
    assert due([meeting()], [gone], days(9999), POLICY) == []


def test_records_are_never_kept_shorter_than_their_evidence() -> None:
    short = Policy(evidence=timedelta(days=90), records=timedelta(days=10))
    assert [one.everything for one in due([meeting()], [participant()], days(10), short)] == [True]


# --- what happens --------------------------------------------------------------------------


def test_pictures_and_sounds_go_first_and_the_name_later(store: Store) -> None:
    sit(store)
    assert run(store, days(29), POLICY) == []
    (first,) = run(store, days(31), POLICY)
    assert (first.pieces, first.everything) == (2, False)
    assert store.participant("p").name == NAME
    assert all(ref.is_erased for ref in store.evidence_of("p"))
    assert run(store, days(32), POLICY) == []
    (second,) = run(store, days(366), POLICY)
    assert (second.pieces, second.everything) == (0, True)
    assert store.participant("p").name == ""
    assert run(store, days(367), POLICY) == []
    entries = store.audit_log("m")
    assert [(e.event.action, e.event.subject, e.event.detail) for e in entries[-2:]] == [
        (events.EVIDENCE_ERASED, "p", "2"),
        (events.PARTICIPANT_ERASED, "p", "name, answers, key, 2 pictures and sounds"),
    ]
    assert chain.broken_at(entries) is None


def test_what_was_observed_goes_with_the_pictures_also_where_there_are_none(store: Store) -> None:
    sit(store)
    store.add_participant(participant(id="calm", name="Cy"))
    store.add_participant(participant(id="other", name="Bob"))
    for name in ("p", "calm"):
        store.save_trace(trace(participant_id=name, id=f"of {name}"))
    assert run(store, days(29), POLICY) == []
    assert store.traced("m") == ["calm", "p"]
    told = [f"candidate {name} of meeting m is overdue" for name in ("p", "calm")]
    assert sorted(overdue(store, days(31.5), POLICY)) == sorted(told)
    done = run(store, days(31), POLICY)
    assert sorted((one.participant_id, one.pieces) for one in done) == [("calm", 0), ("p", 2)]
    assert (store.traced("m"), store.traces("p"), store.traces("calm")) == ([], [], [])
    head = store.audit_log("m")[-1]
    assert run(store, days(32), POLICY) == []
    assert store.audit_log("m")[-1] == head
    assert list(overdue(store, days(33), POLICY)) == []


def test_a_held_meeting_is_left_alone(store: Store) -> None:
    sit(store)
    store.hold("m", "appeal 7")
    assert run(store, days(9999), POLICY) == []
    with pytest.raises(Rejected, match="appeal 7"):
        erase_participant(store, "p", days(1))
    store.hold("m", "")
    assert len(run(store, days(9999), POLICY)) == 1


def test_a_hold_that_comes_in_the_middle_stops_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    sit(store)
    asked: Any = store.held
    monkeypatch.setattr(store, "held", lambda meeting_id: (asked(meeting_id), hold())[0])

    def hold() -> None:
        store.hold("m", "appeal 8")

    assert run(store, days(9999), POLICY) == []
    assert store.participant("p").name == NAME


def test_a_meeting_that_cannot_be_read_keeps_no_other_from_its_end(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for meeting_id in "abc":
        store.add_meeting(meeting(id=meeting_id))
        store.add_participant(participant(id=f"of {meeting_id}", meeting_id=meeting_id))
    asked: Any = store.participants

    def fail(meeting_id: str) -> Any:
        if meeting_id == "b":
            raise StoreError("a page of the database is damaged")
        return asked(meeting_id)

    failures: list[Failure] = []
    with monkeypatch.context() as patch:
        patch.setattr(store, "participants", fail)
        done = retention.run(store, days(366), POLICY, failures.append)
        (told,) = overdue(store, days(368), POLICY)
    assert [one.participant_id for one in done] == ["of a", "of c"]
    assert [str(failure) for failure in failures] == [told]
    assert told == "meeting b: a page of the database is damaged"
    heads = [store.audit_log(one)[-1].hash for one in "ac"]
    assert [one.participant_id for one in run(store, days(367), POLICY)] == ["of b"]
    assert run(store, days(368), POLICY) == []
    assert [store.audit_log(one)[-1].hash for one in "ac"] == heads
    assert list(overdue(store, days(9999), POLICY)) == []


def test_a_candidate_who_cannot_be_erased_now_keeps_no_other_from_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    sit(store)
    sit(store, "q", "Bob")
    erase: Any = store.erase

    def fail(participant_id: str, at: datetime) -> None:
        if participant_id == "p":
            raise StoreError("the disk is full")
        erase(participant_id, at)

    failures: list[Failure] = []
    with monkeypatch.context() as patch:
        patch.setattr(store, "erase", fail)
        done = retention.run(store, days(366), POLICY, failures.append)
    assert [one.participant_id for one in done] == ["q"]
    assert [str(one) for one in failures] == ["candidate p of meeting m: the disk is full"]
    assert list(overdue(store, days(365.5), POLICY)) == ["candidate p of meeting m is overdue"]
    assert [one.participant_id for one in run(store, days(367), POLICY)] == ["p"]


def test_whose_name_no_key_here_opens_is_erased_all_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    store = open_store(Settings(data_dir=folder))
    sit(store)
    sit(store, "q", "Bob")
    store.close()
    store = LoggedStore(SealedStore(SqliteStore(folder), Sealer(bytes(32))))
    failures: list[Failure] = []
    done = retention.run(store, days(366), POLICY, failures.append)
    assert sorted(one.participant_id for one in done) == ["p", "q"]
    assert [one.pieces for one in done] == [2, 2]
    assert "sealing key" in str(failures[0])
    assert run(store, days(367), POLICY) == []
    assert {one.name for one in store.participants("m")} == {""}
    store.close()


def test_servers_that_erase_at_once_write_one_entry(store: Store) -> None:
    sit(store)
    at_once(*[lambda: run(store, days(366), POLICY) for _ in range(6)])
    actions = [entry.event.action for entry in store.audit_log("m")]
    assert actions.count(events.PARTICIPANT_ERASED) == 1


def test_an_erasure_that_was_not_logged_is_logged_in_the_next_round(store: Store) -> None:
    sit(store)
    store.erase("p", days(366))  # and then the server was killed
    assert run(store, days(366.1), POLICY) == []
    assert run(store, days(366.2), POLICY) == []
    actions = [entry.event.action for entry in store.audit_log("m")]
    assert actions.count(events.PARTICIPANT_ERASED) == 1


def test_pictures_that_went_without_an_entry_get_one_in_the_next_round(store: Store) -> None:
    sit(store)
    store.erase_evidence("p")  # and then the server was killed
    for hours in (1, 2):
        assert run(store, days(30) + timedelta(hours=hours), POLICY) == []
    actions = [entry.event.action for entry in store.audit_log("m")]
    assert actions.count(events.EVIDENCE_ERASED) == 1


# --- that nothing is left ------------------------------------------------------------------


@pytest.mark.parametrize("is_sealed", [True, False], ids=["sealed", "plain"])
def test_nothing_of_an_erased_participant_is_left_in_any_file(
    tmp_path: Path, is_sealed: bool
) -> None:
    folder = tmp_path / "data"
    settings = Settings(data_dir=folder)
    inner = SqliteStore(folder)
    store: Store = open_store(settings) if is_sealed else inner
    sit(store)
    sit(store, "q", "Bob", b"another picture", b"another sound")
    inner.add_key("p", open_sealer(settings).new_key("p"))

    as_kept = inner.participant("p").name
    wrapped = [inner.key("p") or "", as_kept.split(":")[1] if is_sealed else ""]
    secrets_: dict[str, bytes] = {}
    for key in (base64.urlsafe_b64decode(text) for text in wrapped if text):
        secrets_ |= {f"key {key[9:12]!r} {how}": form for how, form in forms(key[21:]).items()}
    for text in (NAME, as_kept):
        secrets_ |= {f"name {text[:4]} {how}": form for how, form in forms(text.encode()).items()}
    for ref in inner.evidence_of("p"):
        for one in (store, inner):
            content = one.evidence(ref.id).data
            secrets_ |= {
                f"{type(one).__name__} {ref.id} {how}": part
                for how, part in pieces(content).items()
            }
    assert len(found_in(folder, secrets_)) > 10  # the search finds what is there

    erase_participant(store, "p", days(1))
    assert found_in(folder, secrets_) == []  # while it is open, with its write-ahead log
    with pytest.raises(Unknown):
        store.evidence(store.evidence_of("p")[0].id)
    assert store.participant("q").name == "Bob"
    assert [store.evidence(ref.id).data for ref in store.evidence_of("q")] == [
        b"another picture",
        b"another sound",
    ]
    store.close()
    inner.close()
    assert found_in(folder, secrets_) == []


def test_of_what_was_observed_nothing_is_left_when_the_pictures_go(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    store = open_store(Settings(data_dir=folder))
    sit(store)
    store.save_trace(trace(content=secrets.token_bytes(30_000)))
    (kept,) = store.inner.inner.traces("p")  # type: ignore[attr-defined]
    assert found_in(folder, pieces(kept.content))
    assert len(run(store, days(31), POLICY)) == 1
    assert found_in(folder, pieces(kept.content)) == []
    store.close()


def test_nothing_is_left_in_the_write_ahead_log_of_a_server_that_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    settings = Settings(data_dir=folder)
    store, desk = open_store(settings), open_store(settings)
    sit(store)
    kept = store.inner.inner.participant("p").name.encode()  # type: ignore[attr-defined]
    is_over = threading.Event()

    def read() -> None:
        while not is_over.is_set():
            desk.participants("m")
            desk.feed("m")

    reader = threading.Thread(target=read)
    reader.start()
    try:
        assert found_in(folder, {"name": kept[-40:]})
        erase_participant(store, "p", days(1))
        assert found_in(folder, {"name": kept[-40:], "key": kept[20:80]}) == []
    finally:
        is_over.set()
        reader.join()
        desk.close()
        store.close()


def test_the_data_key_itself_is_in_no_file_even_before(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    settings = Settings(data_dir=folder)
    made: list[bytes] = []

    store = open_store(settings)
    with pytest.MonkeyPatch.context() as patch:
        real = secrets.token_bytes

        def remember(count: int) -> bytes:
            made.append(real(count))
            return made[-1]

        patch.setattr("proctoring.sealing.secrets.token_bytes", remember)
        sit(store)
    keys = {
        f"{n} {how}": form
        for n, key in enumerate(one for one in made if len(one) == 32)
        for how, form in forms(key).items()
    }
    assert keys
    assert found_in(folder, keys) == []
    store.close()
    assert isinstance(open_sealer(settings), Sealer)

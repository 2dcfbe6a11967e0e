"""What is special to sealing: what the store inside sees, and what is read of older data."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from exams import act, answer, answer_key, paper
from making import at, occurrence
from stores import add_people, at_once, capability, evidence, meeting, participant

from proctoring.audit import chain, events
from proctoring.audit.papers import PAPER_SAVED
from proctoring.sealing import Sealer, is_sealed
from proctoring.settings import Settings
from proctoring.store import Rejected, StoreError, Unknown
from proctoring.store.contents import LONGEST_ANSWER
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.store.keyring import DAMAGED_NAME
from proctoring.store.logged import LoggedStore
from proctoring.store.opening import SEALING_KEY, open_store
from proctoring.store.sealed import SealedStore
from proctoring.types import Evidence, Role

SEALER = Sealer(bytes(32))
PICTURE = b"\xff\xd8 a picture " * 100


@pytest.fixture
def inner(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path)
    yield store
    store.close()


@pytest.fixture
def store(inner: SqliteStore) -> SealedStore:
    sealed = SealedStore(inner, SEALER)
    add_people(sealed, "m", "p")
    return sealed


def save(store: SealedStore, data: bytes = PICTURE, participant_id: str = "p") -> Evidence:
    owner = occurrence(0, participant_id=participant_id)
    store.save_occurrence(owner)
    picture = evidence(owner.id, data)
    store.save_evidence(picture)
    return picture


# --- what the store inside sees ------------------------------------------------------------


def test_the_store_inside_sees_neither_name_nor_picture(
    store: SealedStore, inner: SqliteStore
) -> None:
    picture = save(store)
    assert inner.participant("p").name.startswith("sealed:")
    assert inner.participant("p").name.isascii()
    kept = inner.evidence(picture.id)
    assert is_sealed(kept.data)
    assert b"a picture" not in kept.data
    assert store.evidence_of("p")[0].sha256 == kept.sha256 != picture.sha256
    assert store.evidence(picture.id) == picture


def test_the_longest_name_fits_and_a_longer_one_is_rejected(store: SealedStore) -> None:
    store.add_participant(participant(id="q", name="😀" * 120))
    assert store.participant("q").name == "😀" * 120
    with pytest.raises(Rejected, match="120"):
        store.add_participant(participant(id="r", name="x" * 121))


def test_a_save_that_is_repeated_by_another_server_is_the_same_save(
    store: SealedStore, inner: SqliteStore
) -> None:
    picture = save(store)
    refs = store.evidence_of("p")
    other = SealedStore(inner, SEALER)
    other.save_evidence(picture)
    other.add_participant(participant())
    assert other.evidence_of("p") == refs
    assert other.participant("p") == participant()


def test_servers_that_add_one_participant_at_once_agree(
    store: SealedStore, inner: SqliteStore
) -> None:
    given = participant(id="q", name="Bob")
    at_once(*[lambda: SealedStore(inner, SEALER).add_participant(given) for _ in range(6)])
    assert store.participant("q") == given


# --- what cannot be opened -----------------------------------------------------------------


def test_a_picture_put_in_the_place_of_another_is_told(
    store: SealedStore, inner: SqliteStore
) -> None:
    store.add_participant(participant(id="q", name="Bob"))
    mine = save(store)
    for owner in ("p", "q"):
        place = occurrence(700, participant_id=owner)
        store.save_occurrence(place)
        swapped = replace(inner.evidence(mine.id), id=f"new {owner}", occurrence_id=place.id)
        inner.save_evidence(swapped)
        with pytest.raises(StoreError, match="another place"):
            store.evidence(swapped.id)


def test_a_plain_picture_of_somebody_whose_name_is_sealed_is_told(
    store: SealedStore, inner: SqliteStore
) -> None:
    place = occurrence(0)
    store.save_occurrence(place)
    forged = evidence(place.id)
    inner.save_evidence(forged)
    with pytest.raises(StoreError, match="not sealed"):
        store.evidence(forged.id)


def test_a_name_put_in_the_place_of_another_is_told(store: SealedStore, inner: SqliteStore) -> None:
    stolen = inner.participant("p").name
    inner.add_participant(participant(id="q", name=stolen))
    assert store.participant("q").name == DAMAGED_NAME


def turned(text: str, place: int) -> str:
    """Another sign of base64 in one place."""
    return text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]


DAMAGES = {
    "version of the key": lambda key, text: f"{turned(key, 0)}:{text}",
    "id of the key": lambda key, text: f"{turned(key, 5)}:{text}",  # as of another installation
    "key": lambda key, text: f"{turned(key, 40)}:{text}",
    "no key": lambda key, text: f":{text}",
    "beginning": lambda key, text: f"{key}:{turned(text, 0)}",
    "text": lambda key, text: f"{key}:{turned(text, 30)}",
    "cut off": lambda key, text: f"{key}:{text[:-5]}",
    "no text": lambda key, text: key,
    "nothing": lambda key, text: "",
}


def damage(store: SealedStore, inner: SqliteStore) -> None:
    """A participant for each way in which a name may be damaged."""
    for number, (name, change) in enumerate(DAMAGES.items()):
        store.add_participant(participant(id=name, joined_at=at(-number)))
        _, key, text = inner.participant(name).name.split(":")
        with inner.database.write() as db:
            values = (f"sealed:{change(key, text)}", name)
            db.execute("UPDATE participant SET name = ? WHERE id = ?", values)


def test_a_damaged_name_spoils_no_other_and_is_told_once(
    store: SealedStore, inner: SqliteStore, caplog: pytest.LogCaptureFixture
) -> None:
    damage(store, inner)
    before = inner.participants("m")
    caplog.clear()
    fresh = SealedStore(inner, SEALER)
    for _ in range(3):
        found = {one.id: one.name for one in fresh.participants("m")}
        assert found == {"p": "Ann"} | dict.fromkeys(DAMAGES, DAMAGED_NAME)
    told = [record for record in caplog.records if record.name == "proctoring.store.keyring"]
    assert len(told) == len(DAMAGES)
    assert all("restore a backup" in record.getMessage() for record in told)
    assert "Ann" not in caplog.text
    assert inner.participants("m") == before, "the records stay"


@pytest.mark.parametrize("name", [name for name in DAMAGES if name != "id of the key"])
def test_whose_name_is_damaged_is_erased_like_the_others(
    store: SealedStore, inner: SqliteStore, name: str
) -> None:
    damage(store, inner)
    fresh = SealedStore(inner, SEALER)
    assert fresh.participant(name).name == DAMAGED_NAME
    fresh.erase(name, at(9))
    assert fresh.participant(name) == participant(
        id=name, name="", erased_at=at(9), joined_at=fresh.participant(name).joined_at
    )


def test_a_server_with_another_key_says_which_it_needs(
    store: SealedStore, inner: SqliteStore
) -> None:
    picture = save(store)
    other = SealedStore(inner, Sealer(bytes([1]) * 32))
    store.save_answer(answer())
    for ask in (
        lambda: other.participants("m"),
        lambda: other.participant("p"),
        lambda: other.evidence(picture.id),
        lambda: other.answers("p"),
        lambda: other.save_answer(answer(2)),
    ):
        with pytest.raises(StoreError, match=f"{SEALER.key_id}.*OPENPROCTOR_SEALING_KEY"):
            ask()


# --- answers -------------------------------------------------------------------------------


def test_the_store_inside_sees_no_answer(store: SealedStore, inner: SqliteStore) -> None:
    store.save_answer(answer(content='"the square root of two"'))
    (kept,) = inner.answers("p")
    assert kept.content.startswith("sealed:")
    assert kept.content.isascii()
    assert "square" not in kept.content
    again = SealedStore(inner, SEALER)
    again.save_answer(answer(content='"the square root of two"'))
    assert inner.answers("p") == [kept], "sealed again it is the same"


@pytest.mark.parametrize("content", ["", "two", "[1,", "NaN", "[" * 99_999])
def test_an_answer_that_is_no_json_is_rejected(store: SealedStore, content: str) -> None:
    with pytest.raises(Rejected, match="JSON"):
        store.save_answer(answer(content=content))


def test_the_longest_answer_fits_and_a_longer_one_is_rejected(store: SealedStore) -> None:
    longest = f'"{"é" * (LONGEST_ANSWER // 2 - 1)}"'
    store.save_answer(answer(content=longest))
    assert store.answers("p")[0].content == longest
    with pytest.raises(Rejected, match=str(LONGEST_ANSWER)):
        store.save_answer(answer(2, content=longest + " "))


def test_an_answer_put_in_the_place_of_another_is_told(
    store: SealedStore, inner: SqliteStore
) -> None:
    store.add_participant(participant(id="q", name="Bob"))
    for name in "pq":
        store.save_answer(answer(participant_id=name))
    (mine,) = inner.answers("p")
    for forged in (
        replace(mine, revision=2),  # an older one, as if it were the newest
        replace(mine, question_id="2"),
        replace(mine, revision=3, content='"put there later"'),
        replace(mine, participant_id="q", revision=2),
    ):
        inner.save_answer(forged)
        with pytest.raises(StoreError, match="was changed"):
            store.answers(forged.participant_id)
    with pytest.raises(StoreError, match="to '1' was changed"):
        store.answers("q")


def test_somebody_kept_in_plain_answers_under_a_key_of_their_own(
    store: SealedStore, inner: SqliteStore
) -> None:
    inner.add_participant(participant(id="old", name="Old"))
    store.save_answer(answer(participant_id="old"))
    assert inner.key("old")
    assert SealedStore(inner, SEALER).answers("old") == [answer(participant_id="old")]


# --- acts ----------------------------------------------------------------------------------


def test_the_store_inside_sees_no_message(store: SealedStore, inner: SqliteStore) -> None:
    store.save_act(act(content='{"text": "the square root of two"}'))
    (kept,) = inner.acts("p")
    assert kept.content.startswith("sealed:")
    assert "square" not in kept.content
    SealedStore(inner, SEALER).save_act(act(content='{"text": "the square root of two"}'))
    assert inner.acts("p") == [kept], "sealed again it is the same"


@pytest.mark.parametrize("content", ["", "two", "[]", '{"a": NaN}', '"text"'])
def test_an_act_that_is_no_json_object_is_rejected(store: SealedStore, content: str) -> None:
    with pytest.raises(Rejected, match="JSON"):
        store.save_act(act(content=content))


def test_an_act_put_in_the_place_of_another_is_left_out_and_told(
    store: SealedStore, inner: SqliteStore, caplog: pytest.LogCaptureFixture
) -> None:
    store.add_participant(participant(id="q", name="Bob"))
    store.save_act(act())
    (mine,) = inner.acts("p")
    for forged in (
        replace(mine, id="act 2"),
        replace(mine, id="act 3", kind="pause"),
        replace(mine, id="act 4", content='{"text": "put there later"}'),
        replace(mine, id="act 5", participant_id="q"),
    ):
        inner.save_act(forged)
    assert store.acts("p") == list(store.act_feed("m").acts) == [act()]
    assert store.acts("q") == []
    assert "the act act 3 cannot be opened" in caplog.text


# --- what an earlier version kept ----------------------------------------------------------


def test_what_was_kept_in_plain_is_read_and_what_follows_is_sealed(
    store: SealedStore, inner: SqliteStore
) -> None:
    inner.add_participant(participant(id="old", name="Old"))
    place = occurrence(0, participant_id="old")
    inner.save_occurrence(place)
    before = evidence(place.id, b"plain")
    inner.save_evidence(before)
    store.add_participant(participant(id="old", name="Old"))
    after = save(store, participant_id="old")
    assert store.participant("old").name == "Old"
    assert store.evidence(before.id) == before
    assert store.evidence(after.id) == after
    assert is_sealed(inner.evidence(after.id).data)
    again = SealedStore(inner, SEALER)
    assert again.evidence(after.id) == after
    with pytest.raises(Rejected):
        again.add_participant(participant(id="old", name="Eve"))


# --- erasure -------------------------------------------------------------------------------


def test_after_erasing_no_key_is_left_and_none_can_be_made(
    store: SealedStore, inner: SqliteStore
) -> None:
    picture = save(store)
    other = SealedStore(inner, SEALER)
    assert other.evidence(picture.id) == picture  # it has the key in memory, too
    store.erase("p", at(9))
    assert store._keyring._keys == {}
    assert store.participant("p").name == ""
    assert other.participants("m")[0].name == ""
    assert store._keyring._keys == other._keyring._keys == {}
    for one in (store, other):
        with pytest.raises(Unknown, match="erased"):
            one.evidence(picture.id)
        with pytest.raises(Rejected, match="erased"):
            one.save_evidence(evidence(picture.occurrence_id))
        with pytest.raises(Rejected, match="erased"):
            one.save_answer(answer())


# --- the log -------------------------------------------------------------------------------


def test_what_is_kept_is_logged_once_with_the_hash_of_what_is_on_the_disk(
    inner: SqliteStore,
) -> None:
    store = LoggedStore(SealedStore(inner, SEALER))
    proctor = capability()
    own = capability(role=Role.CANDIDATE, participant_id="p")
    person = participant(consent_at=at(2), consent_version="v1")
    begun = occurrence(0)
    ended = replace(begun, last_seen_at=at(5), closed_at=at(5))
    picture = evidence(begun.id)
    for _ in range(2):
        store.add_meeting(meeting(), proctor)
        store.add_participant(person, own)
        store.save_paper(paper(), answer_key())
        store.save_occurrence(begun)
        store.save_evidence(picture)
        store.save_occurrence(ended)
        store.revoke(proctor.id, at(9))
    entries = store.audit_log("m")
    assert [(e.event.action, e.event.subject) for e in entries] == [
        (events.MEETING_CREATED, "m"),
        (events.CAPABILITY_MADE, proctor.id),
        (events.PARTICIPANT_JOINED, "p"),
        (events.CONSENT_GIVEN, "p"),
        (events.CAPABILITY_MADE, own.id),
        (PAPER_SAVED, "m"),
        (events.EVIDENCE_KEPT, picture.id),
        (events.INCIDENT_CLOSED, begun.id),
        (events.CAPABILITY_REVOKED, proctor.id),
    ]
    assert "revision 1, paper " in entries[5].event.detail
    assert entries[6].event.detail == inner.evidence_of("p")[0].sha256
    assert chain.broken_at(entries) is None
    assert "Ann" not in repr(entries)
    assert events.kept(inner.incident(begun.id).first)[0] == entries[7].event


# --- opening -------------------------------------------------------------------------------


def test_the_sealing_key_is_made_once_and_a_lost_one_is_told(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    store = open_store(settings)
    add_people(store, "m", "p")
    store.close()
    again = open_store(settings)
    assert again.participant("p").name == "Ann"
    again.close()
    path = settings.data_dir / SEALING_KEY
    assert path.stat().st_mode & 0o777 == 0o600
    key = path.read_bytes()
    path.unlink()
    with pytest.raises(StoreError, match="sealing key"):
        open_store(settings)
    path.write_bytes(key[:-1])
    with pytest.raises(StoreError, match="Put its copy back"):
        open_store(settings)
    path.unlink()
    by_setting = open_store(replace(settings, sealing_key=key))
    assert by_setting.participant("p").name == "Ann"
    assert not path.exists()
    by_setting.close()


def test_the_wrapped_key_is_not_the_key(store: SealedStore, inner: SqliteStore) -> None:
    wrapped = inner.participant("p").name.split(":")[1]
    assert len(base64.urlsafe_b64decode(wrapped)) == 1 + 8 + 12 + 32 + 16

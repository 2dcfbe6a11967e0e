"""What an exam keeps, as whoever runs the server backs it up, erases and upgrades it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from exams import act, answer, answer_key, paper, staff, still, trace
from keeping import Kept, kept
from making import at
from stores import enrolled, meeting, participant

from proctoring.privacy import certificate
from proctoring.privacy.retention import erase_participant
from proctoring.store.embedded.migrate import migrate, scripts
from proctoring.store.embedded.rows import insert, to_row
from proctoring.store.embedded.sqlite import DATABASE, SqliteStore
from proctoring.store.opening import open_sealer, open_store
from proctoring.types import Journey, Policy

__all__ = ["kept"]  # the fixture


def test_a_backup_has_paper_key_answers_and_staff(kept: Kept, tmp_path: Path) -> None:
    kept.store.save_staff(staff())
    kept.run("backup", tmp_path / "kept.tar", "--with-keys")
    kept.run("restore", tmp_path / "kept.tar", "--to", tmp_path / "back")
    with closing(open_store(replace(kept.settings, data_dir=tmp_path / "back"))) as back:
        assert (back.paper("m"), back.answer_key("m")) == (paper(), answer_key())
        assert back.answers("p") == [answer(content='"by Ann"')]
        assert back.staff() == [staff()]
        assert back.acts("p") == kept.store.acts("p") != []


@pytest.mark.parametrize("what", ["answers", "acts"])
def test_after_erasing_no_byte_of_an_answer_or_a_message_is_left(kept: Kept, what: str) -> None:
    kept.store.save_answer(answer(content='"by Ann"'))
    sealed = SqliteStore(kept.folder)
    (before,) = getattr(sealed, what)("p")
    (others,) = getattr(sealed, what)("q")

    def is_anywhere(text: str) -> bool:
        files = [path for path in kept.folder.rglob("*") if path.is_file()]
        return any(text.encode() in path.read_bytes() for path in files)

    assert is_anywhere(before.content)
    assert kept.run("erase", "--participant", "p", "--yes")[0] == 0
    assert not is_anywhere(before.content)
    assert is_anywhere(others.content)
    sealed.close()


def test_a_certificate_says_that_no_answer_is_left_and_an_older_one_stays_true(kept: Kept) -> None:
    sealer = open_sealer(kept.settings)
    erase_participant(kept.store, "p", datetime.now(UTC))
    said = certificate.make(kept.store, sealer, "m", ["p"])
    assert said["participants"][0]["answers_left"] == 0
    older = {name: value for name, value in said.items() if name != "signature"}
    older["participants"] = [
        {name: value for name, value in one.items() if name != "answers_left"}
        for one in said["participants"]
    ]
    older["signature"] = sealer.sign(certificate._text(older))
    for one in (said, older):
        assert list(certificate.problems(one, kept.store, sealer)) == []
    with SqliteStore(kept.folder).database.write() as db:
        db.execute("UPDATE participant SET name = 'Ann', erased_at = NULL WHERE id = 'p'")
    for one in (said, older):
        assert len(list(certificate.problems(one, kept.store, sealer))) == 1


@pytest.mark.parametrize("version", range(1, len(scripts()) + 1))
def test_a_folder_of_any_earlier_version_takes_them(tmp_path: Path, version: int) -> None:
    with closing(sqlite3.connect(tmp_path / DATABASE, isolation_level=None)) as db:
        migrate(db, scripts()[:version])
        known: set[str] = set()
        for table, one in (("meeting", meeting()), ("participant", participant())):
            fields = {name for _, name, *_ in db.execute(f"PRAGMA table_info({table})").fetchall()}
            insert(db, table, {name: v for name, v in to_row(one).items() if name in fields})
            known |= fields
    with closing(SqliteStore(tmp_path)) as store:
        later = {"policy": Policy(), "journey": Journey()}
        others = {name: value for name, value in later.items() if name not in known}
        assert store.meeting("m") == meeting(**others)
        assert store.participants("m") == [participant()]
        assert (store.paper("m"), store.answers("p"), store.staff()) == (None, [], [])
        store.save_paper(paper(), answer_key())
        store.save_answer(answer())
        store.save_staff(staff())
        store.save_act(act())
        assert store.acts("p") == [act()]
        store.save_trace(trace())
        assert store.traces("p") == [trace()]
        store.save_still(still())
        assert store.still("still 1") == still()
        store.save_enrolment(enrolled())
        assert store.enrolments("p") == [enrolled()]
        store.erase("p", at(9))
        assert (store.answers("p"), store.enrolments("p")) == ([], [])
        assert store.acts("p") == []

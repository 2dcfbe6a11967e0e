"""The commands that prove, hold and erase, while the server has the folder open."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from keeping import Kept, kept
from making import at
from stores import meeting, participant

from proctoring.audit import events
from proctoring.cli import main

__all__ = ["kept"]  # the fixture


def change(kept: Kept, statement: str) -> None:
    """As somebody does who has the disk."""
    with closing(sqlite3.connect(kept.folder / "openproctor.db")) as db:
        for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'"):
            if name.startswith("audit"):
                db.execute(f"DROP TRIGGER {name}")
        db.execute(statement)
        db.commit()


# --- audit ---------------------------------------------------------------------------------


def test_what_was_left_alone_is_right(kept: Kept) -> None:
    kept.store.add_meeting(meeting(id="other"))
    status, out, _ = kept.run("audit")
    assert status == 0
    assert len(out.splitlines()) == 3
    first, other = kept.json("audit")
    assert (first["kept"], first["erased"], first["unlogged"], first["problems"]) == (4, 0, 0, [])
    assert first["head"] == kept.store.audit_log("m")[-1].hash
    assert first["head"] in out
    assert (other["entries"], other["kept"]) == (1, 0)


def test_a_head_that_was_written_down_is_found_again_and_another_is_not(kept: Kept) -> None:
    ((head, entries),) = [(r["head"], r["entries"]) for r in kept.json("audit", "--meeting", "m")]
    kept.store.hold("m", "appeal")
    kept.store.append_audit(events.done("m", "server", events.HOLD_SET, "m"))
    assert kept.run("audit", "--meeting", "m", "--expect", head)[0] == 0
    change(kept, f"DELETE FROM audit WHERE number >= {entries}")
    status, out, _ = kept.run("audit", "--meeting", "m", "--expect", head)
    assert status == 1
    assert "cut off" in out
    assert kept.run("audit", "--expect", head)[0] == 2


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE audit SET detail = 'x' WHERE number = 3", "its entry 3 does not follow"),
        ("DELETE FROM audit WHERE number = 2", "its entry 2 does not follow"),
        ("UPDATE occurrence SET value = 9 WHERE participant_id = 'p'", "incident.closed"),
        ("UPDATE meeting SET length_s = 60", "meeting.created"),
        ("DELETE FROM notice", ""),
        ("DELETE FROM act WHERE participant_id = 'q'", "act.message act of q, and it is not here"),
        ("DELETE FROM evidence WHERE media_type = 'audio/wav'", "evidence.kept of"),
        ("DELETE FROM capability WHERE role = 'proctor'", "capability.made of"),
        ("UPDATE evidence SET is_erased = 1 WHERE size < 1500", "the log does not say so"),
        (
            "UPDATE evidence SET is_erased = 1, sha256 = substr(sha256, 2) || 'a'",
            "not what it was when the log said evidence.kept",
        ),
        (
            "UPDATE participant SET name = '', erased_at = 5 WHERE id = 'q'",
            "Participant q was erased, and the log does not say so",
        ),
        ("UPDATE evidence SET id = 'x' || rowid WHERE size > 1000", "evidence.kept of"),
    ],
)
def test_each_record_that_was_changed_gets_a_sentence(
    kept: Kept, statement: str, says: str
) -> None:
    change(kept, statement)
    status, out, _ = kept.run("audit")
    assert status == (1 if says else 0)
    assert says in out


@pytest.mark.parametrize("how", ["gone", "changed", "exchanged"])
def test_each_file_that_was_changed_gets_a_sentence(kept: Kept, how: str) -> None:
    one, another = kept.files()[:2]
    if how == "gone":
        one.unlink()
    else:
        one.write_bytes(another.read_bytes() if how == "exchanged" else b"something else")
    (report,) = kept.json("audit")
    (problem,) = report["problems"]
    assert one.name in problem
    assert report["kept"] == 3
    assert kept.run("audit")[0] == 1


def test_what_was_erased_is_counted_and_is_right(kept: Kept) -> None:
    kept.run("erase", "--participant", "p", "--yes")
    (report,) = kept.json("audit")
    assert (report["kept"], report["erased"], report["unlogged"]) == (2, 2, 0)
    assert report["problems"] == []


def test_an_unknown_meeting_and_a_wrong_folder_are_one_line(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert kept.run("audit", "--meeting", "x")[::2] == (2, "There is no meeting 'x'.\n")
    monkeypatch.setenv("OPENPROCTOR_DATA_DIR", str(tmp_path / "nowhere"))
    status, out, err = kept.run("audit")
    assert (status, out) == (2, "")
    assert "OPENPROCTOR_DATA_DIR" in err
    assert not (tmp_path / "nowhere").exists()
    monkeypatch.setenv("OPENPROCTOR_KEEP_RECORDS_DAYS", "x")
    assert kept.run("audit")[0] == 2


# --- hold ----------------------------------------------------------------------------------


def test_a_hold_keeps_and_is_logged(kept: Kept) -> None:
    assert kept.run("hold", "--meeting", "m")[1] == "no hold\n"
    assert kept.run("hold", "--meeting", "m", "--reason", "appeal 7")[1] == "on hold: appeal 7\n"
    status, _, err = kept.run("erase", "--participant", "p", "--yes")
    assert status == 2
    assert "appeal 7" in err
    assert kept.run("hold", "--meeting", "m", "--release")[1] == "no hold\n"
    logged = [(e.event.action, e.event.detail) for e in kept.store.audit_log("m")[-2:]]
    assert logged == [(events.HOLD_SET, "appeal 7"), (events.HOLD_RELEASED, "appeal 7")]
    assert kept.run("hold", "--meeting", "x", "--release")[0] == 2


# --- erase ---------------------------------------------------------------------------------


def test_erasing_says_first_what_it_would_do(kept: Kept) -> None:
    status, out, err = kept.run("erase", "--participant", "p")
    assert status == 0
    assert "'Ann', 2 pictures and sounds" in out
    assert "--yes" in err
    assert kept.store.participant("p").name == "Ann"
    assert list(Path.cwd().glob("erased-*")) == []


def test_a_certificate_holds_no_name_and_proves_what_was_erased(kept: Kept, tmp_path: Path) -> None:
    hashes = sorted(ref.sha256 for ref in kept.store.evidence_of("p"))
    path = tmp_path / "c.json"
    assert kept.run("erase", "--participant", "p", "--yes", "--certificate", path)[0] == 0
    text = path.read_text()
    said = json.loads(text)
    assert "Ann" not in text
    (one,) = said["participants"]
    assert (one["id"], one["pictures"], one["sounds"], one["left"]) == ("p", 1, 1, 0)
    assert (one["has_name"], one["has_key"], one["sha256_as_kept"]) == (False, False, hashes)
    assert said["log"]["head"] == kept.store.audit_log("m")[-1].hash
    assert kept.run("verify-certificate", path)[:2] == (0, f"{path}: genuine, and still true\n")
    assert kept.store.participant("q").name == "=Bob"


def test_a_changed_a_foreign_and_an_outdated_certificate_are_told(
    kept: Kept, tmp_path: Path
) -> None:
    path = tmp_path / "c.json"
    kept.run("erase", "--participant", "p", "--yes", "--certificate", path)
    said = json.loads(path.read_text())
    for forged in (
        said | {"made_at": "2020"},
        said | {"signature": "0" * 64},
        {"signature": "ü"},
        [],
        said | {"participants": said["participants"] * 2},
    ):
        path.write_text(json.dumps(forged))
        assert kept.run("verify-certificate", path)[0] == 1
    path.write_text("{")
    assert kept.run("verify-certificate", path)[0] == 2
    path.write_text(json.dumps(said))
    change(kept, "UPDATE participant SET name = 'Ann', erased_at = NULL WHERE id = 'p'")
    status, _, err = kept.run("verify-certificate", path)
    assert status == 1
    assert "backup" in err
    assert "is here again" in kept.run("audit")[1]


def test_who_came_back_with_a_backup_is_erased_again_by_the_certificate(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, tar = tmp_path / "c.json", tmp_path / "b.tar"
    kept.run("backup", tar, "--with-keys")
    kept.run("erase", "--participant", "p", "--yes", "--certificate", path)
    kept.run("restore", tar, "--to", tmp_path / "back")
    monkeypatch.setenv("OPENPROCTOR_DATA_DIR", str(tmp_path / "back"))
    assert "'Ann'" in kept.run("erase", "--again", path)[1]
    assert kept.run("verify-certificate", path)[0] == 1
    assert "1 of 1 are here no more" in kept.run("erase", "--again", path, "--yes")[1]
    assert kept.run("erase", "--again", path, "--yes")[1] == "0 of 1 are here\n"
    # Even the log: the entry of an erasure is the same whenever it is made.
    assert kept.run("verify-certificate", path)[0] == 0
    path.write_text("{}")
    assert kept.run("erase", "--again", path, "--yes")[0] == 2


def test_a_whole_meeting_can_be_erased_with_one_certificate(kept: Kept) -> None:
    status, out, _ = kept.run("erase", "--meeting", "m", "--yes")
    assert status == 0
    (path,) = Path.cwd().glob("erased-m-*.json")
    assert path.name in out
    assert len(json.loads(path.read_text())["participants"]) == 2
    assert kept.files() == []
    assert kept.run("verify-certificate", path)[0] == 0
    assert kept.run("erase", "--meeting", "m")[0] == 0


def test_nobody_is_erased_in_the_middle_of_the_exam(kept: Kept) -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    kept.store.add_meeting(meeting(id="now", closes_at=soon))
    kept.store.add_participant(participant(id="r", meeting_id="now", name="Eve"))
    kept.store.start("r", at(5))
    status, _, err = kept.run("erase", "--participant", "r", "--yes")
    assert status == 2
    assert "still running" in err


@pytest.mark.parametrize(
    "command", ["audit", "backup", "restore", "export", "erase", "verify-certificate", "hold"]
)
def test_each_of_these_commands_explains_itself(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"usage: python -m proctoring {command}" in capsys.readouterr().out

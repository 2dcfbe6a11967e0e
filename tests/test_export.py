"""What a candidate may ask for: everything, opened, and nothing of anybody else."""

from __future__ import annotations

import csv
import io
import json
import wave
import zipfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from exams import QUESTIONS, SOLUTIONS
from keeping import PICTURE, Kept, kept, sound
from making import at

from proctoring.audit import events
from proctoring.traces.minutes import Recorder
from proctoring.types import Observation

__all__ = ["kept"]  # the fixture


def test_a_candidate_gets_everything_about_them_and_nothing_of_others(
    kept: Kept, tmp_path: Path
) -> None:
    out = tmp_path / "ann"
    status, _, err = kept.run("export", "--participant", "p", "--out", out)
    assert status == 0
    assert "not sealed" in err
    said = json.loads((out / "participant.json").read_text())
    assert said["participant"]["name"] == "Ann"
    assert said["participant"]["consent_version"] == "v1"
    assert said["meeting"]["title"] == "Algebra I"
    (incident,) = said["incidents"]
    assert incident["occurrences"][0]["summary"] == "2 faces"
    (answered,) = said["answers"]
    assert (answered["question_id"], answered["content"]) == ("1", "by Ann")
    (message,) = said["acts"]
    assert (message["kind"], message["content"]) == ("message", {"text": "Hëllo"})
    assert len(said["warnings_shown"]) == len(said["coverage"]) == 1
    files = {one["media_type"]: out / one["file"] for one in said["evidence"]}
    assert files["image/jpeg"].read_bytes() == PICTURE
    assert files["audio/wav"].read_bytes() == sound()
    assert cv2.imdecode(np.fromfile(files["image/jpeg"], np.uint8), 1).shape == (48, 64, 3)
    with wave.open(str(files["audio/wav"])) as clip:
        assert clip.getframerate() == 16_000
    actions = {entry["action"] for entry in said["log"]}
    assert {events.PARTICIPANT_JOINED, events.EVIDENCE_KEPT} <= actions
    everything = b"".join(path.read_bytes() for path in out.rglob("*") if path.is_file())
    assert b"Bob" not in everything
    assert b"hash of" not in everything
    assert b"solution" not in everything
    assert len([path for path in out.rglob("*") if path.is_file()]) == 3
    assert out.stat().st_mode & 0o077 == 0
    assert kept.store.audit_log("m")[-1].event.action == events.EXPORTED


def test_a_meeting_is_exported_whole_to_a_zip_file(kept: Kept, tmp_path: Path) -> None:
    path = tmp_path / "m.zip"
    assert kept.run("export", "--meeting", "m", "--out", path)[0] == 0
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert {"meeting.json", "incidents.csv", "log.json"} <= set(names)
        assert sum(name.endswith((".jpg", ".wav")) for name in names) == 4
        lines = list(csv.DictReader(io.StringIO(archive.read("incidents.csv").decode("utf-8-sig"))))
        assert "token" not in archive.read("meeting.json").decode()
        log = json.loads(archive.read("log.json"))
        questions, solutions = (
            json.loads(archive.read(name)) for name in ("paper.json", "answer_key.json")
        )
    assert [(line["name"], line["kind"]) for line in lines] == [
        ("Ann", "multiple_faces"),
        ("'=Bob", "multiple_faces"),  # text, where a spreadsheet would calculate
    ]
    assert questions["content"] == json.loads(QUESTIONS)
    assert solutions["content"] == json.loads(SOLUTIONS)
    assert log[-1]["hash"] == kept.store.audit_log("m")[-2].hash
    assert path.stat().st_mode & 0o077 == 0


def test_what_was_observed_is_exported_as_lines_of_json(kept: Kept, tmp_path: Path) -> None:
    recorder = Recorder("p", at(10), {"multiple_faces": 0.0}, ["face_count"])
    recorder.note(Observation(0.5, "face_count", 2.0, 0.9))
    recorder.note(Observation(1.5, "face_count", None, reason="dark"))
    assert not list(recorder.step(1.5))
    (whole,) = recorder.close(2.0)
    damaged = replace(whole, id="damaged", content=b"\x01", started_at=at(99), ended_at=at(99))
    for one in (whole, damaged):
        kept.store.save_trace(one)
    assert kept.run("export", "--participant", "p", "--out", tmp_path / "ann")[0] == 0
    lines = (tmp_path / "ann" / "observations.jsonl").read_text().splitlines()
    first, second, third = map(json.loads, lines)
    assert (first["at"], first["signal"], first["value"]) == (
        at(10.5).isoformat(),
        "face_count",
        2.0,
    )
    assert (second["value"], second["reason"]) == (None, "dark")
    assert third["trace"] == "damaged"
    assert "cut off" in third["problem"]


def test_of_somebody_erased_there_is_no_name_and_no_picture(kept: Kept, tmp_path: Path) -> None:
    kept.run("erase", "--participant", "p", "--yes")
    assert kept.run("export", "--participant", "p", "--out", tmp_path / "ann")[0] == 0
    (path,) = [path for path in (tmp_path / "ann").rglob("*") if path.is_file()]
    said = json.loads(path.read_text())
    assert said["participant"]["name"] == ""
    assert said["answers"] == said["acts"] == []
    assert [one["file"] for one in said["evidence"]] == [None, None]


def test_what_cannot_be_exported_is_one_line_and_leaves_nothing(kept: Kept, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    for arguments in (
        ["--participant", "x", "--out", tmp_path / "new"],
        ["--meeting", "x", "--out", tmp_path / "new"],
        ["--out", tmp_path / "new"],
        ["--meeting", "other", "--participant", "p", "--out", tmp_path / "new"],
        ["--participant", "p", "--out", tmp_path / "taken"],
    ):
        status, out, err = kept.run("export", *arguments)
        assert (status, out, len(err.splitlines())) == (2, "", 1)
    kept.files()[0].unlink()
    assert kept.run("export", "--meeting", "m", "--out", tmp_path / "new")[0] == 2
    assert not (tmp_path / "new").exists()
    assert list(tmp_path.glob(".export-*")) == []

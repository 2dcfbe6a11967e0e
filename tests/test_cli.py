"""What the command line prints, to whom, and with which exit status."""

import json
import subprocess
import sys

import cv2
import numpy as np
import pytest
from material import ROOT, SMALL

CLIP = SMALL / "scenarios" / "second_person.mp4"


def proctoring(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "proctoring", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=300,
        **options,
    )


def lines(run):
    return [json.loads(line) for line in run.stdout.splitlines()]


@pytest.mark.parametrize("command", ["", "replay", "analyze", "speakers", "doctor"])
def test_each_command_explains_itself(command):
    run = proctoring(*command.split(), "--help")
    assert run.returncode == 0
    assert "usage: python -m proctoring" in run.stdout


def test_replay_prints_incidents_and_then_a_summary(tmp_path):
    run = proctoring("replay", CLIP, "--json", "--out", tmp_path / "out")
    assert run.returncode == 0, run.stderr
    *incidents, summary = lines(run)
    assert {i["type"] for i in incidents} == {"incident"}
    faces = next(i for i in incidents if i["kind"] == "multiple_faces")
    assert faces["category"] == "conduct"
    assert faces["title"] == "More than one face"
    assert faces["opened_s"] == pytest.approx(10, abs=1)
    assert faces["closed_s"] == pytest.approx(20, abs=1.5)
    assert faces["count"] == 1
    for item in faces["evidence"]:
        assert (tmp_path / "out" / item["file"]).stat().st_size > 0
    assert summary["type"] == "summary"
    assert summary["incidents"] == len(incidents)
    assert summary["duration_s"] == pytest.approx(30, abs=0.5)
    assert 0 < summary["score"] <= 100
    assert summary["coverage"]["face_count"] > 0.9


@pytest.fixture(scope="module")
def cut(tmp_path_factory):
    """Sixteen seconds, without the sound: the second person is still there."""
    path = tmp_path_factory.mktemp("cut") / "cut.mp4"
    subprocess.run(
        ["ffmpeg", "-y", "-loglevel", "error", "-i", CLIP, "-t", "16", "-an", path], check=True
    )
    return path


def test_replay_without_json_speaks_to_people(cut):
    run = proctoring("replay", cut)
    assert "More than one face" in run.stdout
    assert "score" in run.stdout


def test_what_is_still_going_on_at_the_end_has_no_closing_time(cut):
    *incidents, _ = lines(proctoring("replay", cut, "--json"))
    assert [(i["kind"], i["closed_s"]) for i in incidents] == [("multiple_faces", None)]


def picture(path, width=320, height=240):
    cv2.imwrite(str(path), np.full((height, width, 3), 128, np.uint8))
    return path


def test_analyze_gives_a_line_a_picture(tmp_path):
    frame = tmp_path / "frame.png"
    subprocess.run(
        ["ffmpeg", "-y", "-loglevel", "error", "-ss", "15", "-i", CLIP, "-frames:v", "1", frame],
        check=True,
    )
    run = proctoring("analyze", frame, picture(tmp_path / "empty.png"), "--json")
    assert run.returncode == 0, run.stderr
    two, none = lines(run)
    assert two["file"] == str(frame)
    assert (two["people_count"], two["face_detected"]) == (2, True)
    assert two["alerts"] == ["multiple_faces"]
    for face in two["faces"]:
        left, top, right, bottom = face["box"]
        assert 0 <= left < right <= 480
        assert 0 <= top < bottom <= 360
        assert 0 < face["confidence"] <= 1
    assert (none["people_count"], none["face_detected"], none["faces"]) == (0, False, [])


def test_a_bad_file_is_one_line_on_stderr_and_the_others_are_done(tmp_path):
    (tmp_path / "bad.jpg").write_text("no picture")
    good, tiny = picture(tmp_path / "good.png"), picture(tmp_path / "tiny.png", 1, 1)
    run = proctoring("analyze", tmp_path / "bad.jpg", tiny, good, "--json")
    assert run.returncode == 2
    assert [line["file"] for line in lines(run)] == [str(good)]
    assert len(run.stderr.splitlines()) == 2
    assert "bad.jpg: not a picture" in run.stderr
    assert "1×1 px is too small" in run.stderr


def test_speakers_tells_who_spoke_when(tmp_path):
    run = proctoring("speakers", SMALL / "audio" / "two_voices.flac", "--json", "--rttm", tmp_path)
    assert run.returncode == 0, run.stderr
    (result,) = lines(run)
    assert result["speaker_count"] == 2
    assert 12 < result["speech_s"] < 21
    first = result["segments"][0]
    assert first["start_s"] == pytest.approx(1, abs=0.6)
    rttm = (tmp_path / "two_voices.rttm").read_text().splitlines()
    assert len(rttm) == len(result["segments"])
    assert rttm[0].startswith("SPEAKER two_voices 1 ")


@pytest.mark.parametrize("command", ["replay", "speakers"])
@pytest.mark.parametrize(("content", "says"), [(b"", "empty"), (b"text " * 99, "not a recording")])
def test_an_unreadable_recording_is_one_clear_line(tmp_path, command, content, says):
    path = tmp_path / "exam.mp4"
    path.write_bytes(content)
    run = proctoring(command, path, "--json")
    assert run.returncode == 2
    assert run.stdout == ""
    (line,) = run.stderr.splitlines()
    assert says in line
    assert "exam.mp4" in line


def test_speakers_goes_on_after_a_bad_file(tmp_path):
    (tmp_path / "bad.wav").write_bytes(b"RIFF")
    run = proctoring("speakers", tmp_path / "bad.wav", CLIP, "--json")
    assert run.returncode == 2
    assert len(lines(run)) == 1


def test_doctor_finds_the_installation_well(tmp_path):
    import os

    run = proctoring(
        "doctor", "--json", "--port", "0", env={**os.environ, "OPENPROCTOR_DATA_DIR": str(tmp_path)}
    )
    checks = {check["name"]: check for check in lines(run)}
    assert run.returncode == 0, [c for c in checks.values() if not c["is_ok"]]
    assert {"sees", "hears", "keeps", "data folder"} <= set(checks)
    assert any(name.startswith("model ") for name in checks)


def test_doctor_says_what_is_missing_and_how_to_mend_it(tmp_path):
    import os

    run = proctoring("doctor", env={**os.environ, "OPENPROCTOR_ICE_SERVERS": "nonsense"})
    assert run.returncode == 2
    assert "OPENPROCTOR_ICE_SERVERS must be a JSON list" in run.stdout

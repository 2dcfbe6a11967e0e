"""What `speakers` tells of a recording: whose voice each turn is, sums, incidents, files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from material import ROOT, SMALL

from proctoring.enrolment.voice import enrol_voice
from proctoring.exam import VoiceProfile
from proctoring.media import read_sound
from proctoring.perception.whose import Whose
from proctoring.replay import media_s
from proctoring.speakers.diarization import Listened, Remembered, diarize, listen, speakers
from proctoring.speakers.report import VoiceReport, voice_report
from proctoring.types import Sound

ONE, TWO = (SMALL / "audio" / f"{name}.flac" for name in ("one_voice", "two_voices"))


@pytest.fixture(scope="module")
def two() -> Sound:
    return read_sound(TWO)


@pytest.fixture(scope="module")
def own() -> VoiceProfile:
    """The voice that speaks first in `two`."""
    return enrol_voice(_first_turns(read_sound(TWO)))


@pytest.fixture(scope="module")
def report(two: Sound, own: VoiceProfile) -> VoiceReport:
    return voice_report(two, own)


def _truth(path: Path) -> list[tuple[float, float, str]]:
    rows = [line.split() for line in path.with_suffix(".rttm").read_text().splitlines()]
    return [(float(r[3]), float(r[3]) + float(r[4]), r[7]) for r in rows]


def _first_turns(sound: Sound) -> Sound:
    turns = _truth(TWO)
    mine = [sound[int(a * 16_000) : int(b * 16_000)] for a, b, who in turns if who == turns[0][2]]
    return np.concatenate(mine)


def test_each_turn_is_told_whose_it_is(report: VoiceReport) -> None:
    truth = _truth(TWO)
    for turn in report.turns:
        if turn.end_s - turn.start_s < 1:
            continue
        middle = (turn.start_s + turn.end_s) / 2
        said = [who for start, end, who in truth if start <= middle < end]
        if said:
            assert turn.whose is (Whose.CANDIDATE if said == [truth[0][2]] else Whose.OTHER)


def test_the_seconds_of_each_add_up(report: VoiceReport) -> None:
    spoken = report.candidate_s + report.other_s - report.both_s + report.unsure_s
    assert spoken == pytest.approx(report.speech_s, abs=0.02)
    truth = _truth(TWO)
    mine = sum(end - start for start, end, who in truth if who == truth[0][2])
    assert report.candidate_s == pytest.approx(mine, abs=2)


def test_the_second_voice_is_an_incident_after_it_began(report: VoiceReport) -> None:
    incident, *others = report.incidents
    assert incident.kind == "multiple_speakers"
    assert {other.kind for other in others} <= {"voice_swap"}, "the other goes on alone for 9 s"
    begins = min(start for start, _, who in _truth(TWO) if who != _truth(TWO)[0][2])
    assert begins < media_s(incident.opened_at) < begins + 6


def test_a_stranger_alone_is_another_voice(own: VoiceProfile, two: Sound) -> None:
    truth = _truth(TWO)
    theirs = [two[int(a * 16e3) : int(b * 16e3)] for a, b, who in truth if who != truth[0][2]]
    found = voice_report(np.concatenate([*theirs, *theirs]), own)
    assert found.speaker_count == 1
    assert found.candidate_s == 0
    assert found.other_s > 5
    assert "other_voice" in {incident.kind for incident in found.incidents}


def test_without_an_enrolment_and_with_little_speech_nobody_is_known(two: Sound) -> None:
    found = voice_report(two[: 6 * 16_000])
    assert found.unsure_s == pytest.approx(found.speech_s)
    assert found.incidents == ()


def test_who_speaks_alone_for_long_is_taken_for_the_candidate() -> None:
    found = voice_report(np.tile(read_sound(ONE), 2))
    assert found.candidate_s > 0.9 * found.speech_s
    assert found.incidents == ()


def test_silence_and_nothing_at_all_are_nobody() -> None:
    for sound in (np.zeros(16_000 * 5, np.float32), np.empty(0, np.float32)):
        found = voice_report(sound)
        assert (found.speaker_count, found.speech_s, found.turns) == (0, 0.0, ())


def test_a_muted_microphone_is_a_technical_incident() -> None:
    (incident,) = voice_report(np.zeros(16_000 * 30, np.float32)).incidents
    assert (incident.kind, str(incident.category)) == ("microphone_silent", "technical")


def test_what_was_heard_once_gives_the_same_again(two: Sound) -> None:
    heard = listen(two)
    again = Listened(
        tuple(Remembered(heard.steps).hear(np.append(two, np.zeros(50_000)))), len(two)
    )
    assert diarize(again, again.clusters()) == speakers(two)


# --- the command ------------------------------------------------------------------------------


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "proctoring", "speakers", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=300,
    )


def enrolment(folder: Path) -> Path:
    from proctoring.evidence import wav

    path = folder / "me.wav"
    path.write_bytes(wav(_first_turns(read_sound(TWO)), 16_000))
    return path


def converted(folder: Path, name: str, *options: str) -> Path:
    path = folder / name
    subprocess.run(["ffmpeg", "-y", "-loglevel", "error", "-i", TWO, *options, path], check=True)
    return path


def test_the_command_tells_who_writes_the_files_and_goes_on_after_a_bad_one(tmp_path: Path) -> None:
    bad = tmp_path / "bad.flac"
    bad.write_bytes(b"fLaC")
    options = ("--enrol-voice", enrolment(tmp_path), "--rttm", tmp_path / "r", "--plot", tmp_path)
    run = command(bad, TWO, "--json", *options)
    assert run.returncode == 2
    assert "bad.flac" in run.stderr
    (told,) = (json.loads(line) for line in run.stdout.splitlines())
    assert told["speaker_count"] == 2
    assert {segment["who"] for segment in told["segments"]} >= {"candidate", "other"}
    assert told["other_s"] > told["candidate_s"] > 3
    assert told["unsure_s"] < 1
    assert told["incidents"][0]["kind"] == "multiple_speakers"
    assert (tmp_path / "r" / "two_voices.rttm").read_text().startswith("SPEAKER two_voices 1 ")
    plot = cv2.imread(str(tmp_path / "two_voices.png"))
    assert plot.shape[1] == 960


def test_an_enrolment_that_cannot_be_used_is_one_clear_line(tmp_path: Path) -> None:
    from proctoring.evidence import wav

    silent = tmp_path / "silent.wav"
    silent.write_bytes(wav(np.zeros(160_000, np.float32), 16_000))
    for path, says in ((silent, "Nothing is heard"), (tmp_path / "none.wav", "none.wav")):
        run = command(TWO, "--enrol-voice", path, "--json")
        assert (run.returncode, run.stdout) == (2, "")
        (line,) = run.stderr.splitlines()
        assert path.name in line
        assert says in line


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.wav", ("-ar", "44100", "-ac", "2")),
        ("a.flac", ("-ar", "48000")),
        ("a.mp3", ("-b:a", "96k")),
        ("a.opus", ("-b:a", "32k")),
        ("a.m4a", ("-ar", "22050", "-b:a", "64k")),
        ("a.mp4", ("-c:a", "aac", "-ac", "6", "-ar", "48000")),
    ],
)
def test_every_usual_format_rate_and_channel_count_is_read(
    name: str, options: tuple[str, ...], tmp_path: Path
) -> None:
    found: Any = speakers(read_sound(converted(tmp_path, name, *options)))
    assert found.speaker_count == 2
    assert found.speech_s == pytest.approx(speakers(read_sound(TWO)).speech_s, abs=1.5)

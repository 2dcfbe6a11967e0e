"""`speakers FILE…`: how many voices are in a recording, whose they are, and who spoke when."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
from tqdm import tqdm

from proctoring import waveform
from proctoring.cli import incidents, output
from proctoring.enrolment.face import EnrolmentError
from proctoring.enrolment.voice import enrol_voice
from proctoring.exam import VoiceProfile
from proctoring.media import MediaError, read_sound
from proctoring.perception.level import level_db
from proctoring.perception.whose import Whose
from proctoring.replay import media_s
from proctoring.speakers.report import Turn, VoiceReport, voice_report
from proctoring.types import Image, Sound


def add_to(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "speakers",
        help="tell voices apart in recordings",
        description="One line a file: how many voices, for how long the candidate and others are "
        "heard, who spoke when, and the incidents that an exam would have had.",
    )
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="what PyAV reads")
    parser.add_argument(
        "--enrol-voice",
        type=Path,
        metavar="FILE",
        help="the candidate alone, for 10 to 20 s; without it, the voice that is heard first",
    )
    parser.add_argument(
        "--rttm", type=Path, metavar="DIR", help="write an RTTM file for each to this folder"
    )
    parser.add_argument(
        "--plot", type=Path, metavar="DIR", help="write a waveform for each to this folder, as PNG"
    )
    parser.add_argument("--json", action="store_true", help="JSON Lines on stdout")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    try:
        profile = enrolled(options.enrol_voice) if options.enrol_voice else None
    except (MediaError, EnrolmentError) as error:
        output.problem(error)
        return 2
    status = 0
    for path in tqdm(options.files, unit="file", disable=None):
        try:
            _tell(path, profile, options)
        except MediaError as error:
            output.problem(error)
            status = 2
    return status


def enrolled(path: Path) -> VoiceProfile:
    """Raises MediaError and EnrolmentError, either with the file's name in it."""
    sound = read_sound(path)
    try:
        return enrol_voice(sound)
    except EnrolmentError as error:
        raise EnrolmentError(f"{path}: {error}") from None


def _tell(path: Path, profile: VoiceProfile | None, options: argparse.Namespace) -> None:
    sound = read_sound(path)
    report = voice_report(sound, profile)
    if options.rttm:
        options.rttm.mkdir(parents=True, exist_ok=True)
        (options.rttm / f"{path.stem}.rttm").write_text(_rttm(path.stem, report))
    if options.plot:
        options.plot.mkdir(parents=True, exist_ok=True)
        _, png = cv2.imencode(".png", _plot(path.name, sound, report))
        (options.plot / f"{path.stem}.png").write_bytes(png.tobytes())
    if options.json:
        output.line(_values(path, report))
    else:
        print(f"{path}: {_sentence(report)}")


def _values(path: Path, report: VoiceReport) -> dict[str, Any]:
    return {
        "file": str(path),
        "speaker_count": report.speaker_count,
        "speech_s": round(report.speech_s, 2),
        "candidate_s": round(report.candidate_s, 2),
        "other_s": round(report.other_s, 2),
        "both_s": round(report.both_s, 2),
        "unsure_s": round(report.unsure_s, 2),
        "segments": [
            {
                "start_s": round(turn.start_s, 2),
                "end_s": round(turn.end_s, 2),
                "speaker": _name(turn.speaker),
                "who": _who(turn),
            }
            for turn in report.turns
        ],
        "incidents": [incidents.values(incident) for incident in report.incidents],
    }


def _sentence(report: VoiceReport) -> str:
    found = ", ".join(
        f"{incident.first.title} at {output.clock(media_s(incident.opened_at))}"
        for incident in report.incidents
    )
    return (
        f"{output.count(report.speaker_count, 'voice')}, {report.speech_s:.1f} s of speech "
        f"({_shares(report)}); {found or 'no incident'}"
    )


def _shares(report: VoiceReport) -> str:
    return (
        f"candidate {report.candidate_s:.1f} s, others {report.other_s:.1f} s, "
        f"unsure {report.unsure_s:.1f} s"
    )


def _rttm(name: str, report: VoiceReport) -> str:
    """NIST's Rich Transcription Time Marked format; names may not hold spaces in it."""
    file = "_".join(name.split())
    return "".join(
        f"SPEAKER {file} 1 {turn.start_s:.3f} {turn.end_s - turn.start_s:.3f} "
        f"<NA> <NA> {_name(turn.speaker)} <NA> <NA>\n"
        for turn in report.turns
    )


def _plot(name: str, sound: Sound, report: VoiceReport) -> Image:
    told = [(turn.start_s, turn.end_s, turn.whose) for turn in report.turns]
    lanes = [
        waveform.Lane(
            _name(speaker).replace("_", " "),
            [one for one, turn in zip(told, report.turns, strict=True) if turn.speaker == speaker],
        )
        for speaker in range(report.speaker_count)
    ]
    nobody = [(0.0, float("inf"), Whose.NOBODY)]
    marks = [
        (media_s(o.opened_at), media_s(o.closed_at or o.last_seen_at))
        for incident in report.incidents
        for o in incident.occurrences
    ]
    voices = output.count(report.speaker_count, "voice")
    numbers = f"{voices}; {_shares(report)}; level {level_db(sound):.0f} dB"
    told = [*nobody, *told, *_together(report)]
    return waveform.draw(sound, 0.0, told, marks, name, numbers, lanes)


def _together(report: VoiceReport) -> Iterator[waveform.Told]:
    """When the candidate and another are heard at once."""
    for one in report.turns:
        for other in report.turns:
            if (one.whose, other.whose) == (Whose.CANDIDATE, Whose.OTHER):
                start, end = max(one.start_s, other.start_s), min(one.end_s, other.end_s)
                if start < end:
                    yield start, end, Whose.BOTH


def _who(turn: Turn) -> str:
    return "unsure" if turn.whose is None else turn.whose.name.lower()


def _name(speaker: int) -> str:
    return f"speaker_{speaker + 1}"

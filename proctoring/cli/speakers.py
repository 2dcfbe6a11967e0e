"""`speakers FILE…`: how many voices are in a recording, and who spoke when."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tqdm import tqdm

from proctoring.cli import output
from proctoring.diarization import SpeakerReport, speakers
from proctoring.media import MediaError, read_sound


def add_to(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "speakers",
        help="tell voices apart in recordings",
        description="One line a file: how many voices, and who spoke when. Nobody is identified.",
    )
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="what PyAV reads")
    parser.add_argument("--rttm", type=Path, help="write an RTTM file for each to this folder")
    parser.add_argument("--json", action="store_true", help="JSON Lines on stdout")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    status = 0
    for path in tqdm(options.files, unit="file", disable=None):
        try:
            report = speakers(read_sound(path))
        except MediaError as error:
            output.problem(error)
            status = 2
            continue
        if options.rttm:
            options.rttm.mkdir(parents=True, exist_ok=True)
            (options.rttm / f"{path.stem}.rttm").write_text(_rttm(path.stem, report))
        if options.json:
            output.line(_values(path, report))
        else:
            voices = output.count(report.speaker_count, "voice")
            print(f"{path}: {voices}, {report.speech_s:.1f} s of speech")
    return status


def _values(path: Path, report: SpeakerReport) -> dict[str, Any]:
    return {
        "file": str(path),
        "speaker_count": report.speaker_count,
        "speech_s": round(report.speech_s, 2),
        "segments": [
            {"start_s": round(start, 2), "end_s": round(end, 2), "speaker": _name(speaker)}
            for start, end, speaker in report.segments
        ],
    }


def _rttm(name: str, report: SpeakerReport) -> str:
    """NIST's Rich Transcription Time Marked format; names may not hold spaces in it."""
    file = "_".join(name.split())
    return "".join(
        f"SPEAKER {file} 1 {start:.3f} {end - start:.3f} <NA> <NA> {_name(speaker)} <NA> <NA>\n"
        for start, end, speaker in report.segments
    )


def _name(speaker: int) -> str:
    return f"speaker_{speaker + 1}"

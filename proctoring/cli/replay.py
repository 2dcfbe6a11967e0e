"""`replay VIDEO`: the incidents of a recorded exam."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tqdm import tqdm

from proctoring.cli import output
from proctoring.media import MediaError, probe
from proctoring.presets import PRESETS
from proctoring.replay import Replay, media_s, replay
from proctoring.types import Evidence, Incident

EXTENSIONS = {"image/jpeg": "jpg", "audio/wav": "wav"}


def add_to(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "replay",
        help="find the incidents of a recorded exam",
        description="Run a recording through the live pipeline, faster than real time.",
    )
    parser.add_argument("video", type=Path, help="what PyAV reads; its own sound is used")
    parser.add_argument("--audio", type=Path, help="take the sound from this file instead")
    parser.add_argument("--out", type=Path, help="write pictures and sound clips to this folder")
    parser.add_argument(
        "--preset", choices=sorted(PRESETS), default="standard", help="default: standard"
    )
    parser.add_argument("--json", action="store_true", help="JSON Lines on stdout")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    try:
        result = _replay(options)
    except MediaError as error:
        output.problem(error)
        return 2
    names = _write(result, options.out) if options.out else {}
    if options.json:
        _print_json(result, names)
    else:
        _print_text(result)
    return 0


def _replay(options: argparse.Namespace) -> Replay:
    length = probe(options.video).duration_s
    with tqdm(
        total=length and round(length, 1), unit="s", desc=options.video.name, disable=None
    ) as bar:
        return replay(
            options.video,
            options.audio,
            PRESETS[options.preset],
            on_progress=lambda t: bar.update(max(0.0, round(t, 1) - bar.n)) and None,
        )


def _write(result: Replay, folder: Path) -> dict[str, str]:
    """Evidence id -> name of the file that was written."""
    folder.mkdir(parents=True, exist_ok=True)
    names: dict[str, str] = {}
    for incident in result.incidents:
        for number, item in enumerate(result.evidence[incident.id], 1):
            stem = f"{media_s(incident.opened_at):08.1f}s-{incident.kind}-{number}"
            names[item.id] = f"{stem}.{EXTENSIONS[item.media_type]}"
            (folder / names[item.id]).write_bytes(item.data)
    return names


def _print_json(result: Replay, names: dict[str, str]) -> None:
    for incident in result.incidents:
        closed_at = incident.closed_at
        output.line(
            {
                "type": "incident",
                "kind": incident.kind,
                "category": str(incident.category),
                "title": incident.first.title,
                "severity": incident.first.severity.name.lower(),
                "opened_s": round(media_s(incident.opened_at), 2),
                "closed_s": None if closed_at is None else round(media_s(closed_at), 2),
                "count": incident.count,
                "summary": incident.worst.summary,
                "evidence": [_evidence(item, names) for item in result.evidence[incident.id]],
            }
        )
    output.line(
        {
            "type": "summary",
            "duration_s": round(result.duration_s, 2),
            "incidents": len(result.incidents),
            "score": round(result.score, 1),
            "coverage": {name: round(share, 3) for name, share in result.coverage.items()},
        }
    )


def _evidence(item: Evidence, names: dict[str, str]) -> dict[str, Any]:
    return {
        "media_type": item.media_type,
        "at_s": round(media_s(item.captured_at), 2),
        "sha256": item.sha256,
        "file": names.get(item.id),
    }


def _print_text(result: Replay) -> None:
    for incident in result.incidents:
        print(_sentence(incident))
    print(
        f"{output.count(len(result.incidents), 'incident')} in {output.clock(result.duration_s)};"
        f" score {result.score:.0f} of 100"
    )
    for name, share in result.coverage.items():
        print(f"  {name:<16} measured {share:6.1%} of the time")


def _sentence(incident: Incident) -> str:
    end = incident.closed_at
    until = "the end" if end is None else output.clock(media_s(end))
    times = f", {incident.count} times" if incident.count > 1 else ""
    return (
        f"{output.clock(media_s(incident.opened_at))} to {until}  {incident.first.title}"
        f" ({incident.worst.summary}{times}) [{incident.category}]"
    )

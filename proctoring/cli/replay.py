"""`replay VIDEO`: the incidents of a recorded exam."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from tqdm import tqdm

from proctoring.cli import incidents, output
from proctoring.cli.speakers import enrolled
from proctoring.enrolment.face import EnrolmentError, enrol_faces
from proctoring.exam import Enrolment, Exam
from proctoring.media import MediaError, probe, read_picture
from proctoring.perception.scene import Scene
from proctoring.policy.file import PolicyError, read_policy
from proctoring.policy.presets import PRESETS, Preset
from proctoring.replay import PACKAGED_ENGINE, Engine, Replay, Watcher, Watchers, media_s, replay
from proctoring.report.folder import FILM, PAGE, PLOT, Folder
from proctoring.report.observations import ObservationLog
from proctoring.types import Evidence, Incident, Policy, VideoFrame


def add_to(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "replay",
        help="find the incidents of a recorded exam",
        description="Run a recording through the live pipeline, faster than real time.",
    )
    parser.add_argument("video", type=Path, help="what PyAV reads; its own sound is used")
    parser.add_argument("--audio", type=Path, help="take the sound from this file instead")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help=f"write pictures, sound clips, {FILM}, {PLOT} and {PAGE} to this folder",
    )
    parser.add_argument(
        "--observations",
        type=Path,
        metavar="FILE",
        help="write every observation as JSON Lines, also where nothing could be told, and why",
    )
    parser.add_argument(
        "--enrol",
        type=Path,
        nargs="+",
        default=(),
        metavar="IMAGE",
        help="pictures of the candidate, to tell another person by",
    )
    parser.add_argument(
        "--enrol-voice",
        type=Path,
        metavar="FILE",
        help="the candidate alone for 10 to 20 s, to tell another voice by",
    )
    parser.add_argument(
        "--policy", type=Path, metavar="FILE", help="TOML or JSON: what is on and what is allowed"
    )
    parser.add_argument(
        "--preset", choices=sorted(PRESETS), help="default: the policy's, or else standard"
    )
    parser.add_argument(
        "--engine",
        choices=("packaged", "reference"),
        default="packaged",
        help="reference: mediapipe, face_recognition and resemblyzer themselves (make reference)",
    )
    parser.add_argument("--json", action="store_true", help="JSON Lines on stdout")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    try:
        result, names = _run(options)
    except (MediaError, EngineError, EnrolmentError, PolicyError) as error:
        output.problem(error)
        return 2
    if options.json:
        _print_json(result, names)
    else:
        _print_text(result)
    return 0


class EngineError(Exception):
    """The packages of an engine are not here; the message says where they are."""


class _Setting(NamedTuple):
    engine: Engine
    exam: Exam
    signals: tuple[str, ...] | None  # names of analysers; None: all
    preset: Preset


def _run(options: argparse.Namespace) -> tuple[Replay, dict[str, str]]:
    """What was found, and evidence id -> name of the file that was written."""
    recording, setting = probe(options.video), _setting(options)
    with ExitStack() as files:
        watchers: list[Watcher] = []
        if options.observations:
            file = options.observations.open("w", encoding="utf-8")
            watchers.append(ObservationLog(files.enter_context(file)))
        if options.out:
            has_sound = recording.has_audio or options.audio is not None
            watchers.append(files.enter_context(Folder(options.out, has_sound=has_sound)))
        result = _replay(options, recording.duration_s, setting, Watchers(watchers))
    found = (w.write(options.video.name, result) for w in watchers if isinstance(w, Folder))
    return result, next(found, {})


def _setting(options: argparse.Namespace) -> _Setting:
    engine, policy, signals, preset = _engine(options.engine), Policy(), None, PRESETS["standard"]
    if options.policy:
        written = read_policy(options.policy)
        policy, signals, preset = written.policy, written.signals, written.preset
    if options.preset:
        preset = replace(PRESETS[options.preset], thresholds=preset.thresholds)
    faces = None
    if options.enrol:
        frames = [VideoFrame(0.0, read_picture(path)) for path in options.enrol]
        faces = enrol_faces([Scene(frame, engine.thorough) for frame in frames])
    voice = enrolled(options.enrol_voice) if options.enrol_voice else None
    return _Setting(engine, Exam(policy, Enrolment(faces=faces, voice=voice)), signals, preset)


def _engine(name: str) -> Engine:
    if name == "packaged":
        return PACKAGED_ENGINE
    from proctoring import reference  # of packages that the product itself does without

    try:
        return reference.engine()
    except ImportError as error:
        raise EngineError(
            f"{error.name} is not installed here. `make reference` installs it: then run "
            "`.venv-reference/bin/python -m proctoring replay --engine reference …`"
        ) from None


def _replay(
    options: argparse.Namespace, length: float | None, setting: _Setting, watcher: Watcher
) -> Replay:
    with tqdm(
        total=length and round(length, 1), unit="s", desc=options.video.name, disable=None
    ) as bar:
        return replay(
            options.video,
            options.audio,
            setting.preset,
            signals=setting.signals,
            exam=setting.exam,
            engine=setting.engine,
            watcher=watcher,
            on_progress=lambda t: bar.update(max(0.0, round(t, 1) - bar.n)) and None,
        )


def _print_json(result: Replay, names: dict[str, str]) -> None:
    for incident in result.incidents:
        evidence = [_evidence(item, names) for item in result.evidence[incident.id]]
        output.line({"type": "incident", **incidents.values(incident), "evidence": evidence})
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

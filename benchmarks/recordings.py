"""Whole recordings through the pipeline: which events are found, and what comes of no event.

.venv/bin/python -m benchmarks.recordings [--data DIR]
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy comes in

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
from tqdm import tqdm

from proctoring.analysers import rules_by_kind
from proctoring.cards import poisson
from proctoring.policy.presets import PRESETS
from proctoring.replay import Replay, media_s, replay
from proctoring.types import Rule
from tests.material import DATA

# What may come of an event; the kind that it is about comes first, and is to be found. Somebody
# else's face in a picture is a face, and a covered camera sees little. What shows a face to the
# camera is a tablet or a large phone, so either name for it is right; a book it is not.
KINDS = {
    "multiple_faces": ("multiple_faces", "other_person"),
    "no_face": ("no_face",),
    "different_person": ("different_person",),
    "phone": ("phone_seen",),
    "screen": ("second_screen",),
    "book": ("book_seen",),
    "gaze_away": ("looking_away",),
    "head_turned": ("looking_away",),
    "looks_about": ("", "looking_away"),  # now here, now there: neither away nor at the screen
    "far": ("too_far",),
    "face_cut_off": ("face_cut_off",),
    "spoof_screen": (
        "spoof_suspected",
        "multiple_faces",
        "different_person",
        "other_person",
        "phone_seen",
        "second_screen",
    ),
    "spoof_print": ("spoof_suspected", "multiple_faces", "different_person", "other_person"),
    "stills": ("", "spoof_suspected", "camera_frozen"),  # photos that were set in motion
    "camera_covered": ("camera_covered", "no_face", "picture_dark", "picture_blurred"),
    "frozen": ("camera_frozen", "spoof_suspected"),
    "second_voice": ("multiple_speakers", "other_voice", "voice_swap", "whisper"),
    "different_voice": ("voice_swap", "other_voice", "multiple_speakers"),
    "splice": ("camera_changed",),  # where a recorded exam goes on with another take
}
MARGIN_S = 2.0  # around an event: its times are true to half a second, and rules let go late
LABEL = "whole recordings"


@dataclass(frozen=True, slots=True)
class Event:
    name: str
    start_s: float
    end_s: float


# What the labels leave out, seen by eye in a picture of every second.
SEEN = {
    "d6_phone": (
        Event("stills", 0, 30),
        Event("face_cut_off", 0, 10),  # at the chin
        Event("face_cut_off", 20, 30),
        *(Event("splice", at, at) for at in range(11, 20)),  # a new photo each second
    ),
    "d7_photo_to_camera": (Event("stills", 0, 10),),
    "d8_gaze": (Event("splice", 10, 10), Event("splice", 25.3, 25.3)),
    "phone_woman": (Event("looks_about", 0, 7.87),),
    "phone_two_men": (Event("looks_about", 0, 8.8),),
    "phone_call_woman": (Event("far", 0, 12.4), Event("looks_about", 0, 12.4)),
    "sign_man": (Event("screen", 0, 2.2),),  # at the left edge
    "sign_woman": (Event("screen", 0, 2.93),),
}


@dataclass(frozen=True, slots=True)
class Recording:
    path: Path
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    replays: tuple[tuple[Recording, Replay], ...]

    def card(self, kind: str) -> dict[str, Any]:
        """Without rows: of a kind that is measured in no other way."""
        rule = rules_by_kind()[kind]
        return {
            "kind": kind,
            "signal": rule.signal,
            "threshold": threshold(rule),
            "model_sha256": {},
            "chosen_on": "what the comments beside its rule say",
            "rows": [],
        }

    def row(self, kind: str) -> dict[str, Any]:
        """In the shape of a card's row."""
        found = [hit for pair in self.replays for hit in _found(kind, *pair)]
        return {
            "condition": LABEL,
            "set": f"{len(self.replays)} recordings of webcams and of exams",
            "n_positive": len(found),
            "found": sum(found),
            "n_negative": 0,
            "false": sum(len(false(kind, *pair)) for pair in self.replays),
            "unit": "hour",
            "hours": round(sum(_clean_s(kind, *pair) for pair in self.replays) / 3600, 4),
        }


def threshold(rule: Rule) -> dict[str, float]:
    """As a card tells it."""
    names = ("enter_at", "exit_at", "enter_after_s")
    return {name: float(getattr(rule, name)) for name in names}


def measure(data: Path) -> Measured:
    """Each at the standard rules, with nothing known of the exam."""
    cv2.setNumThreads(1)
    found = []
    for recording in tqdm([*recordings(data)], desc="recordings", file=sys.stderr):
        found.append((recording, replay(recording.path, None, PRESETS["standard"])))
    return Measured(tuple(found))


def recordings(data: Path) -> Iterator[Recording]:
    for path in sorted((data / "scenarios").glob("d*_*.json")):
        events = json.loads(path.read_text())["events"]
        named = (Event(e["event"], e["start_s"], e["end_s"]) for e in events)
        known = [event for event in named if event.name in KINDS]
        splices = [Event("splice", at, at) for e in known for at in (e.start_s, e.end_s)]
        yield Recording(path.with_suffix(".mp4"), (*known, *splices, *SEEN.get(path.stem, ())))
    for truth in json.loads((data / "video" / "ground_truth.json").read_text()):
        path = data / "video" / truth["file"]
        found = (event for segment in truth["segments"] for event in _events(segment))
        yield Recording(path, (*found, *SEEN.get(path.stem, ())))


def _events(segment: dict[str, Any]) -> Iterator[Event]:
    names = {0: ["no_face"], 1: []}.get(segment["faces"], ["multiple_faces"])
    if segment.get("gaze", "center") != "center":
        names = [*names, "gaze_away"]
    if "cell phone" in segment.get("objects", ()):
        names = [*names, "phone"]
    if (segment.get("head") or "").startswith("turned"):
        names = [*names, "head_turned"]
    return (Event(name, segment["start"], segment["end"]) for name in names)


def _found(kind: str, recording: Recording, result: Replay) -> Iterator[bool]:
    """For each event that lasts long enough to be one: did an incident come of it?"""
    lasts_s = rules_by_kind()[kind].enter_after_s + MARGIN_S / 2
    for event in recording.events:
        if KINDS[event.name][0] == kind and event.end_s - event.start_s > lasts_s:
            yield any(
                start < event.end_s + MARGIN_S and end > event.start_s - MARGIN_S
                for start, end in _times(kind, result)
            )


def false(kind: str, recording: Recording, result: Replay) -> list[tuple[float, float]]:
    """The times of incidents that no event explains."""
    explained = [e for e in recording.events if kind in KINDS[e.name]]
    return [
        (start, end)
        for start, end in _times(kind, result)
        if all(start > e.end_s + MARGIN_S or end < e.start_s - MARGIN_S for e in explained)
    ]


def _clean_s(kind: str, recording: Recording, result: Replay) -> float:
    """The time that no event explains; two at once are no longer than one."""
    clean_s, until_s = 0.0, 0.0
    events = (event for event in recording.events if kind in KINDS[event.name])
    for event in sorted(events, key=lambda event: event.start_s):
        clean_s += max(0.0, event.start_s - until_s)
        until_s = max(until_s, event.end_s)
    return clean_s + max(0.0, result.duration_s - until_s)


def _times(kind: str, result: Replay) -> list[tuple[float, float]]:
    """From when to when, s, of each occurrence."""
    return [
        (
            media_s(occurrence.opened_at),
            result.duration_s if occurrence.closed_at is None else media_s(occurrence.closed_at),
        )
        for incident in result.incidents
        if incident.kind == kind
        for occurrence in incident.occurrences
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA)
    measured = measure(parser.parse_args().data)
    print("| kind | events found | false, in hours | per hour (95 %) |\n|---|---|---|---|")
    for kind in rules_by_kind():
        row = measured.row(kind)
        low, high = poisson(row["false"], row["hours"])
        print(
            f"| {kind} | {row['found']}/{row['n_positive']} | {row['false']} in {row['hours']:.3f}"
            f" | {row['false'] / row['hours']:.1f} ({low:.1f}–{high:.1f}) |"
        )
        for recording, result in measured.replays:
            for start, end in false(kind, recording, result):
                print(f"|  | {recording.path.name} | {start:.1f}–{end:.1f} s | |")


if __name__ == "__main__":
    main()

"""An exam that is over, as a store keeps it: an hour, eight observations, pictures and sounds."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from making import GREY, occurrence

from proctoring import evidence
from proctoring.analysers import analyser_types, is_on
from proctoring.ids import new_id
from proctoring.perception.faces import examine_faces
from proctoring.pictures.subject import Usual
from proctoring.review.verdicts import is_sampled
from proctoring.store import Store
from proctoring.traces.minutes import Recorder
from proctoring.types import (
    Act,
    BoxXYXY,
    Category,
    CoverageSpan,
    Image,
    Measured,
    Notice,
    Observation,
    Occurrence,
    Participant,
    Severity,
    Trace,
)

MINUTE = timedelta(minutes=1)
TONE = (np.sin(np.arange(16_000 * 8) / 8) * np.hanning(16_000 * 8) / 3).astype(np.float32)


@dataclass(frozen=True)
class Seen:
    """One observation: when, for how long, what."""

    minute: float
    seconds: float
    kind: str
    title: str
    summary: str
    weight: float = 0.3
    has_sound: bool = False
    severity: Severity = Severity.ALERT
    category: Category = Category.CONDUCT
    boxes: tuple[BoxXYXY, ...] = ()


TO_DECIDE = (
    Seen(
        4, 7, "multiple_faces", "More than one face", "2 faces", 0.4, boxes=((200, 60, 260, 140),)
    ),
    Seen(9, 12, "multiple_speakers", "More than one voice", "2 voices", 0.3, has_sound=True),
    Seen(16, 20, "phone_seen", "A phone is in view", "a phone", 0.5, boxes=((30, 150, 80, 220),)),
    Seen(23, 31, "no_face", "Nobody in view", "no face", 0.2),
    Seen(31, 9, "other_voice", "Another voice", "another voice than the candidate's", 0.3, True),
    Seen(38, 64, "looking_away", "Looking away", "looking to the left", 0.15),
    Seen(46, 5, "book_seen", "A book is in view", "a book", 0.3, boxes=((20, 130, 120, 220),)),
    Seen(54, 14, "whisper", "Whispering", "whispered speech", 0.25, True),
)
OTHERS = (
    Seen(12, 3, "low_resolution", "Small picture", "320 px", 0, severity=Severity.INFO),
    Seen(27, 40, "picture_dark", "Dark picture", "12 % light", 0, category=Category.TECHNICAL),
)


@dataclass(frozen=True)
class Sat:
    participant: Participant
    start: datetime
    to_decide: tuple[Occurrence, ...]


def sit(
    store: Store,
    meeting_id: str,
    signals: tuple[str, ...],
    name: str = "Amara Okafor",
    *,
    image: Image = GREY,
    images: Mapping[str, Image] | None = None,
    seen: tuple[Seen, ...] = TO_DECIDE,
    others: tuple[Seen, ...] = OTHERS,
    sampled: tuple[int, ...] = (),
) -> Sat:
    """`images`: of some kinds, in place of `image`. `sampled`: the numbers of those that two
    reviewers decide; no other is in the sample."""
    start = datetime.now(UTC).replace(microsecond=0) - 61 * MINUTE

    def of(one: Seen) -> Image:
        return (images or {}).get(one.kind, image)

    ada = Participant(new_id(), meeting_id, name, start - 4 * MINUTE, start - 4 * MINUTE, "v1")
    store.add_participant(ada)
    store.start(ada.id, start)
    found = tuple(
        _save(store, ada, start, one, of(one), is_in_sample=number in sampled)
        for number, one in enumerate(seen)
    )
    for one in others:
        _save(store, ada, start, one, of(one), is_in_sample=False)
    store.save_coverage(list(_spans(ada.id, signals, start)))
    for trace in _traces(ada.id, start, seen):
        store.save_trace(trace)
    store.finish(ada.id, start + 60 * MINUTE, "submitted")
    return Sat(ada, start, found)


def _traces(person_id: str, start: datetime, seen: tuple[Seen, ...]) -> Iterator[Trace]:
    """One face a second, two while that was observed; and a level of sound."""
    kinds = {"multiple_faces": 0.0, "no_face": 0.0, "microphone_silent": 0.0}
    recorder = Recorder(person_id, start, kinds, ["face_count", "sound_level_db"])
    faces = [one for one in seen if one.kind == "multiple_faces"]
    for t in range(3600):
        two = any(0 <= t - 60 * one.minute <= one.seconds for one in faces)
        dark = 26 * 60 <= t < 28 * 60
        count = None if dark else 1.0 + two
        recorder.note(Observation(t, "face_count", count, reason="too dark" if dark else ""))
        recorder.note(Observation(t, "sound_level_db", -42.0 + 6 * np.sin(t / 7) + 3 * (t % 3)))
        yield from recorder.step(t)
    yield from recorder.close(3600)


def say(store: Store, sat: Sat, kind: str, minute: float, role: str = "server", **content) -> None:
    """An act of somebody, so many minutes after the beginning."""
    at = sat.start + minute * MINUTE
    store.save_act(Act(new_id(), sat.participant.id, at, "server", role, kind, json.dumps(content)))


def _save(
    store: Store, ada: Participant, start: datetime, one: Seen, image: Image, *, is_in_sample: bool
) -> Occurrence:
    at = start + one.minute * MINUTE
    end = at + timedelta(seconds=one.seconds)
    found = occurrence(
        id=_id(is_in_sample),
        meeting_id=ada.meeting_id,
        participant_id=ada.id,
        kind=one.kind,
        title=one.title,
        summary=one.summary,
        category=one.category,
        severity=one.severity,
        weight=one.weight,
        opened_at=at,
        last_seen_at=end,
        closed_at=end,
    )
    store.save_occurrence(found)
    faces = _faces(image)
    subject = Usual().of(faces)
    for n in range(2):
        taken = at + timedelta(seconds=1 + n * one.seconds / 2)
        store.save_evidence(
            evidence.picture(
                found.id,
                taken,
                image,
                one.boxes,
                kind=one.kind,
                label=one.summary,
                subject=subject,
                others=[box for box in faces if box != subject],
            )
        )
    if one.has_sound:
        store.save_evidence(evidence.clip(found.id, at - timedelta(seconds=2), TONE, 16_000))
    if one.category is Category.CONDUCT:
        store.save_notice(Notice(found.id, at + timedelta(seconds=4)))
    return found


def _faces(image: Image) -> list[BoxXYXY]:
    """As the pipeline would tell them; in a grey picture nobody is looked for."""
    return [] if image is GREY else [face.box for face in examine_faces(image)]


def _id(is_in_sample: bool) -> str:
    while is_sampled(found := str(uuid.uuid4())) != is_in_sample:
        pass
    return found


def _spans(person_id: str, signals: tuple[str, ...], start: datetime) -> Iterator[CoverageSpan]:
    """All is measured; for two minutes it was too dark, and for one nothing came in."""
    kinds = [kind for kind in analyser_types() if is_on(kind, signals)]
    for kind in kinds:
        camera = kind.medium == "camera"
        for signal in {rule.signal for rule in kind.rules}:
            pieces = [(0, 60, Measured.MEASURED, "")]
            if camera:
                pieces = [
                    (0, 26, Measured.MEASURED, ""),
                    (26, 28, Measured.DEGRADED, "too dark to tell"),
                    (28, 50, Measured.MEASURED, ""),
                    (50, 51, Measured.NOT_MEASURED, "nothing came in"),
                    (51, 60, Measured.MEASURED, ""),
                ]
            for first, last, state, reason in pieces:
                times = start + first * MINUTE, start + last * MINUTE
                yield CoverageSpan(new_id(), person_id, signal, state, reason, *times)

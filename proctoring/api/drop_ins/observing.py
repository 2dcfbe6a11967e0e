"""What one picture or one recording of a guest shows, kept as an incident like any other.

A single look decides here, as in the tutorials: it opens and closes at once. Looks within ten
minutes are one incident, and only its first one keeps evidence.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from proctoring import evidence
from proctoring.access.tokens import Refused
from proctoring.analysers import rules_by_kind
from proctoring.api.v1.analysis import LONGEST_SOUND_S, place
from proctoring.api.v1.problems import Problem
from proctoring.ids import new_id
from proctoring.media import MediaError, read_sound
from proctoring.perception.scene import Scene
from proctoring.services import Services
from proctoring.speakers.diarization import SpeakerReport, speakers
from proctoring.types import (
    SAMPLE_RATE,
    Evidence,
    Image,
    Occurrence,
    Participant,
    Sound,
    VideoFrame,
)

BY_THE_CALLER = "drop-in"  # the version of the consent: the calling program has asked for it
CLIP_S = 15
Who = tuple[str, str, str]  # meeting, and what they are called there: id and name


def faces(services: Services, who: Who, image: Image, address: str) -> str | None:
    """None if there is one at most; else the id of the evidence that was kept, or "" if it is of
    an incident that has some. Raises Problem, Unknown, Refused, NotNow, TooMany, StoreError."""
    person, now = guest(services, who, address), datetime.now(UTC)
    with place():
        scene = Scene(VideoFrame(0.0, image))
        found = scene.faces
    if len(found) < 2:
        return None
    own = scene.face
    others = [face.box for face in found if own is None or face.box != own.box]
    seen = _occurrence(person, "multiple_faces", len(found), now)
    subject = own.box if own else None
    picture = evidence.picture(
        seen.id, now, image, others, kind=seen.kind, subject=subject, others=others
    )
    return _keep(services, seen, picture)


def voices(services: Services, who: Who, data: bytes, address: str) -> str | None:
    """The same of a recording."""
    person, now = guest(services, who, address), datetime.now(UTC)
    sound = _sound(data)
    with place():
        report = speakers(sound)
    if report.speaker_count < 2:
        return None
    seen = _occurrence(person, "multiple_speakers", report.speaker_count, now)
    return _keep(services, seen, evidence.clip(seen.id, now, _part(sound, report), SAMPLE_RATE))


def joined(services: Services, meeting_id: str, name: str, address: str) -> tuple[Participant, str]:
    """Only into a meeting that a drop-in made: others have their own way in."""
    if not services.integration.guests.is_made(meeting_id):
        raise Refused
    return services.join(meeting_id, name, BY_THE_CALLER, address)


def guest(services: Services, who: Who, address: str) -> Participant:
    meeting_id, called, name = who
    guests = services.integration.guests
    if not guests.is_made(meeting_id):
        raise Refused
    known = guests.participant(meeting_id, called)
    if known is None:  # a client whose media have ids of their own
        person, _ = joined(services, meeting_id, name or called, address)
        known = guests.keep(meeting_id, called, person.id)
    person = services.store.participant(known)
    if person.finished_at or person.erased_at:
        raise Problem(409, "This participation is over.")
    if person.started_at is None:
        services.store.start(person.id, datetime.now(UTC))
    return person


def _occurrence(person: Participant, kind: str, value: int, now: datetime) -> Occurrence:
    rule = rules_by_kind()[kind]
    return Occurrence(
        id=new_id(),
        meeting_id=person.meeting_id,
        participant_id=person.id,
        kind=kind,
        title=rule.title,
        summary=rule.phrase.format(value=float(value)),
        advice=rule.advice,
        category=rule.category,
        severity=rule.severity,
        weight=rule.weight,
        value=float(value),
        opened_at=now,
        last_seen_at=now,
        closed_at=now,
    )


def _keep(services: Services, seen: Occurrence, kept: Evidence) -> str:
    if services.store.save_occurrence(seen) != seen.id:
        return ""
    services.store.save_evidence(kept)
    return kept.id


def _sound(data: bytes) -> Sound:
    """Raises Problem."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "sound")
        path.write_bytes(data)
        try:
            sound = read_sound(path)
        except MediaError:
            raise Problem(422, "body.file: this is no sound that can be read") from None
    if len(sound) > LONGEST_SOUND_S * SAMPLE_RATE:
        raise Problem(422, f"body.file: it is longer than {LONGEST_SOUND_S // 60} minutes")
    return sound


def _part(sound: Sound, report: SpeakerReport) -> Sound:
    """From a little before another voice begins."""
    start_s = next((start for start, _, speaker in report.segments if speaker > 0), 0.0)
    begin = max(0, int((start_s - 3) * SAMPLE_RATE))
    return sound[begin : begin + CLIP_S * SAMPLE_RATE]

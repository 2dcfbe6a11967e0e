"""Whose voices are in a recording, and which incidents a live exam would have made of them.

Who spoke when is told with all of the recording in sight; the incidents are those of the live
pipeline, which knows only what came before. Both are made of what is heard once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from proctoring.analysers import choices, create_analysers
from proctoring.analysers.voice_owner import VoiceOwner
from proctoring.exam import Enrolment, Exam, VoiceProfile
from proctoring.folding import fold
from proctoring.perception.hearing import Ear
from proctoring.perception.listening import FRAMES_PER_S, STEP
from proctoring.perception.whose import Judged, Whose, judge, middle, verdict
from proctoring.pipeline import Pipeline
from proctoring.policy.presets import PRESETS
from proctoring.replay import START
from proctoring.speakers.diarization import Listened, Remembered, Segment, diarize, listen
from proctoring.types import SAMPLE_RATE, AudioChunk, Incident, Occurrence, Sound

CHUNK = SAMPLE_RATE // 2  # samples, as live


@dataclass(frozen=True, slots=True)
class Turn:
    start_s: float
    end_s: float
    speaker: int  # 0 spoke most
    whose: Whose | None  # CANDIDATE, OTHER; None: unsure


@dataclass(frozen=True, slots=True)
class VoiceReport:
    speaker_count: int
    speech_s: float  # short pauses within a turn included
    turns: tuple[Turn, ...]
    candidate_s: float
    other_s: float
    both_s: float  # part of either: the candidate and another at once
    unsure_s: float
    incidents: tuple[Incident, ...]  # in order of their opening; times count from `replay.START`


def voice_report(samples: Sound, profile: VoiceProfile | None = None) -> VoiceReport:
    """Of 16 kHz mono sound. `profile` is the candidate's voice; without one, the first voice that
    is heard alone for long enough is taken for it, and where there is none nobody is."""
    listened = listen(samples)
    clusters = listened.clusters()
    said = diarize(listened, clusters)
    incidents, learned = _live(samples, listened, profile)
    judged: tuple[Judged, ...] = ()
    if learned is not None:
        known = middle(learned.embeddings, learned.seconds)
        judged = judge(known, listened.speakers, clusters)
    turns = tuple(_turns(said.segments, judged, clusters.labels))
    length = listened.samples * FRAMES_PER_S // SAMPLE_RATE + 1
    own, other, unsure = (
        _frames(turns, whose, length) for whose in (Whose.CANDIDATE, Whose.OTHER, None)
    )
    return VoiceReport(
        speaker_count=said.speaker_count,
        speech_s=_seconds(own | other | unsure),
        turns=turns,
        candidate_s=_seconds(own),
        other_s=_seconds(other),
        both_s=_seconds(own & other),
        unsure_s=_seconds(unsure & ~own & ~other),
        incidents=incidents,
    )


def _live(
    samples: Sound, listened: Listened, profile: VoiceProfile | None
) -> tuple[tuple[Incident, ...], VoiceProfile | None]:
    """The incidents, and what was known of the candidate in the end."""
    exam = Exam(enrolment=Enrolment(voice=profile))
    names = [kind.name for kind in choices() if kind.medium == "microphone"]
    analysers = create_analysers(names, {"microphone"}, exam)
    pipeline = Pipeline(
        analysers,
        preset=PRESETS["standard"],
        meeting_id="speakers",
        participant_id="speakers",
        started_at=START,
    )
    ear, occurrences = Ear(Remembered(listened.steps)), dict[str, Occurrence]()
    for start in range(0, len(samples) + 2 * STEP, CHUNK):
        piece = samples[start : start + CHUNK]
        if len(piece) < CHUNK:  # beyond the end, for what comes a step late
            piece = np.concatenate([piece, np.zeros(CHUNK - len(piece), np.float32)])
        for record in pipeline.process(ear.hear(AudioChunk(start / SAMPLE_RATE, piece))):
            if isinstance(record, Occurrence):
                occurrences[record.id] = record
    learned = (one.learned for one in analysers if isinstance(one, VoiceOwner))
    return tuple(fold(occurrences.values())), next(learned, None)


def _turns(
    segments: Sequence[Segment], judged: Sequence[Judged], labels: npt.NDArray[np.intp]
) -> Iterator[Turn]:
    """Each by what is said of its voice in these very seconds."""
    for start_s, end_s, speaker in segments:
        start, end = round(start_s * FRAMES_PER_S), round(end_s * FRAMES_PER_S)
        weighed = weight = 0.0
        for one, label in zip(judged, labels, strict=False):
            frames = one.speaker.active
            if label == speaker and frames[0] < end and frames[-1] >= start:
                shared = float(((frames >= start) & (frames < end)).sum())
                weighed, weight = weighed + shared * one.margin, weight + shared
        yield Turn(start_s, end_s, speaker, verdict(weighed / weight) if weight else None)


def _frames(turns: Sequence[Turn], whose: Whose | None, length: int) -> npt.NDArray[np.bool_]:
    heard = np.zeros(length, bool)
    for turn in turns:
        if turn.whose is whose:
            heard[round(turn.start_s * FRAMES_PER_S) : round(turn.end_s * FRAMES_PER_S)] = True
    return heard


def _seconds(heard: npt.NDArray[np.bool_]) -> float:
    return float(heard.sum()) / FRAMES_PER_S

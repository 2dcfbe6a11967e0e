"""A recorded exam through the live pipeline, by media time alone.

The same analysers, rules and evidence as in a running session; nothing here reads a clock,
so a recording gives the same incidents however fast the machine is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from proctoring import coverage, rules
from proctoring.analysers import analyser_types, choices, create_analysers
from proctoring.exam import NOTHING_KNOWN, Exam
from proctoring.folding import fold
from proctoring.media import probe, read_samples
from proctoring.perception.scene import PACKAGED, Perception
from proctoring.pipeline import Pipeline, Record
from proctoring.presets import Preset
from proctoring.types import AudioChunk, CoverageSpan, Evidence, Incident, Occurrence

START = datetime(1970, 1, 1, tzinfo=UTC)  # media time 0; so a time's timestamp is media time
FRAMES_PER_S = 4.0  # as live


@dataclass(frozen=True, slots=True)
class Replay:
    duration_s: float
    incidents: tuple[Incident, ...]  # in order of their opening
    evidence: dict[str, tuple[Evidence, ...]]  # by incident id
    score: float  # 0..100
    coverage: dict[str, float]  # signal -> share of the duration that was measured, 0..1


def replay(
    video: Path,
    audio: Path | None,
    preset: Preset,
    *,
    signals: Sequence[str] | None = None,
    exam: Exam = NOTHING_KNOWN,
    perception: Perception = PACKAGED,
    on_progress: Callable[[float], None] = lambda t: None,
) -> Replay:
    """Raises MediaError for a file that cannot be read to its end.

    `signals` are names of analysers, all of them by default. `on_progress` is told the media
    time in seconds.
    """
    heard = probe(audio or video).has_audio
    media = {"camera"} if probe(video).has_video else set()
    media |= {"microphone"} if heard else set()
    names = [kind.name for kind in choices()] if signals is None else signals
    pipeline = Pipeline(
        create_analysers(names, media, exam),
        preset=preset,
        meeting_id="replay",
        participant_id="replay",
        started_at=START,
        perception=perception,
    )
    records: list[Record] = []
    end_t = 0.0
    for sample in read_samples(video, audio, frames_per_s=FRAMES_PER_S):
        records += pipeline.process(sample)
        end_t = max(end_t, sample.end_t if isinstance(sample, AudioChunk) else sample.t)
        on_progress(end_t)
    duration_s = max(end_t, probe(video).duration_s or 0.0)
    records += [_still_open(record) for record in pipeline.close(end_t)]
    return _summarise(records, duration_s, _all_signals(names))


def media_s(at: datetime) -> float:
    return (at - START).total_seconds()


def _still_open(record: Record) -> Record:
    """The recording ended, not what was going on in it."""
    return replace(record, closed_at=None) if isinstance(record, Occurrence) else record


def _summarise(records: Iterable[Record], duration_s: float, signals: Sequence[str]) -> Replay:
    occurrences: dict[str, Occurrence] = {}
    spans: dict[str, CoverageSpan] = {}
    kept: dict[str, list[Evidence]] = defaultdict(list)  # by occurrence id
    for record in records:
        if isinstance(record, Occurrence):
            occurrences[record.id] = record
        elif isinstance(record, Evidence):
            kept[record.occurrence_id].append(record)
        else:
            spans.update((span.id, span) for span in record)
    incidents = tuple(fold(occurrences.values()))
    return Replay(
        duration_s=duration_s,
        incidents=incidents,
        evidence={i.id: tuple(e for o in i.occurrences for e in kept[o.id]) for i in incidents},
        score=rules.score(incidents),
        coverage=dict.fromkeys(signals, 0.0) | coverage.fractions(spans.values(), duration_s),
    )


def _all_signals(names: Sequence[str]) -> list[str]:
    """Also of what the recording has no medium for: not measured is an answer too."""
    kinds = [kind for kind in analyser_types() if kind.name in names or kind not in choices()]
    return list(dict.fromkeys(rule.signal for kind in kinds for rule in kind.rules))

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
from proctoring.analysers import (
    DEVICES,
    analyser_types,
    choices,
    create_analysers,
    is_on,
    signals_of,
)
from proctoring.enrolment.face import THOROUGH
from proctoring.exam import NOTHING_KNOWN, Exam
from proctoring.folding import fold
from proctoring.media import probe, read_samples
from proctoring.perception.scene import PACKAGED, Perception, Scene
from proctoring.pipeline import Pipeline, Record
from proctoring.policy.presets import Preset
from proctoring.types import (
    Analyser,
    AudioChunk,
    CoverageSpan,
    Evidence,
    Incident,
    Observation,
    Occurrence,
    Trace,
    VideoFrame,
)

START = datetime(1970, 1, 1, tzinfo=UTC)  # media time 0; so a time's timestamp is media time
FRAMES_PER_S = 4.0  # as live


@dataclass(frozen=True, slots=True)
class Replay:
    duration_s: float
    incidents: tuple[Incident, ...]  # in order of their opening
    evidence: dict[str, tuple[Evidence, ...]]  # by incident id
    score: float  # 0..100
    coverage: dict[str, float]  # signal -> share of the duration that was measured, 0..1
    spans: tuple[CoverageSpan, ...]  # of all signals that have any
    traces: tuple[Trace, ...] = ()  # what was observed, to be decided anew


@dataclass(frozen=True, slots=True)
class Engine:
    """The networks that look and listen: the product's own, or others through the same rules."""

    perception: Perception = PACKAGED
    thorough: Perception = THOROUGH  # for single pictures, which there is time for
    create_analysers: Callable[[Sequence[str], set[str], Exam], list[Analyser]] = create_analysers


PACKAGED_ENGINE = Engine()


class Watcher:
    """Is told of everything in a replay, as it comes. What it has no use for it leaves alone."""

    def observed(self, observation: Observation) -> None:
        """Before the rules have it."""

    def heard(self, chunk: AudioChunk) -> None:
        """Once it has been analysed."""

    def seen(self, scene: Scene, lasting: Sequence[Occurrence]) -> None:
        """Once it has been analysed; `lasting` are the occurrences that are open with it."""


class Watchers(Watcher):
    """Several as one."""

    def __init__(self, watchers: Sequence[Watcher]) -> None:
        self._watchers = watchers

    def observed(self, observation: Observation) -> None:
        for watcher in self._watchers:
            watcher.observed(observation)

    def heard(self, chunk: AudioChunk) -> None:
        for watcher in self._watchers:
            watcher.heard(chunk)

    def seen(self, scene: Scene, lasting: Sequence[Occurrence]) -> None:
        for watcher in self._watchers:
            watcher.seen(scene, lasting)


def replay(
    video: Path,
    audio: Path | None,
    preset: Preset,
    *,
    signals: Sequence[str] | None = None,
    exam: Exam = NOTHING_KNOWN,
    engine: Engine = PACKAGED_ENGINE,
    watcher: Watcher | None = None,
    on_progress: Callable[[float], None] = lambda t: None,
) -> Replay:
    """Raises MediaError for a file that cannot be read to its end.

    `signals` are names of analysers, by default all that look or listen, and what the policy
    asks for.
    `on_progress` is told the media time in seconds.
    """
    watcher = watcher or Watcher()
    if signals is None:
        names = [kind.name for kind in choices() if kind.medium in DEVICES]  # it has no page
        signals = signals_of(names, exam.policy)
    pipeline = Pipeline(
        engine.create_analysers(signals, _media(video, audio), exam),
        preset=preset,
        meeting_id="replay",
        participant_id="replay",
        started_at=START,
        perception=engine.perception,
        on_observation=watcher.observed,
        keeps_traces=True,
    )
    records: list[Record] = []
    lasting: dict[str, Occurrence] = {}  # by id
    end_t = 0.0
    for sample in read_samples(video, audio, frames_per_s=FRAMES_PER_S):
        made = pipeline.process(sample)
        records += made
        _follow(made, lasting)
        if isinstance(sample, AudioChunk):
            watcher.heard(sample)
        elif isinstance(sample, VideoFrame) and pipeline.scene:
            watcher.seen(pipeline.scene, tuple(lasting.values()))
        end_t = max(end_t, sample.end_t if isinstance(sample, AudioChunk) else sample.t)
        on_progress(end_t)
    duration_s = max(end_t, probe(video).duration_s or 0.0)
    records += [_still_open(record) for record in pipeline.close(end_t)]
    return _summarise(records, duration_s, _all_signals(signals))


def _media(video: Path, audio: Path | None) -> set[str]:
    """What there is to look at and to listen to."""
    media = {"camera"} if probe(video).has_video else set()
    return media | ({"microphone"} if probe(audio or video).has_audio else set())


def _follow(records: Iterable[Record], lasting: dict[str, Occurrence]) -> None:
    for record in records:
        if isinstance(record, Occurrence):
            if record.closed_at is None:
                lasting[record.id] = record
            else:
                lasting.pop(record.id, None)


def media_s(at: datetime) -> float:
    return (at - START).total_seconds()


def _still_open(record: Record) -> Record:
    """The recording ended, not what was going on in it."""
    return replace(record, closed_at=None) if isinstance(record, Occurrence) else record


def _summarise(records: Sequence[Record], duration_s: float, signals: Sequence[str]) -> Replay:
    occurrences: dict[str, Occurrence] = {}
    spans: dict[str, CoverageSpan] = {}
    kept: dict[str, list[Evidence]] = defaultdict(list)  # by occurrence id
    for record in records:
        if isinstance(record, Occurrence):
            occurrences[record.id] = record
        elif isinstance(record, Evidence):
            kept[record.occurrence_id].append(record)
        elif isinstance(record, tuple):
            spans.update((span.id, span) for span in record)
    incidents = tuple(fold(occurrences.values()))
    return Replay(
        duration_s=duration_s,
        incidents=incidents,
        evidence={i.id: tuple(e for o in i.occurrences for e in kept[o.id]) for i in incidents},
        score=rules.score(incidents),
        coverage=dict.fromkeys(signals, 0.0) | coverage.fractions(spans.values(), duration_s),
        spans=tuple(spans.values()),
        traces=tuple(record for record in records if isinstance(record, Trace)),
    )


def _all_signals(names: Sequence[str]) -> list[str]:
    """Also of what the recording has no medium for: not measured is an answer too."""
    kinds = [kind for kind in analyser_types() if is_on(kind, names)]
    return list(dict.fromkeys(rule.signal for kind in kinds for rule in kind.rules))

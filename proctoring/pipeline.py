"""One candidate: samples in, records to keep out. Synchronous, without threads or clocks.

`live/session.py` runs it live on a thread of its own, `replay.py` runs it over a file, tests call
it directly: it is the same pipeline.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from proctoring import evidence
from proctoring.acts.adjustments import AS_FOR_ALL, Relaxed
from proctoring.challenge import Asked
from proctoring.coverage import EXEMPT, CoverageTracker, Pause
from proctoring.perception.hearing import Ear
from proctoring.perception.scene import PACKAGED, Perception, Scene
from proctoring.policy.presets import Preset
from proctoring.recall import Learned, to_bytes
from proctoring.rules import Phase, RuleEngine, Transition
from proctoring.rungs import WHY, Rung
from proctoring.traces.minutes import Recorder
from proctoring.types import (
    SAMPLE_RATE,
    Analyser,
    AudioChunk,
    CoverageSpan,
    Enrolled,
    Evidence,
    Observation,
    Occurrence,
    Rule,
    Sample,
    Trace,
    VideoFrame,
)

logger = logging.getLogger(__name__)

Record = Occurrence | Evidence | Enrolled | Trace | tuple[CoverageSpan, ...]
COVERAGE_EVERY_S = 5.0
FOLLOWS_S = 1.0  # a face is looked for where it was, if that is no longer ago
REMEMBERED = 6  # pictures: an analyser that smooths speaks of one that is a little older


class _PendingClip(NamedTuple):
    occurrence: Occurrence
    cause: Observation
    start_t: float
    end_t: float


class Pipeline:
    def __init__(
        self,
        analysers: Sequence[Analyser],
        *,
        preset: Preset,
        meeting_id: str,
        participant_id: str,
        started_at: datetime,
        perception: Perception = PACKAGED,
        on_observation: Callable[[Observation], None] = lambda observation: None,
        keeps_learned: bool = False,
        keeps_traces: bool = False,
        relaxed: Relaxed = AS_FOR_ALL,
        left_out: Sequence[Rule] = (),
    ) -> None:
        """`keeps_learned`: what an analyser learns of the candidate (its `learned`, if it has
        one) becomes a record each time that it changes. `keeps_traces`: what is observed becomes
        one, about once a minute. `left_out`: rules of analysers that are off for this candidate;
        the coverage says so."""
        every = [rule for analyser in analysers for rule in analyser.rules]
        rules = [rule for rule in every if rule.kind not in relaxed.exempt]
        self.signals = {rule.signal: rule.looks_every_s for rule in rules}
        exempt = {rule.signal: rule.looks_every_s for rule in (*every, *left_out)}
        self.exempt = {name: s for name, s in exempt.items() if name not in self.signals}
        self.latest: dict[str, Observation] = {}  # by signal
        self.broken: dict[str, str] = {}  # analyser name -> title
        self.rung = Rung.ALL
        self.limits: dict[str, str] = {}  # signal -> why it is measured less well than ever
        self.scene: Scene | None = None  # the newest
        self._scenes: deque[Scene] = deque(maxlen=REMEMBERED)
        self._analysers = analysers
        self._participant_id = participant_id
        self._started_at = started_at
        self._perception = perception
        self._on_observation = on_observation
        self._rules = RuleEngine(
            [relaxed.rule(rule) for rule in preset.rules(rules)],
            meeting_id=meeting_id,
            participant_id=participant_id,
            started_at=started_at,
            evaluate_every_s=preset.evaluate_every_s,
        )
        self._excusing = [one for one in analysers if hasattr(one, "excuses")]
        self._learning = analysers if keeps_learned else ()
        self._learned = {analyser.name: _learned(analyser) for analyser in self._learning}
        self._coverage = CoverageTracker(self.signals, participant_id, started_at)
        self._coverage.leave_out(self.exempt, EXEMPT)
        self._coverage_due = COVERAGE_EVERY_S
        judged = {rule.kind: relaxed.longer_s.get(rule.kind, 0.0) for rule in rules}
        recorder = Recorder(participant_id, started_at, judged, self.signals)
        self._recorders = [recorder] if keeps_traces else []
        self._ring = evidence.SoundRing()
        self._ear = Ear()
        self._snapshots = evidence.Snapshots(perception)
        self._pending: list[_PendingClip] = []

    @property
    def asked(self) -> Asked | None:
        """What the candidate's page is to ask of them now."""
        asked = (getattr(analyser, "asked", None) for analyser in self._working)
        return next((one for one in asked if one), None)

    def step_to(self, rung: Rung) -> None:
        """From now on; the coverage says which signals are measured less well. On the first rung
        they are those of analysers that say `is_costly`."""
        if rung == self.rung:
            return
        self.rung, self.limits = rung, {}
        for analyser in self._analysers:
            is_fewer = rung >= Rung.FEWER_PICTURES and analyser.medium == "camera"
            if rung > Rung.ALL and (is_fewer or getattr(analyser, "is_costly", False)):
                of = {rule.signal for rule in analyser.rules} & self.signals.keys()
                self.limits |= dict.fromkeys(of, WHY[rung])
        self._coverage.limit(self.limits)

    @property
    def _working(self) -> list[Analyser]:
        return [analyser for analyser in self._analysers if analyser.name not in self.broken]

    @property
    def learned(self) -> list[Learned]:
        """What the analysers have learned of the candidate until now."""
        return [one for one in map(_learned, self._analysers) if one is not None]

    def recheck(self) -> None:
        """Whoever tells people apart looks anew, and forgets what the last looks said."""
        for analyser in self._working:
            if look_anew := getattr(analyser, "look_anew", None):
                look_anew()

    def paused(self, since: datetime) -> Pause:
        """Of all that would be measured."""
        return Pause((*self.signals, *self.exempt), self._participant_id, since)

    def process(self, sample: Sample) -> list[Record]:
        """The records that this sample gave rise to, in the order in which to save them."""
        if isinstance(sample, AudioChunk):
            self._ring.add(sample)
            sample = self._ear.hear(sample)
        if isinstance(sample, VideoFrame):
            self.scene = self._look_at(sample)
            self._scenes.append(self.scene)
        now = sample.end_t if isinstance(sample, AudioChunk) else sample.t
        return [
            *self._observe(self.scene if isinstance(sample, VideoFrame) else sample),
            *self._keep(self._rules.advance(now)),
            *self._cut_clips(now),
            *self._account(now),
            *self._remember(now),
            *(trace for recorder in self._recorders for trace in recorder.step(now)),
        ]

    def close(self, t: float) -> list[Record]:
        """The session ended at `t`: what is open closes, what was to come is cut short."""
        self._coverage.close(t)
        return [
            *self._cut_clips(float("inf")),
            *self._keep(self._rules.close_all(t)),
            *self._changed_coverage(),
            *(trace for recorder in self._recorders for trace in recorder.close(t)),
        ]

    def _observe(self, sample: object) -> Iterator[Record]:
        for analyser in self._analysers:
            if isinstance(sample, analyser.accepts):
                for observation in map(self._excuse, self._analyse(analyser, sample)):
                    if observation.signal in self.exempt:
                        continue
                    self.latest[observation.signal] = observation
                    self._on_observation(observation)
                    self._coverage.note(observation)
                    self._ring.note(observation)
                    for recorder in self._recorders:
                        recorder.note(observation)
                    yield from self._keep(self._rules.update(observation))
        if isinstance(sample, Scene):
            self._snapshots.note(sample)

    def _excuse(self, observation: Observation) -> Observation:
        """What an analyser has asked the candidate to do is not measured by another: its
        `excuses`, if it has any, say which signals that are and why."""
        for analyser in self._excusing:
            excuses: Mapping[str, str] = getattr(analyser, "excuses", {})
            reason = excuses.get(observation.signal)
            if reason and analyser.name not in self.broken:
                return replace(observation, value=None, reason=reason)
        return observation

    def _analyse(self, analyser: Analyser, sample: object) -> Iterable[Observation]:
        """A broken analyser is off for this session, shown as lost coverage; the exam goes on."""
        if analyser.name in self.broken:
            return []
        try:
            return list(analyser.analyse(sample))
        except Exception:
            logger.exception("Analyser %s failed; it is off for this session", analyser.name)
            self.broken[analyser.name] = analyser.title
            for signal in self.signals.keys() & {rule.signal for rule in analyser.rules}:
                self._coverage.lose(signal, "the analyser stopped working")
            return []

    def _look_at(self, frame: VideoFrame) -> Scene:
        """With the newest mesh and face that somebody asked for, if a head can't have gone far."""
        recent = [scene for scene in reversed(self._scenes) if frame.t - scene.t <= FOLLOWS_S]
        mesh = next((scene.traced for scene in recent if scene.traced), None)
        face = recent[0].known_face if recent else None
        alone = next((scene.alone for scene in recent if scene.looked_at), None)
        return Scene(frame, self._perception, mesh, face, alone, self.rung.stretch)

    def _keep(self, transitions: Iterable[Transition]) -> Iterator[Record]:
        for phase, occurrence, cause in transitions:
            yield occurrence
            if phase is not Phase.OPENED:
                continue
            if scene := self._scene_of(cause):
                at = self._wall_clock(scene.t)
                yield self._snapshots.take(occurrence, cause, scene, at)
            if cause.span is not None:
                times = evidence.clip_times(cause.span)
                self._pending.append(_PendingClip(occurrence, cause, *times))

    def _scene_of(self, observation: Observation) -> Scene | None:
        """The picture that shows it, so that boxes are never drawn on another."""
        seen = (scene for scene in self._scenes if scene.t == observation.seen_t)
        return next(seen, self.scene)

    def _cut_clips(self, now: float) -> Iterator[Record]:
        due = [pending for pending in self._pending if pending.end_t <= now]
        self._pending = [pending for pending in self._pending if pending.end_t > now]
        for occurrence, cause, *times in due:
            yield from self._show_sound(occurrence, cause, (times[0], times[1]))

    def _show_sound(
        self, occurrence: Occurrence, cause: Observation, times: tuple[float, float]
    ) -> Iterator[Record]:
        """To be heard, and to be seen as a waveform."""
        samples = self._ring.cut(*times)
        if len(samples) and cause.span:
            at = self._wall_clock(times[0])
            yield evidence.clip(occurrence.id, at, samples, SAMPLE_RATE)
            numbers = "; ".join(filter(None, (occurrence.summary, cause.reason)))
            image = self._ring.draw(times, cause.span, occurrence.title, numbers)
            yield evidence.drawing(occurrence.id, at, image)

    def _account(self, now: float) -> Iterator[Record]:
        if now >= self._coverage_due:
            self._coverage_due = now + COVERAGE_EVERY_S
            self._coverage.advance(now)
            yield from self._changed_coverage()

    def _changed_coverage(self) -> Iterator[Record]:
        if changed := self._coverage.take_changed():
            yield changed

    def _remember(self, now: float) -> Iterator[Record]:
        for analyser in self._learning:
            learned = _learned(analyser)
            if learned is not None and learned is not self._learned[analyser.name]:
                self._learned[analyser.name] = learned
                kind, content = to_bytes(learned)
                yield Enrolled(self._participant_id, kind, content, self._wall_clock(now))

    def _wall_clock(self, t: float) -> datetime:
        return self._started_at + timedelta(seconds=t)


def _learned(analyser: Analyser) -> Learned | None:
    return getattr(analyser, "learned", None)

"""From observations to occurrences: debounce, hysteresis, and the score.

Pure and single-threaded. It reads no clock: time comes in with the observations, so a test
drives an hour of exam through it in milliseconds. Ten-minute folding is not done here but
in `proctoring.folding`, because two writers can only agree on it where records are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from math import prod
from typing import NamedTuple

from proctoring.ids import new_id
from proctoring.types import Category, Incident, Observation, Occurrence, Rule

UPDATE_EVERY_S = 10.0  # how stale the record of a lasting occurrence may become


class Phase(Enum):
    OPENED = auto()
    UPDATED = auto()
    CLOSED = auto()


class Transition(NamedTuple):
    phase: Phase
    occurrence: Occurrence
    cause: Observation


@dataclass(slots=True)
class _State:
    """What one rule remembers. Times are media time, in seconds."""

    rule: Rule
    bad_since: float | None = None
    good_since: float | None = None
    worst: float = 0.0  # the furthest bad value since `bad_since`
    detail: str = ""  # the newest that an observation had since then
    last_measured: float | None = None
    last_bad: float = 0.0
    last_told: float = 0.0
    occurrence: Occurrence | None = None  # the open one


class RuleEngine:
    """Applies the rules of one session."""

    def __init__(
        self,
        rules: Sequence[Rule],
        *,
        meeting_id: str,
        participant_id: str,
        started_at: datetime,
        evaluate_every_s: float = 0.0,
    ) -> None:
        self._states = [_State(rule) for rule in rules]
        self._meeting_id = meeting_id
        self._participant_id = participant_id
        self._started_at = started_at
        self._evaluate_every_s = evaluate_every_s
        self._next_evaluation: dict[str, float] = {}  # signal -> s

    def update(self, observation: Observation) -> list[Transition]:
        """An abstention is no news: neither good nor bad."""
        if observation.value is None or not self._is_due(observation):
            return []
        steps = (
            self._step(state, observation, observation.value)
            for state in self._states
            if state.rule.signal == observation.signal
        )
        return [transition for transition in steps if transition]

    def advance(self, t: float) -> list[Transition]:
        """Close what has not been measured for too long: nobody can say that it still lasts."""
        return [
            self._close(state, Observation(t, state.rule.signal, None), state.last_bad)
            for state in self._states
            if state.occurrence
            and state.last_measured is not None
            and t - state.last_measured > max(state.rule.max_gap_s, 2 * self._evaluate_every_s)
        ]

    def close_all(self, t: float) -> list[Transition]:
        """The session ended: nothing is still going on."""
        return [
            self._close(state, Observation(t, state.rule.signal, None), t)
            for state in self._states
            if state.occurrence
        ]

    def _is_due(self, observation: Observation) -> bool:
        if observation.t < self._next_evaluation.get(observation.signal, 0.0):
            return False
        if every := self._evaluate_every_s:  # on the beat, so that looks don't drift
            self._next_evaluation[observation.signal] = (observation.t // every + 1) * every
        return True

    def _step(self, state: _State, obs: Observation, value: float) -> Transition | None:
        rule = state.rule
        gap = max(rule.max_gap_s, 2 * self._evaluate_every_s)
        if state.last_measured is not None and obs.t - state.last_measured > gap:
            state.bad_since = state.good_since = None
        state.last_measured = obs.t
        if is_bad(rule, value):
            return self._bad(state, obs, value)
        if is_good(rule, value):
            return self._good(state, obs)
        return None

    def _bad(self, state: _State, obs: Observation, value: float) -> Transition | None:
        rule = state.rule
        state.good_since, state.last_bad = None, obs.t
        if state.bad_since is None:
            state.bad_since, state.worst, state.detail = obs.t, value, obs.detail
        got_worse = _is_worse(rule, value, state.worst)
        if got_worse:
            state.worst = value
        if obs.detail and obs.detail != state.detail:
            state.detail, got_worse = obs.detail, True
        if state.occurrence is None:
            if obs.t - state.bad_since >= rule.enter_after_s:
                return self._open(state, obs)
        elif got_worse or obs.t - state.last_told >= UPDATE_EVERY_S:
            return self._tell(state, Phase.UPDATED, obs)
        return None

    def _good(self, state: _State, obs: Observation) -> Transition | None:
        if state.good_since is None:
            state.good_since = obs.t
        if state.occurrence is None:
            state.bad_since = None
        elif obs.t - state.good_since >= state.rule.exit_after_s:
            return self._close(state, obs, state.good_since)
        return None

    def _open(self, state: _State, obs: Observation) -> Transition:
        assert state.bad_since is not None
        rule = state.rule
        state.occurrence = Occurrence(
            id=new_id(),
            meeting_id=self._meeting_id,
            participant_id=self._participant_id,
            kind=rule.kind,
            title=rule.title,
            summary="",
            advice=rule.advice,
            category=rule.category,
            severity=rule.severity,
            weight=rule.weight,
            value=state.worst,
            opened_at=self._wall_clock(state.bad_since),
            last_seen_at=self._wall_clock(obs.t),
        )
        return self._tell(state, Phase.OPENED, obs)

    def _close(self, state: _State, obs: Observation, closed_t: float) -> Transition:
        transition = self._tell(state, Phase.CLOSED, obs, closed_t)
        state.occurrence = state.bad_since = state.good_since = None
        return transition

    def _tell(
        self, state: _State, phase: Phase, obs: Observation, closed_t: float | None = None
    ) -> Transition:
        assert state.occurrence is not None
        state.last_told = obs.t
        state.occurrence = replace(
            state.occurrence,
            value=state.worst,
            summary=_summary(state),
            last_seen_at=self._wall_clock(state.last_bad),
            closed_at=None if closed_t is None else self._wall_clock(closed_t),
        )
        return Transition(phase, state.occurrence, obs)

    def _wall_clock(self, t: float) -> datetime:
        return self._started_at + timedelta(seconds=t)


def _summary(state: _State) -> str:
    phrase = state.rule.phrase.format(value=state.worst)
    return f"{phrase}; {state.detail}" if state.detail else phrase


def score(incidents: Iterable[Incident]) -> float:
    """0..100: how much there is to look at, not how likely anything is.

    Noisy-or: each occurrence takes its weight of what the others left. Technical incidents
    never count.
    """
    conduct = (i for i in incidents if i.category is Category.CONDUCT)
    return 100 * (1 - prod((1 - i.first.weight) ** i.count for i in conduct))


def is_bad(rule: Rule, value: float) -> bool:
    """Is the value on the rule's bad side? (Says nothing of how long.)"""
    return value >= rule.enter_at if rule.enter_at > rule.exit_at else value <= rule.enter_at


def is_good(rule: Rule, value: float) -> bool:
    """Is it on the good side? In the band between the two it is neither."""
    return value <= rule.exit_at if rule.enter_at > rule.exit_at else value >= rule.exit_at


def _is_worse(rule: Rule, value: float, than: float) -> bool:
    return value > than if rule.enter_at > rule.exit_at else value < than

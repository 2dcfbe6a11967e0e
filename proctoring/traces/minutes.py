"""A candidate's observations, minute by minute, packed small: enough to decide everything anew.

A `Trace` holds, of every signal that a rule reads, each observation as the rules read it (`boxes`
and `seen_t` are not among that), exactly: numbers are kept to the last bit. Rules also close what
has not been measured for too long, so it holds as well until when they had been told that time
went on. It says which rules were in force for this candidate.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from proctoring.ids import new_id
from proctoring.traces.form import Damaged, Indexes, Numbers, Part, packed
from proctoring.types import Observation, Trace

__all__ = ["Damaged", "Readings", "Recorder", "Stretch", "stretches"]

CUT_EVERY_S = 60.0  # what a process that is killed may lose
MOST_OBSERVATIONS = 10_000  # of one trace: about two minutes of all signals
MOST_TEXT = 100_000  # characters of different reasons and details in one trace
LONGEST = 1_000_000  # bytes of one trace
NOBODY = -1e18  # s: before all times, where nothing told that time went on

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """What one signal said. Its observations are in the order in which they were made."""

    batches: Indexes  # (n,) of the stretch: which sample gave rise to each
    observations: list[Observation]


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """All that one pipeline observed of a candidate, as far as it was kept."""

    started_at: datetime  # UTC, of media time 0
    rules: Mapping[str, float]  # kinds that were judged -> s for which they were to last longer
    told: Numbers  # (batches,) s: until when rules had heard of time since the batch before
    readings: Mapping[str, Readings]  # by signal
    until_t: float  # s, the newest time that rules heard of
    closed_t: float | None  # s, of the end; None if it was killed, or goes on
    missing: int = 0  # traces that should be between the others and are not there


class Recorder:
    """Of one pipeline. Makes a trace about once a minute."""

    def __init__(
        self,
        participant_id: str,
        started_at: datetime,
        rules: Mapping[str, float],
        signals: Collection[str],
    ) -> None:
        """`rules`: see `Stretch`. `signals`: those that they read; nothing else is kept."""
        self._participant_id = participant_id
        self._started_at = started_at
        self._rules = dict(rules)
        self._signals = frozenset(signals)
        self._number = 0
        self._cut_t = 0.0  # s, where the last trace ended
        self._until_t = NOBODY  # s, the newest time since the last batch
        self._has_noted = False
        self._begin()

    def _begin(self) -> None:
        self._told: list[float] = []
        self._noted: dict[str, list[tuple[int, Observation]]] = {}
        self._texts: dict[str, int] = {"": 0}
        self._count = self._length = 0

    def note(self, observation: Observation) -> None:
        """It came of the sample that is being processed."""
        if observation.signal not in self._signals:
            return
        self._has_noted = True
        self._count += 1
        self._noted.setdefault(observation.signal, []).append((len(self._told), observation))
        for text in (observation.reason, observation.detail):
            if text not in self._texts:
                self._texts[text] = len(self._texts)
                self._length += len(text)

    def step(self, now: float) -> Iterator[Trace]:
        """The sample was processed; the rules know that it is `now`."""
        if self._has_noted:
            self._told.append(self._until_t)
            self._until_t, self._has_noted = now, False
        else:
            self._until_t = max(self._until_t, now)
        is_full = self._count >= MOST_OBSERVATIONS or self._length >= MOST_TEXT
        if self._told and (is_full or now - self._cut_t >= CUT_EVERY_S):
            yield self._cut(now, None)

    def close(self, t: float) -> Iterator[Trace]:
        """The last one, in which the end is."""
        if self._number or self._told:
            yield self._cut(t, t)

    def _cut(self, now: float, closed_t: float | None) -> Trace:
        header = {
            "started_at": (self._started_at - _EPOCH) // timedelta(microseconds=1),
            "number": self._number,
            "rules": self._rules,
            "until_t": self._until_t,
            "closed_t": closed_t,
            "texts": list(self._texts),
            "signals": {signal: len(noted) for signal, noted in self._noted.items()},
            "batches": len(self._told),
        }
        content = packed(header, self._told, [n for ns in self._noted.values() for n in ns])
        start, end = (self._started_at + timedelta(seconds=t) for t in (self._cut_t, now))
        self._number += 1
        self._cut_t = now
        self._begin()
        return Trace(new_id(), self._participant_id, start, max(start, end), content)


def stretches(traces: Iterable[Trace]) -> list[Stretch]:
    """By their beginning. Raises Damaged."""
    parts: dict[int, dict[int, Part]] = {}
    for trace in traces:
        part = Part(trace)
        parts.setdefault(part.header["started_at"], {})[part.header["number"]] = part
    return [_joined(sorted(of.items())) for _, of in sorted(parts.items())]


def _joined(parts: Sequence[tuple[int, Part]]) -> Stretch:
    """Of one pipeline, with their numbers, in their order."""
    (last, end), first = parts[-1], parts[0][1].header
    batches: dict[str, list[Indexes]] = {}
    observations: dict[str, list[Observation]] = {}
    before = 0
    for _, part in parts:
        for signal, indexes, observed in part.readings():
            batches.setdefault(signal, []).append(indexes + before)
            observations.setdefault(signal, []).extend(observed)
        before += len(part.told)
    return Stretch(
        started_at=_EPOCH + timedelta(microseconds=first["started_at"]),
        rules=first["rules"],
        told=np.concatenate([part.told for _, part in parts]),
        readings={
            signal: Readings(np.concatenate(batches[signal]).astype(np.int32), observed)
            for signal, observed in observations.items()
        },
        until_t=end.header["until_t"],
        closed_t=end.header["closed_t"],
        missing=last + 1 - len(parts),
    )

"""A pause ends what is measured, and what comes after it begins anew: nothing of it is left."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from hypothesis import given
from hypothesis import strategies as st
from making import START, rule

from proctoring.acts.adjustments import Adjustments, Relaxed
from proctoring.exam import FaceProfile
from proctoring.live.measuring import adjusted_policy, left_out
from proctoring.live.stretches import Stretches, Wish
from proctoring.pipeline import Pipeline
from proctoring.policy.presets import PRESETS
from proctoring.types import (
    PAGE_OPENED,
    BrowserEvent,
    CoverageSpan,
    Observation,
    Occurrence,
    Policy,
    Rule,
    Tick,
)

PAUSED = Wish(is_paused=True)


class Sees:
    """Sees two faces from a time to a time of the session, and is told when it began."""

    name: ClassVar[str] = "sees"
    title: ClassVar[str] = "Sees"
    medium: ClassVar[str] = "camera"
    explains: ClassVar[str] = ""
    accepts: ClassVar[type | tuple[type, ...]] = (Tick, BrowserEvent)
    rules: ClassVar[tuple[Rule, ...]] = (
        rule(enter_after_s=2.0, exit_after_s=1.0),
        rule(kind="long_gap", signal="gap_s", enter_at=20, exit_at=1, enter_after_s=0.0),
    )

    def __init__(self, begun_t: float, bad: tuple[float, float]) -> None:
        self._begun_t, self._bad, self._last = begun_t, bad, 0.0
        self.events: list[BrowserEvent] = []
        self.learned: FaceProfile | None = None

    def analyse(self, sample: Any) -> Iterable[Observation]:
        if isinstance(sample, BrowserEvent):
            self.events.append(sample)
            return
        at = self._begun_t + sample.t
        count = 2.0 if self._bad[0] <= at < self._bad[1] else 1.0
        yield Observation(sample.t, "face_count", count)
        yield Observation(sample.t, "gap_s", sample.t - self._last)
        self._last = sample.t


class Run:
    """A session of which each second has its tick."""

    def __init__(self, bad: tuple[float, float] = (-1.0, -1.0), relaxed: Relaxed | None = None):
        self.analysers: list[Sees] = []
        self.records: list[object] = []
        self.t = 0.0

        def make(started_at: datetime, *_: object) -> Pipeline:
            self.analysers.append(Sees((started_at - START).total_seconds(), bad))
            return Pipeline(
                [self.analysers[-1]],
                preset=PRESETS["standard"],
                meeting_id="m",
                participant_id="p",
                started_at=started_at,
                relaxed=relaxed or Relaxed(),
            )

        self.stretches = Stretches(make, START)

    def until(self, t: float, wish: Wish = Wish()) -> None:  # noqa: B008
        while self.t < t:
            self.records += self.stretches.heed(wish, self.t, is_attended=True)
            self.records += self.stretches.process(Tick(self.t))
            self.t += 1.0

    def end(self) -> None:
        self.records += self.stretches.close(self.t)

    @property
    def incidents(self) -> list[Occurrence]:
        """Each as it was last saved."""
        found = {one.id: one for one in self.records if isinstance(one, Occurrence)}
        return list(found.values())

    def spans(self, signal: str) -> list[CoverageSpan]:
        found = {
            span.id: span
            for record in self.records
            if isinstance(record, tuple)
            for span in record
            if isinstance(span, CoverageSpan) and span.signal == signal
        }
        return sorted(found.values(), key=lambda span: span.started_at)


def seconds(at: datetime) -> float:
    return (at - START).total_seconds()


def test_what_happens_in_a_pause_is_no_incident_and_neither_is_its_length() -> None:
    run = Run(bad=(12.0, 90.0))
    run.until(10)
    run.until(100, PAUSED)
    run.until(130)
    run.end()
    assert run.incidents == []


def test_what_lasts_when_a_pause_begins_ends_there() -> None:
    run = Run(bad=(4.0, 90.0))
    run.until(10)
    run.until(40, PAUSED)
    run.until(100)
    run.end()
    first, second = run.incidents
    assert first.closed_at is not None
    assert seconds(first.closed_at) == 10
    assert seconds(second.opened_at) >= 40


def test_the_coverage_says_paused_and_nothing_is_left_out() -> None:
    run = Run()
    run.until(20)
    run.until(50, PAUSED)
    run.until(80)
    run.end()
    before, paused, after = run.spans("face_count")
    assert (seconds(before.started_at), seconds(before.ended_at)) == (0, 20)
    assert (paused.reason, seconds(paused.started_at), seconds(paused.ended_at)) == (
        "paused",
        20,
        50,
    )
    assert (after.state, seconds(after.started_at), seconds(after.ended_at)) == (
        before.state,
        50,
        80,
    )


def test_a_pause_that_a_killed_server_did_not_end_was_told_of() -> None:
    run = Run()
    run.until(20)
    run.until(50, PAUSED)
    told = run.spans("face_count")[-1]
    assert told.reason == "paused"
    assert seconds(told.ended_at) >= 40


def test_what_the_page_tells_late_is_not_put_into_the_pause() -> None:
    run = Run()
    run.until(10)
    run.until(40, PAUSED)
    run.until(41)
    run.stretches.process(BrowserEvent(41.0, "page_hidden", "", 30.0))
    begun, told = run.analysers[-1].events
    assert begun.name == PAGE_OPENED
    assert (told.t, told.ago_s) == (1.0, 1.0)


@given(st.lists(st.tuples(st.integers(1, 30), st.booleans()), max_size=8))
def test_any_row_of_pauses_leaves_no_gap_in_the_coverage(parts: list[tuple[int, bool]]) -> None:
    run = Run()
    for length, is_paused in parts:
        run.until(run.t + length, Wish(is_paused))
    run.end()
    spans = run.spans("face_count")
    at = 0.0
    for span in spans:
        assert math.isclose(seconds(span.started_at), at)
        at = seconds(span.ended_at)
    assert at == math.floor(run.t)
    assert run.incidents == []


def test_other_rules_hold_from_when_they_were_made() -> None:
    run = Run(bad=(0.0, 90.0))
    run.until(10)
    assert len(run.incidents) == 1
    run.until(20, Wish(adjustments=Adjustments(longer_looks=True)))
    assert len(run.analysers) == 2


def test_an_exempt_kind_does_not_open_and_its_signal_is_exempt() -> None:
    run = Run(bad=(2.0, 90.0), relaxed=Relaxed(frozenset({"multiple_faces"})))
    run.until(60)
    run.end()
    assert run.incidents == []
    assert {span.reason for span in run.spans("face_count")} == {"exempt"}


def test_who_may_look_away_for_longer_has_longer() -> None:
    relaxed = Relaxed(longer_s={"multiple_faces": 20.0})
    short, long = Run((2.0, 15.0), relaxed), Run((2.0, 40.0), relaxed)
    for run in (short, long):
        run.until(60)
        run.end()
    assert (len(short.incidents), len(long.incidents)) == (0, 1)


def test_adjustments_reach_the_policy_and_the_rules() -> None:
    adjusted = adjusted_policy(Policy(may_speak=False), Adjustments(may_speak=True))
    assert adjusted.may_speak
    assert adjusted_policy(Policy(), Adjustments(longer_looks=True)).may_look_down
    off = {one.kind for one in left_out(("faces", "speakers"), ("faces",))}
    assert "multiple_speakers" in off
    assert "microphone_silent" in off, "nothing needs the microphone any more"
    assert "no_face" not in off
    all_on = ("faces", "whisper")
    exempt = Adjustments(may_speak=True).exempt
    assert {one.kind for one in left_out(all_on, all_on, exempt)} == {"whisper"}

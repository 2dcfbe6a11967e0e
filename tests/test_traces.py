"""A candidate's observations, packed and opened again: nothing that a rule reads is lost."""

from __future__ import annotations

import json
import math
import random
import zlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import START, at, frames, make_pipeline

from proctoring.analysers.faces import FaceCounter
from proctoring.store.contents import LONGEST_TRACE
from proctoring.traces.form import LONGEST_UNPACKED
from proctoring.traces.minutes import (
    CUT_EVERY_S,
    MOST_OBSERVATIONS,
    Damaged,
    Recorder,
    Stretch,
    stretches,
)
from proctoring.types import Observation, Trace

RULES = {"multiple_faces": 0.0, "looking_away": 20.0}
SIGNALS = ("face_count", "off_screen_share")


def recorder() -> Recorder:
    return Recorder("p", START, RULES, SIGNALS)


def recorded(batches: Iterable[tuple[float, list[Observation]]], end: float = 1e6) -> list[Trace]:
    made = recorder()
    traces: list[Trace] = []
    for now, observations in batches:
        for observation in observations:
            made.note(observation)
        traces += made.step(now)
    return [*traces, *made.close(end)]


def seen(t: float, value: float | None = 1.0, **changes: Any) -> Observation:
    return replace(Observation(t, "face_count", value), **changes)


def minutes(count: float, every_s: float = 0.25) -> list[tuple[float, list[Observation]]]:
    return [(i * every_s, [seen(i * every_s)]) for i in range(round(60 * count / every_s))]


observations = st.builds(
    Observation,
    t=st.floats(0, 1e5),
    signal=st.sampled_from(SIGNALS),
    value=st.none() | st.floats(allow_nan=False) | st.integers(-(2**53), 2**53),
    confidence=st.floats(0, 1),
    span=st.none() | st.tuples(st.floats(0, 1e5), st.floats(0, 1e5)),
    reason=st.text(max_size=20),
    detail=st.text(st.characters(), max_size=20),
)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 50), st.lists(observations, max_size=5)), max_size=12))
def test_what_is_noted_comes_back_to_the_last_bit(
    batches: list[tuple[float, list[Observation]]],
) -> None:
    found = stretches(recorded(batches, 59.0))
    noted = [one for _, batch in batches for one in batch]
    if not noted:
        assert found == []
        return
    (stretch,) = found
    for signal in SIGNALS:
        wanted = [one for one in noted if one.signal == signal]
        got = stretch.readings[signal].observations if wanted else []
        assert got == wanted
        assert [type(o.value) for o in got] == [type(o.value) for o in wanted]
    assert stretch.closed_t == 59.0
    assert stretch.rules == RULES


def test_what_no_rule_reads_is_not_kept() -> None:
    given = [seen(1.0), replace(seen(1.0), signal="gaze_yaw_deg")]
    (stretch,) = stretches(recorded([(1.0, given)]))
    assert list(stretch.readings) == ["face_count"]


def test_boxes_are_left_out() -> None:
    (stretch,) = stretches(recorded([(1.0, [seen(1.0, boxes=((1, 2, 3, 4),), seen_t=0.5)])]))
    assert stretch.readings["face_count"].observations == [seen(1.0)]


def test_a_trace_is_made_about_once_a_minute_and_at_the_end() -> None:
    traces = recorded(minutes(2.5), 150.0)
    assert [one.started_at for one in traces] == [at(0), at(60), at(120)]
    assert [one.ended_at for one in traces] == [at(60), at(120), at(150)]
    assert len({one.id for one in traces}) == 3
    assert {one.participant_id for one in traces} == {"p"}


def test_one_that_was_killed_has_all_but_the_newest_minute() -> None:
    (stretch,) = stretches(recorded(minutes(2.5), 150.0)[:2])
    assert stretch.closed_t is None
    last = stretch.readings["face_count"].observations[-1].t
    assert 150 - last <= CUT_EVERY_S


def test_nothing_observed_is_no_trace() -> None:
    assert recorded([(t, []) for t in range(300)], 300.0) == []


def test_they_are_put_together_in_whatever_order_they_come() -> None:
    traces = recorded(minutes(5), 300.0)
    whole = by_signal(*stretches(traces))
    random.Random(7).shuffle(traces)
    (stretch,) = stretches([*traces, traces[0]])
    assert by_signal(stretch) == whole
    assert stretch.missing == 0
    batches = stretch.readings["face_count"].batches.tolist()
    assert batches == list(range(len(stretch.told)))


def test_one_that_is_missing_between_others_is_told() -> None:
    first, _, third = recorded(minutes(2.5), 150.0)
    (stretch,) = stretches([third, first])
    assert stretch.missing == 1


def test_pipelines_are_told_apart_by_their_beginning() -> None:
    one = recorded(minutes(1), 60.0)
    late = Recorder("p", at(500), RULES, SIGNALS)
    late.note(seen(0.5))
    other = [*late.step(1.0), *late.close(2.0)]
    assert [s.started_at for s in stretches([*other, *one])] == [at(0), at(500)]


def test_until_when_the_rules_were_told_of_time_is_kept() -> None:
    quiet: list[Observation] = []
    batches = [(1.0, [seen(1.0)]), (2.0, quiet), (9.0, quiet), (8.0, quiet), (10.0, [seen(10.0)])]
    (stretch,) = stretches(recorded([*batches, (11.0, quiet)], 12.0))
    assert stretch.told[1] == 9.0
    assert stretch.told[0] < 0
    assert stretch.until_t == 11.0


# --- how large ------------------------------------------------------------------------------


def test_so_many_observations_are_cut_before_the_minute_is_over() -> None:
    batches = [(0.001 * i, [seen(0.001 * i)]) for i in range(MOST_OBSERVATIONS + 10)]
    traces = recorded(batches, 60.0)
    assert len(traces) == 2


def test_no_trace_is_larger_than_a_store_takes() -> None:
    chance = random.Random(1)
    text = [chr(code) for code in range(0x4E00, 0x9000)]

    def odd(t: float) -> Observation:
        words = ["".join(chance.choices(text, k=40)) for _ in range(2)]
        span = (chance.random(), chance.random())
        return Observation(
            chance.random(), "face_count", chance.random(), chance.random(), (), None, span, *words
        )

    batches = [(0.001 * i, [odd(i)]) for i in range(12_000)]
    sizes = [len(one.content) for one in recorded(batches, 60.0)]
    assert max(sizes) <= LONGEST_TRACE
    chance_only = [
        (0.001 * i, [replace(odd(i), reason="", detail="")]) for i in range(MOST_OBSERVATIONS)
    ]
    assert max(len(one.content) for one in recorded(chance_only, 60.0)) <= LONGEST_TRACE


# --- damage ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole() -> Trace:
    (trace,) = recorded([(1.0, [seen(1.0, reason="dark", span=(0.0, 1.0)), seen(1.5, None)])], 2.0)
    return trace


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "it is empty"),
        (b"\x02rest", "of version 2, and this program knows 1"),
        (b"\x01", "cut off"),
        (b"\x01no zlib", "header"),
        (b"\x01" + zlib.compress(b""), "cannot be read"),
        (b"\x01" + zlib.compress(bytes(LONGEST_UNPACKED + 1)), "cut off"),
        (b"\x01" + zlib.compress(b"\x00\x00\x00\x02{}"), "batches"),
    ],
)
def test_what_is_no_trace_is_said_to_be_damaged(whole: Trace, content: bytes, says: str) -> None:
    with pytest.raises(Damaged, match=says) as caught:
        stretches([replace(whole, content=content)])
    assert whole.id in str(caught.value)


@settings(deadline=None)
@given(st.data())
def test_wherever_it_is_damaged_it_is_told(data: st.DataObject) -> None:
    (trace,) = recorded([(1.0, [seen(1.0, reason="dark"), seen(1.5, None)])], 2.0)
    place = data.draw(st.integers(0, len(trace.content) - 1))
    turned = bytearray(trace.content)
    turned[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(Damaged):
        stretches([replace(trace, content=bytes(turned))])
    with pytest.raises(Damaged):
        stretches([replace(trace, content=trace.content[:place])])


@settings(deadline=None)
@given(
    name=st.sampled_from(["batches", "times", "number", "signals", "texts", "until_t", "closed_t"]),
    value=st.sampled_from([-1, 10**12, "x", None, [], {}, [1], {"face_count": -5}, 1.5]),
)
def test_a_header_that_lies_is_told_or_harmless(name: str, value: object) -> None:
    (trace,) = recorded([(1.0, [seen(1.0)])], 2.0)
    body = zlib.decompress(trace.content[1:])
    length = int.from_bytes(body[:4], "big")
    header = json.loads(body[4 : 4 + length]) | {name: value}
    head = json.dumps(header).encode()
    forged = len(head).to_bytes(4, "big") + head + body[4 + length :]
    try:
        (stretch,) = stretches([replace(trace, content=b"\x01" + zlib.compress(forged))])
    except Damaged:
        return
    assert math.isfinite(stretch.until_t)


# --- the pipeline ---------------------------------------------------------------------------


def test_a_pipeline_keeps_them_where_it_is_told_to() -> None:
    for keeps, count in ((False, 0), (True, 2)):
        pipeline = make_pipeline(FaceCounter(), count=2, keeps_traces=keeps)
        records = [record for frame in frames(70.0) for record in pipeline.process(frame)]
        records += pipeline.close(70.0)
        traces = [record for record in records if isinstance(record, Trace)]
        assert len(traces) == count
    (stretch,) = stretches(traces)
    faces = stretch.readings["face_count"].observations
    assert len(faces) > 100
    assert {one.value for one in faces} == {2.0}
    assert all(not one.boxes for one in faces)


def by_signal(stretch: Stretch) -> dict[str, list[Observation]]:
    return {signal: readings.observations for signal, readings in stretch.readings.items()}

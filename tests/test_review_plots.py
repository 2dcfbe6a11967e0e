"""Signals as small plots: what is drawn is what was said."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable

import pytest
from making import START, at, rule

from proctoring.analysers import rules_by_kind
from proctoring.review.plots import Plot, plots
from proctoring.signal_names import TITLES, title_of
from proctoring.traces.minutes import Recorder, Stretch, stretches
from proctoring.types import Observation, Rule

FACES = (rule(), rule(kind="no_face", enter_at=0, exit_at=1))
Said = Iterable[tuple[float, float | None]]


def stretch(said: Said, signal: str = "face_count", begun_s: float = 0.0) -> Stretch:
    recorder = Recorder("p", at(begun_s), {}, [signal])
    traces = []
    for t, value in said:
        recorder.note(Observation(t, signal, value, reason="" if value is not None else "dark"))
        traces += list(recorder.step(t))
    (found,) = stretches([*traces, *recorder.close(1e5)])
    return found


def plot(said: Said, rules: Iterable[Rule] = FACES, until: float = 60.0) -> Plot:
    (found,) = plots([stretch(said)], rules, START, at(until))
    return found


def test_a_few_values_are_drawn_as_they_are() -> None:
    found = plot([(1.0, 1.0), (2.0, 2.0), (3.0, 1.0)])
    assert found["lines"] == [[[1.0, 1.0, 1.0], [2.0, 2.0, 2.0], [3.0, 1.0, 1.0]]]
    assert (found["signal"], found["name"], found["unit"]) == ("face_count", "Faces in view", "")
    assert found["range"] == [0, 2.0]
    json.dumps(found, allow_nan=False)


def test_every_signal_that_may_be_drawn_has_a_title_and_no_two_the_same() -> None:
    signals = {one.signal for one in rules_by_kind().values()}
    assert set(TITLES) == signals
    assert len(set(TITLES.values())) == len(TITLES)
    assert not [title for title in TITLES.values() if "_" in title or not title[0].isupper()]
    assert title_of("second_voice_s") == "Second voice", "one without a title of its own"


def test_a_line_is_broken_where_nothing_was_said() -> None:
    found = plot([(1.0, 1.0), (2.0, 1.0), (20.0, 1.0)])
    assert [len(line) for line in found["lines"]] == [2, 1]


def test_many_values_become_few_points_which_hide_no_peak() -> None:
    said = [(0.25 * i, math.sin(i)) for i in range(4 * 3600)]
    (found,) = plots([stretch([*said, (3599.9, 9.0)])], FACES, START, at(3600), most_points=100)
    (line,) = found["lines"]
    assert len(line) <= 101
    assert max(high for _, _, high in line) == 9.0
    assert min(low for _, low, _ in line) == pytest.approx(-1, abs=1e-3)


def test_when_it_is_bad_is_told_for_either_side() -> None:
    said = [(0.0, 1), (1.0, 2), (2.0, 3), (3.0, 1), (4.0, 0), (5.0, 1), (30.0, 2)]
    assert plot(said)["bad"] == [[1.0, 2.0], [4.0, 4.0], [30.0, 30.0]]


def test_when_nothing_could_be_told_is_told_with_the_reason() -> None:
    found = plot([(0.0, 1), (1.0, None), (2.0, None), (3.0, 1)])
    assert found["unsure"] == [[1.0, 2.0, "dark"]]
    assert len(found["lines"]) == 1, "a gap of two seconds is no break"


def test_limits_say_on_which_side_they_are() -> None:
    sides = {limit["kind"]: (limit["at"], limit["side"]) for limit in plot([(1.0, 1)])["limits"]}
    assert sides == {"multiple_faces": (2, "above"), "no_face": (0, "below")}


def test_stretches_are_laid_one_after_the_other_in_the_time_that_is_asked_for() -> None:
    first, second = stretch([(5.0, 1)]), stretch([(5.0, 2)], begun_s=100.0)
    (found,) = plots([second, first], FACES, START, at(200))
    assert [line[0][0] for line in found["lines"]] == [5.0, 105.0]
    (late,) = plots([second, first], FACES, at(100), at(200))
    assert late["lines"] == [[[5.0, 2.0, 2.0]]]


def test_a_signal_that_said_nothing_has_no_plot_and_units_are_told() -> None:
    rules = [rules_by_kind()["microphone_silent"], *FACES]
    found = plots([stretch([(1.0, -60.0)], "sound_level_db")], rules, START, at(60))
    assert [(one["name"], one["unit"]) for one in found] == [("Sound level", "dB")]
    assert plots([], FACES, START, at(60)) == []
    assert plots([stretch([(1.0, 1)])], FACES, START, START) == []

from dataclasses import replace

import pytest
from making import START, at, occurrence, rule

from proctoring.folding import fold
from proctoring.rules import Phase, RuleEngine, score
from proctoring.types import Category, Observation


def engine(*rules, every_s=0.0):
    return RuleEngine(
        rules, meeting_id="m", participant_id="p", started_at=START, evaluate_every_s=every_s
    )


def run(values, *, step_s=0.5, every_s=0.0, **changes):
    """Feed one value every `step_s`; give [(t, phase)]."""
    the_rule = rule(**changes)
    rules = engine(the_rule, every_s=every_s)
    return [
        (i * step_s, transition.phase)
        for i, value in enumerate(values)
        for transition in rules.update(Observation(i * step_s, the_rule.signal, value))
    ]


def test_a_flicker_is_not_an_incident():
    assert run([1, 2, 2, 1, 2, 2, 1]) == []


def test_it_opens_after_the_hold_and_closes_after_the_release():
    assert run([2] * 6 + [1] * 6) == [(2.0, Phase.OPENED), (5.0, Phase.CLOSED)]


def test_nothing_changes_inside_the_hysteresis_band():
    opened = run([0.9] * 6 + [0.6] * 20, enter_at=0.8, exit_at=0.4, signal="s")
    assert opened == [(2.0, Phase.OPENED)]


def test_low_is_bad_when_enter_is_below_exit():
    assert run([0] * 5, enter_at=0, exit_at=1) == [(2.0, Phase.OPENED)]


def test_a_gap_in_the_measurements_restarts_the_hold():
    rules = engine(rule())
    assert rules.update(Observation(0, "face_count", 2)) == []
    assert rules.update(Observation(60, "face_count", 2)) == []


def test_an_abstention_neither_opens_nor_closes():
    assert run([2] * 5 + [None] * 6) == [(2.0, Phase.OPENED)]
    assert run([2, None, 2, None, 2]) == [(2.0, Phase.OPENED)]


def test_what_is_no_longer_measured_closes_when_it_was_last_seen():
    rules = engine(rule(enter_after_s=0))
    rules.update(Observation(0, "face_count", 2))
    rules.update(Observation(1, "face_count", 2))
    assert rules.advance(5) == []
    (closed,) = rules.advance(6.5)
    assert closed.phase is Phase.CLOSED
    assert closed.occurrence.closed_at == at(1)


def test_times_are_those_of_the_first_and_the_last_bad_measurement():
    rules = engine(rule())
    seen = [
        transition
        for i, value in enumerate([1, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1])
        for transition in rules.update(Observation(i * 0.5, "face_count", value))
    ]
    opened, closed = (transition.occurrence for transition in seen)
    assert opened.opened_at == closed.opened_at == at(0.5)
    assert (closed.last_seen_at, closed.closed_at) == (at(2.5), at(3.0))
    assert opened.id == closed.id


def test_the_summary_tells_the_worst_value_and_is_told_anew_when_it_gets_worse():
    rules = engine(rule(enter_after_s=0))
    summaries = [
        (transition.phase, transition.occurrence.summary)
        for i, value in enumerate([2, 3, 2])
        for transition in rules.update(Observation(i * 0.5, "face_count", value))
    ]
    assert summaries == [(Phase.OPENED, "2 faces"), (Phase.UPDATED, "3 faces")]


def test_a_lasting_occurrence_is_told_again_every_ten_seconds():
    phases = run([2] * 60, enter_after_s=0)
    assert phases == [
        (0.0, Phase.OPENED),
        (10.0, Phase.UPDATED),
        (20.0, Phase.UPDATED),
    ]


def test_the_end_of_the_session_closes_everything():
    rules = engine(rule(enter_after_s=0))
    rules.update(Observation(0, "face_count", 2))
    (closed,) = rules.close_all(3)
    assert closed.occurrence.closed_at == at(3)
    assert rules.close_all(4) == []


def test_evaluation_every_five_seconds_looks_only_then():
    between = [1, 2, 2, 1, 1, 1, 1, 1, 1, 1]  # 0.5 s apart: bad only between the looks
    assert run(between * 3, every_s=5, enter_after_s=0, exit_after_s=0) == []
    at_the_look = [2, *[1] * 9, 1]
    assert run(at_the_look, every_s=5, enter_after_s=0, exit_after_s=0) == [
        (0.0, Phase.OPENED),
        (5.0, Phase.CLOSED),
    ]


def test_the_score_grows_with_each_time_and_stays_under_100():
    first = occurrence()
    assert score([]) == 0
    assert score(fold([first])) == pytest.approx(40)
    assert score(fold([first, occurrence(60)])) == pytest.approx(64)
    assert score(fold([occurrence(i) for i in range(50)])) <= 100


def test_technical_incidents_are_never_scored():
    assert score(fold([replace(occurrence(), category=Category.TECHNICAL)])) == 0

import pytest
from making import START, at

from proctoring.coverage import CoverageTracker, fractions
from proctoring.types import Measured, Observation


def tracked(observations, end_s, signals=("face_count",), looks_every_s=1.0):
    tracker = CoverageTracker(dict.fromkeys(signals, looks_every_s), "p", START)
    for t, value in observations:
        tracker.note(
            Observation(t, "face_count", value, reason="" if value is not None else "dark")
        )
        tracker.advance(t)
    tracker.close(end_s)
    return tracker.take_changed()


def spans(*arguments, **options):
    return [
        (
            span.state,
            (span.started_at - START).seconds,
            (span.ended_at - START).seconds,
            span.reason,
        )
        for span in tracked(*arguments, **options)
    ]


def test_seconds_of_one_state_are_one_span():
    every_quarter = [(i / 4, 1) for i in range(40)]
    assert spans(every_quarter, 10) == [(Measured.MEASURED, 0, 10, "")]


def test_a_second_in_which_the_analyser_could_not_tell_is_degraded_and_says_why():
    observations = [(i / 4, None if 4 <= i / 4 < 8 else 1) for i in range(48)]
    assert spans(observations, 12) == [
        (Measured.MEASURED, 0, 4, ""),
        (Measured.DEGRADED, 4, 8, "dark"),
        (Measured.MEASURED, 8, 12, ""),
    ]


def test_a_second_in_which_nothing_came_is_not_measured():
    observations = [(i / 4, 1) for i in range(16)] + [(8 + i / 4, 1) for i in range(8)]
    states = [state for state, *_ in spans(observations, 10)]
    assert states == [Measured.MEASURED, Measured.NOT_MEASURED, Measured.MEASURED]


def test_what_is_looked_for_every_five_seconds_is_measured_between_two_looks_and_not_across_a_gap():
    looks = [(0.1, 1), (5.0, 1), (10.2, None), (24.9, 1), (30.1, 1)]
    assert spans(looks, 31, looks_every_s=5.0) == [
        (Measured.MEASURED, 0, 6, ""),
        (Measured.DEGRADED, 6, 11, "dark"),
        (Measured.NOT_MEASURED, 11, 23, "nothing came in"),
        (Measured.MEASURED, 23, 31, ""),
    ]


def test_a_signal_that_was_never_measured_is_said_to_be_so():
    got = {s.signal: s.state for s in tracked([], 5, signals=("face_count", "speaker_count"))}
    assert got == {
        "face_count": Measured.NOT_MEASURED,
        "speaker_count": Measured.NOT_MEASURED,
    }


def test_a_growing_span_keeps_its_id():
    tracker = CoverageTracker({"face_count": 1.0}, "p", START)
    for i in range(40):
        tracker.note(Observation(i / 4, "face_count", 1))
    tracker.advance(6)
    (first,) = tracker.take_changed()
    tracker.close(10)
    (grown,) = tracker.take_changed()
    assert first.id == grown.id
    assert grown.ended_at == at(10)
    assert tracker.take_changed() == ()


def test_a_broken_analyser_gives_the_reason():
    tracker = CoverageTracker({"face_count": 1.0}, "p", START)
    tracker.lose("face_count", "the analyser stopped working")
    tracker.close(5)
    (span,) = tracker.take_changed()
    assert (span.state, span.reason) == (Measured.NOT_MEASURED, "the analyser stopped working")


def test_fractions_are_of_the_whole_duration():
    observations = [(i / 4, 1) for i in range(20)]
    assert fractions(tracked(observations, 10), 10)["face_count"] == pytest.approx(0.5, abs=0.1)
    assert fractions([], 10) == {}

"""What a proctor is shown: marks, scores, what is measured now and what was."""

from dataclasses import replace

import pytest
from making import START, at, occurrence

from proctoring import coverage_view, views
from proctoring.analysers import analyser_types, choices
from proctoring.live.watch import SignalStatus, Status
from proctoring.services import Seat
from proctoring.store import EvidenceRef
from proctoring.types import (
    Category,
    CoverageSpan,
    Incident,
    Measured,
    Meeting,
    Notice,
    Participant,
)

MEETING = Meeting("m", "Exam", START, at(7200), 3600, ("faces",), "", "standard", START)
PERSON = Participant("p", "m", "<script>alert(1)</script>", START, started_at=START)
RUNNING = [  # in a meeting that looks at faces alone
    kind
    for kind in analyser_types()
    if kind.medium == "camera" and (kind.name == "faces" or kind not in choices())
]
FACES, CAMERA = (kind for kind in RUNNING if kind.name in ("faces", "camera"))
SIGNALS = [rule.signal for kind in RUNNING for rule in kind.rules]


class Session:
    """What a view reads of one."""

    def __init__(self, **changes):
        signals = tuple(SignalStatus(s, Measured.MEASURED, 1.0, "") for s in SIGNALS)
        self.status = replace(Status(t=100.0, video_t=99.5, signals=signals), **changes)
        self.still = None

    def clock(self):
        return 100.0


def seat(**changes):
    return Seat(Session(**changes), at(3600), is_connected=True)


def view(person=PERSON, its_seat=None, incidents=(), now_s=60.0):
    return views.candidate(person, MEETING, its_seat, incidents, at(now_s))


def conduct(**changes):
    return Incident((occurrence(kind="many", **changes),))


def technical(**changes):
    return Incident((occurrence(kind="lost", category=Category.TECHNICAL, weight=0.0, **changes),))


def test_a_name_stays_the_text_that_it_is():
    assert view()["name"] == "<script>alert(1)</script>"


@pytest.mark.parametrize(
    ("person", "its_seat", "incidents", "marks"),
    [
        (replace(PERSON, started_at=None), None, (), ["waiting"]),
        (PERSON, seat(), (), ["in_exam"]),
        (PERSON, seat(), (conduct(),), ["in_exam", "look"]),
        (PERSON, seat(), (technical(),), ["in_exam", "technical"]),
        (PERSON, seat(), (conduct(), technical()), ["in_exam", "look", "technical"]),
        (PERSON, seat(), (conduct(closed_at=at(9)),), ["in_exam"]),
        (PERSON, None, (conduct(),), ["disconnected"]),
        (PERSON, seat(is_running=False), (conduct(),), ["disconnected"]),
        (replace(PERSON, finished_at=at(50)), None, (conduct(),), ["finished"]),
    ],
)
def test_marks_say_all_that_is_true(person, its_seat, incidents, marks):
    assert view(person, its_seat, incidents)["marks"] == marks


def test_a_page_that_is_gone_and_sends_nothing_is_disconnected():
    silent = Seat(Session(video_t=90.0, audio_t=None), at(3600), is_connected=False)
    assert view(its_seat=silent)["marks"] == ["disconnected"]
    assert view(its_seat=replace(silent, is_connected=True))["marks"] == ["in_exam"]


def test_an_incident_left_open_by_somebody_who_is_gone_is_not_open():
    assert view(incidents=(conduct(),))["open"] == []
    assert len(view(its_seat=seat(), incidents=(conduct(),))["open"]) == 1


def test_technical_incidents_never_count_for_the_score():
    assert view(incidents=(technical(),))["score"] == 0
    assert view(incidents=(conduct(weight=0.36), technical()))["score"] == 36


def test_time_left_ends_with_the_working_time():
    assert view(now_s=600)["left_s"] == 3000
    assert view(now_s=9000)["left_s"] == 0
    assert view(replace(PERSON, started_at=None))["left_s"] is None


# --- what is measured ----------------------------------------------------------------------


def state_of(kind, status):
    return next(s for s in views.measured(MEETING, status) if s["title"] == kind.title)


def test_an_analyser_measures_as_well_as_its_worst_signal():
    assert state_of(CAMERA, Session().status)["state"] == Measured.MEASURED
    worse = SignalStatus(CAMERA.rules[0].signal, Measured.DEGRADED, None, "too dark")
    found = state_of(CAMERA, Session(signals=(*Session().status.signals, worse)).status)
    assert (found["state"], found["reason"]) == (Measured.DEGRADED, "too dark")


def test_a_broken_analyser_is_never_silent():
    its_seat = seat(broken=(FACES.title,))
    found = state_of(FACES, its_seat.session.status)
    assert (found["state"], found["reason"]) == ("not_measured", "the analyser stopped working")
    assert "technical" in view(its_seat=its_seat)["marks"]


def test_an_analyser_without_signals_is_not_running():
    assert state_of(FACES, Session(signals=()).status)["reason"] == "it is not running"


def test_what_has_just_begun_is_starting_and_not_lost():
    nothing = tuple(SignalStatus(s, Measured.NOT_MEASURED, None, "") for s in SIGNALS)
    begun = Session(t=1.0, signals=nothing).status
    assert {s["state"] for s in views.measured(MEETING, begun)} == {"starting"}
    assert {s["state"] for s in views.measured(MEETING, replace(begun, t=9.0))} == {"not_measured"}


def test_only_what_the_meeting_asks_for_is_listed():
    titles = [signal["title"] for signal in views.measured(MEETING, Session().status)]
    assert titles == [kind.title for kind in RUNNING]


# --- what was measured ---------------------------------------------------------------------


def span(signal, start_s, end_s, state=Measured.MEASURED, reason=""):
    return CoverageSpan(f"{signal}{start_s}", "p", signal, state, reason, at(start_s), at(end_s))


def coverage_of(kind, spans, end_s=100):
    found = views.coverage(MEETING, spans, START, at(end_s))
    return next(row for row in found if row["title"] == kind.title)


def everywhere(kind, *pieces):
    return [span(rule.signal, *piece) for rule in kind.rules for piece in pieces]


def test_a_gap_has_its_times_its_state_and_its_reason():
    dark = (40, 60, Measured.DEGRADED, "too dark")
    row = coverage_of(FACES, everywhere(FACES, (0, 40), dark, (60, 100)))
    assert row["measured"] == pytest.approx(0.8)
    assert row["gaps"] == [
        {
            "from": at(40).isoformat(),
            "to": at(60).isoformat(),
            "state": "degraded",
            "reason": "too dark",
        }
    ]


def test_where_no_span_says_anything_nothing_was_measured():
    row = coverage_of(FACES, everywhere(FACES, (10, 50), (70, 100)))
    assert row["measured"] == pytest.approx(0.7)
    assert [gap["reason"] for gap in row["gaps"]] == ["nothing was running"] * 2


def test_one_signal_that_is_lost_is_a_gap_of_its_analyser():
    spans = everywhere(CAMERA, (0, 100))
    lost = span(CAMERA.rules[0].signal, 30, 50, Measured.NOT_MEASURED, "stopped")
    spans = [s for s in spans if s.signal != lost.signal]
    spans += [span(lost.signal, 0, 30), lost, span(lost.signal, 50, 100)]
    row = coverage_of(CAMERA, spans)
    assert row["measured"] == pytest.approx(0.8)
    assert [gap["reason"] for gap in row["gaps"]] == ["stopped"]


def test_less_than_the_second_that_coverage_counts_by_is_no_gap():
    row = coverage_of(FACES, everywhere(FACES, (0.2, 100)))
    assert (row["measured"], row["gaps"]) == (1, [])


def test_of_many_gaps_the_longest_are_listed_and_all_are_counted():
    pieces = [(2.0 * i, 2.0 * i + 1) for i in range(500)]
    row = coverage_of(FACES, everywhere(FACES, *pieces), end_s=1000)
    assert row["measured"] == pytest.approx(0.5)
    assert len(row["gaps"]) == coverage_view.MAX_GAPS


def test_an_exam_without_length_has_no_share():
    assert coverage_of(FACES, [], end_s=0)["measured"] is None


# --- incidents -----------------------------------------------------------------------------


def test_each_occurrence_comes_with_its_evidence_and_its_notice():
    first, second = occurrence(0, closed_at=at(4)), occurrence(60)
    ref = EvidenceRef("e", second.id, at(61), "image/jpeg", 10, "00")
    found = views.incident(
        Incident((first, second)), {second.id: [ref]}, {first.id: Notice(first.id, at(2))}
    )
    assert found["id"] == first.id
    assert [o["shown_at"] for o in found["occurrences"]] == [at(2).isoformat(), None]
    assert [o["closed_at"] for o in found["occurrences"]] == [at(4).isoformat(), None]
    assert [len(o["evidence"]) for o in found["occurrences"]] == [0, 1]

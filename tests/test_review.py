"""What reviewers look at, what they said of it, and what it adds up to."""

from __future__ import annotations

import itertools
import json

import pytest
from exams import act
from hypothesis import given
from hypothesis import strategies as st
from making import at, occurrence
from sklearn.metrics import cohen_kappa_score

from proctoring import rules
from proctoring.review import reasons
from proctoring.review.agreement import cohens_kappa
from proctoring.review.items import Tab, items
from proctoring.review.verdicts import (
    Because,
    Decision,
    State,
    Unclear,
    agreement,
    content,
    is_blind,
    is_sampled,
    state,
    verdicts,
)
from proctoring.types import Category, Incident, Severity

numbers = itertools.count()


def incident(*spans, **changes):
    """Occurrences from when to when, in seconds."""
    folded = tuple(
        occurrence(start, last_seen_at=at(end), id=f"o{next(numbers):06}", **changes)
        for start, end in spans
    )
    return Incident(folded)


# --- items -------------------------------------------------------------------------------------


def test_what_overlaps_is_one_thing_to_look_at():
    face, voice = incident((10, 20)), incident((18, 30), kind="multiple_speakers")
    gaze, later = incident((33, 40), kind="looking_away"), incident((60, 70), kind="phone_seen")
    found = items([later, voice, gaze, face])
    assert [item.incidents for item in found] == [(face, voice, gaze), (later,)]
    assert (found[0].opened_at, found[0].last_seen_at) == (at(10), at(40))


def test_a_pause_in_an_entry_is_no_overlap():
    """One kind within ten minutes is one entry; what comes in between is something else."""
    long, between = incident((0, 5), (500, 505)), incident((200, 210), kind="phone_seen")
    assert len(items([long, between])) == 2


def test_two_candidates_and_two_tabs_stay_apart():
    mine, theirs = incident((0, 9)), incident((0, 9), participant_id="q")
    dark = incident((0, 9), kind="picture_dark", category=Category.TECHNICAL)
    light = incident((0, 9), kind="copied", severity=Severity.INFO)
    found = items([mine, theirs, dark, light])
    assert len(found) == 4
    assert sorted(item.tab for item in found) == sorted(
        [Tab.DECIDE, Tab.DECIDE, Tab.TECHNICAL, Tab.NOTABLE]
    )


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 40)), max_size=12), st.randoms())
def test_each_is_in_one_item_and_their_order_does_not_matter(spans, rng):
    incidents = [incident((start, start + length)) for start, length in spans]
    found = items(incidents)
    inside = [one for item in found for one in item.incidents]
    assert sorted(one.id for one in inside) == sorted(one.id for one in incidents)
    rng.shuffle(incidents)
    assert items(incidents) == found
    for one, other in itertools.combinations(found, 2):  # no two of them touch
        first, second = sorted((one, other), key=lambda item: item.opened_at)
        assert (second.opened_at - first.last_seen_at).total_seconds() > 5


# --- verdicts ----------------------------------------------------------------------------------

PLAIN = next(f"i{n}" for n in range(99) if not is_sampled(f"i{n}"))
SAMPLED = next(f"i{n}" for n in range(99) if is_sampled(f"i{n}"))


def verdict(number, reviewer, decision, incident_id=PLAIN, because="", note=""):
    said = content(incident_id, decision, because, note)
    return act(number, said, kind="verdict", actor=reviewer, role="reviewer")


def given_of(*acts, incident_id=PLAIN):
    return verdicts(acts).get(incident_id, [])


def test_a_reviewers_newest_counts_in_whatever_order_they_come():
    early = verdict(1, "ann", "dismissed", because="allowed", note="the invigilator")
    late = verdict(2, "ann", "confirmed", note="no, a friend")
    for order in ((early, late), (late, early), (late, late, early)):
        (only,) = given_of(*order, act(3))
        assert (only.decision, only.note, only.because) == ("confirmed", "no, a friend", None)


@pytest.mark.parametrize(
    ("said", "stands"),
    [
        ([], State.OPEN),
        ([("ann", "confirmed", "")], State.CONFIRMED),
        ([("ann", "dismissed", "false_alarm")], State.DISMISSED),
        ([("ann", "second_look", "")], State.SECOND),
        ([("ann", "second_look", ""), ("bob", "confirmed", "")], State.SECOND),
        (
            [("ann", "second_look", ""), ("bob", "confirmed", ""), ("eve", "confirmed", "")],
            State.CONFIRMED,
        ),
        ([("ann", "confirmed", ""), ("bob", "dismissed", "technical")], State.DISAGREED),
        ([("ann", "confirmed", ""), ("bob", "confirmed", "")], State.CONFIRMED),
    ],
)
def test_where_an_incident_stands(said, stands):
    acts = [verdict(n, who, what, because=why) for n, (who, what, why) in enumerate(said)]
    assert state(PLAIN, given_of(*acts)) is stands


def test_of_the_sample_two_decide_and_neither_is_told_what_the_other_said():
    first = verdict(1, "ann", "confirmed", SAMPLED)
    given = given_of(first, incident_id=SAMPLED)
    assert state(SAMPLED, given) is State.SECOND
    assert is_blind("bob", SAMPLED, given)
    assert not is_blind("ann", SAMPLED, given)
    both = given_of(first, verdict(2, "bob", "confirmed", SAMPLED), incident_id=SAMPLED)
    assert state(SAMPLED, both) is State.CONFIRMED
    assert not is_blind("bob", SAMPLED, both)
    assert is_blind("bob", SAMPLED, both, at(11.9)), "it may still be undone"
    assert not is_blind("bob", SAMPLED, both, at(12))
    assert not is_blind("bob", PLAIN, []), "not of the sample"


def test_what_was_withdrawn_was_never_said():
    acts = [verdict(1, "ann", "confirmed"), verdict(2, "bob", "second_look")]
    assert state(PLAIN, given_of(*acts)) is State.SECOND
    acts.append(verdict(3, "ann", "withdrawn"))
    assert [one.reviewer for one in given_of(*acts)] == ["bob"]
    assert given_of(*acts, verdict(4, "bob", "withdrawn")) == []


def test_where_two_disagree_a_third_decides():
    acts = [verdict(1, "ann", "confirmed"), verdict(2, "bob", "dismissed", because="technical")]
    assert state(PLAIN, given_of(*acts)) is State.DISAGREED
    acts.append(verdict(3, "eve", "dismissed", because="allowed"))
    assert state(PLAIN, given_of(*acts)) is State.DISMISSED


def test_the_sample_is_about_a_fifth():
    assert 0.17 < sum(is_sampled(f"incident {n}") for n in range(4000)) / 4000 < 0.23


@pytest.mark.parametrize(
    "wrong",
    [
        ("guilty", "", ""),
        ("dismissed", "", ""),
        ("dismissed", "because", ""),
        ("confirmed", "allowed", ""),
        ("confirmed", "", "x" * 1001),
    ],
)
def test_what_is_no_verdict_is_refused_and_says_what_is_missing(wrong):
    with pytest.raises(Unclear, match=r"verdict is one of|says why|at most"):
        content("i", *wrong)


def test_what_was_typed_comes_back_as_it_was():
    (said,) = given_of(verdict(1, "ann", "dismissed", because="not_relevant", note='“ä”\n"x"'))
    assert (said.note, said.because) == ('“ä”\n"x"', Because.NOT_RELEVANT)
    assert json.loads(content("i", "confirmed"))["because"] == ""


# --- agreement ---------------------------------------------------------------------------------

decisions = st.sampled_from(list(Decision))


@given(st.lists(st.tuples(decisions, decisions), min_size=1, max_size=40))
def test_kappa_is_scikit_learns(pairs):
    ones, others = zip(*pairs, strict=True)
    ours = cohens_kappa(pairs)
    if len({*ones, *others}) == 1:
        assert ours is None, "theirs is no number"
    else:
        assert ours == pytest.approx(cohen_kappa_score(ones, others), abs=1e-12)


def test_nothing_is_said_of_no_pairs():
    assert cohens_kappa([]) is None


def test_agreement_is_over_what_two_decided():
    acts = [
        *(verdict(n, "ann", "confirmed", f"x{n}") for n in range(3)),
        *(verdict(n + 10, "bob", "confirmed", f"x{n}") for n in range(2)),
        verdict(20, "bob", "dismissed", "x2", because="allowed"),
        verdict(21, "ann", "dismissed", "y", because="allowed"),
        verdict(22, "bob", "dismissed", "y", because="technical"),  # for another reason: agreed
        verdict(23, "eve", "confirmed", "z"),
        verdict(24, "eve", "second_look", "x0"),
    ]
    kappa, pairs = agreement(acts, {"x0", "x1", "x2", "y", "z"}, share=1)
    assert pairs == 4
    assert kappa == pytest.approx(0.5)
    assert agreement(acts, {"y"}, share=1)[1] == 1, "each item once, not each incident of it"


def test_agreement_is_of_the_sample_alone_where_nobody_saw_the_other():
    acts = [verdict(n, who, "confirmed", PLAIN) for n, who in enumerate(("ann", "bob"))]
    assert agreement(acts, {PLAIN}) == (None, 0)


def test_what_somebody_changes_after_seeing_the_other_is_no_agreement():
    acts = [
        verdict(0, "ann", "confirmed", SAMPLED),
        verdict(5, "ann", "dismissed", SAMPLED, because="allowed"),  # undone: it had not settled
        verdict(60, "bob", "confirmed", SAMPLED),
        verdict(90, "bob", "dismissed", SAMPLED, because="allowed"),  # after seeing ann's
    ]
    other = SAMPLED + "'"
    acts += [verdict(n, who, "confirmed", other) for n, who in ((200, "ann"), (201, "bob"))]
    kappa, pairs = agreement(acts, {SAMPLED, other}, share=1)
    assert (kappa, pairs) == (0.0, 2)


# --- the score ---------------------------------------------------------------------------------


def test_what_adds_up_is_the_score_of_the_rules():
    incidents = [
        incident((0, 1), (2, 3), weight=0.4),
        incident((9, 10), kind="phone_seen", weight=0.6),
        incident((20, 30), kind="picture_dark", category=Category.TECHNICAL, weight=0.9),
    ]
    found = reasons.score(incidents, (), {"face_count": 1.0})
    assert found.points == pytest.approx(rules.score(incidents))
    assert [one.kind for one in found.contributions] == ["phone_seen", "multiple_faces"]
    assert [one.points for one in found.contributions] == pytest.approx([60, 25.6])
    assert [one.times for one in found.contributions] == [1, 2]


def test_what_was_dismissed_counts_no_longer():
    alarm, phone = incident((0, 1), weight=0.4), incident((9, 10), kind="phone_seen", weight=0.6)
    found = reasons.score([alarm, phone], {alarm.id}, {"face_count": 0.9})
    assert found.points == pytest.approx(60)


@pytest.mark.parametrize("coverage", [{}, {"face_count": 0.2}, {"face_count": 0.9, "voices": 0.0}])
def test_there_is_none_where_too_little_was_measured(coverage):
    found = reasons.score([], (), coverage)
    assert found.points is None
    assert "was measured" in found.withheld


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 3)), max_size=8),
    st.dictionaries(st.sampled_from("abc"), st.floats(0, 1), min_size=3),
)
def test_contributions_add_up(kinds, weights):
    incidents = [
        incident(*[(n, n)] * times, kind=kind, weight=weights[kind])
        for n, (kind, times) in enumerate(kinds)
    ]
    found = reasons.score(incidents, (), {"face_count": 1.0})
    assert sum(one.points for one in found.contributions) == pytest.approx(
        rules.score(incidents), abs=1e-9
    )
    assert all(one.points >= 0 for one in found.contributions)

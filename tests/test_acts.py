"""What may be done about one candidate's exam, and what holds because of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import at
from stores import meeting

from proctoring.acts import talk
from proctoring.acts.adjustments import Adjustments, read_adjustments, relaxed, to_content
from proctoring.acts.kinds import (
    BY_CANDIDATES,
    BY_STAFF,
    KINDS,
    LONGEST_MESSAGE,
    LONGEST_NOTE,
    MOST_EXTRA_S,
    SERVER,
    BadAct,
    content_of,
    make,
    may,
)
from proctoring.acts.standing import AS_EVER, LONGEST_PAUSE, deadline, standing
from proctoring.types import Act, Journey, Role, Rule

WORDS: dict[str, dict[str, Any]] = {
    "message": {"text": "Hello"},
    "warning": {"text": "Please stay in the picture."},
    "seen": {"until": "act"},
    "hand_raised": {"text": ""},
    "hand_lowered": {},
    "explanation": {"incident": "i", "text": "The sun was in my eyes."},
    "ask_in": {"reason": "My camera does not start."},
    "let_in": {},
    "not_yet": {"text": "Two minutes, please."},
    "pause": {"reason": "fire alarm"},
    "resume": {},
    "extra_time": {"seconds": 300},
    "adjustment": {"second_person": True, "extra_percent": 25},
    "recheck": {},
    "rechecked": {"result": "same", "text": "3 of 3 looks"},
    "claim": {"desk": "d", "name": "Bo"},
    "release": {"desk": "d", "name": "Bo"},
    "hand_over": {"desk": "d", "name": "Bo", "to": "e", "to_name": "Cy"},
    "looked": {"desk": "d", "name": "Bo", "incident": "i", "outcome": "review"},
    "note": {"text": "Seems unwell."},
    "end": {"reason": "At the candidate's own wish."},
}


def act(kind: str, second: float, role: str = Role.PROCTOR, **content: Any) -> Act:
    said = content or WORDS[kind]
    return make(kind, said, participant_id="p", actor="c", role=role, at=at(second))


def later(seconds: float) -> datetime:
    return at(seconds)


def ends(*acts: Act, now: float, **changes: Any) -> float:
    """Seconds after the start at which the time is up."""
    of = meeting(journey=Journey(), **changes)
    moment = later(now)
    return (deadline(of, at(0), standing(acts, moment), moment) - at(0)).total_seconds()


# --- what may be said ------------------------------------------------------------------------


def test_every_kind_has_words_that_are_taken() -> None:
    assert WORDS.keys() == KINDS.keys()
    for kind in KINDS:
        others = SERVER if kind == "rechecked" else Role.CANDIDATE
        role = Role.PROCTOR if kind in BY_STAFF else others
        made = act(kind, 1, role)
        assert (made.kind, made.role, made.participant_id) == (kind, role, "p")
        assert isinstance(content_of(made), dict)


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("message", {}, "not empty"),
        ("message", {"text": " \n "}, "not empty"),
        ("message", {"text": 7}, "is text"),
        ("message", {"text": "x" * (LONGEST_MESSAGE + 1)}, str(LONGEST_MESSAGE)),
        ("pause", {}, "not empty"),
        ("end", {}, "at least 10"),
        ("end", {"reason": "too short"}, "at least 10"),
        ("extra_time", {}, "Extra time"),
        ("extra_time", {"seconds": 0}, "Extra time"),
        ("extra_time", {"seconds": -60}, "Extra time"),
        ("extra_time", {"seconds": True}, "Extra time"),
        ("extra_time", {"seconds": 60.5}, "Extra time"),
        ("extra_time", {"seconds": MOST_EXTRA_S + 1}, "Extra time"),
        ("adjustment", {"extra_percent": 30}, "per cent"),
        ("adjustment", {"break_min": 61}, "minutes"),
        ("adjustment", {"second_person": "yes"}, "on or off"),
        ("adjustment", {"signals_off": "faces"}, "list"),
        ("adjustment", {"why": "an illness"}, "no adjustment"),
        ("seen", {}, "newest message"),
        ("claim", {}, "at a desk"),
        ("claim", {"desk": "x" * 201}, "at a desk"),
        ("hand_over", {"desk": "d"}, "another desk"),
        ("looked", {"desk": "d", "incident": "i"}, "looked at"),
        ("looked", {"desk": "d", "incident": 7, "outcome": "review"}, "by its id"),
        ("verdict of nobody", {}, "no act"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(
    kind: str, content: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadAct, match=words) as told:
        make(kind, content, participant_id="p", role=Role.PROCTOR)
    assert str(told.value).endswith(".")


def test_an_explanation_is_of_an_incident_and_has_at_most_500_characters() -> None:
    for content in (
        {"text": "why"},
        {"incident": "", "text": "why"},
        {"incident": "i", "text": ""},
        {"incident": "i", "text": "x" * (LONGEST_NOTE + 1)},
    ):
        with pytest.raises(BadAct):
            act("explanation", 1, Role.CANDIDATE, **content)


def test_each_role_does_what_is_theirs_and_a_reviewer_nothing() -> None:
    for kind in KINDS:
        assert not may(Role.REVIEWER, kind)
        assert may(Role.EXAMINER, kind) == may(Role.PROCTOR, kind) == (kind in BY_STAFF)
        assert may(Role.CANDIDATE, kind) == (kind in BY_CANDIDATES)
    for kind in ("note", "let_in", "extra_time", "end", "adjustment", "warning"):
        with pytest.raises(BadAct, match="yours"):
            act(kind, 1, Role.CANDIDATE)


def test_what_is_typed_is_kept_without_signs_that_turn_the_text() -> None:
    said = content_of(act("message", 1, text="  two\nlines\u202e \x00"))
    assert said == {"text": "two\nlines"}
    assert content_of(act("pause", 1, reason="fire\n  alarm")) == {"reason": "fire alarm"}


# --- what holds ------------------------------------------------------------------------------


def moves() -> st.SearchStrategy[list[Act]]:
    kind = st.sampled_from(sorted(KINDS))
    second = st.integers(0, 7200)

    def one(kind: str, second: int, is_candidate: bool) -> Act:
        is_theirs = kind in BY_CANDIDATES and (is_candidate or kind not in BY_STAFF)
        staff = SERVER if kind == "rechecked" else Role.PROCTOR
        return act(kind, second, Role.CANDIDATE if is_theirs else staff)

    return st.lists(st.builds(one, kind, second, st.booleans()), max_size=25)


@settings(max_examples=150, deadline=None)
@given(moves(), st.randoms(), st.integers(0, 9000))
def test_order_repeats_and_late_arrivals_change_nothing(
    acts: list[Act], dice: Any, second: int
) -> None:
    now = at(second)
    whole = standing(acts, now)
    shuffled = [*acts, *dice.sample(acts, len(acts) // 2)]
    dice.shuffle(shuffled)
    assert standing(shuffled, now) == whole


@settings(max_examples=150, deadline=None)
@given(moves(), st.integers(0, 9000), st.integers(0, 9000))
def test_what_was_folded_earlier_is_worth_the_same_later(
    acts: list[Act], first: int, more: int
) -> None:
    now = at(7200 + first + more)
    assert standing(acts, at(7200 + first)).at(now) == standing(acts, now)


@settings(max_examples=150, deadline=None)
@given(moves(), st.integers(7200, 30000), st.integers(0, 6000))
def test_the_time_left_never_grows_by_itself_and_stands_still_in_a_pause(
    acts: list[Act], second: int, more: int
) -> None:
    of, now, then = meeting(closes_at=at(90_000)), at(second), at(second + more)
    before, after = standing(acts, now), standing(acts, then)
    left = deadline(of, at(0), before, now) - now
    left_then = deadline(of, at(0), after, then) - then
    assert left_then <= left
    if after.paused_at and before.paused_at:
        assert left_then == left
    if not before.paused_at:
        assert left - left_then == timedelta(seconds=more)


@settings(max_examples=100, deadline=None)
@given(moves())
def test_pauses_never_overlap_and_are_in_order(acts: list[Act]) -> None:
    pauses = standing(acts, at(7200)).pauses
    for pause, following in pairwise(pauses):
        assert pause.end is not None
        assert pause.start <= pause.end <= following.start


def test_pauses_that_overlap_are_one_and_a_resume_without_a_pause_is_nothing() -> None:
    acts = [act("resume", 5), act("pause", 10), act("pause", 20), act("resume", 40)]
    held = standing([*acts, act("resume", 50)], at(100))
    assert (held.paused_s, held.paused_at) == (30, None)
    assert standing(acts[:3], at(100)).paused_s == 90
    assert standing(acts[:3], at(100)).pause_reason == "fire alarm"


def test_a_pause_that_nobody_ends_is_over_some_time() -> None:
    held = standing([act("pause", 0)], at(1))
    much_later = at(0) + LONGEST_PAUSE + timedelta(hours=1)
    assert held.at(much_later).paused_at is None
    assert held.at(much_later).paused_s == LONGEST_PAUSE.total_seconds()
    again = standing(
        [act("pause", 0), act("pause", LONGEST_PAUSE.total_seconds() + 60)], much_later
    )
    assert len(again.pauses) == 2


def test_times_add_up() -> None:
    assert ends(now=100) == 3600
    assert ends(act("extra_time", 10), act("extra_time", 20), now=100) == 4200
    assert ends(act("pause", 60), act("resume", 90), now=100) == 3630
    assert ends(act("pause", 60), now=100) == 3640
    more = act("adjustment", 5, extra_percent=50)
    assert ends(more, now=100) == 5400
    assert (
        ends(act("adjustment", 5, extra_percent=50), act("adjustment", 6, extra_percent=0), now=100)
        == 3600
    )


def test_a_pause_before_the_start_takes_nothing_and_gives_nothing() -> None:
    assert ends(act("pause", -100), act("resume", -40), now=100) == 3600
    assert ends(act("pause", -100), act("resume", 40), now=100) == 3640


def test_only_what_was_given_or_taken_by_a_pause_goes_beyond_the_closing() -> None:
    closes = {"closes_at": at(1800)}
    assert ends(now=100, **closes) == 1800
    assert ends(act("extra_time", 10), now=100, **closes) == 2100
    assert ends(act("pause", 60), act("resume", 90), now=100, **closes) == 1830


def test_asking_in_is_answered_once_and_for_all() -> None:
    asked = standing([act("ask_in", 1, Role.CANDIDATE)], at(9))
    assert (asked.asked_in, asked.asked_in_at) == ("My camera does not start.", at(1))
    told = standing([act("ask_in", 1, Role.CANDIDATE), act("not_yet", 2)], at(9))
    assert (told.not_yet, told.is_let_in) == ("Two minutes, please.", False)
    acts = [act("ask_in", 1, Role.CANDIDATE), act("let_in", 2), act("ask_in", 3, Role.CANDIDATE)]
    held = standing(acts, at(9))
    assert (held.is_let_in, held.asked_in, held.not_yet) == (True, "", "")


def test_a_hand_is_up_until_somebody_lowers_it() -> None:
    up = act("hand_raised", 1, Role.CANDIDATE, text="May I ask something?")
    held = standing([up], at(9))
    assert (held.is_hand_up, held.hand_at, held.hand_text) == (True, at(1), "May I ask something?")
    assert not standing([up, act("hand_lowered", 2)], at(9)).is_hand_up


def test_messages_are_unread_until_a_proctor_saw_or_answered_them() -> None:
    first, second = (act("message", n, Role.CANDIDATE) for n in (1, 2))
    assert standing([first, second], at(9)).unread == 2
    assert standing([first, second, act("seen", 3, until=first.id)], at(9)).unread == 1
    assert standing([first, second, act("message", 3)], at(9)).unread == 0


def test_a_break_is_the_candidate_s_own_and_a_pause_is_not() -> None:
    allowed = act("adjustment", 0, break_min=5)
    rest = act("pause", 60, Role.CANDIDATE, reason="a break")
    held = standing([allowed, rest], at(120))
    assert held.is_on_break
    assert held.break_left_s(at(120)) == 240
    back = standing([allowed, rest, act("resume", 90, Role.CANDIDATE)], at(120))
    assert (back.paused_at, back.break_left_s(at(120))) == (None, 270)
    paused = [allowed, act("pause", 60), act("resume", 90, Role.CANDIDATE)]
    assert standing(paused, at(120)).paused_at == at(60), "a proctor's pause is theirs to end"
    taken_over = standing([allowed, rest, act("pause", 90)], at(120))
    assert not taken_over.is_on_break
    assert (taken_over.paused_s, taken_over.break_left_s(at(120))) == (60, 270)


def test_the_first_end_counts() -> None:
    acts = [act("end", 1), act("end", 2, reason="Another reason, later.")]
    assert standing(acts, at(9)).ended == "At the candidate's own wish."


def test_what_a_later_version_wrote_changes_nothing() -> None:
    strange = [
        Act("a", "p", at(1), "c", "proctor", "verdict", '{"is": "none"}'),
        Act("b", "p", at(1), "c", "proctor", "adjustment", '{"later": 1}'),
        Act("c", "p", at(1), "c", "proctor", "extra_time", "no JSON"),
        Act("d", "p", at(1), "c", "proctor", "extra_time", '{"seconds": 1e9}'),
    ]
    assert standing(strange, at(9)) == AS_EVER


# --- adjustments -----------------------------------------------------------------------------


def test_adjustments_come_back_and_say_which_incidents_there_are_not() -> None:
    given = Adjustments(frozenset({"gaze"}), True, True, True, 50, 15)
    assert read_adjustments(to_content(given)) == given
    assert {"multiple_faces", "other_voice", "talking", "whisper"} <= given.exempt
    assert Adjustments().exempt == frozenset()
    rule = Rule("looking_away", "", "s", 1, 0, "", "", enter_after_s=1.0)
    assert relaxed(given).rule(rule).enter_after_s == 21.0
    assert relaxed(Adjustments()).rule(rule) == rule


# --- what is shown ---------------------------------------------------------------------------


def test_a_candidate_is_shown_no_note_and_no_adjustment() -> None:
    acts = [act("note", 1), act("adjustment", 2), act("message", 3), act("let_in", 4)]
    assert [one["kind"] for one in talk.for_candidate(acts)] == ["message"]


def test_a_candidate_sees_what_was_read() -> None:
    own = [act("message", n, Role.CANDIDATE) for n in (1, 2)]
    shown = talk.for_candidate([*own, act("seen", 3, until=own[0].id)])
    assert [(one["from"], one["read"]) for one in shown] == [("you", True), ("you", False)]


def test_explanations_name_their_incident() -> None:
    (said,) = talk.explanations([act("explanation", 1, Role.CANDIDATE), act("message", 2)])
    assert (said["incident"], said["text"]) == ("i", "The sun was in my eyes.")

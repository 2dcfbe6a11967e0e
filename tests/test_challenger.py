"""When a candidate is asked to do something, how long it is waited for, and what came of it."""

from __future__ import annotations

import numpy as np
import pytest

from proctoring.analysers.challenger import (
    AGAIN_AFTER_S,
    BEGUN_WITHIN_S,
    DONE,
    DOUBT,
    DOUBT_FOR_S,
    EVERY_S,
    LEFT,
    MOST,
    NO_COLOURS,
    SEEN,
    SEEN_WITHIN_S,
    SHOWN,
    SKIPPED,
    THROUGH_WITHIN_S,
    Challenger,
    Outcome,
)
from proctoring.api.candidate import EVENT_NAME
from proctoring.challenge import Colour, Kind, Yaw
from proctoring.types import PAGE_CLOSED, PAGE_OPENED, BrowserEvent
from tests.material import ROOT

TURNS, COLOURS = b"a turn, since this is even: \x00", b"colours, since this is odd: \x01"


class Page:
    """A challenger, and the candidate's page that talks to it. One step is half a second."""

    def __init__(self, seed: bytes = TURNS, *, is_on: bool = True, is_open: bool = True) -> None:
        self.challenger = Challenger(is_on=is_on, new_seed=lambda: seed)
        self.t = 0.0
        if is_open:
            self.say(PAGE_OPENED)

    def say(self, name, detail=""):
        self.challenger.hear(BrowserEvent(self.t, name, detail))
        self.challenger.advance(self.t)

    def tell(self, name):
        self.say(name, self.asked.id)

    def wait(self, seconds, score=0.0, *, may_colour=False):
        """Until an answer comes, for so long at most."""
        for _ in range(round(seconds / 0.5)):
            self.t += 0.5
            self.challenger.doubt(self.t, score, may_colour=may_colour)
            self.challenger.advance(self.t)
            if answer := self.challenger.take_answer():
                return answer
        return None

    def doubt(self, **options):
        self.wait(DOUBT_FOR_S + 0.5, DOUBT, **options)
        return self.asked

    @property
    def asked(self):
        return self.challenger.asked

    def turn(self, angle=25.0, *, is_plane=False):
        """Do as asked, or turn by another angle, and see it through."""
        steps, began = self.asked.challenge.steps, self.t
        self.tell(SHOWN)
        for t in np.arange(0.0, steps[-1].end_s + 0.5, 0.25):
            self.t = began + float(t)
            now = [step.ask for step in steps if step.start_s + 0.8 <= t <= step.end_s]
            yaw = {"left": angle, "right": -angle}[now[0]] if now else 0.0
            self.challenger.look(Yaw(self.t, yaw))
            self.challenger.advance(self.t)
        self.tell(DONE)
        self.t += 5.0
        self.challenger.advance(self.t, is_plane=is_plane)
        return self.challenger.take_answer()


@pytest.fixture
def page():
    return Page()


# --- when it asks ------------------------------------------------------------------------


def test_doubt_that_lasts_makes_it_ask(page):
    page.wait(DOUBT_FOR_S, DOUBT)
    assert page.asked is None
    page.wait(1.0, DOUBT)
    assert page.asked.challenge.kind is Kind.TURN


def test_doubt_that_passes_does_not(page):
    for _ in range(10):
        page.wait(2.0, DOUBT)
        page.wait(0.5, 0.0)
    assert page.asked is None


def test_doubt_from_before_a_gap_does_not_count(page):
    page.wait(2.0, DOUBT)
    page.wait(30.0, None)
    page.wait(2.0, DOUBT)
    assert page.asked is None


@pytest.mark.parametrize("options", [{"is_on": False}, {"is_open": False}])
def test_it_never_asks_where_it_is_off_or_no_page_is_there(options):
    page = Page(**options)
    page.wait(60.0, 1.0)
    assert page.asked is None


@pytest.mark.parametrize(
    ("leaves", "comes"), [(PAGE_CLOSED, PAGE_OPENED), ("page_hidden", "page_visible")]
)
def test_it_waits_until_the_page_is_back(page, leaves, comes):
    page.say(leaves)
    page.wait(60.0, 1.0)
    assert page.asked is None
    page.say(comes)
    page.wait(0.5, 1.0)
    assert page.asked is not None


def test_seconds_pass_between_two_and_there_are_a_few_at_most(page):
    asked_at = []
    while page.t < (MOST + 3) * EVERY_S:
        page.wait(0.5, 1.0)
        if page.asked:
            asked_at.append(page.t)
            page.tell(SEEN)
            page.tell(SKIPPED)
    assert len(asked_at) == MOST
    assert min(np.diff(asked_at)) >= EVERY_S


def test_each_has_a_seed_and_an_id_of_its_own():
    asked = []
    for _ in range(20):
        page = Page()
        page.challenger = Challenger(is_on=True)
        page.say(PAGE_OPENED)
        asked.append(page.doubt())
    assert len({one.challenge.seed for one in asked}) == 20
    assert len({one.id for one in asked}) == 20
    assert all(len(one.challenge.seed) >= 16 for one in asked)


def test_colours_are_asked_only_where_they_can_clear_the_doubt():
    assert Page(COLOURS).doubt(may_colour=True).challenge.kind is Kind.COLOURS
    assert Page(COLOURS).doubt(may_colour=False).challenge.kind is Kind.TURN
    assert Page(TURNS).doubt(may_colour=True).challenge.kind is Kind.TURN


def test_who_wants_little_motion_on_the_screen_is_asked_to_turn():
    page = Page(COLOURS)
    first = page.doubt(may_colour=True)
    page.tell(NO_COLOURS)
    assert page.asked.id == first.id
    assert page.asked.challenge.kind is Kind.TURN


# --- what comes of it ----------------------------------------------------------------------


def test_nothing_is_looked_for_before_the_page_begins(page):
    page.doubt()
    page.tell(SEEN)
    assert page.challenger.watches is None
    page.tell(SHOWN)
    assert page.challenger.watches is Kind.TURN


def test_who_turns_as_asked_passes(page):
    page.doubt()
    page.tell(SEEN)
    answer = page.turn()
    assert (answer.outcome, answer.kind) == (Outcome.PASSED, Kind.TURN)
    assert page.asked is None
    assert page.challenger.take_answer() is None


def test_who_does_not_turn_fails_and_it_is_said_which_turn_was_missed(page):
    page.doubt()
    answer = page.turn(angle=0.0)
    assert answer.outcome is Outcome.FAILED
    assert answer.reason.startswith("no turn to the ")


def test_a_plane_that_turns_fails(page):
    page.doubt()
    answer = page.turn(is_plane=True)
    assert (answer.outcome, answer.reason) == (Outcome.FAILED, "what turned was flat")


def test_a_head_that_was_not_to_be_seen_is_for_a_person():
    page = Page()
    page.doubt()
    page.tell(SHOWN)
    page.t += page.asked.challenge.steps[-1].end_s
    page.tell(DONE)
    assert page.wait(5.0).outcome is Outcome.UNDECIDED


def test_colours_that_are_not_to_be_seen_are_for_a_person():
    page = Page(COLOURS)
    page.doubt(may_colour=True)
    page.tell(SHOWN)
    assert page.challenger.watches is Kind.COLOURS
    began = page.t
    for t in np.arange(0.0, page.asked.challenge.length_s, 0.25):
        page.challenger.look(Colour(began + float(t), (150.0, 120.0, 100.0)))
    page.t = began + page.asked.challenge.steps[-1].end_s
    page.tell(DONE)
    answer = page.wait(5.0)
    assert (answer.outcome, answer.kind) == (Outcome.UNDECIDED, Kind.COLOURS)


@pytest.mark.parametrize(
    ("says", "reason"), [(SKIPPED, "the candidate skipped the check"), (LEFT, "was cut off")]
)
@pytest.mark.parametrize("is_begun", [False, True])
def test_what_is_skipped_or_cut_off_is_for_a_person(page, says, reason, is_begun):
    page.doubt()
    page.tell(SEEN)
    if is_begun:
        page.tell(SHOWN)
    page.tell(says)
    answer = page.wait(0.5)
    assert answer.outcome is Outcome.UNDECIDED
    assert reason in answer.reason
    assert page.asked is None


def test_one_that_was_never_on_a_screen_is_dropped_and_counts_for_nothing(page):
    for _ in range(MOST + 2):
        asked = page.doubt()
        assert asked is not None
        answer = page.wait(SEEN_WITHIN_S, 1.0)
        assert answer.outcome is Outcome.NOT_SHOWN
        page.wait(AGAIN_AFTER_S - DOUBT_FOR_S - 1.0)
        assert page.doubt() is None


def test_one_that_nobody_begins_holds_up_nothing(page):
    page.doubt()
    page.tell(SEEN)
    assert page.wait(BEGUN_WITHIN_S - 1.0) is None
    assert page.wait(2.0).reason == "nobody began the check"
    assert page.asked is None


def test_one_that_the_page_does_not_see_through_is_for_a_person(page):
    page.doubt()
    page.tell(SHOWN)
    answer = page.wait(page.asked.challenge.length_s + THROUGH_WITHIN_S + 1.0)
    assert answer.outcome is Outcome.UNDECIDED
    assert "to its end" in answer.reason


def test_the_time_of_its_beginning_is_of_when_that_arrived_and_only_the_first_counts(page):
    page.doubt()
    page.tell(SHOWN)
    page.t += 5.0
    page.tell(SHOWN)
    page.t += page.asked.challenge.length_s - 5.0
    page.tell(DONE)
    page.challenger.advance(page.t)
    assert page.challenger.take_answer() is not None


# --- what a page may say --------------------------------------------------------------------


def test_a_page_that_goes_on_after_the_server_began_anew_is_answered_by_a_person(page):
    for name in (SHOWN, DONE):
        page.say(name, "of-the-process-before")
    answer = page.wait(0.5)
    assert answer.outcome is Outcome.UNDECIDED
    assert answer.reason == "the server started anew meanwhile"
    assert page.wait(0.5) is None


@pytest.mark.parametrize("name", [SEEN, SHOWN, DONE, SKIPPED, LEFT, NO_COLOURS, "challenge_", "x"])
@pytest.mark.parametrize("detail", ["", "another", "<script>", "\x00" * 200])
def test_what_belongs_to_no_challenge_does_not_end_the_one_that_runs(page, name, detail):
    asked = page.doubt()
    page.say(name, detail)
    assert page.asked is asked


def test_what_ended_stays_ended(page):
    page.doubt()
    page.tell(SEEN)
    challenge_id = page.asked.id
    page.tell(SKIPPED)
    assert page.wait(0.5)
    for name in (SEEN, SHOWN, DONE, SKIPPED, LEFT):
        page.say(name, challenge_id)
    assert page.wait(5.0) is None


def test_done_before_it_was_begun_says_nothing(page):
    page.doubt()
    page.tell(DONE)
    page.tell(SHOWN)
    assert page.wait(page.asked.challenge.length_s + 1.0) is None


def test_all_that_the_page_reports_is_a_name_the_server_takes():
    names = (SEEN, SHOWN, DONE, SKIPPED, LEFT, NO_COLOURS)
    assert all(EVENT_NAME.fullmatch(name) for name in names)
    text = (ROOT / "proctoring" / "ui" / "challenge.js").read_text(encoding="utf-8")
    assert all(f'"{name}"' in text for name in names)

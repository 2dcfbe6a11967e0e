"""When a candidate is asked to do what no recording can have known, and what came of it.

One challenge at a time, seldom, and only while the candidate's page is there to show it. The page
says when its words are on the screen, when it begins, and when it is through; each is dated here,
when it arrives, by the session's own clock. All of it is forgotten when the process ends: a page
that goes on with a challenge then is answered by "a person looks".
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from proctoring.challenge import (
    Asked,
    ChallengeResult,
    Colour,
    Kind,
    Yaw,
    head_turns,
    screen_colours,
    verify_colours,
    verify_turns,
)
from proctoring.types import PAGE_CLOSED, PAGE_OPENED, BrowserEvent

DOUBT = 0.5  # of the score
DOUBT_FOR_S = 3.0
DOUBT_GAP_S = 8.0  # not measured for longer: the doubt begins anew
EVERY_S = 300.0
MOST = 3  # that were seen, in one session
SEEN_WITHIN_S = 20.0  # on the screen; else it is dropped, and counts for nothing
AGAIN_AFTER_S = 60.0  # … and the next may follow
BEGUN_WITHIN_S = 40.0  # to read why, and to press the button
THROUGH_WITHIN_S = 8.0  # after its end, for the page's word that it was shown to its end

# What the page reports, each with the challenge's id.
SEEN = "challenge_seen"  # its explanation is on the screen
SHOWN = "challenge_shown"  # the candidate pressed the button, and its clock runs
DONE = "challenge_done"
SKIPPED = "challenge_skipped"
LEFT = "challenge_left"  # it was begun and could not go on: the page was hidden, or cut off
NO_COLOURS = "challenge_no_colours"  # the candidate's system asks for as little motion as may be


class Outcome(Enum):
    PASSED = auto()
    FAILED = auto()
    UNDECIDED = auto()  # a person looks
    NOT_SHOWN = auto()


@dataclass(frozen=True, slots=True)
class Answer:
    t: float  # s
    outcome: Outcome
    kind: Kind
    reason: str  # in words for a proctor


@dataclass(slots=True)
class _Running:
    asked: Asked
    issued_t: float
    seen_t: float | None = None
    shown_t: float | None = None  # when its clock began to run
    is_through: bool = False
    yaws: list[Yaw] = field(default_factory=list)
    colours: list[Colour] = field(default_factory=list)

    @property
    def kind(self) -> Kind:
        return self.asked.challenge.kind


class Challenger:
    """Times are media time, in seconds, and come in with what is told; it reads no clock."""

    def __init__(
        self, *, is_on: bool, new_seed: Callable[[], bytes] = lambda: secrets.token_bytes(16)
    ) -> None:
        self._answer: Answer | None = None  # the newest, until it is taken
        self._is_on = is_on
        self._new_seed = new_seed
        self._running: _Running | None = None
        self._ids: set[str] = set()  # of all that were asked
        self._seen = 0
        self._next_t = 0.0
        self._doubt_since: float | None = None
        self._doubted_t = 0.0
        self._is_open = False  # the page's line
        self._is_hidden = False  # the page, behind another one

    @property
    def asked(self) -> Asked | None:
        return self._running.asked if self._running else None

    @property
    def watches(self) -> Kind | None:
        """What is to be looked for in every picture now."""
        running = self._running
        return running.kind if running and running.shown_t is not None else None

    def look(self, look: Yaw | Colour) -> None:
        if self._running is None:
            return
        if isinstance(look, Yaw):
            self._running.yaws.append(look)
        else:
            self._running.colours.append(look)

    # --- when to ask -----------------------------------------------------------------------

    def doubt(self, t: float, score: float | None, *, may_colour: bool) -> None:
        """How much doubt there is. `may_colour`: its cause is one that coloured light can clear."""
        if score is None:
            return
        if score < DOUBT:
            self._doubt_since = None
            return
        if self._doubt_since is None or t - self._doubted_t > DOUBT_GAP_S:
            self._doubt_since = t
        self._doubted_t = t
        if t - self._doubt_since >= DOUBT_FOR_S and self._may_ask(t):
            self._ask(t, may_colour)

    def _may_ask(self, t: float) -> bool:
        is_there = self._is_open and not self._is_hidden
        is_free = self._running is None and t >= self._next_t and self._seen < MOST
        return self._is_on and is_there and is_free

    def _ask(self, t: float, may_colour: bool) -> None:
        seed = self._new_seed()
        is_colours = may_colour and seed[-1] % 2 == 1
        asked = Asked(
            secrets.token_hex(8), screen_colours(seed) if is_colours else head_turns(seed)
        )
        self._ids.add(asked.id)
        self._running = _Running(asked, t)
        self._next_t = t + EVERY_S

    # --- what the page says ----------------------------------------------------------------

    def hear(self, event: BrowserEvent) -> None:
        match event.name:
            case name if name in (PAGE_OPENED, PAGE_CLOSED):
                self._is_open, self._is_hidden = name == PAGE_OPENED, False
            case "page_hidden" | "page_visible":
                self._is_hidden = event.name == "page_hidden"
            case name if name.startswith("challenge_"):
                self._hear_of(event)

    def _hear_of(self, event: BrowserEvent) -> None:
        running = self._running
        if running is None or running.asked.id != event.detail:
            is_strange = running is None and event.detail not in self._ids
            if is_strange and event.name in (SHOWN, DONE, SKIPPED, LEFT):
                self._ids.add(event.detail)
                self._end(event.t, Outcome.UNDECIDED, "the server started anew meanwhile")
            return
        match event.name:
            case name if name == SEEN and running.seen_t is None:
                running.seen_t = event.t
                self._seen += 1
            case name if name == SHOWN and running.shown_t is None:
                running.shown_t = event.t
            case name if name == DONE:
                running.is_through = running.shown_t is not None
            case name if name == SKIPPED:
                self._end(event.t, Outcome.UNDECIDED, "the candidate skipped the check")
            case name if name == LEFT:
                self._end(event.t, Outcome.UNDECIDED, "the check was cut off")
            case name if name == NO_COLOURS and running.shown_t is None:
                running.asked = Asked(running.asked.id, head_turns(self._new_seed()))

    # --- what came of it -------------------------------------------------------------------

    def advance(self, t: float, *, is_plane: bool = False) -> None:
        """`is_plane`: what was looked at moved as one plane (perception.flatness)."""
        if running := self._running:
            if running.shown_t is not None:
                self._judge(t, running, running.shown_t, is_plane)
            elif running.seen_t is None and t - running.issued_t >= SEEN_WITHIN_S:
                self._next_t = t + AGAIN_AFTER_S
                self._end(t, Outcome.NOT_SHOWN, "the check was not shown")
            elif running.seen_t is not None and t - running.seen_t >= BEGUN_WITHIN_S:
                self._end(t, Outcome.UNDECIDED, "nobody began the check")

    def take_answer(self) -> Answer | None:
        """The answer, once."""
        answer, self._answer = self._answer, None
        return answer

    def _judge(self, t: float, running: _Running, shown_t: float, is_plane: bool) -> None:
        challenge = running.asked.challenge
        end_t = shown_t + challenge.length_s
        if t < end_t:
            return
        if running.is_through:
            if running.kind is Kind.TURN:
                result = verify_turns(challenge, shown_t, running.yaws, is_plane=is_plane)
            else:
                result = verify_colours(challenge, shown_t, running.colours)
            self._end(t, _outcome(result), result.reason)
        elif t >= end_t + THROUGH_WITHIN_S:
            self._end(t, Outcome.UNDECIDED, "the page did not show the check to its end")

    def _end(self, t: float, outcome: Outcome, reason: str) -> None:
        kind = self._running.kind if self._running else Kind.TURN
        self._answer = Answer(t, outcome, kind, reason)
        self._running = self._doubt_since = None


def _outcome(result: ChallengeResult) -> Outcome:
    if result.passed is None:
        return Outcome.UNDECIDED
    return Outcome.PASSED if result.passed else Outcome.FAILED

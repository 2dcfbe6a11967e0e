"""What holds for one candidate because of what people did.

It is a fold over all acts of the candidate, in the order of their times: so servers that got them
in another order, late or twice agree, and a clock can be worked out anew at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from proctoring.acts.adjustments import NONE, Adjustments, read_adjustments
from proctoring.acts.kinds import LEAST_EXTRA_S, MOST_EXTRA_S, Content, content_of, in_order
from proctoring.types import Act, Meeting, Role

LONGEST_PAUSE = timedelta(hours=4)  # then the clock goes on: nobody stays paused for ever


@dataclass(frozen=True, slots=True)
class Pause:
    start: datetime  # UTC
    end: datetime | None  # None while it lasts
    reason: str
    is_break: bool = False  # the candidate's own

    def by(self, now: datetime) -> Pause:
        """As it is at this time: one that nobody ended is over some time."""
        if self.end is None and now - self.start >= LONGEST_PAUSE:
            return replace(self, end=self.start + LONGEST_PAUSE)
        return self

    def seconds(self, now: datetime, since: datetime | None = None) -> float:
        """Of it until now, or since a time."""
        start = max(self.start, since) if since else self.start
        return max(0.0, ((self.end or max(now, start)) - start).total_seconds())


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds for one candidate because of what people did."""

    is_let_in: bool = False
    asked_in: str = ""  # why they ask; "" if they don't, or were let in
    asked_in_at: datetime | None = None  # UTC
    not_yet: str = ""  # what was answered to it
    paused_at: datetime | None = None  # UTC, while a pause lasts
    pause_reason: str = ""
    paused_s: float = 0.0  # of all pauses, one that lasts up to the time of asking
    pauses: tuple[Pause, ...] = ()
    extra_s: int = 0  # given; what the adjustments give comes to it: see `extra_for`
    is_hand_up: bool = False
    hand_at: datetime | None = None
    hand_text: str = ""
    unread: int = 0  # messages of the candidate that no proctor has seen
    warned: int = 0  # warnings by proctors
    recheck_at: datetime | None = None  # UTC, of the newest that was asked for
    adjustments: Adjustments = NONE
    ended: str = ""  # why a proctor ended it

    def at(self, now: datetime) -> Standing:
        """The same, later."""
        return _with_pauses(self, self.pauses, now) if self.paused_at else self

    def extra_for(self, length_s: int) -> int:
        """Seconds more than others have, in an exam of this length."""
        return self.extra_s + length_s * self.adjustments.extra_percent // 100

    def paused_since(self, start: datetime, now: datetime) -> float:
        """Seconds of all pauses after `start`: none before it takes anything away."""
        return sum(pause.seconds(now, start) for pause in self.pauses)

    @property
    def is_on_break(self) -> bool:
        """One of the candidate's own."""
        return self.paused_at is not None and self.pauses[-1].is_break

    def break_left_s(self, now: datetime) -> float:
        """Of the breaks that the candidate may take."""
        taken = sum(pause.seconds(now) for pause in self.pauses if pause.is_break)
        return max(0.0, 60 * self.adjustments.break_min - taken)


AS_EVER = Standing()


@dataclass(slots=True)
class _Fold:
    standing: Standing = AS_EVER
    pauses: list[Pause] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)  # ids of the candidate's messages


def standing(acts: Iterable[Act], now: datetime) -> Standing:
    """In whatever order they come, however often."""
    fold = _Fold()
    for act in in_order(acts):
        if step := _STEPS.get(act.kind):
            step(fold, act, content_of(act))
    held = replace(fold.standing, unread=len(fold.unseen))
    return _with_pauses(held, fold.pauses, now)


def _with_pauses(held: Standing, pauses: Iterable[Pause], now: datetime) -> Standing:
    found = tuple(pause.by(now) for pause in pauses)
    lasting = found[-1] if found and found[-1].end is None else None
    return replace(
        held,
        pauses=found,
        paused_at=lasting.start if lasting else None,
        pause_reason=lasting.reason if lasting else "",
        paused_s=sum(pause.seconds(now) for pause in found),
    )


def deadline(meeting: Meeting, started_at: datetime, held: Standing, now: datetime) -> datetime:
    """When the time of a candidate is up, as things stand.

    Nobody works beyond the closing of the exam unless more was given: time that was added, or
    that a pause took.
    """
    usual = min(started_at + timedelta(seconds=meeting.length_s), meeting.closes_at)
    more = held.extra_for(meeting.length_s) + held.paused_since(started_at, now)
    return usual + timedelta(seconds=more)


# --- one step for each kind -------------------------------------------------------------------


def _note_message(fold: _Fold, act: Act, content: Content) -> None:
    if act.role == Role.CANDIDATE:
        fold.unseen.append(act.id)
    else:
        fold.unseen.clear()  # who answers has read
    if act.kind == "warning":
        fold.standing = replace(fold.standing, warned=fold.standing.warned + 1)


def _note_seen(fold: _Fold, act: Act, content: Content) -> None:
    until = str(content.get("until"))
    if act.role != Role.CANDIDATE and until in fold.unseen:
        del fold.unseen[: fold.unseen.index(until) + 1]


def _raise_hand(fold: _Fold, act: Act, content: Content) -> None:
    if not fold.standing.is_hand_up:
        fold.standing = replace(fold.standing, is_hand_up=True, hand_at=act.at)
    fold.standing = replace(fold.standing, hand_text=str(content.get("text", "")))


def _lower_hand(fold: _Fold, act: Act, content: Content) -> None:
    fold.standing = replace(fold.standing, is_hand_up=False, hand_at=None, hand_text="")


def _ask_in(fold: _Fold, act: Act, content: Content) -> None:
    if fold.standing.is_let_in:
        return
    why, since = str(content.get("reason", "")), fold.standing.asked_in_at or act.at
    fold.standing = replace(fold.standing, asked_in=why, asked_in_at=since, not_yet="")


def _let_in(fold: _Fold, act: Act, content: Content) -> None:
    fold.standing = replace(
        fold.standing, is_let_in=True, asked_in="", asked_in_at=None, not_yet=""
    )


def _not_yet(fold: _Fold, act: Act, content: Content) -> None:
    if not fold.standing.is_let_in:
        said = str(content.get("text", "")) or "Not yet."
        fold.standing = replace(fold.standing, not_yet=said)


def _pause(fold: _Fold, act: Act, content: Content) -> None:
    """One that comes while another lasts changes nothing but makes a break the proctor's."""
    is_break = act.role == Role.CANDIDATE
    reason = str(content.get("reason", ""))
    _end_the_longest(fold, act.at)
    if not fold.pauses or fold.pauses[-1].end is not None:
        fold.pauses.append(Pause(act.at, None, reason, is_break))
    elif fold.pauses[-1].is_break and not is_break:
        fold.pauses[-1] = replace(fold.pauses[-1], end=act.at)
        fold.pauses.append(Pause(act.at, None, reason))


def _resume(fold: _Fold, act: Act, content: Content) -> None:
    """A candidate ends a break of theirs, and no pause of a proctor."""
    _end_the_longest(fold, act.at)
    if fold.pauses and fold.pauses[-1].end is None:
        lasting = fold.pauses[-1]
        if lasting.is_break or act.role != Role.CANDIDATE:
            fold.pauses[-1] = replace(lasting, end=act.at)


def _end_the_longest(fold: _Fold, at: datetime) -> None:
    fold.pauses[-1:] = [pause.by(at) for pause in fold.pauses[-1:]]


def _give_time(fold: _Fold, act: Act, content: Content) -> None:
    seconds = content.get("seconds")
    if type(seconds) is int and LEAST_EXTRA_S <= seconds <= MOST_EXTRA_S:
        fold.standing = replace(fold.standing, extra_s=fold.standing.extra_s + seconds)


def _adjust(fold: _Fold, act: Act, content: Content) -> None:
    try:
        fold.standing = replace(fold.standing, adjustments=read_adjustments(content))
    except ValueError:
        return  # of a later version


def _recheck(fold: _Fold, act: Act, content: Content) -> None:
    fold.standing = replace(fold.standing, recheck_at=act.at)


def _end(fold: _Fold, act: Act, content: Content) -> None:
    if not fold.standing.ended:
        fold.standing = replace(fold.standing, ended=str(content.get("reason", "")) or "ended")


_STEPS: dict[str, Callable[[_Fold, Act, Content], None]] = {
    "message": _note_message,
    "warning": _note_message,
    "seen": _note_seen,
    "hand_raised": _raise_hand,
    "hand_lowered": _lower_hand,
    "ask_in": _ask_in,
    "let_in": _let_in,
    "not_yet": _not_yet,
    "pause": _pause,
    "resume": _resume,
    "extra_time": _give_time,
    "adjustment": _adjust,
    "recheck": _recheck,
    "end": _end,
}

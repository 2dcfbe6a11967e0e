"""What people do about one candidate's exam: the kinds of acts, and what each may say.

An act is checked when it is made, and never changed. What holds now is `proctoring.acts.standing`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from proctoring.acts.adjustments import read_adjustments, to_content
from proctoring.ids import new_id
from proctoring.plaintext import line, lines
from proctoring.types import Act, Role

SERVER = "server"  # actor and role of what the server does by itself
LONGEST_MESSAGE = 2000  # characters
LONGEST_NOTE = 500  # of an explanation, and of what somebody asks for
LONGEST_REASON = 200
SHORTEST_END_REASON = 10
LONGEST_DESK_NAME = 40  # characters, of what a proctor is called
LOOKED = ("nothing", "review")  # what came of looking at an incident
RECHECKED = ("same", "different", "uncertain", "off")  # what came of checking who it is
LEAST_EXTRA_S, MOST_EXTRA_S = 1, 4 * 3600  # of one act

Content = dict[str, Any]


class BadAct(ValueError):
    """It cannot be done like this; the sentence says what to do."""


# --- kinds -----------------------------------------------------------------------------------


def _text(most: int, least: int = 1, *, what: str, name: str = "text") -> Callable[[Content], Any]:
    def read(given: Content) -> Content:
        text = given.get(name, "")
        if not isinstance(text, str):
            raise BadAct(f"{what} is text.")
        if len(text.strip()) > most:
            raise BadAct(f"{what} has at most {most} characters.")
        text = lines(text, most) if most > LONGEST_REASON else line(text, most)
        if len(text) < least:
            needs = "is not empty" if least == 1 else f"has at least {least} characters"
            raise BadAct(f"{what} {needs}.")
        return {name: text} if text else {}

    return read


def _nothing(given: Content) -> Content:
    return {}


def _explanation(given: Content) -> Content:
    said = _text(LONGEST_NOTE, what="An explanation")(given)
    return said | _id_of(given, "incident", "An explanation is of an incident.")


def _extra_time(given: Content) -> Content:
    seconds = given.get("seconds")
    if type(seconds) is not int or not LEAST_EXTRA_S <= seconds <= MOST_EXTRA_S:
        raise BadAct(f"Extra time is from {LEAST_EXTRA_S} s to {MOST_EXTRA_S // 3600} h at once.")
    return {"seconds": seconds, **_reason(given)}


def _adjustment(given: Content) -> Content:
    try:
        return to_content(read_adjustments(given))
    except ValueError as error:
        raise BadAct(str(error)) from None


def _seen(given: Content) -> Content:
    return _id_of(given, "until", "What was seen is named by the newest message.")


def _desk(given: Content) -> Content:
    """Which desk it is done at, and what its proctor is called: see `proctoring.acts.duty`."""
    name = line(str(given.get("name", "")), LONGEST_DESK_NAME)
    return _id_of(given, "desk", "A claim is made at a desk.") | {"name": name}


def _hand_over(given: Content) -> Content:
    to_name = line(str(given.get("to_name", "")), LONGEST_DESK_NAME)
    to = _id_of(given, "to", "A candidate is handed over to another desk.")
    return _desk(given) | to | {"to_name": to_name}


def _looked(given: Content) -> Content:
    """At the candidate; or at one incident, and what came of it."""
    if "incident" not in given:
        return _desk(given)
    if given.get("outcome") not in LOOKED:
        raise BadAct("An incident that was looked at needs nothing, or is for the review.")
    incident = _id_of(given, "incident", "What was looked at is named by its id.")
    return _desk(given) | incident | {"outcome": given["outcome"]}


def _rechecked(given: Content) -> Content:
    if given.get("result") not in RECHECKED:
        raise BadAct("A check of who it is has a result.")
    return {"result": given["result"]} | _text(LONGEST_NOTE, what="A result")(given)


def _id_of(given: Content, name: str, otherwise: str) -> Content:
    found = given.get(name)
    if not isinstance(found, str) or not 1 <= len(found) <= 200:
        raise BadAct(otherwise)
    return {name: found}


_reason = _text(LONGEST_REASON, 0, what="A reason", name="reason")

KINDS: dict[str, Callable[[Content], Content]] = {
    "message": _text(LONGEST_MESSAGE, what="A message"),
    "warning": _text(LONGEST_MESSAGE, what="A warning"),  # as a message, and shown until seen
    "seen": _seen,  # the messages of the others, up to one
    "hand_raised": _text(LONGEST_NOTE, 0, what="A question"),
    "hand_lowered": _nothing,
    "explanation": _explanation,
    "ask_in": _text(LONGEST_NOTE, what="A reason", name="reason"),
    "let_in": _nothing,
    "not_yet": _text(LONGEST_NOTE, 0, what="A message"),
    "pause": _text(LONGEST_REASON, what="A reason", name="reason"),
    "resume": _nothing,
    "extra_time": _extra_time,
    "adjustment": _adjustment,
    "recheck": _text(LONGEST_NOTE, 0, what="A message"),
    "rechecked": _rechecked,  # what the server says of it
    "claim": _desk,
    "release": _desk,
    "hand_over": _hand_over,
    "looked": _looked,
    "note": _text(LONGEST_MESSAGE, what="A note"),
    "end": _text(LONGEST_REASON, SHORTEST_END_REASON, what="A reason", name="reason"),
}
BY_CANDIDATES = frozenset(
    {"message", "seen", "hand_raised", "hand_lowered", "explanation", "ask_in"}
)
ON_A_BREAK = frozenset({"pause", "resume"})  # by candidates who may take breaks
BY_STAFF = KINDS.keys() - {"hand_raised", "explanation", "ask_in", "rechecked"}
TO_THE_CANDIDATE = frozenset({"message", "warning", "not_yet", "recheck"})  # words for them


def may(role: str, kind: str) -> bool:
    """May one of this role do it at all? Of breaks, see `Standing.break_left_s`."""
    if role in (Role.PROCTOR, Role.EXAMINER):
        return kind in BY_STAFF
    return kind in BY_CANDIDATES if role == Role.CANDIDATE else role == SERVER


def make(
    kind: str,
    content: Mapping[str, Any],
    *,
    participant_id: str,
    actor: str = SERVER,
    role: str = SERVER,
    at: datetime | None = None,
    act_id: str = "",
) -> Act:
    """An act that may be kept. Raises BadAct."""
    read = KINDS.get(kind)
    if read is None:
        raise BadAct(f"There is no act {kind!r}.")
    if not may(role, kind) and not (role == Role.CANDIDATE and kind in ON_A_BREAK):
        raise BadAct("This is not yours to do.")
    text = json.dumps(read(dict(content)), ensure_ascii=False, sort_keys=True)
    at = at or datetime.now(UTC)
    return Act(act_id or new_id(), participant_id, at, actor, str(role), kind, text)


def content_of(act: Act) -> Content:
    """Empty for what nobody can read any more."""
    try:
        content = json.loads(act.content)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def in_order(acts: Iterable[Act]) -> list[Act]:
    """Each once, by time and then by id."""
    return sorted({act.id: act for act in acts}.values(), key=lambda act: (act.at, act.id))

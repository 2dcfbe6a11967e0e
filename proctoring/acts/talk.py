"""What candidates and proctors see of the acts, as values that JSON can carry. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from proctoring.acts.adjustments import NONE, to_content
from proctoring.acts.kinds import TO_THE_CANDIDATE, content_of
from proctoring.acts.standing import Standing
from proctoring.types import Act, Meeting, Role

View = dict[str, Any]
SHOWN_TO_CANDIDATES = TO_THE_CANDIDATE | {"explanation", "extra_time", "pause", "resume"}
OF_REVIEW = frozenset({"verdict", "review_note"})  # a second reviewer decides without them
MOST_SHOWN = 200  # the newest


def own_id(act: Act) -> str:
    """The id that whoever acted gave it: see `proctoring.acts.acting`."""
    return act.id.rpartition("/")[2]


def for_candidate(acts: Iterable[Act]) -> list[View]:
    """In the order of `acts`, which is theirs."""
    found = list(acts)
    read_until = _read_by_staff(found)
    shown = [act for act in found if act.kind in SHOWN_TO_CANDIDATES]
    return [_told(act, is_read=act.id in read_until) for act in shown[-MOST_SHOWN:]]


def _told(act: Act, *, is_read: bool) -> View:
    is_own = act.role == Role.CANDIDATE
    content = content_of(act)
    view: View = {
        "id": own_id(act) if is_own else act.id,
        "at": act.at.isoformat(),
        "from": "you" if is_own else "server" if act.role == "server" else "proctor",
        "kind": act.kind,
        "text": content.get("text") or content.get("reason", ""),
    }
    if act.kind == "explanation":
        view["incident"] = content.get("incident", "")
    if act.kind == "extra_time":
        view["seconds"] = content.get("seconds", 0)
    return view | {"read": is_read} if is_own else view


def _read_by_staff(acts: Iterable[Act]) -> set[str]:
    """Ids of the candidate's messages that a proctor has seen, or answered."""
    unread: list[str] = []
    read: set[str] = set()
    for act in acts:
        if act.role == Role.CANDIDATE:
            unread.append(act.id)
        elif act.kind in TO_THE_CANDIDATE:
            read.update(unread)
            unread.clear()
        elif act.kind == "seen" and (until := content_of(act).get("until")) in unread:
            end = unread.index(str(until)) + 1
            read.update(unread[:end])
            del unread[:end]
    return read


def for_desk(acts: Iterable[Act]) -> list[View]:
    """Everything, with notes, but for what reviewers said: for staff."""
    return [
        {
            "id": act.id,
            "at": act.at.isoformat(),
            "role": act.role,
            "kind": act.kind,
            **content_of(act),
        }
        for act in acts
        if act.kind not in OF_REVIEW
    ]


def explanations(acts: Iterable[Act]) -> list[View]:
    """What candidates say of incidents; `incident` is the id of one of its occurrences."""
    return [
        {"id": act.id, "at": act.at.isoformat(), "participant_id": act.participant_id}
        | {name: content_of(act).get(name, "") for name in ("incident", "text")}
        for act in acts
        if act.kind == "explanation"
    ]


def held(of: Standing, meeting: Meeting) -> View:
    """What people did about it. Of adjustments that there are some, and not why."""
    adjustments = of.adjustments
    return {
        "paused": {"since": _iso(of.paused_at), "reason": of.pause_reason}
        if of.paused_at
        else None,
        "hand": {"since": _iso(of.hand_at), "text": of.hand_text} if of.is_hand_up else None,
        "asked_in": {"since": _iso(of.asked_in_at), "reason": of.asked_in}
        if of.asked_in_at
        else None,
        "let_in": of.is_let_in or not meeting.journey.needs_letting_in,
        "unread": of.unread,
        "extra_s": of.extra_for(meeting.length_s),
        "adjusted": adjustments != NONE,
        "adjustments": to_content(adjustments),
        "ended": of.ended,
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None

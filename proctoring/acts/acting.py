"""Does what a person asks for about one candidate's exam, if it is theirs to ask for.

An act that comes again, because its answer was lost, is done once: it has the id that whoever
asks gave it, within their own.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from proctoring.access.limits import Rate
from proctoring.access.tokens import SITS, WATCHES, Refused
from proctoring.acts.duty import KINDS_OF_DUTY
from proctoring.acts.kinds import ON_A_BREAK, BadAct, content_of, make
from proctoring.acts.ledger import Ledger
from proctoring.store import Rejected, Store
from proctoring.types import Act, Capability, Participant

ACT_ID = re.compile(r"[0-9A-Za-z-]{8,64}")
AFTERWARDS = frozenset({"message", "seen", "note"}) | KINDS_OF_DUTY  # of an exam that is over
AT_ONCE, PER_S = 10, 0.2  # of one candidate; what is more waits at their page
MOST_BY_CANDIDATE = 500  # acts


class TooSoon(Exception):
    """To be asked again after `wait_s`."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"again in {wait_s:.1f} s")
        self.wait_s = wait_s


class Acting:
    """Waits for the store: not to be called on the server's loop."""

    def __init__(
        self, store: Store, ledger: Ledger, heed: Callable[[Participant, Act], None]
    ) -> None:
        """`heed` is told of each new act, once it is saved."""
        self._store = store
        self._ledger = ledger
        self._heed = heed
        self._rate = Rate(PER_S, AT_ONCE)

    def act(
        self,
        bearer: Capability,
        participant_id: str,
        kind: str,
        content: Mapping[str, Any],
        act_id: str = "",
    ) -> Act:
        """Raises Refused, Unknown, BadAct (with a sentence), TooSoon, StoreError."""
        person = self._store.participant(participant_id)
        now = datetime.now(UTC)
        self._check(bearer, person, now)
        if act_id and not ACT_ID.fullmatch(act_id):
            raise Refused
        named = f"{bearer.id}/{act_id}" if act_id else ""
        known = {act.id: act for act in self._ledger.acts(person.meeting_id, participant_id)}
        if named in known:
            return known[named]
        act = make(
            kind,
            content,
            participant_id=participant_id,
            actor=bearer.id,
            role=bearer.role,
            at=now,
            act_id=named,
        )
        if person.finished_at and kind not in AFTERWARDS:
            raise BadAct("This exam is finished.")
        if bearer.role in SITS:
            self._check_candidate(bearer, act, list(known.values()), now)
        elif kind == "end" and person.started_at is None:
            raise BadAct("This exam has not begun.")
        return self._save(person, act)

    def by_server(self, person: Participant, act: Act) -> Act:
        return self._save(person, act)

    def _check(self, bearer: Capability, person: Participant, now: datetime) -> None:
        """By what the store says at this moment, however long a page has been open."""
        current = self._store.capability(bearer.id)
        is_theirs = current.meeting_id == person.meeting_id and (
            current.role in WATCHES or current.participant_id == person.id
        )
        if not is_theirs or not current.is_valid(now):
            raise Refused
        if person.erased_at:
            raise BadAct("The records of this participation were erased.")

    def _check_candidate(
        self, bearer: Capability, act: Act, known: list[Act], now: datetime
    ) -> None:
        if sum(one.actor == bearer.id for one in known) >= MOST_BY_CANDIDATE:
            raise BadAct("That is more than can be kept. Raise your hand and speak to a proctor.")
        if act.kind == "explanation":
            self._check_own_incident(act)
        if act.kind in ON_A_BREAK:
            held = self._ledger.standing(bearer.meeting_id, act.participant_id, now)
            if act.kind == "pause" and (held.paused_at or held.break_left_s(now) <= 0):
                raise BadAct("There is no break left.")
        if wait_s := self._rate.wait_s(bearer.id, time.monotonic()):
            raise TooSoon(wait_s)

    def _check_own_incident(self, act: Act) -> None:
        incident = self._store.incident(str(content_of(act)["incident"]))
        if incident.first.participant_id != act.participant_id:
            raise Refused

    def _save(self, person: Participant, act: Act) -> Act:
        try:
            self._store.save_act(act)
        except Rejected:
            # It came before, to another server or to this one before it started anew.
            for known in self._store.acts(act.participant_id):
                if (known.id, known.kind, known.actor) == (act.id, act.kind, act.actor):
                    act = known
                    break
            else:
                raise
        self._ledger.take(person.meeting_id, act)
        self._heed(person, act)
        return act

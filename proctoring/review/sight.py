"""What one reviewer may see of an exam: the verdicts of others only when nothing depends on it.

What must not be seen is not there at all, so that nobody finds it by looking closer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from proctoring.acts.kinds import content_of
from proctoring.review import verdicts
from proctoring.review.items import Item, Tab, items
from proctoring.review.verdicts import State, Verdict
from proctoring.types import Act, Incident

NOTE = "review_note"  # the kind of an act: a reviewer's, of one observation or of the candidate
LIVE_NOTE = "note"  # a proctor's, during the exam
WORST_FIRST = (State.DISAGREED, State.OPEN, State.SECOND, State.CONFIRMED, State.DISMISSED)


@dataclass(frozen=True, slots=True)
class Seen:
    """An item and what may be seen of what was said of it."""

    item: Item
    given: Mapping[str, Sequence[Verdict]]  # by incident id
    states: Mapping[str, State]  # by incident id

    @property
    def state(self) -> State:
        """As its incident that is the furthest from being decided."""
        return min(self.states.values(), key=WORST_FIRST.index)

    @property
    def verdicts(self) -> list[Verdict]:
        """Each reviewer's newest on the item, in the order of deciding."""
        newest: dict[str, Verdict] = {}
        told = (one for incident in self.item.incidents for one in self.given[incident.id])
        for one in sorted(told, key=lambda verdict: verdict.at):
            newest.pop(one.reviewer, None)
            newest[one.reviewer] = one
        return list(newest.values())


@dataclass(frozen=True, slots=True)
class Sight:
    """Of one candidate's exam; `viewer` is the id of a capability, or None for all there is."""

    viewer: str | None
    seen: tuple[Seen, ...]  # by opening
    notes: tuple[Act, ...]  # by time

    @property
    def dismissed(self) -> set[str]:
        """Ids of incidents."""
        return {
            incident_id
            for one in self.seen
            for incident_id, state in one.states.items()
            if state is State.DISMISSED
        }

    @property
    def to_decide(self) -> list[Seen]:
        return [one for one in self.seen if one.item.tab is Tab.DECIDE]


def look(
    incidents: Iterable[Incident],
    acts: Sequence[Act],
    viewer: str | None,
    now: datetime | None = None,
) -> Sight:
    """`incidents` and `acts`: of one candidate. `now` decides what has settled."""
    said = verdicts.verdicts(acts)
    found = items(incidents)
    hidden = {
        incident.id
        for item in found
        if viewer is not None and _is_blind(viewer, item, said, now)
        for incident in item.incidents
    }
    notes = tuple(
        act
        for act in acts
        if act.kind == LIVE_NOTE
        or (act.kind == NOTE and (act.actor == viewer or incident_of(act) not in hidden))
    )
    return Sight(viewer, tuple(_see(item, said, viewer, hidden) for item in found), notes)


def incident_of(act: Act) -> str:
    """ "" if it is of none."""
    return str(content_of(act).get("incident", ""))


def _see(
    item: Item, said: Mapping[str, list[Verdict]], viewer: str | None, hidden: Collection[str]
) -> Seen:
    """To who decides unseen an item looks the same, whether or not somebody decided before."""
    given = {
        incident.id: [
            one
            for one in said.get(incident.id, ())
            if one.reviewer == viewer or incident.id not in hidden
        ]
        for incident in item.incidents
    }
    states = {name: verdicts.state(item.id, told) for name, told in given.items()}
    return Seen(item, given, states)


def _is_blind(
    viewer: str, item: Item, said: Mapping[str, list[Verdict]], now: datetime | None
) -> bool:
    """All of an item is decided at once: one that came later makes all of it to decide anew."""
    return any(
        verdicts.is_blind(viewer, item.id, said.get(incident.id, ()), now)
        for incident in item.incidents
    )

"""How far a candidate has come: what is done, what is not, and whether the exam may begin."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from proctoring.acts.kinds import SERVER, content_of
from proctoring.check_in.card import NOTE
from proctoring.check_in.plan import OF_THIS_BROWSER, Step
from proctoring.store import StillRef
from proctoring.types import Act

ROOM_STILLS = 4  # the fewest that show a room: see ui/check_in_room.js
LEARNED = {"faces": Step.IDENTITY, "voice": Step.VOICE}  # kinds of Enrolled


@dataclass(frozen=True, slots=True)
class Progress:
    steps: tuple[Step, ...]
    done: frozenset[Step]  # of those in which something is learned
    needs_letting_in: bool
    is_let_in: bool

    @property
    def missing(self) -> tuple[Step, ...]:
        tasks = (step for step in self.steps if step not in (*OF_THIS_BROWSER, Step.READY))
        return tuple(step for step in tasks if step not in self.done)

    @property
    def may_begin(self) -> bool:
        return self.is_let_in or not (self.missing or self.needs_letting_in)


def done_steps(
    learned: Collection[str], acts: Iterable[Act], shared: Iterable[StillRef] = ()
) -> frozenset[Step]:
    """By the kinds that are kept of somebody, what the server noted about them, and the pictures
    of their room."""
    steps = {step for kind, step in LEARNED.items() if kind in learned}
    if sum(still.source == "room" for still in shared) >= ROOM_STILLS:
        steps.add(Step.ROOM)
    if any(_is_of_card(act) for act in acts):
        steps.add(Step.CARD)
    return frozenset(steps)


def _is_of_card(act: Act) -> bool:
    is_own = act.kind == "note" and act.role == SERVER
    return is_own and str(content_of(act).get("text", "")).startswith(NOTE)

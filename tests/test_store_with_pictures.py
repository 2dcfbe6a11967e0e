"""What every store promises of all that goes with the pictures: traces and stills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from exams import still, trace
from making import at, occurrence
from sites import Site, here, settle, site, there
from stores import add_people, at_once, evidence, store
from waiting import wait_until

from proctoring.store import Rejected, Store, StoreError
from proctoring.store.synced.store import SyncedStore

__all__ = ["here", "site", "store", "there"]  # the fixtures


@dataclass(frozen=True)
class Kind:
    """One of them: how it is made of a number, and what a store's methods for it are called."""

    make: Callable[..., Any]
    saving: str
    listing: str
    finding: str  # who has some
    rest: str  # what a server says that cannot ask the others

    def save(self, store: Any, number: int = 1, **changes: Any) -> None:
        getattr(store, self.saving)(self.make(number, **changes))

    def ids(self, store: Any, participant_id: str = "p") -> list[str]:
        return [one.id for one in getattr(store, self.listing)(participant_id)]

    def who(self, store: Any, meeting_id: str) -> list[str]:
        found: list[str] = getattr(store, self.finding)(meeting_id)
        return found

    def named(self, *numbers: int) -> list[str]:
        return [self.make(number).id for number in numbers]


@pytest.fixture(
    params=[
        Kind(trace, "save_trace", "traces", "traced", "what else was observed"),
        Kind(still, "save_still", "stills", "with_stills", "what else was shared"),
    ],
    ids=["traces", "stills"],
)
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


def test_they_go_with_the_pictures(store: Store, kind: Kind) -> None:
    add_people(store, "n", "q")
    owner = occurrence(0)
    store.save_occurrence(owner)
    store.save_evidence(evidence(owner.id))
    kind.save(store, 1)
    kind.save(store, 2)
    kind.save(store, 3, participant_id="q")
    assert store.erase_evidence("p") == 1
    assert kind.ids(store) == kind.who(store, "m") == []
    assert kind.who(store, "n") == ["q"]
    assert store.erase_evidence("q") == 0
    assert kind.ids(store, "q") == []


def test_they_go_with_a_candidate_and_no_more_are_taken(store: Store, kind: Kind) -> None:
    kind.save(store)
    store.erase("p", at(9000))
    for again in (1, 2):
        with pytest.raises(Rejected, match="erased"):
            kind.save(store, again)
    assert kind.ids(store) == kind.who(store, "m") == []


def test_a_hold_keeps_them(store: Store, kind: Kind) -> None:
    kind.save(store)
    store.hold("m", "appeal 7")
    for erase in (lambda: store.erase_evidence("p"), lambda: store.erase("p", at(9))):
        with pytest.raises(Rejected, match="hold"):
            erase()
    assert kind.ids(store) == kind.named(1)


def test_what_comes_while_it_is_erased_is_gone(store: Store, kind: Kind) -> None:
    def save() -> None:
        for number in range(1, 20):
            try:
                kind.save(store, number)
            except Rejected:
                return

    at_once(save, lambda: store.erase("p", at(9000)))
    assert kind.ids(store) == []


# --- several servers -----------------------------------------------------------------------


def test_a_part_of_them_never_passes_for_all(
    site: Site, here: SyncedStore, there: SyncedStore, kind: Kind
) -> None:
    kind.save(there, 2)
    site.cut()
    with pytest.raises(StoreError, match=kind.rest):
        kind.ids(there)
    add_people(there, "n", "q")
    kind.save(there, 3, participant_id="q")
    assert kind.ids(there, "q") == kind.named(3), "whom nobody else knows"
    site.mend()
    wait_until(lambda: not there.waiting)
    assert kind.ids(here) == kind.named(2)


def test_what_waits_while_another_server_erases_is_never_sent(
    site: Site, here: SyncedStore, there: SyncedStore, kind: Kind
) -> None:
    kind.save(there, 1)
    settle(there)
    site.cut()
    kind.save(there, 2)
    site.remote.erase("p", at(9000))
    site.mend()
    settle(there)
    assert kind.ids(site.remote) == []
    assert there.refused == 0
    wait_until(lambda: not kind.ids(there._local))

"""What every store promises of which servers hold candidates of a meeting now."""

from __future__ import annotations

from dataclasses import replace

import pytest
from making import at
from stores import at_once, store

from proctoring.store import Presence, Rejected, Store

__all__ = ["store"]  # the fixture

HERE = Presence("a", "m", "http://10.0.0.1:8501", ("p", "q"), at(5))
THERE = Presence("b", "m", "http://10.0.0.2:8501", ("r",), at(6))


def test_what_servers_hold_comes_back_in_the_order_of_their_names(store: Store) -> None:
    store.save_presence("b", [THERE])
    store.save_presence("a", [HERE, replace(HERE, meeting_id="not known yet")])
    assert store.presence("m") == [HERE, THERE]
    assert [found.replica for found in store.presence("not known yet")] == ["a"]
    assert store.presence("of nobody") == []


def test_what_a_server_says_takes_the_place_of_what_it_said(store: Store) -> None:
    store.save_presence("b", [THERE])
    store.save_presence("a", [HERE, replace(HERE, meeting_id="n")])
    newer = replace(HERE, participant_ids=("q",), seen_at=at(7))
    for _ in range(2):
        store.save_presence("a", [newer])
    assert store.presence("m") == [newer, THERE]
    assert store.presence("n") == []
    store.save_presence("a", [])
    assert store.presence("m") == [THERE]


def test_a_server_speaks_for_itself_alone(store: Store) -> None:
    store.save_presence("a", [HERE])
    with pytest.raises(Rejected):
        store.save_presence("b", [HERE])
    assert store.presence("m") == [HERE]


def test_servers_may_speak_at_once(store: Store) -> None:
    def say(replica: str) -> None:
        for second in range(5):
            store.save_presence(replica, [replace(HERE, replica=replica, seen_at=at(second))])

    at_once(*(lambda name=name: say(name) for name in ("a", "a", "b", "c")))
    found = store.presence("m")
    assert [(one.replica, one.seen_at) for one in found] == [(name, at(4)) for name in "abc"]

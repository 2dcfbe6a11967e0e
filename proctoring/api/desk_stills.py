"""Which stills a desk is sent: the newest of each candidate, of calm ones among many less often."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from proctoring.api.peers import Peers
from proctoring.api.room import Room
from proctoring.live.session import Still

View = dict[str, Any]
MANY = 9  # candidates: so many people can look at, at once
CALM_EVERY_S = 4.0
CALM = frozenset({"in_exam"})  # the marks of somebody of whom there is nothing to say


class Stills:
    """Of one desk."""

    def __init__(self, room: Room, peers: Peers) -> None:
        self._room = room
        self._peers = peers
        self._sent: dict[str, Still] = {}  # the last, by participant id
        self._sent_at: dict[str, float] = {}  # monotonic

    def due(self, candidates: Iterable[View], looks_at: str) -> Iterator[tuple[str, Still]]:
        """Each is taken for sent. `candidates` then say the age of what was sent."""
        all_of_them = list(candidates)
        present = sum("in_exam" in view["marks"] for view in all_of_them)
        for view in all_of_them:
            newest = self._newest(view)
            if newest is None:
                continue
            one, now = view["id"], time.monotonic()
            is_calm = present > MANY and CALM.issuperset(view["marks"]) and one != looks_at
            wait_s = CALM_EVERY_S if is_calm else 0.0
            sent = self._sent.get(one)
            if sent is not newest and now - self._sent_at.get(one, -CALM_EVERY_S) >= wait_s:
                self._sent[one], self._sent_at[one] = newest, now
                yield one, newest
            elif sent is not None and view["picture_age_s"] is not None:
                older_s = max(0.0, (newest.at - sent.at).total_seconds())
                view["picture_age_s"] = round(view["picture_age_s"] + older_s, 1)

    def _newest(self, view: View) -> Still | None:
        server = view.get("server", "")
        source = partial(self._peers.still, server) if server else self._room.still
        return source(view["id"])

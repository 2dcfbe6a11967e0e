"""What was asked for under an idempotency key, so that asking twice does it once.

The answer is kept for a day, sealed with a key made of the caller's own token: answers hold secrets
that are kept nowhere else, and whoever asks again brings what opens them.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from proctoring.integration.database import Database
from proctoring.sealing import CannotOpen, Sealer

KEPT_S = 24 * 3600.0
GIVEN_UP_S = 120.0  # what began and has no answer since was cut off, and may be done anew
_PLACE = "answer"


class OtherRequest(Exception):
    """The key was used before, for something else."""


class StillDoing(Exception):
    """The first request under this key has no answer yet."""


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Repeatable:
    """One request that may come twice."""

    name: str  # whose it is, what it is, and its idempotency key
    asked: str  # hash of what was asked
    token: str = field(repr=False)

    @property
    def sealer(self) -> Sealer:
        return Sealer(hashlib.sha256(b"OpenProctor repeat " + self.token.encode()).digest())


class Repeats:
    """Safe to call from any thread."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def begin(self, request: Repeatable) -> Answered | None:
        """The answer that it had; None: it is to be done now.

        Raises OtherRequest, StillDoing, StoreError.
        """
        now = self._clock()
        with self._database.use() as db:
            db.execute("BEGIN IMMEDIATE")
            db.execute("DELETE FROM repeat WHERE began_s < ?", (now - KEPT_S,))
            row = db.execute("SELECT * FROM repeat WHERE name = ?", (request.name,)).fetchone()
            if row is None or (row["sealed"] is None and row["began_s"] < now - GIVEN_UP_S):
                db.execute(
                    "INSERT OR REPLACE INTO repeat (name, asked, began_s) VALUES (?, ?, ?)",
                    (request.name, request.asked, now),
                )
                return None
        if row["asked"] != request.asked:
            raise OtherRequest
        if row["sealed"] is None:
            raise StillDoing
        try:
            opened = request.sealer.open_key(_PLACE, row["wrapped"]).open(_PLACE, row["sealed"])
        except CannotOpen:  # another token of the same caller
            raise OtherRequest from None
        return Answered(row["status"], opened)

    def end(self, request: Repeatable, answer: Answered | None) -> None:
        """`answer` is what it has from now on; None: it failed, and may be tried again."""
        with self._database.use() as db:
            if answer is None:
                db.execute("DELETE FROM repeat WHERE name = ?", (request.name,))
                return
            wrapped = request.sealer.new_key(_PLACE)
            sealed = request.sealer.open_key(_PLACE, wrapped).seal(_PLACE, answer.body)
            db.execute(
                "UPDATE repeat SET status = ?, wrapped = ?, sealed = ? WHERE name = ?",
                (answer.status, wrapped, sealed, request.name),
            )

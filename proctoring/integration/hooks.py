"""Webhooks: who wants to be told of what, and the queue of what is still to be told.

What happened is read from each meeting's log and incidents, from where the hook was told last; so a
server that was down tells it when it is back. Told is at least once, in any order.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import NAMESPACE_OID, uuid5

from proctoring.ids import new_id
from proctoring.integration import happenings, reach
from proctoring.integration.database import Database
from proctoring.integration.keys import Keys
from proctoring.integration.signing import HEADER, secret_of, signature
from proctoring.store import Store, StoreError
from proctoring.types import Meeting

MOST_HOOKS = 20  # of one key
PAUSES_S = (5, 30, 120, 600, 3600, 6 * 3600, 24 * 3600)  # after each failure; then it is given up
WATCHED_FOR = timedelta(days=30)  # after a meeting's closing: verdicts come late
REMEMBERED_S = 40 * 24 * 3600  # that something was told
AT_ONCE = 4  # receivers
MOST_A_ROUND = 100  # deliveries

Post = Callable[[str, bytes, Mapping[str, str]], int]


class TooManyHooks(Exception):
    """The sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Hook:
    id: str
    key_id: str
    url: str
    events: frozenset[str]  # of happenings.TYPES
    created_at: datetime  # UTC
    trouble: str = ""  # why the newest delivery failed; "" if it did not


class _Delivery(NamedTuple):
    id: str
    hook_id: str
    body: str
    attempts: int


class Hooks:
    """Safe to call from any thread."""

    def __init__(
        self,
        database: Database,
        keys: Keys,
        store: Store,
        installation: bytes,
        post: Post,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`installation` is this server's key, which signs."""
        self._database = database
        self._keys = keys
        self._store = store
        self._installation = installation
        self._post = post
        self._clock = clock

    def secret(self, hook_id: str) -> str:
        return secret_of(self._installation, hook_id)

    def add(self, key_id: str, url: str, events: frozenset[str]) -> Hook:
        """Raises reach.Unreachable for what is no address, TooManyHooks, StoreError."""
        reach.check_url(url)
        if len(self.all(key_id)) >= MOST_HOOKS:
            raise TooManyHooks(f"A key has at most {MOST_HOOKS} webhooks. Remove one first.")
        hook = Hook(new_id(), key_id, url, events, datetime.now(UTC))
        with self._database.use() as db:
            db.execute(
                "INSERT INTO hook (id, key_id, url, events, created_at) VALUES (?, ?, ?, ?, ?)",
                (hook.id, key_id, url, ",".join(sorted(events)), hook.created_at.isoformat()),
            )
        return hook

    def all(self, key_id: str | None = None) -> list[Hook]:
        """All of them, without a key."""
        with self._database.use() as db:
            rows = db.execute("SELECT * FROM hook ORDER BY id").fetchall()
        return [_hook(row) for row in rows if key_id in (None, row["key_id"])]

    def remove(self, key_id: str, hook_id: str) -> bool:
        """False if this key has none of this id."""
        with self._database.use() as db:
            found = db.execute("DELETE FROM hook WHERE id = ? AND key_id = ?", (hook_id, key_id))
            return bool(found.rowcount)

    @property
    def waiting(self) -> int:
        """Deliveries that are still to be made."""
        with self._database.use() as db:
            return int(db.execute("SELECT count(*) FROM delivery WHERE NOT is_over").fetchone()[0])

    def round(self) -> None:
        """Called every second or so: gathers what happened, and tells what is due."""
        hooks = [hook for hook in self.all() if self._keys.is_good(hook.key_id)]
        if not hooks:
            return
        meetings = {meeting.id: meeting for meeting in self._store.meetings()}
        for hook in hooks:
            for meeting_id in self._keys.meetings(hook.key_id) & meetings.keys():
                with suppress(StoreError):  # it is read the next time
                    self._gather(hook, meetings[meeting_id])
        self._send({hook.id: hook for hook in hooks})

    def _gather(self, hook: Hook, meeting: Meeting) -> None:
        if meeting.closes_at + WATCHED_FOR < datetime.now(UTC):
            return
        number, revision = self._told(hook, meeting)
        log = self._store.audit_log(meeting.id, number)
        feed = self._store.feed(meeting.id, min(revision, self._store.feed(meeting.id).revision))
        if not log and feed.revision == revision:
            return
        found = [*happenings.of_log(log), *happenings.of_incidents(feed.incidents)]
        now = self._clock()
        rows = [
            (
                str(uuid5(NAMESPACE_OID, f"{hook.id} {one['id']}")),
                hook.id,
                json.dumps(one),
                now,
                now,
            )
            for one in found
            if one["type"] in hook.events
        ]
        end = log[-1].number if log else number
        with self._database.use() as db:
            db.executemany(
                "INSERT OR IGNORE INTO delivery (id, hook_id, body, made_s, due_s)"
                " VALUES (?, ?, ?, ?, ?)",
                rows,
            )
            db.execute(
                "INSERT OR REPLACE INTO told (hook_id, meeting_id, number, revision)"
                " VALUES (?, ?, ?, ?)",
                (hook.id, meeting.id, end, feed.revision),
            )

    def _told(self, hook: Hook, meeting: Meeting) -> tuple[int, int]:
        """Until which number of the log, and which revision. What was before the hook is left."""
        with self._database.use() as db:
            row = db.execute(
                "SELECT number, revision FROM told WHERE hook_id = ? AND meeting_id = ?",
                (hook.id, meeting.id),
            ).fetchone()
        if row:
            return row["number"], row["revision"]
        if meeting.created_at >= hook.created_at:
            return 0, 0
        log = self._store.audit_log(meeting.id)
        before = [entry.number for entry in log if entry.event.at < hook.created_at]
        return max(before, default=0), self._store.feed(meeting.id).revision

    def _send(self, hooks: Mapping[str, Hook]) -> None:
        now = self._clock()
        with self._database.use() as db:
            db.execute("DELETE FROM delivery WHERE is_over AND made_s < ?", (now - REMEMBERED_S,))
            rows = db.execute(
                "SELECT id, hook_id, body, attempts FROM delivery"
                " WHERE NOT is_over AND due_s <= ? ORDER BY due_s, id LIMIT ?",
                (now, MOST_A_ROUND),
            ).fetchall()
        due: dict[str, list[_Delivery]] = {}
        for row in rows:
            if row["hook_id"] in hooks:
                due.setdefault(row["hook_id"], []).append(_Delivery(*row))
        with ThreadPoolExecutor(AT_ONCE, "webhook") as pool:
            list(pool.map(lambda name: self._send_to(hooks[name], due[name]), due))

    def _send_to(self, hook: Hook, deliveries: list[_Delivery]) -> None:
        """One after the other; after a failure the others wait for the next round."""
        for delivery in deliveries:
            trouble = self._try(hook, delivery)
            self._note(hook, delivery, trouble)
            if trouble:
                return

    def _try(self, hook: Hook, delivery: _Delivery) -> str:
        """What went wrong; "" if nothing did."""
        body, now = delivery.body.encode(), int(self._clock())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "OpenProctor",
            "OpenProctor-Delivery": delivery.id,
            HEADER: signature(self.secret(hook.id), now, body),
        }
        try:
            status = self._post(hook.url, body, headers)
        except reach.Unreachable as error:
            return str(error)
        return "" if 200 <= status < 300 else f"It answered {status}."

    def _note(self, hook: Hook, delivery: _Delivery, trouble: str) -> None:
        attempts = delivery.attempts + bool(trouble)
        is_over = not trouble or attempts > len(PAUSES_S)
        pause_s = 0 if is_over else PAUSES_S[attempts - 1]
        with self._database.use() as db:
            db.execute(
                "UPDATE delivery SET attempts = ?, is_over = ?, due_s = ? WHERE id = ?",
                (attempts, is_over, self._clock() + pause_s, delivery.id),
            )
            db.execute("UPDATE hook SET trouble = ? WHERE id = ?", (trouble, hook.id))


def _hook(row: sqlite3.Row) -> Hook:
    return Hook(
        id=row["id"],
        key_id=row["key_id"],
        url=row["url"],
        events=frozenset(row["events"].split(",")),
        created_at=datetime.fromisoformat(row["created_at"]),
        trouble=row["trouble"],
    )

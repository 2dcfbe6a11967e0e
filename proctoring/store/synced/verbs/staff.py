"""Who is staff."""

from __future__ import annotations

from collections.abc import Callable

from proctoring.store import Store
from proctoring.store.embedded.staff import LANE, REMOVE, SAVE
from proctoring.store.synced.verbs.base import Verbs
from proctoring.types import Staff


class StaffVerbs(Verbs):
    def save_staff(self, staff: Staff) -> None:
        """In the remote store at once, or not at all: one list counts on every server."""
        self._change_staff(staff.entry, lambda remote: remote.save_staff(staff))

    def remove_staff(self, entry: str) -> None:
        """As `save_staff`."""
        self._change_staff(entry, lambda remote: remote.remove_staff(entry))

    def _change_staff(self, entry: str, change: Callable[[Store], None]) -> None:
        with self._drainer.paused(LANE):
            remote = self._remote()
            change(remote)
            for verb in (SAVE, REMOVE):  # what waits is of before
                self._outbox.drop(verb, entry)
            self._inbox.take_staff(remote.staff())

    def staff(self) -> list[Staff]:
        """As the remote store has it; while it cannot be reached, as it had it last."""
        self._puller.pull_staff()
        return self._local.staff()

"""Who is staff."""

from __future__ import annotations

from proctoring.store.embedded import staff
from proctoring.store.embedded.verbs.base import Verbs
from proctoring.types import Staff


class StaffVerbs(Verbs):
    def save_staff(self, given: Staff) -> None:
        with self._database.write() as db:
            staff.save(db, given)

    def remove_staff(self, entry: str) -> None:
        with self._database.write() as db:
            staff.remove(db, entry)

    def staff(self) -> list[Staff]:
        """By entry."""
        with self._database.read() as db:
            return staff.everybody(db)

"""Who is staff."""

from __future__ import annotations

from proctoring.store.supabase.verbs.base import Verbs
from proctoring.types import Staff


class StaffVerbs(Verbs):
    def save_staff(self, staff: Staff) -> None:
        self._client.call("save_staff", staff=staff)

    def remove_staff(self, entry: str) -> None:
        self._client.call("remove_staff", entry=entry)

    def staff(self) -> list[Staff]:
        """By entry."""
        return self._several(Staff, "staff")

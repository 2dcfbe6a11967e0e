"""What the verbs of the Supabase store work on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from proctoring.store import Unknown
from proctoring.store.supabase.client import SupabaseClient
from proctoring.store.supabase.objects import EvidenceObjects
from proctoring.store.supabase.rows import from_json

T = TypeVar("T")


class Verbs:
    """The functions of the database bear the names of the verbs: see supabase/migrations."""

    _client: SupabaseClient
    _objects: EvidenceObjects

    def _one(self, kind: type[T], table: str, key: str) -> T:
        row = self._client.find(table, "id", key)
        if row is None:
            raise Unknown(f"There is no {table} {key!r}.")
        return from_json(kind, row)

    def _several(self, kind: Callable[..., T], function: str, **arguments: Any) -> list[T]:
        return [from_json(kind, row) for row in self._client.call(function, **arguments)]

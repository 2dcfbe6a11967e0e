"""The store in a Supabase project: records in its Postgres, evidence in its Storage.

A method is one call of a database function of the same name (see supabase/migrations), which
is one transaction. Bytes come first and records second, so that a record never speaks of an
object that is not there. Several processes on several machines may use one project at once.
"""

from __future__ import annotations

from proctoring.settings import SupabaseSettings
from proctoring.store import StoreError
from proctoring.store.supabase.client import SupabaseClient
from proctoring.store.supabase.objects import EvidenceObjects
from proctoring.store.supabase.verbs.acts import ActVerbs
from proctoring.store.supabase.verbs.erasure import ErasureVerbs
from proctoring.store.supabase.verbs.incidents import IncidentVerbs
from proctoring.store.supabase.verbs.meetings import MeetingVerbs
from proctoring.store.supabase.verbs.office import OfficeVerbs
from proctoring.store.supabase.verbs.participants import ParticipantVerbs
from proctoring.store.supabase.verbs.staff import StaffVerbs
from proctoring.store.supabase.verbs.stills import StillVerbs
from proctoring.store.supabase.verbs.traces import TraceVerbs


class SupabaseStore(
    MeetingVerbs,
    ParticipantVerbs,
    ActVerbs,
    IncidentVerbs,
    TraceVerbs,
    StillVerbs,
    OfficeVerbs,
    ErasureVerbs,
    StaffVerbs,
):
    """See `proctoring.store.Store` for what each method promises."""

    def __init__(self, settings: SupabaseSettings) -> None:
        """Raises StoreError, with what to do, if the project is not ready."""
        self._client = SupabaseClient(settings)
        self._objects = EvidenceObjects(self._client)
        try:
            self._client.check_schema()
        except StoreError:
            self.close()
            raise

    @property
    def problem(self) -> str:
        """None that lasts: what fails is raised to whoever asks."""
        return ""

    def close(self) -> None:
        self._client.close()

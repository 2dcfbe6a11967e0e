"""The embedded store: one folder with one SQLite database and the evidence files.

Files come first and rows second, so that a row never speaks of a file that is not there.
Several processes may use one folder at once. Each write puts into the outbox what a remote
store has to be told, in the same transaction; without a remote store, that does nothing.
"""

from __future__ import annotations

from pathlib import Path

from proctoring.store import StoreError
from proctoring.store.embedded.database import Database
from proctoring.store.embedded.files import EvidenceFiles, make_folder
from proctoring.store.embedded.verbs.acts import ActVerbs
from proctoring.store.embedded.verbs.erasure import ErasureVerbs
from proctoring.store.embedded.verbs.incidents import IncidentVerbs
from proctoring.store.embedded.verbs.meetings import MeetingVerbs
from proctoring.store.embedded.verbs.office import OfficeVerbs
from proctoring.store.embedded.verbs.participants import ParticipantVerbs
from proctoring.store.embedded.verbs.staff import StaffVerbs
from proctoring.store.embedded.verbs.stills import StillVerbs
from proctoring.store.embedded.verbs.traces import TraceVerbs

DATABASE = "openproctor.db"
EVIDENCE = "evidence"


class SqliteStore(
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

    def __init__(self, data_dir: Path, *, busy_timeout_s: float = 10.0) -> None:
        try:
            make_folder(data_dir / EVIDENCE)
        except OSError as error:
            raise StoreError(f"The data folder cannot be made: {error}.") from error
        self._files = EvidenceFiles(data_dir / EVIDENCE)
        self._files.remove_abandoned()
        self._database = Database(data_dir / DATABASE, busy_timeout_s)
        self.data_dir = data_dir

    @property
    def database(self) -> Database:
        """For what brings this store and a remote one together."""
        return self._database

    @property
    def problem(self) -> str:
        """None that lasts: what fails is raised to whoever asks."""
        return ""

    def close(self) -> None:
        self._database.close()

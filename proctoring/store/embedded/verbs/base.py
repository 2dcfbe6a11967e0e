"""What the verbs of the embedded store work on."""

from __future__ import annotations

from collections.abc import Sequence

from proctoring.store import EvidenceRef
from proctoring.store.embedded.database import Database
from proctoring.store.embedded.files import EXTENSIONS, EvidenceFiles


class Verbs:
    """Each write puts into the outbox what a remote store has to be told, in the same
    transaction."""

    _database: Database
    _files: EvidenceFiles

    def remove_files(self, refs: Sequence[EvidenceRef]) -> None:
        """Those of `erasure`, once the rows say that the bytes are gone."""
        with self._database.explained():
            for ref in refs:
                self._files.remove(ref.sha256, EXTENSIONS[ref.media_type])

    def has_file(self, ref: EvidenceRef) -> bool:
        """Are its bytes here? Those of another server's evidence are in the remote store."""
        return self._files.has(ref.sha256, EXTENSIONS[ref.media_type])

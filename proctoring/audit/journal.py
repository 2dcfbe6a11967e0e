"""What was done in a meeting, written into its log; nothing of it is lost while we live."""

from __future__ import annotations

import logging
import threading
from collections import deque

from proctoring.store import Rejected, Store, StoreError, Unknown
from proctoring.types import AuditEvent

_log = logging.getLogger(__name__)


class Journal:
    """`write` may be called from any thread, and never fails.

    What the store cannot take now is appended later, in its order and with its own time: by
    the next `write` or `flush`.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: deque[AuditEvent] = deque()
        self._lock = threading.Lock()

    def write(self, event: AuditEvent) -> None:
        with self._lock:
            self._waiting.append(event)
        self.flush()

    def flush(self) -> None:
        with self._lock:
            while self._waiting:
                event = self._waiting[0]
                try:
                    self._store.append_audit(event)
                except (Unknown, Rejected) as error:
                    _log.error("not logged: %s of %s: %s", event.action, event.subject, error)
                except StoreError:
                    return
                self._waiting.popleft()

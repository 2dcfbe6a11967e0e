"""Puts the parts together: what `Services` has of it."""

from __future__ import annotations

import functools
import hmac
from pathlib import Path

from proctoring.integration import reach
from proctoring.integration.database import Database
from proctoring.integration.guests import Guests
from proctoring.integration.hooks import Hooks
from proctoring.integration.keys import Keys
from proctoring.integration.reach import Network
from proctoring.integration.repeats import Repeats
from proctoring.store import Store


class Integration:
    """Safe to call from any thread."""

    def __init__(
        self,
        data_dir: Path,
        store: Store,
        installation: bytes,
        webhook_networks: tuple[Network, ...] = (),
    ) -> None:
        """`webhook_networks` are those within our own that webhooks may go to."""
        database = Database(data_dir)
        self.keys = Keys(database)
        self.repeats = Repeats(database)
        self.guests = Guests(database)
        post = functools.partial(reach.post, allowed=webhook_networks)
        self.hooks = Hooks(database, self.keys, store, installation, post)
        self._installation = installation

    def seal_of(self, text: str) -> str:
        """Hex HMAC-SHA-256 of it: what this server said, it knows again."""
        return hmac.digest(self._installation, b"said " + text.encode(), "sha256").hex()

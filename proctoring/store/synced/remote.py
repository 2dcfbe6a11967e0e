"""The remote store, which cannot be made as long as it cannot be reached."""

from __future__ import annotations

import threading
from collections.abc import Callable

from proctoring.store import Store, StoreError


class Remote:
    """Made on first use, and then the same one. Safe to call from any thread."""

    def __init__(self, make: Callable[[], Store]) -> None:
        """`make` may raise StoreError, and is called again until it does not."""
        self._make = make
        self._made: Store | None = None
        self._making = threading.Lock()
        self._is_closing = False

    def __call__(self) -> Store:
        """Raises StoreError."""
        with self._making:
            if self._made is None:
                if self._is_closing:
                    raise StoreError("The store is closed.")
                self._made = self._make()
            return self._made

    def make_no_more(self) -> None:
        """One that was made is still given out, for what has to be sent."""
        self._is_closing = True

    def close(self) -> None:
        if self._made:
            self._made.close()

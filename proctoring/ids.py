"""Identifiers: UUID version 7 (RFC 9562), whose order is the order in which they were made."""

from __future__ import annotations

import re
import secrets
import threading
import time
from uuid import UUID

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_lock = threading.Lock()
_last_ms = 0
_counter = 0


def new_id() -> str:
    """48 bits of Unix milliseconds, 12 bits that count within one, 62 random bits."""
    global _last_ms, _counter
    with _lock:
        now = time.time_ns() // 1_000_000
        if now > _last_ms:
            _last_ms, _counter = now, 0
        else:  # same millisecond, or the clock was set back
            _counter += 1
            if _counter == 1 << 12:
                _last_ms, _counter = _last_ms + 1, 0
        ms, counter = _last_ms, _counter
    return str(UUID(int=ms << 80 | 7 << 76 | counter << 64 | 2 << 62 | secrets.randbits(62)))


def is_id(text: str) -> bool:
    """Has it the form of one? Whatever else stands in an address is looked up nowhere."""
    return _ID.fullmatch(text) is not None

"""Renditions that were made a moment ago: a desk asks for the same pictures again and again."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from threading import Lock

from proctoring.pictures.rendition import blurred
from proctoring.types import Evidence

MOST_BYTES = 32 * 1024 * 1024
PICTURE = "image/jpeg"


class Shelf:
    """In memory alone, and bounded. Safe to use from any thread."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._kept: OrderedDict[str, bytes] = OrderedDict()  # by the hash of the original
        self._size = 0
        self._lock = Lock()

    def shown(self, evidence: Evidence) -> Evidence:
        """What staff are shown of it. Raises rendition.Unshowable."""
        if evidence.media_type != PICTURE:
            return evidence
        with self._lock:
            data = self._kept.get(evidence.sha256)
            if data is not None:
                self._kept.move_to_end(evidence.sha256)
        if data is None:
            data = blurred(evidence.data)
            self._put(evidence.sha256, data)
        return replace(evidence, data=data)

    def _put(self, name: str, data: bytes) -> None:
        with self._lock:
            self._size += len(data) - len(self._kept.pop(name, b""))
            self._kept[name] = data
            while self._size > self._most:
                _, gone = self._kept.popitem(last=False)
                self._size -= len(gone)

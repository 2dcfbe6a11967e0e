"""How often a stranger may try: pure counting, with the time given by the caller.

`Rate` bounds what is done often and is fine (joining, making meetings). `Lockout` answers
guessing: after a few wrong tries each further one waits twice as long. Both remember a
bounded number of keys, the latest used, so that flooding costs no memory.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TypeVar

MOST_KEYS = 10_000

T = TypeVar("T")


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at_s: float


class Rate:
    """At most `burst` at once and `per_s` per second in the long run, for each key."""

    def __init__(self, per_s: float, burst: int) -> None:
        self._per_s = per_s
        self._burst = burst
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, key: str, now_s: float) -> float:
        """0 if it may be done now, which is counted; else after how long."""
        with self._lock:
            bucket = self._buckets.pop(key, None) or _Bucket(self._burst, now_s)
            earned = max(0.0, now_s - bucket.at_s) * self._per_s
            bucket.tokens = min(self._burst, bucket.tokens + earned)
            bucket.at_s = now_s
            _remember(self._buckets, key, bucket)
            if bucket.tokens >= 1:
                bucket.tokens -= 1
                return 0.0
            return (1 - bucket.tokens) / self._per_s


@dataclass(slots=True)
class _Record:
    failures: int
    until_s: float  # locked until then
    last_s: float


class Lockout:
    """After `free` failures a key is locked, for 1, 2, 4 … seconds up to `longest_s`.

    A quiet stretch of `forgotten_s` wipes the slate. Success is not asked about: who holds
    the right token and comes while the key is locked waits a minute at most.
    """

    def __init__(self, free: int = 10, longest_s: float = 60.0, forgotten_s: float = 900.0) -> None:
        self._free = free
        self._longest_s = longest_s
        self._forgotten_s = forgotten_s
        self._records: OrderedDict[str, _Record] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, key: str, now_s: float) -> float:
        """0 if it may be tried now; else after how long."""
        with self._lock:
            record = self._records.get(key)
            return max(0.0, record.until_s - now_s) if record else 0.0

    def failed(self, key: str, now_s: float) -> None:
        with self._lock:
            record = self._records.pop(key, None)
            if record is None or now_s - record.last_s > self._forgotten_s:
                record = _Record(0, now_s, now_s)
            record.failures += 1
            record.last_s = now_s
            if (over := record.failures - self._free) >= 0:
                record.until_s = now_s + min(self._longest_s, 2.0 ** min(over, 30))
            _remember(self._records, key, record)


def _remember(known: OrderedDict[str, T], key: str, value: T) -> None:
    known[key] = value
    while len(known) > MOST_KEYS:
        known.popitem(last=False)

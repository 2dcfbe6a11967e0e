"""How often each operation of the API was asked for, and how long it took."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Iterator


class Counts:
    """Counted by operation and status. Safe to call from any thread."""

    def __init__(self) -> None:
        self._count: Counter[tuple[str, int]] = Counter()
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._lock = threading.Lock()

    def add(self, operation: str, status: int, seconds: float) -> None:
        with self._lock:
            self._count[operation, status] += 1
            self._seconds[operation] += seconds

    def lines(self) -> Iterator[str]:
        with self._lock:
            count, seconds = dict(self._count), dict(self._seconds)
        yield "# TYPE openproctor_api_requests_total counter"
        for (operation, status), number in sorted(count.items()):
            labels = f'{{operation="{operation}",status="{status}"}}'
            yield f"openproctor_api_requests_total{labels} {number}"
        yield "# TYPE openproctor_api_request_seconds_total counter"
        for operation, total in sorted(seconds.items()):
            labels = f'{{operation="{operation}"}}'
            yield f"openproctor_api_request_seconds_total{labels} {total:.6f}"


counts = Counts()

"""What a session's worker has still to handle: filled by any thread, and never full."""

from __future__ import annotations

import threading
from collections import deque

from proctoring.types import Sample, VideoFrame

MAX_QUEUED = 240  # samples that keep their order; two minutes of half-second sound


class Mailbox:
    """Newest picture only; sound and browser events in order. Drops are counted."""

    def __init__(self, maxlen: int = MAX_QUEUED) -> None:
        self._ready = threading.Condition()
        self._frame: VideoFrame | None = None
        self._queue: deque[Sample] = deque(maxlen=maxlen)
        self._is_closed = False
        self.dropped = 0

    def put(self, sample: Sample) -> None:
        """Never waits, so any thread may call it, the event loop's too."""
        with self._ready:
            if self._is_closed:
                return
            if isinstance(sample, VideoFrame):
                self.dropped += self._frame is not None
                self._frame = sample
            else:
                self.dropped += len(self._queue) == self._queue.maxlen
                self._queue.append(sample)
            self._ready.notify()

    def get(self, timeout: float) -> Sample | None:
        """The next sample; None if none came in `timeout` seconds, or it is closed and empty."""
        with self._ready:
            self._ready.wait_for(self._has_mail, timeout)
            if self._queue:
                return self._queue.popleft()
            frame, self._frame = self._frame, None
            return frame

    def close(self) -> None:
        """What is in it is still handed out; nothing more is taken."""
        with self._ready:
            self._is_closed = True
            self._ready.notify()

    @property
    def is_done(self) -> bool:
        with self._ready:
            return self._is_closed and not self._queue and self._frame is None

    def _has_mail(self) -> bool:
        return bool(self._queue) or self._frame is not None or self._is_closed

"""Where candidates are watched: in this process, in others beside it, or on a cluster.

The watch is the same everywhere, and so are the incidents of the same recording.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from proctoring.live.watch import Watch, Watching, Work


class Engine(Protocol):
    def watch(self, work: Work) -> Watching:
        """Begins one, and waits until it has begun. Raises RuntimeError if it can't."""
        ...

    def pids(self) -> Sequence[int]:
        """Of its worker processes on this machine, which are counted along with the server's."""
        ...

    def close(self) -> None:
        """After the last session has ended."""
        ...


class Here:
    """In this process, on the thread of whoever asks."""

    def watch(self, work: Work) -> Watching:
        return Watch(work)

    def pids(self) -> Sequence[int]:
        return ()

    def close(self) -> None:
        pass


HERE = Here()

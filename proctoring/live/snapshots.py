"""Pictures and sound that come by the page's own socket, where WebRTC finds no way.

The same samples as WebRTC's, at the rate at which they are analysed. A picture is of when it
comes: there is one on its way at a time. Sound is of when the page heard it, because what waited
for a line comes late, and in one go; from one sound to the next the page's clock counts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from proctoring.live.capture import MAX_DRIFT_S
from proctoring.types import SAMPLE_RATE, AudioChunk, Image, Sample, Sound, VideoFrame

LATEST_S = 15.0  # sound that was heard earlier than this before it came says nothing about now
# Pieces by whose least delay a page's clock is read. A page keeps fewer for a line that is away, so
# some of them came at once; and a clock that stood still, as in sleep, is read anew after so many.
CLOCK_BY = 60


class Snapshots:
    """What one page sends, over as many sockets as it takes."""

    def __init__(
        self, offer: Callable[[Sample], None], clock: Callable[[], float], *, frames_per_s: float
    ) -> None:
        self._offer = offer
        self._clock = clock
        self._least_gap_s = 0.5 / frames_per_s
        self._picture_t = -1e9
        self._delays: deque[float] = deque(maxlen=CLOCK_BY)  # s from the page's clock to ours
        self._behind: float | None = None  # s: the one by which sound is placed
        self.heard = 0  # number of the newest sound: what comes once more is told by it

    def see(self, decoded: Callable[[], Image]) -> bool:
        """Is it analysed? What comes too soon after another is not even decoded."""
        t = self._clock()
        if t - self._picture_t < self._least_gap_s:
            return False
        self._picture_t = t
        self._offer(VideoFrame(t, decoded()))
        return True

    def hear(self, number: int, ended_s: float, stretches: Iterable[tuple[float, Sound]]) -> bool:
        """Is it analysed? Of pieces with ever greater numbers, each counts once.

        A piece ended at `ended_s` of the page's own clock. Of its stretches, each 16 kHz, one
        gives how long before the piece it ended, in s; what is missing between them is a hole.
        """
        if number <= self.heard:
            return False
        self.heard = number
        now = self._clock()
        self._delays.append(now - ended_s)
        delay = min(self._delays)
        if now - ended_s - delay > LATEST_S:
            return False
        if self._behind is None or abs(delay - self._behind) > MAX_DRIFT_S:
            self._behind = delay
        found = False
        for before_s, sound in stretches:
            if not len(sound):
                continue  # the first samples may wait for what follows
            begun_t = ended_s - before_s - len(sound) / SAMPLE_RATE + self._behind
            self._offer(AudioChunk(max(0.0, begun_t), sound))
            found = True
        return found

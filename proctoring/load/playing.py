"""A clip played at the speed of life, from somewhere in it, again and again."""

from __future__ import annotations

import asyncio
import bisect
from collections.abc import Callable
from dataclasses import dataclass

from proctoring.load.clip import Clip, Piece
from proctoring.load.scenarios import Stretch


@dataclass(frozen=True, slots=True)
class Sent:
    """The first picture of a stretch has gone out."""

    stretch: Stretch
    at_s: float  # of the event loop's clock


class Playing:
    """One candidate's picture and sound, in step. `on_sent` is told when a stretch begins."""

    def __init__(
        self,
        clip: Clip,
        phase_s: float,
        stretches: tuple[Stretch, ...],
        on_sent: Callable[[Sent], None],
    ) -> None:
        """`phase_s`: where in the clip it begins, or at the next picture that needs no other."""
        self.clip = clip
        self._stretches = stretches
        self._on_sent = on_sent
        keys = [piece.t for piece in clip.video if piece.is_key]
        self._from_s = keys[bisect.bisect_left(keys, phase_s % clip.duration_s) % len(keys)]
        self._begun_s: float | None = None  # of the event loop's clock
        self.late = 0  # pictures that went out more than half a second after their time

    @property
    def t(self) -> float:
        """Media time since the beginning, in s. The first look begins it."""
        now = asyncio.get_running_loop().time()
        if self._begun_s is None:
            self._begun_s = now
        return now - self._begun_s

    def first(self, pieces: tuple[Piece, ...]) -> int:
        """Number of the piece that comes first. Numbers go on when the clip begins anew."""
        return bisect.bisect_left(pieces, self._from_s - 1e-6, key=lambda piece: piece.t)

    def due_s(self, pieces: tuple[Piece, ...], number: int) -> float:
        """Media time at which it is to go out."""
        again, index = divmod(number, len(pieces))
        return again * self.clip.duration_s + pieces[index].t - self._from_s

    def newest(self, pieces: tuple[Piece, ...]) -> int:
        """Number of the piece that is to be seen now."""
        again, rest = divmod(self.t + self._from_s, self.clip.duration_s)
        index = bisect.bisect_right(pieces, rest, key=lambda piece: piece.t) - 1
        return int(again) * len(pieces) + max(0, index)

    def note(self, pieces: tuple[Piece, ...], last: int, number: int) -> None:
        """This picture has gone out, and `last` was the one before it."""
        self.late += self.t - self.due_s(pieces, number) > 0.5
        now = asyncio.get_running_loop().time()
        before, after = self._clip_s(pieces, last), self._clip_s(pieces, number)
        for stretch in self._stretches:
            again = int(after // self.clip.duration_s) * self.clip.duration_s
            if before < again + stretch.from_s <= after:
                self._on_sent(Sent(stretch, now))

    def _clip_s(self, pieces: tuple[Piece, ...], number: int) -> float:
        again, index = divmod(number, len(pieces))
        return again * self.clip.duration_s + pieces[index].t

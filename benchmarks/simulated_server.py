"""Candidates on servers, sample by sample: the model of `benchmarks.simulation`.

What decides in an exam decides here, too: `admission.verdict` who begins, `Mailbox` which pictures
give way to newer ones, `Ladder` what is looked at by a server that is behind. A candidate's samples
are handled one at a time, and those of all by the cores in turn; receiving them and attending to
the pages makes the cores slower by its share.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import simpy

from benchmarks.simulated_work import Load
from proctoring.analysers.faces import LOOK_EVERY_S as GLANCES_EVERY_S
from proctoring.api.desk_line import NEWS_EVERY_S
from proctoring.capacity.figures import Mode
from proctoring.live.ladder import Ladder
from proctoring.live.mailbox import Mailbox
from proctoring.rungs import Rung
from proctoring.types import AudioChunk, VideoFrame

Steps = Generator[simpy.Event, Any, None]
UI = Path(__file__).parent.parent / "proctoring" / "ui"
EVENT_EVERY_S = 15.0  # on average, for each candidate: something that is to be seen
LEAST_LEFT = 0.02  # of the cores, however much is to be received
EXACT_S = 1e-6


def of_page(file: str, pattern: str) -> float:
    """A number that a page's script goes by. Raises LookupError if it is not there any more."""
    found = re.search(pattern, (UI / file).read_text(encoding="utf-8"))
    if found is None:
        raise LookupError(f"{file}: {pattern}")
    return float(found[1])


# How a page's socket comes back: the first try after about FIRST_S, each later one after twice as
# long, up to SLOWEST_S, and all of it times 0.75 to 1.25.
SLOWEST_S = of_page("socket.js", r"SLOWEST_RETRY_MS = (\d+)") / 1e3
FIRST_S = of_page("socket.js", r"(\d+) \* 2 \*\* this\.tries") / 1e3
SILENT_S = of_page("line.js", r"SILENT_AFTER_MS = (\d+)") / 1e3


def pause_s(tries: int, random: Random) -> float:
    return float(min(SLOWEST_S, FIRST_S * 2**tries)) * (0.75 + random.random() / 2)


@dataclass(slots=True, eq=False)
class Seat:
    """One candidate, as a session of a server."""

    load: Load
    random: Random
    mode: Mode = Mode.FULL
    begun_t: float = 0.0
    mailbox: Mailbox = field(default_factory=Mailbox)
    is_handled: bool = False  # a sample of theirs, or it waits for a core
    dropped: int = 0  # when the last one was handled
    pictures: int = 0  # that were looked at
    sounds: int = 0
    looked_t: float = -1.0  # the last picture's own time
    glanced_t: float = -1.0
    event_t: float = 0.0
    first_t: float | None = None  # when the first picture had been looked at
    last_t: float = 0.0

    def begin(self, now: float) -> None:
        self.begun_t = self.looked_t = now
        self.glanced_t = -1.0
        self.mailbox, self.dropped, self.is_handled = Mailbox(), 0, False
        self.pictures = self.sounds = 0
        self.event_t = now + self.random.expovariate(1 / EVENT_EVERY_S)
        self.first_t = None

    def cpu_s(self, sample: VideoFrame | AudioChunk, rung: Rung) -> float:
        shape = self.load.shape
        if isinstance(sample, AudioChunk):
            share = _nth(shape.first_sounds, shape.sounds, self.sounds)
            self.sounds += 1
            return share * self.load.sound_s()
        share = _nth(shape.first_pictures, shape.pictures, self.pictures)
        self.pictures += 1
        since_s, self.looked_t = sample.t - self.looked_t, sample.t
        return share * self.load.picture_s(since_s, self.mode, rung)

    def seen(self, picture: VideoFrame, now: float) -> float | None:
        """The delay of an event that is on this picture, until a desk is told. Faces are glanced
        at in every other picture."""
        self.first_t, self.last_t = self.first_t or now, now
        if picture.t - self.glanced_t < GLANCES_EVERY_S - EXACT_S:
            return None
        self.glanced_t = picture.t
        if picture.t < self.event_t:
            return None
        delay_s = now - self.event_t + self.random.uniform(0, NEWS_EVERY_S)
        self.event_t = now + self.random.expovariate(1 / EVENT_EVERY_S)
        return delay_s


def _nth(first: tuple[float, ...], later: tuple[float, ...], number: int) -> float:
    if number < len(first):
        return first[number]
    return later[(number - len(first)) % len(later)]


class Server:
    """`delays` are (s when it could be seen, s until a desk is told)."""

    def __init__(self, env: simpy.Environment, load: Load) -> None:
        self._env, self._load = env, load
        self._cores, self._efficiency = load.capacity.cores, load.capacity.efficiency
        self.delays: list[tuple[float, float]] = []
        self.taken, self.waited_s = 0, 0.0  # samples, and how long they waited for a core
        self.used_s = 0.0  # of all cores
        self.handled = self.dropped = 0  # pictures
        self.died_t = 0.0
        self.life = 0  # how often it has begun
        self.coming = 0  # whose pages are connected, and who don't send yet
        self.highest = Rung.ALL
        self.start()

    def start(self) -> None:
        self.is_up, self.life = True, self.life + 1
        self.seats: dict[Seat, Mode] = {}
        self.modes: Counter[Mode] = Counter()
        self.ladder = Ladder(lambda: float(self._env.now))
        self._ready: deque[tuple[Seat, VideoFrame | AudioChunk, float]] = deque()
        self._idle: list[simpy.Event] = []
        for _ in range(self._cores):
            self._env.process(self._work(self.life))

    def die(self) -> None:
        self.is_up, self.died_t = False, self._env.now
        self.seats, self.modes = {}, Counter()
        for event in self._idle:
            event.succeed()

    def seat(self, one: Seat) -> None:
        one.begin(self._env.now)
        self.seats[one] = one.mode
        self.modes[one.mode] += 1

    @property
    def steady_s(self) -> float:
        """CPU a second for receiving from and attending to all who are here."""
        return len(self.seats) * self._load.steady_s

    def offer(self, one: Seat, sample: VideoFrame | AudioChunk) -> None:
        one.mailbox.put(sample)
        if not one.is_handled:
            self._take(one)

    def _take(self, one: Seat) -> None:
        """The candidate's thread takes what waits, and waits for a core with it."""
        sample = one.mailbox.get(0)
        one.is_handled = sample is not None
        if isinstance(sample, VideoFrame | AudioChunk):
            self._ready.append((one, sample, self._env.now))
            if self._idle:
                self._idle.pop().succeed()

    def _work(self, life: int) -> Steps:
        """Of one core."""
        while self.is_up and self.life == life:
            if not self._ready:
                self._idle.append(event := self._env.event())
                yield event
                continue
            one, sample, since = self._ready.popleft()
            self.taken, self.waited_s = self.taken + 1, self.waited_s + self._env.now - since
            left = max(LEAST_LEFT, 1 - self.steady_s / (self._cores * self._efficiency))
            cpu_s = one.cpu_s(sample, self.ladder.rung)
            yield self._env.timeout(cpu_s / self._efficiency / left)
            if self.is_up and self.life == life:
                self.used_s += cpu_s
                self._done(one, sample)

    def _done(self, one: Seat, sample: VideoFrame | AudioChunk) -> None:
        now, missed = self._env.now, one.mailbox.dropped - one.dropped
        one.dropped += missed
        if isinstance(sample, VideoFrame):
            self.handled, self.dropped = self.handled + 1, self.dropped + missed
            event_t = one.event_t
            if (delay_s := one.seen(sample, now)) is not None:
                self.delays.append((event_t, delay_s))
            self.ladder.note(missed)
        else:
            self.ladder.note(missed, late_s=now - sample.end_t)
        self.highest = max(self.highest, self.ladder.rung)
        self._take(one)

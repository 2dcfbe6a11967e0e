"""An exam at several servers, one of which dies in the middle: for `benchmarks.simulation`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Any

import numpy as np
import simpy

from benchmarks.simulated_server import EXACT_S, SILENT_S, Seat, Server, pause_s
from benchmarks.simulated_work import Load
from proctoring.capacity.admission import Limit, Room, Verdict, room_of, verdict
from proctoring.capacity.figures import PICTURES_PER_S, Mode
from proctoring.live.capture import CHUNK_S
from proctoring.rungs import Rung
from proctoring.types import SAMPLE_RATE, AudioChunk, VideoFrame
from proctoring.ui.full import LOOK_EVERY_S

MEDIA_S = 2.0  # from a press to a stream: proctoring/ui/stream.js
CONNECTS_WITHIN_S = 2.0  # then another server is asked: docs/nginx.conf
RESTARTS_S = 2.0 + 8.0  # docs/deploy/openproctor.service, and a start, as measured while busy
LOST_S = 10.0  # not looked at for so long, at the end
NOTHING_SEEN = np.zeros((1, 1, 3), np.uint8)
NOTHING_HEARD = np.zeros(int(CHUNK_S * SAMPLE_RATE), np.float32)
FEW_WAIT = 0.01  # of all who come
LOTS = 5  # that are drawn to find the number of servers


@dataclass(frozen=True, slots=True)
class Plan:
    candidates: int
    servers: int
    by_lot: bool  # where who comes first is placed; else where the fewest are
    arrive_s: float = 300.0  # all come within, evenly
    settle_s: float = 30.0
    calm_s: float = 60.0  # that are looked at, before the death
    after_s: float = 90.0  # and from it on
    vanishes: bool = False  # a machine that is gone closes no socket, where a killed process does

    @property
    def calm_t(self) -> float:
        return self.arrive_s + self.settle_s

    @property
    def death_t(self) -> float:
        return self.calm_t + self.calm_s


@dataclass(slots=True)
class Came:
    """One who came. Not let in yet: `waited_s` is None."""

    waited_s: float | None = None
    died_t: float | None = None  # of the server where they were
    seat: Seat | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What came of it. Shares are 0..1, times in s; of times the median, p95, p99 and the last."""

    plan: Plan
    used: float  # of all cores, in the calm
    fullest: float  # of one server's
    delays_s: tuple[float, ...]  # event to desk, in the calm
    waited: int  # at the start
    waited_s: float  # the longest, of those that were let in
    still_wait: int
    moved: int
    away_s: tuple[float, ...]
    fullest_after: float  # what is asked of one server's cores, of what they have
    delays_after_s: tuple[float, ...]  # of who was elsewhere already
    given_way: float  # of all pictures, after the death
    rung: Rung  # the highest that a server came to
    lost: int


class Exam:
    def __init__(self, plan: Plan, load: Load, seed: int) -> None:
        self.plan, self.load, self._random = plan, load, Random(seed)
        self.env = simpy.Environment()
        self.room = room_of(Limit("auto"), load.capacity)
        self.servers = [Server(self.env, load) for _ in range(plan.servers)]
        self.people = [Came() for _ in range(plan.candidates)]
        self._turn = count()

    def run(self) -> Told:
        plan = self.plan
        for person in self.people:
            self.env.process(self._come(person))
        self.env.run(plan.calm_t)
        begun = [one.used_s for one in self.servers]
        self.env.run(plan.death_t)
        spent = [one.used_s - was for one, was in zip(self.servers, begun, strict=True)]
        calm = [s / plan.calm_s + one.steady_s for s, one in zip(spent, self.servers, strict=True)]
        victim = max(self.servers, key=lambda one: len(one.seats))
        moved, pictures = len(victim.seats), self._pictures()
        waits = [one.waited_s for one in self.people if one.waited_s is not None]
        victim.die()
        self.env.process(self._restart(victim))
        self.env.run(plan.death_t + plan.after_s)
        taken, given_way = (now - was for now, was in zip(self._pictures(), pictures, strict=True))
        cores = self.load.capacity.cores * self.load.capacity.efficiency
        cost_s = self.load.capacity.costs.of(Mode.FULL) / 1e3
        return Told(
            plan=plan,
            used=sum(calm) / len(calm) / cores,
            fullest=max(calm) / cores,
            delays_s=self._delays(plan.calm_t, plan.death_t),
            waited=sum(s > 0 for s in waits) + len(self.people) - len(waits),
            waited_s=max(waits, default=0.0),
            still_wait=len(self.people) - len(waits),
            moved=moved,
            away_s=quantiles(list(self._away_s())),
            fullest_after=max(len(one.seats) for one in self.servers) * cost_s / cores,
            delays_after_s=self._delays(plan.death_t, plan.death_t + plan.after_s),
            given_way=given_way / max(1, taken + given_way),
            rung=max(one.highest for one in self.servers),
            lost=sum(self._is_lost(one) for one in self.people),
        )

    def _pictures(self) -> tuple[int, int]:
        """That were looked at, and that gave way."""
        given_way = sum(one.dropped for one in self.servers)
        return sum(one.handled for one in self.servers), given_way

    def _delays(self, since: float, until: float) -> tuple[float, ...]:
        found = [s for one in self.servers for t, s in one.delays if since <= t < until]
        return quantiles(found)

    def _away_s(self) -> Generator[float]:
        for one in self.people:
            if one.died_t is not None and one.seat and one.seat.first_t is not None:
                yield one.seat.first_t - one.died_t

    def _is_lost(self, one: Came) -> bool:
        """They had begun, and nobody looks at them any more."""
        return one.seat is not None and self.env.now - one.seat.last_t > LOST_S

    def _restart(self, server: Server) -> Generator[simpy.Event, Any, None]:
        yield self.env.timeout(RESTARTS_S)
        server.start()

    def _come(self, person: Came) -> Generator[simpy.Event, Any, None]:
        yield self.env.timeout(self._random.uniform(0, self.plan.arrive_s))
        came, server = self.env.now, self._first()
        while (found := verdict(self.room, server.modes, has_begun=False)) is Verdict.WAITS:
            yield self.env.timeout(LOOK_EVERY_S)
            server = server if server.is_up else self._next() or server
        person.waited_s = self.env.now - came
        mode = Mode.SNAPSHOTS if found is Verdict.BEGINS_BY_SNAPSHOTS else Mode.FULL
        person.seat = Seat(self.load, self._random, mode)
        while True:
            server.seat(person.seat)
            yield from self._sit(person.seat, server)
            person.died_t, person.seat.first_t = server.died_t, None
            server = yield from self._come_back(server.died_t)

    def _first(self) -> Server:
        if self.plan.by_lot:
            return self._random.choice(self.servers)
        return min(self.servers, key=lambda one: len(one.seats))

    def _next(self) -> Server | None:
        """Where the proxy takes whoever had another server; none where none is up."""
        up = [one for one in self.servers if one.is_up]
        if not self.plan.by_lot:
            return min(up, key=lambda one: len(one.seats) + one.coming, default=None)
        return up[next(self._turn) % len(up)] if up else None

    def _sit(self, seat: Seat, server: Server) -> Generator[simpy.Event, Any, None]:
        """Sends, until the server is no more."""
        life, every_s, sent_t = server.life, 1 / PICTURES_PER_S[seat.mode], -1.0
        heard_t = self.env.now
        yield self.env.timeout(self._random.uniform(0, every_s))
        while server.is_up and server.life == life:
            now = self.env.now
            if now - sent_t >= server.ladder.rung.picture_every_s - EXACT_S:
                sent_t = now
                server.offer(seat, VideoFrame(now, NOTHING_SEEN))
            while now - heard_t >= CHUNK_S - EXACT_S:
                server.offer(seat, AudioChunk(heard_t, NOTHING_HEARD))
                heard_t += CHUNK_S
            yield self.env.timeout(every_s)

    def _come_back(self, died_t: float) -> Generator[simpy.Event, Any, Server]:
        """As the page's script and the proxy do it."""
        away_s = pause_s(0, self._random)
        if self.plan.vanishes:  # the page looks each second whether the line is silent
            away_s = SILENT_S + self._random.random() + CONNECTS_WITHIN_S
        yield self.env.timeout(max(0.0, died_t + away_s - self.env.now))
        for tries in count(1):
            server = self._next()
            if server and verdict(self.room, server.modes, has_begun=True) is not Verdict.WAITS:
                break
            yield self.env.timeout(pause_s(tries, self._random))
        assert server
        server.coming += 1
        yield self.env.timeout(MEDIA_S)
        server.coming -= 1
        return server


def quantiles(found: list[float]) -> tuple[float, ...]:
    """Median, p95, p99 and the largest; none of nothing."""
    return tuple(float(q) for q in np.percentile(found, (50, 95, 99, 100))) if found else ()


def servers_for(candidates: int, room: Room, *, by_lot: bool, seed: int = 0) -> int:
    """By lot the fewest with which one in a hundred has to wait, in the mean of some lots; else
    the fewest that carry them all."""
    few = -(-candidates // max(1, room.full or candidates))
    if not by_lot or candidates == 1:
        return few
    many = few
    while _waiting(candidates, many, room, seed) > FEW_WAIT:
        few, many = many, 2 * many
    while many - few > max(1, few // 100):
        middle = (few + many) // 2
        if _waiting(candidates, middle, room, seed) > FEW_WAIT:
            few = middle
        else:
            many = middle
    return many


def _waiting(candidates: int, servers: int, room: Room, seed: int) -> float:
    """Share of them."""
    random, waits = Random(seed), 0
    for _ in range(LOTS):
        taken = [Counter[Mode]() for _ in range(servers)]
        for _ in range(candidates):
            modes = random.choice(taken)
            match verdict(room, modes, has_begun=False):
                case Verdict.WAITS:
                    waits += 1
                case Verdict.BEGINS_BY_SNAPSHOTS:
                    modes[Mode.SNAPSHOTS] += 1
                case _:
                    modes[Mode.FULL] += 1
    return waits / LOTS / candidates

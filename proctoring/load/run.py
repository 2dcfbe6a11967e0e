"""A whole run: candidates come one after another, stay for a while, and what they cost is read."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from proctoring.load.candidate import Candidate
from proctoring.load.clip import Clip
from proctoring.load.lines import DeskLine
from proctoring.load.metrics import Metrics, Reading
from proctoring.load.page import PageError
from proctoring.load.results import Row
from proctoring.load.scenarios import Scenario

AT_ONCE = 4  # candidates that come in at the same time, as people trickle in
READS_EVERY_S = 2.0
TELLS_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    candidates: int
    mode: str  # "webrtc" or "snapshots"
    seconds: float  # that all of them send
    scenario: Scenario
    link: str  # for candidates
    desk: str = ""  # a proctor's link; empty: nobody looks what comes
    url: str = ""  # of the server, and a key for its metrics; empty: they are not read
    key: str = ""


@dataclass(slots=True)
class Run:
    """What came of it so far; whole once `go` has returned, or was cancelled."""

    plan: Plan
    people: list[Candidate] = field(default_factory=list)
    came: list[tuple[str, str, float]] = field(default_factory=list)  # name, kind, when
    before: Reading | None = None  # with nobody in it
    readings: list[Reading] = field(default_factory=list)  # while all send
    own_cpu: float = 0.0  # s of processor time of the generator, while all send
    own_s: float = 0.0  # s that was
    end_s: float = 0.0
    _desk: DeskLine | None = None

    @property
    def rows(self) -> list[Row]:
        return [
            Row(
                one.name,
                one.state,
                one.problem,
                one.disconnects,
                one.playing.late if one.playing else 0,
                one.sending_since,
                tuple((sent.stretch.kind, sent.at_s) for sent in one.sent),
            )
            for one in self.people
        ]

    async def go(self, clip: Clip, tell: Callable[[Run], None]) -> None:
        """Raises PageError if the desk's link opens none, or nobody comes in.

        When it is cancelled, everything is closed and what was found is kept.
        """
        plan, tag = self.plan, secrets.token_hex(2)
        names = [f"Load {tag} {number + 1:03d}" for number in range(plan.candidates)]
        self.people = [Candidate(name, plan.link, plan.mode) for name in names]
        metrics = Metrics(plan.url, plan.key) if plan.url and plan.key else None
        telling = asyncio.create_task(self._tell(tell))
        try:
            if plan.desk:
                self._desk = DeskLine(plan.desk)
                await self._desk.open()
            self.before = await _read(metrics)
            await self._come_in(clip)
            await self._stay(metrics)
        finally:
            self.end_s = asyncio.get_running_loop().time()
            self._take_news()
            telling.cancel()
            await asyncio.gather(*(one.end() for one in self.people))
            if self._desk:
                await self._desk.close()
            if metrics:
                await metrics.close()
            tell(self)

    async def _come_in(self, clip: Clip) -> None:
        """Each begins elsewhere in the clip, so that not all do the same at once."""
        gate = asyncio.Semaphore(AT_ONCE)
        plan = self.plan

        async def begin(number: int, one: Candidate) -> None:
            async with gate:
                phase_s = number * clip.duration_s / plan.candidates
                await one.begin(clip, plan.scenario, phase_s)

        await asyncio.gather(*(begin(*both) for both in enumerate(self.people)))
        if all(one.state == "failed" for one in self.people):
            raise PageError(self.people[0].problem)

    async def _stay(self, metrics: Metrics | None) -> None:
        clock = asyncio.get_running_loop().time
        begun_s, cpu_s = clock(), time.process_time()
        try:
            while (left_s := begun_s + self.plan.seconds - clock()) > 0:
                if reading := await _read(metrics):
                    self.readings.append(reading)
                await asyncio.sleep(min(left_s, READS_EVERY_S))
            if reading := await _read(metrics):
                self.readings.append(reading)
        finally:
            self.own_s, self.own_cpu = clock() - begun_s, time.process_time() - cpu_s

    async def _tell(self, tell: Callable[[Run], None]) -> None:
        while True:
            self._take_news()
            tell(self)
            await asyncio.sleep(TELLS_EVERY_S)

    def _take_news(self) -> None:
        if self._desk:
            ours = {one.name for one in self.people}
            named = [(self._desk.names.get(who, ""), kind, at) for who, kind, at in self._desk.came]
            self.came = [one for one in named if one[0] in ours]


async def _read(metrics: Metrics | None) -> Reading | None:
    return await metrics.read(asyncio.get_running_loop().time()) if metrics else None

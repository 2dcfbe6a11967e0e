"""Candidates watched in another process: the same comes of it, and it may be killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from making import START, make_pipeline
from material import SMALL
from waiting import wait_until

from proctoring.acts.adjustments import NONE, Adjustments
from proctoring.exam import Enrolment, FaceProfile
from proctoring.live.engines import HERE, Engine
from proctoring.live.engines.processes import Processes
from proctoring.live.measuring import Measuring
from proctoring.live.session import Session
from proctoring.live.stretches import Wish
from proctoring.live.watch import Lost, Outcome, Turn, Watch, Work
from proctoring.media import read_picture
from proctoring.pipeline import Pipeline, Record
from proctoring.recall import Learned
from proctoring.types import (
    PAGE_OPENED,
    AudioChunk,
    BrowserEvent,
    Evidence,
    Meeting,
    Occurrence,
    Sample,
    Tick,
    VideoFrame,
)


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    engine = Processes(2)
    yield engine
    engine.close()


def work() -> Work:
    meeting = Meeting(
        id="m",
        title="Algebra",
        opens_at=START,
        closes_at=START,
        length_s=60,
        signals=("faces", "picture", "identity", "speakers"),
        instructions="",
        preset="standard",
        created_at=START,
    )
    return Work(Measuring(meeting, "p", Enrolment()), START)


def samples() -> list[Sample]:
    """Twelve seconds: a person, three people, nobody; and noise."""
    shown = ("sk_astronaut.jpg", "in_three.jpg", "sk_coffee.jpg")
    one, three, nobody = (read_picture(SMALL / "faces" / name) for name in shown)
    noise = np.random.default_rng(0).normal(0, 0.05, 8000).astype(np.float32)
    found: list[Sample] = []
    for i in range(48):
        t = i / 4
        found.append(VideoFrame(t, one if t < 2 else three if t < 6 else nobody))
        found.append(Tick(t + 0.1))
        if i % 2:
            found.append(AudioChunk(t - 0.25, noise))
    return found


def outcomes(engine: Engine) -> list[Outcome]:
    watch = engine.watch(work())
    attended = [BrowserEvent(0.0, PAGE_OPENED), *samples()]
    turns = [Turn(sample, sample.t, Wish(), True) for sample in attended]
    return [*(watch.handle(turn) for turn in turns), watch.close(13.0)]


def told(found: Sequence[Outcome]) -> list[Any]:
    """All of it but ids, which are drawn."""
    names: dict[str, int] = {}

    def named(record: Record) -> Any:
        match record:
            case Occurrence():
                number = names.setdefault(record.id, len(names))
                return record.kind, record.summary, record.opened_at, record.closed_at, number
            case Evidence():
                return names[record.occurrence_id], record.media_type, record.data
            case tuple():
                return [(s.signal, s.state, s.started_at, s.ended_at, s.reason) for s in record]
        return type(record).__name__

    return [(list(map(named, one.records)), one.status, one.observed, one.still) for one in found]


def test_the_same_comes_of_it_in_another_process(processes: Processes) -> None:
    here, there = told(outcomes(HERE)), told(outcomes(processes))
    assert here == there
    opened = {record[0] for records, *_ in here for record in records if len(record) == 5}
    assert {"multiple_faces", "no_face"} <= opened


def session_of(engine: Engine, saved: list[Record]) -> Session:
    return Session(work().make_pipeline, saved.append, name="p", engine=engine)


def feed(session: Session, picture: str) -> Callable[[], None]:
    """Shows a picture for once."""
    image = read_picture(SMALL / "faces" / picture)
    return lambda: session.offer(VideoFrame(session.clock(), image))


def occurrences(saved: Sequence[Record], kind: str) -> list[Occurrence]:
    """Each as it was last saved."""
    found = {one.id: one for one in saved if isinstance(one, Occurrence) and one.kind == kind}
    return list(found.values())


def test_a_worker_that_is_killed_is_replaced_and_what_was_open_is_closed() -> None:
    engine, saved = Processes(1), list[Record]()
    session = session_of(engine, saved)
    show = feed(session, "in_three.jpg")

    def seen() -> list[Occurrence]:
        show()
        return occurrences(saved, "multiple_faces")

    (first,) = wait_until(seen)
    assert first.closed_at is None
    (killed,) = engine.pids()
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: len(seen()) == 2)
    first, second = occurrences(saved, "multiple_faces")
    assert first.closed_at == first.last_seen_at
    assert second.opened_at > first.closed_at
    assert engine.pids() != [killed]
    assert session.status.is_running
    session.close()
    engine.close()
    assert all(one.closed_at for one in occurrences(saved, "multiple_faces"))


def test_a_session_whose_worker_dies_at_the_end_still_closes_what_was_open() -> None:
    engine, saved = Processes(1), list[Record]()
    session = session_of(engine, saved)
    show = feed(session, "in_three.jpg")

    def seen() -> bool:
        show()
        return bool(occurrences(saved, "multiple_faces"))

    wait_until(seen)
    engine.close()
    session.close()
    assert not session.status.is_running
    (found,) = occurrences(saved, "multiple_faces")
    assert found.closed_at == found.last_seen_at


def test_after_its_end_an_engine_begins_no_worker() -> None:
    engine = Processes(1)
    engine.close()
    with pytest.raises(RuntimeError, match="closed"):
        engine.watch(work())
    assert engine.pids() == []


class Breaks:
    """An engine whose first watch is lost, at a turn."""

    def __init__(self, at_turn: int) -> None:
        self.begun: list[Work] = []
        self.turns = 0
        self._at_turn = at_turn

    def watch(self, work: Work) -> Breaks:
        self.begun.append(work)
        self._watch = Watch(work)
        return self

    def handle(self, turn: Turn) -> Outcome:
        self.turns += 1
        if self.turns == self._at_turn:
            raise Lost
        return self._watch.handle(turn)

    def close(self, now: float = 0.0) -> Outcome:
        return self._watch.close(now)


class Fails(Breaks):
    """And where no other can be begun at once."""

    def watch(self, work: Work) -> Breaks:
        if len(self.begun) == 1:
            self.begun.append(work)
            raise RuntimeError("no memory")
        return super().watch(work)


def test_a_session_goes_on_trying_where_no_worker_can_be_begun() -> None:
    heard, engine = list[str](), Fails(at_turn=1)
    session = Session(
        lambda *of: make_pipeline(Hears(heard)), lambda record: None, name="p", engine=engine
    )
    for number in range(1, 4):
        session.report(f"a-{number}", "paste", "40")
    wait_until(lambda: heard)
    assert session.status.is_running
    session.close()


class Hears:
    """Notes the events that reach it, and learns a face at the first second."""

    name = title = explains = "hears"
    medium = "camera"
    accepts = (BrowserEvent, Tick)
    rules = ()

    def __init__(self, heard: list[str]) -> None:
        self.heard = heard
        self.learned: FaceProfile | None = None

    def analyse(self, sample: BrowserEvent | Tick) -> list[Any]:
        if isinstance(sample, BrowserEvent):
            self.heard.append(sample.name)
        elif self.learned is None:
            self.learned = FaceProfile(np.ones((1, 256), np.float32), None, is_settled=True)
        return []


def test_what_was_adjusted_and_learned_goes_on_in_the_new_worker() -> None:
    begun: list[tuple[Adjustments, Sequence[Learned]]] = []

    def make(
        started_at: datetime, adjusted: Adjustments, learned: Sequence[Learned] = ()
    ) -> Pipeline:
        begun.append((adjusted, learned))
        return make_pipeline(Hears([]), keeps_learned=True)

    session = Session(make, lambda record: None, name="p", engine=Breaks(at_turn=3))
    session.offer(Tick(0.0))
    wait_until(lambda: session.status.t)
    longer = Adjustments(longer_looks=True)
    session.adjust(longer)
    wait_until(lambda: len(begun) == 3)
    session.close()
    assert [adjusted for adjusted, _ in begun] == [NONE, longer, longer]
    assert [len(learned) for _, learned in begun] == [0, 1, 1]


def test_what_the_page_told_is_not_lost_with_a_worker() -> None:
    heard, begun = list[str](), list[tuple[datetime, Adjustments]]()

    def make(
        started_at: datetime, adjusted: Adjustments, learned: Sequence[Learned] = ()
    ) -> Pipeline:
        begun.append((started_at, adjusted))
        return make_pipeline(Hears(heard))

    engine = Breaks(at_turn=2)
    session = Session(make, lambda record: None, name="p", engine=engine)
    session.attend(True)
    wait_until(lambda: heard == ["page_opened"])
    session.report("a-1", "paste", "40")
    wait_until(lambda: "paste" in heard)
    session.close()
    assert heard == ["page_opened", "page_opened", "paste"], "the new watch knows of the page"
    assert [adjusted for _, adjusted in begun] == [NONE, NONE]
    assert engine.begun[1].begun_t > 0 == engine.begun[0].begun_t

"""Forty simulated candidates on one running server.

Everything is real, the sessions and their threads, the rules, coverage, traces, evidence, the
store, the desk's socket, but for two things: the pictures are a few that go round, and what the
analysers would measure in them is played from a script, because forty cameras want more cores
than a test has. `running_room` starts the server; what the candidates do is said line by line.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import cv2  # noqa: E402
import numpy as np  # noqa: E402
from live import Links, Server, _wait_until_up, free_port  # noqa: E402
from material import DATA, SMALL  # noqa: E402

from proctoring.ids import new_id  # noqa: E402
from proctoring.perception.scene import Scene  # noqa: E402
from proctoring.types import (  # noqa: E402
    Analyser,
    AudioChunk,
    BrowserEvent,
    Observation,
    Participant,
    Rule,
    VideoFrame,
)

NAMES = """
Amara Okafor, Jonas Weber, Mei-Lin Chen, Sofia Rossi, Liam Walsh, Fatima Zahra, Noah Berg, Aiko
Mori, Diego Silva, Emma Novak, Kwame Mensah, Lena Fischer, Omar Haddad, Priya Nair, Tomas Horak,
Yara Costa, Ivan Petrov, Chloe Martin, Hassan Ali, Ingrid Dahl, Jamal Green, Katya Orlova, Luis
Ortega, Maya Levi, Nina Popescu, Oscar Lund, Paula Gomez, Quang Tran, Rosa Bianchi, Samir Khan,
Thea Olsen, Uma Iyer, Victor Hugo, Wanda Nowak, Xin Li, Yusuf Demir, Zoe Clark, Anton Meyer,
Bella Ricci, Carl Jensen
"""
PEOPLE = [name.strip() for name in NAMES.replace("\n", " ").split(",")]
BEAT_S = 1.0
SIZE = (480, 360)
SIGNALS = ("faces", "identity", "speakers", "gaze", "objects", "page")


# --- in the server's own process ---------------------------------------------------------------


@dataclass
class Script:
    """What is measured of one candidate: calm, but for what was said to happen."""

    number: int
    bad_until: dict[str, float] = field(default_factory=dict)  # by kind: monotonic, s
    is_there: bool = True

    def value(self, rules: Sequence[Rule], t: float) -> float:
        """Of one signal, well on the good side of all its rules or beyond one's limit."""
        for rule in rules:
            if self.bad_until.get(rule.kind, 0.0) > time.monotonic():
                return beyond(rule)
        rising = [rule for rule in rules if rule.enter_at > rule.exit_at]
        falling = [rule for rule in rules if rule.enter_at < rule.exit_at]
        wave = (1 + np.sin(t / 9 + self.number)) / 10  # 0..0.2
        if rising and falling:  # too much of it is as bad as too little
            low, high = max(r.exit_at for r in falling), min(r.exit_at for r in rising)
            return float(low + (high - low) * (0.4 + wave))
        if rising:
            return float(min(r.exit_at - wave * (r.enter_at - r.exit_at) for r in rising))
        return float(max(r.exit_at + wave * (r.exit_at - r.enter_at) for r in falling))


def beyond(rule: Rule) -> float:
    further = 0.5 * abs(rule.enter_at - rule.exit_at)
    return rule.enter_at + (further if rule.enter_at > rule.exit_at else -further)


def played(kind: type[Analyser], script: Script) -> Analyser:
    """An analyser with all that is said about this one; its measurements are the script's."""
    by_signal: dict[str, list[Rule]] = {}
    for rule in kind.rules:
        by_signal.setdefault(rule.signal, []).append(rule)

    def analyse(self: Any, sample: Any) -> Iterable[Observation]:
        for signal, rules in by_signal.items():
            yield Observation(sample.t, signal, script.value(rules, sample.t))

    named = {name: getattr(kind, name) for name in ("name", "title", "medium", "explains", "rules")}
    accepts = AudioChunk if kind.medium == "microphone" else Scene
    made = type(kind.__name__, (), named | {"accepts": accepts, "analyse": analyse})
    return made()  # type: ignore[no-any-return]


@cache
def pictures() -> list[np.ndarray]:
    """People where the material is there, and otherwise one recording's."""
    found = sorted((DATA / "identities").rglob("*.jpg"))
    images = [cv2.imread(str(path)) for path in found[:: max(1, len(found) // 40)]]
    if not images:
        recording = cv2.VideoCapture(str(SMALL / "scenarios" / "second_person.mp4"))
        images = [image for _, image in (recording.read() for _ in range(60))][::6]
    return [cv2.resize(image, SIZE) for image in images if image is not None]


class Room:
    """The candidates of one meeting. A line is a JSON object: `{"do": NAME, …}`."""

    def __init__(self) -> None:
        from proctoring.live import measuring

        self.scripts: dict[str, Script] = {}  # by participant id
        self._seats: dict[str, Any] = {}
        self._opening: Script | None = None
        self._make, measuring.create_analysers = measuring.create_analysers, self._create

    def _create(self, signals: Any, media: Any, exam: Any) -> list[Analyser]:
        """Asked for by a session's own thread, but for the first time."""
        participant_id = threading.current_thread().name.removeprefix("session-")
        script = self.scripts.get(participant_id, self._opening)
        kinds = [type(one) for one in self._make(signals, media, exam)]
        return [played(kind, script) for kind in kinds] if script else []

    def seat(self, meeting: str, names: Sequence[str]) -> None:
        from proctoring.server import services

        for name in names:
            now = datetime.now(UTC)
            person = Participant(new_id(), meeting, name, now, now, "v1")
            services().store.add_participant(person)
            self._opening = Script(len(self.scripts))
            seat, _, _ = services().open_page(person.id)
            self.scripts[person.id] = self._opening
            seat.is_connected = True
            self._seats[person.id] = seat
            seat.session.attend(True)

    def bad(self, who: int, kind: str, s: float) -> None:
        """For so many seconds something is measured that is an incident of this kind."""
        self._of(who).bad_until[kind] = time.monotonic() + s

    def gone(self, who: int) -> None:
        """Nothing comes from them any more."""
        self._of(who).is_there = False

    def _of(self, who: int) -> Script:
        return list(self.scripts.values())[who]

    def beat(self) -> None:
        """A picture, a second of sound and a sign of the page, of everybody who is there."""
        for participant_id, script in list(self.scripts.items()):
            seat = self._seats[participant_id]
            session, image = seat.session, pictures()[script.number % len(pictures())]
            seat.is_connected = script.is_there
            if script.is_there:
                t = session.clock()
                session.offer(VideoFrame(t, image))
                session.offer(AudioChunk(max(0.0, t - BEAT_S), np.zeros(16_000, np.float32)))
                session.offer(BrowserEvent(t, "page_visible"))

    def run(self) -> None:
        while True:
            begun = time.monotonic()
            self.beat()
            time.sleep(max(0.05, BEAT_S - (time.monotonic() - begun)))


def serve(port: int) -> None:
    from streamlit.web import cli

    room = Room()

    def listen() -> None:
        for text in sys.stdin:
            line = json.loads(text)
            do: Callable[..., None] = getattr(room, line.pop("do"))
            do(**line)

    for work in (listen, room.run):
        threading.Thread(target=work, daemon=True).start()
    sys.argv = ["streamlit", "run", "app.py", "--server.port", str(port)]
    cli.main()


# What somebody who works at the desk would notice: each change of the focus, each jump.
WATCH = """() => {
  const deep = () => {
    let node = document.activeElement;
    while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
    return node;
  };
  const focused = deep();
  const place = focused.getBoundingClientRect().top;
  const watched = (window.watched = { lost: 0, jumps: 0, drawn: 0, moved: 0 });
  const step = () => {
    watched.drawn += 1;
    if (deep() !== focused) watched.lost += 1;
    const moved = focused.getBoundingClientRect().top - place;
    if (Math.abs(moved - watched.moved) > 2) watched.jumps += 1;
    watched.moved = moved;
    requestAnimationFrame(step);
  };
  step();
}"""


# --- in a test ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Forty:
    """One exam's candidates. They are numbered from 0."""

    server: Server
    links: Links
    seated: list[int]  # how many candidates each exam of this server has, in order
    exam: int = 0

    def say(self, do: str, **what: Any) -> None:
        stdin = self.server.process.stdin
        assert stdin
        if "who" in what:
            what["who"] += sum(self.seated[: self.exam])
        stdin.write(json.dumps({"do": do, **what}).encode() + b"\n")
        stdin.flush()

    def bad(self, who: int, kind: str, s: float = 6.0) -> None:
        self.say("bad", who=who, kind=kind, s=s)

    def another(self, many: int, **changes: Any) -> Forty:
        """A further exam on the same server."""
        return seated(self.server, many, self.seated, **changes)


def seated(server: Server, many: int, before: list[int], **changes: Any) -> Forty:
    """`before` learns of it."""
    values: dict[str, Any] = {"title": "Data structures, final exam", "signals": SIGNALS}
    links = server.make_meeting(**values | changes)
    forty = Forty(server, links, before, len(before))
    before.append(many)
    forty.say("seat", meeting=links.meeting_id, names=PEOPLE[:many])
    return forty


@contextlib.contextmanager
def running_room(data_dir: Path, many: int = 40, **environment: str) -> Iterator[Forty]:
    """`many` candidates who sit in one exam."""
    port = free_port()
    log = (data_dir.parent / f"forty-{port}.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "tests/forty.py", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "OPENPROCTOR_DATA_DIR": str(data_dir), **environment},
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    server = Server(f"http://localhost:{port}", data_dir, process)
    try:
        _wait_until_up(server, Path(log.name))
        yield seated(server, many, [])
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    serve(parser.parse_args().port)

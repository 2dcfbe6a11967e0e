"""Watches in worker processes, each with many candidates.

Turns go over a pipe as they are: a picture as a JPEG would be another picture. A worker that died
is replaced when somebody asks for one next; who was watched there is told by `Lost`.
"""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from queue import Empty, SimpleQueue

from proctoring.live.engines.asking import Answer, Ask, Elsewhere
from proctoring.live.watch import Lost, Watching, Work

_log = logging.getLogger(__name__)

STUCK_S = 60.0  # a worker that doesn't answer for so long is ended: a turn takes tenths of a second
END_S = 5.0  # for a worker whose line was closed
CODE = Path(__file__).parents[3]  # where a worker finds it


class Processes:
    """An `Engine`. Safe to call from any thread."""

    def __init__(self, count: int = 0) -> None:
        """`count`: of workers; 0 is one for each core."""
        self._lock = threading.Lock()
        self._is_closed = False
        self._workers = [Worker() for _ in range(count or os.cpu_count() or 1)]

    def watch(self, work: Work) -> Watching:
        """By the worker with the fewest. Raises RuntimeError if it can't be begun."""
        while True:
            with self._lock:
                if self._is_closed:
                    raise RuntimeError("The engine is closed.")
                self._workers = [Worker() if one.is_lost else one for one in self._workers]
                worker = min(self._workers, key=lambda one: one.watched)
            with suppress(Lost):  # it may just have died
                return Elsewhere(worker, work)

    def pids(self) -> list[int]:
        return [worker.pid for worker in self._workers if not worker.is_lost]

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
        for worker in self._workers:
            worker.close()


class Worker:
    """One process, and the line to it."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            number = theirs.fileno()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "proctoring.live.engines.worker", str(number)],
                pass_fds=[number],
                stdin=subprocess.DEVNULL,
                env=os.environ | {"PYTHONPATH": str(CODE)},
            )
        self.pid = self._process.pid
        self.is_lost = False
        self._socket = ours
        self._line = Connection(os.dup(ours.fileno()))
        self._answers: dict[int, SimpleQueue[Answer | Lost]] = {}
        self._lock = threading.Lock()
        threading.Thread(target=self._read, name=f"worker-{self.pid}", daemon=True).start()

    @property
    def watched(self) -> int:
        return len(self._answers)

    def add(self, key: int) -> None:
        with self._lock:
            self._answers[key] = SimpleQueue()

    def remove(self, key: int) -> None:
        with self._lock:
            self._answers.pop(key, None)

    def ask(self, key: int, what: Ask) -> Answer:
        with self._lock:
            answers = self._answers[key]
            if self.is_lost:
                raise Lost
            try:
                self._line.send((key, what))
            except OSError:
                raise Lost from None
        try:
            answer = answers.get(timeout=STUCK_S)
        except Empty:
            _log.error("Worker %d has not answered for %.0f s and is ended", self.pid, STUCK_S)
            self._process.kill()
            raise Lost from None
        if isinstance(answer, Lost):
            raise answer
        return answer

    def close(self) -> None:
        with suppress(OSError):  # it has gone already
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes both ends, where closing wakes none
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _read(self) -> None:
        with suppress(EOFError, OSError):
            while True:
                key, answer = self._line.recv()
                if answers := self._answers.get(key):  # or it was given up
                    answers.put(answer)
        with self._lock:
            self.is_lost = True
            for answers in list(self._answers.values()):
                answers.put(Lost())
        self._line.close()
        self._socket.close()
        self._process.wait()

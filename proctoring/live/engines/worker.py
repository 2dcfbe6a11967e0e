"""The worker process: `python -m proctoring.live.engines.worker FD`.

It answers what it is asked over the socket FD, one thing after the other, and ends when the other
end is closed, however that came about.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from multiprocessing.connection import Connection

from proctoring.live.engines.asking import Answer, Ask, End, Failed
from proctoring.live.watch import Turn, Watch, Work


class Watches:
    """Those of one process."""

    def __init__(self) -> None:
        self._watches: dict[int, Watch] = {}

    def pid(self) -> int:
        return os.getpid()

    def answer(self, key: int, ask: Ask) -> Answer:
        try:
            if isinstance(ask, Work):
                self._watches[key] = Watch(ask)
                return None
            if key not in self._watches:
                return Failed("it is not known here", is_lost=True)
            match ask:
                case Turn():
                    return self._watches[key].handle(ask)
                case End():
                    return self._watches.pop(key).close(ask.now)
        except Exception as error:
            logging.getLogger(__name__).exception("Could not watch")
            return Failed(f"{type(error).__name__}: {error}")


def serve(line: Connection) -> None:
    watches = Watches()
    while True:
        try:
            key, ask = line.recv()
            line.send((key, watches.answer(key, ask)))
        except (EOFError, ConnectionError):
            return


if __name__ == "__main__":
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server ends it, after its sessions
    serve(Connection(int(sys.argv[1])))

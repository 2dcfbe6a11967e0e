"""Does anything stay behind when a candidate's browser is lost and comes again a hundred times?

    .venv/bin/python -m benchmarks.reconnects [--times 100] [--mode webrtc|snapshots]

A server of its own and one made-up candidate (see `proctoring.load`), with all signals. Each time
the candidate's process is killed, so that page, sockets and peer connection are gone without a
word, and a new one goes on with the same exam. The system counts the server's threads, open files
and sockets. A silent peer is given up after half a minute and a lost page after some minutes, so
rows in between have more; the last is read after a wait, with one candidate in it like the first.
"""

from __future__ import annotations

import argparse
import asyncio
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from proctoring.load.candidate import Candidate
from proctoring.load.clip import encode
from proctoring.load.meetings import made
from proctoring.load.own_server import own_server
from proctoring.load.scenarios import scenario_of

ROOT = Path(__file__).parent.parent
NAME = "Reconnects"
SCENARIO = "two-faces"
WARM_UP = 5  # reconnects before the first row
SENDS_S = 3.0  # each time
ROWS = 4
FORGETS_S = 240.0


@dataclass(frozen=True, slots=True)
class Counted:
    threads: int
    files: int  # sockets among them
    sockets: int
    memory_mb: float


def counted(server: psutil.Process) -> Counted:
    with server.oneshot():
        sockets = len(server.net_connections("all"))
        memory_mb = server.memory_info().rss / 1e6
        return Counted(server.num_threads(), server.num_fds(), sockets, memory_mb)


async def sit(clip: Path, link: str, mode: str, *, is_back: bool) -> None:
    """Until somebody kills this process. Says by which link another goes on."""
    candidate = Candidate(NAME, link, mode, is_back=is_back)
    await candidate.begin(pickle.loads(clip.read_bytes()), scenario_of(SCENARIO), 0.0)
    print(candidate.problem or candidate.way_back, flush=True)
    await asyncio.Event().wait()


@contextmanager
def sitting(clip: Path, link: str, mode: str, *, is_back: bool = True) -> Iterator[str]:
    """The candidate sends; the link by which another goes on. Ends by `kill -9`."""
    given = ["--clip", str(clip), "--link", link, "--mode", mode]
    command = [sys.executable, "-m", "benchmarks.reconnects", *given, *["--back"] * is_back]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    try:
        said = child.stdout.readline().strip()
        if not said.startswith("http"):
            raise SystemExit(f"The candidate did not come in: {said}")
        yield said
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def row(times: int | str, found: Counted) -> None:
    values = (found.threads, found.files, found.sockets, f"{found.memory_mb:.0f}")
    print(f"| {times} | " + " | ".join(map(str, values)) + " |", flush=True)


def drop_and_come_back(clip: Path, link: str, mode: str, times: int) -> None:
    (server,) = psutil.Process().children()
    with sitting(clip, link, mode, is_back=False) as back:
        time.sleep(SENDS_S)
    for number in range(WARM_UP + times):
        with sitting(clip, back, mode):
            time.sleep(SENDS_S)
            since = number - WARM_UP + 1
            if since >= 0 and since % max(1, times // ROWS) == 0:
                row(since, counted(server))
    with sitting(clip, back, mode):
        time.sleep(FORGETS_S)
        row(f"{times}, and {FORGETS_S:.0f} s", counted(server))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--mode", choices=("webrtc", "snapshots"), default="webrtc")
    for name in ("--clip", "--link"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    parser.add_argument("--back", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.link:
        clip = Path(options.clip)
        return asyncio.run(sit(clip, options.link, options.mode, is_back=options.back))
    with tempfile.TemporaryDirectory() as name, own_server() as server:
        clip = Path(name) / "clip"
        clip.write_bytes(pickle.dumps(encode(scenario_of(SCENARIO), options.mode)))
        now = datetime.now(UTC)
        link, _ = made(server.url, server.key, now, now + timedelta(hours=6))
        print(f"{options.mode}\n\n| reconnects | threads | open files | sockets | memory, MB |")
        print("|---|---|---|---|---|", flush=True)
        drop_and_come_back(clip, link, options.mode, options.times)


if __name__ == "__main__":
    main()

"""A server of the generator's own, for whoever names none, in a folder that is put away."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path

ROOT = Path(__file__).parents[2]
STARTS_WITHIN_S = 120.0
STOPS_WITHIN_S = 30.0
COMMAND = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
KEY = [sys.executable, "-m", "proctoring", "key", "add", "load", "--role", "examiner"]


class DidNotStart(Exception):
    """The message says what the server said last."""


@dataclass(frozen=True, slots=True)
class OwnServer:
    url: str
    key: str  # of a program that makes meetings and reads the metrics


@contextmanager
def own_server() -> Iterator[OwnServer]:
    """Raises DidNotStart."""
    with tempfile.TemporaryDirectory(prefix="openproctor-load-") as name:
        folder = Path(name)
        environment = os.environ | {"OPENPROCTOR_DATA_DIR": str(folder / "data")}
        made = subprocess.run(
            [*KEY, "--role", "metrics"], cwd=ROOT, env=environment, capture_output=True, text=True
        )
        if made.returncode:
            raise DidNotStart(made.stderr.strip().rpartition("\n")[2])
        port = _free_port()
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [*COMMAND, "--server.port", str(port)],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl+C is for the generator, which then ends it
            )
            try:
                _wait_until_up(server, port, folder / "log")
                yield OwnServer(f"http://localhost:{port}", made.stdout.strip())
            finally:
                _stop(server)


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(STOPS_WITHIN_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_until_up(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < until and server.poll() is None:
        if answers("localhost", port):
            return
        time.sleep(0.3)
    said = log.read_text(errors="replace").strip().splitlines()
    raise DidNotStart(f"The server did not start. {said[-1] if said else ''}")


def answers(host: str, port: int, *, is_https: bool = False) -> bool:
    """Does a server of ours answer there?"""
    kind = HTTPSConnection if is_https else HTTPConnection
    connection = kind(host, port, timeout=5)
    try:
        connection.request("GET", "/api/health")
        return connection.getresponse().status < 500
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()

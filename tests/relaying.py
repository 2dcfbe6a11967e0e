"""coturn in tests: a relay of this machine, with the secret that the server has."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aioice.ice import get_host_addresses
from live import free_port

COTURN = shutil.which("turnserver", path="/usr/bin:/usr/sbin:/usr/local/bin")
SECRET = "b1ed" * 10
START_WITHIN_S = 60


@dataclass(frozen=True)
class Relay:
    host: str
    port: int
    log: Path

    def url(self, transport: str = "udp") -> str:
        return f"turn:{self.host}:{self.port}?transport={transport}"

    def environment(self, *transports: str) -> dict[str, str]:
        """The server's settings, for these of "udp" and "tcp" in this order."""
        servers = [{"urls": [self.url(transport) for transport in transports]}]
        return {
            "OPENPROCTOR_ICE_SERVERS": json.dumps(servers),
            "OPENPROCTOR_TURN_SECRET": SECRET,
        }

    def said(self) -> str:
        return self.log.read_text(errors="replace")


@contextlib.contextmanager
def running_relay(folder: Path, *options: str) -> Iterator[Relay]:
    """It relays to its own relayed addresses and to no other: both ends must use it.

    Those are of the loopback interface, which no end gathers candidates of.
    """
    own = [
        "-n",  # no file of settings
        "--denied-peer-ip=0.0.0.0-126.255.255.255",
        "--denied-peer-ip=128.0.0.0-255.255.255.255",
        "--use-auth-secret",
        f"--static-auth-secret={SECRET}",
        "--realm=exams.example",
        "--fingerprint",
        "--no-tls",
        "--no-dtls",
        "--no-cli",
        *options,
    ]
    with running_coturn(folder, *own) as relay:
        yield relay


@contextlib.contextmanager
def running_coturn(folder: Path, *options: str) -> Iterator[Relay]:
    """With these options, on a port and with files of its own."""
    assert COTURN
    folder.mkdir(parents=True, exist_ok=True)
    host = next(iter(get_host_addresses(use_ipv4=True, use_ipv6=False)), "127.0.0.1")
    relay = Relay(host, free_port(), folder / "coturn.log")
    command = [
        COTURN,
        f"--listening-ip={host}",
        f"--listening-port={relay.port}",
        "--relay-ip=127.0.0.1",
        "--allow-loopback-peers",
        "--no-rfc5780",
        "--verbose",
        "--log-file=stdout",
        f"--userdb={folder / 'turndb'}",
        f"--pidfile={folder / 'pid'}",
        *options,
    ]
    with relay.log.open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
    try:
        _wait_until_up(process, relay)
        yield relay
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_up(process: subprocess.Popen[bytes], relay: Relay) -> None:
    deadline = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((relay.host, relay.port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"coturn did not start:\n{relay.said()[-3000:]}")

"""The tests' own gateway: quiet about clients that hang up, and about nothing else."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from supabase_stack.gateway import Answer, Gateway


class Ends:
    """So that a test need not guess when a connection has been dealt with."""

    def __init__(self, gateway: Gateway) -> None:
        self._ended = threading.Event()
        server = gateway._server
        shut: Callable[..., None] = server.shutdown_request

        def shutdown_request(request: object) -> None:
            shut(request)
            self._ended.set()

        server.shutdown_request = shutdown_request  # type: ignore[assignment]

    def wait(self) -> None:
        assert self._ended.wait(20)


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    gateway = Gateway("http://127.0.0.1:9")
    yield gateway
    gateway.end()


def ask(gateway: Gateway) -> socket.socket:
    where = urlsplit(gateway.url)
    line = socket.create_connection((where.hostname, where.port))
    line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    return line


def test_a_client_that_hangs_up_is_no_news(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ends, hung_up = Ends(gateway), threading.Event()

    def serve(*_: object) -> Answer:
        assert hung_up.wait(20)
        return Answer(200, {}, bytes(50_000_000))

    monkeypatch.setattr(gateway, "serve", serve)
    line = ask(gateway)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()
    hung_up.set()
    ends.wait()
    assert capsys.readouterr().err == ""


def test_an_error_of_its_own_is_told(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ends = Ends(gateway)

    def serve(*_: object) -> Answer:
        raise RuntimeError("the gateway is broken")

    monkeypatch.setattr(gateway, "serve", serve)
    with ask(gateway):
        ends.wait()
    assert "the gateway is broken" in capsys.readouterr().err

"""The one address of the stack: passes requests on to lite, and lets them go wrong on demand.

Resumable uploads, which lite does not have, go to `resumable` instead.
"""

from __future__ import annotations

import json
import socket
import struct
import sys
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from supabase_stack.resumable import Uploads

# A proxy makes these itself.
OWN = {
    "connection",
    "content-encoding",
    "content-length",
    "host",
    "keep-alive",
    "transfer-encoding",
}


@dataclass(slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Fault:
    kind: str = "none"
    path: str = "/"
    times: int = 0
    delay_s: float = 0.0


class Gateway:
    """Running from the making of the object until `end`. One thread per connection."""

    def __init__(self, lite_url: str) -> None:
        self._client = httpx.Client(base_url=lite_url, timeout=60)
        self._lock = threading.Lock()
        self._fault = Fault()
        self._uploads = Uploads(self._client)
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def end(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._client.close()

    def set_fault(self, values: dict[str, Any]) -> None:
        with self._lock:
            self._fault = Fault(**values)

    def take_fault(self, path: str) -> Fault:
        """What is to go wrong with this request."""
        with self._lock:
            fault = self._fault
            if fault.times > 0 and path.startswith(fault.path):
                fault.times -= 1
                return fault
            return Fault()

    def serve(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        if path.startswith("/storage/v1/upload/resumable"):
            return Answer(*self._uploads.serve(method, path, headers, body))
        given = {name: value for name, value in headers.items() if name.lower() not in OWN}
        got = self._client.request(method, path, headers=given, content=body)
        kept = {name: value for name, value in got.headers.items() if name.lower() not in OWN}
        return Answer(got.status_code, kept, got.content)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is none of ours: they give up after a time, and are killed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _handler(gateway: Gateway) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path == "/__fault":
                gateway.set_fault(json.loads(body))
                return self._answer(Answer(200, {}, b"{}"))
            fault = gateway.take_fault(self.path)
            if fault.kind == "reset":
                return self._cut()
            if fault.kind.isdigit():
                return self._answer(Answer(int(fault.kind), {}, b'{"message": "a fault"}'))
            if fault.kind == "slow":
                time.sleep(fault.delay_s)
            answer = gateway.serve(self.command, self.path, dict(self.headers), body)
            if fault.kind == "lost":
                return self._cut()
            return self._answer(answer)

        do_GET = do_HEAD = do_POST = do_PATCH = do_PUT = do_DELETE = _serve

        def _answer(self, answer: Answer) -> None:
            self.send_response_only(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        def _cut(self) -> None:
            """With a reset, and not with an orderly end."""
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.close_connection = True
            self.connection.close()

        def log_message(self, *_: object) -> None:
            pass

    return Handler

"""How long a rerun of a page takes on a running server, asked over Streamlit's own protocol."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.sync.connection import Connection

RERUNS = 20


def rerun_times(url: str, paths: dict[str, str]) -> dict[str, list[float]]:
    """Per page, the milliseconds from asking for a rerun to the end of the script."""
    return {name: _times(url, path) for name, path in paths.items()}


def _times(url: str, path: str) -> list[float]:
    parts = urlsplit(path)
    message = BackMsg()
    message.rerun_script.query_string = parts.query
    message.rerun_script.page_name = parts.path.strip("/")
    address = f"ws://{urlsplit(url).netloc}/_stcore/stream"
    with connect(address, subprotocols=["streamlit"], max_size=None) as socket:  # type: ignore[list-item]
        page_hash = _run(socket, message)  # the first run is no rerun: it is not counted
        message.rerun_script.page_script_hash = page_hash
        times = []
        for _ in range(RERUNS):
            begun = time.perf_counter()
            _run(socket, message)
            times.append((time.perf_counter() - begun) * 1000)
            time.sleep(0.2)
    return times


def _run(socket: Connection, message: BackMsg) -> str:
    """Asks for a run and waits for its end; the hash of the page that ran."""
    socket.send(message.SerializeToString())
    page_hash = ""
    while True:
        answer = ForwardMsg()
        data = socket.recv(timeout=30)
        assert isinstance(data, bytes)
        answer.ParseFromString(data)
        kind = answer.WhichOneof("type")
        if kind == "navigation":
            page_hash = answer.navigation.page_script_hash
        elif kind == "script_finished":
            return page_hash

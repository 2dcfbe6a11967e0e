"""`demo`: the app with an exam that shows itself; nothing of it is left afterwards."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
import webbrowser
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
STARTS_WITHIN_S = 120.0


def add_to(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "demo", help="the app with an exam that shows itself", description=__doc__
    )
    parser.add_argument("--port", type=int, default=8501)
    parser.add_argument("--no-browser", action="store_true", help="only say the address")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    address = f"http://localhost:{options.port}"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that what is below is put away
    with tempfile.TemporaryDirectory(prefix="openproctor-demo-") as folder:
        environment = {
            **os.environ,
            "OPENPROCTOR_DEMO": "on",
            "OPENPROCTOR_DATA_DIR": folder,
        }
        command = [sys.executable, "-m", "streamlit", "run", "app.py"]
        server = subprocess.Popen(
            [*command, "--server.port", str(options.port)], cwd=ROOT, env=environment
        )
        try:
            if not _is_up(options.port, server):
                print("The server did not start; what it says is above.", file=sys.stderr)
                return 1
            print(f"{address}: press “Begin the demo”. Ctrl+C ends it.", file=sys.stderr)
            if not options.no_browser:
                webbrowser.open(address)
            return server.wait()
        except KeyboardInterrupt:
            return 0
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _is_up(port: int, server: subprocess.Popen[bytes]) -> bool:
    until = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < until and server.poll() is None:
        connection = HTTPConnection("localhost", port, timeout=5)
        try:
            connection.request("GET", "/api/health")
            connection.getresponse()
            return True
        except OSError:
            time.sleep(0.3)
        finally:
            connection.close()
    return False

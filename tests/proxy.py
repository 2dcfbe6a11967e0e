"""docs/nginx.conf in a real nginx, with addresses of this machine."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from live import ROOT, free_port

NGINX = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
START_WITHIN_S = 60

_AROUND = """
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/openproctor.conf;
}}
"""


@contextlib.contextmanager
def running_proxy(folder: Path, ports: dict[str, int]) -> Iterator[str]:
    """Its address. `ports` are those of the servers "a" and "b" on this machine."""
    folder.mkdir(parents=True)
    port = free_port()
    recipe = (ROOT / "docs" / "nginx.conf").read_text()
    changes = (
        (r"10\.0\.0\.1:8501", f"127.0.0.1:{ports['a']}"),
        (r"10\.0\.0\.2:8501", f"127.0.0.1:{ports['b']}"),
        (r"listen 443 ssl;", f"listen 127.0.0.1:{port};"),
        (r"ssl_certificate\w*\s.*;", ""),
        (r"/var/log/nginx", str(folder)),
    )
    for pattern, replacement in changes:
        recipe, count = re.subn(pattern, replacement, recipe)
        assert count, pattern
    (folder / "openproctor.conf").write_text(recipe)
    user = "user root;" if os.getuid() == 0 else ""  # or it could not write here
    (folder / "nginx.conf").write_text(_AROUND.format(folder=folder, user=user))
    assert NGINX
    process = subprocess.Popen([NGINX, "-p", folder, "-c", folder / "nginx.conf"])
    try:
        _wait_until_up(process, port)
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _wait_until_up(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError("nginx did not start: see what it printed")

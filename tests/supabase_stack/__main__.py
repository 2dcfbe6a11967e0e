"""The process that holds the whole stack."""

from __future__ import annotations

import json
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from supabase_stack import MIGRATIONS, Missing, Project, as_json
from supabase_stack.gateway import Gateway
from supabase_stack.lite import Lite
from supabase_stack.postgres import Postgres, choose


def apply_migrations(database: str, after: str = "", until: str = "9") -> None:
    """As the CLI does: in the order of the names, each wholly or not at all."""
    with psycopg.connect(database, autocommit=True) as db:
        for path in sorted(MIGRATIONS.glob("*.sql")):
            if not after < path.name < until:
                continue
            with db.transaction():
                db.execute(path.read_bytes())


@contextmanager
def grants_kept(database: str) -> Iterator[None]:
    """lite grants every table to everyone with its first answer; nothing hosted does."""
    with psycopg.connect(database, autocommit=True) as db:
        db.execute(
            "create temporary table kept as select oid, relacl from pg_class"
            " where relnamespace = 'public'::regnamespace"
        )
        yield
        db.execute(
            "update pg_class set relacl = kept.relacl from kept where pg_class.oid = kept.oid"
        )


def start(ending: ExitStack) -> Project:
    folder = Path(tempfile.mkdtemp(prefix="openproctor-supabase-"))
    ending.callback(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)  # Postgres's user goes through it
    postgres = Postgres(folder, choose())
    ending.callback(postgres.end)
    lite = Lite(folder, postgres.url())
    ending.callback(lite.end)
    apply_migrations(postgres.url())
    with grants_kept(postgres.url()):
        lite.warm_up()
    gateway = Gateway(lite.url)
    ending.callback(gateway.end)
    return Project(gateway.url, lite.secret_key, lite.publishable_key, postgres.url())


def stop(*_: object) -> None:
    raise KeyboardInterrupt


def main() -> None:
    signal.signal(signal.SIGTERM, stop)
    is_child = "--end-with-stdin" in sys.argv
    with ExitStack() as ending:
        try:
            project = start(ending)
        except Missing as missing:
            print(json.dumps({"missing": str(missing)}), flush=True)
            return
        print(as_json(project) if is_child else by_hand(project), flush=True)
        try:
            if is_child:
                sys.stdin.read()  # until the parent is no more
            else:
                signal.pause()
        except KeyboardInterrupt:
            pass


def by_hand(project: Project) -> str:
    return "\n".join(
        (
            f"export SUPABASE_URL={project.url}",
            f"export SUPABASE_SECRET_KEY={project.secret_key}",
            f"export SUPABASE_PUBLISHABLE_KEY={project.publishable_key}",
            f"export SUPABASE_DB_URL={project.db_url}",
        )
    )


if __name__ == "__main__":
    main()

"""The migrations of the Supabase store: who may come in, and that they say what SQLite's say."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields
from pathlib import Path

import httpx
import psycopg
import pytest
from exams import act, answer, answer_key, paper, still, trace
from making import at, occurrence
from stores import add_people, event, meeting, participant, supabase_project, supabase_store
from supabase_stack import MIGRATIONS, Project
from supabase_stack.__main__ import apply_migrations
from supabase_stack.postgres import Postgres, installed

from proctoring.audit import chain
from proctoring.folding import FOLD
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.store.supabase.client import SCHEMA
from proctoring.store.supabase.rows import from_json, to_json
from proctoring.store.supabase.store import SupabaseStore
from proctoring.types import Journey, Meeting, Policy

WITH_POLICY = "20261121001100"  # what was made by the migrations before it allows nothing
# What only a store on one machine needs: that store's own counter, and its way to a remote one.
EMBEDDED_ONLY = {"outbox", "remote", "remote_revision"}


@pytest.fixture
def project() -> Project:
    return supabase_project()


@pytest.fixture
def database(project: Project) -> Iterator[psycopg.Connection]:
    with project.database() as database:
        yield database


@pytest.fixture
def store(project: Project, tmp_path: Path) -> Iterator[SupabaseStore]:
    with closing(supabase_store(tmp_path)) as store:
        add_people(store, "m", "p")
        yield store


def as_service(database: psycopg.Connection, statement: str, *values: object) -> None:
    with database.transaction():
        database.execute("set local role service_role")
        database.execute(statement, values)


# --- who may come in -----------------------------------------------------------------------

TABLES = """select relname from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm')"""
FUNCTIONS = """select proname, proargnames, oid from pg_proc
    where pronamespace = any (array['public', 'openproctor']::regnamespace[])
    and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')"""


def test_row_level_security_is_on_for_every_table_and_lets_nobody_in(
    database: psycopg.Connection,
) -> None:
    tables = database.execute(
        f"select relname, relrowsecurity from pg_class where relname in ({TABLES})"
    ).fetchall()
    assert len(tables) >= 19
    assert all(is_on for _, is_on in tables), tables
    assert (
        database.execute("select * from pg_policies where schemaname = 'public'").fetchall() == []
    )


@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_a_browser_s_roles_are_granted_nothing(database: psycopg.Connection, role: str) -> None:
    granted = database.execute(
        f"""select t.relname, p from ({TABLES}) t,
            unnest(array['select', 'insert', 'update', 'delete', 'truncate']) p
            where has_table_privilege(%s, format('public.%%I', t.relname), p)
        union all
        select f.proname, 'execute' from ({FUNCTIONS}) f
            where has_function_privilege(%s, f.oid, 'execute')""",
        (role, role),
    ).fetchall()
    assert granted == []


def test_every_function_names_its_search_path(database: psycopg.Connection) -> None:
    without = database.execute(
        f"""select proname from pg_proc where oid in (select oid from ({FUNCTIONS}) f)
            and coalesce(array_to_string(proconfig, ','), '') not like 'search_path=%'"""
    ).fetchall()
    assert without == []


def test_the_key_of_browsers_sees_nothing_of_any_table_and_calls_no_function(
    project: Project, store: SupabaseStore, database: psycopg.Connection
) -> None:
    store.save_occurrence(occurrence(0))
    headers = {"apikey": project.publishable_key}
    with httpx.Client(base_url=f"{project.url}/rest/v1", headers=headers) as browser:
        for (table,) in database.execute(TABLES).fetchall():
            answer = browser.get(f"/{table}")
            assert (answer.status_code, answer.json()["code"]) == (401, "42501"), table
        for name, arguments, _ in database.execute(FUNCTIONS).fetchall():
            given = dict.fromkeys(arguments or ())
            answer = browser.post(f"/rpc/{name}", json=given)
            assert answer.status_code in (401, 404), (name, answer.text)
            assert answer.json()["code"] in ("42501", "PGRST202"), (name, answer.text)


def test_the_bucket_is_private(project: Project, database: psycopg.Connection) -> None:
    assert database.execute(
        "select public, allowed_mime_types from storage.buckets where id = 'evidence'"
    ).fetchall() == [(False, ["image/jpeg", "audio/wav"])]


# --- what the database holds to by itself ----------------------------------------------------


@pytest.mark.parametrize(
    "statement", ["update audit set detail = ''", "delete from audit", "truncate audit"]
)
def test_the_log_can_only_be_added_to(
    store: SupabaseStore, database: psycopg.Connection, statement: str
) -> None:
    store.append_audit(event())
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="only be added to"):
        database.execute(statement)  # its owner
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_service(database, statement)
    assert len(store.audit_log("m")) == 1


def test_the_log_is_the_chain_that_python_knows(store: SupabaseStore) -> None:
    for moment in (at(0), at(0.000001), at(-2_000_000_000.000001), at(5)):
        store.append_audit(event(at=moment))
    entries = store.audit_log("m")
    assert len(entries) == 4
    assert chain.broken_at(entries) is None


@pytest.mark.parametrize("seconds", [-599.999999, 0, 599.999999])
def test_two_incidents_of_a_kind_cannot_be_in_ten_minutes(
    store: SupabaseStore, database: psycopg.Connection, seconds: float
) -> None:
    store.save_occurrence(occurrence(0))
    with pytest.raises(psycopg.errors.ExclusionViolation):
        as_service(
            database,
            "insert into incident values ('other', 'm', 'p', 'multiple_faces', %s, 0)",
            at(seconds),
        )


@pytest.mark.parametrize(
    "statement",
    [
        "update occurrence set incident_id = 'nothing'",
        "update occurrence set opened_at = opened_at + interval '10 minutes'",
        "update occurrence set kind = 'no_face'",
        "update incident set opened_at = opened_at + interval '1 microsecond'",
        "delete from incident",
        "delete from occurrence",
        "delete from participant",
        "update participant set name = ''",
        "update paper set revision = 2",  # and its key is another's
        "update paper set content = '[]'",
        "update answer_key set content = 'x'",
        "update answer_key set revision = 2",  # of no paper
        "update answer set revision = 0",
        "update answer set content = null",
        "update act set role = 'boss'",
        "update act set id = ''",
        "update trace set content = ''",
        "update trace set ended_at = started_at - interval '10 minutes'",
        "update still set data = ''",
        "update still set size = 7",
        "update still set source = 'camera'",
        "update still set width = 0",
        "update meeting set journey = '[]'",
        "update meeting set journey = '{\"check_in\": [1]}'",
        "update meeting set journey = '{\"full_screen\": 1}'",
        "delete from paper",
        "insert into staff values ('ann@uni.example', 'boss', now())",
        "insert into staff values ('uni.example', 'proctor', now())",
    ],
)
def test_records_cannot_be_made_to_contradict_each_other(
    store: SupabaseStore, database: psycopg.Connection, statement: str
) -> None:
    store.save_occurrence(occurrence(0))
    store.save_paper(paper(), answer_key())
    store.save_answer(answer())
    store.save_act(act())
    store.save_trace(trace())
    store.save_still(still())

    def all_of_it() -> object:
        exam = (
            store.paper("m"),
            store.answer_key("m"),
            store.answers("p"),
            store.acts("p"),
            store.traces("p"),
            store.stills("p"),
            store.staff(),
        )
        return store.feed("m"), store.participants("m"), exam

    before = all_of_it()
    with pytest.raises(psycopg.Error):
        database.execute(statement)  # its owner
    assert all_of_it() == before


@pytest.mark.parametrize("statement", ["delete from paper", "delete from answer_key"])
def test_a_paper_can_be_replaced_and_never_removed(
    store: SupabaseStore, database: psycopg.Connection, statement: str
) -> None:
    store.save_paper(paper(), answer_key())
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_service(database, statement)


def test_candidates_who_answer_do_not_wait_for_each_other(
    store: SupabaseStore, database: psycopg.Connection
) -> None:
    """Nor for whoever writes into the log or the feed of their meeting."""
    store.add_participant(participant(id="q", name="Bob"))
    with database.transaction():
        database.execute("select openproctor.lock_meeting('m')")
        database.execute("select 1 from participant where id = 'q' for share")
        for name in "pq":
            store.save_answer(answer(participant_id=name))
    assert len(store.answers("q")) == 1


def test_the_migrations_speak_of_the_same_ten_minutes() -> None:
    text = "".join(path.read_text() for path in MIGRATIONS.glob("*.sql"))
    assert FOLD.total_seconds() == 600
    assert set(re.findall(r"interval '([^']*)'", text)) == {"10 minutes"}


# --- migrations ----------------------------------------------------------------------------


def test_the_newest_migration_is_the_one_that_the_program_knows() -> None:
    newest = max(MIGRATIONS.glob("*.sql"))
    assert newest.name.partition("_")[0] == SCHEMA
    assert f"'{SCHEMA}'" in newest.read_text()


def vars_of(made: Meeting) -> dict[str, object]:
    """As a program of before had it."""
    return {
        f.name: getattr(made, f.name) for f in fields(made) if f.name not in ("policy", "journey")
    }


@pytest.mark.parametrize("kind", ["system", "embedded"])
def test_the_migrations_apply_on_each_postgres_and_keep_what_is_there(kind: str) -> None:
    """Debian's 15 and the wheel's 18; the hosted service has 17."""
    if kind not in installed():
        pytest.skip(f"there is no {kind} Postgres here")
    with tempfile.TemporaryDirectory(prefix="openproctor-postgres-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        postgres = Postgres(folder, installed()[kind])
        try:
            with psycopg.connect(postgres.url()) as database:
                database.execute(
                    "create schema storage; create table storage.buckets (id text primary key,"
                    " name text, public boolean, file_size_limit bigint, allowed_mime_types text[])"
                )
            apply_migrations(postgres.url(), until=WITH_POLICY)
            with psycopg.connect(postgres.url()) as database:
                made = json.dumps({name: to_json(v) for name, v in vars_of(meeting()).items()})
                database.execute("select add_meeting(%s::jsonb, '[]')", (made,))
            apply_migrations(postgres.url(), after=WITH_POLICY)
            with psycopg.connect(postgres.url()) as database:
                assert database.execute("select schema_version()").fetchone() == (SCHEMA,)
                (known,) = database.execute("select to_jsonb(m) from meeting m").fetchone() or ()
                assert from_json(Meeting, known) == meeting(policy=Policy(), journey=Journey())
                again = json.dumps(to_json(meeting(policy=Policy(), journey=Journey())))
                database.execute("select add_meeting(%s::jsonb, '[]')", (again,))
        finally:
            postgres.end()


def test_both_stores_have_the_same_tables_with_the_same_columns(
    database: psycopg.Connection, tmp_path: Path
) -> None:
    with closing(SqliteStore(tmp_path)) as embedded, embedded._database.read() as db:
        here = db.execute(
            "select t.name, c.name from pragma_table_list t, pragma_table_info(t.name) c"
            " where t.schema = 'main' and t.type = 'table' and t.name not like 'sqlite_%'"
        ).fetchall()
    there = database.execute(
        "select table_name, column_name from information_schema.columns"
        " where table_schema = 'public'"
    ).fetchall()
    shared = {(table, column) for table, column in here if table not in EMBEDDED_ONLY}
    # One counts the changes of all meetings, the other those of each; and SQLite numbers its rows.
    assert shared - set(there) == {("revision", "only")}
    assert set(there) - shared == {("revision", "meeting_id"), ("office_record", "arrival")}

"""Statements of strangers on PostgreSQL: those that work, and the exact answer to those that attack."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from queries.friendly import SCHEMA, VIEWS
from queries.sandbox.job import Job, Limits
from tests.support.environment import clean
from tests.support.postgres_server import PostgresServer
from tests.support.presence_server import MANAGE
from tests.support.processes import run as run_command
from tests.support.sandbox import Answer, Sandbox

MEMORY = Limits(memory_bytes=512 * 2**20)


@pytest.fixture(scope="module")
def postgres_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Workers for PostgreSQL."""
    made = Sandbox("postgresql", tmp_path_factory.mktemp("sandbox"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def database(postgres_server: PostgresServer, prepared_postgres: str) -> Iterator[str]:
    """A migrated database with the role, and a host in it."""
    with psycopg.connect(postgres_server.url(prepared_postgres), autocommit=True) as connection:
        columns = "(name, version, last_seen, kind)" if _has_kind(connection) else "(name, version, last_seen)"
        kind = ", 'machine'" if _has_kind(connection) else ""
        connection.execute(f"INSERT INTO metrics_host {columns} VALUES ('web-1', '1.0', 1700000000000{kind})".encode())
    yield prepared_postgres
    with psycopg.connect(postgres_server.url(prepared_postgres), autocommit=True) as connection:
        connection.execute("DELETE FROM metrics_host")


def _has_kind(connection: psycopg.Connection[Any]) -> bool:
    found = connection.execute(
        "SELECT 1 FROM information_schema.columns WHERE table_name = 'metrics_host' AND column_name = 'kind'"
    )
    return found.fetchone() is not None


@pytest.fixture
def ask(postgres_sandbox: Sandbox, postgres_server: PostgresServer, database: str) -> Any:
    """Run a statement as the console's role."""

    def ask(query: str, **more: Any) -> Answer:
        target = f"host=127.0.0.1 port={postgres_server.port} dbname={database} user={database}_console"
        more.setdefault("search_path", SCHEMA)
        return postgres_sandbox.run(Job("postgresql", target, query, limits=MEMORY, **more))

    return ask


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT 1", [[1]]),
        ("SELECT host FROM hosts WHERE host LIKE 'web%';", [["web-1"]]),
        ("WITH a AS (SELECT 1 AS x) TABLE a", [[1]]),
        ("SELECT 9007199254740993, 'Infinity'::float8, 1.10, '\\x00ff'::bytea",
         [[{"i": "9007199254740993"}, {"f": "Infinity"}, {"n": "1.10"}, {"b": "AP8="}]]),
        ("SELECT '{\"a\": 1}'::jsonb, ARRAY[1, 2], DATE '2024-02-29', TRUE, NULL",
         [['{"a": 1}', "{1,2}", "2024-02-29", True, None]]),
        ("SELECT 5 % 2, '100%', ':x'", [[1, "100%", ":x"]]),
        ("SELECT count(*) FROM generate_series(1, 10)", [[10]]),
    ],
)  # fmt: skip
def test_a_reading_statement_gives_its_rows(ask: Any, query: str, rows: list[Any]) -> None:
    answer = ask(query)
    assert answer.error is None and answer.rows == rows


def test_parameters_take_values(ask: Any) -> None:
    assert ask("SELECT :a::int + 1, :b || '%'", parameters={"a": 41, "b": "'; --"}).rows == [[42, "'; --%"]]
    assert ask("SELECT :a").code == "INVALID_PARAMETERS"


def test_every_column_of_every_view_can_be_read(ask: Any) -> None:
    for view in VIEWS:
        answer = ask(f"SELECT * FROM {view.name} LIMIT 2")
        assert answer.error is None, (view.name, answer.error)
        assert [column["name"] for column in answer.columns] == [column.name for column in view.columns]


def test_a_plan_can_be_looked_at(ask: Any) -> None:
    assert ask("EXPLAIN SELECT * FROM hosts").columns == [{"name": "QUERY PLAN", "type": "text"}]
    assert ask("EXPLAIN ANALYZE DELETE FROM hosts").code == "NOT_ALLOWED"


ATTACKS = [
    ("SELECT * FROM auth_user", "UNKNOWN_NAME"),
    ("SELECT * FROM public.auth_user", "NOT_ALLOWED"),
    ("WITH hosts AS (SELECT password FROM public.auth_user) SELECT * FROM hosts", "NOT_ALLOWED"),
    ("SELECT * FROM public.django_session", "NOT_ALLOWED"),
    ("SELECT * FROM public.metrics_host", "NOT_ALLOWED"),
    ("SELECT rolpassword FROM pg_authid", "NOT_ALLOWED"),
    ("SELECT set_config('statement_timeout', '0', false)", "NOT_ALLOWED"),
    ("SELECT set_config('transaction_read_only', 'off', false)", "NOT_ALLOWED"),
    ("SELECT pg_sleep(100)", "NOT_ALLOWED"),
    ("SELECT pg_sleep_for('1 hour')", "NOT_ALLOWED"),
    ("SELECT lo_create(0)", "NOT_ALLOWED"),
    ("SELECT lo_from_bytea(0, 'x')", "NOT_ALLOWED"),
    ("SELECT lo_import('/etc/passwd')", "NOT_ALLOWED"),
    ("SELECT pg_read_file('/etc/passwd')", "NOT_ALLOWED"),
    ("SELECT pg_ls_dir('/')", "NOT_ALLOWED"),
    ("SELECT pg_advisory_lock(1)", "NOT_ALLOWED"),
    ("SELECT pg_advisory_xact_lock(1)", "NOT_ALLOWED"),
    ("SELECT pg_try_advisory_lock(1)", "NOT_ALLOWED"),
    ("SELECT pg_cancel_backend(1)", "NOT_ALLOWED"),
    ("SELECT pg_terminate_backend(pid) FROM pg_stat_activity", "NOT_ALLOWED"),
    ("SELECT pg_notify('hub', 'x')", "NOT_ALLOWED"),
    ("SELECT query_to_xml('SELECT 1', true, true, '')", "NOT_ALLOWED"),
    ("SELECT pg_logical_emit_message(false, 'a', 'b')", "NOT_ALLOWED"),
    ("SELECT pg_reload_conf()", "NOT_ALLOWED"),
    ("SELECT * FROM dblink('dbname=postgres', 'SELECT 1') AS t(x int)", "UNKNOWN_NAME"),
    ("COPY (SELECT 1) TO '/tmp/presence-stolen'", "NOT_ALLOWED"),
    ("COPY (SELECT 1) TO PROGRAM 'id'", "NOT_ALLOWED"),
    ("COPY (SELECT 1) TO STDOUT", "NOT_ALLOWED"),
    ("INSERT INTO hosts (host) VALUES ('x')", "NOT_ALLOWED"),
    ("UPDATE hosts SET host = 'x'", "NOT_ALLOWED"),
    ("DELETE FROM public.metrics_host", "NOT_ALLOWED"),
    ("WITH x AS (DELETE FROM public.metrics_host RETURNING 1) SELECT * FROM x", "NOT_ALLOWED"),
    ("SELECT * INTO TEMP t FROM hosts", "SYNTAX_ERROR|NOT_ALLOWED"),
    ("CREATE TEMP TABLE x (y int)", "NOT_ALLOWED"),
    ("SELECT * FROM hosts FOR UPDATE", "NOT_ALLOWED"),
    ("SET ROLE presence", "NOT_ALLOWED"),
    ("RESET ROLE", "NOT_ALLOWED"),
    ("SET SESSION AUTHORIZATION presence", "NOT_ALLOWED"),
    ("DO $$ BEGIN END $$", "NOT_ALLOWED"),
    ("BEGIN", "NOT_ALLOWED"),
    ("COMMIT", "NOT_ALLOWED"),
    ("LISTEN hub", "NOT_ALLOWED"),
    ("NOTIFY hub", "NOT_ALLOWED"),
    ("LOCK TABLE public.metrics_host", "NOT_ALLOWED"),
    ("FETCH ALL FROM presence", "NOT_ALLOWED"),
    ("SELECT 1; COMMIT; DROP TABLE public.auth_user", "SEVERAL_STATEMENTS"),
    ("EXPLAIN SELECT 1; COMMIT", "SEVERAL_STATEMENTS"),
    ("", "EMPTY_QUERY"),
    ("SELEC 1", "SYNTAX_ERROR"),
    ("SELECT nope FROM hosts", "UNKNOWN_NAME"),
    ("SELECT repeat('x', 2000000)", "TOO_LARGE"),
    ("SELECT 1 / 0", "QUERY_FAILED"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "codes"), ATTACKS, ids=[query[:60] for query, _ in ATTACKS])
def test_an_attack_gets_its_answer(ask: Any, query: str, codes: str) -> None:
    answer = ask(query)
    assert answer.code in codes.split("|"), answer
    assert answer.rows == []


def test_an_error_says_where(ask: Any) -> None:
    assert ask("SELECT nope FROM hosts").error["position"] == 8
    assert ask("  SELECT 1 +\n FRM hosts").error["position"] == 15


def test_a_superuser_is_refused_as_a_source(
    postgres_sandbox: Sandbox, postgres_server: PostgresServer, database: str
) -> None:
    target = f"host=127.0.0.1 port={postgres_server.port} dbname={database} user=presence"
    answer = postgres_sandbox.run(Job("postgresql", target, "SELECT 1", limits=MEMORY))
    assert answer.error is not None and answer.code == "SOURCE_UNAVAILABLE" and "superuser" in answer.error["message"]


def test_the_app_itself_may_still_lock_and_migrate(postgres_server: PostgresServer, database: str) -> None:
    environ = {"DATABASE_URL": postgres_server.url(database), "PRESENCE_DATA_DIR": os.environ["PRESENCE_DATA_DIR"]}
    for command in (["migrate", "--verbosity", "0"], ["query_role"]):
        done = run_command([*MANAGE, *command], environ=clean(environ))
        assert done.returncode == 0, done.stderr
    sql = run_command([*MANAGE, "query_role", "--sql"], environ=clean(environ))
    assert sql.returncode == 0 and "REVOKE EXECUTE" in sql.stdout
    with psycopg.connect(postgres_server.url(database)) as connection:
        connection.execute(sql.stdout.encode().replace(b"BEGIN;\n", b"").replace(b"COMMIT;", b""))
        connection.execute("SELECT pg_advisory_xact_lock(1)")
        connection.rollback()

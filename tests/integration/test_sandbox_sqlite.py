"""Statements of strangers on SQLite: those that work, and the exact answer to those that attack."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from queries.examples import examples
from queries.friendly import views_for
from queries.sandbox.job import Job, Limits
from tests.support.sandbox import Answer, Sandbox


def run(sandbox: Sandbox, history: Path, query: str, **more: Any) -> Answer:
    more.setdefault("views", views_for("sqlite"))
    return sandbox.run(Job("sqlite", str(history), query, **more))


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT 1", [[1]]),
        ("SELECT count(*) FROM hosts", [[1]]),
        ("SELECT host FROM hosts -- a comment", [["web-1"]]),
        ("SELECT count(*), max(cpu_usage) FROM status_history;", [[1200, 99]]),
        ("WITH a AS (SELECT host FROM hosts) SELECT count(*) FROM a", [[1]]),
        ("WITH hosts AS (SELECT 5 AS x) SELECT x FROM hosts", [[5]]),
        ("SELECT h.host FROM hosts h JOIN status_history s ON s.host = h.host LIMIT 1", [["web-1"]]),
        ("SELECT (SELECT count(*) FROM status_history WHERE cpu_usage > 90)", [[108]]),
        ("SELECT row_number() OVER (ORDER BY timestamp) FROM status_history LIMIT 2", [[1], [2]]),
        ("SELECT time FROM status_history ORDER BY timestamp LIMIT 1", [["2023-11-14 22:13:20.000"]]),
        ("SELECT value FROM json_each('[1,2]')", [[1], [2]]),
        ("SELECT json_extract('{\"a\": 5}', '$.a'), '{\"a\": 5}' ->> 'a'", [[5, 5]]),
        ("SELECT date('2024-01-31', '+1 day'), strftime('%H', '12:30')", [["2024-02-01", "12"]]),
        ("SELECT median(value), percentile(value, 100) FROM json_each('[1,2,9]')", [[2, 9]]),
        ("SELECT round(stddev(value), 3) FROM json_each('[2,4,4,4,5,5,7,9]')", [[2.138]]),
        ("VALUES (1, 'a'), (2, NULL)", [[1, "a"], [2, None]]),
        ("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 3) SELECT x FROM n", [[1], [2], [3]]),
        ("SELECT 9007199254740993, -9007199254740993", [[{"i": "9007199254740993"}, {"i": "-9007199254740993"}]]),
        ("SELECT 1e999, -1e999, NULL", [[{"f": "Infinity"}, {"f": "-Infinity"}, None]]),
        ("SELECT x'00ff', CAST(x'ff41' AS TEXT)", [[{"b": "AP8="}, {"x": "/0E="}]]),
        ("SELECT '中文 \U0001f600'", [["中文 \U0001f600"]]),
    ],
)
def test_a_reading_statement_gives_its_rows(sandbox: Sandbox, history: Path, query: str, rows: list[Any]) -> None:
    answer = run(sandbox, history, query)
    assert answer.error is None
    assert answer.rows == rows
    assert answer.end == {"rows": len(rows), "truncated": False}


FORGED = "WITH {0} AS (SELECT password AS {1} FROM auth_user) SELECT * FROM {0}"
ATTACKS: list[tuple[str, str]] = [
    (FORGED.format("people", "x"), "NOT_ALLOWED"),
    (FORGED.format("hosts", "host"), "NOT_ALLOWED"),
    (FORGED.format('"hosts$0"', "host"), "NOT_ALLOWED"),
    ("SELECT * FROM auth_user", "NOT_ALLOWED"),
    ("SELECT count(*) FROM auth_user", "NOT_ALLOWED"),
    ("SELECT 1 WHERE EXISTS (SELECT 1 FROM auth_user WHERE password LIKE 'p%')", "NOT_ALLOWED"),
    ("SELECT session_data FROM django_session", "NOT_ALLOWED"),
    ("SELECT digest FROM accounts_token", "NOT_ALLOWED"),
    ("SELECT url FROM queries_source", "NOT_ALLOWED"),
    ("SELECT host FROM hosts UNION SELECT username FROM auth_user", "NOT_ALLOWED"),
    ("SELECT name FROM metrics_host", "NOT_ALLOWED"),
    ("SELECT name FROM main.metrics_host", "NOT_ALLOWED"),
    ("SELECT sql FROM sqlite_master", "NOT_ALLOWED"),
    ("SELECT sql FROM sqlite_schema", "NOT_ALLOWED"),
    ("SELECT name FROM sqlite_temp_master", "NOT_ALLOWED"),
    ("SELECT name FROM temp.sqlite_master", "NOT_ALLOWED"),
    ("SELECT * FROM sqlite_sequence", "NOT_ALLOWED"),
    ("SELECT * FROM dbstat", "UNKNOWN_NAME|NOT_ALLOWED"),
    ("SELECT * FROM sqlite_dbpage", "UNKNOWN_NAME|NOT_ALLOWED"),
    ("SELECT * FROM pragma_table_info('auth_user')", "NOT_ALLOWED"),
    ("SELECT * FROM pragma_database_list", "NOT_ALLOWED"),
    ("SELECT count(*) FROM pragma_function_list", "NOT_ALLOWED"),
    ("INSERT INTO auth_user (username) VALUES ('eve')", "NOT_ALLOWED"),
    ("INSERT INTO hosts (host) VALUES ('x')", "NOT_ALLOWED"),
    ("UPDATE auth_user SET is_superuser = 1", "NOT_ALLOWED"),
    ("DELETE FROM metrics_snapshot", "NOT_ALLOWED"),
    ("DELETE FROM hosts", "NOT_ALLOWED"),
    ("WITH x AS (SELECT 1) DELETE FROM auth_user", "NOT_ALLOWED"),
    ("REPLACE INTO auth_user (id) VALUES (1)", "NOT_ALLOWED"),
    ("CREATE TABLE x (y)", "NOT_ALLOWED"),
    ("CREATE TEMP TABLE x AS SELECT 1", "NOT_ALLOWED"),
    ("CREATE TEMP VIEW hosts2 AS SELECT * FROM auth_user", "NOT_ALLOWED"),
    ("CREATE TEMP TRIGGER t INSTEAD OF INSERT ON hosts BEGIN SELECT 1; END", "NOT_ALLOWED"),
    ("DROP VIEW hosts", "NOT_ALLOWED"),
    ("DROP TABLE auth_user", "NOT_ALLOWED"),
    ("ALTER TABLE auth_user RENAME TO x", "NOT_ALLOWED"),
    ("ATTACH '/etc/passwd' AS p", "NOT_ALLOWED"),
    ("DETACH main", "NOT_ALLOWED"),
    ("VACUUM", "NOT_ALLOWED"),
    ("VACUUM INTO '/tmp/presence-stolen.sqlite3'", "NOT_ALLOWED"),
    ("PRAGMA query_only = 0", "NOT_ALLOWED"),
    ("PRAGMA temp_store = 2", "NOT_ALLOWED"),
    ("PRAGMA table_info(auth_user)", "NOT_ALLOWED"),
    ("ANALYZE", "NOT_ALLOWED"),
    ("REINDEX", "NOT_ALLOWED"),
    ("BEGIN", "NOT_ALLOWED"),
    ("COMMIT", "NOT_ALLOWED"),
    ("SAVEPOINT a", "NOT_ALLOWED"),
    ("SELECT load_extension('/tmp/x.so')", "NOT_ALLOWED"),
    ("SELECT readfile('/etc/passwd')", "UNKNOWN_NAME"),
    ("SELECT writefile('/tmp/x', 'y')", "UNKNOWN_NAME"),
    ("SELECT fts3_tokenizer('simple')", "NOT_ALLOWED|UNKNOWN_NAME"),
    ("SELECT zeroblob(1000000000)", "NOT_ALLOWED"),
    ("SELECT randomblob(1000000000)", "NOT_ALLOWED"),
    ("SELECT printf('%.*c', 900000000, 'x')", "NOT_ALLOWED"),
    ("SELECT format('%.*c', 900000000, 'x')", "NOT_ALLOWED"),
    ("SELECT 1; SELECT 2", "SEVERAL_STATEMENTS"),
    ("SELECT 1; DROP TABLE auth_user", "SEVERAL_STATEMENTS"),
    ("", "EMPTY_QUERY"),
    ("-- nothing", "EMPTY_QUERY"),
    (";", "EMPTY_QUERY"),
    ("SELEC 1", "SYNTAX_ERROR"),
    ("SELECT (", "SYNTAX_ERROR"),
    ("SELECT nope FROM hosts", "UNKNOWN_NAME"),
    ("SELECT * FROM nope", "UNKNOWN_NAME"),
    ("SELECT nope(1)", "UNKNOWN_NAME"),
    ("SELECT :x", "INVALID_PARAMETERS"),
    ("SELECT " + "(" * 5_000 + "1" + ")" * 5_000, "SYNTAX_ERROR|TOO_LARGE"),
    ("SELECT " + "1+" * 50_000 + "1", "TOO_LARGE|OUT_OF_MEMORY"),
    ("SELECT '" + "x" * 1_100_000 + "'", "TOO_LARGE"),
    (" UNION ".join(["SELECT 1"] * 500), "TOO_LARGE"),
    ("SELECT hex(hex(hex('" + "x" * 200_000 + "')))", "TOO_LARGE"),
    ("SELECT replace('" + "x" * 10_000 + "', 'x', '" + "y" * 10_000 + "')", "TOO_LARGE"),
    ("SELECT group_concat(a.message || b.time) FROM status_history a, status_history b", "UNKNOWN_NAME"),
    ("SELECT group_concat(a.time) FROM status_history a, status_history b", "TOO_LARGE"),
    ("SELECT json_group_array(a.time) FROM status_history a, status_history b", "TOO_LARGE"),
]


@pytest.mark.parametrize(("query", "codes"), ATTACKS, ids=[query[:60] for query, _ in ATTACKS])
def test_an_attack_gets_its_answer(sandbox: Sandbox, history: Path, query: str, codes: str) -> None:
    answer = run(sandbox, history, query)
    assert answer.code in codes.split("|"), answer
    assert answer.rows == [] and answer.end is None


def test_what_was_attacked_is_unharmed_and_nothing_was_left_behind(sandbox: Sandbox, history: Path) -> None:
    assert run(sandbox, history, "SELECT count(*) FROM status_history").rows == [[1200]]
    assert not Path("/tmp/presence-stolen.sqlite3").exists()
    assert list(sandbox.folder.iterdir()) == []


ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "


def test_endless_work_ends_at_the_limit_of_processor_time(sandbox: Sandbox, history: Path) -> None:
    answer = run(sandbox, history, ENDLESS + "SELECT count(*) FROM n", limits=Limits(cpu_seconds=1))
    assert answer.status == -24  # SIGXCPU: the executor says CPU_LIMIT
    assert "running" in answer.steps


@pytest.mark.parametrize(
    ("query", "code"),
    [
        # sorting spills to disk, up to the largest file
        (ENDLESS + "SELECT x, hex(x) || hex(x) FROM n ORDER BY 2 DESC", "OUT_OF_DISK"),
        (ENDLESS + "SELECT median(x) FROM n", "TOO_LARGE"),
        ("SELECT json_array_length(json_group_array(x)) FROM (" + ENDLESS + "SELECT x FROM n)", "OUT_OF_MEMORY"),
    ],
)
def test_a_bomb_is_ended_by_a_limit(sandbox: Sandbox, history: Path, query: str, code: str) -> None:
    limits = Limits(disk_bytes=4 * 2**20, memory_bytes=96 * 2**20, heap_bytes=32 * 2**20, cpu_seconds=60)
    assert run(sandbox, history, query, limits=limits).code == code


def test_a_worker_can_neither_open_files_nor_sockets_nor_start_programs(sandbox: Sandbox, history: Path) -> None:
    answer = run(sandbox, history, "SELECT 1")
    assert answer.missing == []  # this kernel has both walls


def test_the_message_of_an_error_says_where_and_what(sandbox: Sandbox, history: Path) -> None:
    assert run(sandbox, history, "SELECT host\nFRMO hosts").error == {
        "code": "SYNTAX_ERROR",
        "message": 'Near "hosts": syntax error.',
        "position": 18,
    }
    error = run(sandbox, history, "SELECT * FROM auth_user").error
    assert error is not None and error["message"].startswith("auth_user can't be read here. There are: hosts, ")


def test_parameters_take_values(sandbox: Sandbox, history: Path) -> None:
    answer = run(
        sandbox,
        history,
        "SELECT count(*), :text FROM status_history WHERE cpu_usage >= :least",
        parameters={"least": 99, "text": "'; DROP TABLE auth_user; --"},
    )
    assert answer.rows == [[12, "'; DROP TABLE auth_user; --"]]


def test_more_rows_than_the_limit_are_cut_off_and_that_is_said(sandbox: Sandbox, history: Path) -> None:
    answer = run(sandbox, history, "SELECT * FROM status_history", limits=Limits(rows=700))
    assert len(answer.rows) == 700 and answer.end == {"rows": 700, "truncated": "rows"}
    exact = run(sandbox, history, "SELECT 1 FROM status_history LIMIT 700", limits=Limits(rows=700))
    assert exact.end == {"rows": 700, "truncated": False}


def test_more_bytes_than_the_limit_are_cut_off_and_that_is_said(sandbox: Sandbox, history: Path) -> None:
    answer = run(sandbox, history, "SELECT time FROM status_history", limits=Limits(bytes=2_000))
    assert answer.end is not None and answer.end["truncated"] == "bytes"
    assert 0 < len(answer.rows) < 100


def test_chunks_have_at_most_500_rows_or_64_kib(sandbox: Sandbox, history: Path) -> None:
    answer = run(sandbox, history, "SELECT timestamp FROM status_history")
    assert len(answer.rows) == 1200 and max(map(len, answer.chunks)) == 500
    wide = run(sandbox, history, "SELECT hex(replace(hex(x'00'), '0', 'abcdefghij')) || timestamp FROM status_history")
    assert sum(map(len, wide.chunks)) == 1200
    assert [len(chunk) for chunk in wide.chunks][:1] == [1]  # the first row does not wait for others


def test_many_large_cells_come_whole(sandbox: Sandbox, history: Path) -> None:
    large = "replace(replace(hex(x'0000000000'), '0', '0123456789'), '0', '" + "z" * 9_000 + "')"
    answer = run(sandbox, history, f"SELECT {large} || timestamp FROM status_history LIMIT 200")
    assert answer.error is None and len(answer.rows) == 200
    assert {len(chunk) for chunk in answer.chunks} == {1}


def test_the_total_is_counted_when_asked_for(sandbox: Sandbox, history: Path) -> None:
    answer = run(sandbox, history, "SELECT * FROM status_history;", count_rows=True)
    assert answer.total == 1200 and "counting" in answer.steps
    assert run(sandbox, history, "SELECT * FROM status_history").total is None


def test_a_failed_count_says_nothing_about_the_statement(sandbox: Sandbox, history: Path) -> None:
    answer = run(sandbox, history, "SELECT 1) FROM auth_user --", count_rows=True)
    assert answer.code == "SYNTAX_ERROR"


def test_without_views_every_table_of_a_source_is_open_but_not_its_schema(sandbox: Sandbox, history: Path) -> None:
    assert run(sandbox, history, "SELECT count(*) FROM metrics_snapshot", views=()).rows == [[1200]]
    assert run(sandbox, history, "SELECT * FROM sqlite_master", views=()).code == "NOT_ALLOWED"
    assert run(sandbox, history, "DELETE FROM metrics_snapshot", views=()).code == "NOT_ALLOWED"


def test_a_file_that_is_no_database_is_told(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("no database " * 100)
    assert sandbox.run(Job("sqlite", str(tmp_path / "x.db"), "SELECT 1")).code == "SOURCE_UNAVAILABLE"
    assert sandbox.run(Job("sqlite", str(tmp_path / "none.db"), "SELECT 1")).code == "SOURCE_UNAVAILABLE"
    assert not (tmp_path / "none.db").exists()


def test_every_column_of_every_view_can_be_read(sandbox: Sandbox, history: Path) -> None:
    for view in views_for("sqlite"):
        answer = run(sandbox, history, f"SELECT * FROM {view.name} LIMIT 2")
        assert answer.error is None, (view.name, answer.error)


def test_every_example_runs(sandbox: Sandbox, history: Path) -> None:
    values = {"host": "web-1", "since": 0}
    for example in examples("sqlite"):
        job = Job("sqlite", str(history), example["query"], views=views_for("sqlite"), parameters=values)
        assert sandbox.run(job).error is None, example

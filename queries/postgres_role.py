"""The role by which the console reads the built-in history on PostgreSQL, and the views it may read.

SELECT on a few views is not wall enough: in a read-only transaction ``set_config``, ``pg_terminate_backend``,
``lo_create``, ``pg_advisory_lock`` and ``pg_notify`` all worked. They are taken from PUBLIC, and given back to the
role that Presence itself uses.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.utils.crypto import salted_hmac
from psycopg import sql
from psycopg.conninfo import make_conninfo

from queries.friendly import SCHEMA, VIEWS

FORBIDDEN = (
    "set_config",
    "pg_sleep%",
    "pg_cancel_backend",
    "pg_terminate_backend",
    "pg_advisory_%",
    "pg_try_advisory_%",
    "pg_notify",
    "lo_%",
    "loread",
    "lowrite",
    "pg_read_%",
    "pg_stat_file",
    "pg_ls_%",
    "pg_logical_emit_message",
    "pg_export_snapshot",
    "pg_reload_conf",
    "pg_rotate_logfile",
    "pg_log_backend_memory_contexts",
    "pg_stat_reset%",
    "pg_current_xact_id",
    "txid_current",
    "query_to_xml%",
    "cursor_to_xml%",
    "dblink%",
)
"""Functions (LIKE patterns) that nobody gets by default any more."""
_CHECK = "pg_catalog.set_config(text, text, boolean)"


def role_name() -> str:
    """Return the name of the role: roles belong to the whole cluster, so it carries the database's."""
    return f"{connection.settings_dict['NAME']}_console"[:63]


def role_password() -> str:
    """Return its password, derived from the secret key: every process knows it, and it is stored nowhere."""
    return salted_hmac("queries.postgres_role", role_name(), algorithm="sha256").hexdigest()


def conninfo() -> str:
    """Return how the console connects to the built-in history."""
    database: dict[str, Any] = connection.settings_dict
    options = {name: value for name, value in database.get("OPTIONS", {}).items() if name.startswith("ssl")}
    return make_conninfo(
        host=database["HOST"] or None,
        port=database["PORT"] or None,
        dbname=database["NAME"],
        user=role_name(),
        password=role_password(),
        **options,
    )


def statements(app_role: str | None = None) -> Iterator[str]:
    """Yield what makes the role and the views, each once more without harm; ``app_role`` is Presence's own."""
    app = sql.SQL("current_user") if app_role is None else sql.Literal(app_role)
    role = sql.Identifier(role_name())
    known = sql.SQL("SELECT FROM pg_catalog.pg_roles WHERE rolname = {}").format(sql.Literal(role_name()))
    yield _text(
        sql.SQL("DO $$ BEGIN IF NOT EXISTS ({}) THEN CREATE ROLE {}; END IF; END $$").format(known, role),
    )
    yield _text(
        sql.SQL(
            "ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT CONNECTION LIMIT 50 PASSWORD {}"
        ).format(role, sql.Literal(role_password()))
    )
    for name, value in (
        ("default_transaction_read_only", "on"),
        ("work_mem", "16MB"),
        ("temp_file_limit", "256MB"),
        ("lock_timeout", "5s"),
    ):
        yield _text(sql.SQL("ALTER ROLE {} SET {} = {}").format(role, sql.Identifier(name), sql.Literal(value)))
    yield from view_statements(app_role)
    patterns = sql.Literal(list(FORBIDDEN))
    yield _text(
        sql.SQL(
            "DO $$ DECLARE f regprocedure; BEGIN FOR f IN SELECT oid::regprocedure FROM pg_catalog.pg_proc"
            " WHERE prokind = 'f' AND proname LIKE ANY ({}::text[]) LOOP"
            " EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f);"
            " EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', f, {}); END LOOP; END $$"
        ).format(patterns, app)
    )


def view_statements(app_role: str | None = None) -> Iterator[str]:
    """Yield what makes the schema and the views anew, and lets the role read them."""
    role, schema = sql.Identifier(role_name()), sql.Identifier(SCHEMA)
    yield drop_statement()
    yield _text(sql.SQL("CREATE SCHEMA {}").format(schema))
    if app_role is not None:  # who migrates has to be able to drop it
        yield _text(sql.SQL("ALTER SCHEMA {} OWNER TO {}").format(schema, sql.Identifier(app_role)))
    for view in VIEWS:
        name = sql.Identifier(SCHEMA, view.name)
        yield _text(sql.SQL("CREATE VIEW {} AS ").format(name)) + view.body("postgresql")
        if app_role is not None:
            yield _text(sql.SQL("ALTER VIEW {} OWNER TO {}").format(name, sql.Identifier(app_role)))
    yield _text(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, role))
    yield _text(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {}").format(schema, role))


def drop_statement() -> str:
    """Return what takes the views away: a migration can't change a column that a view uses."""
    return _text(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(SCHEMA)))


def _text(statement: sql.Composable) -> str:
    return statement.as_string(None)


def role_set_up() -> str:
    """Make the role and the views; return why that could not be, empty when it is done.

    A superuser makes all of it. Anybody else makes the views anew, once a superuser has made the role.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(728401)")  # several processes migrate at once
            for statement in statements() if _superuser(cursor) else view_statements():
                cursor.execute(statement)
            cursor.execute("SELECT has_function_privilege(%s, %s, 'execute')", [role_name(), _CHECK])
            row = cursor.fetchone()
            if row is None or row[0]:
                raise DatabaseError("functions have to be taken from PUBLIC, by a superuser")
    except DatabaseError as error:
        return str(error).partition("\n")[0]
    return ""


def _superuser(cursor: Any) -> bool:
    cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    row = cursor.fetchone()
    return row is not None and bool(row[0])


def views_drop() -> None:
    """Take the views away before a migration."""
    with connection.cursor() as cursor:
        cursor.execute(drop_statement())

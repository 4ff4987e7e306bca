"""Data sources: what may be queried, by whom, and how the sandbox reaches it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import Error as DatabaseTrouble
from django.db import connection

from accounts.secrets import Undecipherable, decrypt, encrypt
from queries.execution import Target
from queries.friendly import SCHEMA, Dialect, views_for
from queries.models import Source
from queries.sandbox.sink import Failure

PURPOSE = "queries.source"
HISTORY = "history"


class BadAddress(ValueError):
    """An address that is none; says what one looks like."""


def dialect() -> Dialect:
    """Return the dialect of the built-in history."""
    return "postgresql" if connection.vendor == "postgresql" else "sqlite"


def history() -> Target:
    """Return the built-in history."""
    if dialect() == "sqlite":
        path = str(settings.DATABASES["default"]["NAME"])
        return Target(None, HISTORY, "sqlite", str(connection.settings_dict["NAME"] or path), views_for("sqlite"))
    from queries import postgres_role  # needs psycopg

    return Target(None, HISTORY, "postgresql", postgres_role.conninfo(), search_path=SCHEMA)


def target_for(source: int | None, *, groups: Iterable[str], is_admin: bool) -> Target:
    """Return where a user's statement runs.

    Raises:
        Failure: when there is no such source for this user.
    """
    if source is None:
        return history()
    try:
        found = Source.objects.select_related("group").filter(id=source, enabled=True).first()
    except DatabaseTrouble:
        raise Failure("SOURCE_UNAVAILABLE", "The list of sources can't be read now.") from None
    if found is None or not may_query(found, groups=groups, is_admin=is_admin):
        raise Failure("SOURCE_NOT_FOUND", "There is no such data source for you.")
    try:
        return target_of(found)
    except (Undecipherable, BadAddress) as error:
        raise Failure("SOURCE_UNAVAILABLE", str(error)) from None


def target_of(source: Source) -> Target:
    """Return a source as the sandbox needs it.

    Raises:
        Undecipherable: when its address was encrypted with another key.
    """
    address = decrypt(source.url, purpose=PURPOSE)
    if source.kind == Source.Kind.SQLITE:
        address = str(sqlite_path(address))
        return Target(source.pk, source.name, "sqlite", address)
    return Target(source.pk, source.name, "postgresql", address)


def may_query(source: Source, *, groups: Iterable[str], is_admin: bool) -> bool:
    """Tell whether an analyst of these groups may query a source."""
    return is_admin or source.group is None or source.group.name in set(groups)


def address_check(url: str) -> str:
    """Return the kind of an address, after a look at what can be known without connecting.

    Raises:
        BadAddress: with what to change.
    """
    try:
        scheme = urlsplit(url).scheme
    except ValueError as error:
        raise BadAddress(f"The address can't be read: {error}.") from None
    if scheme == "sqlite":
        path = sqlite_path(url)
        if not path.is_file():
            raise BadAddress(f"There is no file at {path}.")
        if _is_own(path):
            raise BadAddress("This is Presence's own database; its history is there as the built-in source.")
        return Source.Kind.SQLITE
    if scheme in ("postgres", "postgresql"):
        return _check_postgres(url)
    raise BadAddress("Begin with sqlite:////path/of/file.db or postgresql://user:password@host/database.")


def _check_postgres(url: str) -> str:
    try:
        from psycopg.conninfo import conninfo_to_dict
    except ImportError:
        raise BadAddress("PostgreSQL needs psycopg: pip install 'presence[postgres]'.") from None
    from psycopg import ProgrammingError

    try:
        values = conninfo_to_dict(url)
    except ProgrammingError as error:
        raise BadAddress(f"The address can't be read: {error}") from None
    own: dict[str, Any] = connection.settings_dict
    if connection.vendor == "postgresql" and (values.get("user"), values.get("dbname")) == (own["USER"], own["NAME"]):
        raise BadAddress("This is Presence's own role and database; use a role that may only read.")
    return Source.Kind.POSTGRESQL


def sqlite_path(url: str) -> Path:
    """Return the file of ``sqlite:////absolute/path``.

    Raises:
        BadAddress: when it is not absolute.
    """
    path = Path(unquote(urlsplit(url).path[1:] if url.startswith("sqlite:////") else ""))
    if not path.is_absolute():
        raise BadAddress("A SQLite address has four slashes and an absolute path: sqlite:////path/of/file.db")
    return path


def _is_own(path: Path) -> bool:
    """Also through a link, and also the files beside it: the whole data folder is off limits."""
    real = path.resolve()
    own = connection.settings_dict["NAME"]
    if real.is_relative_to(Path(settings.DATA_DIR).resolve()):
        return True
    return connection.vendor == "sqlite" and Path(own).exists() and real.samefile(own)


def source_save(source: Source, *, url: str | None = None, **values: Any) -> Source:
    """Create or change a source; ``url`` is kept encrypted, None leaves it as it is.

    Raises:
        BadAddress: when the address is none.
    """
    if url is not None:
        source.kind = address_check(url)
        source.url = encrypt(url, purpose=PURPOSE)
    for name, value in values.items():
        setattr(source, name, value)
    source.save()
    return source


def group_named(name: str | None) -> Group | None:
    """Return the group of that name.

    Raises:
        Group.DoesNotExist: when there is none.
    """
    return Group.objects.get(name=name) if name else None

"""On PostgreSQL the friendly views step aside for a migration and are made anew after it, with the role that reads
them. On SQLite they exist only within an execution."""

from __future__ import annotations

import logging
from typing import Any

from django.db import DatabaseError, connection

logger = logging.getLogger(__name__)


def views_away(**_: Any) -> None:
    """Drop the views: a migration can't change a column that a view uses."""
    if connection.vendor == "postgresql":
        from queries.postgres_role import views_drop

        try:
            views_drop()
        except DatabaseError as error:
            logger.warning("The console's views can't be dropped: %s", str(error).strip())


def views_back(**_: Any) -> None:
    """Make role and views where the database user may; where not, say what to do."""
    if connection.vendor == "postgresql":
        from queries.postgres_role import role_set_up

        if problem := role_set_up():
            logger.warning("The query console is not ready (%s): see `manage.py query_role --help`.", problem)

"""Puts the database of the tests back to what migrations have left in it, after a test that commits.

Django's flush truncates all tables, and creates content types and permissions again: this costs more than most tests. On
PostgreSQL it also waits for each transaction that a thread of the test has left open. And it loses what migrations created.
"""

from django.apps import apps
from django.db import connection, transaction

KEPT = "kept_rows_of_"


def remember() -> list[str]:
    """Copy each table that has rows, and return their names. Call it once, when the database has just been created."""
    kept = []
    with connection.cursor() as cursor:
        for table in _tables():
            cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {_quoted(table)})")
            if cursor.fetchone()[0]:
                cursor.execute(f"CREATE TABLE {_quoted(KEPT + table)} AS SELECT * FROM {_quoted(table)}")
                kept.append(table)
    return kept


def put_back(kept: list[str]) -> None:
    """Delete the rows of all tables and insert those that were remembered. Constraints are deferred to the end of it."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table in _tables():
            cursor.execute(f"DELETE FROM {_quoted(table)}")
        for table in kept:
            copy = _quoted(KEPT + table)
            cursor.execute(f"SELECT * FROM {copy} LIMIT 0")
            columns = ", ".join(
                _quoted(column[0]) for column in cursor.description
            )  # a migrated table may order others
            cursor.execute(f"INSERT INTO {_quoted(table)} ({columns}) SELECT {columns} FROM {copy}")


def _tables() -> list[str]:
    models = apps.get_models(include_auto_created=True)
    return sorted({model._meta.db_table for model in models if model._meta.managed and not model._meta.proxy})


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)

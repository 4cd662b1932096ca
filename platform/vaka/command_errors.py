"""The errors of commands that a person can mend, as sentences: a traceback would bury what to do."""

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from vaka import operator_commands
from vaka.ops.errors import CannotStart

NO_TABLES = "This site's database has no tables yet. Start the site once ({start}), then try again."


def sentence(error: Exception) -> str:
    """Return what the person at the command line reads instead of a traceback; empty where it is an error of ours."""
    if isinstance(error, ImproperlyConfigured | CannotStart):
        return str(error)
    is_before_the_first_start = isinstance(error, DatabaseError) and is_a_missing_table(error)
    return NO_TABLES.format(start=operator_commands.start()) if is_before_the_first_start else ""


def is_a_missing_table(error: DatabaseError) -> bool:
    """Whether a table was asked for that is not there, as before the first start."""
    # Imported only here: it takes time, and each program of a site begins as a command
    from psycopg.errors import UndefinedTable

    # SQLite has no code for it
    return isinstance(error.__cause__, UndefinedTable) or str(error).startswith("no such table")

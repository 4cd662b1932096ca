"""Keeps the files beside SQLite's database while the site runs.

SQLite removes ``-wal`` and ``-shm`` with its last connection. The next one makes them again, at first with the mode that the umask
leaves, then with the database's own. In between, the site's account may be able only to read a file that ``vaka-engine``
has just made, and its request ends with "attempt to write a readonly database". So one connection stays open.
"""

import sqlite3

from django.db import connection


def keep_open() -> sqlite3.Connection | None:
    """Return a connection to the database, to be held while the process lives. None: the database is not SQLite's.

    It begins no transaction, so it hinders nobody. A process that forks must not hold one.
    """
    if connection.vendor != "sqlite":
        return None
    kept = sqlite3.connect(connection.settings_dict["NAME"], uri=True, check_same_thread=False)
    kept.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return kept

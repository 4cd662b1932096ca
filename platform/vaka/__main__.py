"""The commands of a site: ``vaka`` where Vaka is installed as a package, ``manage.py`` in a clone."""

import os
import sys


def main() -> None:
    """Run the command of the command line, as the account that it needs."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vaka.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import DatabaseError

    from vaka.ops.errors import CannotStart

    try:
        if os.geteuid() == 0:
            from vaka.ops import privileges

            privileges.give_up(sys.argv[1:])
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, CannotStart) as reason:  # a sentence for people, which a traceback would bury
        sys.exit(f"{reason}")
    except DatabaseError as error:
        if not is_a_missing_table(error):
            raise
        sys.exit("This site's database has no tables yet. Start the site once (make run), then try again.")


def is_a_missing_table(error: Exception) -> bool:
    """Tell whether a table was asked for that is not there, as before the first start."""
    from psycopg.errors import UndefinedTable

    return isinstance(error.__cause__, UndefinedTable) or f"{error}".startswith(
        "no such table"
    )  # SQLite has no code for it


if __name__ == "__main__":
    main()

"""The commands of a site: ``vaka`` where Vaka is installed as a package, ``manage.py`` in a clone."""

import os
import sys


def main() -> None:
    """Run the command of the command line, as the account that it needs."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vaka.settings")
    from django.core.management import execute_from_command_line

    from vaka import command_errors

    try:
        if os.geteuid() == 0:
            from vaka.ops import privileges

            privileges.give_up(sys.argv[1:])
        execute_from_command_line(sys.argv)
    except Exception as error:
        if not (sentence := command_errors.sentence(error)):
            raise
        sys.exit(sentence)


if __name__ == "__main__":
    main()

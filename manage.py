#!/usr/bin/env python3
"""Set the settings module and run the command."""

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(1, str(Path(__file__).resolve().parent / "platform"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vaka.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from vaka.ops.errors import CannotStart

    try:
        if os.geteuid() == 0:
            from vaka.ops import privileges

            privileges.give_up(sys.argv[1:])
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, CannotStart) as reason:  # a sentence for people, which a traceback would bury
        sys.exit(f"{reason}")

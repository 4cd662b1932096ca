"""The site that `docker/setup install` has installed: the places of its unit, data and backups, its commands, and what it answers.

It uses Python 3.8 and the standard library only, because nothing else is installed yet.
"""

import os
import subprocess
from pathlib import Path

import environment_file
from steps import WITHIN, Stop, finish
from system_files import UNITS

UNIT = "vaka"
UNIT_FILE = UNITS / f"{UNIT}.service"
STATE = Path(environment_file.FIXED["VAKA_STATE"])
BACKUPS = Path("/var/backups/vaka")
UNKNOWN_OPTION = 2  # the status of a command of an older version


def unit_of(release):
    return (release / "docker/service/vaka.service").read_text(encoding="utf-8")


def last_line(said):
    return said.strip().rpartition("\n")[2]


def manage(release, *words):
    return [str(release / ".venv/bin/python"), str(release / "manage.py"), *words]


def as_site():
    return {"env": {**os.environ, **environment_file.of_the_site()}, "cwd": "/"}


def has_data():
    """Return whether there is a site already, perhaps one that was uninstalled."""
    database = STATE / "database/db.sqlite3"
    return environment_file.FILE.exists() and (database.exists() or "DATABASE_URL" in environment_file.of_the_site())


def must_take_over(release):
    """Raise Stop if this release cannot take over the data of the site. The site goes on as it is."""
    asked = manage(release, "can_upgrade", "--backups", str(BACKUPS))
    status, said = finish(asked, "Looking at the data", WITHIN, stderr=subprocess.STDOUT, **as_site())
    if status:
        raise Stop(f"The upgrade was refused, and the site goes on as before.\n    {said.strip()}")


def must_have_no_open_exam(release):
    """Raise Stop if the release that runs has an open exam, whose labs would end with it, or cannot say."""
    asked = manage(release, "can_upgrade", "--exams")
    status, said = finish(asked, "Looking for an open exam", WITHIN, stderr=subprocess.STDOUT, **as_site())
    if status == UNKNOWN_OPTION:
        said = "Its version cannot be asked whether an exam is open. The rooms of the workshops show it."
    if status:
        raise Stop(
            f"The site goes on as before: stopping it ends the labs of an exam.\n    {said.strip()}\n"
            f"If no exam may keep you from it, stop the site yourself (systemctl stop {UNIT}), and run this again."
        )

"""Commands: an error that a person can mend is a sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import ProgrammingError
from psycopg.errors import UndefinedTable

from vaka import command_errors

CLONE = Path(command_errors.__file__).parents[2]


@pytest.mark.parametrize(
    ("command", "unit", "start"), [("fits", "", "make run"), ("people", "vaka", "systemctl start vaka")]
)
def test_before_the_first_start_a_command_says_that_the_site_must_be_started(command, unit, start, tmp_path):
    ended = subprocess.run(
        [sys.executable, "manage.py", command],
        cwd=CLONE,
        env=os.environ | {"VAKA_STATE": str(tmp_path), "VAKA_UNIT": unit},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 1
    assert ended.stderr.endswith(
        f"This site's database has no tables yet. Start the site once ({start}), then try again.\n"
    )
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(("cause", "is_missing"), [(UndefinedTable("accounts_user"), True), (None, False)])
def test_postgresql_says_it_by_the_kind_of_the_error(cause, is_missing):
    error = ProgrammingError("relation does not exist")
    error.__cause__ = cause
    assert command_errors.is_a_missing_table(error) is is_missing

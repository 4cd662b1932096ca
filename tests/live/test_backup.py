"""A backup of a site with PostgreSQL. With SQLite, tests/live/test_resume.py moves a whole site."""

import importlib.machinery
import importlib.util
import os
from contextlib import closing

import psycopg
import pytest

from labs.engine.shared import pace
from tests.live.whole_site import CLONE, manage

pytestmark = pytest.mark.live


@pytest.fixture
def server():
    """The URL of an empty database on a PostgreSQL of our own."""
    loader = importlib.machinery.SourceFileLoader("tests_run", str(CLONE / "tests/run"))
    run = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(run)
    with run.postgresql() as url:
        yield url


def command(database, state, *words):
    told = {**os.environ, "DATABASE_URL": database, "VAKA_STATE": str(state), "DJANGO_SETTINGS_MODULE": "vaka.settings"}
    return manage(told, *words, timeout=pace.seconds(120))


def test_a_site_with_postgresql_is_restored_into_an_empty_database_and_into_no_other(server, tmp_path):
    file = tmp_path / "site.tar.gz"
    assert command(server, tmp_path / "state", "migrate", "--no-input").returncode == 0
    where = server.partition("?host=")[2]
    with closing(psycopg.connect(f"host={where} user=vaka dbname=postgres", autocommit=True)) as connection:
        connection.execute("INSERT INTO auth_group (name) VALUES ('the reef')")
        connection.execute("CREATE DATABASE elsewhere")
    done = command(server, tmp_path / "state", "backup", str(file))
    assert done.returncode == 0, done.stderr

    refused = command(server, tmp_path / "state", "restore", str(file))
    assert refused.returncode == 1
    assert "tables already" in refused.stderr
    assert "Traceback" not in refused.stderr

    elsewhere = server.replace("/postgres?", "/elsewhere?")
    done = command(elsewhere, tmp_path / "new", "restore", str(file))
    assert done.returncode == 0, done.stderr
    with closing(psycopg.connect(f"host={where} user=vaka dbname=elsewhere")) as connection:
        assert connection.execute("SELECT name FROM auth_group WHERE name = 'the reef'").fetchone() == ("the reef",)
    assert (tmp_path / "new/site_id").read_text() == (tmp_path / "state/site_id").read_text()

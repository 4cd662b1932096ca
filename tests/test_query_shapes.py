"""PostgreSQL gets the tests that together send each query of all tests."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import query_shapes
from tests.query_shapes import Record, chosen, shape_of

SOME_TESTS = """
import threading
import pytest
from django.db import IntegrityError, connection
from vaka.accounts.models import User

@pytest.mark.django_db
def test_counts():
    User.objects.count()

@pytest.mark.django_db
def test_counts_and_lists():
    User.objects.count()
    list(User.objects.filter(pk__in=[1, 2, 3]))

@pytest.mark.django_db
def test_lists_more():
    list(User.objects.filter(pk__in=[1, 2, 3, 4]))

@pytest.mark.django_db(transaction=True)
def test_counts_without_a_transaction():
    User.objects.count()

@pytest.mark.django_db(transaction=True)
def test_counts_in_a_thread():
    def count():
        User.objects.count()
        connection.close()
    thread = threading.Thread(target=count)
    thread.start()
    thread.join()

@pytest.mark.django_db
def test_fails_in_the_database():
    User.objects.create(username="ada")
    with pytest.raises(IntegrityError):
        User.objects.create(username="ada")

def test_needs_no_database():
    pass
"""


def record(*shapes: str, seconds: float = 1.0, always: bool = False) -> Record:
    return Record(frozenset(shapes), seconds, always)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("WHERE id IN (%s, %s)", "WHERE id IN (%s)"),
        ("VALUES (%s, %s), (%s, %s)", "VALUES (%s, %s)"),
        ("LIMIT 21", "LIMIT 1"),
        ('SAVEPOINT "s140_x7"', 'SAVEPOINT "s9_x12"'),
    ],
)
def test_queries_that_differ_in_numbers_only_have_the_same_shape(one, other):
    assert shape_of(one) == shape_of(other)


def test_other_columns_and_errors_and_queries_outside_a_transaction_are_other_shapes():
    assert shape_of("SELECT a FROM t") != shape_of("SELECT b FROM t")
    assert shape_of("INSERT INTO t", ValueError()) != shape_of("INSERT INTO t")
    assert shape_of("SELECT a FROM t", in_transaction=False) != shape_of("SELECT a FROM t")


def test_each_query_of_all_tests_is_sent_by_a_test_that_is_chosen():
    records = {"a": record("1", "2"), "b": record("2", "3"), "c": record("1"), "d": record("4")}
    names = chosen(records)
    assert names == {"a", "b", "d"}


def test_of_two_tests_with_the_same_queries_the_shorter_one_is_chosen():
    assert chosen({"long": record("1", seconds=9.0), "short": record("1")}) == {"short"}


def test_tests_that_always_run_are_chosen_first_and_others_only_for_what_these_lack():
    assert chosen({"locks": record("1", always=True), "views": record("1"), "more": record("2")}) == {"locks", "more"}


def run(folder: Path, **environment: str) -> str:
    (folder / "test_some.py").write_text(SOME_TESTS)
    (folder / "conftest.py").write_text("from tests.conftest import pytest_itemcollected")
    settings = Path(query_shapes.__file__).parent.parent / "pyproject.toml"
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "--no-migrations", "-p", "tests.query_shapes"]
    done = subprocess.run(
        [*command, "--rootdir", str(folder), "-c", str(settings), str(folder)],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_run_records_its_queries_and_a_run_of_the_chosen_tests_leaves_the_others_out(tmp_path):
    folder, records = tmp_path / "tests", tmp_path / "records"
    folder.mkdir()
    records.mkdir()
    assert "7 passed" in run(folder, **{query_shapes.RECORDS: str(records)})
    found = query_shapes.read(records)
    assert len(found) == 6
    names = {name.rpartition("::")[2] for name in chosen(found)}
    assert {"test_counts_without_a_transaction", "test_counts_in_a_thread", "test_fails_in_the_database"} <= names
    assert len(names & {"test_counts_and_lists", "test_lists_more"}) == 1
    assert "test_counts" not in names
    (tmp_path / "chosen").write_text(json.dumps(sorted(chosen(found))))
    assert f"{len(names)} passed" in run(folder, **{query_shapes.CHOSEN: str(tmp_path / "chosen")})

"""A pytest plugin: the tests that together send each query of all tests. PostgreSQL gets these, so that not everything runs twice.

The unit tests, on SQLite, record the shapes of the queries of each test. A shape is the text of a query without the numbers in it,
with the error that it raised, if it did, and whether it was sent in a transaction. Of the tests that use the database, PostgreSQL
then gets

- those whose threads have connections of their own: they try what databases do differently, such as locks;
- those of FILES_ABOUT_VALUES: what a database does with a value does not depend on the query;
- of all others as many as are needed for each shape.
"""

import hashlib
import json
import os
import re
import threading
import time
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

RECORDS = "VAKA_TEST_QUERIES"  # a folder, with a file of each process that records
CHOSEN = "VAKA_TESTS_CHOSEN"  # a file with the ids of the tests that run
FILES_ABOUT_VALUES = ("vaka/test_long_texts.py", "vaka/test_unusual_numbers.py", "vaka/test_initial_rows.py")
LIST = re.compile(r"\(%s(?:, %s)+\)|\(%s\)(?:, \(%s\))+")  # of parameters
NUMBER = re.compile(r"\d+")


class Record(NamedTuple):
    """The queries of one test. ``always``: PostgreSQL gets this test, whatever it sends."""

    shapes: frozenset[str]
    seconds: float
    always: bool


def shape_of(query: str, error: BaseException | None = None, *, in_transaction: bool = True) -> str:
    """The shape of a query, as a short digest of it."""
    text = query
    while (shorter := LIST.sub("(%s)", text)) != text:
        text = shorter
    said = f"{NUMBER.sub('0', text)} {type(error).__name__ if error else ''} {in_transaction}"
    return hashlib.blake2b(said.encode(), digest_size=8).hexdigest()


def chosen(records: dict[str, Record]) -> set[str]:
    """The tests that together have each shape: those that always run, then always the one with most new shapes a second."""
    names = {name for name, record in records.items() if record.always}
    sent = frozenset(shape for name in names for shape in records[name].shapes)
    lacking = {name: new for name, record in records.items() if (new := record.shapes - sent)}
    while lacking:
        best = max(lacking, key=lambda name: len(lacking[name]) / (records[name].seconds + 0.01))
        names.add(best)
        sent = lacking[best]
        lacking = {name: rest for name, new in lacking.items() if (rest := new - sent)}
    return names


def read(folder: Path) -> dict[str, Record]:
    """Return what all processes have recorded, by the ids of the tests."""
    found: dict[str, Record] = {}
    for file in folder.glob("*.json"):
        for name, (shapes, seconds, always) in json.loads(file.read_text()).items():
            found[name] = Record(frozenset(shapes), seconds, always)
    return found


class Recorder:
    def __init__(self, file: Path) -> None:
        self._file, self._records = file, dict[str, Record]()
        self._migrates = False

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Record the queries of a test and of its fixtures."""
        if not item.get_closest_marker("database"):
            return (yield)
        # Not before pytest-django has read the settings
        from django.db import connection
        from django.db.backends.signals import connection_created

        shapes, threads = set[str](), set[threading.Thread]()

        def note(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
            in_transaction = connection.in_atomic_block
            try:
                result = execute(sql, params, many, context)
            except Exception as error:
                shapes.add(shape_of(str(sql), error, in_transaction=in_transaction))
                raise
            if not self._migrates:
                shapes.add(shape_of(str(sql), in_transaction=in_transaction))
            return result

        def note_thread(**_signal: Any) -> None:
            threads.add(threading.current_thread())

        begun = time.monotonic()
        connection_created.connect(note_thread)
        try:
            with connection.execute_wrapper(note):
                result = yield
        finally:
            connection_created.disconnect(note_thread)
        always = bool(threads - {threading.main_thread()}) or is_about_values(item)
        self._records[item.nodeid] = Record(frozenset(shapes), time.monotonic() - begun, always)
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, Any]:
        """Record nothing while the database of the tests is made, which every run does."""
        before, self._migrates = self._migrates, self._migrates or fixturedef.argname == "django_db_setup"
        try:
            return (yield)
        finally:
            self._migrates = before

    def pytest_sessionfinish(self) -> None:
        if self._records:
            told = {name: (sorted(one.shapes), one.seconds, one.always) for name, one in self._records.items()}
            self._file.write_text(json.dumps(told))


class Chooser:
    def __init__(self, names: Iterable[str]) -> None:
        self._names = set(names)

    @pytest.hookimpl(trylast=True)  # after the ids have been asked for by markers
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Leave out what is not chosen."""
        others = [item for item in items if item.nodeid not in self._names]
        items[:] = [item for item in items if item.nodeid in self._names]
        config.hook.pytest_deselected(items=others)


def is_about_values(item: pytest.Item) -> bool:
    return item.nodeid.partition("::")[0].endswith(FILES_ABOUT_VALUES)


def pytest_configure(config: pytest.Config) -> None:
    if file := os.environ.get(CHOSEN):
        config.pluginmanager.register(Chooser(json.loads(Path(file).read_text())))
    elif folder := os.environ.get(RECORDS):
        worker = getattr(config, "workerinput", {}).get("workerid", "main")
        config.pluginmanager.register(Recorder(Path(folder) / f"{worker}.json"))

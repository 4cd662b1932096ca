"""No test is lost between the parts of `make test`."""

from types import SimpleNamespace

import pytest

from tests.marks_of_folders import TESTS, in_no_part


def item(file, *marks):
    return SimpleNamespace(path=TESTS / file, nodeid=file, get_closest_marker=lambda name: name in marks)


@pytest.mark.parametrize(
    ("file", "marks"),
    [("live/test_a.py", []), ("browser/test_a.py", ["live"]), ("test_a.py", ["live"]), ("vaka/test_a.py", ["browser"])],
)
def test_a_test_that_no_part_would_run_is_named(file, marks):
    [said] = in_no_part(item(file, *marks))
    assert said.startswith(f"{file} ")


@pytest.mark.parametrize(
    ("file", "marks"),
    [("live/test_a.py", ["live"]), ("browser/terminals/test_a.py", ["live", "browser"]), ("labs/live/test_a.py", [])],
)
def test_a_test_with_the_mark_of_its_folder_runs(file, marks):
    assert list(in_no_part(item(file, *marks))) == []

"""Files of tests that take long begin first."""

from types import SimpleNamespace

import pytest

from tests.slow_files import LONGEST_FIRST, TESTS, first_to_last


def test_slow_files_come_first_and_all_else_stays_in_its_order():
    names = ("a.py", "slow.py", "b.py", "slowest.py", "a.py", "slow.py")
    items = [SimpleNamespace(path=TESTS / name, number=number) for number, name in enumerate(names)]
    assert [item.number for item in first_to_last(items, ("slowest.py", "slow.py"))] == [3, 1, 5, 0, 2, 4]


@pytest.mark.parametrize("name", LONGEST_FIRST)
def test_a_slow_file_exists(name):
    assert (TESTS / name).is_file()

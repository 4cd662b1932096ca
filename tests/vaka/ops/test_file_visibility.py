import os
from pathlib import Path

import pytest

from vaka.ops import file_visibility
from vaka.ops.errors import CannotStart
from vaka.ops.file_visibility import Cover


def closed(*folders):
    """Say which folders the account may enter: all but these."""
    return lambda folder: folder not in map(Path, folders)


def test_a_clone_in_the_open_needs_no_cover():
    assert file_visibility.plan([Path("/srv/vaka"), Path("/usr/bin/python3.13")], closed("/root")) == []


def test_a_clone_below_root_is_shown_and_nothing_else_of_it():
    plan = file_visibility.plan([Path("/root/x/clone"), Path("/usr/bin")], closed("/root"))
    assert plan == [Cover(Path("/root"), (Path("/root/x/clone"),))]


def test_the_topmost_closed_folder_is_covered_and_those_below_with_it():
    plan = file_visibility.plan([Path("/root/private/clone")], closed("/root", "/root/private"))
    assert plan == [Cover(Path("/root"), (Path("/root/private/clone"),))]


def test_a_temporary_folder_is_covered_but_never_the_folder_of_all():
    assert file_visibility.plan([Path("/tmp/abc/clone")], closed("/tmp/abc"))[0].folder == Path("/tmp/abc")
    with pytest.raises(CannotStart, match=r"chmod o\+x /tmp"):
        file_visibility.plan([Path("/tmp/abc/clone")], closed("/tmp", "/tmp/abc"))


def test_what_lies_in_something_that_is_kept_is_not_kept_twice():
    needed = [
        Path("/root/clone/.vaka"),
        Path("/root/clone"),
        Path("/root/clone/.venv"),
        Path("/root/.pyenv/versions/3.13"),
    ]
    plan = file_visibility.plan(needed, closed("/root"))
    assert plan == [Cover(Path("/root"), (Path("/root/.pyenv/versions/3.13"), Path("/root/clone")))]


def test_two_closed_folders_are_two_covers():
    plan = file_visibility.plan([Path("/home/ada/clone"), Path("/root/state")], closed("/home/ada", "/root"))
    assert [cover.folder for cover in plan] == [Path("/home/ada"), Path("/root")]


@pytest.mark.parametrize(
    ("mode", "owner", "group", "enters"),
    [
        (0o755, 0, 0, True),
        (0o700, 0, 0, False),
        (0o700, 990, 0, True),
        (0o071, 0, 990, True),
        (0o701, 0, 990, False),  # of its group's members, only the group's bits count
        (0o077, 990, 990, False),  # and of its owner's, only the owner's
    ],
)
def test_who_may_enter_a_folder(mode, owner, group, enters):
    folder = os.stat_result((0o40000 | mode, 1, 1, 2, owner, group, 0, 0, 0, 0))
    assert file_visibility.may_enter(folder, 990, (990,)) is enters

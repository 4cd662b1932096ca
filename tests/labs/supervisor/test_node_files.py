"""Hostile files: walked and read within limits and never through a link."""

import asyncio
import os
import stat
from pathlib import Path

import pytest

from labs.supervisor import node_files
from labs.supervisor.node_files import Walk, content, link_target


@pytest.fixture
def upper(tmp_path):
    folder = tmp_path / "upper"
    folder.mkdir()
    handle = os.open(folder, node_files.FOLDER)
    yield folder, handle
    os.close(handle)


def walked(handle, names=100, depth=9, **more):
    walk = Walk(handle, names=names, depth=depth, **more)
    return [name for name, _ in walk.now()], walk.cut


def test_a_folder_comes_before_its_content_and_links_are_not_followed(upper):
    folder, handle = upper
    (folder / "b/c").mkdir(parents=True)
    (folder / "b/c/d").write_text("")
    (folder / "link").symlink_to("/etc")
    (folder / "inner").symlink_to("b")
    names, cut = walked(handle)
    assert sorted(names) == ["b", "b/c", "b/c/d", "inner", "link"]
    assert names.index("b") < names.index("b/c") < names.index("b/c/d")
    assert not cut


def test_a_skipped_folder_is_matched_by_its_whole_path(upper):
    folder, handle = upper
    for name in ("run/a", "var/log/a", "srv/run/a", "running"):
        (folder / name).mkdir(parents=True)
    assert sorted(walked(handle)[0]) == ["running", "srv", "srv/run", "srv/run/a", "var"]
    assert "run/a" in walked(handle, skipped=())[0]


def test_a_walk_stops_at_its_limit_of_names_and_says_so(upper):
    folder, handle = upper
    for number in range(20):
        (folder / f"f{number}").write_text("")
    assert len(walked(handle, names=20)[0]) == 20
    assert not walked(handle, names=20)[1]
    names, cut = walked(handle, names=19)
    assert (len(names), cut) == (19, True)


def test_a_walk_stops_at_its_limit_of_depth_and_says_so(upper):
    folder, handle = upper
    (folder / "a/b/c/d").mkdir(parents=True)
    assert walked(handle, depth=3) == (["a", "a/b", "a/b/c", "a/b/c/d"], True)
    assert walked(handle, depth=2) == (["a", "a/b", "a/b/c"], True)
    assert walked(handle, depth=4) == (["a", "a/b", "a/b/c", "a/b/c/d"], False)


def test_other_tasks_run_during_a_walk(upper):
    folder, handle = upper
    (folder / "a/b").mkdir(parents=True)
    turns = []

    async def other():
        turns.append("other")

    async def walk():
        task = asyncio.create_task(other())
        async for name, _ in Walk(handle, names=9, depth=9):
            turns.append(name)
        await task

    asyncio.run(walk())
    assert turns == ["a", "other", "a/b"]


def test_a_regular_file_is_read_up_to_its_limit(upper):
    folder, handle = upper
    (folder / "a").write_bytes(b"12345")
    assert content(handle, "a", 5) == b"12345"
    assert content(handle, "a", 4) is None
    (folder / "empty").write_bytes(b"")
    assert content(handle, "empty", 0) == b""


@pytest.mark.parametrize("kind", ["link", "link in the way", "pipe", "folder", "none", "up", "absolute"])
def test_only_regular_files_of_the_node_are_read(upper, kind):
    folder, handle = upper
    (folder.parent / "secret").write_text("secret")
    (folder / "link").symlink_to(folder.parent / "secret")
    (folder / "out").symlink_to("..")
    os.mkfifo(folder / "pipe")
    names = {
        "link": "link",
        "link in the way": "out/secret",
        "pipe": "pipe",
        "folder": ".",
        "none": "none",
        "up": "../secret",
        "absolute": str(folder.parent / "secret"),
    }
    assert content(handle, names[kind], 1000) is None


def test_no_descriptor_stays_open_after_a_refused_file(upper):
    folder, handle = upper
    os.mkfifo(folder / "pipe")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for name in (".", "pipe", "none"):
        assert content(handle, name, 1000) is None
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_huge_sparse_file_is_not_read(upper):
    folder, handle = upper
    with (folder / "huge").open("wb") as file:
        file.truncate(1 << 40)
    assert content(handle, "huge", 1000) is None


def test_the_target_of_a_link_is_returned_without_following_it(upper):
    folder, handle = upper
    (folder / "link").symlink_to("/etc/shadow")
    (folder / "file").write_text("")
    assert link_target(handle, "link") == b"/etc/shadow"
    assert link_target(handle, "file") is None
    assert link_target(handle, "none") is None


def test_a_character_device_0_0_marks_a_removed_name():
    def status(mode, device):
        return os.stat_result((mode, *range(9)), {"st_rdev": device})

    assert node_files.is_removed(status(stat.S_IFCHR, 0))
    assert not node_files.is_removed(status(stat.S_IFCHR, 259))
    assert not node_files.is_removed(status(stat.S_IFREG, 0))

"""The free space of disks: of the state folder, and of other disks to which its folders lead."""

from collections import namedtuple

from labs.lifecycle import disk_space

Free = namedtuple("Free", "free total")


def test_a_disk_to_which_a_folder_was_moved_is_watched_too(state, tmp_path, monkeypatch):
    (state / "saves").symlink_to("/proc")  # another device than that of the test
    (state / "captures").mkdir()
    monkeypatch.setattr(disk_space.shutil, "disk_usage", lambda folder: Free(1, 2))
    found = disk_space.measured(*disk_space.state_folders())
    assert [disk.path for disk in found] == [str(state), str(state / "saves")]

"""Files are removed below the state folder, and no link of an account is followed."""

import os

import pytest

from labs.lifecycle import file_removal

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("state")]

ANOTHER_ACCOUNT = 4711


@pytest.fixture
def disk(tmp_path):
    """A folder on another disk, with a file of account 7."""
    disk = tmp_path / "disk"
    (disk / "7").mkdir(parents=True)
    (disk / "7" / "file").write_text("kept")
    return disk


def test_links_in_her_folder_are_removed_and_not_followed(working, ada, engine, queue, state, tmp_path):
    """The site's account may have put a link there. The worker, which is root, removes the link and not its target."""
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("kept")
    folder = state / "saves" / str(ada.pk)
    for file in folder.iterdir():
        file.unlink()
    (folder / "link").symlink_to(precious / "file")
    (folder / "folder").symlink_to(precious)
    ada.delete()
    queue()
    assert not folder.exists()
    assert (precious / "file").read_text() == "kept"


def test_a_link_of_roots_to_another_disk_is_followed(state, disk):
    (state / "saves").symlink_to(disk)
    file_removal.remove("saves", "7")
    assert list(disk.iterdir()) == []


def test_a_link_of_another_account_is_not_followed(state, disk):
    (state / "saves").symlink_to(disk)
    os.chown(state / "saves", ANOTHER_ACCOUNT, ANOTHER_ACCOUNT, follow_symlinks=False)
    with pytest.raises(OSError, match="saves"):
        file_removal.remove("saves", "7")
    assert (disk / "7" / "file").exists()


def test_deeper_in_the_folders_of_accounts_no_link_is_followed(state, disk):
    (state / "saves").mkdir()
    (state / "saves" / "7").symlink_to(disk)  # of root's, for whom an account may have moved it here
    with pytest.raises(OSError, match="7"):
        file_removal.remove("saves", "7", "7")
    assert (disk / "7" / "file").exists()


def test_files_on_a_disk_that_is_not_mounted_do_not_count_as_removed(state, tmp_path):
    (state / "saves").symlink_to(tmp_path / "not-mounted")
    with pytest.raises(OSError, match="leads to no folder"):
        file_removal.remove("saves", "7")


def test_only_plain_names_are_removed(state):
    for names in (("saves", ".."), ("saves", "."), ("saves", ""), ("saves", "a/b"), ("..", "saves")):
        with pytest.raises(ValueError, match="name"):
            file_removal.remove(*names)


def test_a_folder_that_vanishes_meanwhile_keeps_none_of_its_neighbours(state, monkeypatch):
    for name in ("a", "b", "c"):
        (state / "saves" / "7" / name).mkdir(parents=True)
    unlink = os.unlink

    def vanishing(name, *, dir_fd):
        try:
            unlink(name, dir_fd=dir_fd)
        except IsADirectoryError:
            if name != "7":
                os.rmdir(name, dir_fd=dir_fd)
            raise

    monkeypatch.setattr(file_removal.os, "unlink", vanishing)
    file_removal.remove("saves", "7")
    assert list((state / "saves").iterdir()) == []


def test_folders_without_end_are_an_error_like_others(state):
    deep = state / "captures"
    for _level in range(file_removal.DEEPEST + 2):
        deep = deep / "d"
    deep.mkdir(parents=True)
    with pytest.raises(OSError, match="Too many folders"):
        file_removal.remove("captures", "d")

"""A foreign folder is hostile: nothing outside it is read, nothing large, and nothing that is not a plain file."""

import os

import pytest

from labs.engine.foreign_labs.source_folder import LARGEST_TEXT, LARGEST_TOTAL, MOST_FILES, Refused, SourceFolder


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "secret").write_text("secret")
    root = tmp_path / "lab"
    (root / "r1").mkdir(parents=True)
    (root / "r1" / "frr.conf").write_text("router bgp 64500\n")
    return SourceFolder(root)


def test_a_file_of_the_folder_is_read(folder):
    assert folder.text("r1/frr.conf") == "router bgp 64500\n"
    assert list(folder.files()) == [("r1/frr.conf", "")]


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "r1/../../secret", "", "a\0b"])
def test_no_path_leads_out(folder, path):
    with pytest.raises(Refused, match="leads out"):
        folder.text(path)


def test_a_symbolic_link_is_refused_at_the_end_and_on_the_way(folder):
    (folder.root / "link").symlink_to(folder.root.parent / "secret")
    (folder.root / "away").symlink_to(folder.root.parent)
    for path in ("link", "away/secret"):
        with pytest.raises(Refused, match="symbolic links"):
            folder.text(path)
    assert ("link", "symbolic links are not followed") in list(folder.files())
    assert all(not path.startswith("away/") for path, _wrong in folder.files())


def test_a_pipe_is_refused_and_does_not_block(folder):
    os.mkfifo(folder.root / "pipe")
    with pytest.raises(Refused, match="regular"):
        folder.text("pipe")


def test_large_files_are_refused_one_by_one_and_together(folder):
    (folder.root / "big").write_bytes(b"x" * (LARGEST_TEXT + 1))
    with pytest.raises(Refused, match="larger than 256 KB"):
        folder.content("big")
    (folder.root / "full").write_bytes(b"x" * LARGEST_TEXT)
    for _ in range((LARGEST_TOTAL - LARGEST_TEXT) // LARGEST_TEXT - 1):
        folder.content("full")
    with pytest.raises(Refused, match="together"):
        [folder.content("full") for _ in range(3)]


def test_a_folder_with_too_many_files_is_not_walked_to_its_end(folder):
    for number in range(MOST_FILES + 5):
        (folder.root / f"f{number}").touch()
    found = list(folder.files())
    assert len(found) <= MOST_FILES + 1
    assert found[-1][1] == f"the folder has more than {MOST_FILES} files"

"""Files are removed below the state folder, and no link is followed."""

import pytest

from labs.lifecycle import file_removal

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("state")]


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


def test_a_folder_that_is_a_link_is_not_followed(state, tmp_path):
    precious = tmp_path / "precious"
    (precious / "7").mkdir(parents=True)
    (precious / "7" / "file").write_text("kept")
    (state / "saves").symlink_to(precious)
    with pytest.raises(OSError, match="saves"):
        file_removal.remove("saves", "7")
    assert (precious / "7" / "file").exists()
    for name in ("..", ".", "", "a/b"):
        with pytest.raises(ValueError, match="name"):
            file_removal.remove("saves", name)

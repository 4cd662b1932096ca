"""A node's /run: the folders of the image's services, and nothing else of them."""

import stat

from labs.supervisor.node import copy_folders


def test_folders_are_made_with_their_modes_and_files_and_links_are_left_behind(tmp_path):
    source, target = tmp_path / "image", tmp_path / "node"
    (source / "knot/control").mkdir(parents=True)
    (source / "knot").chmod(0o2750)
    (source / "lock").mkdir(mode=0o777)
    (source / "lock").chmod(0o1777)
    (source / "knot/pid").write_text("7")
    (source / "away").symlink_to("/etc")
    target.mkdir()
    copy_folders(source, target)
    assert sorted(path.relative_to(target).as_posix() for path in target.rglob("*")) == ["knot", "knot/control", "lock"]
    modes = [stat.S_IMODE((target / name).stat().st_mode) for name in ("knot", "lock")]
    assert modes == [0o2750, 0o1777]
    assert (target / "knot").stat().st_uid == (source / "knot").stat().st_uid

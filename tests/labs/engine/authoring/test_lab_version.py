"""A lab has another version if anything in its folder has changed."""

from labs.engine.authoring.parse import load_lab


def test_the_version_changes_with_any_file_and_with_nothing_else(lab_folder, tmp_path):
    before = load_lab(lab_folder).version
    lab_folder = lab_folder.rename(tmp_path / "another-name")
    assert load_lab(lab_folder).version == before
    (lab_folder / "files/r1/etc/motd").chmod(0o755)
    executable = load_lab(lab_folder).version
    (lab_folder / "guide.md").write_text("## The first stage {#first}\n\nDo it well.\n")
    assert len({before, executable, load_lab(lab_folder).version}) == 3
    assert len(before) == 12

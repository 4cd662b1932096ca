"""Files and links of the system: written once, with their mode, and reported."""

import stat

import pytest


@pytest.fixture
def files(beside_setup):
    import system_files

    return system_files


def test_a_file_is_written_once_and_again_when_content_or_mode_differ(files, tell, said, tmp_path):
    path = tmp_path / "etc/vaka.env"
    assert files.put(path, "a", tell, mode=0o600)
    assert not files.put(path, "a", tell, mode=0o600)
    assert said == [f"writing {path}"]
    path.chmod(0o644)
    assert files.put(path, "a", tell, mode=0o600)
    assert files.put(path, "b", tell, mode=0o600)
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("b", 0o600)
    assert [one.name for one in path.parent.iterdir()] == ["vaka.env"]


def test_a_draft_that_was_left_behind_is_replaced(files, tell, tmp_path):
    (tmp_path / ".a.vaka").write_text("half")
    files.put(tmp_path / "a", "whole", tell)
    assert (tmp_path / "a").read_text() == "whole"


def test_a_link_is_made_once_and_led_elsewhere_if_it_must(files, tell, said, tmp_path):
    for target in ("/one", "/one", "/two"):
        files.link(tmp_path / "bin/vaka", target, tell)
    assert str((tmp_path / "bin/vaka").readlink()) == "/two"
    assert len(said) == 2


def test_what_is_not_there_is_not_removed(files, tell, said, tmp_path):
    (tmp_path / "dangling").symlink_to("/nowhere")
    assert files.remove(tmp_path / "dangling", tell)
    assert not files.remove(tmp_path / "dangling", tell)
    assert said == [f"removing {tmp_path / 'dangling'}"]


def test_a_folder_is_deleted_and_what_its_links_lead_to_stays(files, tell, said, tmp_path):
    for name in ("disk/saves", "state/labs/one"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "state/saves").symlink_to(tmp_path / "disk/saves")
    (tmp_path / "state/current").symlink_to(tmp_path / "state/labs")
    (tmp_path / "link").symlink_to("state")
    files.delete_folder(tmp_path / "link", tell)
    assert not (tmp_path / "link").is_symlink()
    assert list((tmp_path / "state").iterdir()) == []
    assert said[-1] == f"left, as only links in {tmp_path}/link led to it: {tmp_path}/disk/saves"
    assert (tmp_path / "disk/saves").is_dir()


def test_a_mount_point_is_emptied_and_stays(files, tell, tmp_path, monkeypatch):
    (tmp_path / "state/saves/1").mkdir(parents=True)
    (tmp_path / "state/labs").mkdir()
    monkeypatch.setattr(files.os.path, "ismount", lambda path: path.endswith("saves"))
    files.delete_folder(tmp_path / "state", tell)
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["saves"]
    assert list((tmp_path / "state/saves").iterdir()) == []


def test_what_cannot_be_deleted_is_named(files, steps, tell, tmp_path, monkeypatch):
    def fails(path):
        raise OSError(16, "Device or resource busy", str(path))

    (tmp_path / "state/saves").mkdir(parents=True)
    monkeypatch.setattr(files.shutil, "rmtree", fails)
    with pytest.raises(steps.Stop, match=r"state/saves could not be deleted: Device or resource busy"):
        files.delete_folder(tmp_path / "state", tell)


def test_a_refusal_of_systemctl_says_what_it_said(files, steps, program):
    program("systemctl", 'echo "Unit $2 not found."; exit 5')
    with pytest.raises(steps.Stop, match=r"Unit vaka not found"):
        files.systemctl("start", "vaka")
    assert not files.says_yes("is-active", "vaka")
    program("systemctl", "exit 0")
    assert files.says_yes("is-active", "vaka")


def test_a_systemctl_that_does_not_answer_is_a_reason_to_stop(files, steps, program, monkeypatch):
    program("systemctl", "exec sleep 60")
    monkeypatch.setattr(files, "WITHIN", 0.2)
    with pytest.raises(steps.Stop, match="systemctl is-active vaka did not end"):
        files.says_yes("is-active", "vaka")

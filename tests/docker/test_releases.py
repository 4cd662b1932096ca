"""Releases: copies of a clone that have the name of their content, and a link that leads to the one in use."""

import stat

import pytest


@pytest.fixture
def releases(beside_setup, tmp_path, monkeypatch):
    """A small clone, as a strict umask has made it."""
    import releases

    clone = tmp_path / "clone"
    for path, text in {
        "pyproject.toml": 'name = "vaka"\nversion = "1.2.0"\n',
        "manage.py": "#!/usr/bin/env python3\n",
        "platform/vaka/settings.py": "A = 1\n",
        "platform/vaka/__pycache__/settings.pyc": "compiled",
        "labs/catalog/one/files/.bashrc": "hello\n",
        "tests/test_one.py": "",
        "rigs/bench.py": "",
        ".git/config": "",
        ".venv/bin/python": "",
        ".vaka/secret_key": "",
        "privkey.pem": "secret",
        "vaka.tar.gz": "secret",
    }.items():
        (clone / path).parent.mkdir(parents=True, exist_ok=True)
        (clone / path).write_text(text)
        (clone / path).chmod(0o700 if path == "manage.py" else 0o600)
    (clone / "platform").chmod(0o700)
    (clone / "labs/link").symlink_to("catalog")
    monkeypatch.setattr(releases, "CLONE", clone)
    monkeypatch.setattr(releases, "FOLDER", tmp_path / "opt")
    monkeypatch.setattr(releases, "RELEASES", tmp_path / "opt/releases")
    monkeypatch.setattr(releases, "CURRENT", tmp_path / "opt/current")
    return releases


def modes(folder):
    return {str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode) for path in folder.rglob("*")}


def test_a_release_has_what_a_site_needs_and_everybody_may_read_it(releases, tell):
    release = releases.copy(tell)
    assert release.name.startswith("1.2.0-")
    assert stat.S_IMODE(release.stat().st_mode) == 0o755
    found = modes(release)
    assert found.pop("labs/link") == 0o777, "a link stays a link"
    folders = {"platform", "platform/vaka", "labs", "labs/catalog", "labs/catalog/one", "labs/catalog/one/files"}
    assert found == {
        **dict.fromkeys(folders, 0o755),
        "manage.py": 0o755,
        **dict.fromkeys(("pyproject.toml", "platform/vaka/settings.py", "labs/catalog/one/files/.bashrc"), 0o644),
    }


def test_the_same_files_are_copied_once(releases, tell, said):
    first = releases.copy(tell)
    assert releases.copy(tell) == first
    assert len(said) == 1


@pytest.mark.parametrize("change", ["content", "mode", "name"])
def test_a_clone_that_changed_is_another_release(releases, change):
    first = releases.name()
    file = releases.CLONE / "platform/vaka/settings.py"
    if change == "content":
        file.write_text("A = 2\n")
    elif change == "mode":
        file.chmod(0o700)
    else:
        file.rename(file.with_name("settings_of_site.py"))
    assert releases.name() != first


def test_what_a_release_leaves_out_does_not_name_it(releases):
    first = releases.name()
    (releases.CLONE / "tests/test_two.py").write_text("")
    (releases.CLONE / ".venv/bin/pip").write_text("")
    (releases.CLONE / "platform/vaka/__pycache__/urls.pyc").write_text("")
    assert releases.name() == first


def test_set_up_run_in_a_release_finds_that_release(releases, tell, monkeypatch):
    release = releases.copy(tell)
    (release / ".venv").mkdir()
    monkeypatch.setattr(releases, "CLONE", release)
    assert releases.copy(tell) == release


def test_a_copy_that_was_interrupted_is_made_again(releases, tell):
    part = releases.RELEASES / f".{releases.name()}"
    part.mkdir(parents=True)
    (part / "half").write_text("")
    assert not (releases.copy(tell) / "half").exists()
    assert not part.exists()


def test_one_release_is_in_use_and_the_others_can_go(releases, tell):
    assert releases.current() is None
    first = releases.copy(tell)
    releases.use(first)
    (releases.CLONE / "manage.py").write_text("new\n")
    second = releases.copy(tell)
    releases.use(second)
    assert (releases.current(), releases.CURRENT.readlink()) == (second, second)
    (releases.RELEASES / "0.9.0-old").mkdir()
    releases.remove_all_but({first, second}, tell)
    assert set(releases.RELEASES.iterdir()) == {first, second}

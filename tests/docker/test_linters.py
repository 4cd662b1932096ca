"""The linter of JavaScript and CSS: it is locked, installed once, and linked beside the other tools."""

import json

import pytest


@pytest.fixture
def linters(monkeypatch, tmp_path):
    import linters

    monkeypatch.setattr(linters, "FOLDER", tmp_path / "biome")
    monkeypatch.setattr(linters, "VENV", tmp_path / ".venv")
    (tmp_path / ".venv/bin").mkdir(parents=True)
    return linters


@pytest.fixture
def npm(linters, monkeypatch):
    """Stands for npm ci; counts how often it ran."""
    runs = []

    def install(command, why, cwd, env):
        runs.append(command)
        program = linters.FOLDER / "node_modules/@biomejs" / linters.PROGRAMS["x86_64"] / "biome"
        program.parent.mkdir(parents=True)
        program.touch()

    monkeypatch.setattr(linters, "run", install)
    monkeypatch.setattr(linters.platform, "machine", lambda: "x86_64")
    return runs


class Teller:
    def did(self, text):
        pass


def test_the_lock_has_one_version_and_a_hash_for_each_machine_that_we_support(linters):
    [wanted] = json.loads((linters.LOCK / "package.json").read_text())["devDependencies"].values()
    packages = json.loads((linters.LOCK / "package-lock.json").read_text())["packages"]
    for name in linters.PROGRAMS.values():
        locked = packages[f"node_modules/@biomejs/{name}"]
        assert locked["version"] == wanted
        assert locked["integrity"].startswith("sha512-")


def test_it_is_installed_once_and_again_when_the_lock_changes(linters, npm):
    linters.ensure(Teller())
    linters.ensure(Teller())
    assert len(npm) == 1
    assert (linters.VENV / "bin/biome").resolve().name == "biome"
    (linters.FOLDER / "package-lock.json").write_text("{}")
    linters.ensure(Teller())
    assert len(npm) == 2

"""The linter of JavaScript and CSS: it is locked, installed once, and linked beside the other tools."""

import json

import pytest


@pytest.fixture
def linter(monkeypatch, tmp_path):
    import javascript_linter as linter

    monkeypatch.setattr(linter, "FOLDER", tmp_path / "biome")
    monkeypatch.setattr(linter, "VENV", tmp_path / ".venv")
    (tmp_path / ".venv/bin").mkdir(parents=True)
    return linter


@pytest.fixture
def npm(linter, monkeypatch):
    """Stands for npm ci; counts how often it ran."""
    runs = []

    def install(command, why, within, cwd, env):
        runs.append(command)
        program = linter.FOLDER / "node_modules/@biomejs" / linter.PROGRAMS["x86_64"] / "biome"
        program.parent.mkdir(parents=True)
        program.touch()

    monkeypatch.setattr(linter, "run", install)
    monkeypatch.setattr(linter.platform, "machine", lambda: "x86_64")
    return runs


class Teller:
    def did(self, text):
        pass


def test_the_lock_has_one_version_and_a_hash_for_each_machine_that_we_support(linter):
    [wanted] = json.loads((linter.LOCK / "package.json").read_text())["devDependencies"].values()
    packages = json.loads((linter.LOCK / "package-lock.json").read_text())["packages"]
    for name in linter.PROGRAMS.values():
        locked = packages[f"node_modules/@biomejs/{name}"]
        assert locked["version"] == wanted
        assert locked["integrity"].startswith("sha512-")


def test_it_is_installed_once_and_again_when_the_lock_changes(linter, npm):
    linter.ensure(Teller())
    linter.ensure(Teller())
    assert len(npm) == 1
    assert (linter.VENV / "bin/biome").resolve().name == "biome"
    (linter.FOLDER / "package-lock.json").write_text("{}")
    linter.ensure(Teller())
    assert len(npm) == 2

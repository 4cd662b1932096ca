"""The modules of docker/setup, imported as it imports them: from its own folder."""

import os
import stat
from pathlib import Path

import pytest

DOCKER = Path(__file__).parents[2] / "docker"


@pytest.fixture(autouse=True)
def beside_setup(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCKER))


@pytest.fixture
def steps():
    import steps

    return steps


@pytest.fixture
def without_root(monkeypatch, steps):
    """An ordinary user who has no sudo."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(steps, "_root", [False])


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Puts a small program on PATH, before all others."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def put(name, text):
        file = folder / name
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
        return file

    return put

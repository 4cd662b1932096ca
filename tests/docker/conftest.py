"""The modules of docker/setup, imported as it imports them: from its own folder."""

import os
import stat
from pathlib import Path

import pytest

DOCKER = Path(__file__).parents[2] / "docker"
# Like sudo with env_reset, as it is installed everywhere: only the variables that are named get through
SUDO = r"""
kept=""
while [ $# -gt 0 ]; do case "$1" in
  -n) shift;;
  --preserve-env=*) kept=$(echo "${1#*=}" | tr , ' '); shift;;
  *) break;;
esac; done
[ "$1" = true ] && exit 0
told=""
for name in PATH $kept; do eval "value=\$$name"; told="$told $name=$value"; done
exec env -i $told "$@"
"""


@pytest.fixture(autouse=True)
def beside_setup(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCKER))


@pytest.fixture
def steps():
    import steps

    return steps


@pytest.fixture
def new_needs():
    from needs import Needs

    return Needs


@pytest.fixture
def said():
    """The lines of a teller of set-up."""
    return []


@pytest.fixture
def tell(steps, said):
    teller = steps.Teller(quiet=False)
    teller.did = said.append
    return teller


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


@pytest.fixture
def with_sudo(monkeypatch, steps, program):
    """An ordinary user who has sudo."""
    program("sudo", SUDO)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(steps, "_root", [])

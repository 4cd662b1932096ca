"""The building blocks of docker/setup: who is root, and commands that end."""

import re
import time

import pytest

from tests.docker.conftest import DOCKER


def test_who_cannot_become_root_is_told_what_to_type(steps, without_root):
    with pytest.raises(steps.Stop, match=r"Trying needs root.*\n    apt-get update"):
        steps.root_command(["apt-get", "update"], "Trying")


def test_a_command_that_hangs_is_ended_with_what_it_said_last(steps, program, monkeypatch):
    """Regression: set-up waited for a build without end. A program that it left behind held the pipe open."""
    program("builds", "echo fetching base-files; (sleep 20 &); exec sleep 60")
    begun = time.monotonic()
    with pytest.raises(
        steps.Stop, match=r"(?s)Building did not end within 0 minutes.*fetching base-files.*run this again"
    ):
        steps.run(["builds"], "Building", within=0.5)
    assert time.monotonic() - begun < 15


def test_a_command_that_fails_is_told_with_its_status_and_the_end_of_its_output(steps, program):
    program("fails", "echo no space; exit 3")
    with pytest.raises(steps.Stop, match=r"(?s)Trying failed \(status 3\).*no space"):
        steps.run(["fails"], "Trying")
    program("works", "echo fine")
    assert steps.run(["works"], "Trying") == "fine\n"


def test_no_command_of_set_up_may_run_without_end():
    """Those without a limit here: `true`, which is the measure of the pace, and the site itself."""
    calls = re.compile(r"subprocess\.(?:run|call|check_call|check_output)\(((?:[^()]|\([^()]*\))*)\)")
    files = [file for file in DOCKER.glob("*") if file.suffix == ".py" or file.name == "setup"]
    found = [(file.name, call) for file in files for call in calls.findall(file.read_text()) if "timeout=" not in call]
    assert found == [("pace.py", '["true"], check=True')]
    assert sum(len(calls.findall(file.read_text())) for file in files) > 5, "the pattern finds calls"

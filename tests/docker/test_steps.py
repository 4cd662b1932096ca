"""The building blocks of docker/setup: who is root, and what an administrator is asked for."""

import re
import time

import pytest

from tests.docker.conftest import DOCKER


def test_who_cannot_become_root_is_told_what_to_type(steps, without_root):
    with pytest.raises(steps.Stop, match=r"Trying needs root.*\n    apt-get update"):
        steps.root_command(["apt-get", "update"], "Trying")


def test_an_administrator_is_asked_for_everything_at_once(steps, without_root):
    needed = steps.Needs()
    needed.package("the lab image is built with mmdebstrap", "mmdebstrap", "debian-archive-keyring")
    needed.package("Python's venv module is missing", "python3.13-venv")
    needed.command(["usermod", "-aG", "docker", "ada"])
    needed.signs_in_again = True
    with pytest.raises(steps.Stop) as stopped:
        needed.must_be_met()
    lines = str(stopped.value).splitlines()
    assert [line.strip() for line in lines if line.startswith("    ")] == [
        "sudo apt-get update -q",
        "sudo apt-get install -y -q --no-install-recommends mmdebstrap debian-archive-keyring python3.13-venv",
        "sudo usermod -aG docker ada",
    ]
    assert "  - Python's venv module is missing" in lines
    assert lines[-1] == "Then run this again after signing out and in again."


def test_nobody_is_asked_for_what_is_there(steps, without_root):
    steps.Needs().must_be_met()


def test_a_path_with_a_blank_can_be_typed_as_it_is_told(steps, without_root):
    needed = steps.Needs()
    needed.command(["install", "/home/ada/my clone/vaka-lab", "/etc/apparmor.d/vaka-lab"])
    with pytest.raises(steps.Stop, match=r"sudo install '/home/ada/my clone/vaka-lab' /etc/apparmor\.d/vaka-lab"):
        needed.must_be_met()


def test_all_packages_come_with_one_run_of_apt_get(steps, with_sudo, program, tmp_path):
    program("apt-get", f'echo "$@" >> {tmp_path}/typed')
    needed = steps.Needs()
    needed.package("one", "mmdebstrap")
    needed.package("two", "chromium", "postgresql")
    needed.install(steps.Teller(quiet=True))
    typed = (tmp_path / "typed").read_text().splitlines()
    assert typed == ["update -q", "install -y -q --no-install-recommends mmdebstrap chromium postgresql"]
    needed.install(steps.Teller(quiet=True))
    assert len((tmp_path / "typed").read_text().splitlines()) == 2


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

"""What set-up raises in the machine's kernel, on a /proc/sys of our own."""

import importlib.util
import sys
from pathlib import Path

import pytest

DOCKER = Path(__file__).resolve().parents[2] / "docker"


class Said(list):
    did = fine = list.append


@pytest.fixture
def machine(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(DOCKER))
    found = importlib.util.spec_from_file_location("machine_of_setup", DOCKER / "machine.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    sys.modules.pop("steps", None)
    for name, path in (
        ("SYSCTLS", "sys"),
        ("SYSTEMD", "systemd"),
        ("KEPT", "etc/sysctl.d/60-vaka.conf"),
        ("CGROUP2", "cgroup2"),
    ):
        monkeypatch.setattr(module, name, tmp_path / path)
    monkeypatch.setattr(module, "root_command", lambda command, why: command)
    for family in ("ipv4", "ipv6"):
        for name, value in (("gc_thresh1", 128), ("gc_thresh2", 512), ("gc_thresh3", 1024)):
            path = tmp_path / f"sys/net/{family}/neigh/default/{name}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{value}\n")
    return module


def bound(machine, family="ipv4"):
    return int((machine.SYSCTLS / f"net/{family}/neigh/default/gc_thresh3").read_text())


def test_low_bounds_are_raised_and_said_and_a_second_run_changes_nothing(machine):
    said = Said()
    machine.ensure_neighbours(said)
    assert bound(machine) == bound(machine, "ipv6") == 131072
    assert "net.ipv4.neigh.default.gc_thresh3 from 1024 to 131072" in said[0]
    assert not machine.KEPT.exists()
    machine.ensure_neighbours(said)
    assert said[1:] == ["the tables of neighbours are large enough"]


def test_a_bound_that_is_higher_stays(machine):
    (machine.SYSCTLS / "net/ipv4/neigh/default/gc_thresh3").write_text("500000\n")
    machine.ensure_neighbours(Said())
    assert bound(machine) == 500000
    assert bound(machine, "ipv6") == 131072


def test_where_systemd_runs_it_is_kept_for_the_next_boot(machine):
    machine.SYSTEMD.mkdir()
    said = Said()
    machine.ensure_neighbours(said)
    assert "net.ipv6.neigh.default.gc_thresh3 = 131072\n" in machine.KEPT.read_text()
    assert f"kept in {machine.KEPT}" in said[0]


def test_a_user_who_cannot_raise_them_is_told_and_set_up_goes_on(machine, monkeypatch):
    def refuse(command, why):
        raise machine.Stop("needs root")

    monkeypatch.setattr(machine, "root_command", refuse)
    said = Said()
    machine.ensure_neighbours(said)
    assert "only root can raise net.ipv6.neigh.default.gc_thresh3" in said[0]
    assert bound(machine) == 1024


def test_only_the_old_cgroups_are_told_about(machine):
    said = Said()
    machine.tell_cgroups(said)
    assert "cgroup v2 is recommended" in said[0]
    machine.CGROUP2.touch()
    machine.tell_cgroups(said)
    assert len(said) == 1

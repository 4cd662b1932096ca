"""The limits that set-up sets in the machine's kernel, on a /proc/sys of our own."""

import importlib.util
import sys
from pathlib import Path

import pytest

DOCKER = Path(__file__).resolve().parents[2] / "docker"


class Said(list):
    did = fine = list.append


@pytest.fixture
def sysctls(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(DOCKER))
    found = importlib.util.spec_from_file_location("sysctls_of_setup", DOCKER / "sysctls.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    monkeypatch.delitem(sys.modules, "steps", raising=False)
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
    monkeypatch.setattr(module.os, "sysconf", {"SC_PHYS_PAGES": 1_000_000}.__getitem__)
    for name, values in (
        ("tcp_mem", "22000 30000 44000"),
        ("udp_mem", "44000 60000 88000"),
        ("tcp_max_orphans", "16384"),
        ("inet_peer_threshold", "65664"),
    ):
        (tmp_path / "sys/net/ipv4" / name).write_text(f"{values}\n")
    return module


def bound(sysctls, family="ipv4"):
    return int((sysctls.SYSCTLS / f"net/{family}/neigh/default/gc_thresh3").read_text())


def test_low_bounds_are_raised_and_said_and_a_second_run_changes_nothing(sysctls):
    said = Said()
    sysctls.ensure_limits(said)
    assert bound(sysctls) == bound(sysctls, "ipv6") == 131072
    assert "net.ipv4.neigh.default.gc_thresh3 from 1024 to 131072" in said[0]
    assert not sysctls.KEPT.exists()
    sysctls.ensure_limits(said)
    assert said[1:] == ["the kernel's limits that all labs share are as they must be"]


def test_labs_cannot_use_up_the_memory_that_the_kernel_allows_all_sockets_together(sysctls):
    sysctls.CGROUP2.touch()
    sysctls.ensure_limits(Said())
    read = {
        name: (sysctls.SYSCTLS / "net/ipv4" / name).read_text() for name in ("tcp_mem", "udp_mem", "tcp_max_orphans")
    }
    assert read == {
        "tcp_mem": "22000 500000 1000000\n",
        "udp_mem": "44000 500000 1000000\n",
        "tcp_max_orphans": "262144\n",
    }


def test_with_cgroup_v1_the_kernels_own_bound_stays_because_nothing_else_may_bound_a_labs_sockets(sysctls):
    sysctls.ensure_limits(Said())
    assert (sysctls.SYSCTLS / "net/ipv4/tcp_mem").read_text() == "22000 30000 44000\n"
    assert (sysctls.SYSCTLS / "net/ipv4/tcp_max_orphans").read_text() == "262144\n"


def test_what_an_earlier_set_up_has_raised_stays_in_the_file_when_another_limit_is_added(sysctls):
    sysctls.CGROUP2.touch()
    sysctls.SYSTEMD.mkdir()
    sysctls.ensure_limits(Said())
    (sysctls.SYSCTLS / "net/ipv4/tcp_max_orphans").write_text("16384\n")
    sysctls.ensure_limits(Said())
    kept = sysctls.KEPT.read_text()
    assert "net.ipv4.neigh.default.gc_thresh3 = 131072\n" in kept
    assert "net.ipv4.tcp_mem = 22000 500000 1000000\n" in kept
    assert "net.ipv4.tcp_max_orphans = 262144\n" in kept


def test_the_addresses_that_each_network_remembers_are_bounded_because_no_lab_is_charged_for_them(sysctls):
    peers = sysctls.SYSCTLS / "net/ipv4/inet_peer_threshold"
    sysctls.SYSTEMD.mkdir()
    said = Said()
    sysctls.ensure_limits(said)
    assert peers.read_text() == "4096\n"
    assert "net.ipv4.inet_peer_threshold from 65664 to 4096" in said[0]
    assert "net.ipv4.inet_peer_threshold = 4096\n" in sysctls.KEPT.read_text()
    peers.write_text("2000\n")
    sysctls.ensure_limits(said)
    assert peers.read_text() == "2000\n"
    peers.unlink()  # as in a container
    sysctls.ensure_limits(said)
    assert said[1:] == ["the kernel's limits that all labs share are as they must be"] * 2


def test_a_bound_that_is_higher_stays(sysctls):
    (sysctls.SYSCTLS / "net/ipv4/neigh/default/gc_thresh3").write_text("500000\n")
    sysctls.ensure_limits(Said())
    assert bound(sysctls) == 500000
    assert bound(sysctls, "ipv6") == 131072


def test_where_systemd_runs_it_is_kept_for_the_next_boot(sysctls):
    sysctls.SYSTEMD.mkdir()
    said = Said()
    sysctls.ensure_limits(said)
    assert "net.ipv6.neigh.default.gc_thresh3 = 131072\n" in sysctls.KEPT.read_text()
    assert f"kept in {sysctls.KEPT}" in said[0]


def test_a_user_who_cannot_raise_them_is_told_and_set_up_goes_on(sysctls, monkeypatch):
    def refuse(command, why):
        raise sysctls.Stop("needs root")

    monkeypatch.setattr(sysctls, "root_command", refuse)
    said = Said()
    sysctls.ensure_limits(said)
    assert "only root can set these limits" in said[0]
    assert "net.ipv6.neigh.default.gc_thresh3" in said[0]
    assert bound(sysctls) == 1024


def test_only_the_old_cgroups_are_told_about(sysctls):
    said = Said()
    sysctls.tell_cgroups(said)
    assert "cgroup v2 is recommended" in said[0]
    sysctls.CGROUP2.touch()
    sysctls.tell_cgroups(said)
    assert len(said) == 1

"""Sysctls of a save: written below one folder and nowhere else."""

import os

import pytest

from labs.supervisor.saved_work import sysctls
from labs.supervisor.saved_work.sysctls import NAME, write_one


@pytest.fixture
def net(tmp_path):
    folder = tmp_path / "net"
    (folder / "ipv4/conf/eth0").mkdir(parents=True)
    (folder / "ipv4/ip_forward").write_text("0")
    (tmp_path / "hostname").write_text("host")
    handle = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    yield folder, handle
    os.close(handle)


def test_a_value_is_written(net):
    folder, handle = net
    assert write_one(handle, "ipv4/ip_forward", "1") == ""
    assert (folder / "ipv4/ip_forward").read_text() == "1"


@pytest.mark.parametrize(
    "key",
    [
        "../hostname",
        "ipv4/../../hostname",
        "ipv4/out",
        "/hostname",
        "ipv4",
        "",
        "ipv4/a\0b",
        "a/" * 9 + "b",
        "ipv4/ip forward",
    ],
)
def test_no_file_outside_is_written(net, key):
    folder, handle = net
    (folder / "ipv4/out").symlink_to("../../hostname")
    assert write_one(handle, key, "bad")
    assert (folder.parent / "hostname").read_text() == "host"


@pytest.mark.parametrize("name", sorted(sysctls.READ_ONLY))
def test_secrets_and_counters_are_not_set(net, name):
    folder, handle = net
    (folder / "ipv4" / name).write_text("own")
    assert write_one(handle, f"ipv4/{name}", "bad") == "it cannot be set"
    assert (folder / "ipv4" / name).read_text() == "own"


def test_a_missing_sysctl_is_reported(net):
    assert write_one(net[1], "ipv4/none", "1").endswith("No such file or directory")


def test_a_long_value_is_cut(net):
    folder, handle = net
    write_one(handle, "ipv4/ip_forward", "9" * 10_000)
    assert len((folder / "ipv4/ip_forward").read_text()) == 4096


def test_keys_with_names_of_interfaces_are_accepted():
    for key in ("ipv6/conf/eth0.7/forwarding", "ipv4/conf/a@b/rp_filter", "ipv6/neigh/br-x+y/delay_first_probe_time"):
        assert NAME.fullmatch(key)

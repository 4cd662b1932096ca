"""The commands that configure a node's network. Live tests check their effect."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from labs.supervisor import identity
from labs.supervisor import network as of_network
from labs.supervisor.network import (
    FIRST_OWNER,
    LAST_OWNER,
    LabLink,
    LabNode,
    LinkFailed,
    Network,
    hardware_address,
    write_sysctls,
)

NODE = {"loopback": [], "interfaces": {}, "dad": False, "sysctls": {}}
LAB = {
    "nodes": {
        "r1": NODE | {
            "kind": "frr", "loopback": ["2001:db8::1/128"], "interfaces": {"eth0": ["2001:db8:1::1/64", "192.0.2.1/24"]},
        },
        "s1": NODE | {"kind": "switch", "interfaces": {"eth0": [], "eth1": []}},
        "h1": NODE | {"kind": "host", "dad": True, "interfaces": {"eth0": ["2001:db8:1::2/64"]}},
    },
    "links": [[["r1", "eth0"], ["s1", "eth0"]], [["s1", "eth1"], ["h1", "eth0"]]],
}  # fmt: skip


@pytest.fixture
def network():
    return Network(LAB)


def test_a_router_has_no_duplicate_address_detection(network):
    assert network._node_batch("r1") == [
        "link set lo up",
        "address add 2001:db8::1/128 dev lo",
        "link set dev eth0 up",
        "address add 2001:db8:1::1/64 dev eth0 nodad",
        "address add 192.0.2.1/24 dev eth0",
    ]


def test_a_host_keeps_duplicate_address_detection_if_the_lab_says_so(network):
    assert network._node_batch("h1")[-1] == "address add 2001:db8:1::2/64 dev eth0"


def test_a_switch_is_a_bridge_without_an_address_of_its_own(network):
    assert network._node_batch("s1") == [
        "link set lo up",
        "link add br0 type bridge mcast_snooping 0",
        "link set dev br0 addrgenmode none up",
        "link set dev eth0 addrgenmode none master br0 up",
        "link set dev eth1 addrgenmode none master br0 up",
    ]


@pytest.mark.parametrize(
    ("end", "there"),
    [("r1:eth0", True), ("r1:eth9", False), ("x9:eth0", False), ("r1", False), ("", False), ("r1:eth0:x", False)],
)
def test_an_end_of_a_cable_is_found_by_node_and_interface(network, end, there):
    assert network.has(end) is there


def test_both_ends_of_a_cable_are_found_from_either_end(network):
    assert network.ends("h1", "eth0") == network.ends("s1", "eth1") == [("s1", "eth1"), ("h1", "eth0")]


def test_hardware_addresses_are_stable_unique_and_locally_administered():
    address = hardware_address("r1", "eth0")
    assert address == hardware_address("r1", "eth0")
    assert address != hardware_address("r1", "eth1")
    first = int(address.split(":")[0], 16)
    assert first & 0b11 == 0b10  # locally administered, not a group (IEEE 802)
    assert len({hardware_address(f"n{node}", f"eth{port}") for node in range(40) for port in range(8)}) == 320


def test_one_command_creates_both_ends_of_a_link():
    made = type("Node", (), {})
    first, second = made(), made()
    first.name, first.pid, second.name, second.pid = "r1", 7, "h1", 8
    LabLink.makeIntfPair("eth0", "eth1", node1=first, node2=second)
    assert LabLink.commands() == [
        f"link add name eth0 address {hardware_address('r1', 'eth0')} netns 7 type veth peer "
        f"name eth1 address {hardware_address('h1', 'eth1')} netns 8"
    ]
    assert LabLink.commands() == []


def test_owners_of_nodes_are_mapped_ids_and_repeat_late():
    owners = [next(LabNode.owners) for _ in range(LAST_OWNER - FIRST_OWNER + 1)]
    assert len(set(owners)) == LAST_OWNER - FIRST_OWNER
    assert owners[0] == owners[-1]
    assert 0 < FIRST_OWNER < LAST_OWNER < identity.IDS


def test_a_missing_required_sysctl_is_named(monkeypatch):
    monkeypatch.setattr("labs.supervisor.syscalls.network_of", lambda pid: __import__("contextlib").nullcontext())
    write_sysctls(1, {"net.none.such": "1"}, must=False)
    with pytest.raises(LinkFailed, match=r"sysctl net\.none\.such = 1: No such file"):
        write_sysctls(1, {"net.none.such": "1"}, must=True)


ADDRESSES = [
    {"family": "inet6", "local": "2001:db8:1::2", "prefixlen": 64, "scope": "global"},
    {"family": "inet6", "local": "2001:db8:1::3", "prefixlen": 64, "scope": "global", "dynamic": True},
    {"family": "inet6", "local": "fe80::2", "prefixlen": 64, "scope": "link"},
    {"family": "inet", "local": "192.0.2.2", "prefixlen": 24, "scope": "global"},
    {},
]
ROUTES = {
    "-6": [
        {"dst": "default", "gateway": "2001:db8:1::1", "metric": 5000},
        {"dst": "2001:db8:1::/64", "protocol": "kernel", "metric": 256},
        {"dst": "2001:db8:9::/48", "gateway": "2001:db8:1::1", "protocol": "static", "nhid": 17, "metric": 20},
        {"dst": "2001:db8:7::/48", "protocol": "static", "metric": 1024, "metrics": [{"mtu": 1400}]},
    ],
    "-4": [{"dst": "default", "gateway": "192.0.2.1", "prefsrc": "192.0.2.2"}],
}


def test_what_hangs_on_an_interface_is_its_mtu_its_addresses_and_the_routes_that_a_person_or_start_has_set(
    network, monkeypatch
):
    """Regression: a host lost its default route when the router before it was reset, and its IPv4 routes when a cable was cut."""
    answers = {"address": [{"mtu": 1400, "addr_info": ADDRESSES}]}
    monkeypatch.setattr(of_network.syscalls, "network_of", lambda _pid: nullcontext())
    monkeypatch.setattr(of_network, "read_ip", lambda words: answers.get(words[1], ROUTES.get(words[1])))
    assert network._settings(SimpleNamespace(pid=1), "eth0") == [
        "link set dev eth0 mtu 1400",
        "address replace 2001:db8:1::2/64 dev eth0 nodad",
        "address replace 192.0.2.2/24 dev eth0",
        "route replace ::/0 via 2001:db8:1::1 dev eth0 metric 5000",
        "route replace 2001:db8:7::/48 dev eth0 metric 1024 mtu 1400",
        "route replace 0.0.0.0/0 via 192.0.2.1 dev eth0 src 192.0.2.2",
    ]


def test_the_other_end_of_a_link_has_the_settings_from_before_its_cable_was_unplugged_and_a_switch_has_none(
    network, monkeypatch
):
    monkeypatch.setattr(network, "space", lambda name: name)
    monkeypatch.setattr(network, "_settings", lambda space, interface: [f"{space} {interface}"])
    assert network.hung_on("s1") == {("r1", "eth0"): ["r1 eth0"], ("h1", "eth0"): ["h1 eth0"]}
    assert network.hung_on("r1") == {}
    network.keep({("h1", "eth0"): ["before"]})
    assert network.hung_on("s1")["h1", "eth0"] == ["before"]

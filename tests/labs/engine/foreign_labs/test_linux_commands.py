"""Commands of others are read and never run: addresses, routes and settings are taken over, all else is kept or reported."""

import pytest

from labs.engine.definition.spec import Kind
from labs.engine.foreign_labs.foreign_lab import LONGEST_LINE, ForeignLab, ForeignNode, Place, Segment
from labs.engine.foreign_labs.linux_commands import read_commands
from tests.labs.engine.foreign_labs.foreign import reasons


@pytest.fixture
def foreign():
    foreign = ForeignLab(system="test", name="test", place=Place("x"))
    foreign.nodes["h"] = ForeignNode(name="h", kind=Kind.HOST, place=Place("x"))
    foreign.segments = [Segment(name="A", ends=[("h", "eth0"), ("h", "eth1")], place=Place("x"))]
    return foreign


def read(foreign, text):
    read_commands(foreign, foreign.nodes["h"], text, "h.startup")
    return foreign.nodes["h"]


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ("ip addr add 192.0.2.1/24 dev eth0", "192.0.2.1/24"),
        ("/sbin/ip -6 a add 2001:db8::1/64 dev eth0", "2001:db8::1/64"),
        ("ip address add 192.0.2.1/24 brd + dev eth0", "192.0.2.1/24"),
        ("ifconfig eth0 192.0.2.1/24 up", "192.0.2.1/24"),
        ("ifconfig eth0 192.0.2.1 netmask 255.255.255.0 broadcast 192.0.2.255 up", "192.0.2.1/24"),
        ("ifconfig eth0 192.0.2.1 up", "192.0.2.1/24"),
    ],
)
def test_each_way_to_set_an_address_is_understood(foreign, line, address):
    assert read(foreign, line).addresses == {"eth0": [address]}
    assert reasons(foreign) == {}


@pytest.mark.parametrize(
    ("line", "route"),
    [
        ("ip route add default via 192.0.2.1", "ip route replace default via 192.0.2.1"),
        ("ip -6 route add 2001:db8::/32 via 2001:db8:1::1", "ip -6 route replace 2001:db8::/32 via 2001:db8:1::1"),
        ("route add default gw 192.0.2.1 dev eth0", "ip route replace default via 192.0.2.1 dev eth0"),
        (
            "route add -net 198.51.100.0 netmask 255.255.255.0 gw 192.0.2.1",
            "ip route replace 198.51.100.0/24 via 192.0.2.1",
        ),
    ],
)
def test_each_way_to_set_a_route_is_understood(foreign, line, route):
    assert read(foreign, line).routes == [route]


@pytest.mark.parametrize(
    "line",
    ["sysctl -w net.ipv4.ip_forward=1", "echo 1 > /proc/sys/net/ipv4/ip_forward", "sysctl -qw net/ipv4/ip_forward=1"],
)
def test_each_way_to_set_a_sysctl_is_understood(foreign, line):
    assert read(foreign, line).sysctls == {"net.ipv4.ip_forward": "1"}


def test_interfaces_that_commands_make_are_kept_with_their_commands_and_need_a_kernel_feature(foreign):
    node = read(
        foreign,
        "ip link add link eth0 name eth0.5 type vlan id 5\nip link set eth0.5 up\nip addr add 192.0.2.9/24 dev eth0.5\n",
    )
    assert node.start == [
        "ip link add link eth0 name eth0.5 type vlan id 5",
        "ip link set eth0.5 up",
        "ip addr add 192.0.2.9/24 dev eth0.5",
    ]
    assert foreign.requires == {"vlan"}


@pytest.mark.parametrize(
    "line", ["ip link set dev br0 up", "ip link set up dev br0", "ip link set br0 up", "ifconfig br0 up"]
)
def test_an_interface_that_a_command_makes_is_brought_up_and_the_others_are_up_already(foreign, line):
    node = read(foreign, f"ip link add br0 type bridge\n{line}\n{line.replace('br0', 'eth0')}\n")
    assert node.start == ["ip link add br0 type bridge", "ip link set br0 up"]
    assert reasons(foreign) == {}


def test_both_ends_of_a_pair_that_a_command_makes_are_known(foreign):
    lines = ["ip link add v0 type veth peer name v1", "ip link set v1 up", "ip addr add 192.0.2.1/24 dev v1"]
    assert read(foreign, "\n".join(lines)).start == lines
    assert reasons(foreign) == {}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("curl http://example.net/x | sh", "plain commands"),
        ("rm -rf /", "does not run rm"),
        ("ip route add default via $(cat gw)", "plain commands"),
        ("iptables -P FORWARD DROP", "nft"),
        ("systemctl start apache2", "nginx"),
        ("apt-get install nmap", "Internet"),
        ("ip addr add 192.0.2.1/24 dev eth9", "management network"),
        ("for i in 1 2; do true; done", "plain commands"),
        ("cat > /etc/x <<EOF\nrm -rf /\nEOF", "here-document"),
    ],
)
def test_everything_else_is_reported_with_its_line_and_a_reason(foreign, line, why):
    node = read(foreign, f"# comment\n{line}\n")
    assert (node.start, node.routes, node.addresses) == ([], [], {})
    assert [reason for reason in reasons(foreign).values() if why in reason], reasons(foreign)
    assert all(place.startswith(("h.startup:2 ", "h.startup:3 ", "h.startup:4 ")) for place in reasons(foreign))


@pytest.mark.parametrize(
    "line",
    [
        "#route add default gw 192.0.2.1",
        "# ip -6 route add default via 2001:db8::1",
        "#ip addr add 192.0.2.1/24 dev eth0",
    ],
)
def test_a_comment_that_is_a_command_is_reported_because_it_may_be_the_solution(foreign, line):
    node = read(foreign, line)
    assert (node.addresses, node.routes, node.start) == ({}, [], [])
    [why] = reasons(foreign).values()
    assert "solution/NODE.sh" in why


def test_other_comments_are_not_reported(foreign):
    read(foreign, "#!/bin/sh\n# the route to the other network\n#\n# ip route\n")
    assert reasons(foreign) == {}


def test_vtysh_on_the_command_line_is_configuration(foreign):
    node = read(foreign, "vtysh -c 'conf t' -c 'router bgp 64500' -c 'neighbor 192.0.2.2 remote-as 64501' -c end\n")
    assert (node.kind, node.routing) == (Kind.FRR, ["router bgp 64500", "neighbor 192.0.2.2 remote-as 64501"])


def test_a_line_that_is_too_long_is_reported_without_being_searched(foreign):
    node = read(foreign, "ip addr add 192.0.2.1/24 dev eth0" + " " * 5 + "x" * LONGEST_LINE)
    assert node.addresses == {}
    assert "longer than" in next(iter(reasons(foreign).values()))

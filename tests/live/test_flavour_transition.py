"""The flavours transition and tunnel: an IPv6-only host reaches IPv4 by 464XLAT and NAT64, and two hosts by WireGuard."""

import pytest

from labs.engine.definition.spec import Kind, Node
from tests.live.conftest import link
from tests.live.flavoured import file, running

pytestmark = pytest.mark.live

# The well-known prefix is not for addresses that are not global (RFC 6052, 3.1), such as those for documentation: tayga refuses it
PLAT = """tun-device nat64
ipv4-addr 198.51.100.1
prefix 2001:db8:64::/96
dynamic-pool 198.51.100.0/24
data-dir /run
"""
ROUTES = ("link set nat64 up", "route add 198.51.100.0/24 dev nat64", "-6 route add 2001:db8:64::/96 dev nat64")
FORWARDS = {"net.ipv6.conf.all.forwarding": "1", "net.ipv4.ip_forward": "1"}
SEEN = {"to": "four", "address": "192.0.2.2", "protocol": "tcp", "port": 8080, "source": "198.51.100.0/24"}


@pytest.fixture(scope="module")
def transition(runner):
    """A host without IPv4 (six), a router that is the PLAT, and a host without IPv6 (four)."""
    nodes = [
        Node(name="six", kind=Kind.HOST, start=("ip -6 route add default via 2001:db8:6::1",)),
        Node(name="plat", kind=Kind.HOST, sysctls=FORWARDS, files=(file("/etc/tayga.conf", PLAT),)),
        Node(name="four", kind=Kind.HOST, start=("ip route add default via 192.0.2.1",)),
    ]
    links = [
        link("six:eth0", "plat:eth0", ["2001:db8:6::2/64"], ["2001:db8:6::1/64"]),
        link("four:eth0", "plat:eth1", ["192.0.2.2/24"], ["192.0.2.1/24"]),
    ]
    with running(runner, "transition", nodes, links, requires=("tun",)) as lab:
        yield lab


def test_tayga_translates_and_clatd_gives_the_ipv6_only_host_an_ipv4_address(transition):
    transition.type("plat", "tayga --mktun", *(f"ip {line}" for line in ROUTES), "tayga")
    options = "clat-dev=clat plat-dev=eth0 plat-prefix=2001:db8:64::/96 clat-v6-addr=2001:db8:6::c1a7"
    transition.type("six", f"clatd {options} v4-conncheck-delay=0 >/tmp/clatd.log 2>&1 &")
    assert (
        transition.unpassed(
            ("nat64.flow", "six", SEEN | {"prefix": "2001:db8:64::/96"}),
            ("clat.flow", "six", SEEN | {"interface": "clat"}),
        )
        == []
    )


@pytest.fixture(scope="module")
def tunnel(runner):
    nodes = [Node(name=name, kind=Kind.HOST) for name in ("h1", "h2")]
    links = [link("h1:eth0", "h2:eth0", ["2001:db8::1/64"], ["2001:db8::2/64"])]
    with running(runner, "tunnel", nodes, links, requires=("tun",)) as lab:
        yield lab


def test_two_hosts_reach_each_other_through_wireguard_go(tunnel):
    keys = {node: tunnel.type(node, "umask 077; wg genkey > /root/key; wg pubkey < /root/key") for node in ("h1", "h2")}
    for number, node, peer in ((1, "h1", "h2"), (2, "h2", "h1")):
        other = 3 - number
        tunnel.type(
            node,
            "wireguard-go wg0",
            f"wg set wg0 listen-port 51820 private-key /root/key peer {keys[peer].split()[-1]} "
            f"endpoint [2001:db8::{other}]:51820 allowed-ips 2001:db8:f::/64",
            f"ip addr add 2001:db8:f::{number}/64 dev wg0; ip link set wg0 up",
        )
    assert tunnel.unpassed(("ping", "h1", {"to": "2001:db8:f::2", "at": "h2"})) == []

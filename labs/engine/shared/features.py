"""Kernel features that a lab can name in ``requires``: how the supervisor tests for them, and the modules that provide them.

The lab image contains a copy of this module, and docker/setup imports it with the system's Python. So it uses the standard
library only, and nothing newer than Python 3.8.
"""

from __future__ import annotations

from typing import NamedTuple


class Feature(NamedTuple):
    """One feature. If the kernel has it, all commands of ``tries`` succeed in a network namespace of their own."""

    tries: tuple[str, ...]
    modules: tuple[str, ...] = ()  # docker/setup loads them; a kernel may have them built in
    cure: str = ""  # what to do if no module provides it

    @property
    def what_helps(self) -> str:
        """The advice for an operator if it is missing."""
        return self.cure or f"modprobe -a {' '.join(self.modules)}"


VETH = "ip link add v0 type veth peer name v1"

# Creating a link loads its module, if the kernel allows that. MPLS is different: only modprobe loads mpls_router, and without it
# the kernel returns an empty list of routes. So the test creates the table and adds a route.
FEATURES: dict[str, Feature] = {
    "bond": Feature(("ip link add v0 type bond",), ("bonding",)),
    "bridge_vlan": Feature(
        ("ip link add v0 type bridge vlan_filtering 1", "bridge vlan add vid 5 dev v0 self"),
        cure="a kernel with BRIDGE_VLAN_FILTERING",
    ),
    "dummy": Feature(("ip link add v0 type dummy",), ("dummy",)),
    "gre": Feature(
        (
            "ip link add v0 type ip6gre local 2001:db8::1 remote 2001:db8::2",
            "ip link add v1 type gre local 192.0.2.1 remote 192.0.2.2",
        ),
        ("ip6_gre", "ip_gre"),
    ),
    "ip6tnl": Feature(("ip link add v0 type ip6tnl local 2001:db8::1 remote 2001:db8::2 mode any",), ("ip6_tunnel",)),
    "macvlan": Feature((VETH, "ip link add v2 link v0 type macvlan"), ("macvlan",)),
    "mpls": Feature(
        (
            "ip link set lo up",
            "sysctl -qw net.mpls.platform_labels=1000",
            "ip -f mpls route add 100 dev lo",
            "ip -6 route add 2001:db8::/64 encap mpls 100 dev lo",
        ),
        ("mpls_router", "mpls_iptunnel"),
    ),
    "netem": Feature((VETH, "tc qdisc add dev v0 root netem delay 1ms"), ("sch_netem",)),
    "seg6": Feature(
        ("ip link set lo up", "ip -6 route add 2001:db8::/64 encap seg6 mode encap segs 2001:db8::1 dev lo"),
        cure="a kernel with IPV6_SEG6_LWTUNNEL",
    ),
    "sit": Feature(("ip link add v0 type sit local 192.0.2.1 remote 192.0.2.2",), ("sit",)),
    "tun": Feature(("ip tuntap add dev v0 mode tun",), ("tun",)),
    "vlan": Feature((VETH, "ip link add v2 link v0 type vlan id 5"), ("8021q",)),
    "vrf": Feature(("ip link add v0 type vrf table 5",), ("vrf",)),
    "vxlan": Feature(("ip link add v0 type vxlan id 5 dstport 4789 local 2001:db8::1",), ("vxlan",)),
    "wireguard": Feature(("ip link add v0 type wireguard",), ("wireguard",)),
}

# A variable of the containers of labs that require wireguard: their nodes have generic netlink, by which peers are set
GENERIC_NETLINK = "VAKA_GENERIC_NETLINK"
# What a container gets at its creation, and no empty one has: a device, and that variable
AT_CREATION = {"tun", "wireguard"}

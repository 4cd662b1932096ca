"""Kernel features that a lab may name in ``requires``: how the supervisor finds out whether this kernel has one, and its modules.

The supervisor has a copy of this module in its image, and docker/setup reads it with the system's Python: it uses the standard
library only, and nothing that Python 3.8 does not know.
"""

from __future__ import annotations

from typing import NamedTuple


class Feature(NamedTuple):
    """One feature. ``tries`` are commands that all succeed, in a network namespace of their own, where the kernel has it."""

    tries: tuple[str, ...]
    modules: tuple[str, ...] = ()  # that docker/setup loads; a kernel may have them built in
    cure: str = ""  # where no module helps

    @property
    def what_helps(self) -> str:
        """What an operator can do where it is missing."""
        return self.cure or f"modprobe -a {' '.join(self.modules)}"


VETH = "ip link add v0 type veth peer name v1"

# Making a link loads its module where the kernel lets it. MPLS is different: nothing but modprobe loads its router, and without
# it the kernel answers a question for its routes with an empty list. So its table is made, and a route put into it.
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

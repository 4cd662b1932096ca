"""Kernel features that a lab may name in ``requires``, and how the supervisor finds out whether this kernel has them.

The supervisor has a copy of this module in its image: it uses the standard library only.
"""

# name: (what to try in a network namespace of our own, as lines of `ip -batch`, or of tc; what an operator loads)
FEATURES: dict[str, tuple[tuple[str, ...], str]] = {
    "bond": (("link add v0 type bond",), "modprobe bonding"),
    "dummy": (("link add v0 type dummy",), "modprobe dummy"),
    "gre": (("link add v0 type ip6gre local 2001:db8::1 remote 2001:db8::2",), "modprobe ip6_gre"),
    "ip6tnl": (("link add v0 type ip6tnl local 2001:db8::1 remote 2001:db8::2 mode any",), "modprobe ip6_tunnel"),
    "macvlan": (("link add v0 type veth peer name v1", "link add v2 link v0 type macvlan"), "modprobe macvlan"),
    "mpls": (("-f mpls route show",), "modprobe mpls_router"),
    "netem": (
        ("link add v0 type veth peer name v1", "tc qdisc add dev v0 root netem delay 1ms"),
        "modprobe sch_netem",
    ),
    "seg6": (
        ("link set lo up", "-6 route add 2001:db8::/64 encap seg6 mode encap segs 2001:db8::1 dev lo"),
        "a kernel with IPV6_SEG6_LWTUNNEL",
    ),
    "sit": (("link add v0 type sit local 192.0.2.1 remote 192.0.2.2",), "modprobe sit"),
    "tun": (("tuntap add dev v0 mode tun",), "modprobe tun"),
    "vlan": (("link add v0 type veth peer name v1", "link add v2 link v0 type vlan id 5"), "modprobe 8021q"),
    "vrf": (("link add v0 type vrf table 5",), "modprobe vrf"),
    "vxlan": (("link add v0 type vxlan id 5 dstport 4789 local 2001:db8::1",), "modprobe vxlan"),
    "wireguard": (("link add v0 type wireguard",), "modprobe wireguard"),
}

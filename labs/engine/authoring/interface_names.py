"""The names that an interface can have: those that no program reads as a word of its own, and that no other interface has."""

import re

from labs.engine.definition.spec import Kind

PATTERN = r"[a-z][a-z0-9._-]{0,14}"

# What iproute2 6.15 reads as a word of its own in "ip link set NAME up" or "ip link show NAME"
OF_IP = frozenset(
    (
        *("allmulticast", "arp", "autojoin", "brd", "carrier", "dadfailed", "deprecated", "dev"),
        *("down", "gro_max_size", "group", "gso_max_segs", "gso_max_size", "home", "index", "label"),
        *("mngtmpaddr", "mode", "mtu", "multicast", "name", "netns", "nodad", "noprefixroute"),
        *("novf", "optimistic", "parentdev", "permanent", "primary", "promisc", "proto", "protodown"),
        *("qlen", "scope", "secondary", "stable-privacy", "state", "temporary", "tentative", "to"),
        *("trailers", "txqlen", "up", "vf", "vrf", "xdp", "xdpdrv", "xdpgeneric"),
        *("xdpoffload",),
    )
)
ABBREVIATED_BY_IP = (  # their beginnings too, for example "a" and "m"
    *("address", "addrgenmode", "alias", "broadcast", "dynamic", "help", "link-netnsid", "master", "nomaster"),
    *("numrxqueues", "numtxqueues", "txqueuelen", "type"),
)
OF_OTHERS = {
    "vtysh": ("blackhole", "brief", "description", "null0", "reject"),  # ipv6 route PREFIX NAME, show interface NAME
    "sysctl": ("all", "default"),  # folders of net.ipv6.conf that belong to no interface
    "tcpdump": ("any", "nflog", "nfqueue"),  # tcpdump -i NAME
}
# The kernel makes them in every network namespace once the computer has used such tunnels
OF_THE_KERNEL = ("erspan0", "gre0", "gretap0", "ip6_vti0", "ip6gre0", "ip6tnl0", "ip_vti0", "sit0", "tunl0")
BRIDGE = "br0"  # of a switch; the supervisor makes it


def wrong(name: str, kind: object = None) -> str:
    """Return why an interface of a node of this kind cannot have the name and what to do, or an empty text."""
    if name == "lo":
        return "lo is the loopback interface and cannot have a link. Set its addresses with loopback."
    if not re.fullmatch(PATTERN, name):
        wanted = "at most 15 lower-case letters, digits, dots and hyphens, beginning with a letter"
        return f'"{name}" is not a valid interface name. Use {wanted}.'
    if name in OF_THE_KERNEL or (name == BRIDGE and kind == Kind.SWITCH):
        return f"{name} cannot have a link, because the node may have another interface of this name. Choose another, such as eth0."
    if program := _reader(name):
        return f'"{name}" is a word of {program}, which does not read it as an interface. Choose another name, such as eth0.'
    return ""


def _reader(name: str) -> str:
    """The program that takes the name for a word of its own, or an empty text."""
    if name in OF_IP or any(word.startswith(name) for word in ABBREVIATED_BY_IP):
        return "ip"
    return next((program for program, words in OF_OTHERS.items() if name in words), "")

"""Faults of links, interfaces and nodes as the lab defines them: addresses, cables, MTUs, forwarding, daemons, filters."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from ipaddress import ip_interface
from itertools import pairwise

from labs.engine.adapters.node_state import UNREAD_SECONDS
from labs.engine.definition.spec import Interface, Kind, Lab, Link, Node
from rigs.diagnose.generators.fault import FaultKind, GeneratedFault, Truth
from rigs.diagnose.generators.rules import neighbours, next_address
from rigs.diagnose.generators.sources import with_node, with_start

ADDRESS, FILTER = r"address|subnet", r"filter|drop|den(y|ies)|block"


def network_faults(lab: Lab) -> Iterator[GeneratedFault]:
    """Yield the faults of all links and nodes of a lab."""
    for link in lab.links:
        for end in link.ends:
            if lab.nodes[end.node].kind is not Kind.SWITCH:
                yield from _address_faults(lab, link, end)
                yield from _port_faults(lab, end)
    for node in lab.nodes.values():
        if node.kind is not Kind.SWITCH:
            yield from _node_faults(lab, node.name)
            yield from _swapped_cables(lab, node.name)


def _address_faults(lab: Lab, link: Link, end: Interface) -> Iterator[GeneratedFault]:
    for text in end.addresses:
        held = ip_interface(text)
        if held.ip.is_link_local:
            continue
        others = [one for other in neighbours(lab, end) for one in other.addresses]
        same = [one for one in others if ip_interface(one).version == held.version]
        objects = (end.name, str(held.ip), text)

        def fault(kind: FaultKind, becomes: Sequence[str], truth: str, aspect: str, *more: str) -> GeneratedFault:
            kept = tuple(one for one in end.addresses if one != text)  # noqa: B023 - called at once
            moved = replace(end, addresses=(*kept, *becomes))
            place = f"{end} {text} to {' '.join(becomes) or 'nothing'}"  # noqa: B023
            names = (*objects, *more)  # noqa: B023
            nodes = (
                (end.node, *(other.node for other in neighbours(lab, end)))
                if kind is FaultKind.DOUBLED
                else (end.node,)
            )
            told = Truth(f"{end.node}: {truth}", nodes, names, aspect)
            return GeneratedFault(lab.id, "interface address", kind, place, _with_end(link, end, moved), (told,))

        yield fault(FaultKind.MISSING, (), f"{end.name} has no address {text}", ADDRESS)
        if same:
            yield fault(
                FaultKind.DOUBLED,
                (same[0],),
                f"{end.name} has the address of its neighbour, {same[0]}",
                r"address|duplicate",
                str(ip_interface(same[0]).ip),
            )
        other = next_address(str(held.ip))
        if other and held.network.prefixlen <= 112 + (held.version == 4) * 200:
            yield fault(
                FaultKind.WRONG_VALUE,
                (f"{other}/{held.network.prefixlen}",),
                f"{end.name} has {other}, not {held.ip}",
                ADDRESS,
                other,
            )
        longer = held.max_prefixlen - 1
        yield fault(
            FaultKind.WRONG_VALUE,
            (f"{held.ip}/{longer}",),
            f"the prefix length of {text} is {longer}",
            r"length|subnet|prefix|address",
            f"{held.ip}/{longer}",
        )


def _with_end(link: Link, end: Interface, moved: Interface) -> Callable[[Lab], Lab]:
    def change(lab: Lab) -> Lab:
        a, b = (moved if one == end else one for one in link.ends)
        return replace(lab, links=tuple(replace(link, a=a, b=b) if one == link else one for one in lab.links))

    return change


def _port_faults(lab: Lab, end: Interface) -> Iterator[GeneratedFault]:
    others = tuple(other.node for other in neighbours(lab, end))
    port = end.name
    for thing, kind, command, truth, aspect, nodes in (
        ("link", FaultKind.MISSING, f"ip link set {port} down", "is down", r"down|carrier", (end.node,)),
        (
            "link MTU",
            FaultKind.WRONG_VALUE,
            f"ip link set {port} mtu 1280",
            "has the MTU 1280",
            r"MTU",
            (end.node, *others),
        ),
        (
            "IPv6",
            FaultKind.MISSING,
            f"sysctl -qw net.ipv6.conf.{port}.disable_ipv6=1",
            "has IPv6 disabled",
            r"IPv6 is disabled|disable_ipv6",
            (end.node,),
        ),
    ):
        told = Truth(f"{end.node}: {port} {truth}", nodes, (port, str(end)), aspect)
        yield GeneratedFault(lab.id, thing, kind, f"{end}", _starting(end.node, command), (told,))


FILTERS = (
    ("BGP", r"router bgp|protocol bgp", "input", "tcp dport 179 drop", "tcp sport 179 drop"),
    ("OSPF", r"ospf", "input", "meta l4proto 89 drop"),
    ("neighbour discovery", "", "input", "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } drop"),
    ("router advertisements", r"nd |AdvSend", "input", "icmpv6 type nd-router-advert drop"),
    ("everything", "", "forward", "counter drop"),
    ("web", "", "forward", "tcp dport { 80, 443 } drop"),
)


def _node_faults(lab: Lab, name: str) -> Iterator[GeneratedFault]:
    yield from _filters(lab, name)
    if len(lab.interfaces(name)) > 1:
        yield from _without_forwarding(lab, name)
    elif re.search(ADVERTISED, "\n".join(map(_text, lab.nodes.values()))):
        yield _deaf_to_advertisements(lab, name)
    yield from _without_a_daemon(lab, name)


def _filters(lab: Lab, name: str) -> Iterator[GeneratedFault]:
    for what, needed, hook, *rules in FILTERS:
        if not re.search(needed, _text(lab.nodes[name])) or (hook == "forward" and len(lab.interfaces(name)) < 2):
            continue
        lines = [
            "nft add table inet extra",
            f"nft add chain inet extra {hook} '{{ type filter hook {hook} priority 0; }}'",
        ]
        lines += [
            f"nft add rule inet extra {hook} {rule.replace('{', chr(39) + '{').replace('}', '}' + chr(39))}"
            for rule in rules
        ]
        told = Truth(
            f"{name}: a packet filter drops {what}", (name,), ("filter", "packet filter", "extra", "nft"), FILTER
        )
        yield GeneratedFault(
            lab.id, "packet filter rule", FaultKind.EXTRA, f"{name} {what}", _starting(name, *lines), (told,)
        )


def _without_forwarding(lab: Lab, name: str) -> Iterator[GeneratedFault]:
    for version, key in (("ipv6", "net.ipv6.conf.all.forwarding"), ("ipv4", "net.ipv4.ip_forward")):
        if version == "ipv4" and not any(
            ip_interface(a).version == 4 for link in lab.links for end in link.ends for a in end.addresses
        ):
            continue
        told = Truth(f"{name}: {version} forwarding is off", (name,), ("forward", "forwarding"), r"forward")
        yield GeneratedFault(
            lab.id, "sysctl", FaultKind.WRONG_VALUE, f"{name} {key}", _starting(name, f"sysctl -qw {key}=0"), (told,)
        )


def _deaf_to_advertisements(lab: Lab, name: str) -> GeneratedFault:
    port = lab.interfaces(name)[0].name
    key = f"net.ipv6.conf.{port}.accept_ra"
    told = Truth(f"{name}: accept_ra is 0 on {port}", (name,), (port, "accept_ra", "advertisements"), r"accept")
    return GeneratedFault(
        lab.id, "sysctl", FaultKind.WRONG_VALUE, f"{name} {key}", _with_sysctl(name, key, "0"), (told,)
    )


def _without_a_daemon(lab: Lab, name: str) -> Iterator[GeneratedFault]:
    node = lab.nodes[name]
    for daemon in node.daemons:
        without = tuple(one for one in node.daemons if one != daemon)
        told = Truth(
            f"{name}: {daemon} does not run",
            (name,),
            (daemon, DAEMONS.get(daemon, daemon)),
            r"run|configured|enabled|started",
        )
        yield GeneratedFault(
            lab.id, "daemon", FaultKind.NOT_LOADED, f"{name} {daemon}", _with_daemons(name, without), (told,)
        )
    if node.kind is Kind.BIRD:
        told = Truth(
            f"{name}: BIRD has not read its file",
            (name,),
            ("configuration file", "file", "birdc configure", "bird.conf"),
            r"read|reload|configure|load",
        )
        yield GeneratedFault(lab.id, "BIRD file", FaultKind.NOT_LOADED, name, _unread(name), (told,))


ADVERTISED = r"nd |AdvSendAdvert"


def _text(node: Node) -> str:
    return "\n".join(file.content.decode(errors="replace") for file in node.files)


DAEMONS = {"ospf6d": "OSPFv3", "ospfd": "OSPF", "bgpd": "BGP", "isisd": "IS-IS"}


def _starting(node: str, *lines: str) -> Callable[[Lab], Lab]:
    return lambda lab: with_start(lab, node, *lines)


def _with_sysctl(node: str, key: str, value: str) -> Callable[[Lab], Lab]:
    return lambda lab: with_node(lab, replace(lab.nodes[node], sysctls={**lab.nodes[node].sysctls, key: value}))


def _with_daemons(node: str, daemons: tuple[str, ...]) -> Callable[[Lab], Lab]:
    return lambda lab: with_node(lab, replace(lab.nodes[node], daemons=daemons))


def _unread(node: str) -> Callable[[Lab], Lab]:
    """BIRD runs with a file in which a protocol is disabled. Then the file is corrected, and BIRD is not told."""

    def change(lab: Lab) -> Lab:
        was = lab.nodes[node]
        files = tuple(
            replace(file, content=disabled(file.content.decode()).encode()) if file.path == BIRD_FILE else file
            for file in was.files
        )
        # BIRD and the kernel say when a file was read and written; a learner does not write it within a second.
        sed = f"sleep {UNREAD_SECONDS + 0.5}; sed -i '/^  disabled;$/d' {BIRD_FILE}"
        return with_node(lab, replace(was, files=files, start=(*was.start, sed)))

    return change


BIRD_FILE = "/etc/bird/bird.conf"


def disabled(text: str) -> str:
    """Disable each BGP and OSPF protocol of a bird.conf."""
    made = []
    for one in text.splitlines():
        made.append(one)
        if one.startswith(("protocol bgp", "protocol ospf")) and one.endswith("{"):
            made.append("  disabled;")
    return "\n".join(made) + "\n"


def _swapped_cables(lab: Lab, name: str) -> Iterator[GeneratedFault]:
    """The cables of two interfaces of a node are swapped: each interface keeps its addresses."""
    ends = lab.interfaces(name)
    for first, second in pairwise(ends):
        objects = (first.name, second.name, str(first), str(second))
        told = Truth(
            f"{name}: the cables of {first.name} and {second.name} are swapped",
            (name,),
            objects,
            r"cable|swap|other link|wrong link|connected",
        )
        yield GeneratedFault(
            lab.id, "link", FaultKind.WRONG_PLACE, f"{first} and {second}", _swap(first, second), (told,)
        )


def _swap(first: Interface, second: Interface) -> Callable[[Lab], Lab]:
    def moved(end: Interface) -> Interface:
        return {str(first): second, str(second): first}.get(str(end), end)

    return lambda lab: replace(lab, links=tuple(replace(one, a=moved(one.a), b=moved(one.b)) for one in lab.links))

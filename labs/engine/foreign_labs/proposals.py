"""Proposes checks for a lab whose source has no tests: its BGP sessions, and that its hosts or loopbacks reach each other."""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from typing import Any

from labs.engine.definition.spec import Kind
from labs.engine.foreign_labs.foreign_lab import ForeignCheck, ForeignLab, ForeignNode

FRR_NEIGHBOR = re.compile(r"neighbor (?P<peer>[0-9A-Fa-f.:]+) remote-as (?P<asn>[0-9]+)")
BIRD_NEIGHBOR = re.compile(r"\s*neighbor (?P<peer>[0-9A-Fa-f.:]+) (?:port [0-9]+ )?as (?P<asn>[0-9]+)\s*;")
MOST_TARGETS = 16  # addresses that one host pings
MOST_PINGS = 3  # routers that one router pings


def propose_checks(lab: ForeignLab) -> None:
    for node in lab.nodes.values():
        _sessions(lab, node)
    _reachability(lab)


def _sessions(lab: ForeignLab, node: ForeignNode) -> None:
    pattern = FRR_NEIGHBOR if node.kind is Kind.FRR else BIRD_NEIGHBOR
    every = (given for other in lab.nodes.values() for held in other.addresses.values() for given in held)
    known = {given.partition("/")[0] for given in every}
    for line in node.routing:
        match = pattern.match(line)
        if match is None or match["peer"] not in known:
            continue
        expect: dict[str, Any] = {"peer": match["peer"], "remote_as": int(match["asn"])}
        if family := _family(node, match["peer"]):
            expect["family"] = family
        _propose(lab, node, "bgp.session", f"{node.name} has a BGP session with {match['peer']}", expect)


def _family(node: ForeignNode, peer: str) -> str:
    """A session over IPv6 that carries IPv4 alone, or the other way round, is looked up in its family."""
    activated = {
        "ipv6" if "ipv6" in block else "ipv4"
        for block in re.split(r"(?=address-family )", "\n".join(node.routing))[1:]
        if f"neighbor {peer} activate" in block
    }
    own = "ipv6" if ipaddress.ip_address(peer).version == 6 else "ipv4"
    is_default = own == "ipv4" and "no bgp default ipv4-unicast" not in node.routing
    return "" if not activated or own in activated or is_default else min(activated)


def _reachability(lab: ForeignLab) -> None:
    hosts = [
        node for node in lab.nodes.values() if node.kind is Kind.HOST and lab.interfaces(node.name) and node.addresses
    ]
    if len(hosts) > 1:
        _among_hosts(lab, hosts)
    else:
        routers = [node for node in lab.nodes.values() if node.kind in (Kind.FRR, Kind.BIRD)]
        _among_routers(lab, [*hosts, *routers])


def _among_hosts(lab: ForeignLab, hosts: Sequence[ForeignNode]) -> None:
    for node in hosts:
        targets = [one for other in hosts if other is not node for one in _addresses(other)]
        if to := [one for one in dict.fromkeys(targets) if _version(one) in _versions(node)][:MOST_TARGETS]:
            _propose(lab, node, "reach.matrix", f"{node.name} reaches the hosts", {"to": to})


def _among_routers(lab: ForeignLab, nodes: Sequence[ForeignNode]) -> None:
    """Between routers, a ping leaves from the loopback: the links are often announced to nobody."""
    for at, node in enumerate(nodes):
        for other in (nodes[(at + step) % len(nodes)] for step in range(1, min(MOST_PINGS + 1, len(nodes)))):
            for to in _addresses(other)[:1]:
                sources = [
                    one for one in _addresses(node) if _version(one) == _version(to) and node.addresses.get("lo")
                ]
                expect = {"to": to} | ({"source": sources[0]} if sources else {})
                if _version(to) in _versions(node):
                    _propose(lab, node, "ping", f"{node.name} reaches {other.name}", expect)


def _propose(lab: ForeignLab, node: ForeignNode, kind: str, title: str, expect: Mapping[str, Any]) -> None:
    check = ForeignCheck(type=kind, title=title, on=[node.name], expect=expect, place=node.place, is_proposed=True)
    lab.checks.append(check)


def _version(address: str) -> int:
    return ipaddress.ip_interface(address).version


def _versions(node: ForeignNode) -> set[int]:
    return {_version(one) for given in node.addresses.values() for one in given}


def _addresses(node: ForeignNode) -> list[str]:
    """Return the addresses under which a node is reached: those of its loopback, or else of its first interface with any."""
    usable = {
        interface: [str(ipaddress.ip_interface(one).ip) for one in given if not _is_local(one)]
        for interface, given in node.addresses.items()
    }
    return usable.get("lo") or next((given for given in usable.values() if given), [])


def _is_local(address: str) -> bool:
    ip = ipaddress.ip_interface(address).ip
    return ip.is_loopback or ip.is_link_local

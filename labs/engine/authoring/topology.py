"""Reports the mistakes between nodes and links that are well formed by themselves: ends, names, addresses."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv6Interface
from typing import Any

from labs.engine.adapters.untrusted import AnyNetwork
from labs.engine.authoring import interface_names
from labs.engine.authoring.schema import DAEMONS
from labs.engine.definition.spec import Kind
from labs.engine.shared.frr_daemons import ALWAYS_RUNNING
from labs.typed_yaml.shapes import PLACE, Path, Problems, nearest

type Read = Mapping[str, Any]

NOT_FOR_A_SWITCH = ("sysctls", "loopback", "start", "daemons")


@dataclass(frozen=True, slots=True)
class End:
    """One end of a link as the author wrote it."""

    node: str
    interface: str
    addresses: tuple[Any, ...]
    place: Path
    link: int

    def __str__(self) -> str:
        return f"{self.node}:{self.interface}"


def ends_of(links: Sequence[Read]) -> list[End]:
    found = []
    for number, link in enumerate(links):
        for side in ("a", "b"):
            end = link.get(side, {})
            if "interface" in end:
                node, interface = end["interface"].split(":", 1)
                found.append(End(node, interface, end.get("addresses", ()), end[PLACE], number))
    return found


def check_nodes(nodes: Mapping[str, Read], problems: Problems) -> None:
    for name, node in nodes.items():
        place = node[PLACE]
        kind = node.get("kind")
        for daemon in node.get("daemons", ()):
            if daemon in ALWAYS_RUNNING:
                problems.add((*place, "daemons"), f"{daemon} always runs on {name}. Leave it out.")
            elif daemon not in DAEMONS:
                problems.add((*place, "daemons"), f'FRR has no daemon "{daemon}": {nearest(daemon, DAEMONS)}')
        if kind is not None and kind != Kind.FRR and "daemons" in node and kind != Kind.SWITCH:
            problems.add(
                (*place, "daemons"), f"{name} is a {kind}, and only a node of kind frr has daemons. Remove daemons."
            )
        if kind == Kind.SWITCH:
            for key in NOT_FOR_A_SWITCH:
                if key in node:
                    problems.add((*place, key), f"{name} is a switch, and a switch has no {key}. Remove it.")


def check_links(nodes: Mapping[str, Read], links: Sequence[Read], problems: Problems) -> None:
    used: dict[str, int] = {}
    for end in ends_of(links):
        where = (*end.place, "interface")
        if end.node not in nodes:
            problems.add(where, f'There is no node "{end.node}": {nearest(end.node, list(nodes))}')
        if wrong := interface_names.wrong(end.interface, nodes.get(end.node, {}).get("kind")):
            problems.add(where, wrong)
        if str(end) in used:
            first = used[str(end)] + 1
            problems.add(where, f"{end} is an end of link {first} already. Use another interface for this link.")
        used.setdefault(str(end), end.link)
        if nodes.get(end.node, {}).get("kind") == Kind.SWITCH and end.addresses:
            problems.add(
                (*end.place, "addresses"), f"{end.node} is a switch, and its ports have no addresses. Remove them."
            )
    _check_addresses(nodes, links, problems)


@dataclass(frozen=True, slots=True)
class Held:
    """An address, the interface that has it, and its segment. A loopback is a segment of its own."""

    address: IPv4Interface | IPv6Interface
    holder: str
    segment: str
    place: Path

    @property
    def network(self) -> AnyNetwork:
        return self.address.network

    @property
    def is_local(self) -> bool:
        return self.address.ip.is_link_local


def _held(nodes: Mapping[str, Read], links: Sequence[Read]) -> Iterator[Held]:
    segments = _segments(nodes, links)
    for end in ends_of(links):
        for address in end.addresses:
            yield Held(address, str(end), segments[end.link], (*end.place, "addresses"))
    for name, node in nodes.items():
        for address in node.get("loopback", ()):
            yield Held(address, f"{name}:lo", f"{name}:lo", (*node[PLACE], "loopback"))


def _segments(nodes: Mapping[str, Read], links: Sequence[Read]) -> dict[int, str]:
    """Return the segment of each link, by the link's number: links to the same switch are one segment."""
    parent = {f"link {number + 1}": f"link {number + 1}" for number in range(len(links))}

    def root(name: str) -> str:
        parent.setdefault(name, name)
        while parent[name] != name:
            name = parent[name]
        return name

    for end in ends_of(links):
        if nodes.get(end.node, {}).get("kind") == Kind.SWITCH:
            parent[root(f"link {end.link + 1}")] = root(f"switch {end.node}")
    return {number: root(f"link {number + 1}") for number in range(len(links))}


def _check_addresses(nodes: Mapping[str, Read], links: Sequence[Read], problems: Problems) -> None:
    first: dict[Any, Held] = {}
    by_segment: dict[str, list[Held]] = defaultdict(list)
    for held in _held(nodes, links):
        key = (held.address.ip, held.segment) if held.is_local else held.address.ip
        if key in first:
            problems.add(
                held.place,
                f"{held.address.ip} is the address of {first[key].holder} already. Choose another address. If both need it "
                "(anycast), add it in the node's start instead.",
            )
            continue
        first[key] = held
        if not held.is_local:
            by_segment[held.segment].append(held)
    for members in by_segment.values():
        _check_on_link(members, problems)
    _check_overlaps(by_segment, problems)


def _check_on_link(members: Sequence[Held], problems: Problems) -> None:
    for held in members:
        others = [o for o in members if o.holder != held.holder and o.network.version == held.network.version]
        if not others or any(held.network == other.network for other in others):
            continue
        near = next((o for o in others if held.network.overlaps(o.network)), None)
        if near:
            problems.add(
                held.place,
                f"{held.address} and {near.address} of {near.holder} overlap, but their prefix lengths differ. "
                "Use one prefix length on the link.",
            )
        else:
            problems.add(
                held.place,
                f"{held.address} is not on-link for {others[0].holder}, which has {others[0].address}. Use one prefix on the link.",
            )


def _check_overlaps(by_segment: Mapping[str, Sequence[Held]], problems: Problems) -> None:
    reported = set[tuple[str, str]]()
    known = [(segment, held) for segment, members in by_segment.items() for held in members]
    for at, (segment, held) in enumerate(known):
        for other_segment, other in known[:at]:
            if segment == other_segment or held.network.version != other.network.version:
                continue
            pair = (str(held.network), other_segment)
            if held.network.overlaps(other.network) and pair not in reported:
                reported.add(pair)
                problems.add(
                    held.place,
                    f"{held.network} of {held.holder} overlaps {other.network} of {other.holder}. "
                    "Each link needs a prefix of its own.",
                )
                break

"""Waits until a lab has settled after its start: configured sessions and adjacencies are up, and the routes do not change any more.

Labs in the pool are checked, so that no learner gets one in which adjacencies are still coming up. Some labs begin with a mistake
on purpose and never settle, so the wait has a limit.
"""

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from labs.engine.definition.spec import Kind, Lab
from labs.engine.runtime.client import Asker

EVERY = 1.0  # seconds between two snapshots
STILL = 3  # equal snapshots in a row
FRR = {
    "bgpd": ("show bgp summary json",),
    "ospf6d": ("show ipv6 ospf6 interface json", "show ipv6 ospf6 neighbor json"),
    "ospfd": ("show ip ospf interface json", "show ip ospf neighbor json"),
}
BIRD = ("show protocols all", "show ospf interface", "show ospf neighbors")
KERNEL = (
    ("-4", "route", "show", "table", "main"),
    ("-6", "route", "show", "table", "main"),
    ("addr", "show"),
)
OF_ROUTE = ("dst", "type", "gateway", "dev", "nexthops", "protocol", "metric", "ifname", "operstate")
OF_ADDRESS = ("local", "prefixlen", "tentative", "deprecated")
UP = ("Full", "2-Way", "TwoWay")
OFF = ("Down", "Loopback")
INTERFACE = re.compile(r"^Interface (\S+)", re.MULTILINE)
STATE = re.compile(r"State: (\w+)")
NEIGHBOUR = re.compile(r"^\d+\.\d+\.\d+\.\d+\s+\d+\s+(\S+)\s+\S+\s+(\S+)", re.MULTILINE)
PEER = re.compile(r"BGP state:\s+(\S+)\s+Neighbor address: (\S+)")

End = tuple[str, str]  # a node, and an interface of it


@dataclass(slots=True)
class Snapshot:
    """The state of the protocols, routes and addresses at one moment."""

    peers: dict[str, dict[str, bool]] = field(
        default_factory=dict
    )  # by node: each BGP neighbour, and whether its session is up
    # OSPF interfaces, by version: whether they have a neighbour that is Full or 2-Way
    speaking: dict[tuple[str, End], bool] = field(default_factory=dict)
    waiting: set[End] = field(default_factory=set)  # OSPF interfaces that wait for the election
    kernel: dict[str, list[str]] = field(default_factory=dict)  # by node: routes, and addresses of interfaces


def settle(lab: Lab, asker: Asker, *, seconds: float) -> list[str]:
    """Wait until the lab has settled, at most so many seconds. Return what is still missing, a few words each; empty if settled."""
    ends, before, same = time.monotonic() + seconds, None, 0
    while True:
        seen = look(lab, asker)
        lacking = lacks(lab, seen)
        same = same + 1 if seen == before and not lacking else 0
        if same >= STILL - 1:
            return []
        if time.monotonic() + EVERY > ends:
            return lacking or ["routes or addresses still change"]
        before = seen
        time.sleep(EVERY)


def look(lab: Lab, asker: Asker) -> Snapshot:
    """Take a snapshot: one question to all nodes at once."""
    asks = list(_asks(lab))
    seen = Snapshot()
    for ask, answer in zip(asks, asker.ask(asks, seconds=5), strict=True):
        if not answer["ok"]:
            continue
        if ask["ask"] == "ip":
            seen.kernel.setdefault(ask["node"], []).extend(sorted(_kept(one) for one in answer["json"]))
        elif ask["ask"] == "bird":
            read_bird(seen, ask["node"], answer["output"])
        else:
            read_frr(seen, ask["node"], ask["daemon"], [_parsed(text) for text in answer["outputs"]])
    return seen


def _asks(lab: Lab) -> Iterator[dict[str, Any]]:
    for node in lab.nodes.values():
        if node.kind is Kind.FRR:
            for daemon in node.daemons:
                if daemon in FRR:
                    yield {"ask": "vty", "node": node.name, "daemon": daemon, "commands": list(FRR[daemon])}
        if node.kind is Kind.BIRD:
            yield from ({"ask": "bird", "node": node.name, "command": command} for command in BIRD)
        if node.has_shell:
            for args in KERNEL:
                yield {"ask": "ip", "node": node.name, "args": list(args)}


def _kept(one: Any) -> str:
    """Write a route or an interface without what changes all the time, such as the seconds that a lifetime still lasts."""
    if not isinstance(one, dict):
        return ""
    addresses = one.get("addr_info", [])
    kept = {name: one[name] for name in OF_ROUTE if name in one}
    return json.dumps([kept, [[each.get(name) for name in OF_ADDRESS] for each in addresses if isinstance(each, dict)]])


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def read_frr(seen: Snapshot, node: str, daemon: str, outputs: Sequence[Mapping[str, Any]]) -> None:
    if daemon == "bgpd":
        families = (family for family in outputs[0].values() if isinstance(family, dict))
        for name, peer in ((name, peer) for family in families for name, peer in family.get("peers", {}).items()):
            seen.peers.setdefault(node, {})[name] = peer.get("state") == "Established"
        return
    interfaces, neighbours = outputs
    for name, one in interfaces.get("interfaces", interfaces).items():
        state = str(one.get("ospf6InterfaceState") or one.get("state") or "Down") if isinstance(one, dict) else "Down"
        if state in OFF or one.get("timerPassiveIface"):
            continue
        seen.speaking[daemon, (node, name)] = False
        if state == "Waiting":
            seen.waiting.add((node, name))
    found = neighbours.get("neighbors", [])
    for one in found if isinstance(found, list) else [one for each in found.values() for one in each]:
        name = str(one.get("interfaceName") or one.get("ifaceName") or "").partition(":")[0]
        up = str(one.get("state") or one.get("nbrState") or "").startswith(UP)
        seen.speaking[daemon, (node, name)] = seen.speaking.get((daemon, (node, name)), False) or up


def read_bird(seen: Snapshot, node: str, output: str) -> None:
    for state, address in PEER.findall(output):
        seen.peers.setdefault(node, {})[address.partition("%")[0]] = state == "Established"
    for name, state in _interfaces(output):
        if state not in OFF:
            seen.speaking.setdefault(("ospf", (node, name)), False)
        if state == "Waiting":
            seen.waiting.add((node, name))
    for state, name in NEIGHBOUR.findall(output):
        key = "ospf", (node, name)
        seen.speaking[key] = seen.speaking.get(key, False) or state.startswith(UP)


def _interfaces(output: str) -> Iterator[tuple[str, str]]:
    """Yield each interface with the state that is printed below it."""
    _before, *parts = INTERFACE.split(output)
    for name, text in zip(parts[::2], parts[1::2], strict=True):
        if state := STATE.search(text):
            yield name, state[1]


def lacks(lab: Lab, seen: Snapshot) -> list[str]:
    """Return the BGP sessions and OSPF adjacencies that both nodes are configured for, but that are not up."""
    owner = {ip_address(address.partition("/")[0]): name for name, address in _addresses(lab)}
    lacking = []
    for node, peers in seen.peers.items():
        for peer, is_up in peers.items():
            other = owner.get(_address(peer))
            back = {owner.get(_address(one)) for one in seen.peers.get(other or "", {})}
            if not is_up and other and node in back:
                lacking.append(f"BGP of {node} with {peer}")
    for (version, end), is_up in seen.speaking.items():
        others = [
            other
            for v, other in seen.speaking
            if other in _segment(lab, end) and (v == version or "ospf" in (v, version))
        ]
        if others and (not is_up or end in seen.waiting):
            lacking.append(f"OSPF of {end[0]} on {end[1]}")
    return lacking


def _addresses(lab: Lab) -> Iterator[tuple[str, str]]:
    for node in lab.nodes.values():
        yield from ((node.name, address) for address in node.loopback)
    for end in (end for link in lab.links for end in link.ends):
        yield from ((end.node, address) for address in end.addresses)


def _address(text: str) -> Any:
    try:
        return ip_address(text)
    except ValueError:
        return None  # a session by interface: we cannot know the other node


def _segment(lab: Lab, end: End) -> set[End]:
    """Return the other interfaces on the segment of this one: at the other end of its link, or behind the switch there."""
    found: set[End] = set()
    for link in lab.links:
        ends = [(one.node, one.name) for one in link.ends]
        if end in ends:
            found |= {one for one in ends if one != end}
    switches = {node for node, _ in found if lab.nodes[node].kind is Kind.SWITCH}
    for link in lab.links:
        ends = [(one.node, one.name) for one in link.ends]
        if switches & {node for node, _ in ends}:
            found |= {one for one in ends if one[0] not in switches and one != end}
    return found

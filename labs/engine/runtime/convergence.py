"""Waits until a lab has converged: configured sessions and adjacencies are up, and routes no longer change.

Labs in the pool are checked, so that no learner gets one in which adjacencies are still coming up. An author's lab is checked
before it is graded: until then, a check of absence would pass by luck. Some labs begin with a mistake on purpose and never
converge, so the wait has a limit. What ``lacks`` names then is what ``try_lab`` reports as not converged.
"""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from labs.engine.adapters.daemons import daemon_of, is_router
from labs.engine.adapters.routing_daemon import Question
from labs.engine.adapters.routing_state import ConfiguredProtocols, Silent
from labs.engine.adapters.untrusted import AnyAddress
from labs.engine.definition.spec import Kind, Lab, Node
from labs.engine.shared import pace
from labs.engine.shared.asker import Asker

EVERY = 1.0  # seconds between two snapshots
EQUAL = 3  # equal snapshots in a row
LEAST_LIMIT = 10.0  # seconds, before an author's lab is graded
KERNEL = (
    ("-4", "route", "show", "table", "main"),
    ("-6", "route", "show", "table", "main"),
    ("addr", "show"),
)
OF_ROUTE = ("dst", "type", "gateway", "dev", "nexthops", "protocol", "metric", "ifname", "operstate")
OF_ADDRESS = ("local", "prefixlen", "tentative", "deprecated")

End = tuple[str, str]  # a node, and an interface of it


@dataclass(slots=True)
class Snapshot:
    """The state of the protocols, routes and addresses at one moment."""

    protocols: dict[str, ConfiguredProtocols] = field(default_factory=dict)  # by node
    kernel: dict[str, list[str]] = field(default_factory=dict)  # by node: routes, and addresses of interfaces


def wait(lab: Lab, asker: Asker, *, seconds: float) -> list[str]:
    """Wait until the lab has converged, at most so many seconds. Return what is still missing, a few words each."""
    ends, before, same = time.monotonic() + seconds, None, 0
    while True:
        seen = snapshot(lab, asker)
        lacking = lacks(lab, seen)
        same = same + 1 if seen == before and not lacking else 0
        if same >= EQUAL - 1:
            return []
        if time.monotonic() + EVERY > ends:
            return lacking or ["routes or addresses still change"]
        before = seen
        time.sleep(EVERY)


def wait_before_grading(lab: Lab, asker: Asker, *, least: float = 0.0) -> list[str]:
    """Wait at least ``least`` seconds, and then until the lab has converged or its time is over. Return what is still missing.

    Its time is the largest ``within`` of its checks, the time that its author gives to its protocols.
    """
    time.sleep(least)
    longest = max((check.within for check in lab.checks()), default=0.0)
    return wait(lab, asker, seconds=pace.seconds(max(LEAST_LIMIT, longest)))


def snapshot(lab: Lab, asker: Asker) -> Snapshot:
    """Take a snapshot: one question to all nodes at once."""
    questions = [(node, question) for node in _routers(lab) for question in _protocols(node)]
    kernel = [_kernel(node, args) for node in lab.nodes.values() if node.has_shell for args in KERNEL]
    answers = asker.ask([*(question.ask for _node, question in questions), *kernel], seconds=5)
    seen = Snapshot()
    for (node, question), answer in zip(questions, answers, strict=False):
        if answer["ok"] and not isinstance(told := question.read(answer), Silent):
            seen.protocols.setdefault(node.name, ConfiguredProtocols()).add(told)
    for ask, answer in zip(kernel, answers[len(questions) :], strict=True):
        if answer["ok"]:
            seen.kernel.setdefault(ask["node"], []).extend(sorted(_kept(one) for one in answer["json"]))
    return seen


def _kept(one: Any) -> str:
    """Write a route or an interface without what changes all the time, such as the seconds that a lifetime still lasts."""
    if not isinstance(one, dict):
        return ""
    addresses = one.get("addr_info", [])
    kept = {name: one[name] for name in OF_ROUTE if name in one}
    return json.dumps([kept, [[each.get(name) for name in OF_ADDRESS] for each in addresses if isinstance(each, dict)]])


def _routers(lab: Lab) -> list[Node]:
    return [node for node in lab.nodes.values() if is_router(node)]


def _protocols(node: Node) -> list[Question[ConfiguredProtocols]]:
    return daemon_of(node).configured_protocols(node.daemons)


def _kernel(node: Node, args: Sequence[str]) -> dict[str, Any]:
    return {"ask": "ip", "node": node.name, "args": list(args)}


def lacks(lab: Lab, seen: Snapshot) -> list[str]:
    """Return the BGP sessions and OSPF adjacencies that both nodes are configured for, but that are not up."""
    owner: dict[AnyAddress | None, str] = {
        ip_address(address.partition("/")[0]): name for name, address in _addresses(lab)
    }
    lacking = []
    peers = {node: told.peers for node, told in seen.protocols.items()}
    for node, of_node in peers.items():
        for peer, is_up in of_node.items():
            other = owner.get(_address(peer))
            back = {owner.get(_address(one)) for one in peers.get(other or "", {})}
            if not is_up and other and node in back:
                lacking.append(f"BGP of {node} with {peer}")
    ospf = {
        (version, (node, name)): is_up and name not in told.waiting
        for node, told in seen.protocols.items()
        for (version, name), is_up in told.ospf.items()
    }
    for (version, end), is_up in ospf.items():
        others = [
            other for v, other in ospf if other in _segment(lab, end) and (v == version or "ospf" in (v, version))
        ]
        if others and not is_up:
            lacking.append(f"OSPF of {end[0]} on {end[1]}")
    return lacking


def _addresses(lab: Lab) -> Iterator[tuple[str, str]]:
    for node in lab.nodes.values():
        yield from ((node.name, address) for address in node.loopback)
    for end in (end for link in lab.links for end in link.ends):
        yield from ((end.node, address) for address in end.addresses)


def _address(text: str) -> AnyAddress | None:
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

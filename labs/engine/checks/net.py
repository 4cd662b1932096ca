"""Check types ``net.*``: what must hold for all nodes together."""

import ipaddress
import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from labs.engine.adapters import linux, untrusted
from labs.engine.adapters.daemons import daemon_of
from labs.engine.adapters.routing_daemon import Question
from labs.engine.adapters.untrusted import AnyAddress
from labs.engine.checks.base import NOT_CONFIGURED, Answer, Ask, CheckType, Finding, Outcome, listed
from labs.engine.checks.daemon_check import DaemonCheck
from labs.engine.checks.trace_answer import path_of
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Choice, Field, ListOf

SECONDS = 6  # of a traceroute: on a busy machine it must pass the second router twice, or the loop does not show


@dataclass(frozen=True, slots=True, kw_only=True)
class NetNoLoops(CheckType):
    """A traceroute shows a loop in the routes also for an address that does not reply."""

    NAME: ClassVar = "net.no_loops"
    ABOUT: ClassVar = "No packet from these nodes to these addresses passes a router twice. The packet need not arrive."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "to": Field(
            ListOf(Address("address"), 1),
            "the addresses; addresses that no node has can show loops too.",
            required=True,
        )
    }
    to: tuple[Any, ...]

    def needs_control(self) -> bool:
        return True

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": "trace", "node": node.name, "dst": str(address), "seconds": SECONDS} for address in self.to]

    def command_on(self, node: Node) -> str:
        return f"traceroute -n {self.to[0]}"

    def expected(self) -> Text:
        return Text(_("no routing loop on the path to %(addresses)s"), addresses=listed(self.to))

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        for address, answer in zip(self.to, answers, strict=True):
            if not isinstance(answer.get("hops"), list):
                return self.unknown(node, "the answer has no traceroute")
            hops = [hop for hop in path_of(answer) if hop not in (None, address)]
            if _comes_again(hops):
                seen = Text(_("The path to %(to)s: %(hops)s"), to=address, hops=listed(hops, 8))
                cause = _(
                    "Two routers send these packets to each other: the route of each has the other one as its next hop."
                )
                return self.failed(node, seen, Text(cause))
        return self.passed(node, Text(_("No packet from %(node)s passes a router twice"), node=node.name))


def _comes_again(hops: Sequence[AnyAddress | None]) -> bool:
    """Whether a router answers again after another router has. Twice in a row is not a loop."""
    passed: set[AnyAddress | None] = set()
    for before, hop in itertools.pairwise(hops):
        if hop in passed:
            return True
        passed.add(before)
    return False


ROUTER_IDS_OF = ("ospf6", "ospf", "bgp")


@dataclass(frozen=True, slots=True, kw_only=True)
class NetUniqueRouterIds(DaemonCheck):
    NAME: ClassVar = "net.unique_router_ids"
    ABOUT: ClassVar = "No two of these routers have the same router ID."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "protocol": Field(
            Choice(ROUTER_IDS_OF), "the protocol whose router ID is compared; BIRD has one for all.", required=True
        )
    }
    protocol: str

    def question(self, node: Node) -> Question[str]:
        return daemon_of(node).router_id(self.protocol)

    def expected(self) -> Text:
        return Text(_("each router has its own router ID"))

    def judge(self, on: Sequence[Node], answers: Sequence[object]) -> Finding:
        finding = CheckType.judge(self, on, answers)
        if finding.outcome is not Outcome.PASSED:
            return finding
        owners: dict[str, list[Node]] = defaultdict(list)
        for node, answer in zip(on, answers, strict=True):
            owners[str(self.question(node).read(untrusted.fields(answer)))].append(node)
        for router_id, nodes in owners.items():
            if len(nodes) > 1:
                words = {"id": router_id, "nodes": listed(node.name for node in nodes)}
                cause = _(
                    "Give each router its own router ID. Routing protocols treat two routers with the same ID as one."
                )
                return self.failed(nodes[-1], Text(_("%(id)s is the router ID of %(nodes)s"), **words), Text(cause))
        return finding

    def judge_known(self, node: Node, known: str) -> Finding:
        seen = Text(_("The router ID of %(node)s is %(id)s"), node=node.name, id=known or "–")
        if untrusted.address(known) is None or known == "0.0.0.0":  # noqa: S104 — no router ID was chosen
            return self.failed(node, seen, Text(NOT_CONFIGURED, node=node.name))
        return self.passed(node, seen)


LOCAL = tuple(map(ipaddress.ip_network, ("fe80::/10", "::1/128", "127.0.0.0/8", "169.254.0.0/16")))


@dataclass(frozen=True, slots=True, kw_only=True)
class NetAddrInPlan(CheckType):
    NAME: ClassVar = "net.addr_in_plan"
    ABOUT: ClassVar = "All addresses of these nodes are in the address plan. Link-local addresses are not counted."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "plan": Field(ListOf(Address("prefix"), 1), "the prefixes of the address plan.", required=True),
    }
    plan: tuple[Any, ...]

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": "ip", "node": node.name, "args": ["addr"]}]

    def command_on(self, node: Node) -> str:
        return "ip addr"

    def expected(self) -> Text:
        return Text(_("every address is inside %(prefixes)s"), prefixes=listed(self.plan))

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        held = [
            one
            for one in linux.addresses(answers[0].get("json"))
            if not any(one.address in local for local in LOCAL if local.version == one.address.version)
        ]
        off = [one for one in held if not any(one.address in prefix for prefix in self.plan)]
        if not held:
            return self.failed(node, Text(_("%(node)s has no address"), node=node.name))
        if not off:
            return self.passed(node, Text(_("%(node)s has only addresses of the plan"), node=node.name))
        words = listed(f"{one.address}/{one.length} ({one.interface})" for one in off)
        return self.failed(
            node, Text(_("%(node)s has addresses outside the plan: %(addresses)s"), node=node.name, addresses=words)
        )

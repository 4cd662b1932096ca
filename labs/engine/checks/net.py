"""Check types ``net.*``: what must hold for all nodes together."""

import ipaddress
import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from labs.engine.adapters import bird, frr, linux, reading
from labs.engine.checks.base import NOT_RUNNING, ROUTERS, Answer, Ask, CheckType, Finding, Outcome, listed
from labs.engine.definition.spec import Kind, Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Choice, Field, ListOf

SECONDS = 6  # of a trace: a busy computer must come past the second router twice, or a loop is not seen


@dataclass(frozen=True, slots=True, kw_only=True)
class NetNoLoops(CheckType):
    """A trace to an address that does not answer goes in circles where routes do."""

    NAME: ClassVar = "net.no_loops"
    ABOUT: ClassVar = (
        "No packet from these nodes to these addresses meets a router twice; whether it arrives is not asked."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "to": Field(
            ListOf(Address("address"), 1), "the addresses; also some that nobody has show loops.", required=True
        )
    }
    to: tuple[Any, ...]

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": "trace", "node": node.name, "dst": str(address), "seconds": SECONDS} for address in self.to]

    def command_on(self, node: Node) -> str:
        return f"traceroute -n {self.to[0]}"

    def expected(self) -> Text:
        return Text(_("no loop on the way to %(addresses)s"), addresses=listed(self.to))

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        for address, answer in zip(self.to, answers, strict=True):
            if not isinstance(answer.get("hops"), list):
                return self.unknown(node, "no trace")
            hops = [
                hop for hop in map(reading.address, reading.items(answer.get("hops"))) if hop not in (None, address)
            ]
            if _comes_again(hops):
                seen = Text(_("On the way to %(to)s: %(hops)s"), to=address, hops=listed(hops, 8))
                cause = _(
                    "Two routers send these packets to each other: each believes that the other one knows the way."
                )
                return self.failed(node, seen, Text(cause))
        return self.passed(node, Text(_("%(node)s meets no router twice"), node=node.name))


def _comes_again(hops: Sequence[Any]) -> bool:
    """Whether a router answers again after another one has; twice in a row is no loop."""
    passed: set[Any] = set()
    for before, hop in itertools.pairwise(hops):
        if hop in passed:
            return True
        passed.add(before)
    return False


QUESTIONS: Mapping[str, tuple[str, str, str]] = {
    "ospf6": ("ospf6d", "show ipv6 ospf6 json", "routerId"),
    "ospf": ("ospfd", "show ip ospf json", "routerId"),
    "bgp": ("bgpd", "show bgp summary json", "routerId"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NetUniqueRouterIds(CheckType):
    NAME: ClassVar = "net.unique_router_ids"
    ABOUT: ClassVar = "No two of these routers have one router ID."
    KINDS: ClassVar = ROUTERS
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "protocol": Field(Choice(tuple(QUESTIONS)), "whose router ID; BIRD has one for all.", required=True)
    }
    protocol: str

    def asks_of(self, node: Node) -> list[Ask]:
        if node.kind is Kind.BIRD:
            return [bird.ask(node.name, "show status")]
        daemon, question, _key = QUESTIONS[self.protocol]
        return [frr.ask(node.name, daemon, question)]

    def command_on(self, node: Node) -> str:
        return bird.command("show status") if node.kind is Kind.BIRD else frr.command(QUESTIONS[self.protocol][1])

    def expected(self) -> Text:
        return Text(_("each router has a router ID of its own"))

    def refused(self, node: Node, error: str) -> Text | None:
        return Text(NOT_RUNNING, node=node.name)

    def judge(self, on: Sequence[Node], answers: Sequence[object]) -> Finding:
        finding = CheckType.judge(self, on, answers)
        if finding.outcome is not Outcome.PASSED:
            return finding
        owners: dict[str, list[Node]] = defaultdict(list)
        for node, answer in zip(on, answers, strict=True):
            owners[self._router_id(node, reading.fields(answer))].append(node)
        for router_id, nodes in owners.items():
            if len(nodes) > 1:
                words = {"id": router_id, "nodes": listed(node.name for node in nodes)}
                cause = Text(_("Give each router its own: the protocols take two of one name for one router."))
                return self.failed(nodes[-1], Text(_("%(id)s is the router ID of %(nodes)s"), **words), cause)
        return finding

    def _router_id(self, node: Node, answer: Answer) -> str:
        if node.kind is Kind.BIRD:
            found = [line.rpartition(" ")[2] for line in bird.lines(answer) if line.startswith("Router ID is ")]
            return found[0] if found else ""
        said = reading.items(answer.get("outputs"))
        loaded = reading.fields(reading.load(said[-1] if said else None))
        inner = reading.fields(loaded.get("ipv6Unicast") or loaded.get("ipv4Unicast") or loaded)
        return reading.text(inner.get(QUESTIONS[self.protocol][2]))

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        router_id = self._router_id(node, answers[0])
        seen = Text(_("The router ID of %(node)s is %(id)s"), node=node.name, id=router_id or "–")
        if reading.address(router_id) is None or router_id == "0.0.0.0":  # noqa: S104 — none was chosen
            return self.failed(node, seen, Text(_("The protocol is not configured on %(node)s."), node=node.name))
        return self.passed(node, seen)


LOCAL = tuple(map(ipaddress.ip_network, ("fe80::/10", "::1/128", "127.0.0.0/8", "169.254.0.0/16")))


@dataclass(frozen=True, slots=True, kw_only=True)
class NetAddrInPlan(CheckType):
    NAME: ClassVar = "net.addr_in_plan"
    ABOUT: ClassVar = "All addresses of these nodes lie in the address plan; link-local ones are not counted."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "plan": Field(ListOf(Address("prefix"), 1), "the prefixes of the plan.", required=True),
    }
    plan: tuple[Any, ...]

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": "ip", "node": node.name, "args": ["addr"]}]

    def command_on(self, node: Node) -> str:
        return "ip addr"

    def expected(self) -> Text:
        return Text(_("every address lies in %(prefixes)s"), prefixes=listed(self.plan))

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
            return self.passed(node, Text(_("%(node)s holds only addresses of the plan"), node=node.name))
        words = listed(f"{one.address}/{one.length} ({one.interface})" for one in off)
        return self.failed(node, Text(_("%(node)s holds %(addresses)s"), node=node.name, addresses=words))

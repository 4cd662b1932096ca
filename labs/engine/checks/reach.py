"""Checks of who reaches whom, how large a packet may be, what a link carries, and what a firewall has counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from labs.engine.adapters import reading
from labs.engine.adapters.reading import AnyAddress
from labs.engine.adapters.routing_state import Silent
from labs.engine.checks.addresses import INTERFACE
from labs.engine.checks.base import Answer, Ask, CheckType, Finding, Outcome, listed
from labs.engine.checks.compare import Compare, Want
from labs.engine.checks.table import HOW, Row, Rows, TableCheck
from labs.engine.checks.traffic import AT_HOME, NO_ANSWER, TO
from labs.engine.definition.spec import Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field, ListOf, Number, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachMatrix(CheckType):
    """Its share of what works can give a part of the points."""

    NAME: ClassVar = "reach.matrix"
    ABOUT: ClassVar = "Each of the nodes reaches each of these addresses, its own aside."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "to": Field(ListOf(Address("address"), 1), "the addresses.", required=True)
    }
    to: tuple[Any, ...]

    def asks_of(self, node: Node) -> list[Ask]:
        ask = {
            "ask": "ping",
            "node": node.name,
            "count": 2,
            "interval": 0.1,
            "seconds": 1.0,
            "source": None,
            "at": None,
        }
        return [ask | {"dst": str(address)} for address in self.to]

    def command_on(self, node: Node) -> str:
        return f"fping {' '.join(map(str, self.to))}"

    def expected(self) -> Text:
        return Text(_("all of these answer: %(addresses)s"), addresses=listed(self.to))

    def judge(self, on: Sequence[Node], answers: Sequence[object]) -> Finding:
        """What all nodes do not reach stands in one finding."""
        most = len(self.to)
        each = [CheckType.judge(self, [node], answers[i * most : (i + 1) * most]) for i, node in enumerate(on)]
        finding = next((f for f in each if f.outcome is Outcome.UNKNOWN), None)
        if finding is None:
            finding = next((f for f in each if f.outcome is Outcome.FAILED), each[-1])
        if finding.outcome is not Outcome.FAILED:
            return finding
        pairs = [f"{f.node} → {address}" for f in each for address in f.evidence.get("silent", ())]
        share = sum(1.0 if f.outcome is Outcome.PASSED else f.share for f in each) / len(each)
        seen = Text(_("Not reached: %(pairs)s"), pairs=listed(pairs, 8)) if pairs else finding.seen
        return replace(finding, seen=seen, share=share)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        silent, tried = [], 0
        for address, answer in zip(self.to, answers, strict=True):
            if answer.get("local") is True:
                continue
            tried += 1
            if not (reading.whole(answer.get("sent")) or answer.get("errors")):
                return self.unknown(node, "nothing was sent")
            if (reading.whole(answer.get("received")) or 0) < 1:
                silent.append(address)
        if not tried:
            return self.failed(node, Text(AT_HOME, node=node.name, to=listed(self.to)))
        if not silent:
            return self.passed(node, Text(_("%(node)s reaches all %(count)s"), node=node.name, count=tried))
        seen = Text(_("%(node)s does not reach %(addresses)s"), node=node.name, addresses=listed(silent))
        finding = self.failed(node, seen, Text(NO_ANSWER), silent=[str(address) for address in silent])
        return replace(finding, share=1 - len(silent) / tried)


@dataclass(frozen=True, slots=True, kw_only=True)
class PathMtu(CheckType):
    NAME: ClassVar = "path.mtu"
    ABOUT: ClassVar = "Packets up to this size arrive at an address in one piece, and for larger ones somebody says so."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "to": TO,
        "mtu": Field(Compare(), "the largest size that arrives, headers included; from 1280 to 1500.", required=True),
        "told": Field(Word("true", "true"), "true: Packet Too Big must come back for what is larger (RFC 8201)."),
    }
    to: AnyAddress
    mtu: Want
    told: str = ""

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": "mtu", "node": node.name, "dst": str(self.to), "seconds": 5}]

    def command_on(self, node: Node) -> str:
        return f"tracepath -n {self.to}"

    def expected(self) -> Text:
        return Text(_("packets of %(mtu)s bytes arrive at %(to)s"), mtu=self.mtu, to=self.to)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        found = reading.whole(answers[0].get("mtu"))
        by = listed(map(reading.text, reading.items(answers[0].get("by"))))
        if not found:
            return self.failed(node, Text(_("No size arrives")), Text(NO_ANSWER))
        seen = Text(_("Up to %(mtu)s bytes arrive. Packet Too Big came from: %(by)s"), mtu=found, by=by or "–")
        if not self.mtu.accepts(found):
            cause = Text(
                _("A link on the way, or a tunnel, takes less or more than wanted: look at the MTU hop by hop.")
            )
            return self.failed(node, seen, cause)
        if self.told and not by:
            cause = Text(_("Larger packets vanish: a filter drops ICMPv6 Packet Too Big (RFC 4890, 4.3.1)."))
            return self.failed(node, seen, cause)
        return self.passed(node, seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureCount(CheckType):
    NAME: ClassVar = "capture.count"
    ABOUT: ClassVar = "So many packets that a filter takes pass an interface in some seconds."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": INTERFACE,
        "filter": Field(
            Word("a filter of tcpdump such as icmp6", r"[ -~]{1,300}", 300),
            "which packets, as tcpdump takes it.",
            required=True,
        ),
        "packets": Field(Compare(), "how many; 100 are counted at most.", required=True),
        "seconds": Field(Number(0.5, 8, whole=False), "how long we listen; 2 if left out."),
    }
    interface: str
    filter: str
    packets: Want
    seconds: float = 2.0

    def asks_of(self, node: Node) -> list[Ask]:
        return [
            {
                "ask": "capture",
                "node": node.name,
                "interface": self.interface,
                "filter": self.filter,
                "seconds": self.seconds,
            }
        ]

    def command_on(self, node: Node) -> str:
        return f"timeout {self.seconds:g} tcpdump -nn -i {self.interface} '{self.filter}'"

    def expected(self) -> Text:
        words = {"packets": self.packets, "interface": self.interface, "filter": self.filter}
        return Text(_("%(packets)s packets on %(interface)s: %(filter)s"), **words)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        count = reading.whole(answers[0].get("count"))
        if count is None:
            return self.unknown(node, "nothing was counted")
        first = [reading.text(line) for line in reading.items(answers[0].get("first"))]
        seen = Text(_("%(count)s packets: %(first)s"), count=count, first=listed(first, 2) or "–")
        if self.packets.accepts(count):
            return self.passed(node, seen, first=first)
        return self.failed(node, seen, first=first)


@dataclass(frozen=True, slots=True, kw_only=True)
class FwCounter(TableCheck):
    """What rules say is never compared, only what they have counted: there are many ways to write a filter."""

    NAME: ClassVar = "fw.counter"
    ABOUT: ClassVar = (
        "A counter of the node's nftables, by its own name or by the comment of its rule, has counted so much."
    )
    KEYS: ClassVar = ("counter", "comment")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "counter": Field(
            Word("a counter's name", r"[A-Za-z0-9_.-]{1,64}", 64), "the name of the counter; any if left out."
        ),
        "comment": Field(Word("a rule's comment", r"[ -~]{1,128}", 128), "the comment of its rule; any if left out."),
        "packets": Field(Compare(), "how many packets."),
        "bytes": Field(Compare(), "how many bytes."),
        **HOW,
    }
    WANTED: ClassVar = _("a counter of the firewall with %(what)s")
    UNWANTED: ClassVar = _("no counter of the firewall with %(what)s")
    MISSING: ClassVar = _("%(node)s has no such counter: is the rule set loaded (nft list ruleset)?")

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": "nft", "node": node.name}]

    def command_on(self, node: Node) -> str:
        return "nft list ruleset"

    def rows(self, node: Node, answers: Sequence[Answer]) -> Rows:
        read = reading.load(answers[0].get("text"))
        if not isinstance(read, Mapping):
            return Silent(reading.text(answers[0].get("text")))
        found: list[Row] = []
        for entry in map(reading.fields, reading.items(read.get("nftables"))):
            if named := reading.fields(entry.get("counter")):
                found.append(_counted(reading.text(named.get("name")), "", named))
            rule = reading.fields(entry.get("rule"))
            comment, parts = reading.text(rule.get("comment")), map(reading.fields, reading.items(rule.get("expr")))
            found += [
                _counted("", comment, counter) for part in parts if (counter := reading.fields(part.get("counter")))
            ]
        return found


def _counted(name: str, comment: str, counter: Mapping[str, Any]) -> Row:
    numbers = {key: reading.number(counter.get(key)) for key in ("packets", "bytes")}
    return {"counter": name, "comment": comment, **numbers}

"""Check type ``reach.matrix``: which nodes reach which addresses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from labs.engine.adapters import untrusted
from labs.engine.checks.base import Answer, Ask, CheckType, Finding, Outcome, listed
from labs.engine.checks.ping import NO_REPLY, OWN_ADDRESS
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field, ListOf


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachMatrix(CheckType):
    """The share of the pairs that work can give a part of the points."""

    NAME: ClassVar = "reach.matrix"
    ABOUT: ClassVar = "Each of the nodes reaches each of these addresses, except its own."
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
        return Text(_("all of these addresses reply: %(addresses)s"), addresses=listed(self.to))

    def judge(self, on: Sequence[Node], answers: Sequence[object]) -> Finding:
        """One finding names all the pairs that do not work."""
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
            if not (untrusted.whole(answer.get("sent")) or answer.get("errors")):
                return self.unknown(node, "nothing was sent")
            if (untrusted.whole(answer.get("received")) or 0) < 1:
                silent.append(address)
        if not tried:
            return self.failed(node, Text(OWN_ADDRESS, node=node.name, to=listed(self.to)))
        if not silent:
            return self.passed(node, Text(_("%(node)s reaches all %(count)s addresses"), node=node.name, count=tried))
        seen = Text(_("%(node)s does not reach %(addresses)s"), node=node.name, addresses=listed(silent))
        finding = self.failed(node, seen, Text(NO_REPLY), silent=[str(address) for address in silent])
        return replace(finding, share=1 - len(silent) / tried)

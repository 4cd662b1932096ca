"""The check of which way packets take: which routers answer a trace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import reading
from labs.engine.adapters.reading import AnyAddress
from labs.engine.checks.base import Answer, Ask, CheckType, Finding, listed, wanted
from labs.engine.checks.compare import CompareSet, Want
from labs.engine.checks.traffic import NO_ANSWER, TO
from labs.engine.definition.spec import Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Field

SECONDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PathTrace(CheckType):
    NAME: ClassVar = "path.trace"
    ABOUT: ClassVar = "Packets arrive at the address, and the routers on the way are these."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "to": TO,
        "hops": Field(
            CompareSet("address"), "the addresses that answer on the way; {none: […]} says where not.", required=True
        ),
    }
    to: AnyAddress
    hops: Want

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": "trace", "node": node.name, "dst": str(self.to), "seconds": SECONDS}]

    def command_on(self, node: Node) -> str:
        return f"traceroute -n {self.to}"

    def expected(self) -> Text:
        return Text(_("%(to)s is reached, with %(fields)s"), to=self.to, fields=wanted({"hops": self.hops}))

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        hops = [reading.address(hop) for hop in reading.items(answers[0].get("hops"))]
        seen = Text(_("The way is %(hops)s"), hops=listed((hop or "?" for hop in hops), 16))
        # The last hop is the address itself, or the trace went silent on the way.
        if not hops or hops[-1] != self.to:
            return self.failed(node, seen, Text(NO_ANSWER), arrived=False)
        if self.hops.accepts(hops):
            return self.passed(node, seen)
        return self.failed(node, seen, Text(_("Packets arrive, but by another way than wanted.")), arrived=True)

"""Check type ``raguard.blocks``: RA-Guard (RFC 6105)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import untrusted
from labs.engine.checks.base import Answer, Ask
from labs.engine.checks.fields import INTERFACE
from labs.engine.checks.guard_check import LET_THROUGH, TO, GuardCheck
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Field


@dataclass(frozen=True, slots=True, kw_only=True)
class RaGuard(GuardCheck):
    """The rogue advertisement does no harm where it arrives. Do not send it from a router: its hosts would drop that router."""

    NAME: ClassVar = "raguard.blocks"
    ABOUT: ClassVar = (
        "A router advertisement from this node does not reach the other node, while other packets do (RFC 6105)."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": Field(INTERFACE.shape, "the sending interface.", required=True),
        "to": TO,
        "at": Field(INTERFACE.shape, "the receiving interface.", required=True),
        "arrives": LET_THROUGH,
    }
    OPEN: ClassVar = _(
        "The switch accepts router advertisements on a port without a router. RA-Guard must drop them there."
    )
    KIND: ClassVar[str] = "ra"
    interface: str
    at: str

    def asks_of(self, node: Node) -> list[Ask]:
        ask = {
            "ask": "rogue",
            "node": node.name,
            "kind": self.KIND,
            "interface": self.interface,
            "to": self.to,
            "at": self.at,
        }
        return [ask | {"seconds": 3}]

    def command_on(self, node: Node) -> str:
        return f"ip -6 neigh show dev {self.interface}"

    def expected(self) -> Text:
        words = {"node": self.interface, "to": self.to}
        if self.arrives:
            return Text(_("a rogue message from %(node)s arrives at %(to)s"), **words)
        return Text(_("a rogue message from %(node)s does not arrive at %(to)s"), **words)

    def counts(self, answer: Answer) -> tuple[int | None, int | None]:
        return untrusted.whole(answer.get("arrived")), untrusted.whole(answer.get("honest"))

"""Check type ``clat.flow``: the customer-side translator of 464XLAT (RFC 6877)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import linux
from labs.engine.checks.base import Answer, Ask, Finding, listed
from labs.engine.checks.fields import INTERFACE
from labs.engine.checks.flow import FlowAllow
from labs.engine.checks.nat64 import TRANSLATED_FIELDS
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Field


@dataclass(frozen=True, slots=True, kw_only=True)
class ClatFlow(FlowAllow):
    """A host with another IPv4 interface proves nothing, so only the CLAT may have an IPv4 address."""

    NAME: ClassVar = "clat.flow"
    ABOUT: ClassVar = (
        "A flow to an IPv4 address leaves an IPv6-only host through its CLAT (464XLAT, RFC 6877). The IPv4 node sees a source "
        "address of the NAT64."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        **TRANSLATED_FIELDS,
        "interface": Field(
            INTERFACE.shape, "the CLAT's interface, the only interface with an IPv4 address.", required=True
        ),
    }
    interface: str

    def asks_of(self, node: Node) -> list[Ask]:
        return [*FlowAllow.asks_of(self, node), {"ask": "ip", "node": node.name, "args": ["addr"]}]

    def expected(self) -> Text:
        words = {"address": self.address, "to": self.to, "source": self.source, "interface": self.interface}
        return Text(_("a flow to %(address)s through %(interface)s arrives at %(to)s from %(source)s"), **words)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        held = [h for h in linux.addresses(answers[1].get("json")) if h.address.version == 4 and h.interface != "lo"]
        others = sorted({h.interface for h in held} - {self.interface})
        if others:
            seen = Text(_("%(node)s has IPv4 on %(interfaces)s"), node=node.name, interfaces=listed(others))
            return self.failed(
                node, seen, Text(_("The host is not IPv6-only, so this check says nothing about the CLAT."))
            )
        if not held:
            seen = Text(_("%(interface)s of %(node)s has no IPv4 address"), interface=self.interface, node=node.name)
            return self.failed(
                node, seen, Text(_("Check that the CLAT runs, and that its interface has its IPv4 address."))
            )
        return FlowAllow.judge_of(self, node, answers)

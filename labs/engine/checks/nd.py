"""Check type ``nd.neighbor``: the neighbour cache (RFC 4861)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import linux
from labs.engine.adapters.untrusted import AnyAddress
from labs.engine.checks.base import Answer, Ask, CheckType, Finding, differing, expected_values, listed
from labs.engine.checks.comparison import Compare, Want
from labs.engine.checks.fields import ANY_INTERFACE, PRESENT
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field


@dataclass(frozen=True, slots=True, kw_only=True)
class NdNeighbor(CheckType):
    NAME: ClassVar = "nd.neighbor"
    ABOUT: ClassVar = "The node's neighbour cache has an entry for this address (RFC 4861)."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "address": Field(Address("address"), "the neighbour's address.", required=True),
        "interface": ANY_INTERFACE,
        "state": Field(Compare("text"), "REACHABLE, STALE and so on; any state with a link-layer address if left out."),
        "mac": Field(Compare("text"), "its link-layer address, in lower case."),
        "present": PRESENT,
    }
    address: AnyAddress
    interface: str = ""
    state: Want | None = None
    mac: Want | None = None
    present: bool = True

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": "ip", "node": node.name, "args": ["neigh"]}]

    def command_on(self, node: Node) -> str:
        return f"ip neigh show {self.address}"

    def expected(self) -> Text:
        words = {
            "address": self.address,
            "fields": expected_values({"dev": self.interface or None, "state": self.state, "mac": self.mac}),
        }
        if not self.present:
            return Text(_("%(address)s is not in the neighbour cache"), **words)
        return Text(_("%(address)s is in the neighbour cache %(fields)s"), **words)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        known = [
            n
            for n in linux.neighbours(answers[0].get("json"))
            if n.address == self.address and self.interface in ("", n.interface)
        ]
        fit = [
            n
            for n in known
            if n.mac and n.state != "FAILED" and not differing({"s": (self.state, n.state), "m": (self.mac, n.mac)})
        ]
        seen = Text(
            _("The neighbour cache has: %(seen)s"),
            seen=listed(f"{n.address} dev {n.interface} {n.mac or '–'} {n.state}" for n in known),
        )
        if not known:
            seen = Text(_("The neighbour cache has no entry for %(address)s"), address=self.address)
        if bool(fit) is self.present:
            return self.passed(node, seen)
        if known and self.present:
            return self.failed(
                node,
                seen,
                Text(_("The neighbour did not answer the neighbour solicitation, or the entry has other values.")),
            )
        if self.present:
            return self.failed(
                node,
                seen,
                Text(
                    _(
                        "The kernel makes an entry when the node sends a packet to this address. Send one, for example with ping."
                    )
                ),
            )
        return self.failed(node, seen)

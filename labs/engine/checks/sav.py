"""Check type ``sav.spoof_blocked``: source address validation (BCP 38)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import untrusted
from labs.engine.adapters.untrusted import AnyAddress
from labs.engine.checks.base import Answer, Ask
from labs.engine.checks.guard_check import ADDRESS, LET_THROUGH, TO, GuardCheck
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field


@dataclass(frozen=True, slots=True, kw_only=True)
class SavSpoofBlocked(GuardCheck):
    NAME: ClassVar = "sav.spoof_blocked"
    ABOUT: ClassVar = (
        "Packets with a spoofed source address do not arrive, while packets with the node's own address do "
        "(BCP 38, RFC 2827)."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "to": TO,
        "address": ADDRESS,
        "source": Field(Address("address"), "the spoofed source address, of the family of address.", required=True),
        "arrives": LET_THROUGH,
    }
    OPEN: ClassVar = _(
        "No router on the path validates the source address. The customer's router must drop packets with a source outside its own "
        "prefixes (uRPF, BCP 38)."
    )
    address: AnyAddress
    source: AnyAddress

    def mistakes(self) -> Iterable[str]:
        if self.source.version != self.address.version:
            yield f"source {self.source} and address {self.address} are of different families. Write both in one family."

    def asks_of(self, node: Node) -> list[Ask]:
        return [
            {
                "ask": "spoof",
                "node": node.name,
                "to": self.to,
                "dst": str(self.address),
                "source": str(self.source),
                "seconds": 3,
            }
        ]

    def command_on(self, node: Node) -> str:
        return f"ip -{self.address.version} route get {self.address} from {self.source}"

    def expected(self) -> Text:
        words = {"source": self.source, "to": self.to}
        if self.arrives:
            return Text(_("a packet with the spoofed source %(source)s arrives at %(to)s"), **words)
        return Text(_("a packet with the spoofed source %(source)s does not arrive at %(to)s"), **words)

    def counts(self, answer: Answer) -> tuple[int | None, int | None]:
        return untrusted.whole(answer.get("forged")), untrusted.whole(answer.get("honest"))

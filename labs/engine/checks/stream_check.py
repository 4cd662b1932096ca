"""Base class of the check types that send a stream of UDP packets."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import untrusted
from labs.engine.adapters.untrusted import AnyAddress
from labs.engine.checks.base import Answer, Ask, CheckType, Finding
from labs.engine.checks.guard_check import ADDRESS, TO, cannot_send
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Field, Number


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamCheck(CheckType):
    """UDP packets at a constant rate from the node to another node."""

    DISTURBS: ClassVar = True
    OTHER_AMOUNT: ClassVar[str]  # the cause if packets arrive, but not as many as they should
    to: str
    address: AnyAddress
    kbit: int = 200
    seconds: float = 1.0
    port: int = 0

    def nodes(self) -> tuple[str, ...]:
        return (self.to,)

    def asks_of(self, node: Node) -> list[Ask]:
        size = 1000 if self.kbit > 400 else 200
        ask = {
            "ask": "stream",
            "node": node.name,
            "to": self.to,
            "dst": str(self.address),
            "kbit": self.kbit,
            "size": size,
        }
        return [ask | {"port": self.port, "seconds": self.seconds}]

    def command_on(self, node: Node) -> str:
        return f"iperf3 -u -c {self.address} -b {self.kbit}k -t {max(1, round(self.seconds))}"

    def refused(self, node: Node, error: str) -> Text | None:
        return cannot_send(node, self.to, error)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        sent, received = untrusted.number(answers[0].get("sent")), untrusted.number(answers[0].get("received"))
        kbit = untrusted.number(answers[0].get("kbit"))
        if not sent or received is None or kbit is None:
            return self.unknown(node, "nothing was sent")
        loss = round(100 * max(0.0, 1 - received / sent), 1)
        words = {"received": int(received), "sent": int(sent), "loss": f"{loss:g}", "kbit": f"{kbit:g}"}
        seen = Text(_("%(received)s of %(sent)s packets arrived (%(loss)s %% lost, %(kbit)s kbit/s)"), **words)
        if self.accepts(loss, kbit):
            return self.passed(node, seen)
        if not received:
            return self.failed(
                node, seen, Text(_("No packet arrives: there is no route, or a filter drops the packets."))
            )
        return self.failed(node, seen, Text(self.OTHER_AMOUNT), arrived=True)

    @abstractmethod
    def accepts(self, loss: float, kbit: float) -> bool:
        """Whether the check passes with this loss in per cent, and this rate in kbit/s."""


STREAM_FIELDS: Mapping[str, Field] = {
    "to": TO,
    "address": ADDRESS,
    "kbit": Field(Number(10, 4000), "the rate in kbit/s; 200 if left out."),
    "seconds": Field(Number(0.5, 5, whole=False), "the duration in seconds; 1 if left out."),
    "port": Field(Number(1, 65535), "the UDP port; a free port if left out."),
}

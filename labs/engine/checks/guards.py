"""Checks that send what a network should stop or limit, and look what arrives elsewhere.

Each has its own control: a network that is cut off proves nothing.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import reading
from labs.engine.adapters.reading import AnyAddress
from labs.engine.checks.addresses import INTERFACE
from labs.engine.checks.base import Answer, Ask, CheckType, Finding, wanted
from labs.engine.checks.compare import Compare, Want
from labs.engine.checks.traffic import NODE_NAME
from labs.engine.definition.spec import Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field, Flag, Number

TO = Field(NODE_NAME, "the node where we look whether it arrives.", required=True)
ADDRESS = Field(Address("address"), "the address of that node.", required=True)
NOTHING = _("Nothing arrives at %(to)s at all, also not what must pass: so this proves nothing.")
LET_THROUGH = Field(Flag(), "true: it must arrive; this shows that a lab begins without the guard.")


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardCheck(CheckType):
    """``stopped`` and ``honest`` are how many packets of both kinds arrived."""

    STIRS: ClassVar = True
    OPEN: ClassVar[str]
    to: str
    arrives: bool = False

    def nodes(self) -> tuple[str, ...]:
        return (self.to,)

    @abstractmethod
    def counts(self, answer: Answer) -> tuple[int | None, int | None]: ...

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        false, honest = self.counts(answers[0])
        if false is None or honest is None:
            return self.unknown(node, "no word about the arrival")
        words = {"to": self.to, "false": false, "honest": honest}
        seen = Text(_("At %(to)s arrived: %(false)s of what must be stopped, %(honest)s of what must pass"), **words)
        if not honest:
            return self.failed(node, seen, Text(NOTHING, to=self.to))
        if bool(false) is self.arrives:
            return self.passed(node, seen)
        return self.failed(node, seen, None if self.arrives else Text(self.OPEN))


@dataclass(frozen=True, slots=True, kw_only=True)
class SavSpoofBlocked(GuardCheck):
    NAME: ClassVar = "sav.spoof_blocked"
    ABOUT: ClassVar = "Packets with a forged source do not arrive, while the node's own do (BCP 38, RFC 2827)."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "to": TO,
        "address": ADDRESS,
        "source": Field(Address("address"), "the forged IPv6 source.", required=True),
        "arrives": LET_THROUGH,
    }
    OPEN: ClassVar = _(
        "Nobody on the way looks at the source: the router of the customer must drop what is not his (uRPF, BCP 38)."
    )
    address: AnyAddress
    source: AnyAddress

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
        return f"ip -6 route get {self.address} from {self.source}"

    def expected(self) -> Text:
        words = {"source": self.source, "to": self.to}
        if self.arrives:
            return Text(_("a packet that claims to be from %(source)s arrives at %(to)s"), **words)
        return Text(_("a packet that claims to be from %(source)s does not arrive at %(to)s"), **words)

    def counts(self, answer: Answer) -> tuple[int | None, int | None]:
        return reading.whole(answer.get("forged")), reading.whole(answer.get("honest"))


@dataclass(frozen=True, slots=True, kw_only=True)
class RaGuard(GuardCheck):
    """The rogue advertisement is harmless where it does arrive; do not send it from a router, whose hosts would forget him."""

    NAME: ClassVar = "raguard.blocks"
    ABOUT: ClassVar = (
        "A router advertisement from this node does not reach the other one, while other packets do (RFC 6105)."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": Field(INTERFACE.shape, "the interface that it is sent on.", required=True),
        "to": TO,
        "at": Field(INTERFACE.shape, "the interface there.", required=True),
        "arrives": LET_THROUGH,
    }
    OPEN: ClassVar = _("The switch lets router advertisements in by a port where no router is.")
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
            return Text(_("a rogue advertisement from %(node)s arrives at %(to)s"), **words)
        return Text(_("a rogue advertisement from %(node)s does not arrive at %(to)s"), **words)

    def counts(self, answer: Answer) -> tuple[int | None, int | None]:
        return reading.whole(answer.get("arrived")), reading.whole(answer.get("honest"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dhcp6Guard(RaGuard):
    NAME: ClassVar = "dhcp6guard.blocks"
    ABOUT: ClassVar = (
        "A DHCPv6 server's message from this node does not reach the other one, while other packets do (RFC 7610)."
    )
    OPEN: ClassVar = _("The switch lets messages of a DHCPv6 server in by a port where no server is.")
    KIND: ClassVar = "dhcp6"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamCheck(CheckType):
    """Datagrams at a steady pace from the node to another one."""

    STIRS: ClassVar = True
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

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        sent, received = reading.number(answers[0].get("sent")), reading.number(answers[0].get("received"))
        kbit = reading.number(answers[0].get("kbit"))
        if not sent or received is None or kbit is None:
            return self.unknown(node, "nothing was sent")
        loss = round(100 * max(0.0, 1 - received / sent), 1)
        words = {"received": int(received), "sent": int(sent), "loss": f"{loss:g}", "kbit": f"{kbit:g}"}
        seen = Text(_("%(received)s of %(sent)s packets came (%(loss)s %% lost, %(kbit)s kbit/s)"), **words)
        return self.judge_stream(node, loss, kbit, seen, nothing=not received)

    @abstractmethod
    def judge_stream(self, node: Node, loss: float, kbit: float, seen: Text, *, nothing: bool) -> Finding: ...


STREAM_FIELDS: Mapping[str, Field] = {
    "to": TO,
    "address": ADDRESS,
    "kbit": Field(Number(10, 4000), "kilobits sent in a second; 200 if left out."),
    "seconds": Field(Number(0.5, 5, whole=False), "how long; 1 if left out."),
    "port": Field(Number(1, 65535), "the UDP port; any that is free if left out."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LossMax(StreamCheck):
    NAME: ClassVar = "loss.max"
    ABOUT: ClassVar = "Of UDP packets at a steady pace no more is lost than this."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        **STREAM_FIELDS,
        "loss": Field(Compare(), 'per cent lost, such as "<1".', required=True),
    }
    loss: Want

    def expected(self) -> Text:
        return Text(_("of UDP packets to %(to)s %(fields)s"), to=self.to, fields=wanted({"loss %": self.loss}))

    def judge_stream(self, node: Node, loss: float, kbit: float, seen: Text, *, nothing: bool) -> Finding:
        if self.loss.accepts(loss):
            return self.passed(node, seen)
        if nothing:
            return self.failed(node, seen, Text(_("Nothing arrives: there is no route there, or a filter drops it.")))
        return self.failed(
            node, seen, Text(_("A cable is bad, a limit on the way is reached, or the ways are not all good."))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit(StreamCheck):
    NAME: ClassVar = "rate.limit"
    ABOUT: ClassVar = (
        "Of a stream of UDP packets that is faster than that, so much arrives. Send at least twice the limit."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        **STREAM_FIELDS,
        "rate": Field(Compare(), 'kilobits that arrive in a second, such as "500 ~20%".', required=True),
    }
    rate: Want

    def expected(self) -> Text:
        words = {"to": self.to, "kbit": self.kbit, "rate": self.rate}
        return Text(_("of %(kbit)s kbit/s to %(to)s, %(rate)s kbit/s arrive"), **words)

    def judge_stream(self, node: Node, loss: float, kbit: float, seen: Text, *, nothing: bool) -> Finding:
        if self.rate.accepts(kbit):
            return self.passed(node, seen)
        if nothing:
            return self.failed(node, seen, Text(_("Nothing arrives: there is no route there, or a filter drops it.")))
        return self.failed(
            node, seen, Text(_("The limit is another one, or is not on the way that these packets take."))
        )

"""Check types ``flow.*``: short TCP and UDP flows between two nodes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from labs.engine.adapters import untrusted
from labs.engine.adapters.untrusted import AnyAddress, AnyNetwork
from labs.engine.checks.base import Answer, Ask, CheckType, Finding
from labs.engine.checks.fields import NODE_NAME
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Choice, Field, Number, Record

FLOW_FIELDS: Mapping[str, Field] = {
    "to": Field(NODE_NAME, "the node where the flow must arrive.", required=True),
    "address": Field(Address("address"), "the destination address.", required=True),
    "protocol": Field(Choice(("tcp", "udp")), "tcp or udp.", required=True),
    "port": Field(Number(1, 65535), "the port.", required=True),
}
SEEN_FROM = Field(
    Address("prefix"),
    "a prefix that must contain the source address on arrival. It shows whether the address was translated.",
)
FLOW_SECONDS = 2
HELD = _(
    "A program on %(to)s uses port %(port)s. This check listens there itself, to see what arrives. End the program: "
    "ss -lntup shows it on %(to)s."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowAllow(CheckType):
    NAME: ClassVar = "flow.allow"
    ABOUT: ClassVar = "A TCP connection, or a UDP packet and its reply, gets through to a node."
    FIELDS: ClassVar[Mapping[str, Field]] = {**FLOW_FIELDS, "source": SEEN_FROM}
    to: str
    address: AnyAddress
    protocol: str
    port: int
    source: AnyNetwork | None = None

    def nodes(self) -> tuple[str, ...]:
        return (self.to,)

    def asks_of(self, node: Node) -> list[Ask]:
        return [flow(node.name, self.to, self.address, self.protocol, self.port)]

    def command_on(self, node: Node) -> str:
        return f"nc -vz {'-u ' if self.protocol == 'udp' else ''}-w {FLOW_SECONDS} {self.address} {self.port}"

    def expected(self) -> Text:
        return Text(_("%(flow)s arrives at %(to)s"), flow=_words(self.protocol, self.port, self.address), to=self.to)

    def held(self, node: Node, answer: Answer, to: str, port: int) -> Finding | None:
        """A failure if a program on the node holds the port. It is no unknown: a learner could hold it to lose nothing."""
        if answer.get("held") is not True:
            return None
        seen = Text(_("Port %(port)s of %(to)s is in use, so the check cannot listen on it"), to=to, port=port)
        return self.failed(node, seen, Text(HELD, to=to, port=port))

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        arrived = answers[0].get("arrived")
        if held := self.held(node, answers[0], self.to, self.port):
            return held
        if not isinstance(arrived, bool):
            return self.unknown(node, "the answer does not say whether the flow arrived")
        source = untrusted.address(answers[0].get("source"))
        if arrived and self.source and not (source and source in self.source):
            seen = Text(_("The flow arrived at %(to)s from %(source)s"), to=self.to, source=source or "–")
            return self.failed(
                node,
                seen,
                Text(_("The source address was not translated on the path, or it was translated to another address.")),
            )
        if arrived:
            return self.passed(node, Text(_("The flow arrived at %(to)s"), to=self.to))
        seen = Text(
            _("The flow did not arrive at %(to)s %(error)s"), to=self.to, error=untrusted.text(answers[0].get("error"))
        )
        return self.failed(
            node, seen, Text(_("A filter on the path drops or rejects the flow, or there is no route there and back."))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowBlock(FlowAllow):
    """A flow that must not arrive, with a control that must. A network that is cut off blocks everything, and proves nothing."""

    NAME: ClassVar = "flow.block"
    ABOUT: ClassVar = "A flow does not get through, while an allowed flow, its control, does."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        **FLOW_FIELDS,
        "control": Field(
            Record(
                "A control",
                {
                    "from": Field(NODE_NAME, "the node that sends it."),
                    **{n: Field(f.shape, f.about) for n, f in FLOW_FIELDS.items()},
                },
            ),
            "how the allowed flow differs: from, to, address, protocol or port.",
            required=True,
        ),
    }
    control: Mapping[str, Any]

    def proves_absence(self) -> bool:
        return True

    def one_failure_is_enough(self, finding: Finding) -> bool:
        return finding.evidence.get("arrived") is True

    def mistakes(self) -> Iterable[str]:
        same = {"to": self.to, "address": self.address, "protocol": self.protocol, "port": self.port}
        if "from" not in self.control and all(same[name] == value for name, value in self.control.items()):
            yield "control is the same flow: give it another port, protocol, address, to or from that is allowed."

    def nodes(self) -> tuple[str, ...]:
        named = (self.to, self.control.get("to"), self.control.get("from"))
        return tuple(name for name in named if name is not None)

    def asks_of(self, node: Node) -> list[Ask]:
        to, address, protocol, port = self._control()
        return [*FlowAllow.asks_of(self, node), flow(self.control.get("from", node.name), to, address, protocol, port)]

    def _control(self) -> tuple[str, AnyAddress, str, int]:
        has = self.control.get
        return has("to", self.to), has("address", self.address), has("protocol", self.protocol), has("port", self.port)

    def expected(self) -> Text:
        _to, address, protocol, port = self._control()
        flow = _words(self.protocol, self.port, self.address)
        return Text(_("%(flow)s is blocked, %(control)s is not"), flow=flow, control=_words(protocol, port, address))

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        arrived, control = answers[0].get("arrived"), answers[1].get("arrived")
        to, _address, _protocol, port = self._control()
        if held := self.held(node, answers[0], self.to, self.port) or self.held(node, answers[1], to, port):
            return held
        if not isinstance(arrived, bool) or not isinstance(control, bool):
            return self.unknown(node, "the answer does not say whether the flow arrived")
        if arrived:
            seen = Text(_("The flow arrived at %(to)s"), to=self.to)
            return self.failed(
                node,
                seen,
                Text(_("No filter blocks the flow. Check the order of the rules, and the hook of their chain.")),
                arrived=True,
            )
        if not control:
            seen = Text(_("Nothing arrives, not even the allowed flow"))
            return self.failed(
                node,
                seen,
                Text(
                    _("Too much is blocked, or the network is cut off. A correct filter lets the allowed flow through.")
                ),
            )
        return self.passed(node, Text(_("The flow was blocked, and the allowed flow arrived")))


def flow(node: str, to: str, address: AnyAddress, protocol: str, port: int) -> Ask:
    """The ask for one flow with a nonce. The answer says whether it arrived, and from which source address."""
    return {
        "ask": "flow",
        "node": node,
        "to": to,
        "dst": str(address),
        "protocol": protocol,
        "port": port,
        "seconds": FLOW_SECONDS,
    }


def _words(protocol: str, port: int, address: AnyAddress) -> str:
    return f"{protocol}/{port} → {address}"

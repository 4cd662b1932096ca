"""Checks that send packets: echo requests and short flows between two nodes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from labs.engine.adapters import reading
from labs.engine.adapters.reading import AnyAddress, AnyNetwork
from labs.engine.checks.addresses import PRESENT
from labs.engine.checks.base import Answer, Ask, CheckType, Finding, listed, wanted
from labs.engine.checks.compare import Compare, Want
from labs.engine.definition.spec import Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Choice, Field, Number, Record, Word

NODE_NAME = Word("a node's name", r"[a-z][a-z0-9-]{0,14}", 15)
TO = Field(Address("address"), "the address to reach.", required=True)
SOURCE = Field(Address("address"), "the address to send from.")
AT_HOME = _("%(to)s is an address of %(node)s itself, so the answer did not travel.")
NOT_FAR = _("The address belongs to another node. Take it away here, and let the packets find their way.")
NOT_THERE = _("%(received)s answers came back, but no request arrived at %(at)s")
SOMEBODY_ELSE = _("Somebody on the way answers in its place: look which other node has the address too.")
AT = Field(NODE_NAME, "the node where the requests must arrive; an answer from anybody else then does not count.")
NO_ANSWER = _(
    "No answer came back. Follow the way there hop by hop, then the way back: each router on it needs a route for "
    "both ends."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping(CheckType):
    NAME: ClassVar = "ping"
    ABOUT: ClassVar = "The address answers echo requests."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "to": TO,
        "at": AT,
        "source": SOURCE,
        "count": Field(Number(1, 20), "how many requests; 2 if left out."),
        "received": Field(Compare(), "how many answers are wanted; at least one if left out."),
        "present": Field(
            PRESENT.shape, "false: no answer may come. Say in needs which check proves that the way works otherwise."
        ),
    }
    to: AnyAddress
    at: str | None = None
    source: AnyAddress | None = None
    count: int = 2
    received: Want | None = None
    present: bool = True

    def nodes(self) -> tuple[str, ...]:
        return (self.at,) if self.at else ()

    def asks_of(self, node: Node) -> list[Ask]:
        source = str(self.source) if self.source else None
        ask = {"ask": "ping", "node": node.name, "dst": str(self.to), "count": self.count, "interval": 0.1}
        return [ask | {"seconds": 1.0 + 0.1 * self.count, "source": source, "at": self.at}]

    def command_on(self, node: Node) -> str:
        return f"ping -c {self.count} {f'-I {self.source} ' if self.source else ''}{self.to}"

    def expected(self) -> Text:
        if not self.present:
            return Text(_("no answer from %(to)s"), to=self.to)
        return Text(_("%(to)s answers %(fields)s"), to=self.to, fields=self.received or "")

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        sent, received, errors = self._counts(answers[0])
        if sent < 1:
            return self.unknown(node, listed(errors) or "nothing was sent")
        seen = Text(
            _("%(received)s answers to %(sent)s requests %(errors)s"),
            received=received,
            sent=sent,
            errors=listed(errors, 3),
        )
        if self.present and (faked := self._faked(node, answers[0], received)):
            return faked
        good = self.received.accepts(received) if self.received else received > 0
        if good is self.present:
            return self.passed(node, seen)
        return self.failed(
            node,
            seen,
            Text(NO_ANSWER) if self.present else Text(_("The address answers, though nothing should reach it.")),
        )

    def _faked(self, node: Node, answer: Answer, received: int) -> Finding | None:
        """A failure if what answered is not where the packets were to go."""
        if answer.get("local") is True:
            return self.failed(node, Text(AT_HOME, node=node.name, to=self.to), Text(NOT_FAR))
        if self.at and received and reading.whole(answer.get("arrived")) == 0:
            return self.failed(node, Text(NOT_THERE, received=received, at=self.at), Text(SOMEBODY_ELSE))
        return None

    def _counts(self, answer: Answer) -> tuple[int, int, list[str]]:
        errors = sorted({reading.text(error) for error in reading.items(answer.get("errors"))})
        sent, received = reading.whole(answer.get("sent")) or 0, reading.whole(answer.get("received")) or 0
        # A request that cannot even leave (no route) was still tried: the kernel's error is the answer.
        return (self.count if errors and not sent else sent), received, errors


@dataclass(frozen=True, slots=True, kw_only=True)
class PathFailover(Ping):
    """A ping whose check has a ``do``: grading asks before, while the stimulus holds, and undoes it."""

    NAME: ClassVar = "path.failover"
    ABOUT: ClassVar = "Before the `do` the address answers; after it, it answers again within the time of `within`."
    NOT_BEFORE: ClassVar = _("The way must work before the change too; it did not, so nothing was changed.")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "to": TO,
        "at": AT,
        "source": SOURCE,
        "via": Field(Address("address"), "a router's address that a trace must show while the link is down."),
    }
    via: AnyAddress | None = None

    def asks_of(self, node: Node) -> list[Ask]:
        asks = Ping.asks_of(self, node)
        if self.via:
            asks.append({"ask": "trace", "node": node.name, "dst": str(self.to), "seconds": 3})
        return asks

    def expected(self) -> Text:
        return Text(_("%(to)s answers again after the change %(fields)s"), to=self.to, fields=wanted({"via": self.via}))

    def beforehand(self) -> CheckType:
        """The way before the stimulus, when another way may be in use."""
        return Ping(to=self.to, at=self.at, source=self.source)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        sent, received, errors = self._counts(answers[0])
        seen = Text(
            _("%(received)s answers to %(sent)s requests %(errors)s"),
            received=received,
            sent=sent,
            errors=listed(errors, 3),
        )
        if sent < 1:
            return self.unknown(node, "nothing was sent")
        if faked := self._faked(node, answers[0], received):
            return faked
        if not received:
            return self.failed(
                node,
                seen,
                Text(
                    _(
                        "Traffic found no other way in time. Is there a second path, and does the routing protocol "
                        "know of it?"
                    )
                ),
            )
        if self.via is None:
            return self.passed(node, seen)
        hops = [reading.address(hop) for hop in reading.items(answers[1].get("hops"))]
        way = Text(_("The way is %(hops)s"), hops=listed(hop or "?" for hop in hops))
        if self.via in hops:
            return self.passed(node, way)
        return self.failed(node, way, Text(_("Traffic arrives, but by another way than wanted.")))


FLOW_FIELDS: Mapping[str, Field] = {
    "to": Field(NODE_NAME, "the node where it must arrive.", required=True),
    "address": Field(Address("address"), "the address that is used for it.", required=True),
    "protocol": Field(Choice(("tcp", "udp")), "tcp or udp.", required=True),
    "port": Field(Number(1, 65535), "the port.", required=True),
}
SEEN_FROM = Field(
    Address("prefix"), "a prefix; the source that arrives must lie in it, which shows who translates addresses."
)
FLOW_SECONDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowAllow(CheckType):
    NAME: ClassVar = "flow.allow"
    ABOUT: ClassVar = "A connection (tcp) or a datagram and its answer (udp) gets through to a node."
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

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        arrived = answers[0].get("arrived")
        if not isinstance(arrived, bool):
            return self.unknown(node, "no word about the arrival")
        source = reading.address(answers[0].get("source"))
        if arrived and self.source and not (source and source in self.source):
            seen = Text(_("It arrived at %(to)s from %(source)s"), to=self.to, source=source or "–")
            return self.failed(node, seen, Text(_("The source is not translated on the way, or to another address.")))
        if arrived:
            return self.passed(node, Text(_("It arrived at %(to)s"), to=self.to))
        seen = Text(_("It did not arrive at %(to)s %(error)s"), to=self.to, error=reading.text(answers[0].get("error")))
        return self.failed(
            node, seen, Text(_("A filter on the way drops or rejects it, or there is no route there and back."))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowBlock(FlowAllow):
    """A flow that must not arrive. Its control must: what is cut off blocks everything and proves nothing."""

    NAME: ClassVar = "flow.block"
    ABOUT: ClassVar = "A flow must not get through, while its control, a flow that is allowed, does."
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
            "how the flow that must get through differs: from, to, address, protocol or port.",
            required=True,
        ),
    }
    control: Mapping[str, Any]

    def mistakes(self) -> Iterable[str]:
        same = {"to": self.to, "address": self.address, "protocol": self.protocol, "port": self.port}
        if "from" not in self.control and all(same[name] == value for name, value in self.control.items()):
            yield "control is the same flow: give it another port, protocol, address, to or from that is let through."

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
        return Text(_("%(flow)s is stopped, %(control)s is not"), flow=flow, control=_words(protocol, port, address))

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        arrived, control = answers[0].get("arrived"), answers[1].get("arrived")
        if not isinstance(arrived, bool) or not isinstance(control, bool):
            return self.unknown(node, "no word about the arrival")
        if arrived:
            seen = Text(_("It arrived at %(to)s"), to=self.to)
            return self.failed(
                node, seen, Text(_("No filter stops it: look at the order of the rules and at the hook they are on."))
            )
        if not control:
            seen = Text(_("Nothing arrives at all, also not what must pass"))
            return self.failed(
                node,
                seen,
                Text(
                    _("More is blocked than should be, or the network is cut: a filter lets the allowed flow through.")
                ),
            )
        return self.passed(node, Text(_("It was stopped, and the allowed flow arrived")))


def flow(node: str, to: str, address: AnyAddress, protocol: str, port: int) -> Ask:
    """One flow with a nonce; its answer says whether it arrived, and from whom."""
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

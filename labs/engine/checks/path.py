"""Check types ``path.*``: the path that packets take, its MTU, and its failover."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import reading
from labs.engine.adapters.reading import AnyAddress
from labs.engine.checks.base import Answer, Ask, CheckType, Finding, listed, wanted
from labs.engine.checks.comparison import Compare, CompareSet, Want
from labs.engine.checks.fields import AT, SOURCE, TARGET
from labs.engine.checks.ping import NO_ANSWER, Ping
from labs.engine.definition.spec import Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field, Word

SECONDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PathTrace(CheckType):
    NAME: ClassVar = "path.trace"
    ABOUT: ClassVar = "Packets arrive at the address, and the routers on the way are these."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "to": TARGET,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PathMtu(CheckType):
    NAME: ClassVar = "path.mtu"
    ABOUT: ClassVar = "Packets up to this size arrive at an address in one piece, and for larger ones somebody says so."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "to": TARGET,
        "mtu": Field(Compare(), "the largest size that arrives, headers included; from 1280 to 1500.", required=True),
        "told": Field(Word("true", "true"), "true: Packet Too Big must come back for what is larger (RFC 8201)."),
    }
    to: AnyAddress
    mtu: Want
    told: str = ""

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": "mtu", "node": node.name, "dst": str(self.to), "seconds": 5}]

    def command_on(self, node: Node) -> str:
        return f"tracepath -n {self.to}"

    def expected(self) -> Text:
        return Text(_("packets of %(mtu)s bytes arrive at %(to)s"), mtu=self.mtu, to=self.to)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        found = reading.whole(answers[0].get("mtu"))
        by = listed(map(reading.text, reading.items(answers[0].get("by"))))
        if not found:
            return self.failed(node, Text(_("No size arrives")), Text(NO_ANSWER))
        seen = Text(_("Up to %(mtu)s bytes arrive. Packet Too Big came from: %(by)s"), mtu=found, by=by or "–")
        if not self.mtu.accepts(found):
            cause = Text(
                _("A link on the way, or a tunnel, takes less or more than wanted: look at the MTU hop by hop.")
            )
            return self.failed(node, seen, cause)
        if self.told and not by:
            cause = Text(_("Larger packets vanish: a filter drops ICMPv6 Packet Too Big (RFC 4890, 4.3.1)."))
            return self.failed(node, seen, cause)
        return self.passed(node, seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class PathFailover(Ping):
    """A ping whose check has a ``do``: grading asks before, while the stimulus holds, and undoes it."""

    NAME: ClassVar = "path.failover"
    ABOUT: ClassVar = "Before the `do` the address answers; after it, it answers again within the time of `within`."
    NOT_BEFORE: ClassVar = _("The way must work before the change too; it did not, so nothing was changed.")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "to": TARGET,
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

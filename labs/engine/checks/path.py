"""Check types ``path.*``: the path that packets take, its MTU, and its failover."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import untrusted
from labs.engine.adapters.untrusted import AnyAddress
from labs.engine.checks.base import Answer, Ask, CheckType, Finding, expected_values, listed
from labs.engine.checks.comparison import Compare, CompareSet, Want
from labs.engine.checks.fields import AT, SOURCE, TARGET
from labs.engine.checks.ping import NO_REPLY, Ping
from labs.engine.checks.trace_answer import path_of
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field, Word

SECONDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PathTrace(CheckType):
    NAME: ClassVar = "path.trace"
    ABOUT: ClassVar = "Packets arrive at the address, and these routers are on the path."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "to": TARGET,
        "hops": Field(
            CompareSet("address"),
            "the addresses that a traceroute shows; {none: […]} lists those that it must not show.",
            required=True,
        ),
    }
    to: AnyAddress
    hops: Want

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": "trace", "node": node.name, "dst": str(self.to), "seconds": SECONDS}]

    def command_on(self, node: Node) -> str:
        return f"traceroute -n {self.to}"

    def expected(self) -> Text:
        return Text(_("packets reach %(to)s, with %(fields)s"), to=self.to, fields=expected_values({"hops": self.hops}))

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        hops = path_of(answers[0])
        seen = Text(_("The path is %(hops)s"), hops=listed((hop or "?" for hop in hops), 16))
        # The last hop is the address itself, unless the traceroute got no more answers.
        if not hops or hops[-1] != self.to:
            return self.failed(node, seen, Text(NO_REPLY), arrived=False)
        if self.hops.accepts(hops):
            return self.passed(node, seen)
        return self.failed(node, seen, Text(_("Packets arrive, but on another path than expected.")), arrived=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class PathMtu(CheckType):
    NAME: ClassVar = "path.mtu"
    ABOUT: ClassVar = (
        "Packets up to this size arrive at an address without fragmentation. A router reports larger packets."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "to": TARGET,
        "mtu": Field(Compare(), "the largest size that arrives, with headers; from 1280 to 1500.", required=True),
        "told": Field(Word("true", "true"), "true: Packet Too Big must come back for larger packets (RFC 8201)."),
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
        found = untrusted.whole(answers[0].get("mtu"))
        by = listed(map(untrusted.text, untrusted.items(answers[0].get("by"))))
        if not found:
            return self.failed(node, Text(_("No packet of any size arrives")), Text(NO_REPLY))
        seen = Text(_("Up to %(mtu)s bytes arrive. Packet Too Big came from: %(by)s"), mtu=found, by=by or "–")
        if not self.mtu.accepts(found):
            cause = Text(
                _("A link or a tunnel on the path has a smaller or larger MTU than expected. Check the MTU hop by hop.")
            )
            return self.failed(node, seen, cause)
        if self.told and not by:
            cause = Text(
                _("Larger packets are lost without a message: a filter drops ICMPv6 Packet Too Big (RFC 4890, 4.3.1).")
            )
            return self.failed(node, seen, cause)
        return self.passed(node, seen)


NO_OTHER_PATH = _(
    "Packets did not take another path in time. Check that there is a second path, and that the routing protocol uses it."
)
STEADY = 0.5  # seconds without a loss, at least, so that a path counts as one that works again
BUSY = 1.0  # seconds without a request, after which nobody knows whether the path worked
TOO_BUSY = _("The server was too busy to send packets: from %(from)s s to %(to)s s after the change it sent none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery(Ping):
    """Echo requests for so many seconds, until all of them have replies for a while: the first ones may still find the old path.

    The path worked when such a request was sent. When the reply is read says nothing: a busy server reads it later.
    """

    until: float
    steady: float

    def asks_of(self, node: Node) -> list[Ask]:
        return [
            ask | {"until": self.until, "steady": self.steady, "count": 1, "seconds": 1.0}
            for ask in Ping.asks_of(self, node)
        ]

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        sent, received, errors = self._counts(answers[0])
        words = {"received": received, "sent": sent, "errors": listed(errors, 3)}
        seen = Text(_("%(received)s replies to %(sent)s requests %(errors)s"), **words)
        if sent < 1:
            return self.unknown(node, "nothing was sent")
        if faked := self._from_wrong_node(node, answers[0], received):
            return faked
        after, before = (untrusted.number(answers[0].get(name)) for name in ("after", "before"))
        if after is not None and after <= self.until:
            return self.passed(node, seen, recovered_after=round(after, 2))
        if before is not None and self.until - before > BUSY:
            return self.unknown(node, Text(TOO_BUSY, **{"from": f"{before:.1f}", "to": f"{self.until:.1f}"}))
        return self.failed(node, seen, Text(NO_OTHER_PATH))


@dataclass(frozen=True, slots=True, kw_only=True)
class PathFailover(Ping):
    """A ping whose check has a ``do``. Grading pings before the change and after it, and undoes the change."""

    NAME: ClassVar = "path.failover"
    TIMED: ClassVar = True
    ABOUT: ClassVar = (
        "Before the `do` the address replies. After the `do` it replies again within the time of `within`."
    )
    NOT_BEFORE: ClassVar = _("The path must work before the change as well. It did not, so nothing was changed.")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "to": TARGET,
        "at": AT,
        "source": SOURCE,
        "via": Field(Address("address"), "a router's address that a traceroute must show while the link is down."),
    }
    via: AnyAddress | None = None

    def asks_of(self, node: Node) -> list[Ask]:
        asks = Ping.asks_of(self, node)
        if self.via:
            asks.append({"ask": "trace", "node": node.name, "dst": str(self.to), "seconds": 3})
        return asks

    def expected(self) -> Text:
        return Text(
            _("%(to)s replies again after the change %(fields)s"), to=self.to, fields=expected_values({"via": self.via})
        )

    def beforehand(self) -> CheckType:
        """A ping without ``via``: before the change another path may be in use."""
        return Ping(to=self.to, at=self.at, source=self.source)

    def recovery(self, seconds: float, hold: float) -> CheckType:
        return Recovery(to=self.to, at=self.at, source=self.source, until=seconds, steady=max(hold, STEADY))

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        sent, received, errors = self._counts(answers[0])
        seen = Text(
            _("%(received)s replies to %(sent)s requests %(errors)s"),
            received=received,
            sent=sent,
            errors=listed(errors, 3),
        )
        if sent < 1:
            return self.unknown(node, "nothing was sent")
        if faked := self._from_wrong_node(node, answers[0], received):
            return faked
        if not received:
            return self.failed(node, seen, Text(NO_OTHER_PATH))
        if self.via is None:
            return self.passed(node, seen)
        hops = path_of(answers[1])
        way = Text(_("The path is %(hops)s"), hops=listed(hop or "?" for hop in hops))
        if self.via in hops:
            return self.passed(node, way)
        return self.failed(node, way, Text(_("Packets arrive, but on another path than expected.")))

"""Checks of BGP (RFC 4271, RFC 2545), read from FRR or BIRD."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import bird, frr
from labs.engine.adapters.reading import AnyAddress, AnyNetwork
from labs.engine.adapters.routing_state import BgpRoute as Facts
from labs.engine.adapters.routing_state import Silent
from labs.engine.checks.addresses import PRESENT
from labs.engine.checks.base import (
    NOT_RUNNING,
    ROUTERS,
    Answer,
    Ask,
    CheckType,
    Finding,
    differing,
    listed,
    not_as_wanted,
    wanted,
)
from labs.engine.checks.compare import Compare, CompareSet, Want
from labs.engine.checks.ospf import silent
from labs.engine.definition.spec import Kind, Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Choice, Field, Flag

STATE_CAUSES: Mapping[str, str] = {
    "idle": _("The session does not even try: the peer's address has no route, or the session is shut down."),
    "active": _(
        "The TCP connection to the peer fails: can %(node)s reach it, and does it expect a session from this address?"
    ),
    "connect": _("The TCP connection to the peer is not there yet: can %(node)s reach it?"),
    "opensent": _("The peer took the connection and did not like our OPEN: compare the AS numbers of both ends."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpSession(CheckType):
    NAME: ClassVar = "bgp.session"
    ABOUT: ClassVar = "The router has a session with this peer."
    KINDS: ClassVar = ROUTERS
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "peer": Field(Address("address"), "the peer's address.", required=True),
        "state": Field(Compare("text"), "Established if left out."),
        "remote_as": Field(Compare(), "the peer's AS number."),
        "received": Field(Compare(), "prefixes taken from the peer."),
        "sent": Field(Compare(), "prefixes sent to the peer."),
        "family": Field(Choice(("ipv6", "ipv4")), "the address family; ipv6 if left out."),
        "present": PRESENT,
    }
    peer: AnyAddress
    state: Want | None = None
    remote_as: Want | None = None
    received: Want | None = None
    sent: Want | None = None
    family: str = "ipv6"
    present: bool = True

    def asks_of(self, node: Node) -> list[Ask]:
        if node.kind is Kind.BIRD:
            return [bird.ask(node.name, bird.SESSIONS)]
        return [frr.ask(node.name, "bgpd", frr.sessions_question(self.family))]

    def command_on(self, node: Node) -> str:
        return (
            bird.command(bird.SESSIONS) if node.kind is Kind.BIRD else frr.command(frr.sessions_question(self.family))
        )

    def expected(self) -> Text:
        fields = {
            "state": self.state or "Established",
            "AS": self.remote_as,
            "received": self.received,
            "sent": self.sent,
        }
        words = {"peer": self.peer, "fields": wanted(fields)}
        if self.present:
            return Text(_("a BGP session with %(peer)s, %(fields)s"), **words)
        return Text(_("no BGP session with %(peer)s, %(fields)s"), **words)

    def refused(self, node: Node, error: str) -> Text | None:
        return Text(NOT_RUNNING, node=node.name)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        known = bird.sessions(answers[0]) if node.kind is Kind.BIRD else frr.sessions(answers[0])
        if isinstance(known, Silent):
            return silent(self, node, known)
        here = [session for session in known if session.peer == self.peer]
        if not here:
            peers = listed(session.peer for session in known) or "–"
            seen = Text(_("%(node)s has sessions with %(peers)s"), node=node.name, peers=peers)
            cause = Text(_("This neighbour is not configured, or not activated for the address family."))
            return self.failed(node, seen, cause) if self.present else self.passed(node, seen)
        at = here[0]
        up = self.state.accepts(at.state) if self.state else at.state.lower() == "established"
        wrong = differing(
            {
                "remote_as": (self.remote_as, at.remote_as),
                "received": (self.received, at.received),
                "sent": (self.sent, at.sent),
            }
        )
        counts = [("AS", at.remote_as), ("received", at.received), ("sent", at.sent)]
        shown = Text.fields({name: int(value) for name, value in counts if value is not None})
        seen = Text(_("The session with %(peer)s is %(state)s: %(seen)s"), peer=self.peer, state=at.state, seen=shown)
        if (up and not wrong) is self.present:
            return self.passed(node, seen)
        if not self.present:
            return self.failed(node, seen)
        if not up:
            cause_of = STATE_CAUSES.get(at.state.lower())
            return self.failed(node, seen, Text(cause_of, node=node.name) if cause_of else None)
        return self.failed(node, seen, not_as_wanted([wrong]))


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpRoute(CheckType):
    NAME: ClassVar = "bgp.route"
    ABOUT: ClassVar = "The router's BGP table has a path to exactly this prefix, and it looks like this."
    KINDS: ClassVar = ROUTERS
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "prefix": Field(Address("prefix"), "the prefix.", required=True),
        "best": Field(Flag(), "true: the best path must fit; else any path."),
        "as_path": Field(Compare("text"), 'the AS numbers with spaces between, for example "65002 65003".'),
        "origin_as": Field(Compare(), "the last AS of the path."),
        "next_hop": Field(CompareSet("address"), "the next hops."),
        "local_pref": Field(Compare(), "100 when nobody set it."),
        "med": Field(Compare(), "the metric for other networks."),
        "community": Field(CompareSet("community"), "the communities."),
        "large_community": Field(CompareSet("community"), "the large communities (RFC 8092)."),
        "rpki": Field(Compare("text"), "valid, invalid or not found, as FRR marks it (RFC 6811)."),
        "present": PRESENT,
    }
    prefix: AnyNetwork
    best: bool = False
    as_path: Want | None = None
    origin_as: Want | None = None
    next_hop: Want | None = None
    local_pref: Want | None = None
    med: Want | None = None
    community: Want | None = None
    large_community: Want | None = None
    rpki: Want | None = None
    present: bool = True

    def asks_of(self, node: Node) -> list[Ask]:
        if node.kind is Kind.BIRD:
            return [bird.ask(node.name, bird.route_question(self.prefix))]
        return [frr.ask(node.name, "bgpd", frr.route_question(self.prefix))]

    def command_on(self, node: Node) -> str:
        if node.kind is Kind.BIRD:
            return bird.command(bird.route_question(self.prefix))
        return frr.command(frr.route_question(self.prefix))

    def expected(self) -> Text:
        names = ("as_path", "origin_as", "next_hop", "local_pref", "med", "community", "large_community", "rpki")
        fields = wanted({name: getattr(self, name) for name in names} | {"best": "true" if self.best else None})
        if self.present:
            return Text(_("a BGP path to %(prefix)s %(fields)s"), prefix=self.prefix, fields=fields)
        return Text(_("no BGP path to %(prefix)s %(fields)s"), prefix=self.prefix, fields=fields)

    def refused(self, node: Node, error: str) -> Text | None:
        return Text(NOT_RUNNING, node=node.name)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        known = bird.bgp_routes(answers[0]) if node.kind is Kind.BIRD else frr.bgp_routes(answers[0])
        if isinstance(known, Silent):
            return silent(self, node, known)
        here = [path for path in known if path.prefix == self.prefix]
        wrong = [self._wrong(path) for path in here]
        seen = Text(_("%(node)s has no BGP path to %(prefix)s"), node=node.name, prefix=self.prefix)
        if here:
            paths = listed(map(_summary, here))
            seen = Text(_("%(node)s has for %(prefix)s: %(paths)s"), node=node.name, prefix=self.prefix, paths=paths)
        if ([] in wrong) is self.present:
            return self.passed(node, seen)
        if not self.present:
            return self.failed(node, seen, Text(_("Some neighbour still sends this route, and no filter stops it.")))
        if here:
            return self.failed(node, seen, not_as_wanted(wrong))
        cause = _(
            "Nobody sends this route to %(node)s, or a policy drops it. Without a policy FRR sends and takes nothing "
            "from another AS (RFC 8212)."
        )
        return self.failed(node, seen, Text(cause, node=node.name))

    def _wrong(self, path: Facts) -> list[str]:
        wrong = differing(
            {
                "as_path": (self.as_path, " ".join(path.as_path)),
                "origin_as": (self.origin_as, path.as_path[-1] if path.as_path else None),
                "next_hop": (self.next_hop, path.next_hops),
                "local_pref": (self.local_pref, path.local_pref),
                "med": (self.med, path.med),
                "community": (self.community, path.communities),
                "large_community": (self.large_community, path.large_communities),
                "rpki": (self.rpki, path.rpki),
            }
        )
        return [*wrong, "best"] if self.best and not path.best else wrong


def _summary(path: Facts) -> str:
    best = "> " if path.best else ""
    return f"{best}AS path {' '.join(path.as_path) or '–'} via {listed(path.next_hops, 2) or '–'}"

"""Check type ``bgp.route``: the paths of one prefix in the BGP table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import bird, frr
from labs.engine.adapters.reading import AnyNetwork
from labs.engine.adapters.routing_state import BgpRoute as Facts
from labs.engine.adapters.routing_state import Silent
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
from labs.engine.checks.comparison import Compare, CompareSet, Want
from labs.engine.checks.fields import PRESENT
from labs.engine.checks.ospf3 import silent
from labs.engine.definition.spec import Kind, Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field, Flag


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

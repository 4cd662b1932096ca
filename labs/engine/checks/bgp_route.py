"""Check type ``bgp.route``: the paths of one prefix in the BGP table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import routing_state
from labs.engine.adapters.daemons import daemon_of
from labs.engine.adapters.routing_daemon import Question
from labs.engine.adapters.untrusted import AnyNetwork
from labs.engine.checks.base import Finding, differing, expected_values, listed, not_as_expected
from labs.engine.checks.comparison import Compare, CompareSet, Want
from labs.engine.checks.daemon_check import DaemonCheck
from labs.engine.checks.fields import AS_PATH, MED, NEXT_HOPS, PREFIX, PRESENT
from labs.engine.definition.spec import Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Field, Flag

ATTRIBUTES = ("as_path", "origin_as", "next_hop", "local_pref", "med", "community", "large_community", "rpki")


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpRoute(DaemonCheck):
    NAME: ClassVar = "bgp.route"
    ABOUT: ClassVar = "The router's BGP table has a path to exactly this prefix, with these attributes."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "prefix": PREFIX,
        "best": Field(Flag(), "true: the best path must match; otherwise any path."),
        "as_path": AS_PATH,
        "origin_as": Field(Compare(), "the origin AS: the last one of the AS path."),
        "next_hop": NEXT_HOPS,
        "local_pref": Field(Compare(), "the LOCAL_PREF; 100 by default."),
        "med": MED,
        "community": Field(CompareSet("community"), "the communities (RFC 1997)."),
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

    def question(self, node: Node) -> Question[list[routing_state.BgpRoute]]:
        return daemon_of(node).bgp_routes(self.prefix)

    def expected(self) -> Text:
        named = {name: getattr(self, name) for name in ATTRIBUTES} | {"best": "true" if self.best else None}
        words = {"prefix": self.prefix, "fields": expected_values(named)}
        if self.present:
            return Text(_("a BGP path to %(prefix)s %(fields)s"), **words)
        return Text(_("no BGP path to %(prefix)s %(fields)s"), **words)

    def judge_known(self, node: Node, known: Sequence[routing_state.BgpRoute]) -> Finding:
        here = [path for path in known if path.prefix == self.prefix]
        wrong = [self._wrong(path) for path in here]
        seen = Text(_("%(node)s has no BGP path to %(prefix)s"), node=node.name, prefix=self.prefix)
        if here:
            words = {"node": node.name, "prefix": self.prefix, "paths": listed(map(_summary, here))}
            seen = Text(_("%(node)s has BGP paths to %(prefix)s: %(paths)s"), **words)
        if ([] in wrong) is self.present:
            return self.passed(node, seen)
        if not self.present:
            return self.failed(node, seen, Text(_("A neighbour still sends this route, and no policy drops it.")))
        if here:
            return self.failed(node, seen, not_as_expected(wrong))
        cause = _(
            "No neighbour sends this route to %(node)s, or a policy drops it. Without a policy, FRR neither sends nor accepts "
            "routes on an eBGP session (RFC 8212)."
        )
        return self.failed(node, seen, Text(cause, node=node.name))

    def _wrong(self, path: routing_state.BgpRoute) -> list[str]:
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


def _summary(path: routing_state.BgpRoute) -> str:
    best = "> " if path.best else ""
    return f"{best}AS path {' '.join(path.as_path) or '–'} via {listed(path.next_hops, 2) or '–'}"

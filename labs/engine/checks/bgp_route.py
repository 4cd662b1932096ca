"""Check type ``bgp.route``: the paths of one prefix in the BGP table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import routing_state
from labs.engine.adapters.daemons import daemon_of
from labs.engine.adapters.routing_daemon import Question
from labs.engine.adapters.untrusted import AnyNetwork
from labs.engine.checks.base import Finding, differing, expected_values, listed, not_as_expected
from labs.engine.checks.comparison import Compare, CompareSet, Equal, Want, plain
from labs.engine.checks.daemon_check import DaemonCheck
from labs.engine.checks.fields import AS_PATH, COMMUNITIES, MED, NEXT_HOPS, PREFIX, PRESENT, VRF
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Field, Flag

VALUES: Mapping[str, Callable[[routing_state.BgpRoute], object]] = {  # of a path, by the names of the fields
    "as_path": lambda path: " ".join(path.as_path),
    "origin_as": lambda path: path.as_path[-1] if path.as_path else None,
    "next_hop": lambda path: path.next_hops,
    "local_pref": lambda path: path.local_pref,
    "med": lambda path: path.med,
    "community": lambda path: path.communities,
    "large_community": lambda path: path.large_communities,
    "ext_community": lambda path: path.extended_communities,
    "peer": lambda path: path.peer,
    "weight": lambda path: path.weight,
    "originator": lambda path: path.originator,
    "cluster_list": lambda path: path.cluster_list,
    "rpki": lambda path: path.rpki,
}
ALWAYS_SHOWN = ("as_path", "origin_as", "next_hop")
NOT_THIS_WAY = _(
    "The expected path is missing: the neighbour does not send it to %(node)s, or a policy drops it. "
    "The other paths do not match."
)


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
        "local_pref": Field(Compare(), "the LOCAL_PREF; a path without one has the router's default, most often 100."),
        "med": MED,
        **COMMUNITIES,
        "peer": Field(Compare("address"), "the neighbour that sent the path."),
        "weight": Field(Compare(), "the weight (FRR only)."),
        "originator": Field(Compare("address"), "the ORIGINATOR_ID of a reflected route (RFC 4456)."),
        "cluster_list": Field(CompareSet("address"), "the cluster IDs of the route reflectors on its way (RFC 4456)."),
        "valid": Field(Flag(), "whether the next hop can be reached, so that the path may be used."),
        "rpki": Field(Compare("text"), "valid, invalid or not found, as FRR marks it (RFC 6811)."),
        "vrf": VRF,
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
    ext_community: Want | None = None
    peer: Want | None = None
    weight: Want | None = None
    originator: Want | None = None
    cluster_list: Want | None = None
    valid: bool | None = None
    rpki: Want | None = None
    vrf: str = ""
    present: bool = True

    def question(self, node: Node) -> Question[list[routing_state.BgpRoute]]:
        return daemon_of(node, self.vrf).bgp_routes(self.prefix, preference=self.local_pref is not None)

    def expected(self) -> Text:
        named = {name: getattr(self, name) for name in VALUES} | {"best": "true" if self.best else None}
        named |= {"valid": None if self.valid is None else str(self.valid).lower()}
        words = {"prefix": self.prefix, "fields": expected_values(named)}
        if self.present:
            return Text(_("a BGP path to %(prefix)s %(fields)s"), **words)
        return Text(_("no BGP path to %(prefix)s %(fields)s"), **words)

    def judge_known(self, node: Node, known: Sequence[routing_state.BgpRoute]) -> Finding:
        here = [path for path in known if path.prefix == self.prefix]
        wrong = [self._wrong(path) for path in here]
        seen = Text(_("%(node)s has no BGP path to %(prefix)s"), node=node.name, prefix=self.prefix)
        if here:
            words = {"node": node.name, "prefix": self.prefix, "paths": listed(map(self._summary, here))}
            seen = Text(_("%(node)s has BGP paths to %(prefix)s: %(paths)s"), **words)
        if ([] in wrong) is self.present:
            return self.passed(node, seen)
        if not self.present:
            return self.failed(node, seen, Text(_("A neighbour still sends this route, and no policy drops it.")))
        if here:
            nearer = [fields for path, fields in zip(here, wrong, strict=True) if not self._came_another_way(path)]
            return self.failed(node, seen, not_as_expected(nearer) if nearer else Text(NOT_THIS_WAY, node=node.name))
        cause = _(
            "No neighbour sends this route to %(node)s, or a policy drops it. Without a policy, FRR neither sends nor accepts "
            "routes on an eBGP session (RFC 8212)."
        )
        return self.failed(node, seen, Text(cause, node=node.name))

    def _wrong(self, path: routing_state.BgpRoute) -> list[str]:
        wrong = differing({name: (getattr(self, name), value(path)) for name, value in VALUES.items()})
        wrong += ["valid"] if self.valid not in (None, path.valid) else []
        return [*wrong, "best"] if self.best and not path.best else wrong

    def _came_another_way(self, path: routing_state.BgpRoute) -> bool:
        """Whether another neighbour sent the path: what differs there says nothing about the path that is asked for."""
        if self.peer and not self.peer.accepts(path.peer):
            return True
        asked = self.as_path.value.split() if isinstance(self.as_path, Equal) and not self.as_path.negate else []
        return bool(asked) and tuple(asked[:1]) != path.as_path[:1]

    def _summary(self, path: routing_state.BgpRoute) -> str:
        """The path, and each attribute that the check asks for."""
        asked = [name for name in VALUES if getattr(self, name) is not None and name not in ALWAYS_SHOWN]
        more = "".join(f" {name} {_word(VALUES[name](path))}" for name in asked)
        mark = "> " if path.best else "" if path.valid else "not valid: "
        return f"{mark}AS path {' '.join(path.as_path) or '–'} via {listed(path.next_hops, 2) or '–'}{more}"


def _word(value: object) -> str:
    if isinstance(value, tuple):
        return listed(value, 4) or "–"
    return "–" if value in (None, "") else plain(value)

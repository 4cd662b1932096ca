"""Check types of routing policies, by a BGP table: ``bgp.no_transit``, ``bgp.no_bogons``, ``bgp.max_len``, ``bgp.gao_rexford``."""

import ipaddress
import itertools
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from labs.engine.adapters import untrusted
from labs.engine.adapters.daemons import daemon_of
from labs.engine.adapters.routing_daemon import BgpPath, Question
from labs.engine.checks.base import Finding, listed
from labs.engine.checks.daemon_check import DaemonCheck
from labs.engine.checks.families import FAMILY, family_like, family_of
from labs.engine.checks.fields import AS_NUMBER
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field, ListOf, Number, Record

FROM_AS = Field(AS_NUMBER, "only routes that this neighbouring AS has sent; all if left out.")
BOGONS = tuple(
    map(
        ipaddress.ip_network,
        (
            *(
                "::/8",
                "64:ff9b::/96",
                "100::/64",
                "2001::/33",
                "2001:db8::/32",
                "2002::/16",
                "3ffe::/16",
                "fc00::/7",
                "fe80::/10",
            ),
            *("fec0::/10", "ff00::/8", "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
            *("172.16.0.0/12", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
            *("224.0.0.0/4", "240.0.0.0/4"),
        ),
    )
)
LEAK = _("This AS sends routes that it learned from another AS: no export policy drops them (RFC 7908, a route leak).")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyCheck(DaemonCheck):
    """Each path is right or wrong. A table without paths proves nothing, so it fails."""

    CAUSE: ClassVar[str]
    from_as: int | None = None
    family: str = "ipv6"

    @abstractmethod
    def wrong(self, path: BgpPath) -> bool: ...

    def proves_absence(self) -> bool:
        return True

    def of_family(self) -> str:
        return self.family

    def question(self, node: Node) -> Question[list[BgpPath]]:
        return daemon_of(node).bgp_paths(self.of_family(), self.from_as)

    def judge_known(self, node: Node, known: Sequence[BgpPath]) -> Finding:
        learned = [path for path in known if path[1] and self.from_as in (None, untrusted.whole(path[1][0]))]
        bad = [path for path in learned if self.wrong(path)]
        if not learned:
            seen = Text(_("%(node)s has learned no such route, so this proves nothing"), node=node.name)
            cause = _("Check that the session is established, and that the neighbour sends routes.")
            return self.failed(node, seen, Text(cause))
        if not bad:
            return self.passed(node, Text(_("None of %(count)s routes is wrong"), count=len(learned)))
        words = listed(f"{prefix} (AS path {' '.join(path)})" for prefix, path in bad)
        seen = Text(_("%(node)s has: %(routes)s"), node=node.name, routes=words)
        return self.failed(node, seen, Text(self.CAUSE))


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpNoTransit(PolicyCheck):
    NAME: ClassVar = "bgp.no_transit"
    ABOUT: ClassVar = (
        "This neighbouring AS sends its own routes and those of its customers, and no others. Check it on a router that is a "
        "neighbour of that AS."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "from_as": Field(AS_NUMBER, "the AS that must not provide transit.", required=True),
        "customers": Field(ListOf(AS_NUMBER), "its customers, whose routes it may send; none if left out."),
        "family": FAMILY,
    }
    CAUSE: ClassVar = LEAK
    customers: tuple[int, ...] = ()

    def expected(self) -> Text:
        words = {"neighbor": self.from_as, "customers": listed(self.customers) or "–"}
        return Text(_("AS %(neighbor)s sends only its own routes and those of its customers: %(customers)s"), **words)

    def wrong(self, path: BgpPath) -> bool:
        allowed = {str(self.from_as), *map(str, self.customers)}
        return not set(path[1]) <= allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpNoBogons(PolicyCheck):
    NAME: ClassVar = "bgp.no_bogons"
    ABOUT: ClassVar = "The router has learned no bogon: neither a default route nor a route inside these prefixes."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "from_as": FROM_AS,
        "bogons": Field(
            ListOf(Address("prefix"), 1),
            "the bogon prefixes; documentation, private and other reserved space if left out.",
        ),
        "family": family_like("bogons"),
    }
    CAUSE: ClassVar = _("No import policy drops bogons: a prefix list is missing (RFC 7454).")
    bogons: tuple[Any, ...] = BOGONS
    family: str = ""

    def mistakes(self) -> Iterable[str]:
        families = {family_of(prefix) for prefix in self.bogons}
        if self.family and self.family not in families:
            yield f"bogons has no prefix of {self.family}. Remove family, or write prefixes of {self.family}."
        if not self.family and self.bogons is not BOGONS and len(families) > 1:
            yield "bogons has prefixes of both families. Name one in family, and write a second check for the other."

    def of_family(self) -> str:
        return self.family or family_of(*self.bogons)

    def expected(self) -> Text:
        return Text(_("no default route, and no route inside %(prefixes)s"), prefixes=listed(self.bogons, 4))

    def wrong(self, path: BgpPath) -> bool:
        prefix = path[0]
        return prefix.prefixlen == 0 or any(b.version == prefix.version and prefix.subnet_of(b) for b in self.bogons)


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpMaxLen(PolicyCheck):
    NAME: ClassVar = "bgp.max_len"
    ABOUT: ClassVar = "The router has learned no prefix that is longer than this."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "length": Field(Number(0, 128), "the maximum prefix length, such as 48.", required=True),
        "from_as": FROM_AS,
        "family": FAMILY,
    }
    CAUSE: ClassVar = _("No import policy drops prefixes by their length (RFC 7454, 6.1.3).")
    length: int

    def mistakes(self) -> Iterable[str]:
        if self.family == "ipv4" and self.length >= 32:
            yield f"No prefix of IPv4 is longer than /{self.length}, so this is always true. Write a length below 32."
        elif self.length >= 128:
            yield "No prefix is longer than /128, so this is always true. Write a length below 128."

    def expected(self) -> Text:
        return Text(_("no prefix that is longer than /%(length)s"), length=self.length)

    def wrong(self, path: BgpPath) -> bool:
        return bool(path[0].prefixlen > self.length)


RELATION: Mapping[str, Field] = {
    "customer": Field(AS_NUMBER, "the customer AS.", required=True),
    "provider": Field(AS_NUMBER, "the provider AS.", required=True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpGaoRexford(PolicyCheck):
    """A valley-free path goes up to providers, crosses at most one peering link, and goes down to customers (Gao and Rexford)."""

    NAME: ClassVar = "bgp.gao_rexford"
    ABOUT: ClassVar = (
        "Every AS path in the table is valley-free: no AS provides transit between two of its providers or peers."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "pays": Field(
            ListOf(Record("A relation", RELATION), 1),
            "the customer-provider relations; all other neighbours are peers.",
            required=True,
        ),
        "own_as": Field(AS_NUMBER, "the AS of the router that is checked.", required=True),
        "from_as": FROM_AS,
        "family": FAMILY,
    }
    CAUSE: ClassVar = _(
        "An AS on this path sent a route that it learned from a provider or peer to another provider or peer (RFC 7908)."
    )
    pays: tuple[Mapping[str, Any], ...]
    own_as: int

    def mistakes(self) -> Iterable[str]:
        pairs = {(relation["customer"], relation["provider"]) for relation in self.pays}
        if any(customer == provider or (provider, customer) in pairs for customer, provider in pairs):
            yield "pays: two ASes cannot be each other's customers, and an AS cannot be its own customer."

    def expected(self) -> Text:
        return Text(_("valley-free AS paths, where %(relations)s"), relations=self._relations())

    def _relations(self) -> str:
        return listed(f"{relation['customer']} → {relation['provider']}" for relation in self.pays)

    def wrong(self, path: BgpPath) -> bool:
        ups = {(str(relation["customer"]), str(relation["provider"])) for relation in self.pays}
        way = [str(self.own_as), *path[1]][::-1]
        steps = [(a, b) for a, b in itertools.pairwise(way) if a != b]
        over_the_top = False
        for step in steps:
            if step in ups:
                if over_the_top:
                    return True
            elif (step[1], step[0]) in ups:
                over_the_top = True
            else:  # between peers
                if over_the_top:
                    return True
                over_the_top = True
        return False

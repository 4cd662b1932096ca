"""What a BGP table tells about routing policies: ``bgp.no_transit``, ``bgp.no_bogons``, ``bgp.max_len``, ``bgp.gao_rexford``."""

import ipaddress
import itertools
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from labs.engine.adapters import bgp_rows, bird, reading
from labs.engine.adapters.frr import ask as ask_frr
from labs.engine.adapters.frr import command, table_question
from labs.engine.adapters.routing_state import Silent
from labs.engine.checks.base import NOT_RUNNING, ROUTERS, Answer, Ask, CheckType, Finding, listed
from labs.engine.checks.fields import AS_NUMBER, FAMILY
from labs.engine.checks.ospf3 import silent
from labs.engine.definition.spec import Kind, Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field, ListOf, Number, Record

FROM_AS = Field(AS_NUMBER, "only routes that this neighbouring AS sent; all if left out.")


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


type Path = tuple[Any, tuple[str, ...]]  # prefix and AS path


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyCheck(CheckType):
    """Each path is right or wrong; an empty table proves nothing, so it fails."""

    KINDS: ClassVar = ROUTERS
    CAUSE: ClassVar[str]
    from_as: int | None = None
    family: str = "ipv6"

    @abstractmethod
    def wrong(self, path: Path) -> bool: ...

    def asks_of(self, node: Node) -> list[Ask]:
        if node.kind is Kind.BIRD:
            return [bird.ask(node.name, self._bird())]
        return [ask_frr(node.name, "bgpd", table_question(self.family))]

    def _bird(self) -> str:
        return (
            f"show route all where bgp_path.first = {self.from_as}"
            if self.from_as
            else "show route all where source = RTS_BGP"
        )

    def command_on(self, node: Node) -> str:
        return bird.command(self._bird()) if node.kind is Kind.BIRD else command(table_question(self.family))

    def refused(self, node: Node, error: str) -> Text | None:
        return Text(NOT_RUNNING, node=node.name)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        if node.kind is Kind.BIRD:
            known: Any = bgp_rows.bird_routes(bird.lines(answers[0]))
        else:
            said = reading.items(answers[0].get("outputs"))
            known = bgp_rows.frr_table(reading.long_text(said[-1]) if said else "")
        if isinstance(known, Silent):
            return silent(self, node, known)
        paths: list[Path] = [(row["prefix"], tuple(row["as_path"].split())) for row in known]
        learned = [path for path in paths if path[1] and self.from_as in (None, reading.whole(path[1][0]))]
        bad = [path for path in learned if self.wrong(path)]
        if not learned:
            seen = Text(_("%(node)s has learned no route there, so this proves nothing"), node=node.name)
            return self.failed(node, seen, Text(_("Is the session up, and is anything sent on it?")))
        if not bad:
            return self.passed(node, Text(_("None of %(count)s routes is wrong"), count=len(learned)))
        words = listed(f"{prefix} (AS path {' '.join(path)})" for prefix, path in bad)
        return self.failed(node, Text(_("%(node)s has: %(routes)s"), node=node.name, routes=words), Text(self.CAUSE))


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpNoTransit(PolicyCheck):
    NAME: ClassVar = "bgp.no_transit"
    ABOUT: ClassVar = (
        "This neighbouring AS sends its own routes and its customers', and none that it has from others. Ask it at a "
        "neighbour of that AS."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "from_as": Field(AS_NUMBER, "the AS that must not give transit.", required=True),
        "customers": Field(ListOf(AS_NUMBER), "its customers, whose routes it may pass on; none if left out."),
        "family": FAMILY,
    }
    CAUSE: ClassVar = _(
        "This AS passes on what it learned from another one: nothing filters what it sends (RFC 7908, a leak)."
    )
    customers: tuple[int, ...] = ()

    def expected(self) -> Text:
        words = {"neighbor": self.from_as, "customers": listed(self.customers) or "–"}
        return Text(_("AS %(neighbor)s sends only routes of its own and of its customers %(customers)s"), **words)

    def wrong(self, path: Path) -> bool:
        allowed = {str(self.from_as), *map(str, self.customers)}
        return not set(path[1]) <= allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpNoBogons(PolicyCheck):
    NAME: ClassVar = "bgp.no_bogons"
    ABOUT: ClassVar = "No route was learned that nobody may announce: a default route, or one inside these prefixes."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "from_as": FROM_AS,
        "bogons": Field(
            ListOf(Address("prefix"), 1),
            "what nobody may announce; documentation, private and other reserved space if left out.",
        ),
        "family": FAMILY,
    }
    CAUSE: ClassVar = _(
        "Nothing filters what comes in: a prefix list of what nobody may announce is missing (RFC 7454)."
    )
    bogons: tuple[Any, ...] = BOGONS

    def expected(self) -> Text:
        return Text(_("no default route, and none inside %(prefixes)s"), prefixes=listed(self.bogons, 4))

    def wrong(self, path: Path) -> bool:
        prefix = path[0]
        return prefix.prefixlen == 0 or any(b.version == prefix.version and prefix.subnet_of(b) for b in self.bogons)


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpMaxLen(PolicyCheck):
    NAME: ClassVar = "bgp.max_len"
    ABOUT: ClassVar = "No route was learned that is longer than this."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "length": Field(Number(0, 128), "the longest prefix that is taken, such as 48.", required=True),
        "from_as": FROM_AS,
        "family": FAMILY,
    }
    CAUSE: ClassVar = _("Nothing filters what comes in by its length (RFC 7454, 6.1.3).")
    length: int

    def expected(self) -> Text:
        return Text(_("no route that is longer than /%(length)s"), length=self.length)

    def wrong(self, path: Path) -> bool:
        return bool(path[0].prefixlen > self.length)


RELATION: Mapping[str, Field] = {
    "customer": Field(AS_NUMBER, "the AS that pays.", required=True),
    "provider": Field(AS_NUMBER, "the AS that is paid.", required=True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpGaoRexford(PolicyCheck):
    """From its origin a path climbs to providers, crosses at most one peering, and goes down to customers: a valley was a leak."""

    NAME: ClassVar = "bgp.gao_rexford"
    ABOUT: ClassVar = "No AS path in the table has a valley: nobody carries traffic between two that do not pay for it."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "pays": Field(
            ListOf(Record("A relation", RELATION), 1),
            "who is whose customer; all other neighbours are peers.",
            required=True,
        ),
        "own_as": Field(AS_NUMBER, "the AS of the router that is asked.", required=True),
        "from_as": FROM_AS,
        "family": FAMILY,
    }
    CAUSE: ClassVar = _("An AS on this path gave a route of a provider or peer to another provider or peer (RFC 7908).")
    pays: tuple[Mapping[str, Any], ...]
    own_as: int

    def mistakes(self) -> Iterable[str]:
        pairs = {(relation["customer"], relation["provider"]) for relation in self.pays}
        if any(customer == provider or (provider, customer) in pairs for customer, provider in pairs):
            yield "pays: two networks cannot be each other's customers, and none its own."

    def expected(self) -> Text:
        return Text(_("AS paths without a valley, where %(relations)s"), relations=self._relations())

    def _relations(self) -> str:
        return listed(f"{relation['customer']} → {relation['provider']}" for relation in self.pays)

    def wrong(self, path: Path) -> bool:
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

"""Check types ``isis.*``: IS-IS (ISO 10589, RFC 5308). FRR has it; BIRD does not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import untrusted
from labs.engine.adapters.frr_daemon import FrrDaemon
from labs.engine.adapters.routing_daemon import Question, Row
from labs.engine.checks.base import ONLY_FRR
from labs.engine.checks.comparison import Compare, Equal
from labs.engine.checks.fields import ANY_INTERFACE, INTERFACE, OUTGOING_INTERFACES, PREFIX
from labs.engine.checks.table_check import HOW, RouterTable
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Field, Flag, Number, Word

ROUTER_NAME = Word("a router's name", r"[A-Za-z0-9._-]{1,64}", 64)
LEVEL = Field(Number(1, 2), "1 or 2; both if left out.")


@dataclass(frozen=True, slots=True, kw_only=True)
class IsisAdjacency(RouterTable):
    NAME: ClassVar = "isis.adjacency"
    ABOUT: ClassVar = "The router has an IS-IS adjacency in this state."
    KINDS: ClassVar = ONLY_FRR
    KEYS: ClassVar = ("interface", "neighbor", "level")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": ANY_INTERFACE,
        "neighbor": Field(ROUTER_NAME, "the neighbour's name; any if left out."),
        "level": LEVEL,
        "state": Field(Compare("text"), "Up, Initializing or Down. If left out: Up, and any with present: false."),
        "area": Field(Compare("text"), "the neighbour's area, such as 49.0001."),
        **HOW,
    }
    DEFAULTS: ClassVar = {"state": Equal("Up", untrusted.word)}
    EXPECTED: ClassVar = _("an IS-IS adjacency with %(what)s")
    UNEXPECTED: ClassVar = _("no IS-IS adjacency with %(what)s")
    MISSING: ClassVar = _(
        "No hello arrives, or its parameters do not match. Both ends need IS-IS on the interface, the same network type and a "
        "common level. For level 1 they also need the same area."
    )

    def question(self, node: Node) -> Question[list[Row]]:
        return FrrDaemon(node.name).isis_adjacencies()


@dataclass(frozen=True, slots=True, kw_only=True)
class IsisInterface(RouterTable):
    NAME: ClassVar = "isis.interface"
    ABOUT: ClassVar = "IS-IS is enabled on this interface, with these settings."
    KINDS: ClassVar = ONLY_FRR
    KEYS: ClassVar = ("interface", "level")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": INTERFACE,
        "level": LEVEL,
        "state": Field(Compare("text"), "Up or Down."),
        "type": Field(Compare("text"), "p2p, lan or loopback."),
        "metric": Field(Compare(), "its metric."),
        "hello": Field(Compare(), "the hello interval, in seconds."),
        "passive": Field(Flag(), "true: IS-IS advertises its prefixes, but sends no hello on it."),
        "present": HOW["present"],
    }
    EXPECTED: ClassVar = _("IS-IS on an interface with %(what)s")
    UNEXPECTED: ClassVar = _("no IS-IS on an interface with %(what)s")
    MISSING: ClassVar = _("IS-IS is not enabled on this interface (FRR: ipv6 router isis, under the interface).")

    def question(self, node: Node) -> Question[list[Row]]:
        return FrrDaemon(node.name).isis_interfaces()


@dataclass(frozen=True, slots=True, kw_only=True)
class IsisRoute(RouterTable):
    NAME: ClassVar = "isis.route"
    ABOUT: ClassVar = "IS-IS has computed a route to exactly this prefix."
    KINDS: ClassVar = ONLY_FRR
    KEYS: ClassVar = ("prefix", "level")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "prefix": PREFIX,
        "level": LEVEL,
        "metric": Field(Compare(), "the total metric of the path."),
        "dev": OUTGOING_INTERFACES,
        "present": HOW["present"],
    }
    EXPECTED: ClassVar = _("an IS-IS route with %(what)s")
    UNEXPECTED: ClassVar = _("no IS-IS route with %(what)s")
    MISSING: ClassVar = _(
        "No router advertises this prefix. Check that IS-IS for this address family is enabled on the interface that has it."
    )

    def question(self, node: Node) -> Question[list[Row]]:
        return FrrDaemon(node.name).isis_routes()


@dataclass(frozen=True, slots=True, kw_only=True)
class IsisLsdb(RouterTable):
    NAME: ClassVar = "isis.lsdb"
    ABOUT: ClassVar = "The router's IS-IS link state database holds an LSP of this router, with these bits."
    KINDS: ClassVar = ONLY_FRR
    KEYS: ClassVar = ("router", "level")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "router": Field(ROUTER_NAME, "the name of the router that originates it; any if left out."),
        "level": LEVEL,
        "attached": Field(Flag(), "the ATT bit: the router is attached to other areas."),
        "partition": Field(Flag(), "the P bit: the router supports partition repair."),
        "overload": Field(Flag(), "the OL bit: the router must not carry transit traffic."),
        **HOW,
    }
    EXPECTED: ClassVar = _("an LSP with %(what)s")
    UNEXPECTED: ClassVar = _("no LSP with %(what)s")
    MISSING: ClassVar = _(
        "No LSP of this router has reached %(node)s. Check that a chain of adjacencies leads to this router."
    )

    def question(self, node: Node) -> Question[list[Row]]:
        return FrrDaemon(node.name).isis_lsdb()

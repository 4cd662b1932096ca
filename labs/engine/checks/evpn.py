"""Check types ``evpn.*``: EVPN for VXLAN (RFC 7432, RFC 8365), as FRR has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters.frr_daemon import FrrDaemon
from labs.engine.adapters.routing_daemon import Question, Row
from labs.engine.checks.base import ONLY_FRR
from labs.engine.checks.comparison import Compare, CompareSet
from labs.engine.checks.fields import NEXT_HOPS
from labs.engine.checks.table_check import HOW, RouterTable
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Field, Flag, Number


@dataclass(frozen=True, slots=True, kw_only=True)
class EvpnVni(RouterTable):
    NAME: ClassVar = "evpn.vni"
    ABOUT: ClassVar = "EVPN knows this VXLAN network (VNI), with these remote VTEPs."
    KINDS: ClassVar = ONLY_FRR
    KEYS: ClassVar = ("vni",)
    ASIDE: ClassVar = ()
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "vni": Field(Number(1, 16777215), "the VNI.", required=True),
        "type": Field(Compare("text"), "L2 or L3."),
        "interface": Field(Compare("text"), "the VXLAN interface."),
        "remotes": Field(CompareSet("address"), "the addresses of the remote VTEPs."),
        "macs": Field(Compare(), "the number of link-layer addresses that EVPN knows in it."),
        "vrf": Field(Compare("text"), "the VRF that it belongs to."),
        "present": HOW["present"],
    }
    EXPECTED: ClassVar = _("an EVPN network with %(what)s")
    UNEXPECTED: ClassVar = _("no EVPN network with %(what)s")
    MISSING: ClassVar = _(
        "EVPN does not know this VNI. It needs a VXLAN interface in a bridge, and advertise-all-vni under l2vpn evpn."
    )

    def question(self, node: Node) -> Question[list[Row]]:
        return FrrDaemon(node.name).evpn_vnis()


@dataclass(frozen=True, slots=True, kw_only=True)
class EvpnRoute(RouterTable):
    NAME: ClassVar = "evpn.route"
    ABOUT: ClassVar = (
        "The BGP table has such an EVPN route: of a MAC address (type 2), of a VTEP (type 3), of a prefix (type 5)."
    )
    KINDS: ClassVar = ONLY_FRR
    KEYS: ClassVar = ("type",)
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "type": Field(Number(1, 5), "the type of EVPN route.", required=True),
        "mac": Field(Compare("text"), "the link-layer address, in lower case (type 2)."),
        "ip": Field(Compare("address"), "the address that it carries."),
        "rd": Field(Compare("text"), "the route distinguisher, such as 10.0.0.2:2."),
        "next_hop": NEXT_HOPS,
        "best": Field(Flag(), "whether it is the best path."),
        "count": HOW["count"],
        "present": HOW["present"],
    }
    EXPECTED: ClassVar = _("an EVPN route with %(what)s")
    UNEXPECTED: ClassVar = _("no EVPN route with %(what)s")
    MISSING: ClassVar = _(
        "No router advertises such a route. Check that the address family l2vpn evpn is activated, and advertise-all-vni there."
    )

    def question(self, node: Node) -> Question[list[Row]]:
        return FrrDaemon(node.name).evpn_routes()

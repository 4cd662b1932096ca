"""All check types, by family.

The first word of a type's name is the name of its file: ``fib.route`` is in ``fib.py``. A large family has several files with a
second word: ``bgp.session`` is in ``bgp_session.py``. OSPF goes by its version: the types ``ospf.*`` are in ``ospf2.py`` and the
types ``ospf6.*`` in ``ospf3.py``. The tests have the same names.
"""

from collections.abc import Mapping

from labs.engine.checks.addr import AddrDadOk, AddrOnly, AddrPresent, AddrScope, AddrSlaac, AddrTemporary
from labs.engine.checks.babel import BabelNeighbor, BabelRoute
from labs.engine.checks.base import BadExpect, CheckType, Finding, Outcome
from labs.engine.checks.bfd import BfdSession
from labs.engine.checks.bgp_adj import BgpAdjIn, BgpAdjOut
from labs.engine.checks.bgp_neighbor import BgpNeighbor
from labs.engine.checks.bgp_only import BgpOnly
from labs.engine.checks.bgp_policy import BgpGaoRexford, BgpMaxLen, BgpNoBogons, BgpNoTransit
from labs.engine.checks.bgp_route import BgpRoute
from labs.engine.checks.bgp_session import BgpSession
from labs.engine.checks.bgp_table import BgpAggregate, BgpOrigination, BgpTableSize
from labs.engine.checks.bridge import BridgeFdb, BridgeMember, BridgePort
from labs.engine.checks.capture import CaptureCount
from labs.engine.checks.clat import ClatFlow
from labs.engine.checks.command import CommandOutput
from labs.engine.checks.config import ConfigAbsent, ConfigContains, ConfigSaved
from labs.engine.checks.dhcp4 import Dhcp4Lease
from labs.engine.checks.dhcp6 import Dhcp6Lease, Dhcp6PrefixDelegated
from labs.engine.checks.dhcp6guard import Dhcp6Guard
from labs.engine.checks.dns import DnsAaaaSynth, DnsRecord, DnsValidated
from labs.engine.checks.dns_chain import DnsChain
from labs.engine.checks.dns_zone import DnsReverse, DnsTransfer, DnsZone
from labs.engine.checks.evpn import EvpnRoute, EvpnVni
from labs.engine.checks.fib import FibDefault, FibEcmp, FibGet, FibNoStatic, FibRoute, FibRule
from labs.engine.checks.file import FileContent, FileExists
from labs.engine.checks.flow import FlowAllow, FlowBlock
from labs.engine.checks.fw import FwCounter
from labs.engine.checks.igmp import IgmpGroup, IgmpInterface
from labs.engine.checks.isis import IsisAdjacency, IsisInterface, IsisLsdb, IsisRoute
from labs.engine.checks.json_match import JsonMatch
from labs.engine.checks.ldp import LdpBinding, LdpNeighbor
from labs.engine.checks.link import LinkState
from labs.engine.checks.loss import LossMax
from labs.engine.checks.nat64 import Nat64Flow, Nat64Prefix
from labs.engine.checks.nd import NdNeighbor
from labs.engine.checks.net import NetAddrInPlan, NetNoLoops, NetUniqueRouterIds
from labs.engine.checks.node import NodeUp
from labs.engine.checks.ospf2 import Ospf2Interface, Ospf2Lsdb, Ospf2Neighbor, Ospf2Route
from labs.engine.checks.ospf3 import Ospf3Interface, Ospf3Lsdb, Ospf3Neighbor, Ospf3Route
from labs.engine.checks.path import PathFailover, PathMtu, PathTrace
from labs.engine.checks.patterns import MATCHES
from labs.engine.checks.pim import PimInterface, PimNeighbor
from labs.engine.checks.ping import Ping
from labs.engine.checks.process import ProcessRunning
from labs.engine.checks.ra import RaContent
from labs.engine.checks.raguard import RaGuard
from labs.engine.checks.rate import RateLimit
from labs.engine.checks.reach import ReachMatrix
from labs.engine.checks.rip import RipNeighbor, RipRoute
from labs.engine.checks.rpki_cache import RpkiCache, RpkiVrp
from labs.engine.checks.rpki_roa import RpkiRoa
from labs.engine.checks.rpki_state import RpkiRevalidation, RpkiState
from labs.engine.checks.sav import SavSpoofBlocked
from labs.engine.checks.service import ServiceDns, ServiceHttp, ServiceTcp
from labs.engine.checks.sysctl import SysctlValue
from labs.engine.checks.vrrp import VrrpRouter
from labs.engine.checks.vxlan import VxlanVni

__all__ = ["FAMILIES", "MATCHES", "TYPES", "BadExpect", "CheckType", "Finding", "Outcome", "PathFailover"]

FAMILIES: Mapping[str, tuple[type[CheckType], ...]] = {
    "Links and bridges": (LinkState, BridgeMember, BridgePort, BridgeFdb, VxlanVni),
    "Addresses and neighbour discovery": (
        AddrPresent,
        AddrOnly,
        AddrScope,
        AddrSlaac,
        AddrTemporary,
        AddrDadOk,
        Dhcp4Lease,
        Dhcp6Lease,
        Dhcp6PrefixDelegated,
        NdNeighbor,
        RaContent,
    ),
    "Forwarding": (FibRoute, FibDefault, FibGet, FibEcmp, FibRule, FibNoStatic),
    "OSPF": (
        Ospf3Neighbor,
        Ospf3Interface,
        Ospf3Route,
        Ospf3Lsdb,
        Ospf2Neighbor,
        Ospf2Interface,
        Ospf2Route,
        Ospf2Lsdb,
    ),
    "IS-IS": (IsisAdjacency, IsisInterface, IsisRoute, IsisLsdb),
    "RIP": (RipNeighbor, RipRoute),
    "Babel and BFD": (BabelNeighbor, BabelRoute, BfdSession),
    "VRRP and multicast": (VrrpRouter, PimNeighbor, PimInterface, IgmpGroup, IgmpInterface),
    "LDP and EVPN": (LdpNeighbor, LdpBinding, EvpnVni, EvpnRoute),
    "BGP": (
        BgpSession,
        BgpNeighbor,
        BgpRoute,
        BgpAdjIn,
        BgpAdjOut,
        BgpOrigination,
        BgpAggregate,
        BgpTableSize,
        BgpOnly,
        BgpNoTransit,
        BgpNoBogons,
        BgpMaxLen,
        BgpGaoRexford,
    ),
    "RPKI": (RpkiCache, RpkiVrp, RpkiState, RpkiRevalidation, RpkiRoa),
    "Traffic": (
        Ping,
        ReachMatrix,
        FlowAllow,
        FlowBlock,
        Nat64Flow,
        ClatFlow,
        PathFailover,
        PathTrace,
        PathMtu,
        LossMax,
        RateLimit,
        CaptureCount,
    ),
    "Guards": (SavSpoofBlocked, RaGuard, Dhcp6Guard, FwCounter),
    "Names": (
        ServiceDns,
        DnsRecord,
        DnsZone,
        DnsTransfer,
        DnsReverse,
        DnsChain,
        DnsValidated,
        DnsAaaaSynth,
        Nat64Prefix,
    ),
    "Services": (ServiceTcp, ServiceHttp),
    "The whole network": (NetNoLoops, NetUniqueRouterIds, NetAddrInPlan),
    "The node itself": (
        NodeUp,
        ProcessRunning,
        SysctlValue,
        FileExists,
        FileContent,
        ConfigContains,
        ConfigAbsent,
        ConfigSaved,
        CommandOutput,
        JsonMatch,
    ),
}
TYPES: Mapping[str, type[CheckType]] = {kind.NAME: kind for family in FAMILIES.values() for kind in family}

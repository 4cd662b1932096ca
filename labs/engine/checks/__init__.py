"""The check types, in one table, by what they look at."""

from collections.abc import Mapping

from labs.engine.checks.addresses import AddrPresent, AddrSlaac, NdNeighbor, RaContent
from labs.engine.checks.babel import BabelNeighbor, BabelRoute
from labs.engine.checks.base import BadExpect, CheckType, Finding, Outcome
from labs.engine.checks.bgp import BgpRoute, BgpSession
from labs.engine.checks.bgp_peer import (
    BgpAdjIn,
    BgpAdjOut,
    BgpAggregate,
    BgpNeighbor,
    BgpOrigination,
    BgpTableSize,
)
from labs.engine.checks.bgp_policy import BgpGaoRexford, BgpMaxLen, BgpNoBogons, BgpNoTransit
from labs.engine.checks.bgp_table import BgpOnly
from labs.engine.checks.forwarding import FibDefault, FibNoStatic, FibRoute
from labs.engine.checks.guards import Dhcp6Guard, LossMax, RaGuard, RateLimit, SavSpoofBlocked
from labs.engine.checks.held import AddrDadOk, AddrOnly, AddrScope, AddrTemporary, Dhcp6Lease, Dhcp6PrefixDelegated
from labs.engine.checks.host import FileContent, SysctlValue
from labs.engine.checks.igp import BfdSession, Ospf6Lsdb, OspfInterface, OspfLsdb, OspfNeighbor, OspfRoute
from labs.engine.checks.isis import IsisAdjacency, IsisInterface, IsisLsdb, IsisRoute
from labs.engine.checks.last_resort import (
    CommandOutput,
    ConfigAbsent,
    ConfigContains,
    ConfigSaved,
    FileExists,
    JsonMatch,
    NodeUp,
    ProcessRunning,
)
from labs.engine.checks.links import BridgeFdb, BridgeMember, BridgePort, LinkState, VxlanVni
from labs.engine.checks.ospf import Ospf6Interface, Ospf6Neighbor, Ospf6Route
from labs.engine.checks.path import PathTrace
from labs.engine.checks.reach import CaptureCount, FwCounter, PathMtu, ReachMatrix
from labs.engine.checks.rpki import RpkiCache, RpkiVrp
from labs.engine.checks.rpki_state import RpkiRevalidation, RpkiRoa, RpkiState
from labs.engine.checks.rules import FibEcmp, FibGet, FibRule
from labs.engine.checks.services import (
    DnsAaaaSynth,
    DnsRecord,
    DnsValidated,
    Nat64Prefix,
    ServiceDns,
    ServiceHttp,
    ServiceTcp,
)
from labs.engine.checks.traffic import FlowAllow, FlowBlock, PathFailover, Ping
from labs.engine.checks.transition import ClatFlow, Nat64Flow
from labs.engine.checks.whole import NetAddrInPlan, NetNoLoops, NetUniqueRouterIds

__all__ = ["FAMILIES", "TYPES", "BadExpect", "CheckType", "Finding", "Outcome", "PathFailover"]

FAMILIES: Mapping[str, tuple[type[CheckType], ...]] = {
    "Links and bridges": (LinkState, BridgeMember, BridgePort, BridgeFdb, VxlanVni),
    "Addresses and neighbour discovery": (
        AddrPresent,
        AddrOnly,
        AddrScope,
        AddrSlaac,
        AddrTemporary,
        AddrDadOk,
        Dhcp6Lease,
        Dhcp6PrefixDelegated,
        NdNeighbor,
        RaContent,
    ),
    "Forwarding": (FibRoute, FibDefault, FibGet, FibEcmp, FibRule, FibNoStatic),
    "OSPF": (Ospf6Neighbor, Ospf6Interface, Ospf6Route, Ospf6Lsdb, OspfNeighbor, OspfInterface, OspfRoute, OspfLsdb),
    "IS-IS": (IsisAdjacency, IsisInterface, IsisRoute, IsisLsdb),
    "Babel and BFD": (BabelNeighbor, BabelRoute, BfdSession),
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
    "Services": (ServiceDns, DnsRecord, DnsAaaaSynth, DnsValidated, Nat64Prefix, ServiceTcp, ServiceHttp),
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

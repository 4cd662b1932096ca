"""The check types, in one table."""

from collections.abc import Mapping

from labs.engine.checks.addresses import AddrPresent, AddrSlaac, NdNeighbor, RaContent
from labs.engine.checks.base import BadExpect, CheckType, Finding, Outcome
from labs.engine.checks.bgp import BgpRoute, BgpSession
from labs.engine.checks.bgp_table import BgpOnly
from labs.engine.checks.forwarding import FibDefault, FibNoStatic, FibRoute
from labs.engine.checks.host import FileContent, SysctlValue
from labs.engine.checks.ospf import Ospf6Interface, Ospf6Neighbor, Ospf6Route
from labs.engine.checks.path import PathTrace
from labs.engine.checks.rpki import RpkiCache, RpkiVrp
from labs.engine.checks.traffic import FlowAllow, FlowBlock, PathFailover, Ping

__all__ = ["TYPES", "BadExpect", "CheckType", "Finding", "Outcome", "PathFailover"]

TYPES: Mapping[str, type[CheckType]] = {
    check.NAME: check
    for check in (
        AddrPresent,
        AddrSlaac,
        NdNeighbor,
        RaContent,
        FibRoute,
        FibDefault,
        FibNoStatic,
        Ospf6Neighbor,
        Ospf6Interface,
        Ospf6Route,
        BgpSession,
        BgpRoute,
        BgpOnly,
        RpkiCache,
        RpkiVrp,
        Ping,
        FlowAllow,
        FlowBlock,
        SysctlValue,
        FileContent,
        PathFailover,
        PathTrace,
    )
}

"""Parses what FRR 10.3 prints about OSPFv3, BGP and RPKI. Its JSON keys change between versions: this module knows them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from labs.engine.adapters import untrusted
from labs.engine.adapters.routing_state import (
    BgpRoute,
    BgpSession,
    OspfInterface,
    OspfNeighbor,
    OspfRoute,
    RpkiCache,
    RpkiVrp,
    Silent,
    ospf_state,
)
from labs.engine.adapters.untrusted import AnyAddress, AnyNetwork
from labs.engine.cpu_budget import once

type Answer = Mapping[str, Any]

NETWORKS: Mapping[str, str] = {"POINTOPOINT": "point-to-point", "BROADCAST": "broadcast", "LOOPBACK": "loopback"}
ROLES: Mapping[str, str] = {"DR": "DR", "BDR": "BDR", "Backup": "BDR", "DROther": "DROther"}
ROUTE_KINDS: Mapping[str, str] = {
    "Intra-Area": "intra",
    "Inter-Area": "inter",
    "External-1": "external1",
    "External-2": "external2",
}


def ask(node: str, daemon: str, command: str) -> dict[str, Any]:
    return {"ask": "vty", "node": node, "daemon": daemon, "commands": [command]}


def command(question: str) -> str:
    """The command that a learner can paste into the node's shell."""
    return f"vtysh -c '{question.removesuffix(' json')}'"


WITH_VRF = re.compile(r"^show (?:bgp|ip ospf|ipv6 ospf6)\b")


def in_vrf(question: str, vrf: str) -> str:
    """The question about this VRF; the same question without one."""
    return WITH_VRF.sub(lambda found: f"{found[0]} vrf {vrf}", question) if vrf else question


NEIGHBORS = "show ipv6 ospf6 neighbor json"
INTERFACES = "show ipv6 ospf6 interface json"
OSPF_ROUTES = "show ipv6 ospf6 route detail json"
CACHES = "show rpki cache-connection json"


def sessions_question(family: str) -> str:
    return f"show bgp {family} unicast summary json"


def route_question(prefix: object) -> str:
    return f"show bgp {'ipv4' if '.' in str(prefix) else 'ipv6'} unicast {prefix} json"


RUNNING = "show running-config"
DEFAULT_PREFERENCE = re.compile(r"^ bgp default local-preference (\d{1,10})$", re.MULTILINE)


def default_preference(answer: Answer) -> float:
    """The LOCAL_PREF of paths without one: from the running configuration, if it is the answer's first output."""
    first, *more = untrusted.items(answer.get("outputs")) or [""]
    found = DEFAULT_PREFERENCE.search(untrusted.long_text(first)) if more else None
    return float(found[1]) if found else 100.0


def table_question(family: str) -> str:
    return f"show bgp {family} unicast json"


VRPS = "show rpki prefix-table json"


def vrps_question(prefix: object) -> str:
    return f"show rpki prefix {prefix} json"


@once
def _table(answer: Answer) -> Mapping[str, Any] | Silent:
    outputs = untrusted.items(answer.get("outputs"))
    printed = outputs[-1] if outputs else ""
    loaded = untrusted.load(printed, keep_doubles=True)
    return loaded if isinstance(loaded, Mapping) else Silent(untrusted.text(printed))


def elected(router_id: object) -> str:
    """The router ID of a DR or BDR; "" if there is none."""
    found = untrusted.text(router_id)
    return "" if found == "0.0.0.0" else found  # noqa: S104 - no socket is bound


@once
def neighbors(answer: Answer) -> list[OspfNeighbor] | Silent:
    table = _table(answer)
    if isinstance(table, Silent):
        return table
    return [
        OspfNeighbor(
            router_id=untrusted.text(entry.get("neighborId")),
            state=ospf_state(untrusted.text(entry.get("state"))),
            interface=untrusted.text(entry.get("interfaceName")),
            role=ROLES.get(untrusted.text(entry.get("ifState")), ""),
        )
        for entry in map(untrusted.fields, untrusted.items(table.get("neighbors")))
    ]


@once
def interfaces(answer: Answer) -> list[OspfInterface] | Silent:
    table = _table(answer)
    if isinstance(table, Silent):
        return table
    return [
        OspfInterface(
            name=name,
            area=untrusted.text(entry.get("areaId")),
            cost=untrusted.number(entry.get("cost")),
            network=NETWORKS.get(
                kind := untrusted.text(entry.get("operatingAsType") or entry.get("type")), kind.lower()
            ),
            hello=untrusted.number(entry.get("timerIntervalsConfigHello")),
            dead=untrusted.number(entry.get("timerIntervalsConfigDead")),
            passive=entry.get("timerPassiveIface") is True,
            role=ROLES.get(untrusted.text(entry.get("ospf6InterfaceState")), ""),
            priority=untrusted.number(entry.get("priority")),
            dr=elected(entry.get("dr")),
            bdr=elected(entry.get("bdr")),
        )
        for name, entry in ((name, untrusted.fields(item)) for name, item in untrusted.pairs(table))
        if entry.get("attachedToArea") is True
    ]


@once
def ospf_routes(answer: Answer) -> list[OspfRoute] | Silent:
    table = _table(answer)
    if isinstance(table, Silent):
        return table
    found = []
    for name, entries in untrusted.pairs(table.get("routes")):
        prefix = untrusted.network(name)
        for entry in map(untrusted.fields, untrusted.items(entries) or [entries]):
            if prefix is not None and untrusted.text(entry.get("flags")).startswith("B"):
                hops = [untrusted.fields(hop) for hop in untrusted.items(entry.get("nextHops"))]
                found.append(
                    OspfRoute(
                        prefix=prefix,
                        kind=ROUTE_KINDS.get(kind := untrusted.text(entry.get("pathType")), kind),
                        cost=untrusted.number(
                            entry.get("metricCostE2") if kind == "External-2" else entry.get("metricCost")
                        ),
                        devices=tuple(sorted({untrusted.text(hop.get("interfaceName")) for hop in hops} - {""})),
                    )
                )
    return found


@once
def sessions(answer: Answer) -> list[BgpSession] | Silent:
    table = _table(answer)
    if isinstance(table, Silent):
        return table
    # With the address family in the command, FRR prints the bare table; without it, the table is under the family's name.
    peers = table.get("peers") or untrusted.fields(table.get("ipv6Unicast") or table.get("ipv4Unicast")).get("peers")
    return [
        BgpSession(
            peer=peer,
            state=untrusted.text(entry.get("state")),
            remote_as=untrusted.number(entry.get("remoteAs")),
            received=untrusted.number(entry.get("pfxRcd")),
            sent=untrusted.number(entry.get("pfxSnt")),
        )
        for name, entry in ((name, untrusted.fields(item)) for name, item in untrusted.pairs(peers))
        if (peer := untrusted.address(name)) is not None
    ]


@once
def bgp_routes(answer: Answer) -> list[BgpRoute] | Silent:
    table = _table(answer)
    if isinstance(table, Silent):
        return [] if "not in table" in table.words else table
    prefix = untrusted.network(table.get("prefix"))
    if prefix is None:
        return []
    preference = default_preference(answer)
    return [
        BgpRoute(
            prefix=prefix,
            best=untrusted.fields(path.get("bestpath")).get("overall") is True,
            as_path=as_path(path),
            next_hops=next_hops(untrusted.items(path.get("nexthops"))),
            local_pref=untrusted.number(path.get("locPrf", preference)),  # a path from an eBGP session has none
            med=untrusted.number(path.get("metric", 0)),
            communities=communities(path, "community"),
            large_communities=communities(path, "largeCommunity"),
            rpki=untrusted.text(path.get("rpkiValidationState")),
            extended_communities=communities(path, "extendedCommunity"),
            peer=_peer(path),
            weight=untrusted.number(path.get("weight", 0)),
            originator=untrusted.address(path.get("originatorId")),
            cluster_list=_clusters(path),
            valid=path.get("valid") is True,
        )
        for path in map(untrusted.fields, untrusted.items(table.get("paths")))
    ]


def as_path(path: Mapping[str, Any]) -> tuple[str, ...]:
    """Empty for a route of the own AS; FRR calls that path Local."""
    written = untrusted.text(untrusted.fields(path.get("aspath")).get("string"))
    return () if written == "Local" else tuple(written.split())


def _peer(path: Mapping[str, Any]) -> AnyAddress | None:
    """The unspecified address stands for the router itself."""
    peer = untrusted.address(untrusted.fields(path.get("peer")).get("peerId"))
    return None if peer is None or peer.is_unspecified else peer


def _clusters(path: Mapping[str, Any]) -> tuple[AnyAddress, ...]:
    found = map(untrusted.address, untrusted.items(untrusted.fields(path.get("clusterList")).get("list")))
    return tuple(one for one in found if one is not None)


def next_hops(hops: Sequence[Any]) -> tuple[Any, ...]:
    found = [untrusted.address(untrusted.fields(hop).get("ip")) for hop in hops]
    return tuple(hop for hop in found if hop is not None)


def communities(path: Mapping[str, Any], kind: str) -> tuple[str, ...]:
    """Of one kind: community, largeCommunity or extendedCommunity, which FRR prints as one string."""
    said = untrusted.fields(path.get(kind))
    if kind == "extendedCommunity":
        return tuple(untrusted.long_text(said.get("string"))[: untrusted.MOST].split())
    return tuple(map(untrusted.text, untrusted.items(said.get("list"))))


@once
def bgp_paths(answer: Answer) -> list[tuple[Any, tuple[str, ...]]] | Silent:
    """Prefix and AS path of all paths in the table."""
    table = _table(answer)
    if isinstance(table, Silent):
        return table
    return [
        (prefix, tuple(untrusted.text(path.get("path")).split()))
        for name, paths in untrusted.pairs(table.get("routes"))
        if (prefix := untrusted.network(name)) is not None
        for path in map(untrusted.fields, untrusted.items(paths))
    ]


@once
def caches(answer: Answer) -> list[RpkiCache] | Silent:
    """The caches. Without any connection, FRR lists none of them and prints an ``error``."""
    table = _table(answer)
    if isinstance(table, Silent) or "connections" not in table:
        return Silent(table.words if isinstance(table, Silent) else untrusted.text(table.get("error")))
    return [
        RpkiCache(
            address=address,
            port=untrusted.number(entry.get("port")),
            connected=untrusted.text(entry.get("state")) == "connected",
        )
        for entry in map(untrusted.fields, untrusted.items(table.get("connections")))
        if (address := untrusted.address(entry.get("host"))) is not None
    ]


@once
def vrps(answer: Answer) -> list[RpkiVrp] | Silent:
    table = _table(answer)
    if isinstance(table, Silent) or "prefixes" not in table:
        return Silent(table.words if isinstance(table, Silent) else untrusted.text(table.get("error")))
    return [
        RpkiVrp(
            prefix=prefix,
            origin_as=untrusted.number(entry.get("asn")),
            max_length=untrusted.number(entry.get("prefixLenMax")),
        )
        for entry in map(untrusted.fields, untrusted.items(table.get("prefixes")))
        if (prefix := _vrp_prefix(entry)) is not None
    ]


def _vrp_prefix(entry: Mapping[str, Any]) -> AnyNetwork | None:
    return untrusted.network(f"{untrusted.text(entry.get('prefix'))}/{untrusted.text(entry.get('prefixLenMin'))}")

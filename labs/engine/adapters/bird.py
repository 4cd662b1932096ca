"""Parses what BIRD 2.17 prints about OSPFv3, BGP and RPKI. BIRD has no JSON: this module knows the labels of its text."""

import re
from collections.abc import Iterator, Mapping, Sequence
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
)
from labs.engine.adapters.untrusted import AnyAddress, AnyNetwork
from labs.engine.cpu_budget import once, step

type Answer = Mapping[str, Any]

CONF = "/etc/bird/bird.conf"
SESSIONS = "show protocols all"
ALL_BGP_ROUTES = "show route all where source = RTS_BGP"
LONGEST = 2000  # characters of a line

ROUTE = re.compile(
    r"^(?P<prefix>\S*)\s+(?P<type>unicast|blackhole|unreachable|prohibit)\s+\[\S+ [^\]]*?(?: from (?P<from>[^\]\s]+))?\]"
    r"(?P<best>\s+\*)?"
)
NEIGHBOR = re.compile(
    r"^(?P<id>\d+\.\d+\.\d+\.\d+)\s+\d+\s+(?P<state>[^/\s]+)/(?P<role>\S+)\s+\S+\s+(?P<interface>\S+)\s+(?P<address>\S+)"
)
ROA = re.compile(r"^(?P<prefix>\S+/\d+)-(?P<longest>\d+) AS(?P<origin>\d+)\s")
NUMBER = re.compile(r"-?\d+")
NETWORKS: Mapping[str, str] = {"ptp": "point-to-point", "ptmp": "point-to-multipoint"}
CONNECTED = ("Established", "Sync-Start", "Sync-Running")  # the states in which the router is connected to the cache
IP_OF: Mapping[int, int] = {2: 4, 3: 6}  # by version of OSPF
ROUTE_KINDS: Mapping[str, str] = {"OSPF": "intra", "OSPF-IA": "inter", "OSPF-E1": "external1", "OSPF-E2": "external2"}


def ask(node: str, command: str) -> dict[str, Any]:
    return {"ask": "bird", "node": node, "command": command}


def command(question: str) -> str:
    """The command that a learner can paste into the node's shell."""
    return f"birdc '{question}'"


def route_question(prefix: object, protocol: str = "") -> str:
    return f"show route {prefix} all {f'protocol {protocol}' if protocol else ''}".strip()


def neighbors_question(protocol: str) -> str:
    return f"show ospf neighbors {protocol}".strip()


def interfaces_question(protocol: str) -> str:
    return f"show ospf interface {protocol}".strip()


def vrps_question(table: str) -> str:
    """The whole table: BIRD 2.17 accepts no prefix here (“Incompatible type of prefix”)."""
    return f"show route table {table}"


def table_question(neighbour_as: int) -> str:
    return f"show route all where bgp_path.first = {neighbour_as}"


@once
def lines(answer: Answer) -> list[str]:
    printed = [line[:LONGEST] for line in untrusted.long_text(answer.get("output")).splitlines()]
    step(len(printed))
    return printed


def _after(line: str, label: str) -> str | None:
    """Returns the text after the label; None if the line does not begin with it."""
    bare = line.strip()
    return bare.removeprefix(label).strip() if bare.startswith(label) else None


def _first_number(words: str) -> float | None:
    found = NUMBER.search(words[:40])
    return untrusted.number(found[0]) if found else None


@once
def neighbors(answer: Answer, version: int = 3) -> list[OspfNeighbor] | Silent:
    """Of one version of OSPF: asked without a name, BIRD prints the neighbours of all its protocols."""
    printed = lines(answer)
    if not any(line.startswith("Router ID") for line in printed):
        return Silent(untrusted.text(" ".join(printed)))
    found = (NEIGHBOR.match(line) for line in printed)
    return [
        OspfNeighbor(f["id"], f["state"], f["interface"], ROLES.get(f["role"], ""))
        for f in found
        if f and (address := untrusted.address(f["address"])) and address.version == IP_OF[version]
    ]


@once
def interfaces(answer: Answer, version: int = 3) -> list[OspfInterface] | Silent:
    """The interfaces of one version of OSPF, as in ``neighbors``."""
    printed = lines(answer)
    if not any(line.startswith("Interface ") for line in printed):
        return Silent(untrusted.text(" ".join(printed)))
    return [_interface(name, part) for name, part in _interface_parts(printed, version)]


def _interface_parts(lines: Sequence[str], version: int) -> Iterator[tuple[str, dict[str, str]]]:
    """An interface of OSPFv3 has an instance ID (IID) in its head; an interface of OSPFv2 has a network or a peer there."""
    name, part = "", dict[str, str]()
    for line in lines:
        step()
        if (rest := _after(line, "Interface ")) is not None:
            if name:
                yield name, part
            name, part = rest.split(" ")[0] if ("(IID" in rest) is (version == 3) else "", {}
        elif ":" in line:
            label, value = line.strip().split(":", 1)
            part[label] = value.strip()
    if name:
        yield name, part


def _interface(name: str, part: Mapping[str, str]) -> OspfInterface:
    kind = part.get("Type", "")
    return OspfInterface(
        name=name,
        area=part.get("Area", "").split(" ")[0],
        cost=_first_number(part.get("Cost", "")),
        network=NETWORKS.get(kind, kind),
        hello=_first_number(part.get("Hello timer", "")),
        dead=_first_number(part.get("Dead timer", "")),
        passive="(stub)" in part.get("State", ""),
        role=ROLES.get(part.get("State", ""), ""),
        priority=_first_number(part.get("Priority", "")),
        dr=_elected(part.get("Designated router (ID)", "")),
        bdr=_elected(part.get("Backup designated router (ID)", "")),
    )


# What the head of a route says, kept beside its attributes. BIRD's labels are no words with spaces.
TYPE, FROM = "of type", "received from"

ROLES: Mapping[str, str] = {"DR": "DR", "Backup": "BDR", "BDR": "BDR", "DROther": "DROther", "Other": "DROther"}


def _elected(router_id: str) -> str:
    """The router ID of a DR or BDR; "" if there is none."""
    return "" if router_id == "0.0.0.0" else router_id  # noqa: S104 - no socket is bound


type Found = tuple[AnyNetwork | None, bool, dict[str, str], tuple[str, ...], tuple[AnyAddress, ...]]


@once
def routes(printed: Sequence[str]) -> list[Found]:
    """Returns prefix, best, attributes, devices and next hops of each route. BIRD prints a prefix only before its first route."""
    return list(_routes(printed))


def _routes(printed: Sequence[str]) -> Iterator[Found]:
    prefix: AnyNetwork | None = None
    at: tuple[AnyNetwork | None, bool, dict[str, str], list[str], list[AnyAddress]] | None = None
    for line in printed:
        step()
        if found := ROUTE.match(line):
            if at:
                yield *at[:3], tuple(at[3]), tuple(at[4])
            prefix = untrusted.network(found["prefix"]) if found["prefix"] else prefix
            at = (prefix, bool(found["best"]), {TYPE: found["type"], FROM: found["from"] or ""}, [], [])
        elif at and (hop := re.match(r"\s+(?:via (\S+)|dev) (?:on )?(\S+)", line)):
            at[3].append(hop[2])
            at[4].extend(way for way in [untrusted.address(hop[1])] if way is not None)
        elif at and line.startswith("\t") and ":" in line:
            label, value = line.strip().split(":", 1)
            at[2][label] = value.strip()
    if at:
        yield *at[:3], tuple(at[3]), tuple(at[4])


@once
def ospf_routes(answer: Answer) -> list[OspfRoute] | Silent:
    return [
        OspfRoute(
            prefix=prefix,
            kind=ROUTE_KINDS[kind],
            cost=untrusted.number(attributes.get("OSPF.metric2" if kind == "OSPF-E2" else "OSPF.metric1")),
            devices=tuple(sorted(set(devices))),
        )
        for prefix, _best, attributes, devices, _hops in routes(lines(answer))
        if prefix is not None and (kind := attributes.get("Type", "").split(" ")[0]) in ROUTE_KINDS
    ]


@once
def bgp_routes(answer: Answer) -> list[BgpRoute]:
    return [
        BgpRoute(
            prefix=prefix,
            best=best,
            as_path=tuple(attributes.get("BGP.as_path", "").split()),
            next_hops=_addresses(attributes.get("BGP.next_hop", "")),
            local_pref=untrusted.number(attributes.get("BGP.local_pref")),
            med=untrusted.number(attributes.get("BGP.med", "0")),
            communities=communities(attributes, "community"),
            large_communities=communities(attributes, "large_community"),
            extended_communities=communities(attributes, "ext_community"),
            peer=untrusted.address(attributes[FROM]) or next(iter(hops), None),
            originator=untrusted.address(attributes.get("BGP.originator_id")),
            cluster_list=_addresses(attributes.get("BGP.cluster_list", "")),
            valid=attributes[TYPE] == "unicast",
        )
        for prefix, best, attributes, _devices, hops in routes(lines(answer))
        if prefix is not None and "BGP.origin" in attributes
    ]


@once
def bgp_paths(answer: Answer, family: str) -> list[tuple[AnyNetwork, tuple[str, ...]]]:
    """Prefix and AS path of all paths of one address family in the answer."""
    return [(route.prefix, route.as_path) for route in bgp_routes(answer) if is_of(family, route.prefix)]


def is_of(family: str, prefix: AnyNetwork) -> bool:
    """Without the name of a table, BIRD prints the routes of all its tables."""
    step()
    return f"ipv{prefix.version}" == family


def communities(attributes: Mapping[str, str], kind: str) -> tuple[str, ...]:
    """Of one kind: community, large_community or ext_community."""
    found = re.findall(r"\(([^()]*)\)", attributes.get(f"BGP.{kind}", ""))
    return tuple(inner.replace(" ", "").replace(",", ":") for inner in found)


def _addresses(words: str) -> tuple[Any, ...]:
    return tuple(one for one in map(untrusted.address, words.split()) if one is not None)


@once
def sessions(answer: Answer, family: str = "") -> list[BgpSession] | Silent:
    """All sessions, or those with a channel for one address family (ipv6 or ipv4)."""
    found = [_session(part, family) for part in _protocols(lines(answer), "BGP")]
    return [session for session in found if session is not None]


@once
def caches(answer: Answer) -> list[RpkiCache] | Silent:
    parts = list(_protocols(lines(answer), "RPKI"))
    if not parts:
        return Silent("")
    return [
        RpkiCache(
            address=address,
            port=untrusted.number(part.get("Cache port", "")),
            connected=part.get("Status", "") in CONNECTED,
        )
        for part in parts
        if (address := untrusted.address(part.get("Cache server", ""))) is not None
    ]


@once
def vrps(answer: Answer) -> list[RpkiVrp] | Silent:
    printed = lines(answer)
    if printed and not any(line.startswith("Table ") for line in printed):
        return Silent(untrusted.text(" ".join(printed)))
    return [
        RpkiVrp(prefix=prefix, origin_as=untrusted.number(f["origin"]), max_length=untrusted.number(f["longest"]))
        for f in map(ROA.match, printed)
        if f and (prefix := untrusted.network(f["prefix"])) is not None
    ]


def _protocols(lines: Sequence[str], kind: str) -> Iterator[dict[str, str]]:
    """The labels of each protocol with their first value. A label of a channel is there a second time, as “ipv6 Routes”."""
    part: dict[str, str] | None = None
    channel = ""
    for line in lines:
        step()
        if line and not line[0].isspace():
            if part is not None:
                yield part
            part = {} if line.split()[1:2] == [kind] else None
            channel = ""
        elif part is not None and line.startswith("  Channel "):
            channel = line.split()[1]
        elif part is not None and ":" in line:
            label, value = line.strip().split(":", 1)
            part.setdefault(label, value.strip())
            part.setdefault(f"{channel} {label}", value.strip())
    if part is not None:
        yield part


def _session(part: Mapping[str, str], family: str) -> BgpSession | None:
    peer = untrusted.address(part.get("Neighbor address", ""))
    if peer is None or (family and f"{family} State" not in part):
        return None
    routes = part.get(f"{family} Routes" if family else "Routes", "")
    counts = {
        word: untrusted.number(n) for n, word in re.findall(r"(\d{1,12}) (imported|filtered|exported)", routes[:200])
    }
    return BgpSession(
        peer=peer,
        state=part.get("BGP state", ""),
        remote_as=_first_number(part.get("Neighbor AS", "")),
        received=counts.get("imported"),
        sent=counts.get("exported"),
    )

"""Names the nearest cause of a check that has failed: it asks once more, at both ends of what should talk, and compares.

Two pure halves, as in the checks: what to ask, and what it means. Where nothing is found the check's own likely cause stays: a
wrong name is worse than none. It only asks, and what it is told may be lies: nothing here raises.
"""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labs.engine.checks import CheckType, frr, reading
from labs.engine.checks.addresses import AddrSlaac
from labs.engine.checks.bgp import BgpSession
from labs.engine.checks.ospf import Ospf6Neighbor
from labs.engine.spec import Interface, Kind, Lab, Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _

type Ask = dict[str, Any]
type Answers = Sequence[object]

CAUSES: Mapping[str, str] = {
    "link-down": _("%(end)s is down: nothing passes this link. ip link set DEV up, or no shutdown, brings it up."),
    "cable": _("The link of %(end)s has no carrier: its cable is out, or its other end is down."),
    "ospf-not-on": _("OSPFv3 is not on %(end)s: put the interface into its area there (ipv6 ospf6 area)."),
    "ospf-passive": _("%(end)s is passive: it announces its prefix, but sends no hello."),
    "ospf-area": _("The ends are in different areas: %(end)s in %(a)s, %(other)s in %(b)s."),
    "ospf-timers": _(
        "The timers differ, and hellos with others are dropped: %(end)s has %(a)s, %(other)s %(b)s (hello/dead)."
    ),
    "ospf-auth": _("One end signs its packets and the other does not: %(end)s has %(a)s, %(other)s %(b)s."),
    "mtu": _("The MTUs differ, so the exchange of databases does not end: %(end)s has %(a)s, %(other)s has %(b)s."),
    "router-id": _("Both routers have the router ID %(a)s: each takes the other for itself."),
    "bgp-no-neighbor": _("%(node)s has no neighbor %(a)s in its configuration."),
    "bgp-shutdown": _("The session is shut down on %(node)s (neighbor shutdown)."),
    "bgp-no-route": _("%(node)s has no route to %(a)s, so it cannot even try."),
    "bgp-unreachable": _("%(a)s does not answer %(node)s: look at the link between them and at the way back."),
    "bgp-not-expected": _("%(other)s has no neighbor with an address of %(node)s: its side names another address."),
    "bgp-as": _("The AS numbers do not fit: %(node)s expects AS %(a)s of its peer, which is AS %(b)s."),
    "bgp-password": _("Only %(a)s has a password for the session, so TCP segments are dropped (RFC 2385)."),
    "bgp-filter": _("%(a)s answers pings, but not on TCP port 179: a filter on the way drops it."),
    "bgp-family": _("The session is not activated for this address family on %(a)s (neighbor activate)."),
    "bgp-policy": _(
        "%(a)s has no policy for this neighbour: without one nothing passes to or from another AS (RFC 8212)."
    ),
    "bgp-limit": _("%(node)s ended the session: the peer sent more prefixes than its maximum-prefix allows."),
    "slaac-forwarding": _(
        "%(node)s forwards packets itself, so it does not take advertisements (forwarding is on, accept_ra is not 2)."
    ),
    "slaac-accept": _("%(node)s does not accept router advertisements on %(a)s (accept_ra is 0)."),
    "slaac-autoconf": _("%(node)s makes no addresses from advertisements on %(a)s (autoconf is 0)."),
    "slaac-silent": _("No router advertises on this link."),
    "slaac-prefix": _("The router advertises, but not this prefix: %(a)s."),
    "slaac-flag": _("The router advertises the prefix without its A flag: hosts may not make addresses from it."),
    "slaac-length": _("The router advertises the prefix with a length of %(a)s; hosts make addresses only from a /64."),
}
MOST = 4  # checks that are looked into in one attempt


@dataclass(frozen=True, slots=True)
class Cause:
    name: str
    text: Text


def _cause(name: str, **words: object) -> Cause:
    return Cause(name, Text(CAUSES[name], **words))


@dataclass(frozen=True, slots=True)
class End:
    """An interface, and its node as the lab has it."""

    at: Interface
    node: Node


def _other_end(lab: Lab, node: str, interface: str) -> End | None:
    for link in lab.links:
        for mine, other in (link.ends, link.ends[::-1]):
            if (mine.node, mine.name) == (node, interface):
                return End(other, lab.nodes[other.node])
    return None


def _owner(lab: Lab, address: Any) -> Node | None:
    """The node that the lab gives this address."""
    for node in lab.nodes.values():
        held = [*node.loopback, *(a for end in lab.interfaces(node.name) for a in end.addresses)]
        if any(ipaddress.ip_interface(one).ip == address for one in held):
            return node
    return None


def asks(check: CheckType, node: Node, lab: Lab) -> list[Ask]:
    """What to ask about a check that failed on this node; nothing if we would not know what it means."""
    match check:
        case Ospf6Neighbor(interface=name) if name and node.kind is Kind.FRR:
            other = _other_end(lab, node.name, name)
            return [*_of_ospf(node), *_of_ospf(other.node)] if other and other.node.kind is Kind.FRR else []
        case BgpSession(peer=peer) if node.kind is Kind.FRR:
            return _of_bgp(node, peer, _owner(lab, peer))
        case AddrSlaac(interface=name, present=True):
            keys = [f"net.ipv6.conf.{name}.{key}" for key in ("forwarding", "accept_ra", "autoconf")]
            heard: list[Ask] = [{"ask": "ra", "node": node.name, "interface": name, "seconds": 2}]
            return [_link(node), *({"ask": "sysctl", "node": node.name, "key": key} for key in keys), *heard]
    return []


def cause(check: CheckType, node: Node, lab: Lab, answers: Answers) -> Cause | None:
    """What the answers mean; None where nothing stands out."""
    read = [reading.fields(answer) for answer in answers]
    if len(read) != len(asks(check, node, lab)):
        return None
    match check:
        case Ospf6Neighbor(interface=name):
            other = _other_end(lab, node.name, name)
            return next(_why_no_adjacency(node, name, other, read), None) if other else None
        case BgpSession(peer=peer, family=family):
            return next(_why_no_session(node, peer, family, _owner(lab, peer), read), None)
        case AddrSlaac(interface=name, prefix=prefix):
            return next(_why_no_address(node, name, prefix, read), None)
    return None


def _link(node: Node) -> Ask:
    return {"ask": "ip", "node": node.name, "args": ["-d", "link"]}


def _of_ospf(node: Node) -> list[Ask]:
    return [
        _link(node),
        frr.ask(node.name, "ospf6d", frr.INTERFACES),
        frr.ask(node.name, "ospf6d", "show ipv6 ospf6 json"),
    ]


def _links(answer: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {reading.text(link.get("ifname")): link for link in map(reading.fields, reading.items(answer.get("json")))}


def _down(links: Mapping[str, Mapping[str, Any]], node: Node, name: str) -> Iterator[Cause]:
    flags = reading.items(links.get(name, {}).get("flags"))
    if name in links and "UP" not in flags:
        yield _cause("link-down", end=f"{node.name}:{name}")
    elif name in links and "LOWER_UP" not in flags:
        yield _cause("cable", end=f"{node.name}:{name}")


def _said(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    outputs = reading.items(answer.get("outputs"))
    return reading.fields(reading.load(outputs[-1] if outputs else None))


def _why_no_adjacency(node: Node, name: str, other: End, read: Sequence[Mapping[str, Any]]) -> Iterator[Cause]:
    """From what carries the link upwards: the lowest cause is the nearest one."""
    ends = ((node, name, read[:3]), (other.node, other.at.name, read[3:6]))
    for whose, port, answers in sorted(
        ends, key=lambda end: "UP" in reading.items(_links(end[2][0]).get(end[1], {}).get("flags"))
    ):
        yield from _down(_links(answers[0]), whose, port)
    for whose, port, answers in ends:
        if not answers[1].get("ok"):
            return
        if reading.fields(_said(answers[1]).get(port)).get("attachedToArea") is not True:
            yield _cause("ospf-not-on", end=f"{whose.name}:{port}")
    (mine, my_links), (theirs, their_links) = (
        (reading.fields(_said(answers[1]).get(port)), _links(answers[0]).get(port, {})) for _w, port, answers in ends
    )
    for whose, port, at in ((node, name, mine), (other.node, other.at.name, theirs)):
        if at.get("timerPassiveIface") is True:
            yield _cause("ospf-passive", end=f"{whose.name}:{port}")
    names = {"end": f"{node.name}:{name}", "other": str(other.at)}
    pairs = {
        "ospf-area": (mine.get("areaId"), theirs.get("areaId")),
        "ospf-timers": (_timers(mine), _timers(theirs)),
        "ospf-auth": tuple(reading.fields(at.get("authInfo")).get("authType") for at in (mine, theirs)),
        "mtu": (my_links.get("mtu"), their_links.get("mtu")),
    }
    for kind, values in pairs.items():
        a, b = map(reading.text, values)
        if a != b:
            yield _cause(kind, **names, a=a, b=b)
    ids = [reading.text(_said(answers[2]).get("routerId")) for _w, _p, answers in ends]
    if ids[0] and ids[0] == ids[1]:
        yield _cause("router-id", a=ids[0])


def _timers(at: Mapping[str, Any]) -> str:
    return f"{reading.text(at.get('timerIntervalsConfigHello'))}/{reading.text(at.get('timerIntervalsConfigDead'))}"


def _of_bgp(node: Node, peer: Any, owner: Node | None) -> list[Ask]:
    ping = {"ask": "ping", "node": node.name, "dst": str(peer), "count": 2, "interval": 0.1, "seconds": 1.0}
    mine: list[Ask] = [
        frr.ask(node.name, "bgpd", f"show bgp neighbors {peer} json"),
        {"ask": "ip", "node": node.name, "args": [f"-{peer.version}", "route", "get", str(peer)]},
        ping | {"source": None, "at": None},
        {"ask": "tcp", "node": node.name, "dst": str(peer), "port": 179, "seconds": 1.5},
    ]
    far = [frr.ask(owner.name, "bgpd", "show bgp neighbors json")] if owner and owner.kind is Kind.FRR else []
    return mine + far


def _why_no_session(
    node: Node, peer: Any, family: str, owner: Node | None, read: Sequence[Mapping[str, Any]]
) -> Iterator[Cause]:
    if not read[0].get("ok"):
        return
    mine = next((reading.fields(v) for k, v in reading.pairs(_said(read[0])) if reading.address(k) == peer), {})
    if "remoteAs" not in mine:
        yield _cause("bgp-no-neighbor", node=node.name, a=peer)
    if mine.get("adminShutDown") is True:
        yield _cause("bgp-shutdown", node=node.name)
    far = _far_side(read[4], mine, read[1]) if len(read) > 4 and read[4].get("ok") else None
    if far and far.get("adminShutDown") is True and owner:
        yield _cause("bgp-shutdown", node=owner.name)
    if "Maximum Number of Prefixes" in reading.text(mine.get("lastNotificationReason")):
        yield _cause("bgp-limit", node=node.name)
    key = "ipv6Unicast" if family == "ipv6" else "ipv4Unicast"
    sides = [
        (whose, reading.fields(side.get("addressFamilyInfo")))
        for whose, side in ((node, mine), (owner, far))
        if whose and side
    ]
    for whose, known in sides:
        if key not in known:
            yield _cause("bgp-family", a=whose.name)
    if reading.text(mine.get("bgpState")) != "Established":
        yield from _why_not_established(node, peer, owner, read, mine, far)
    for whose, known in sides:
        if any("RequiresPolicy" in name for name, _value in reading.pairs(known.get(key))):
            yield _cause("bgp-policy", a=whose.name)


def _far_side(answer: Mapping[str, Any], mine: Mapping[str, Any], way: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The peer's own entry of us, found by the address that we would send from."""
    chosen = reading.fields(next(iter(reading.items(way.get("json"))), None)).get("prefsrc")
    ours = {reading.address(mine.get("hostLocal")), reading.address(chosen)} - {None}
    entries = [(reading.address(key), reading.fields(value)) for key, value in reading.pairs(_said(answer))]
    return next((value for key, value in entries if key in ours), None)


def _why_not_established(
    node: Node,
    peer: Any,
    owner: Node | None,
    read: Sequence[Mapping[str, Any]],
    mine: Mapping[str, Any],
    far: Mapping[str, Any] | None,
) -> Iterator[Cause]:
    if read[1].get("ok") is False and read[1].get("kind") == "refused":
        yield _cause("bgp-no-route", node=node.name, a=peer)
    refused = "refused" in reading.text(read[3].get("error"))
    closed = read[3].get("ok") is True and read[3].get("connected") is False and not refused
    if closed and read[2].get("ok") and not reading.whole(read[2].get("received")):
        yield _cause("bgp-unreachable", node=node.name, a=peer)
    there = [reading.fields(value) for _key, value in reading.pairs(_said(read[4]))] if len(read) > 4 else []
    local_as = next((reading.number(entry.get("localAs")) for entry in there if "localAs" in entry), None)
    my_as, wanted_as = reading.whole(mine.get("localAs")), reading.whole(mine.get("remoteAs"))
    if local_as is not None and wanted_as not in (None, local_as):
        yield _cause("bgp-as", node=node.name, a=wanted_as, b=int(local_as))
    if far is not None and owner:
        if (expected := reading.whole(far.get("remoteAs"))) not in (None, my_as):
            yield _cause("bgp-as", node=owner.name, a=expected, b=my_as)
        signed = [name for name, side in ((node.name, mine), (owner.name, far)) if side.get("authenticationEnabled")]
        if len(signed) == 1:
            yield _cause("bgp-password", a=signed[0])
    if closed:
        yield _cause("bgp-filter", a=peer)
    if far is None and there and owner:
        yield _cause("bgp-not-expected", node=node.name, other=owner.name)


def _why_no_address(node: Node, name: str, prefix: Any, read: Sequence[Mapping[str, Any]]) -> Iterator[Cause]:
    yield from _down(_links(read[0]), node, name)
    forwarding, accept, autoconf = (reading.text(answer.get("value")) for answer in read[1:4])
    if accept == "0":
        yield _cause("slaac-accept", node=node.name, a=name)
    if forwarding == "1" and accept == "1":
        yield _cause("slaac-forwarding", node=node.name)
    if autoconf == "0":
        yield _cause("slaac-autoconf", node=node.name, a=name)
    if not read[4].get("ok"):
        return
    heard = [reading.fields(ra) for ra in reading.items(read[4].get("advertisements"))]
    told = [reading.fields(entry) for ra in heard for entry in reading.items(ra.get("prefixes"))]
    named = [(reading.network(f"{reading.text(e.get('prefix'))}/{reading.text(e.get('length'))}"), e) for e in told]
    same = [entry for network, entry in named if network == prefix]
    near = [
        network
        for network, _e in named
        if network and network.version == 6 and network.network_address == prefix.network_address
    ]
    if not heard:
        yield _cause("slaac-silent")
    elif same and all(entry.get("autonomous") is False for entry in same):
        yield _cause("slaac-flag")
    elif not same and near:
        yield _cause("slaac-length", a=f"/{near[0].prefixlen}")
    elif not same:
        yield _cause("slaac-prefix", a=", ".join(str(network) for network, _e in named if network) or "–")

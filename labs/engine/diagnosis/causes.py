"""What a diagnosis may name, each with its sentence, and the command that shows it."""

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from labs.engine.adapters.node_state import Answers, Asks
from labs.engine.definition.spec import Kind, Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _

CAUSES: Mapping[str, str] = {
    # links and addresses
    "link-down": _("%(end)s is down: nothing passes this link. ip link set DEV up, or no shutdown, brings it up."),
    "cable": _("The link of %(end)s has no carrier: its cable is out."),
    "port-taken": _("%(end)s has been put into %(a)s, so it is no port of its own any more."),
    "ipv6-disabled": _("IPv6 is switched off on %(end)s (disable_ipv6 is 1)."),
    "address-missing": _("%(node)s does not have the address %(a)s any more."),
    "address-duplicate": _("Somebody else on the link has the address %(a)s too, so %(node)s does not use it."),
    "address-taken": _("%(node)s has the address %(a)s of %(other)s too, and answers in its place."),
    "daemon-down": _("%(a)s does not run on %(node)s, or does not answer."),
    # OSPFv3
    "protocol-off": _("The protocol %(a)s is switched off on %(node)s. birdc enable switches it on."),
    "ospf-not-on": _("OSPFv3 is not on %(end)s: put the interface into its area there."),
    "ospf-passive": _("%(end)s is passive: it announces its prefix, but sends no hello."),
    "ospf-area": _("The ends are in different areas: %(end)s in %(a)s, %(other)s in %(b)s."),
    "ospf-instance": _("The instance IDs differ: %(end)s has %(a)s, %(other)s has %(b)s."),
    "ospf-timers": _(
        "The timers differ, and hellos with others are dropped: %(end)s has %(a)s, %(other)s %(b)s (hello/dead)."
    ),
    "ospf-auth": _("The ends sign their packets differently: %(end)s has %(a)s, %(other)s %(b)s."),
    "ospf-filter": _("A filter on %(node)s drops the packets of OSPF (IP protocol 89)."),
    "mtu": _("The MTUs differ, so the exchange of databases does not end: %(end)s has %(a)s, %(other)s has %(b)s."),
    "router-id": _("Both routers have the router ID %(a)s: each takes the other for itself."),
    "ospf-type": _("The ends take the link for another kind of network: %(end)s is %(a)s, %(other)s is %(b)s."),
    "ospf-unannounced": _("%(node)s has a network of this prefix on %(a)s, but OSPFv3 is not on there."),
    # BGP sessions
    "bgp-no-neighbor": _("%(node)s has no neighbor %(a)s in its configuration."),
    "bgp-wrong-address": _("%(node)s names %(a)s as its neighbor, and nobody on that link has this address."),
    "bgp-shutdown": _("The session is switched off on %(node)s."),
    "bgp-no-route": _("%(node)s has no route to %(a)s, so it cannot even try."),
    "bgp-as": _("The AS numbers do not fit: %(node)s expects AS %(a)s of its peer, which is AS %(b)s."),
    "bgp-password": _("Only %(node)s has a password for the session, so TCP segments are dropped (RFC 2385)."),
    "bgp-passwords": _("The two passwords of the session differ, so TCP segments are dropped (RFC 2385)."),
    "bgp-ttl": _(
        "Only %(node)s checks the TTL of the session (ttl-security): what its peer sends has a small one and is dropped."
    ),
    "bgp-multihop": _("The peer is not on a link of %(node)s, and the session lacks ebgp-multihop there."),
    "bgp-filter": _("A filter on %(node)s drops what comes to or from TCP port 179."),
    # BGP routes
    "bgp-family": _("The session is not activated for this address family on %(node)s."),
    "bgp-policy": _(
        "%(node)s has no policy for this neighbour: without one nothing passes to or from another AS (RFC 8212)."
    ),
    "bgp-limit": _("%(node)s ended the session: the peer sent more prefixes than its maximum allows."),
    "bgp-prefix-list": _("The prefix list %(a)s on %(node)s drops it."),
    "bgp-denied": _("The import policy of %(node)s drops it: %(a)s."),
    "bgp-denied-out": _("The export policy of %(node)s drops it: %(a)s."),
    "bgp-next-hop": _("%(node)s has the route, but no way to its next hop %(a)s."),
    "bgp-loop": _("The AS path has AS %(a)s of %(node)s itself in it, so %(node)s takes it for a loop."),
    "bgp-unoriginated": _(
        "No router here announces %(a)s: a network statement is missing, or the route that it needs."
    ),
    "rpki-invalid": _("%(node)s drops it as invalid: the ROA allows AS %(a)s, and it comes from AS %(b)s."),
    "rpki-maxlength": _("%(node)s drops it as invalid: the ROA allows /%(a)s at most, and it is a /%(b)s."),
    # RPKI
    "rpki-no-cache": _("No cache is configured on %(node)s."),
    "rpki-other-cache": _("%(node)s asks the cache at %(a)s, not the one at %(b)s."),
    "rpki-no-route": _("%(node)s has no route to the cache %(a)s."),
    "rpki-refused": _("Nobody listens at %(a)s, port %(b)s: the cache is down, or has another port."),
    "rpki-stopped": _(
        "The cache takes connections, and %(node)s has none: it was stopped there (rpki start begins it), or waits before "
        "it tries again (rpki retry_interval)."
    ),
    "rpki-no-policy": _("%(node)s knows that a route is invalid, and no policy of it drops what is invalid."),
    # addresses by advertisement
    "slaac-forwarding": _(
        "%(node)s forwards packets itself, so it does not take advertisements (forwarding is on, accept_ra is not 2)."
    ),
    "slaac-accept": _("%(node)s does not accept router advertisements on %(a)s (accept_ra is 0)."),
    "slaac-autoconf": _("%(node)s makes no addresses from advertisements on %(a)s (autoconf is 0)."),
    "slaac-guard": _("A filter on %(node)s drops router advertisements."),
    "slaac-silent": _("No router advertises on this link."),
    "slaac-prefix": _("The router advertises, but not this prefix: %(a)s."),
    "slaac-flag": _("The router advertises the prefix without its A flag: hosts may not make addresses from it."),
    "slaac-length": _("The router advertises the prefix with a length of %(a)s; hosts make addresses only from a /64."),
    # the way of packets
    "ra-lifetime": _("%(other)s advertises itself with a lifetime of 0, so %(node)s has no default route."),
    "route-missing": _("%(node)s has no route to %(a)s."),
    "route-hop": _("%(node)s sends packets for %(a)s to %(b)s, and nobody on that link has this address."),
    "route-drops": _("%(node)s has a route for %(a)s that drops packets (%(b)s)."),
    "route-loop": _("Packets for %(a)s come back to %(node)s: the routes make a loop."),
    "rule-drops": _("A rule on %(node)s drops packets for %(a)s before any route is looked at (ip rule)."),
    "forwarding": _("%(node)s does not pass packets on: forwarding is off."),
    "neighbour-wrong": _("%(node)s has a permanent entry with a wrong hardware address for %(a)s (ip neigh)."),
    "firewall": _("A filter on %(node)s drops the packets: they come in, and do not go out."),
    "firewall-state": _(
        "A filter on %(node)s drops the answers. It has to let through what belongs to a flow that it has seen begin."
    ),
    "urpf": _(
        "%(node)s drops packets whose way back does not lead out where they came in (reverse path check, RFC 3704)."
    ),
    "hop-limit": _("%(node)s changes the hop limit of packets, so that they die on the way."),
    "too-big": _(
        "%(node)s drops Packet Too Big, so a sender never learns that a link takes %(a)s bytes at most (RFC 8201)."
    ),
}
NOT_KNOWN = _("I do not know the cause. What I saw:")
SHOWN = _("To see it, on %(node)s: %(command)s")

type Look = Generator[Asks, Answers, "Cause | None"]
type Causes = Iterable["Cause"]


@dataclass(frozen=True, slots=True)
class Cause:
    """The nearest reason, or without a name what was seen instead of one."""

    name: str
    text: Text
    adds: bool = False  # to what the check itself says, which stays


def cause(name: str, shown: str = "", on: str = "", **words: object) -> Cause:
    """The cause of this name; ``shown`` is a command that a learner can paste on the node ``on`` to see it."""
    said = Text(CAUSES[name], **words)
    return Cause(name, Text.of(said, Text(SHOWN, node=on, command=shown)) if shown and on else said)


def not_known(seen: Iterable[Text]) -> Cause | None:
    """A wrong name is worse than none: only what was seen. None if that is nothing."""
    what = list(seen)[:4]
    return Cause("", Text.of(Text(NOT_KNOWN), *what)) if what else None


def shell(node: Node, frr: str, bird: str = "") -> str:
    """The command by the node's daemon."""
    return f"birdc '{bird or frr}'" if node.kind is Kind.BIRD else f"vtysh -c '{frr}'"


def first(causes: Causes, seen: Iterable[Text] = ()) -> Cause | None:
    """The first of them; without any what was seen."""
    return next(iter(causes), None) or not_known(seen)


type Fields = Mapping[str, Any]

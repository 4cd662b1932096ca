"""The difficulty of finding each kind of fault: the rungs of the ladder of trouble tickets, with the reason for each.

The place where one must look decides, not the repair. Each kind of fault must be here, as its test wants. The table is not in
labs.engine, because it is about people and not about networks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from labs.models.trouble_ticket import Rung

MEANINGS: Mapping[Rung, Promise] = {
    Rung.EASY: _("Something is down, missing or switched off, and one command on one node shows it."),
    Rung.MEDIUM: _("No node shows it alone. You compare both ends, or what is configured with what runs."),
    Rung.HARD: _("The first things that you look at are right. Something else drops or changes packets or routes."),
}


@dataclass(frozen=True, slots=True)
class Difficulty:
    rung: Rung
    why: Promise  # a learner reads it once the fault is fixed


def _of(rung: Rung, why: Promise, *faults: str) -> dict[str, Difficulty]:
    return dict.fromkeys(faults, Difficulty(rung, why))


DIFFICULTY: Mapping[str, Difficulty] = {
    **_of(
        Rung.EASY,
        _("The list of interfaces shows that one of them is down."),
        *("link-down", "link-shutdown"),
    ),
    **_of(
        Rung.EASY,
        _("The interface has no address where it should have one."),
        *("bgp-no-address", "ipv6-disabled"),
    ),
    **_of(
        Rung.EASY,
        _("The protocol says of itself that it is switched off, or it does not list the interface or the neighbour."),
        *("ospf-not-on", "bgp-shutdown", "bgp-no-neighbor", "bird-ospf-off", "bird-bgp-off", "slaac-silent"),
    ),
    **_of(
        Rung.EASY,
        _("The routing table of one router lacks the route, or says that packets are dropped."),
        *("route-missing", "route-drops", "bgp-unoriginated"),
    ),
    **_of(Rung.EASY, _("One setting of the node says that it does not forward packets."), "forwarding"),
    **_of(Rung.EASY, _("The router says that it has no connection to its cache."), "rpki-cache-down"),
    **_of(
        Rung.MEDIUM,
        _("Each end looks right by itself. Only both together show that they do not agree."),
        *("mtu", "ospf-hello", "ospf-dead", "ospf-area", "ospf-instance", "ospf-auth", "ospf-type", "ospf-mtu"),
        *("ospf-router-id", "bgp-as", "bgp-password", "bgp-ttl", "bgp-wrong-address", "bgp-family"),
        *("bird-ospf-hello", "bird-ospf-dead", "bird-ospf-area", "bird-ospf-type", "bird-bgp-as", "bird-bgp-channel"),
    ),
    **_of(
        Rung.MEDIUM,
        _("The interface takes part in the protocol, and yet it has no neighbour."),
        *("ospf-passive", "bird-ospf-passive"),
    ),
    **_of(
        Rung.MEDIUM,
        _("Sessions or adjacencies are up. Only the routes on both sides show that one side keeps some back."),
        *("ospf-unannounced", "bgp-policy-in", "bgp-policy-out", "bgp-limit", "bgp-prefix-list"),
        *("bird-bgp-import", "bird-bgp-export", "rpki-no-policy"),
    ),
    **_of(
        Rung.MEDIUM,
        _("One compares what the router advertises with what the host makes of it."),
        *("slaac-accept", "slaac-forwarding", "slaac-autoconf", "slaac-flag", "slaac-length", "slaac-prefix"),
        "ra-lifetime",
    ),
    **_of(
        Rung.MEDIUM,
        _("The routing table has the route. One compares it with who is there, hop by hop."),
        *("route-hop", "route-loop"),
    ),
    **_of(
        Rung.HARD,
        _("The configuration of the protocol is right at both ends. A packet filter drops its packets."),
        *("ospf-filter", "bgp-filter", "slaac-guard"),
    ),
    **_of(
        Rung.HARD,
        _("The session is up and the policy is there. One entry in it denies or changes the routes."),
        *("bgp-route-map-in", "bgp-route-map-out", "bgp-next-hop", "bgp-loop"),
    ),
    **_of(
        Rung.HARD,
        _("The routing tables are right. Packets are dropped before or after the node looks into them."),
        *("rule-blackhole", "firewall", "firewall-replies", "urpf", "rp-filter", "hop-limit", "port-taken"),
    ),
    **_of(Rung.HARD, _("Small packets pass, and only large ones are lost without a word."), "too-big"),
    **_of(
        Rung.HARD,
        _("The address or its neighbour entry is in use by something else, and nothing complains."),
        *("slaac-duplicate", "address-taken", "neighbour-wrong"),
    ),
}


def difficulty_of(key: str) -> Difficulty | None:
    """Return the difficulty of a fault; None if there is no such kind of fault any more. KEY: of the kind, or of a placed fault."""
    return DIFFICULTY.get(key.partition("@")[0])


def rung_of(key: str) -> Rung | None:
    found = difficulty_of(key)
    return found.rung if found else None


def rank(wanted: Rung, had: Mapping[str, int]) -> Callable[[str], tuple[int, int]]:
    """Return the order in which kinds of faults are tried for a ticket of a rung: first those of the rung.

    After it come harder ones, and then easier ones. Of one rung, kinds that the learner HAD least often come first.
    """
    harder = sorted(rung for rung in Rung if rung >= wanted)
    order = [*harder, *sorted((rung for rung in Rung if rung < wanted), reverse=True)]

    def place(fault: str) -> tuple[int, int]:
        rung = rung_of(fault)
        return (order.index(rung) if rung else len(order), had.get(fault, 0))

    return place

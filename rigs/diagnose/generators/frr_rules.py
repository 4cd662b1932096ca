"""Faults of FRR's addresses, routes, policies, BGP and RPKI."""

import re
from collections.abc import Sequence
from ipaddress import ip_address, ip_network

from rigs.diagnose.generators.fault import FaultKind
from rigs.diagnose.generators.rules import WRONG_AS, Change, Found, Rule, line, missing, next_address, wrong
from rigs.diagnose.generators.sources import Syntax

ADDRESS, PREFIX, NAME = r"[0-9a-f:.]+", r"[0-9a-f:.]+/\d+", r"[\w-]+"
INTERFACE, FAMILY, ROUTE_MAP = r"interface ", r"address-family ", r"route-map "
POLICY = r"polic|route.map|prefix.list|filter|den(y|ies)|drop|permit|accept"


def frr(
    thing: str, pattern: str, *changes: Change, objects: Sequence[str] = (), mode: str = "", symmetric: bool = False
) -> Rule:
    return Rule(Syntax.FRR, thing, pattern, changes, tuple(objects), mode, symmetric)


def _elsewhere(found: Found) -> Sequence[str] | None:
    """The line with an address that nobody has."""
    other = next_address(found["to"])
    return (found.statement.text.replace(found["to"], other),) if other else None


def _longer(found: Found) -> Sequence[str] | None:
    """The line with a longer prefix, which covers only a part of what is wanted."""
    network = ip_network(found["prefix"], strict=False)
    if network.prefixlen + 4 > network.max_prefixlen:
        return None
    return (found.statement.text.replace(found["prefix"], f"{network.network_address}/{network.prefixlen + 4}"),)


def _denied_before(found: Found) -> Sequence[str] | None:
    """An entry with a smaller number that denies what this entry permits."""
    number = int(found["seq"])
    if number < 2 or found["action"] != "permit":
        return None
    head = f"{found['family']} prefix-list {found['name']}"
    return f"{head} seq {number - 1} deny {found['rest']}", found.statement.text


def _swapped(found: Found) -> Sequence[str] | None:
    action = {"permit": "deny", "deny": "permit"}[found["action"]]
    return (re.sub(rf"\b{found['action']}\b", action, found.statement.text, count=1),)


def _moved_address(found: Found) -> Sequence[str] | None:
    """The address in another subnet of the same size."""
    address, _, length = found["address"].partition("/")
    value = ip_address(address)
    if value.is_link_local or int(length) > 64:
        return None
    step = 1 << (64 if value.version == 6 else 8)
    return (found.statement.text.replace(address, str(ip_address(int(value) ^ (0x0E * step)))),)


FRR_RULES = (
    # addresses and routes
    frr(
        "interface address",
        rf"(ip|ipv6) address (?P<address>{PREFIX})",
        missing("{head} has no address {address}", r"address|subnet"),
        Change(FaultKind.WRONG_VALUE, _moved_address, "{head} has another address than {address}", r"address|subnet"),
        objects=("head", "address"),
        mode=INTERFACE,
    ),
    frr(
        "static route",
        rf"(ip|ipv6) route (?P<prefix>{PREFIX}) (?P<to>{ADDRESS})( .*)?",
        missing("the static route to {prefix} is missing", r"route"),
        Change(
            FaultKind.WRONG_VALUE, _elsewhere, "the next hop of the route to {prefix} is wrong", r"route|next hop|sends"
        ),
        Change(FaultKind.WRONG_VALUE, _longer, "the route to {prefix} covers only a part", r"route"),
        objects=("prefix", "to"),
    ),
    frr(
        "originated route",
        rf"(ip|ipv6) route (?P<prefix>{PREFIX}) (blackhole|Null0|reject)",
        missing("the route {prefix} that BGP originates is missing", r"route|originat"),
        objects=("prefix",),
    ),
    frr(
        "forwarding",
        r"(?P<family>ip|ipv6) forwarding",
        line(FaultKind.WRONG_VALUE, "no {family} forwarding", "forwarding is off", r"forward"),
        objects=("forward", "forwarding", "Forwarding"),
    ),
    # policies
    frr(
        "prefix-list entry",
        rf"(?P<family>ip|ipv6) prefix-list (?P<name>{NAME}) "
        rf"seq (?P<seq>\d+) (?P<action>permit|deny) (?P<rest>(?P<prefix>{PREFIX}).*)",
        missing("prefix list {name} has no entry for {prefix}", r"prefix.list|" + POLICY),
        Change(
            FaultKind.WRONG_VALUE,
            _swapped,
            "prefix list {name} has the other action for {prefix}",
            r"prefix.list|" + POLICY,
        ),
        Change(
            FaultKind.WRONG_VALUE,
            _longer,
            "prefix list {name} has the wrong prefix instead of {prefix}",
            r"prefix.list|" + POLICY,
        ),
        Change(
            FaultKind.WRONG_ORDER,
            _denied_before,
            "prefix list {name} denies {prefix} before it permits it",
            r"prefix.list|" + POLICY,
        ),
        objects=("name",),
    ),
    frr(
        "route-map entry",
        rf"route-map (?P<name>{NAME}) (?P<action>permit|deny) (?P<seq>\d+)",
        Change(FaultKind.WRONG_VALUE, _swapped, "route map {name} entry {seq} has the other action", POLICY),
        objects=("name",),
    ),
    frr(
        "route-map match",
        r"match (?P<what>.*)",
        missing("an entry of {head} matches everything: it lacks match {what}", POLICY + "|match"),
        objects=("head",),
        mode=ROUTE_MAP,
    ),
    frr(
        "route-map match",
        rf"match (ip|ipv6) address prefix-list (?P<name>{NAME})",
        line(
            FaultKind.WRONG_VALUE,
            "match ipv6 address prefix-list {name}-X",
            "{head} matches a prefix list that does not exist",
            POLICY + "|exist",
        ),
        line(
            FaultKind.WRONG_PLACE,
            "match ipv6 address prefix-list {other}",
            "{head} matches another prefix list than {name}",
            POLICY,
        ),
        objects=("head", "name"),
        mode=ROUTE_MAP,
    ),
    frr(
        "route-map set",
        r"set (?P<what>local-preference|metric|community) (?P<value>\d\S*)",
        missing("{head} does not set {what} {value}", r"preference|communit|metric"),
        line(FaultKind.WRONG_VALUE, "set {what} 7", "{head} sets {what} 7, not {value}", r"preference|communit|metric"),
        objects=("head", "preference", "community", "metric"),
        mode=ROUTE_MAP,
    ),
    # BGP
    frr(
        "BGP neighbour",
        rf"neighbor (?P<peer>{ADDRESS}) remote-as (?P<number>\d+)",
        missing("there is no neighbor {peer}", r"neighbou?r|configur|session", drops="neighbor {peer} "),
        wrong(
            f"neighbor {{peer}} remote-as {WRONG_AS}",
            f"neighbor {{peer}} is in AS {WRONG_AS}, not {{number}}",
            r"\bAS\b|remote-as",
        ),
        objects=("peer", WRONG_AS),
        symmetric=True,
    ),
    frr(
        "BGP family",
        rf"neighbor (?P<peer>{ADDRESS}) activate",
        missing("neighbor {peer} is not activated", r"activ|famil"),
        objects=("peer", "address family"),
        mode=FAMILY,
        symmetric=True,
    ),
    frr(
        "BGP policy",
        rf"neighbor (?P<peer>{ADDRESS}) route-map (?P<name>{NAME}) (?P<way>in|out)",
        missing("neighbor {peer} has no route map {way}", POLICY),
        line(
            FaultKind.WRONG_VALUE,
            "neighbor {peer} route-map {name}-X {way}",
            "neighbor {peer} has a route map that does not exist",
            POLICY + "|exist",
        ),
        Change(
            FaultKind.WRONG_PLACE,
            lambda f: (f"neighbor {f['peer']} route-map {f['name']} {'out' if f['way'] == 'in' else 'in'}",),
            "route map {name} of neighbor {peer} is not in the direction {way}",
            POLICY,
        ),
        objects=("peer", "name"),
        mode=FAMILY,
    ),
    frr(
        "BGP source address",
        rf"neighbor (?P<peer>{ADDRESS}) update-source (?P<source>\S+)",
        missing("the session with {peer} has no update-source {source}", r"source|loopback"),
        objects=("peer", "update-source", "source"),
        symmetric=True,
    ),
    frr(
        "BGP next hop",
        rf"neighbor (?P<peer>{ADDRESS}) next-hop-self.*",
        missing("neighbor {peer} has no next-hop-self", r"next.hop"),
        objects=("peer", "next-hop-self", "next hop"),
        mode=FAMILY,
        symmetric=True,
    ),
    frr(
        "route reflector",
        rf"neighbor (?P<peer>{ADDRESS}) route-reflector-client",
        missing("neighbor {peer} is no client of the route reflector", r"reflect|client"),
        objects=("peer",),
        mode=FAMILY,
        symmetric=True,
    ),
    frr(
        "BGP origination",
        rf"network (?P<prefix>{PREFIX})",
        missing("{prefix} is not originated", r"network|originat|announc"),
        Change(
            FaultKind.WRONG_VALUE, _longer, "a longer prefix than {prefix} is originated", r"network|originat|announc"
        ),
        objects=("prefix",),
        mode=FAMILY,
    ),
    frr(
        "BGP session",
        rf"neighbor (?P<peer>{ADDRESS}) activate",
        Change(
            FaultKind.EXTRA,
            lambda f: (f.statement.text, f"neighbor {f['peer']} maximum-prefix 1"),
            "neighbor {peer} may send one prefix only",
            r"limit|maximum|more prefixes",
        ),
        objects=("peer",),
        mode=FAMILY,
        symmetric=True,
    ),
    frr(
        "BGP password",
        rf"neighbor (?P<peer>{ADDRESS}) remote-as (?P<number>\d+)",
        Change(
            FaultKind.EXTRA,
            lambda f: (f.statement.text, f"neighbor {f['peer']} password extra"),
            "neighbor {peer} has a password",
            r"password",
        ),
        Change(
            FaultKind.EXTRA,
            lambda f: (f.statement.text, f"neighbor {f['peer']} shutdown"),
            "neighbor {peer} is shut down",
            r"shut",
        ),
        objects=("peer", "password", "session"),
        symmetric=True,
    ),
    # RPKI
    frr(
        "RPKI cache",
        rf"rpki cache tcp (?P<address>{ADDRESS}) (?P<port>\d+) preference (?P<rank>\d+)",
        missing("no cache is configured", r"cache"),
        line(
            FaultKind.WRONG_VALUE,
            "rpki cache tcp {address} 3324 preference {rank}",
            "the cache has the port 3324, not {port}",
            r"port|cache",
        ),
        objects=("address", "3324", "cache"),
    ),
)

"""Which rules of a node's nftables could drop a packet. An expression that this module does not understand may match."""

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labs.engine.adapters import untrusted
from labs.engine.adapters.node_state import Seen

DROPS = ("drop", "reject")
HOOKS = ("ingress", "prerouting", "input", "forward", "output", "postrouting", "egress")  # all hooks of the kernel
NUMBERS = {"ospf": 89, "ospfigp": 89, "tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58, "ipv6-icmp": 58}
TYPES = {"nd-router-advert": 134, "echo-request": 128, "echo-reply": 129, "packet-too-big": 2}
TYPES4 = {"echo-request": 8, "echo-reply": 0, "destination-unreachable": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """What is known about a packet; None means any value."""

    protocol: int | None = None
    kind: int | None = None  # ICMP type
    ports: tuple[int, ...] = ()  # the source or the destination port is one of these; empty: any
    source: Any = None
    destination: Any = None
    came_in: str | None = None
    goes_out: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    hook: str
    parts: tuple[Mapping[str, Any], ...]  # its expressions

    @property
    def looks_back(self) -> bool:
        """Whether it looks up the route to the source (reverse path filtering)."""
        return "fib" in str(self.parts)


def dropping(seen: Seen, packet: Packet, *hooks: str) -> list[Rule]:
    """The rules at these hooks that drop, or could drop, such a packet."""
    return [rule for rule in _rules(seen) if rule.hook in hooks and _drops(rule) and _fits(rule, packet)]


def changes_hop_limit(seen: Seen, hooks: tuple[str, ...] = ("prerouting", "forward", "postrouting", "output")) -> bool:
    return any(
        rule.hook in hooks
        and any(
            field in ("hoplimit", "ttl")
            for part in rule.parts
            for field in [_payload(untrusted.fields(untrusted.fields(part.get("mangle")).get("key")))[1]]
        )
        for rule in _rules(seen)
    )


def _rules(seen: Seen) -> Iterator[Rule]:
    entries = [untrusted.fields(entry) for entry in untrusted.items(untrusted.fields(seen.filters).get("nftables"))]
    chains = [untrusted.fields(entry.get("chain")) for entry in entries]
    named = ((_place(chain), untrusted.text(chain.get("hook"))) for chain in chains)
    hooks = {place: hook for place, hook in named if hook in HOOKS}
    jumps: dict[tuple[str, ...], set[str]] = {}
    rules = [untrusted.fields(entry.get("rule")) for entry in entries if "rule" in entry]
    for chain in chains:
        if untrusted.text(chain.get("hook")) in HOOKS and chain.get("policy") == "drop":
            yield Rule(untrusted.text(chain.get("hook")), ({"drop": None},))
    for _turn in range(4):  # chains that are the target of a jump, and the targets of their jumps
        for rule in rules:
            at = {hooks[_place(rule)]} if _place(rule) in hooks else jumps.get(_place(rule), set())
            for part in map(untrusted.fields, untrusted.items(rule.get("expr"))):
                to = untrusted.fields(part.get("jump") or part.get("goto")).get("target")
                if to and at:
                    jumps.setdefault((*_place(rule)[:2], untrusted.text(to)), set()).update(at)
    for rule in rules:
        place = _place(rule)
        parts = tuple(map(untrusted.fields, untrusted.items(rule.get("expr"))))
        for hook in [hooks[place]] if place in hooks else sorted(jumps.get(place, ())):
            yield Rule(hook, parts)


def _place(entry: Mapping[str, Any]) -> tuple[str, ...]:
    names = (entry.get("family"), entry.get("table"), entry.get("chain") or entry.get("name"))
    return tuple(map(untrusted.text, names))


def _drops(rule: Rule) -> bool:
    return any(word in part for part in rule.parts for word in DROPS)


def _fits(rule: Rule, packet: Packet) -> bool:
    """Whether the rule could match: no understood expression excludes the packet."""
    return all(_may_match(untrusted.fields(part.get("match")), packet) for part in rule.parts if "match" in part)


def _may_match(match: Mapping[str, Any], packet: Packet) -> bool:
    left, right, negated = untrusted.fields(match.get("left")), match.get("right"), match.get("op") == "!="
    known = _known(left, packet)
    if known is None:
        return True
    choices = [read for read in map(_reader(left), _choices(right)) if read is not None]
    if not choices:
        return True
    hit = any(value == choice or _within(value, choice) for value in known for choice in choices)
    return hit is not negated


def _known(left: Mapping[str, Any], packet: Packet) -> tuple[Any, ...] | None:
    """The value of this part of the packet; None if it is not known."""
    meta = untrusted.text(untrusted.fields(left.get("meta")).get("key"))
    protocol, field = _payload(left)
    found: Any = None
    match meta or field:
        case "iifname" | "iif":
            found = packet.came_in
        case "oifname" | "oif":
            found = packet.goes_out
        case "l4proto" | "nexthdr" | "protocol":
            found = packet.protocol
        case "type" if protocol in ("icmp", "icmpv6"):
            mine = {"icmp": 1, "icmpv6": 58}[protocol]
            found = -1 if packet.protocol not in (None, mine) else packet.kind
        case "saddr":
            found = packet.source
        case "daddr":
            found = packet.destination
        case "sport" | "dport" if packet.protocol not in (None, NUMBERS.get(protocol, packet.protocol)):
            found = -1
        case "sport" | "dport" if packet.ports:
            return packet.ports
    return None if found is None else (found,)


def _payload(left: Mapping[str, Any]) -> tuple[str, str]:
    payload = untrusted.fields(left.get("payload"))
    return untrusted.text(payload.get("protocol")), untrusted.text(payload.get("field"))


def _choices(right: object) -> list[Any]:
    of_set = untrusted.fields(right).get("set") if isinstance(right, Mapping) else None
    return untrusted.items(of_set) if of_set is not None else [right]


def _reader(left: Mapping[str, Any]) -> Any:
    _protocol, field = _payload(left)
    if field in ("saddr", "daddr"):
        return _addresses
    if field == "type":
        table = TYPES4 if _protocol == "icmp" else TYPES
        return lambda value: _number(table, value)
    if "meta" in left and untrusted.fields(left["meta"]).get("key") in ("iifname", "oifname", "iif", "oif"):
        return lambda value: untrusted.text(value) or None
    return lambda value: _number(NUMBERS, value)


def _number(names: Mapping[str, int], value: object) -> int | None:
    return names[value] if isinstance(value, str) and value in names else untrusted.whole(value)


def _addresses(value: object) -> Any:
    prefix = untrusted.fields(untrusted.fields(value).get("prefix"))
    if prefix:
        return untrusted.network(f"{untrusted.text(prefix.get('addr'))}/{untrusted.text(prefix.get('len'))}")
    return untrusted.network(value)


def _within(value: object, choice: object) -> bool:
    if not isinstance(choice, ipaddress.IPv4Network | ipaddress.IPv6Network):
        return False
    address = untrusted.address(value)
    return address is not None and address.version == choice.version and address in choice

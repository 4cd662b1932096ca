"""Decides whether an expression of nftables matches a packet: yes, no, or not known. ``packet_filters`` reads the rule sets."""

import fnmatch
import ipaddress
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labs.engine.adapters import untrusted
from labs.engine.adapters.node_state import Seen
from labs.engine.adapters.untrusted import AnyAddress
from labs.engine.cpu_budget import step

type Known = bool | None  # None: not known

MOST_CHOICES = 500  # of one set
NUMBERS = {"ospf": 89, "ospfigp": 89, "tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58, "ipv6-icmp": 58, "sctp": 132}
OF_VERSION = {"ip": 4, "ip6": 6, "icmp": 4, "icmpv6": 6, "arp": 0}
ETHERTYPES = {"ip": 4, "ip6": 6, "ipv4": 4, "ipv6": 6}
TYPES6 = {
    "destination-unreachable": 1,
    "packet-too-big": 2,
    "time-exceeded": 3,
    "parameter-problem": 4,
    "echo-request": 128,
    "echo-reply": 129,
    "mld-listener-query": 130,
    "mld-listener-report": 131,
    "mld-listener-done": 132,
    "mld-listener-reduction": 132,
    "mld2-listener-report": 143,
    "nd-router-solicit": 133,
    "nd-router-advert": 134,
    "nd-neighbor-solicit": 135,
    "nd-neighbor-advert": 136,
    "nd-redirect": 137,
}
TYPES4 = {
    "echo-reply": 0,
    "destination-unreachable": 3,
    "redirect": 5,
    "echo-request": 8,
    "time-exceeded": 11,
    "parameter-problem": 12,
}
SERVICES = {"ssh": 22, "domain": 53, "http": 80, "bgp": 179, "https": 443, "ntp": 123}
ABSENT = object()  # the packet does not have this field, so no comparison with it matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """The known values of a packet; None means any value."""

    protocol: int | None = None
    kind: int | None = None  # ICMP type
    source_port: int | None = None
    port: int | None = None  # the destination port
    source: AnyAddress | None = None
    destination: AnyAddress | None = None
    came_in: str | None = None
    goes_out: str | None = None
    state: str | None = None  # of its connection, as conntrack names it: new, established, related, invalid, untracked
    family: int | None = None  # 4 or 6, where no address says it

    @property
    def version(self) -> int | None:
        for known in (self.source, self.destination):
            if known is not None:
                return known.version
        return self.family or {58: 6, 1: 4}.get(self.protocol or 0)


@dataclass(frozen=True, slots=True)
class Table:
    """The names that an expression can use in its own table: the elements of sets and maps."""

    sets: Mapping[str, Sequence[Any]]


def matches(match: Mapping[str, Any], packet: Packet, seen: Seen, table: Table) -> Known:
    """Decide whether the packet matches this comparison."""
    left, right = untrusted.fields(match.get("left")), match.get("right")
    hit = contains(left, choices(right, table), packet, seen)
    if hit is ABSENT:
        return False
    if hit is None or match.get("op") not in ("==", "!=", "in", None):
        return None
    return hit is not (match.get("op") == "!=")


def contains(left: Mapping[str, Any], among: Sequence[Any] | None, packet: Packet, seen: Seen) -> Any:
    """Decide whether this part of the packet is one of the choices: True, False, None (not known), or ABSENT."""
    parts = untrusted.items(left.get("concat"))
    if parts:
        return _contains_each(parts, among, packet, seen)
    value = _value(left, packet, seen)
    if value is ABSENT:
        return ABSENT
    if value is None or among is None:
        return None
    equals = _comparison(left)
    return any_known(equals(value, choice) for choice in among)


def _contains_each(parts: Sequence[Any], among: Sequence[Any] | None, packet: Packet, seen: Seen) -> Any:
    if among is None:
        return None
    found: list[Known] = []
    for choice in among:
        each = untrusted.items(untrusted.fields(choice).get("concat"))
        if len(each) != len(parts):
            return None
        hits = [contains(untrusted.fields(part), [one], packet, seen) for part, one in zip(parts, each, strict=True)]
        if ABSENT in hits:
            return ABSENT
        found.append(all_known(hits))
    return any_known(found)


def any_known(values: Iterable[Known]) -> Known:
    read = list(values)
    return True if True in read else None if None in read else False


def all_known(values: Iterable[Known]) -> Known:
    read = list(values)
    return False if False in read else None if None in read else True


def choices(right: object, table: Table) -> list[Any] | None:
    """The values on the right of a comparison; None for a set that is not in the rule set."""
    if isinstance(right, str) and right.startswith("@"):
        found = table.sets.get(right[1:])
        return None if found is None else [_bare(one) for one in found[:MOST_CHOICES]]
    if isinstance(right, list):
        return [_bare(one) for one in right[:MOST_CHOICES]]
    of_set = untrusted.fields(right).get("set") if isinstance(right, Mapping) else None
    if isinstance(of_set, list):
        return [_bare(one) for one in of_set[:MOST_CHOICES]]
    return [right] if of_set is None else [of_set]


def _bare(element: object) -> Any:
    """An element without its timeout and counter."""
    inner = untrusted.fields(element).get("elem") if isinstance(element, Mapping) else None
    return untrusted.fields(inner).get("val") if inner is not None else element


def payload(left: Mapping[str, Any]) -> tuple[str, str]:
    """The protocol and the field of a header that an expression reads."""
    read = untrusted.fields(left.get("payload"))
    return untrusted.text(read.get("protocol")), untrusted.text(read.get("field"))


def _value(left: Mapping[str, Any], packet: Packet, seen: Seen) -> Any:
    """The value of a part of the packet: None if it is not known, ABSENT if the packet has none."""
    if "meta" in left:
        return _meta(untrusted.text(untrusted.fields(left["meta"]).get("key")), packet)
    if "ct" in left:
        return packet.state if untrusted.fields(left["ct"]).get("key") == "state" else None
    if "fib" in left:
        return _fib(untrusted.fields(left["fib"]), packet, seen)
    return _header(*payload(left), packet) if "payload" in left else None


def _meta(key: str, packet: Packet) -> Any:
    match key:
        case "iifname" | "iif":
            return packet.came_in
        case "oifname" | "oif":
            return packet.goes_out
        case "l4proto":
            return packet.protocol
        case "nfproto" | "protocol":
            return packet.version
    return None


def _header(protocol: str, field: str, packet: Packet) -> Any:
    version = OF_VERSION.get(protocol)
    if version is not None and packet.version not in (None, version):
        return ABSENT
    number = NUMBERS.get(protocol)
    if number is not None and packet.protocol not in (None, number):
        return ABSENT
    if protocol == "th" and packet.protocol not in (None, 6, 17, 132):
        return ABSENT
    match field:
        case "type" if protocol in ("icmp", "icmpv6"):
            return packet.kind
        case "nexthdr" | "protocol" if protocol in ("ip", "ip6"):
            return packet.protocol
        case "saddr" if protocol in ("ip", "ip6"):
            return packet.source
        case "daddr" if protocol in ("ip", "ip6"):
            return packet.destination
        case "sport":
            return packet.source_port
        case "dport":
            return packet.port
    return None


def _fib(fib: Mapping[str, Any], packet: Packet, seen: Seen) -> Any:
    """Decide whether there is a route back to the source on the interface on which the packet came (reverse path filtering)."""
    flags = {untrusted.text(flag) for flag in untrusted.items(fib.get("flags"))}
    if fib.get("result") not in ("oif", "oifname") or "saddr" not in flags or packet.source is None:
        return None
    if len(seen.rules) > 5 or not seen.ways:  # policy rules of the learner's own: another table may decide
        return None
    fitting = [way for way in seen.ways if way.to.version == packet.source.version and packet.source in way.to]
    step(len(seen.ways))
    return any(not way.drops and ("iif" not in flags or way.dev == packet.came_in) for way in fitting)


def _comparison(left: Mapping[str, Any]) -> Callable[[Any, Any], Known]:
    protocol, field = payload(left)
    key = untrusted.text(untrusted.fields(left.get("meta")).get("key"))
    if field in ("saddr", "daddr"):
        return _has_address
    if key in ("iifname", "oifname", "iif", "oif"):
        return lambda value, choice: fnmatch.fnmatchcase(value, untrusted.text(choice)[:40])
    if "ct" in left:
        return lambda value, choice: value == choice
    if "fib" in left:
        return lambda value, choice: value is bool(choice) if isinstance(choice, bool | int) else None
    if field == "type":
        return _numbered(TYPES4 if protocol == "icmp" else TYPES6)
    if key in ("nfproto", "protocol"):
        return _numbered(ETHERTYPES)
    return _numbered(SERVICES if field in ("sport", "dport") else NUMBERS)


def _numbered(names: Mapping[str, int]) -> Callable[[Any, Any], Known]:
    def read(value: object) -> int | None:
        return names[value] if isinstance(value, str) and value in names else untrusted.whole(value)

    def equals(value: int, choice: object) -> Known:
        step()
        ends = untrusted.items(untrusted.fields(choice).get("range")) if isinstance(choice, Mapping) else []
        least, most = (read(ends[0]), read(ends[1])) if len(ends) == 2 else (read(choice), read(choice))
        return None if least is None or most is None else least <= value <= most

    return equals


def _has_address(value: AnyAddress, choice: object) -> Known:
    step()
    read = untrusted.fields(choice) if isinstance(choice, Mapping) else {}
    if "range" in read:
        ends = [untrusted.address(end) for end in untrusted.items(read["range"])]
        if len(ends) != 2 or any(end is None or end.version != value.version for end in ends):
            return None
        return int(ends[0]) <= int(value) <= int(ends[1])  # type: ignore[arg-type]  # None is excluded above
    if "prefix" in read:
        prefix = untrusted.fields(read["prefix"])
        net = untrusted.network(f"{untrusted.text(prefix.get('addr'))}/{untrusted.text(prefix.get('len'))}")
    else:
        net = untrusted.network(choice)
    if not isinstance(net, ipaddress.IPv4Network | ipaddress.IPv6Network):
        return None
    return value.version == net.version and value in net

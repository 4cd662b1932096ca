"""Decides whether a difference from the solved network supports a cause that the live network alone suggests.

A difference in the same section is not enough: it must be about the port, address, rule, neighbour or statement of the cause.
"""

import fnmatch
import re
from collections.abc import Iterator, Mapping

from labs.engine.adapters import untrusted
from labs.engine.adapters.node_state import Network
from labs.engine.cpu_budget import step
from labs.engine.diagnosis import filter_differences
from labs.engine.diagnosis.causes import Cause
from labs.engine.diagnosis.own_differences import rule_may_fit
from labs.engine.diagnosis.packet_filters import Packet
from labs.engine.state import routing
from labs.engine.state.facts import Difference, Section, State, differences

WORD = re.compile(r"[\w:./-]+")
QUOTED = re.compile(r'"([^"]{1,40})"')  # the pattern of an interface in BIRD
# Words that are in many statements, and tell nothing about one
COMMON = frozenset(
    WORD.findall(
        "neighbor ipv6 ip in out permit deny router bgp ospf6 ospf isis address-family unicast protocol interface route-map"
        " prefix-list seq match set address as area local route / no any export import filter the a an of on is to has"
    )
)
# The sections of the subject of a cause, by the beginning of its name
SECTIONS_OF_CAUSE: Mapping[str, tuple[Section, ...]] = {
    "link-down": (Section.INTERFACES,),
    "cable": (Section.INTERFACES,),
    "no-carrier": (Section.INTERFACES,),
    "port-taken": (Section.INTERFACES,),
    "mtu": (Section.INTERFACES, Section.CONFIG),
    "address": (Section.INTERFACES,),
    "ipv6-disabled": (Section.SETTINGS,),
    "forwarding": (Section.SETTINGS,),
    "slaac-guard": (Section.FILTERS,),
    "slaac": (Section.SETTINGS, Section.CONFIG),
    "firewall": (Section.FILTERS,),
    "urpf": (Section.FILTERS, Section.SETTINGS),
    "hop-limit": (Section.FILTERS,),
    "too-big": (Section.FILTERS,),
    "bgp-filter": (Section.FILTERS,),
    "ospf-filter": (Section.FILTERS,),
    "rule-drops": (Section.RULES,),
    "route-drops": (Section.ROUTES,),
    "protocol-off": (Section.DAEMONS,),
    "daemon-down": (Section.DAEMONS,),
    "bgp-shutdown": (Section.CONFIG, Section.DAEMONS),  # BIRD can disable a protocol without its file
    "bgp": (Section.CONFIG,),
    "ospf": (Section.CONFIG,),
    "router-id": (Section.CONFIG,),
    "ra": (Section.CONFIG,),
    "rpki": (Section.CONFIG,),
}
EFFECTS = (
    *("bgp-no-route", "route-missing", "rpki-no-route", "bgp-unoriginated", "route-loop", "route-hop", "bgp-next-hop"),
    *("rpki-invalid", "rpki-maxlength", "rpki-refused", "slaac-silent"),
)
# The fact of an interface, by the beginning of the cause's name
OF_PORT: Mapping[str, str] = {
    "link-down": "up",
    "cable": "carrier",
    "no-carrier": "carrier",
    "port-taken": "master",
    "mtu": "mtu",
    "address": "addresses",
}
# The ends of the keys of sysctls
OF_SETTING: Mapping[str, tuple[str, ...]] = {
    "ipv6-disabled": ("disable_ipv6",),
    "forwarding": ("forwarding", "ip_forward"),
    "slaac-forwarding": ("forwarding", "accept_ra"),
    "slaac-accept": ("accept_ra",),
    "slaac-autoconf": ("autoconf",),
    "urpf": ("rp_filter",),
}
# The packets that a packet filter drops by these causes. Paths are tried with echo requests and replies
DROPPED_PACKETS: Mapping[str, tuple[Packet, ...]] = {
    "firewall": tuple(Packet(protocol=of, kind=kind) for of, kind in ((58, 128), (58, 129), (1, 8), (1, 0))),
    "bgp-filter": (Packet(protocol=6, port=179), Packet(protocol=6, source_port=179)),
    "ospf-filter": (Packet(protocol=89),),
    "slaac-guard": (Packet(protocol=58, kind=134),),
    "too-big": (Packet(protocol=58, kind=2), Packet(protocol=1, kind=3)),
}
# Statements about each neighbour, or each interface
FOR_ALL = ("router ", "protocol ospf", "area ", "network ", "ospf6 router-id", "ospf router-id")
# What a rule of such a cause does, in the words of nft -j
RULES: Mapping[str, tuple[str, ...]] = {"urpf": ('"fib"',), "hop-limit": ('"hoplimit"', '"ttl"')}
OF_POLICY = r"route-map|-list\b|^match\b|^set\b|^call\b|^on-match\b|^import\b|^export\b|^filter\b|peer-group"
# The statements of FRR and BIRD that can be at fault
STATEMENTS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern)
    for name, pattern in {
        "mtu": r"mtu",
        "router-id": r"router-id|router id",
        "ospf-not-on": r"\barea\b|^interface\b|^protocol ospf|^router ospf",
        "ospf2-not-on": r"\barea\b|^network\b|^interface\b|^router ospf",
        "ospf-unannounced": r"\barea\b|^interface\b|^protocol ospf|^router ospf",
        "ospf-passive": r"passive|\bstub\b",
        "ospf-area": r"\barea\b",
        "ospf-instance": r"instance",
        "ospf-timers": r"hello|dead",
        "ospf-auth": r"authentication|\bkey\b|password|message-digest",
        "ospf-type": r"\bnetwork\b|\btype\b",
        "bgp-no-neighbor": r"neighbor|peer-group|remote-as|^protocol bgp|^router bgp",
        "bgp-wrong-address": r"neighbor",
        "bgp-shutdown": r"shutdown|disabled",
        "bgp-limit": r"\bmaximum-prefix\b(?!-out)|\b(?:import|receive) limit\b|peer-group",
        "bgp-as": r"remote-as|\bas\b|local|^router bgp|peer-group",
        "bgp-password": r"password|authentication",
        "bgp-ttl": r"ttl",
        "bgp-multihop": r"multihop|\bdirect\b|update-source|source address|remote-as|peer-group",
        "bgp-family": r"activate|^ipv[46]\b|ipv4-unicast|address-family|peer-group",
        "bgp-policy": r"route-map|prefix-list|filter-list|distribute-list|unsuppress-map|ebgp-requires-policy|peer-group",
        "bgp-prefix-list": r"prefix-list|peer-group",
        "bgp-as-path": r"as-path|filter-list|peer-group",
        "bgp-denied": OF_POLICY,
        "bgp-denied-out": OF_POLICY,
        "bgp-loop": r"as-path|allowas-in|local-as|remote-as|\bas\b|^router bgp|route-map|peer-group",
    }.items()
}


def is_supported(found: Cause, network: Network, live: State, model: State) -> bool:
    """Whether a difference of the node that this cause blames supports it."""
    return any(supports(found, one, network, live) for one in _concerning(found, live, model))


def _concerning(found: Cause, live: State, model: State) -> Iterator[Difference]:
    for section in _sections(found):
        yield from differences(live, model, found.node, section)


def supports(found: Cause, one: Difference, network: Network, live: State) -> bool:
    """Whether a cause of the live network says what this difference says: of the same node, and of the same thing on it."""
    if found.node != one.node or one.section not in _sections(found) or found.name in EFFECTS:
        return False
    match one.section:
        case Section.INTERFACES:
            return _of_interface(found, one)
        case Section.SETTINGS:
            return _of_setting(found, one)
        case Section.FILTERS:
            return _of_filter(found, one, network)
        case Section.RULES:
            return _of_rule(found, one)
        case Section.ROUTES:
            return _of_route(found, one, live)
        case Section.DAEMONS:
            return one.key in (_said(found, "a"), *found.about)
        case _:
            return _of_config(found, one)


def _sections(found: Cause) -> tuple[Section, ...]:
    return _by_beginning(SECTIONS_OF_CAUSE, found.name, ())


def _by_beginning[T](of: Mapping[str, T], name: str, otherwise: T) -> T:
    return next((value for start, value in of.items() if name.startswith(start)), otherwise)


def _said(found: Cause, word: str) -> str:
    """A parameter of the sentence of the cause."""
    return str(next(found.text.sentences()).params.get(word, ""))


def _of_interface(found: Cause, one: Difference) -> bool:
    port, _space, word = one.key.rpartition(" ")
    if word != _by_beginning(OF_PORT, found.name, ""):
        return False
    ends = {_said(found, "end"), _said(found, "other")} - {""}
    if word != "addresses":
        return f"{one.node}:{port}" in ends
    blamed = _bare(_said(found, "a"))
    values = [line for value in (one.live, one.model) if value for line in value.split("\n")]
    return bool(blamed) and blamed in map(_bare, values)


def _bare(text: str) -> str:
    """The address without the length of its prefix."""
    return str(untrusted.address(text.partition("/")[0]) or "")


def _of_setting(found: Cause, one: Difference) -> bool:
    scope, _dot, word = one.key.rpartition(".")
    if word not in OF_SETTING.get(found.name, ()):
        return False
    # The command of the cause has the key, or the port in it.
    return one.key in str(found.text) or f"{scope.partition('.')[2]}." in str(found.text) or _is_of_all(found, scope)


def _is_of_all(found: Cause, scope: str) -> bool:
    return found.name == "urpf" and scope.endswith(".all")


def _of_filter(found: Cause, one: Difference, network: Network) -> bool:
    if found.name in RULES:
        return any(word in (one.live or "") for word in RULES[found.name])
    seen = network.nodes.get(one.node)
    packets = _by_beginning(DROPPED_PACKETS, found.name, ())
    return seen is not None and filter_differences.may_stop(one, packets, seen)


def _of_rule(found: Cause, one: Difference) -> bool:
    """A rule that is only here, drops packets, and fits the address."""
    to = untrusted.address(_said(found, "a"))
    drops = [line for line in (one.live or "").split("\n") if any(f"action {word}" in line for word in routing.DROPS)]
    return to is not None and any(rule_may_fit(line, to) for line in drops)


def _of_route(found: Cause, one: Difference, live: State) -> bool:
    """The route that the packets take drops them, and it does not in the solved network."""
    to = untrusted.address(_said(found, "a"))
    used = next(iter(routing.best(live, one.node, to)), None) if to else None
    if used is None or not used.drops or one.key != str(used.prefix):
        return False
    return used.drops in (one.live or "").split() and used.drops not in (one.model or "").split()


def _of_config(found: Cause, one: Difference) -> bool:
    lines = [line for value in (one.live, one.model) if value for line in value.split("\n")]
    step(len(lines))
    pattern = STATEMENTS.get(found.name) or STATEMENTS.get(found.name.removesuffix("s"))
    if pattern and not any(pattern.search(line) for line in lines):
        return False
    differing = set(WORD.findall(one.live or "")) ^ set(WORD.findall(one.model or ""))
    if not found.about:
        return bool(((differing | set(WORD.findall(one.key))) - COMMON) & set(WORD.findall(str(found.text))))
    words = {word for line in (one.key, *lines) for word in _subjects(line)}
    for_all: tuple[str, ...] = (*FOR_ALL, "bgp ") if one.key.startswith("router bgp") else FOR_ALL
    if not one.key.startswith("router ospf"):
        for_all = tuple(start for start in for_all if start != "network ")
    is_for_all = any(line.removeprefix("no ").startswith(for_all) for line in lines)
    return is_for_all or bool(words & found.about) or _has_pattern(found, (one.key, *lines))


def _subjects(line: str) -> list[str]:
    """The words that say what a statement is about. A neighbour may share a group or a template, which do not, with all others."""
    words = line.removeprefix("no ").split()
    if words[:1] == ["neighbor"] and len(words) > 1:
        return [words[1].partition("%")[0]]
    return WORD.findall(line.partition(" from ")[0])


def _has_pattern(found: Cause, texts: tuple[str, ...]) -> bool:
    """Whether a pattern of BIRD, such as “eth*”, fits a port of the cause."""
    patterns = [pattern for text in texts for pattern in QUOTED.findall(text)[:10]]
    step(20 * len(patterns))
    return any(fnmatch.fnmatchcase(word, pattern) for pattern in patterns for word in found.about)

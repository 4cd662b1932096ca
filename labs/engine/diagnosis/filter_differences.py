"""Chooses the differences between two packet filters that may stop the packets of a search. The others explain nothing."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from labs.engine.adapters import untrusted
from labs.engine.adapters.node_state import Seen
from labs.engine.cpu_budget import step
from labs.engine.diagnosis import packet_filters
from labs.engine.diagnosis.items import Flow, Networks
from labs.engine.diagnosis.packet_filter_matches import Packet, Table, all_known, matches, payload
from labs.engine.diagnosis.rule_text import rule_text
from labs.engine.state.facts import Difference, Section, differences, fact

TCP, UDP = 6, 17
ANYWHERE = packet_filters.HOOKS
DISCOVERY = tuple(
    Packet(protocol=58, kind=kind, state="untracked") for kind in (135, 136)
)  # each path in IPv6 needs it
# What a router tells a sender: without Packet Too Big a connection opens and then stops
ERRORS = (
    *(Packet(protocol=58, kind=kind, state="related") for kind in (1, 2, 3, 4)),
    *(Packet(protocol=1, kind=kind, state="related") for kind in (3, 11)),
)
CONTROL_MESSAGES = (*DISCOVERY, *ERRORS)
MOST_SOURCES = 4
TRANSLATES = ('"snat"', '"dnat"', '"masquerade"', '"redirect"', '"tproxy"')
# The hooks of IP that packets pass on a node: the one that sends them, one on their way, and the one that receives them
SENT = frozenset({"output", "postrouting"})
FORWARDED = frozenset({"prerouting", "forward", "postrouting"})
RECEIVED = frozenset({"prerouting", "input"})
OTHER_HOOKS = ("netdev ", "bridge ")  # families whose hooks are those of a port, or of a bridge
EPHEMERAL = 40000  # a port that clients send from: in the range of Linux, and of nobody's service
# Statements that stop no packet, and statements without which no packet is stopped
HARMLESS = frozenset({"match", "counter", "log", "comment", "continue", "limit", "last"})
PASSES_OR_NOT = HARMLESS | {"accept", "drop", "reject", "jump", "goto", "return", "vmap", "queue"}
STOPS_NOTHING, LETS_NOTHING_PASS = HARMLESS | {"accept"}, HARMLESS | {"drop", "reject"}


def stopping(search: Networks, node: str, seen: Seen) -> Iterator[Difference]:
    """Yield the differences by which the live filter of a node may stop what is needed; a rule that is only here comes first."""
    found = list(differences(search.live, search.model, node, Section.FILTERS))
    needed = tuple(_needed(search))
    may = [one for one in found if _may_stop(search, one, needed, seen)]
    if may and not any(packet_filters.doubtful(seen, packet, *ANYWHERE) for packet in needed):
        may = [one for one in may if _changes(one)]
    # The head of a chain that accepts drops nothing itself.
    rules = [one for one in may if not _is_head_that_accepts(one.live)]
    yield from sorted(rules or may, key=lambda one: one.live is None)


def on_the_way(search: Networks, node: str) -> Iterator[Difference]:
    """Yield all differences between the filters of a node, but for chains to which the packets of the path do not come."""
    hooks = _passed(search.flow, node)
    for one in differences(search.live, search.model, node, Section.FILTERS):
        of = _hooks(search, one)
        if not of or not hooks or of & hooks or one.key.startswith(OTHER_HOOKS):
            yield one


def _passed(flow: Flow | None, node: str) -> frozenset[str]:
    """The hooks of IP that packets pass on this node on their way there; empty: not known."""
    if flow is None:
        return frozenset()
    if node not in flow.ends:
        return FORWARDED
    return (SENT if node == flow.sender else frozenset()) | (RECEIVED if node == flow.receiver else frozenset())


def _needed(search: Networks) -> Iterator[Packet]:
    """Yield the packets that must pass if the one of the check is to be of use: its reply too, and what ICMP says about them."""
    packet, flow = search.packet, search.flow
    about = (*DISCOVERY, *ERRORS) if packet.protocol in (TCP, UDP) else DISCOVERY
    yield from (one for one in about if flow is None or one.version == flow.to.version)
    to, sources = (flow.to, flow.sources[:MOST_SOURCES]) if flow and not _translates(search) else (None, ())
    for source in sources or (None,):
        there, back = replace(packet, source=source, destination=to), replace(packet, source=to, destination=source)
        if packet.protocol in (TCP, UDP) and packet.port is not None:
            there = replace(there, source_port=EPHEMERAL)
            back = replace(back, source_port=packet.port, port=EPHEMERAL, state="established")
        yield from (there, back)


def _translates(search: Networks) -> bool:
    """Whether a node may give packets other addresses, so that those of the check say nothing about what a filter sees."""
    every = [text for state in search.both for one in state.values() for text in one.get(Section.FILTERS, {}).values()]
    step(len(every))
    return any(word in text for text in every for word in TRANSLATES)


def _may_stop(search: Networks, one: Difference, needed: Sequence[Packet], seen: Seen) -> bool:
    """Whether a rule that is only here may stop a packet, or the rule in its place, or one that is missing, may let it pass."""
    return may_stop(one, _at_hook(search, one, needed), seen)


def may_stop(one: Difference, packets: Sequence[Packet], seen: Seen) -> bool:
    """Whether one of these packets may be stopped by this difference: a rule, the head of a chain, or the order of both."""
    if _is_of_order(one):
        return True
    family, _space, rest = one.key.partition(" ")
    table = packet_filters.rule_set(seen).tables.get((family, rest.partition(" ")[0]), Table({}))
    version = packet_filters.FAMILIES.get(family)
    some = [each for each in packets if version is None or each.version in (None, version)]
    return _does(one.live, STOPS_NOTHING, some, seen, table) or _does(one.model, LETS_NOTHING_PASS, some, seen, table)


def _is_of_order(one: Difference) -> bool:
    return one.live is not None and one.model is not None and (one.live == one.model or "\n" in one.live)


def _at_hook(search: Networks, one: Difference, needed: Sequence[Packet]) -> Sequence[Packet]:
    """Return the packets that come to this chain.

    Those that only pass a node do not come to its chains input and output, and neighbour discovery is never forwarded.
    """
    hooks = _hooks(search, one)
    passes = search.flow is not None and one.node not in search.flow.ends
    if passes and hooks and hooks <= {"input", "output"}:
        return [each for each in needed if each in CONTROL_MESSAGES]
    return [each for each in needed if each not in DISCOVERY] if hooks == {"forward"} else needed


def _hooks(search: Networks, one: Difference) -> frozenset[str]:
    """The hooks of the chain of this difference; empty for a chain to which rules jump, a set or a map."""
    heads = [_read((fact(state, one.node, Section.FILTERS, one.key) or "").split("\n")[0]) for state in search.both]
    return frozenset(untrusted.text(head["hook"]) for head in heads if isinstance(head, Mapping) and "hook" in head)


def _does(stored: str | None, nothing: frozenset[str], packets: Sequence[Packet], seen: Seen, table: Table) -> bool:
    """Whether this rule may fit one of the packets and has a statement that is not among those that do nothing to it."""
    if not stored:
        return False
    read = _read(stored)
    if isinstance(read, Mapping) and "hook" in read:
        return nothing is STOPS_NOTHING and read.get("policy") == "drop"
    if isinstance(read, Mapping) and "type" not in read:
        return False  # the head of a chain to which rules jump
    if not isinstance(read, list):
        return True  # a set, a map, or something that cannot be read
    parts = [untrusted.fields(part) for part in read]
    step(len(parts) * len(packets))
    compared = [untrusted.fields(part["match"]) for part in parts if "match" in part]
    names_address = any(payload(untrusted.fields(each.get("left")))[1] in ("saddr", "daddr") for each in compared)
    # From whom a message about the packets comes is not known: a rule for addresses says nothing about it, unless it is for ICMP.
    some = (
        [each for each in packets if each not in CONTROL_MESSAGES]
        if names_address and "icmp" not in stored
        else packets
    )
    fits = any(all_known(matches(each, packet, seen, table) for each in compared) is not False for packet in some)
    return fits and any(name not in nothing for part in parts for name in map(untrusted.text, part))


def _changes(one: Difference) -> bool:
    """Whether a rule in this difference does something else to packets than let them pass or not, such as a smaller MSS."""
    every = (_read(line) for stored in (one.live, one.model) if stored for line in stored.split("\n"))
    names = {name for rule in every if isinstance(rule, list) for part in rule for name in untrusted.fields(part)}
    return not names <= PASSES_OR_NOT


def _read(stored: str) -> Any:
    try:
        return json.loads(stored)
    except (ValueError, RecursionError):
        return None


def _is_head_that_accepts(stored: str | None) -> bool:
    """Whether this is the head of a chain, whose policy lets packets pass."""
    text = rule_text(stored or "")
    return text.startswith("chain ") and "policy drop" not in text

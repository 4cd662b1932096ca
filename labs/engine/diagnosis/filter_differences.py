"""Chooses the differences between two packet filters that may stop the packets of a search. The others explain nothing."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from labs.engine.adapters import untrusted
from labs.engine.adapters.node_state import Seen
from labs.engine.cpu_budget import step
from labs.engine.diagnosis import packet_filters
from labs.engine.diagnosis.items import Networks
from labs.engine.diagnosis.packet_filter_matches import Packet, Table, all_known, matches
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
EPHEMERAL = 40000  # a port that clients send from: in the range of Linux, and of nobody's service
# Statements that stop no packet, and statements without which no packet is stopped
HARMLESS = frozenset({"match", "counter", "log", "comment", "continue", "limit", "last"})
STOPS_NOTHING, LETS_NOTHING_PASS = HARMLESS | {"accept"}, HARMLESS | {"drop", "reject"}


def stopping(search: Networks, node: str, seen: Seen) -> Iterator[Difference]:
    """Yield the differences by which the live filter of a node may stop what is needed; a rule that is only here comes first."""
    found = list(differences(search.live, search.model, node, Section.FILTERS))
    needed = _needed(search.packet)
    if not found or not any(packet_filters.doubtful(seen, packet, *ANYWHERE) for packet in needed):
        return
    may = [one for one in found if _may_stop(search, one, needed, seen)]
    # The head of a chain that accepts drops nothing itself.
    rules = [one for one in may if not _is_head_that_accepts(one.live)]
    yield from sorted(rules or may, key=lambda one: one.live is None)


def _needed(packet: Packet) -> tuple[Packet, ...]:
    """The packets that must pass if this one is to be of use: its reply too, and what ICMP says about them."""
    if packet.protocol not in (TCP, UDP):
        return (packet, *DISCOVERY)
    if packet.port is None:
        return (packet, *DISCOVERY, *ERRORS)
    request = replace(packet, source_port=EPHEMERAL)
    reply = replace(packet, source_port=packet.port, port=EPHEMERAL, state="established")
    return (request, reply, *DISCOVERY, *ERRORS)


def _may_stop(search: Networks, one: Difference, needed: Sequence[Packet], seen: Seen) -> bool:
    """Whether a rule that is only here may stop a packet, or the rule in its place, or one that is missing, may let it pass."""
    if one.live is not None and one.model is not None and (one.live == one.model or "\n" in one.live):
        return True  # another order
    family, _space, rest = one.key.partition(" ")
    table = packet_filters.rule_set(seen).tables.get((family, rest.partition(" ")[0]), Table({}))
    packets = _at_hook(search, one, needed)
    return _does(one.live, STOPS_NOTHING, packets, seen, table) or _does(
        one.model, LETS_NOTHING_PASS, packets, seen, table
    )


def _at_hook(search: Networks, one: Difference, needed: Sequence[Packet]) -> Sequence[Packet]:
    """The packets that come to this chain: those that only pass a node are for its chains input and output no packets."""
    if search.ends is None or one.node in search.ends:
        return needed
    heads = [_read((fact(state, one.node, Section.FILTERS, one.key) or "").split("\n")[0]) for state in search.both]
    hooks = {untrusted.text(head["hook"]) for head in heads if isinstance(head, Mapping) and "hook" in head}
    return [one for one in needed if one in (*DISCOVERY, *ERRORS)] if hooks and hooks <= {"input", "output"} else needed


def _does(stored: str | None, nothing: frozenset[str], packets: Sequence[Packet], seen: Seen, table: Table) -> bool:
    """Whether this rule may fit one of the packets and has a statement that is not among those that do nothing to it."""
    if not stored:
        return False
    read = _read(stored)
    if isinstance(read, Mapping) and "hook" in read:
        return (read.get("policy") == "drop") == (nothing is STOPS_NOTHING)
    if isinstance(read, Mapping) and "type" not in read:
        return False  # the head of a chain to which rules jump
    if not isinstance(read, list):
        return True  # a set, a map, or something that cannot be read
    parts = [untrusted.fields(part) for part in read]
    step(len(parts) * len(packets))
    compared = [untrusted.fields(part["match"]) for part in parts if "match" in part]
    fits = any(all_known(matches(each, packet, seen, table) for each in compared) is not False for packet in packets)
    return fits and any(name not in nothing for part in parts for name in map(untrusted.text, part))


def _read(stored: str) -> Any:
    try:
        return json.loads(stored)
    except (ValueError, RecursionError):
        return None


def _is_head_that_accepts(stored: str | None) -> bool:
    """Whether this is the head of a chain, whose policy lets packets pass."""
    text = rule_text(stored or "")
    return text.startswith("chain ") and "policy drop" not in text

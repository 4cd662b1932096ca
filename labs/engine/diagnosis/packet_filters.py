"""Follows a packet through a node's nftables, in the order of the kernel: base chains by priority, and their rules one by one.

A rule with an expression that we do not know may match or not. So there are several ways through the rules, and a packet counts
as dropped only if all of them end in a drop. A rule that only could drop it is an observation, and no cause.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labs.engine.adapters import untrusted
from labs.engine.adapters.node_state import Seen
from labs.engine.cpu_budget import once, step
from labs.engine.diagnosis.packet_filter_matches import (
    NUMBERS,
    Known,
    Packet,
    Table,
    all_known,
    choices,
    contains,
    matches,
    payload,
)

__all__ = ["HOOKS", "NUMBERS", "Packet", "Rule", "changes_hop_limit", "counted", "doubtful", "dropping"]

HOOKS = ("ingress", "prerouting", "input", "forward", "output", "postrouting", "egress")  # all hooks of the kernel
FAMILIES = {"ip": 4, "ip6": 6}
DROPS = ("drop", "reject")
# Statements that end no rule and exclude no packet
NEUTRAL = frozenset({"counter", "log", "comment", "mangle", "set", "ct helper", "notrack", "quota", "flow", "last"})
ENDS_IN_ACCEPT = frozenset({"accept", "snat", "dnat", "masquerade", "redirect", "tproxy", "queue", "dup", "fwd"})
DEEPEST, MOST_RULES = 16, 4000  # nested jumps (the kernel's own limit), and rules that are tried for one packet


@dataclass(frozen=True, slots=True)
class Rule:
    hook: str
    parts: tuple[Mapping[str, Any], ...]  # its expressions; for the policy of a chain only the drop
    handle: int | None = None

    @property
    def looks_back(self) -> bool:
        """Whether it looks up the route to the source (reverse path filtering)."""
        return "fib" in str(self.parts)


type Place = tuple[str, str, str]  # family, table, chain


@dataclass(frozen=True, slots=True)
class RuleSet:
    base: tuple[Mapping[str, Any], ...]  # base chains, by priority
    rules: Mapping[Place, tuple[Mapping[str, Any], ...]]
    tables: Mapping[tuple[str, str], Table]


def dropping(seen: Seen, packet: Packet, *hooks: str) -> list[Rule]:
    """The rules at these hooks that certainly drop such a packet: the first that ends each way through their chain."""
    return [rule for drops, certain in _fates(seen, packet, hooks) if certain for rule in drops]


def doubtful(seen: Seen, packet: Packet, *hooks: str) -> list[Rule]:
    """The rules at these hooks that drop such a packet, or may drop it."""
    return [rule for drops, _certain in _fates(seen, packet, hooks) for rule in drops]


def counted(before: Seen, after: Seen, rules: Sequence[Rule], least: int) -> Rule | None:
    """The first of these rules whose counter shows at least so many packets more than before; the kernel says that it matched."""
    then, now = _counters(before), _counters(after)
    grown = (
        rule
        for rule in rules
        if rule.handle is not None and now.get(rule.handle, 0) - then.get(rule.handle, 0) >= least
    )
    return next(grown, None)


def _counters(seen: Seen) -> dict[int, int]:
    found: dict[int, int] = {}
    for entries in rule_set(seen).rules.values():
        for rule in entries:
            handle = untrusted.whole(rule.get("handle"))
            for part in map(untrusted.fields, untrusted.items(rule.get("expr"))):
                packets = untrusted.whole(untrusted.fields(part.get("counter")).get("packets"))
                if handle is not None and packets is not None:
                    found[handle] = packets
    return found


def changes_hop_limit(seen: Seen, hooks: tuple[str, ...] = ("prerouting", "forward", "postrouting", "output")) -> bool:
    rules = rule_set(seen)
    places = [_place(chain) for chain in rules.base if chain.get("hook") in hooks]
    return any(_sets_hop_limit(rule) for place in places for rule in rules.rules.get(place, ()))


def _sets_hop_limit(rule: Mapping[str, Any]) -> bool:
    changes = (untrusted.fields(part).get("mangle") for part in untrusted.items(rule.get("expr")))
    return any(payload(untrusted.fields(untrusted.fields(one).get("key")))[1] in ("hoplimit", "ttl") for one in changes)


# The rule set


def rule_set(seen: Seen) -> RuleSet:
    return _rule_set(seen.filters)


@once
def _rule_set(printed: Any) -> RuleSet:
    entries = [untrusted.fields(entry) for entry in untrusted.items(untrusted.fields(printed).get("nftables"))]
    chains = [untrusted.fields(entry["chain"]) for entry in entries if "chain" in entry]
    asleep = {
        (untrusted.text(table.get("family")), untrusted.text(table.get("name")))
        for entry in entries
        if "dormant" in str((table := untrusted.fields(entry.get("table"))).get("flags"))
    }
    rules: dict[Place, list[Mapping[str, Any]]] = {}
    sets: dict[tuple[str, str], dict[str, list[Any]]] = {}
    for entry in entries:
        if "rule" in entry:
            rules.setdefault(_place(untrusted.fields(entry["rule"])), []).append(untrusted.fields(entry["rule"]))
        for kind in ("set", "map"):
            if kind in entry:
                one = untrusted.fields(entry[kind])
                place = untrusted.text(one.get("family")), untrusted.text(one.get("table"))
                sets.setdefault(place, {})[untrusted.text(one.get("name"))] = untrusted.items(one.get("elem"))
    base = [chain for chain in chains if chain.get("hook") in HOOKS and _place(chain)[:2] not in asleep]
    base.sort(key=lambda chain: untrusted.number(chain.get("prio")) or 0)
    return RuleSet(
        tuple(base),
        {place: tuple(each) for place, each in rules.items()},
        {place: Table(named) for place, named in sets.items()},
    )


def _place(entry: Mapping[str, Any]) -> Place:
    return (
        untrusted.text(entry.get("family")),
        untrusted.text(entry.get("table")),
        untrusted.text(entry.get("chain") or entry.get("name")),
    )


# The way of a packet through it


type Ending = Rule | None  # the rule that drops the packet, or None where it is accepted
RETURN = Rule("", ())  # the packet goes on behind the chain
BACK = Rule("return", ())  # it leaves this chain at once


@dataclass(slots=True)
class _Run:
    """One packet on its way through the rules of one base chain."""

    seen: Seen
    rules: RuleSet
    packet: Packet
    hook: str
    tried: int = 0
    gave_up: bool = field(default=False)

    def chain(self, place: Place, deep: int = 0) -> list[Ending]:
        """All ways in which a packet may leave this chain."""
        endings: list[Ending] = []
        table = self.rules.tables.get(place[:2], Table({}))
        for rule in self.rules.rules.get(place, ()):
            step()
            self.tried += 1
            if self.tried > MOST_RULES or deep > DEEPEST:
                self.gave_up = True
                break
            fits, ends = self._rule(rule, place, table, deep)
            if fits is False:
                continue
            endings += [RETURN if each is BACK else each for each in ends if each is not RETURN]
            if fits and ends and RETURN not in ends:
                return endings
        return [*endings, RETURN]

    def _rule(self, rule: Mapping[str, Any], place: Place, table: Table, deep: int) -> tuple[Known, list[Ending]]:
        """Decide whether the packet fits, and how it ends here; RETURN among the endings: or it goes on to the next rule."""
        parts = tuple(map(untrusted.fields, untrusted.items(rule.get("expr"))))
        known: list[Known] = []
        for part in parts:
            name = next(iter(part), "")
            if name == "match":
                known.append(matches(untrusted.fields(part["match"]), self.packet, self.seen, table))
                if known[-1] is False:
                    return False, []
            elif name == "vmap":
                ends = self._by_map(untrusted.fields(part["vmap"]), rule, parts, place, table, deep)
                return all_known(known), ends
            elif name not in NEUTRAL:
                if (verdict := self._verdict(part, rule, parts, place, deep)) is not None:
                    return all_known(known), verdict
                known.append(None)
        return all_known(known), []

    def _verdict(
        self,
        part: Mapping[str, Any],
        rule: Mapping[str, Any],
        parts: tuple[Mapping[str, Any], ...],
        place: Place,
        deep: int,
    ) -> list[Ending] | None:
        """Return how the packet may end by this statement; None for a statement that is no verdict."""
        if any(word in part for word in DROPS):
            return [Rule(self.hook, parts, untrusted.whole(rule.get("handle")))]
        if ENDS_IN_ACCEPT & part.keys():
            return [None]
        if "jump" in part or "goto" in part:
            target = untrusted.text(untrusted.fields(part.get("jump") or part.get("goto")).get("target"))
            ends = self.chain((*place[:2], target), deep + 1)
            # After a goto the packet does not come back to this chain.
            return [BACK if each is RETURN else each for each in ends] if "goto" in part else ends
        return [BACK] if "return" in part else [] if "continue" in part else None

    def _by_map(
        self,
        vmap: Mapping[str, Any],
        rule: Mapping[str, Any],
        parts: tuple[Mapping[str, Any], ...],
        place: Place,
        table: Table,
        deep: int,
    ) -> list[Ending]:
        key, among = untrusted.fields(vmap.get("key")), choices(vmap.get("data"), table)
        if among is None:
            return [RETURN, None]
        endings: list[Ending] = []
        for pair in map(untrusted.items, among):
            if len(pair) != 2:
                return [RETURN, None]
            hit = contains(key, choices({"set": [pair[0]]}, table), self.packet, self.seen)
            ends = self._verdict(untrusted.fields(pair[1]), rule, parts, place, deep) or [RETURN]
            if hit is True:
                return ends
            endings += ends if hit is None else []
        return [*endings, RETURN]


def _fates(seen: Seen, packet: Packet, hooks: Sequence[str]) -> Iterator[tuple[list[Rule], bool]]:
    """For each base chain that the packet passes: the rules that may drop it, and whether one of them certainly does."""
    rules = rule_set(seen)
    for hook in hooks:
        for chain in rules.base:
            fits = _passes(chain, packet, hook)
            if fits is False:
                continue
            run = _Run(seen, rules, packet, hook)
            endings = run.chain(_place(chain))
            policy = Rule(hook, ({"drop": None},)) if chain.get("policy") == "drop" else None
            ended = [policy if each is RETURN else each for each in endings]
            drops = [each for each in ended if each is not None]
            if drops:
                yield drops, bool(fits) and None not in ended and not run.gave_up


def _passes(chain: Mapping[str, Any], packet: Packet, hook: str) -> Known:
    """Decide whether such a packet comes to this base chain."""
    family = untrusted.text(chain.get("family"))
    if chain.get("hook") != hook or family in ("bridge", "arp"):
        return False
    devices = [untrusted.text(one) for one in (*untrusted.items(chain.get("dev")), chain.get("dev")) if one]
    if family == "netdev" or devices:
        on = packet.goes_out if hook == "egress" else packet.came_in
        return None if on is None else on in devices
    version = FAMILIES.get(family)
    return True if version is None else None if packet.version is None else packet.version == version

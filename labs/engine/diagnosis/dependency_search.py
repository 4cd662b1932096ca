"""Searches the dependencies of a failed check for the nearest item that differs from the solved network.

The search compares two states. It begins with the items that the check needs, and goes down: a path depends on links, routes
and filters; a route on an adjacency or a session; a session on the path to its neighbour. An item that works is not searched. So
a difference is reported only if an item that depends on it does not work, and everything below it is as in the solved network.
"""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from labs.engine.adapters import untrusted
from labs.engine.cpu_budget import step
from labs.engine.definition.spec import Lab
from labs.engine.diagnosis import routing_protocols
from labs.engine.diagnosis.dependencies import RESTS_ON
from labs.engine.diagnosis.items import Flow, Item, Kind, Networks
from labs.engine.diagnosis.own_differences import OWN, explains, policy_rules
from labs.engine.diagnosis.packet_filters import Packet
from labs.engine.state import routing
from labs.engine.state.facts import Difference, Section, State, fact

MOST_ITEMS = 200  # that one search looks at
MOST_DIFFERENT = 3  # statements that are only here, and as many only in the model: it is another design, and no mistake
# The version of IP that a routing protocol sends over; IS-IS needs none, and Babel may take either. “ospf” is OSPFv2 of FRR, and
# either version of BIRD
OVER = {"ospf6": 6, "ripng": 6, "rip": 4}
TOOLS = {Section.FILTERS: "nft", Section.RULES: "rule"}  # what a solution types to change them


@dataclass(frozen=True, slots=True)
class Suspect:
    """The item nearest to the check that has differences of its own while all that it rests on agrees."""

    item: Item
    found: tuple[Difference, ...]
    root: Item  # what the check needs
    unread: frozenset[str] = frozenset()  # the nodes of the lab whose state is not known
    is_up: bool = False  # the adjacency or session of which they are differences is up

    @property
    def told(self) -> Item:
        """The item that does not work: what the check needs itself, if it is of the same kind."""
        return self.root if self.root.kind is self.item.kind else self.item

    @property
    def nearest(self) -> Difference:
        return self.found[0]


@dataclass(slots=True)
class Search(Networks):
    """One search over the live network and the solved one. ``packet``: what the check sends, as far as it is known."""

    seen: set[tuple[Item, Packet, int | None]] = field(default_factory=set)
    order: list[Item] = field(default_factory=list)  # what was searched, in this order
    root: Item = field(default_factory=lambda: Item(Kind.LINK, ""))  # which the search is for now
    later: Mapping[str, Sequence[str]] = field(default_factory=dict)  # by node, what the solution types in later stages
    sooner: Mapping[str, Sequence[str]] = field(default_factory=dict)  # and what until this one
    own: Set[str] | None = None  # the nodes on which a difference may be a cause; None: all of them

    def first(self, roots: Sequence[Item]) -> Suspect | None:
        for root in roots:
            self.root = root
            if found := self._under(root):
                return found
        return None

    def _under(self, item: Item) -> Suspect | None:
        step()
        if (item, self.packet, self.version) in self.seen or len(self.seen) > MOST_ITEMS:
            return None
        self.seen.add((item, self.packet, self.version))
        self.order.append(item)
        if item.node not in self.live or item.node not in self.model or (item != self.root and self._works(item)):
            return None
        before = self.packet, self.flow, self.unwanted, self.needs_rules, self.version
        self.packet = routing_protocols.carried(self, item, self.packet)
        self.flow = self._flow(item)
        self.version = self._version(item)
        if routing_protocols.has_own_packets(item) and item != self.root:
            # Whatever the check does not want: this should work.
            self.unwanted = self.needs_rules = False
        for below in RESTS_ON[item.kind](self, item) if item.kind in RESTS_ON else ():
            if found := self._under(below):
                return found
        self.packet, self.flow, self.unwanted, self.needs_rules, self.version = before
        every = OWN[item.kind](self, item) if item.kind in OWN else ()
        own = tuple(dict.fromkeys(one for one in every if self._may_be_blamed(one) and not self._is_ahead(one)))
        if _is_other_design(own):
            return None
        own = tuple(one for one in own if explains(self, item, one))
        if not own:
            return None
        found = Suspect(item, own, self.root, unread(self.lab, self.live))
        return replace(found, is_up=self._works(found.told))

    def _version(self, item: Item) -> int | None:
        """The version of IP that is needed below this item."""
        match item.kind:
            case Kind.PATH | Kind.ROUTE | Kind.IGP_ROUTE:
                to = untrusted.address(item.at)
                return to.version if to else None
            case Kind.ADJACENCY:
                wanted = self.adjacencies(self.model, item.node, item.at)
                versions = {OVER.get(key.split(" ")[0]) for key in wanted}
                return versions.pop() if len(versions) == 1 else None
            case Kind.ADVERTISEMENTS:
                return 6
            case Kind.SESSION | Kind.BGP_ROUTE | Kind.RPKI:
                return None
        return self.version

    def _flow(self, item: Item) -> Flow | None:
        """Return what is known of the packets, where this item is a path."""
        to = untrusted.address(item.at) if item.kind is Kind.PATH else None
        far = routing.owner(self.model, to) if to else None
        if to is None or far is None:
            return None
        given = self.sources.get(item)
        own = [at.ip for _port, at in routing.held(self.model, item.node) if at.ip.version == to.version]
        return Flow(item.node, far, (given,) if given else tuple(own), to)

    def _may_be_blamed(self, one: Difference) -> bool:
        return self.own is None or one.node in self.own

    def _is_ahead(self, one: Difference) -> bool:
        """Whether a later stage of the lab makes this difference good: it is not needed yet, or not removed yet."""
        lines = self.later.get(one.node, ())
        if one.model is None and one.section is Section.CONFIG:
            inverse = live.removeprefix("no ") if (live := str(one.live)).startswith("no ") else f"no {live}"
            return any(line.strip() == inverse for line in lines)
        if one.section in (Section.FILTERS, Section.RULES):
            return one.live is None and any(TOOLS[one.section] in line for line in lines)
        wanted = (one.key if one.section is Section.SETTINGS else one.model) or ""
        return _has(lines, wanted) and not _has(self.sooner.get(one.node, ()), wanted)

    def _works(self, item: Item) -> bool:
        """Whether the live network shows that this item works, so that nothing below it matters."""
        match item.kind:
            case Kind.SESSION:
                return fact(self.live, item.node, Section.SESSIONS, item.at) == "up"
            case Kind.ADJACENCY:
                here = self.adjacencies(self.live, item.node, item.at)
                wanted = self.adjacencies(self.model, item.node, item.at)
                return here == wanted and "down" not in here.values()
            case Kind.ROUTE:
                live, model = ({(one.via, one.dev, one.drops) for one in each} for each in self._routes(item))
                to = untrusted.address(item.at)
                return bool(live & model) and not (to and any(policy_rules(self, item.node, to)))
            case Kind.IGP_ROUTE:
                now, solved = self._routes(item)
                return bool(set(now) & set(solved))
        return False

    def _routes(self, item: Item) -> tuple[list[routing.Route], list[routing.Route]]:
        """The best routes to the item's address in the live network and in the solved one."""
        to = untrusted.address(item.at)
        if to is None:
            return [], []
        return routing.best(self.live, item.node, to), routing.best(self.model, item.node, to)


def unread(lab: Lab, live: State) -> frozenset[str]:
    """The nodes whose interfaces are not known."""
    return frozenset(name for name in lab.nodes if Section.INTERFACES not in live.get(name, {}))


def _has(lines: Sequence[str], wanted: str) -> bool:
    """Whether one of these lines has the wanted text, and not only as a part of a longer word."""
    step(len(lines))
    pattern = re.compile(rf"(?<![\w:./-]){re.escape(wanted)}(?![\w:/-]|\.\w)")
    return bool(wanted) and any(pattern.search(line) for line in lines)


def _is_other_design(own: Sequence[Difference]) -> bool:
    extra = sum(one.model is None for one in own)
    return extra > MOST_DIFFERENT and sum(one.live is None for one in own) > MOST_DIFFERENT

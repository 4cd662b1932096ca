"""Decides whether a check has failed for good: the whole network has converged, so nothing changes, and no timer could change it.

To know that something is *absent* for good, less is enough (``routing_convergence``). A mistake here would take points for a right
answer that is on its way. So an answer that we cannot read counts as a change. A program or protocol whose timers we do not know
may change something for as long as the author of the check says (``within``), counted from the last change. If it is not a program
of the lab, it may do so for half a minute at least.

In a lab that nobody has touched nothing is on its way, once it has run for as long as the author gives a change: what still moves
there moves for ever, such as a session that one end refuses again and again.
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labs.engine import cpu_budget
from labs.engine.adapters import untrusted
from labs.engine.adapters.daemons import daemon_of, is_router
from labs.engine.adapters.routing_daemon import Question
from labs.engine.adapters.routing_state import ConfiguredProtocols
from labs.engine.definition.spec import Lab, Node
from labs.engine.errors import TooMuch
from labs.engine.grading import router_state, timers
from labs.engine.grading.cases import Failure
from labs.engine.grading.router_state import Rows, Snapshot
from labs.engine.grading.routing_tables import Answers, RoutingTables
from labs.engine.grading.timers import End
from labs.engine.shared import pace

EVERY = 1.0  # seconds between two snapshots
FAILING = 2.0  # seconds for which a check fails in a converged network before we give up: several packets may get lost
IDLE = 30.0  # seconds: if nobody has changed anything for so long, the answers show all that is still on its way
PATIENT = 1.0  # seconds that a question lasts at least if it alone is enough to fail in a lab that nobody has touched

OF_ROUTE = ("dst", "type", "gateway", "via", "dev", "nexthops", "protocol", "metric", "table", "prefsrc", "pref")
OF_LINK = ("ifname", "flags", "mtu", "qdisc", "operstate", "master", "address")
OF_ADDRESS = ("local", "prefixlen", "tentative", "dadfailed", "deprecated", "temporary")
KERNEL: Mapping[str, tuple[str, ...]] = {
    "links": ("-d", "addr"),
    "routes 4": ("-4", "route", "show", "table", "all"),
    "routes 6": ("-6", "route", "show", "table", "all"),
    "rules 4": ("-4", "rule"),
    "rules 6": ("-6", "rule"),
}

type Ask = dict[str, Any]
type Owners = dict[Any, set[str]]


class Unreadable(Exception):
    """An answer is missing, or cannot be read."""


@dataclass(slots=True)
class NetworkSnapshot:
    """The state and the timers of the whole network at one moment.

    ``unseen``: for so many seconds, something may be on its way without a sign in the answers.
    """

    state: frozenset[object] = frozenset()
    timers: list[str] = field(default_factory=list)
    ends: list[End] = field(default_factory=list)  # timers whose end the answers give
    unknown: list[str] = field(default_factory=list)  # what may change something at a time that we do not know
    lab_programs: list[str] = field(default_factory=list)  # programs of the lab; they too may do so
    resolving: list[str] = field(default_factory=list)  # neighbours that are being resolved, also for our own packets
    unanswered: set[tuple[str, str, str]] = field(default_factory=set)
    unseen: float = 0.0


class NetworkConvergence:
    """Takes snapshots of the whole network, again and again.

    ``idle``: for how many seconds nobody had changed anything before the first snapshot. ``untouched``: nobody ever has.
    """

    def __init__(self, lab: Lab, idle: float = 0.0, *, untouched: bool = False) -> None:
        self._lab, self._idle, self._untouched_for = lab, idle, idle if untouched else 0.0
        self._nodes = [node for node in lab.nodes.values() if node.has_shell]
        self._asked = [(node, part, ask) for node in self._nodes for part, ask in _asks(node)]
        self._before: NetworkSnapshot | None = None
        self._since: float | None = None  # the first of the snapshots that were all the same
        self._until = 0.0
        self._resolving = False
        self._asked_at = 0.0
        self.due = 0.0  # when the next snapshot is due; 0: there was none
        self.why: list[str] = []  # the reasons to wait, for the log and for tests

    def due_asks(self, now: float, *, fails: bool) -> list[Ask] | None:
        """Return the asks of the next snapshot, or None if none is due. The one after it is due some time after ``see``.

        ``fails``: whether any check fails at the moment. If none does, there is nothing to decide. If nobody has changed anything
        for long, a check is likely to fail, so the first snapshot does not wait for ``fails``.
        """
        if self.due > now or not (fails or (not self.due and self._idle >= IDLE)):
            return None
        self._asked_at, self.due = now, math.inf
        return [ask for _node, _part, ask in self._asked]

    def see(self, answers: Sequence[object]) -> None:
        """Take in the answers to ``due_asks``."""
        asked, self.due = self._asked_at, self._asked_at + EVERY
        try:
            snapshot = self._read(answers)
        except (Unreadable, TooMuch) as error:
            self._since, self.why = None, [str(error)]
            return
        if self._before is not None and snapshot.state != self._before.state:
            self._since, self._idle = None, 0.0
        ends = [why for _left, why in snapshot.ends]
        self.why = [*snapshot.timers, *ends, *snapshot.unknown, *snapshot.lab_programs, *snapshot.resolving]
        self._resolving = bool(snapshot.resolving)
        self._since = None if snapshot.timers else asked if self._since is None else self._since
        self._until, self._before = asked, snapshot

    def has_failed_for_good(self, failed: Sequence[Failure], within: float) -> bool:
        """Whether a check that has failed several times cannot pass any more, however long we wait.

        It must have failed twice since the network converged: on a busy machine one packet may be lost, or come too late.
        A packet that was seen and must not be there stays a reason to fail, whatever a program of the lab does next: otherwise a
        check would pass as soon as one grading misses the packet.

        ``failed``: the failures, the oldest first. ``within``: the time limit of the check in seconds.
        """
        if self._untouched_for >= max(IDLE, pace.seconds(within)):
            return len(failed) >= 2 or any(one.lasting or one.answered - one.asked >= PATIENT for one in failed)
        since = self._since
        meanwhile = [one for one in failed if since is not None and one.asked >= since]
        if since is None or self._before is None or not meanwhile:
            return False
        seen = [one for one in meanwhile if one.asked <= self._until]
        enough = len(seen) >= 2 or any(one.lasting for one in seen)
        by_sight = any(one.by_sight for one in seen)
        is_short = failed[-1].answered - meanwhile[0].asked < pace.seconds(FAILING)
        if self._resolving or not enough or (is_short and not by_sight):
            return False
        lasted, limit = self._until - since, pace.seconds(within)
        if any(left < limit for left, _why in self._before.ends):
            return False
        if self._before.unknown and self._idle + lasted < max(IDLE, limit):
            return False
        if self._before.lab_programs and not by_sight and self._idle + lasted < limit:
            return False
        unseen = pace.seconds(self._before.unseen)
        return lasted >= (EVERY if self._idle >= max(IDLE, unseen) else max(EVERY, unseen))

    def _read(self, answers: Sequence[object]) -> NetworkSnapshot:
        if len(answers) != len(self._asked):
            raise Unreadable("The number of answers differs from the number of asks. We try again in 1 s.")
        by_part: dict[tuple[str, str], Mapping[str, Any]] = {}
        for (node, part, _ask), answer in zip(self._asked, answers, strict=True):
            one = untrusted.fields(answer)
            if one.get("ok") is not True and one.get("kind") != "refused":
                raise Unreadable(f"{node.name} does not answer, which counts as a change. We try again in 1 s.")
            by_part[node.name, part] = one
        snapshot = NetworkSnapshot()
        state: set[object] = set()
        owners, macs = _owners(self._nodes, by_part)
        every_mac = _macs(self._nodes, by_part)
        for node in self._nodes:
            with cpu_budget.of_node(node.name):
                mine = {part: answer for (name, part), answer in by_part.items() if name == node.name}
                state |= {(node.name, part, told) for part, told in _kernel_state(mine)}
                snapshot.timers += _kernel_timers(node, mine, macs, every_mac)
                snapshot.ends += _ends(mine)
                programs = untrusted.items(mine["programs"].get("names"))
                snapshot.unknown += timers.of_programs(node, programs)
                snapshot.lab_programs += timers.of_lab_programs(node, programs)
                snapshot.unknown += timers.of_timed_filter(untrusted.long_text(mine["filter"].get("text")))
                snapshot.resolving += timers.of_resolution(mine["neighbours"].get("json"), self._unanswered(node.name))
                snapshot.unanswered |= {(node.name, *key) for key in timers.unanswered(mine["neighbours"].get("json"))}
        self._read_routers(snapshot, state, by_part, owners)
        snapshot.state = frozenset(state)
        return snapshot

    def _unanswered(self, node: str) -> set[tuple[str, str]]:
        before = self._before.unanswered if self._before else set()
        return {(interface, address) for name, interface, address in before if name == node}

    def _read_routers(self, snapshot: NetworkSnapshot, state: set[object], by_part: Answers, owners: Owners) -> None:
        """Add what the routing daemons say: their configurations, sessions and adjacencies."""
        seen: dict[str, dict[str, Rows]] = {}
        configs: list[str] = []
        for node in (node for node in self._nodes if is_router(node)):
            seen[node.name] = {
                part: router_state.rows(node, part, question, by_part[node.name, part])
                for part, question in router_state.questions(node)
            }
            with cpu_budget.of_node(node.name):
                texts = list(_configs(node, by_part))
                snapshot.unknown += [why for text in texts for why in timers.of_config(text)]
                snapshot.timers += _elections(node, by_part)
                snapshot.unknown += _unknown_protocols(node, by_part)
            configs += texts
            state.add((node.name, "configuration", tuple(texts)))
        tables = RoutingTables(by_part, owners)
        for name, mine in seen.items():
            snapshot.timers += [f"{name}: {found}" for found in self._unfinished(seen, name, owners, tables)]
            state |= {(name, part, row) for part, rows in mine.items() for row in _lasting(part, rows)}
        snapshot.unseen = timers.unseen_seconds(
            configs,
            bgp=any(mine.get(f"bgp {family}") for mine in seen.values() for family in router_state.FAMILIES),
            ospf=any(mine.get(f"interfaces {version}") for mine in seen.values() for version in (2, 3)),
        )

    def _unfinished(self, seen: Snapshot, name: str, owners: Owners, tables: RoutingTables) -> Iterator[object]:
        yield from router_state.unfinished_sessions(seen, name, owners, tables.may_arrive)
        yield from router_state.unfinished_adjacencies(self._lab, seen, name)
        yield from router_state.unanswered_adjacencies(self._lab, seen, name)
        for family in router_state.FAMILIES:
            for peer, state, *_counts in seen[name].get(f"bgp {family}", ()):
                back = router_state.peers_back(seen, name, peer, family, owners)
                if state == "established" and "established" not in back:
                    yield peer, "the other end has lost the session"


def _asks(node: Node) -> Iterator[tuple[str, Ask]]:
    for part, args in KERNEL.items():
        yield part, {"ask": "ip", "node": node.name, "args": list(args)}
    yield "neighbours", {"ask": "neighbours", "node": node.name}
    yield "programs", {"ask": "processes", "node": node.name}
    yield "filter", {"ask": "nft", "node": node.name}
    if is_router(node):
        yield from ((part, question.ask) for part, question in _router_questions(node))


def _router_questions(node: Node) -> Iterator[tuple[str, Question[Any]]]:
    daemon = daemon_of(node)
    yield from router_state.questions(node)
    yield from ((f"protocols {n}", one) for n, one in enumerate(daemon.configured_protocols(node.daemons)))
    yield from ((f"configuration {n}", one) for n, one in enumerate(daemon.configurations(node.daemons)))


def _kernel_state(mine: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, object]]:
    """Yield the values that are compared between two snapshots. Lifetimes and counters change all the time."""
    for link in map(untrusted.fields, untrusted.items(mine["links"].get("json"))):
        held = [untrusted.fields(one) for one in untrusted.items(link.get("addr_info"))]
        addresses = sorted(str([one.get(name) for name in OF_ADDRESS]) for one in held)
        yield "links", str([[link.get(name) for name in OF_LINK], addresses])
    for part in ("routes 4", "routes 6", "rules 4", "rules 6"):
        for row in map(untrusted.fields, untrusted.items(mine[part].get("json"))):
            yield part, str([row.get(name) for name in OF_ROUTE] if part.startswith("routes") else sorted(row.items()))
    yield "filter", timers.COUNTERS.sub("", untrusted.long_text(mine["filter"].get("text")))
    names = {untrusted.text(name) for name in untrusted.items(mine["programs"].get("names"))}
    yield "programs", tuple(sorted(names - timers.TOOLS - timers.helpers(names) - {timers.SLEEP}))


def _kernel_timers(
    node: Node, mine: Mapping[str, Mapping[str, Any]], macs: Owners, every_mac: Collection[str]
) -> Iterator[str]:
    yield from timers.of_links(mine["links"].get("json"))
    yield from timers.of_neighbours(mine["neighbours"].get("json"), macs, every_mac)
    yield from timers.of_sleep(node, untrusted.items(mine["programs"].get("names")))
    yield from timers.of_filter(untrusted.long_text(mine["filter"].get("text")))


def _ends(mine: Mapping[str, Mapping[str, Any]]) -> Iterator[End]:
    yield from timers.ends_of_addresses(mine["links"].get("json"))
    for part in ("routes 4", "routes 6"):
        yield from timers.ends_of_routes(mine[part].get("json"))


def _owners(nodes: Sequence[Node], by_part: Answers) -> tuple[Owners, Owners]:
    """Return the nodes with each address, and the link-layer addresses of these nodes."""
    owners: Owners = {}
    macs: Owners = {}
    for node in nodes:
        with cpu_budget.of_node(node.name):
            links = [untrusted.fields(one) for one in untrusted.items(by_part[node.name, "links"].get("json"))]
            own = {untrusted.text(link.get("address")).lower() for link in links}
            for held in (untrusted.fields(one) for link in links for one in untrusted.items(link.get("addr_info"))):
                if (address := untrusted.address(held.get("local"))) is not None:
                    owners.setdefault(address, set()).add(node.name)
                    macs.setdefault(address, set()).update(own)
    return owners, macs


def _macs(nodes: Sequence[Node], by_part: Answers) -> set[str]:
    """Return the link-layer addresses of all interfaces of the nodes."""
    links = [link for node in nodes for link in untrusted.items(by_part[node.name, "links"].get("json"))]
    return {untrusted.text(untrusted.fields(link).get("address")).lower() for link in links}


def _configs(node: Node, by_part: Answers) -> Iterator[str]:
    for number, question in enumerate(daemon_of(node).configurations(node.daemons)):
        text = question.read(by_part[node.name, f"configuration {number}"])
        yield text if isinstance(text, str) else ""


def _elections(node: Node, by_part: Answers) -> Iterator[str]:
    """The OSPF interfaces that wait for the election."""
    for _number, told in _configured_protocols(node, by_part):
        yield from (f"{name} of {node.name} waits for the election" for name in told.waiting)


def _unknown_protocols(node: Node, by_part: Answers) -> Iterator[str]:
    """Sessions by the name of an interface, and what BIRD speaks besides."""
    for number, told in _configured_protocols(node, by_part):
        yield from (f"{name} of {node.name}" for name in told.peers if untrusted.address(name) is None)
        if number == 0:
            yield from timers.of_protocols(daemon_of(node).protocol_kinds(by_part[node.name, f"protocols {number}"]))


def _configured_protocols(node: Node, by_part: Answers) -> Iterator[tuple[int, ConfiguredProtocols]]:
    for number, question in enumerate(daemon_of(node).configured_protocols(node.daemons)):
        told = question.read(by_part[node.name, f"protocols {number}"])
        if isinstance(told, ConfiguredProtocols):
            yield number, told


def _lasting(part: str, rows: Rows) -> Rows:
    """Without the sessions that are not up: they try again and again, and nobody answers (``unfinished_sessions``)."""
    return frozenset(row for row in rows if not part.startswith("bgp") or row[1] == "established")

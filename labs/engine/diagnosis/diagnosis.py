"""Finds the nearest cause of a failed check: it reads all nodes that may be concerned, and compares them.

The diagnosis of one check is a generator, called a search. It yields asks, receives the answers, and returns a cause in the end.
Several searches run side by side, and each round of them is one request to the network. A search changes nothing in the network and
does not trust the answers. If it finds no cause, it reports what it observed: a wrong cause is worse than none.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from typing import Any

from labs.engine import cpu_budget
from labs.engine.adapters import node_state, untrusted
from labs.engine.adapters.bgp_config import runs_bgp
from labs.engine.adapters.node_state import Answers, Network, Seen
from labs.engine.adapters.ospf3_config import runs_ospf3
from labs.engine.adapters.untrusted import AnyAddress
from labs.engine.checks import CheckType
from labs.engine.checks.addr import AddrPresent, AddrSlaac
from labs.engine.checks.bgp_route import BgpRoute
from labs.engine.checks.bgp_session import BgpSession
from labs.engine.checks.clat import ClatFlow
from labs.engine.checks.fib import FibRoute
from labs.engine.checks.flow import FlowAllow, FlowBlock
from labs.engine.checks.isis import IsisAdjacency
from labs.engine.checks.link import LinkState
from labs.engine.checks.loss import LossMax
from labs.engine.checks.nat64 import Nat64Flow
from labs.engine.checks.ospf2 import Ospf2Neighbor
from labs.engine.checks.ospf3 import Ospf3Neighbor, Ospf3Route
from labs.engine.checks.path import PathFailover, PathMtu, PathTrace
from labs.engine.checks.ping import Ping
from labs.engine.checks.ra import RaContent
from labs.engine.checks.rate import RateLimit
from labs.engine.checks.reach import ReachMatrix
from labs.engine.checks.rpki_cache import RpkiCache, RpkiVrp
from labs.engine.checks.sav import SavSpoofBlocked
from labs.engine.checks.service import ServiceHttp, ServiceTcp
from labs.engine.definition.spec import Lab, Node
from labs.engine.diagnosis import (
    bgp_routes,
    bgp_session,
    compared,
    igp_adjacency,
    igp_daemons,
    kernel_state,
    known_state,
    late_answer_sentences,
    miswired_cables,
    near_nodes,
    observed_path,
    ospf3_adjacency,
    ospf_routes,
    path,
    rpki,
    seat_of_check,
    seen_sentences,
    session_states,
    slaac,
    tentative,
    unapplied_lines,
    uniform_bird_config,
    unread_file,
)
from labs.engine.diagnosis.causes import CAUSES, Cause, Search, not_known
from labs.engine.diagnosis.deadline import LATE, AskAll, Deadline, deadline
from labs.engine.diagnosis.items import Item
from labs.engine.diagnosis.needs_and_consequences import completed
from labs.engine.errors import TooMuch
from labs.engine.state import reading
from labs.engine.state.facts import State
from labs.engine.translatable_text import Text

__all__ = ["CAUSES", "MOST", "ROUNDS", "Cause", "Search", "run", "search"]

MOST = 8  # failed checks that are diagnosed in one attempt; the state of the nodes is read once for all of them
MOST_CAPTURES = 64  # at the same time: enough for four paths through six nodes each
ROUNDS = 6  # requests to the network, for all searches together
AT_ONCE = ("vty", "bird", "ip", "nft", "sysctl", "file")  # asks that wait for nothing


def search(
    check: CheckType,
    node: Node,
    lab: Lab,
    evidence: Mapping[str, Any] | None = None,
    model: State | None = None,
    stage: str = "",
) -> Search | None:
    """Return the search for the cause of a check that failed on this node; None for a check type without a diagnosis.

    ``evidence`` is the evidence of the finding; ``model`` the state of the solved lab with the same parameters, where it is
    known; ``stage`` the stage of the check: what later stages add is not missing yet.
    """
    further, own = diagnosis_for(check, node, evidence or {}), seat_of_check.own_nodes(check, node, lab)
    if model and any(compared.roots(check, node)):
        model = known_state.of_model(model)
        on_the_way = compared.on_the_way(check, node, lab, model)
        return _with_network(lab, check, node, _beside_model(check, node, further, model, stage, own), on_the_way, own)
    return _with_network(lab, check, node, _without_model(check, node, further), own=own) if further else None


def _without_model(
    check: CheckType, node: Node, further: Callable[[Network], Search]
) -> Callable[[Network, Answers], Search]:
    def alone(network: Network, _answers: Answers) -> Search:
        found = yield from further(network)
        return _completed(seen_sentences.without_doubt(found), check, node, network.lab)

    return alone


def _completed(found: Cause | None, check: CheckType, node: Node, lab: Lab, root: Item | None = None) -> Cause | None:
    """ROOT is what the check needs, where it is known which of several things it is."""
    root = root or next(iter(compared.roots(check, node)), None)
    return completed(found, check, node, lab, root, unwanted=compared.is_unwanted(check))


def _beside_model(
    check: CheckType,
    node: Node,
    further: Callable[[Network], Search] | None,
    model: State,
    stage: str,
    own: Set[str] | None,
) -> Callable[[Network, Answers], Search]:
    """The search that also compares the network with the solved one. Where that finds a suspect, no packet is sent."""

    def both(network: Network, answers: Answers) -> Search:
        live = known_state.of(network, answers, model)
        suspected, links = compared.searched(check, node, network, live, model, stage, own)
        found: Cause | None = None
        if suspected is None and not compared.is_unwanted(check):
            found = yield from miswired_cables.search(network, links)
        if found:
            return _completed(found, check, node, network.lab)
        if further:
            found = yield from _without_probes(further(network)) if suspected else further(network)
        told = compared.reconciled(found, suspected, network, live, model, own)
        return _completed(told, check, node, network.lab, suspected.root if suspected else None)

    return both


def diagnosis_for(check: CheckType, node: Node, evidence: Mapping[str, Any]) -> Callable[[Network], Search] | None:
    if check.vrf_name():
        return None  # what would be compared are the tables of the default VRF
    match check:
        case PathFailover(to=to, at=at):
            return lambda network: _at_once(observed_path.of_failover(network, node, to, at))
        case FlowBlock(address=to, to=at, protocol=protocol, port=port):
            return lambda network: _at_once(observed_path.of_flow(network, node, to, at, protocol, port))
        case Nat64Flow() | ClatFlow():
            return None  # packets are sent to another address than the one that the check names
        case Ospf3Neighbor(interface=name) if name:
            return lambda network: ospf3_adjacency.search(network, node, name)
        case Ospf2Neighbor(present=True, values={"interface": name}):
            return lambda network: _at_once(igp_adjacency.search(network, node, name, "ospfd"))
        case IsisAdjacency(present=True, values={"interface": name}):
            return lambda network: _at_once(igp_adjacency.search(network, node, name, "isisd"))
        case Ospf3Route(prefix=prefix, present=True):
            return lambda network: _at_once(ospf_routes.search(network, node, prefix))
        case BgpSession(peer=peer, present=True):
            version = 4 if check.of_family() == "ipv4" else 6
            return lambda network: bgp_session.search(network, node, peer, version)
        case BgpRoute(prefix=prefix, present=True, rpki=wanted):
            return lambda network: bgp_routes.search(network, node, prefix, wanted is not None)
        case BgpRoute(prefix=prefix, present=False):
            return lambda network: rpki.of_invalid(network, node, prefix)
        case AddrSlaac(interface=name, prefix=prefix, present=True):
            return lambda network: slaac.search(network, node, name, prefix)
        case Ping(to=to, at=at, source=source, present=True):
            return lambda network: path.search(network, node, to, at, source, _why_no_route)
        case FlowAllow(address=to, to=at):
            return lambda network: path.search(network, node, to, at, None, _why_no_route)
        case ServiceTcp() | ServiceHttp() if evidence.get("refused"):
            # Packets go there and back: the sentence of the check says what is wrong. The same holds below. Only lines of the
            # configuration that are not in effect are looked for (labs.engine.diagnosis.unapplied_lines)
            return lambda network: _at_once(None)
        case RateLimit() | LossMax() | SavSpoofBlocked() if evidence.get("arrived"):
            return lambda network: _at_once(None)
        case RateLimit(address=to, to=at) | LossMax(address=to, to=at) | SavSpoofBlocked(address=to, to=at):
            return lambda network: path.search(network, node, to, at, None, _why_no_route)
        case ServiceTcp(to=to) | ServiceHttp(to=to):
            return lambda network: path.search(network, node, to, None, None, _why_no_route)
        case PathMtu(to=to):
            return lambda network: _at_once(path.of_size(network, node, to, _why_no_route))
        case ReachMatrix(to=(first, *_others)):
            to = _silent(evidence) or first
            return lambda network: path.search(network, node, to, None, None, _why_no_route)
        case PathTrace(to=to) if evidence.get("arrived"):
            return lambda network: _at_once(observed_path.of_trace(network, node, to))
        case PathTrace(to=to):
            return lambda network: path.search(network, node, to, None, None, _why_no_route)
        case RaContent(interface=name, present=True) if not evidence.get("heard"):
            return lambda network: _at_once(slaac.of_silence(network, node, name))
        case RaContent(present=True):
            return lambda network: _at_once(None)
        case RpkiCache(address=cache, present=True):
            return lambda network: rpki.search(network, node, cache, _why_no_route)
        case FibRoute(present=True):
            return lambda network: kernel_state.search(network, node, check)
        case LinkState(present=True, values={"interface": name, "carrier": True}):
            return lambda network: _at_once(kernel_state.of_port(network, node, name, carrier=True))
        case LinkState(present=True, values={"interface": name, "up": True}):
            return lambda network: _at_once(kernel_state.of_port(network, node, name))
        case AddrPresent(interface=name, present=True):
            return lambda network: _at_once(kernel_state.of_port(network, node, name))
        case RpkiVrp(present=True):
            return lambda network: rpki.search(network, node, None, _why_no_route)
    return None


def _why_no_route(network: Network, seen: Seen, to: AnyAddress) -> Iterator[Cause]:
    """Yield the reasons why this router has no route to an address, by the protocol that should bring it."""
    yield from igp_daemons.not_running(seen, to.version)
    if runs_ospf3(seen) and to.version == 6:
        yield from ospf_routes.why_none(network, seen, to)
    if runs_bgp(seen):
        yield from bgp_routes.why_none(network, seen, to.version)


def _silent(evidence: Mapping[str, Any]) -> AnyAddress | None:
    """The first address that did not reply."""
    return next((found for text in untrusted.items(evidence.get("silent")) if (found := untrusted.address(text))), None)


def _without_probes(further: Search) -> Search:
    """The search, as long as it asks only what is answered at once. It only words what the comparison has found."""
    answers: Any = None
    while True:
        try:
            wanted = further.send(answers)
        except StopIteration as ended:
            found: Cause | None = ended.value
            return found
        if any(ask.get("ask") not in AT_ONCE for ask in wanted.values()):
            return None
        answers = yield wanted


def _with_network(
    lab: Lab,
    check: CheckType,
    node: Node,
    further: Callable[[Network, Answers], Search],
    on_the_way: Sequence[str] | None = None,
    own: Set[str] | None = None,
) -> Search:
    """Reads the nodes, those on the way first. With a way, what a state needs is read too. ``own``: as in ``compared.searched``."""
    with_state = on_the_way is not None
    near = near_nodes.near(lab, (node.name, *(on_the_way or ())), seat_of_check.of_other_seats(lab, own))
    wanted: node_state.Asks = {}
    for one in near:
        wanted |= node_state.asks(one, ports=[end.name for end in lab.interfaces(one.name)])
        wanted |= session_states.asks(one) | (reading.asks(one) if with_state else {})
    answers = yield wanted
    # On a busy machine the lab may give up. It is asked once more: without the answer a search could report a wrong cause.
    late = {
        key: ask
        for key, ask in wanted.items()
        if (said := answers.get(key, {})).get("kind") == "timeout" and said is not LATE
    }
    if late:
        answers = {**answers, **(yield late)}
    network = Network(lab, {one.name: _read(one, answers) for one in near})
    found = yield from _at_expense_of(node, further(network, answers))
    concerned = None if on_the_way is None else {node.name, *on_the_way, *near_nodes.beside(lab, node.name)}
    return unread_file.told(network, unapplied_lines.beside(found, check, node, network), concerned, own)


def _read(node: Node, answers: Answers) -> Seen:
    seen = uniform_bird_config.rewritten(node_state.read(node, answers))
    return session_states.marked(tentative.marked(seen, answers), answers)


def _at_expense_of(node: Node, further: Search) -> Search:
    """Runs a search; its CPU time is counted against the budget of this node."""
    answers: Any = None
    while True:
        with cpu_budget.of_node(node.name):
            try:
                wanted = further.send(answers)
            except StopIteration as ended:
                found: Cause | None = ended.value
                return found
        answers = yield wanted


def _at_once(found: Cause | None) -> Search:
    """A search that needs no further asks than the state of the network."""
    yield from ()
    return found


def run(searches: Sequence[Search], ask_all: AskAll, until: Deadline | None = None) -> list[Cause | None]:
    """Runs searches side by side, until the deadline. The asks of a round are sent together for all of them.

    What was not answered by then counts as a late answer. A search that learns nothing says what was late.
    """
    until = until or deadline()
    late: dict[int, list[Text]] = {}
    found: list[Cause | None] = [None] * len(searches)
    waiting: dict[int, node_state.Asks] = {}
    for number, one in enumerate(searches):
        _step(number, lambda one=one: next(one), waiting, found)  # type: ignore[misc]  # mypy cannot infer a lambda with a default
    for _round in range(ROUNDS):
        _limit_captures(waiting)
        if not waiting:
            break
        too_long = {number for number, wanted in waiting.items() if _listens(wanted) > until.left}
        asked = {number: wanted for number, wanted in waiting.items() if number not in too_long}
        once = {_text(ask): ask for wanted in asked.values() for ask in wanted.values()}
        began = until.left
        received = dict(zip(once, until.answers(list(once.values()), ask_all), strict=False))
        late |= _late(asked, received, until, began) if began > 0 else {}
        by_look = {
            number: {
                key: LATE if number in too_long else _mapping(received.get(_text(ask))) for key, ask in wanted.items()
            }
            for number, wanted in waiting.items()
        }
        waiting.clear()
        for number, answers in by_look.items():
            _step(number, lambda n=number, a=answers: searches[n].send(a), waiting, found)  # type: ignore[misc]  # as above
    over = late_answer_sentences.over(until.seconds) if until.is_over else []
    return [one or _not_known_in_time(late.get(number, over)) for number, one in enumerate(found)]


def _not_known_in_time(said: Sequence[Text]) -> Cause | None:
    found = not_known(said)
    return replace(found, is_late=True) if found else None


def _late(
    asked: Mapping[int, node_state.Asks], received: Mapping[str, object], until: Deadline, began: float
) -> dict[int, list[Text]]:
    """Return, for each search that did not get all its answers in this round, the sentences about it.

    ``began``: the seconds that were left before the round. A node that the lab itself gave up on was late too, if the time is over.
    """
    found = {}
    for number, wanted in asked.items():
        every = list(wanted.values())
        late = [ask for ask in every if _is_late(received.get(_text(ask)), until)]
        if late:
            found[number] = late_answer_sentences.observed(late, every, began - until.left)
    return found


def _is_late(answer: object, until: Deadline) -> bool:
    return answer is LATE or (until.is_over and _mapping(answer).get("kind") == "timeout")


def _text(ask: Mapping[str, Any]) -> str:
    """Return a text that is the same for two equal asks: several searches ask the nodes near them, and one answer serves all."""
    return json.dumps(ask, sort_keys=True, default=str)


def _listens(wanted: node_state.Asks) -> float:
    """For how many seconds these asks listen, whatever comes: so long there is no answer."""
    every = (
        untrusted.number(ask.get("seconds")) or 0.0 for ask in wanted.values() if ask.get("ask") in ("capture", "ra")
    )
    return max(every, default=0.0)


def _limit_captures(waiting: dict[int, node_state.Asks]) -> None:
    """Drops searches that would need more than MOST_CAPTURES captures at the same time; earlier searches come first."""
    free = MOST_CAPTURES
    for number, wanted in list(waiting.items()):
        ports = sum(ask.get("ask") == "capture" for ask in wanted.values())
        if ports > free:
            del waiting[number]
        else:
            free -= ports


def _mapping(answer: object) -> Mapping[str, Any]:
    return answer if isinstance(answer, Mapping) else {}


def _step(
    number: int, go_on: Callable[[], node_state.Asks], waiting: dict[int, node_state.Asks], found: list[Cause | None]
) -> None:
    try:
        waiting[number] = go_on()
    except StopIteration as ended:
        found[number] = ended.value
    except TooMuch:
        found[number] = None  # the answers are too large to read

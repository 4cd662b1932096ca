"""Proposes probes: who reaches whom, by which way, after a link has failed, and through a packet filter."""

import ipaddress
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from labs.engine.adapters.node_state import beside
from labs.engine.definition.spec import Kind, Lab
from labs.engine.drafting.candidates import Candidate
from labs.engine.drafting.observed import Observed
from labs.engine.state.facts import Section
from labs.engine.state.routing import Hop, held, walk

MOST_PINGS, MOST_WAYS, MOST_FLOWS, MOST_FAILURES = 24, 8, 48, 2
PORT = re.compile(r'"field": "dport"[^}]*}}, "op": "==", "right": (\d+)')
PORTS = ("443", "22")  # that are tried beside those that a filter names
LINK_FAILS_SECONDS = 1  # that a path must hold after the failure


def propose_traffic(lab: Lab, steps: Sequence[Observed]) -> Iterator[Candidate]:
    """``steps``: the network untouched, and after each stage."""
    first, solved = steps[0], steps[-1]
    pairs = list(_pairs(lab, solved))
    pings = [_ping(source, to, target) for source, to, target in pairs]
    yield from pings[:MOST_PINGS]
    ways = [(one, walk(lab, solved.state, one[0], ipaddress.ip_address(one[1]))) for one in pairs]
    yield from itertools.islice(_ways(lab, solved, ways), MOST_WAYS)
    yield from itertools.islice(_failures(lab, ways), MOST_FAILURES)
    yield from itertools.islice(_flows(lab, first, solved, ways), MOST_FLOWS)


def _pairs(lab: Lab, solved: Observed) -> Iterator[tuple[str, str, str]]:
    """Source, address and its node, those first where others than the learner look, and hosts before routers.

    A learner's router with a host behind it is no target: that a packet reaches the host says more.
    """
    reached = [node for node in lab.nodes if not (lab.nodes[node].learner and _has_host(lab, solved, node))]
    targets = [(address, node) for node in reached for address in _named_addresses(lab, solved, node)]
    sources = [node.name for node in lab.nodes.values() if node.has_shell]
    found = [(source, to, node) for source in sources for to, node in targets if node != source]

    def worth(pair: tuple[str, str, str]) -> tuple[bool, bool, bool]:
        source, _to, node = pair
        ours = lab.nodes[source].learner and lab.nodes[node].learner
        return ours, lab.nodes[source].kind is not Kind.HOST, lab.nodes[source].learner == lab.nodes[node].learner

    yield from sorted(found, key=worth)


def _has_host(lab: Lab, solved: Observed, router: str) -> bool:
    """Whether a host with an address is on a link of this router."""
    return lab.nodes[router].kind is not Kind.HOST and any(
        lab.nodes[end.node].kind is Kind.HOST and _named_addresses(lab, solved, end.node)
        for one in lab.interfaces(router)
        for end in beside(lab, router, one.name)
    )


def _named_addresses(lab: Lab, solved: Observed, node: str) -> list[str]:
    """The addresses by which a node is reached: those of its loopback, and those of a host's interface."""
    usable = [(port, at.ip) for port, at in held(solved.state, node) if not (at.ip.is_loopback or at.ip.is_link_local)]
    own = [str(ip) for port, ip in usable if port == "lo"]
    if own or lab.nodes[node].kind is Kind.HOST:
        return own or [str(ip) for _port, ip in usable]
    return [str(ip) for _port, ip in usable][:2]


def _ping(source: str, to: str, node: str) -> Candidate:
    return Candidate(type="ping", title=f"{source} reaches {node} at {to}", on=source, expect={"to": to, "at": node})


def _ways(lab: Lab, solved: Observed, ways: Sequence[tuple[tuple[str, str, str], list[Hop]]]) -> Iterator[Candidate]:
    """The router after the first one shows which way was taken."""
    for (source, to, _node), hops in ways:
        if lab.nodes[source].kind is not Kind.HOST or len(hops) < 4:
            continue
        second = hops[2]
        address = next(
            (
                str(at.ip)
                for port, at in held(solved.state, second.node)
                if port == second.came_in and not at.ip.is_link_local
            ),
            "",
        )
        if address:
            title = f"Packets of {source} to {to} go through {second.node}"
            yield Candidate(type="path.trace", title=title, on=source, expect={"to": to, "hops": [address]})


def _failures(lab: Lab, ways: Sequence[tuple[tuple[str, str, str], list[Hop]]]) -> Iterator[Candidate]:
    """A link on the way fails, and another way exists.

    Before the failure path.failover asks the same node as after it, so a ping is proposed if several nodes have the address.
    """
    holders = {to: {node for (_source, other, node), _hops in ways if other == to} for (_s, to, _node), _hops in ways}
    seen = set[tuple[str, str]]()
    for (source, to, node), hops in ways:
        for hop in hops[1:-1] if lab.nodes[source].kind is Kind.HOST else ():
            end = f"{hop.node}:{hop.goes_out}"
            if (end, node) in seen or not hop.goes_out or not _is_connected(lab, source, node, end):
                continue
            seen.add((end, node))
            yield Candidate(
                type="ping" if len(holders[to]) > 1 else "path.failover",
                title=f"When the link {end} fails, {source} still reaches {node}",
                on=source,
                expect={"to": to, "at": node},
                do=({"link": end, "up": False},),
                hold=LINK_FAILS_SECONDS,
            )


def _is_connected(lab: Lab, one: str, other: str, without: str) -> bool:
    """Whether there is a way over routers and switches that does not use the link of this end."""
    reached, todo = {one}, [one]
    links = [[end.node for end in link.ends] for link in lab.links if without not in map(str, link.ends)]
    while todo:
        node = todo.pop()
        if node == other:
            return True
        if node != one and lab.nodes[node].kind is Kind.HOST:
            continue
        for a, b in links:
            for here, there in ((a, b), (b, a)):
                if here == node and there not in reached:
                    reached.add(there)
                    todo.append(there)
    return False


def _flows(
    lab: Lab, first: Observed, solved: Observed, ways: Sequence[tuple[tuple[str, str, str], list[Hop]]]
) -> Iterator[Candidate]:
    """Through each packet filter that was changed: what it lets through, and what not. Only one of both can be true."""
    for node in lab.nodes:
        filters = solved.facts(node, Section.FILTERS)
        if filters == first.facts(node, Section.FILTERS):
            continue
        ports = list(dict.fromkeys([*PORT.findall("\n".join(filters.values())), *PORTS]))
        seen = set[tuple[str, str]]()
        for (source, to, target), hops in ways:
            if node in [hop.node for hop in hops[1:]] and (source, target) not in seen:
                seen.add((source, target))
                yield from _through(source, to, target, ports)


def _through(source: str, to: str, target: str, ports: Sequence[str]) -> Iterator[Candidate]:
    for port in ports:
        expect = {"to": target, "address": to, "protocol": "tcp", "port": int(port)}
        title = f"A TCP connection of {source} to port {port} of {target} is possible"
        allowed = Candidate(type="flow.allow", title=title, on=source, expect=expect)
        yield allowed
        for other in ports:
            if other != port:
                title = f"Port {port} of {target} is closed to {source}, and port {other} is open"
                yield replace(
                    allowed, type="flow.block", title=title, expect=expect | {"control": {"port": int(other)}}
                )

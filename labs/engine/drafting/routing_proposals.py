"""Proposes checks of routing: what a solved network has that the untouched one has not, and what it has no longer."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from labs.engine.definition.spec import Lab
from labs.engine.drafting.candidates import Candidate, holder
from labs.engine.drafting.observed import Observed
from labs.engine.state.facts import Section

FRR_AS = re.compile(r"router bgp (\d+)")
BIRD_AS = re.compile(r"local (?:\S+ )?as (\d+)")
ROUTER_ID = re.compile(r"(?:ospf6 router-id|ospf router-id|router-id|router id) (\S+?);?")
# A setting of an OSPF interface is worth a check if its author has typed the word.
OSPF_WORDS = {
    "area": " area ",
    "type": " network ",
    "hello": "hello-interval",
    "dead": "dead-interval",
    "cost": " cost ",
    "passive": " passive",
}
KERNEL = ("kernel", "ra", "boot")
ADJACENCIES = {"ospf6": "ospf6.neighbor", "ospf": "ospf.neighbor", "isis": "isis.adjacency"}
SETTINGS = {"ospf6": "ospf6.interface", "ospf": "ospf.interface"}
SPOKEN = {"ospf6": "OSPFv3", "ospf": "OSPF", "isis": "IS-IS"}


def as_of(seen: Observed, node: str) -> str:
    """Return the AS number of a router by its configuration, or ""."""
    for block, value in seen.facts(node, Section.CONFIG).items():
        for line in (block, *value.split("\n")):
            if match := FRR_AS.match(line) or BIRD_AS.match(line):
                return match[1]
    return ""


def propose_routing(lab: Lab, steps: Sequence[Observed]) -> Iterator[Candidate]:
    """``steps``: the network untouched, and after each stage."""
    first, solved = steps[0], steps[-1]
    for node in lab.nodes:
        yield from _sessions(first, solved, node)
        yield from _adjacencies(lab, first, solved, node)
        yield from _routes(first, solved, node)
        yield from _paths(lab, first, solved, node)
        yield from _only(lab, solved, node)
        yield from _caches(first, solved, node)
        for before in steps[:-1]:
            yield from _gone(before, solved, node)
    yield from _ospf_settings(first, solved)


def propose_against(solved: Observed, wrong: Observed) -> Iterator[Candidate]:
    """Propose absences: what a network with a mistake has, and the solved one has not."""
    for node in solved.state:
        yield from _gone(wrong, solved, node, trap=True)


def _sessions(first: Observed, solved: Observed, node: str) -> Iterator[Candidate]:
    before, after = first.facts(node, Section.SESSIONS), solved.facts(node, Section.SESSIONS)
    for peer in before.keys() | after.keys():
        other = holder(solved.state, peer)
        expect: dict[str, Any] = {"peer": peer}
        if after.get(peer) == "up" != before.get(peer) and other:
            remote = as_of(solved, other)
            expect |= {"remote_as": int(remote)} if remote else {}
            title = f"{node} has a BGP session with {other}"
            yield Candidate(type="bgp.session", title=title, on=node, expect=expect, with_node=other)
        elif before.get(peer) == "up" != after.get(peer):
            title = f"{node} has no BGP session with {other or peer} any more"
            yield Candidate(
                type="bgp.session",
                title=title,
                on=node,
                expect=expect | {"present": False},
                with_node=other,
                absent=True,
            )


def _adjacencies(lab: Lab, first: Observed, solved: Observed, node: str) -> Iterator[Candidate]:
    before = first.facts(node, Section.ADJACENCIES)
    for key, is_up in solved.facts(node, Section.ADJACENCIES).items():
        protocol, _space, port = key.partition(" ")
        if is_up != "up" or before.get(key) == "up" or protocol not in ADJACENCIES:
            continue
        other = _neighbor(lab, node, port)
        expect: dict[str, Any] = {"interface": port}
        router_id = _router_id(solved, other)
        if router_id and protocol != "isis":
            expect["router_id"] = router_id
        title = f"{node} has an {SPOKEN[protocol]} adjacency with {other or 'its neighbour'} on {port}"
        yield Candidate(type=ADJACENCIES[protocol], title=title, on=node, expect=expect, with_node=other)


def _neighbor(lab: Lab, node: str, port: str) -> str:
    """The node at the other end of a link; "" if the link is a LAN."""
    for link in lab.links:
        ends = {(end.node, end.name): end.node for end in link.ends}
        if (node, port) in ends:
            other = next(name for place, name in ends.items() if place != (node, port))
            return other if lab.nodes[other].has_shell else ""
    return ""


def _router_id(seen: Observed, node: str) -> str:
    for block, value in seen.facts(node, Section.CONFIG).items():
        for line in value.split("\n"):
            if not block.startswith("router bgp") and (match := ROUTER_ID.fullmatch(line.removeprefix("bgp "))):
                return match[1]
    return ""


def _ospf_settings(first: Observed, solved: Observed) -> Iterator[Candidate]:
    for (node, protocol, port), settings in solved.ospf.items():
        before = first.ospf.get((node, protocol, port), {})
        typed = f"\n{solved.facts(node, Section.CONFIG).get(f'interface {port}', '')}\n"
        changed = {
            name: _whole(settings[name])
            for name, word in OSPF_WORDS.items()
            if word in typed and settings.get(name) is not None and settings[name] != before.get(name)
        }
        for expect in _apart(changed):
            what = ", ".join(f"{name} {value}" for name, value in expect.items() if name != "passive")
            title = f"{SPOKEN[protocol]} on {port} of {node} is passive" if expect.get("passive") else ""
            yield Candidate(
                type=SETTINGS[protocol],
                title=title or f"{SPOKEN[protocol]} runs on {port} of {node}: {what}",
                on=node,
                expect={"interface": port} | expect,
            )


def _apart(changed: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The settings that both ends must agree on, the cost, and whether it is passive: three subjects, three checks."""
    for names in (("area", "type", "hello", "dead"), ("cost",), ("passive",)):
        expect = {name: changed[name] for name in names if name in changed and changed[name] is not False}
        if expect:
            yield expect


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _routes(first: Observed, solved: Observed, node: str) -> Iterator[Candidate]:
    before = first.facts(node, Section.ROUTES)
    for prefix, value in solved.facts(node, Section.ROUTES).items():
        words = value.split("\n")[0].split()
        if value == before.get(prefix) or words[0] in KERNEL or _is_link_address(solved, prefix):
            continue
        expect: dict[str, Any] = {"prefix": prefix}
        drops = next((word for word in words if word in ("blackhole", "unreachable", "prohibit")), "")
        if drops:
            expect["type"] = drops
            title = f"{node} has a {drops} route for {prefix}"
        else:
            ports = sorted({line.split(" dev ")[1].split()[0] for line in value.split("\n") if " dev " in line})
            expect |= {"protocol": words[0]} if words[0] != "bird" else {}
            expect |= {"dev": {"exact": ports}} if ports else {}
            title = f"{node} sends packets for {prefix} out of {' and '.join(ports)}"
        yield Candidate(type="fib.route", title=title, on=node, expect=expect)


def _is_link_address(seen: Observed, prefix: str) -> bool:
    """OSPF announces the addresses of point-to-point links as host routes, which nobody asks for."""
    is_host = prefix.endswith("/128") or (prefix.endswith("/32") and "." in prefix)
    loopbacks = (seen.facts(node, Section.INTERFACES).get("lo addresses", "").split("\n") for node in seen.state)
    return is_host and all(prefix not in addresses for addresses in loopbacks)


def _paths(lab: Lab, first: Observed, solved: Observed, node: str) -> Iterator[Candidate]:
    for prefix, path in sorted(solved.paths.get(node, frozenset()) - first.paths.get(node, frozenset())):
        other = _as_node(lab, solved, path.split()[0])
        yield Candidate(
            type="bgp.route",
            title=f"{node} has the route to {prefix} from AS {path.split()[0]}",
            on=node,
            expect={"prefix": prefix, "as_path": path},
            with_node=other,
        )


def _as_node(lab: Lab, seen: Observed, number: str) -> str:
    return next((node for node in lab.nodes if number and as_of(seen, node) == number), "")


def _only(lab: Lab, solved: Observed, node: str) -> Iterator[Candidate]:
    """Propose a check that the learner's AS sends these routes to a neighbour, and no others."""
    if lab.nodes[node].learner:
        return
    mine = {number: name for name, one in lab.nodes.items() if one.learner and (number := as_of(solved, name))}
    for number, name in mine.items():
        sent = sorted({prefix for prefix, path in solved.paths.get(node, ()) if path.split()[0] == number})
        if sent and as_of(solved, node) != number:
            yield Candidate(
                type="bgp.only",
                title=f"{node} receives from AS {number} what it should, and nothing else",
                on=node,
                expect={"neighbor_as": int(number), "prefixes": sent},
                with_node=name,
            )


def _gone(before: Observed, solved: Observed, node: str, *, trap: bool = False) -> Iterator[Candidate]:
    kept = solved.paths.get(node, frozenset())
    prefixes = {prefix for prefix, _path in kept}
    for prefix, path in sorted(before.paths.get(node, frozenset()) - kept):
        expect: dict[str, Any] = {"prefix": prefix} | ({"as_path": path} if prefix in prefixes else {})
        yield Candidate(
            type="bgp.route",
            title=f"{node} has no route to {prefix} from AS {path.split()[0]}",
            on=node,
            expect=expect | {"present": False},
            absent=True,
            of_neighbor=path.split()[0],
            trap=trap,
        )
    now = solved.facts(node, Section.ROUTES)
    for prefix, value in before.facts(node, Section.ROUTES).items():
        if (
            prefix not in now
            and value.split()[0] not in KERNEL
            and prefix not in {p for p, _ in before.paths.get(node, ())}
        ):
            title = f"{node} has no route for {prefix}"
            expect = {"prefix": prefix, "present": False}
            yield Candidate(type="fib.route", title=title, on=node, expect=expect, absent=True, trap=trap)


def _caches(first: Observed, solved: Observed, node: str) -> Iterator[Candidate]:
    lines = solved.facts(node, Section.CONFIG).get("rpki", "").split("\n")
    for line in lines:
        words = line.split()
        if (
            words[:3] == ["rpki", "cache", "tcp"]
            and len(words) > 4
            and node
            and line not in str(first.facts(node, Section.CONFIG))
        ):
            yield Candidate(
                type="rpki.cache",
                title=f"{node} is connected to the RPKI cache",
                on=node,
                expect={"address": words[3], "port": int(words[4])},
            )

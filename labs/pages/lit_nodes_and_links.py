"""The nodes and links that the drawing lights up while the row of a check is open. labs/static/labs/drawing.js does it."""

import ipaddress
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from labs.engine.definition.spec import Check, Lab


@dataclass(frozen=True, slots=True)
class Lit:
    """The lit part of the drawing. ``links`` are numbers of links in the lab."""

    nodes: tuple[str, ...] = ()
    links: tuple[int, ...] = ()


NOTHING_LIT = Lit()


def lit_by(lab: Lab, check: Check) -> Lit:
    """Return the nodes that the check reads or names, the links of the interfaces that it names, and the way between the nodes."""
    words = set(_words(check.expect))
    named = [
        name for name, node in lab.nodes.items() if name in words or words & set(_addresses(lab, name, node.loopback))
    ]
    others = [name for name in named if name not in check.on]
    links = {
        number
        for number, link in enumerate(lab.links)
        for end in link.ends
        if end.node in check.on and (end.name in words or str(end) in words)
    }
    for start in check.on:
        for goal in others:
            links |= set(_way(lab, start, goal, words))
    return Lit(tuple(dict.fromkeys([*check.on, *others])), tuple(sorted(links)))


def _words(value: object) -> Iterator[str]:
    """Yield the texts in what a check expects; of an address with a length only the address."""
    if isinstance(value, Mapping):
        for one in value.values():
            yield from _words(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _words(one)
    elif isinstance(value, str):
        yield _bare(value)


def _bare(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.partition("/")[0]))
    except ValueError:
        return text


def _addresses(lab: Lab, node: str, loopback: tuple[str, ...]) -> Iterator[str]:
    for address in (*loopback, *(one for end in lab.interfaces(node) for one in end.addresses)):
        yield _bare(address)


def _way(lab: Lab, start: str, goal: str, words: Set[str]) -> list[int]:
    """Return the links of a shortest way from one node to another; none if there is no way.

    If one of its interfaces has an address that the check names, the way ends there.
    """
    ways: dict[str, list[int]] = {start: []}
    todo = [start]
    for name in todo:
        for number, link in enumerate(lab.links):
            for near, far in (link.ends, link.ends[::-1]):
                if near.node == name and far.node not in ways:
                    ways[far.node] = [*ways[name], number]
                    todo.append(far.node)
    if goal not in ways:
        return []
    named = [
        [*ways[near.node], number]
        for number, link in enumerate(lab.links)
        for near, far in (link.ends, link.ends[::-1])
        if far.node == goal and words & set(map(_bare, far.addresses)) and near.node in ways
    ]
    # A way that is longer passes through the goal
    named = [way for way in named if len(way) <= len(ways[goal]) + 1]
    return min(named, key=len, default=ways[goal])

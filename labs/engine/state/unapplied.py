"""Finds settings of a routing daemon that are not in effect in the kernel: addresses, interfaces, static routes, forwarding.

The two differ if the kernel has refused a line, or if somebody removed with ``ip`` what the daemon had set. The daemon still
shows its line, and typing it again changes nothing.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from labs.engine.cpu_budget import step
from labs.engine.state.facts import BETWEEN, Facts, Section, State

BIRD_ROUTE = re.compile(r"route (?P<prefix>[0-9a-fA-F:./]+) (?P<how>.+)")
FRR_ROUTE = re.compile(r"(?:ip|ipv6) route (?P<prefix>[0-9a-fA-F:./]+) (?P<how>.+)")
FORWARDING = {"ip forwarding": "net.ipv4.ip_forward", "ipv6 forwarding": "net.ipv6.conf.all.forwarding"}


class Lack(StrEnum):
    """Something that the kernel lacks."""

    ADDRESS = "address"
    INTERFACE = "interface"  # there is none of this name
    SHUTDOWN = "shutdown"  # the interface is up
    ROUTE = "route"
    FORWARDING = "forwarding"  # the setting is the opposite


@dataclass(frozen=True, slots=True)
class Unapplied:
    """A line of the configuration of a node without its effect. ``block``: the heads around it. Both texts are the learner's."""

    node: str
    block: str
    line: str
    lack: Lack


def unapplied(state: State) -> list[Unapplied]:
    """Return what is configured and not in the kernel, by node. A node that did not answer in all its parts has none."""
    wanted = (Section.CONFIG, Section.INTERFACES, Section.ROUTES)
    return [
        Unapplied(node, block, line, lack)
        for node, facts in state.items()
        if all(section in facts for section in wanted)
        for block, texts in facts[Section.CONFIG].items()
        for line, lack in _of_block(facts, block, texts.split("\n"))
    ]


def _of_block(facts: Facts, block: str, lines: list[str]) -> Iterator[tuple[str, Lack]]:
    name = block.removeprefix("interface ").split(" ")[0] if block.startswith("interface ") else ""
    lack_of: Callable[[str], Lack | None]
    if name and BETWEEN not in block:
        if f"{name} up" not in facts[Section.INTERFACES]:
            yield block, Lack.INTERFACE
            return
        lack_of = lambda line: _on_interface(facts[Section.INTERFACES], name, line)  # noqa: E731
    elif not block:
        lack_of = lambda line: _at_top(facts, line)  # noqa: E731
    elif block.startswith("protocol static"):
        lack_of = lambda line: _route(facts, BIRD_ROUTE, line)  # noqa: E731
    else:
        return
    for line in lines:
        step()
        if lack := lack_of(line):
            yield line, lack


def _on_interface(interfaces: Mapping[str, str], name: str, line: str) -> Lack | None:
    if line == "shutdown" and interfaces.get(f"{name} up") == "yes":
        return Lack.SHUTDOWN
    words = line.split()
    if len(words) < 3 or words[0] not in ("ip", "ipv6") or words[1] != "address":
        return None
    try:
        wanted = ipaddress.ip_interface(words[2])
    except ValueError:
        return None
    if wanted.is_link_local:  # the facts have those only that somebody configured as global
        return None
    return None if str(wanted) in interfaces.get(f"{name} addresses", "").split("\n") else Lack.ADDRESS


def _at_top(facts: Facts, line: str) -> Lack | None:
    for words, setting in FORWARDING.items():
        if line in (words, f"no {words}"):
            now = facts.get(Section.SETTINGS, {}).get(setting)
            should = "0" if line.startswith("no ") else "1"
            return Lack.FORWARDING if now is not None and (now == "0") != (should == "0") else None
    return _route(facts, FRR_ROUTE, line)


def _route(facts: Facts, form: re.Pattern[str], line: str) -> Lack | None:
    found = form.fullmatch(line)
    if found is None or {"vrf", "table"} & set(line.split()):
        return None
    try:
        prefix = str(ipaddress.ip_network(found["prefix"], strict=False))
    except ValueError:
        return None
    return None if prefix in facts[Section.ROUTES] else Lack.ROUTE

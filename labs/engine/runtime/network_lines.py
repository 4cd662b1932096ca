"""The network of a node as lines that ``ip`` and ``sysctl`` understand: what a learner has set up there by hand.

What daemons, router advertisements and DHCP bring is left out. ``changes`` stores the lines, and ``differences`` compares them.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from labs.engine import cpu_budget
from labs.engine.adapters import node_state, untrusted
from labs.engine.adapters.node_state import PORTS, ROUTES, RULES, SETTINGS, Answers, Asks, Port, Way
from labs.engine.cpu_budget import step
from labs.engine.definition.spec import Lab, Node

MOST = 1000  # lines of one node
BY_HAND = ("boot", "static")  # of the routes' protocols: what ip enters, unless it is told another one
DEFAULT_METRIC = 1024  # of IPv6
DEFAULT_MTU = 1500
# Settings of an interface that follow from the one for all of them
OF_ALL = re.compile(r"net\.ipv6\.conf\.(?!all\.).*\.forwarding")
LOOPBACK = ("127.0.0.1/8", "::1/128")
TABLES = ("local", "main", "default")  # which the kernel looks up without anybody's rule
LENGTHS = {"src": "srclen", "dst": "dstlen"}
WORDS = {
    "src": "from",
    "dst": "to",
    "table": "lookup",
}  # of a rule: the word that ip reads, where it prints another one


def asks(lab: Lab, node: Node) -> Asks:
    ports = [end.name for end in lab.interfaces(node.name)]
    return node_state.asks(node, (PORTS, ROUTES, RULES, SETTINGS), ports=ports)


def read(node: Node, answers: Answers) -> str | None:
    """Return the lines, always in the same order; None if a part was not answered."""
    needed = {PORTS, *(f"{part}{version}" for part in (ROUTES, RULES) for version in (4, 6))}
    seen = node_state.read(node, answers)
    if not needed <= seen.answered:
        return None
    with cpu_budget.of_node(node.name):
        kinds = _kinds(answers[node.name, PORTS])
        lines = [
            line for port in sorted(seen.ports.values(), key=lambda port: port.name) for line in _port(port, kinds)
        ]
        lines += sorted({line for way in seen.ways for line in _route(way)})
        lines += sorted(line for rule in seen.rules for line in _rule(rule))
        settings = sorted((key, value) for key, value in seen.settings.items() if not OF_ALL.fullmatch(key))
        lines += [f"sysctl -w {key}={value}" for key, value in settings]
    return "".join(f"{line}\n" for line in islice(lines, MOST))


def _kinds(answer: Mapping[str, Any]) -> dict[str, str]:
    """The kinds of the interfaces that somebody has made, such as ``dummy``. A cable of the lab is a veth."""
    every = map(untrusted.fields, untrusted.items(answer.get("json")))
    found = {untrusted.text(one.get("ifname")): untrusted.fields(one.get("linkinfo")).get("info_kind") for one in every}
    return {name: text for name, kind in found.items() if (text := untrusted.text(kind)) and text != "veth"}


def _port(port: Port, kinds: Mapping[str, str]) -> Iterator[str]:
    step(1 + len(port.held))
    name = port.name
    if name in kinds:
        yield f"ip link add {name} type {kinds[name]}"
    if port.master:
        yield f"ip link set {name} master {port.master}"
    if port.mtu not in (0, DEFAULT_MTU) and name != "lo":
        yield f"ip link set {name} mtu {port.mtu}"
    if not port.up:
        yield f"ip link set {name} down"
    held = sorted(str(one.at) for one in port.held if not (one.link_local or one.dynamic))
    yield from (f"ip address add {address} dev {name}" for address in held if address not in LOOPBACK)


def _route(way: Way) -> Iterator[str]:
    step()
    if way.protocol in BY_HAND:
        words = [f"ip -{way.to.version} route add", *([way.drops] if way.drops else []), str(way.to)]
        words += [f"via {way.via}"] if way.via else []
        words += [f"dev {way.dev}"] if way.dev and not way.drops else []
        words += [f"metric {way.metric:.0f}"] if way.metric not in (0, DEFAULT_METRIC) else []
        yield " ".join(words)


def _rule(rule: Mapping[str, Any]) -> Iterator[str]:
    step()
    if untrusted.text(rule.get("table")) not in TABLES or "action" in rule:
        words = (
            f"{WORDS.get(key, key)} {untrusted.text(value)}{_length(rule, key)}"
            for key, value in sorted(untrusted.pairs(rule))
            if key not in LENGTHS.values()
        )
        yield f"ip rule add {' '.join(words)}"


def _length(rule: Mapping[str, Any], key: str) -> str:
    length = untrusted.text(rule.get(LENGTHS.get(key, "")))
    return f"/{length}" if length else ""

"""The BGP sessions and OSPF interfaces that BIRD is configured for, and the state of each."""

import re
from collections.abc import Iterator, Sequence

from labs.engine.adapters import untrusted
from labs.engine.adapters.routing_daemon import Answer
from labs.engine.adapters.routing_state import ConfiguredProtocols
from labs.engine.cpu_budget import step

UP = ("Full", "2-Way")
OFF = ("Down", "Loopback")
COMMANDS = ("show protocols all", "show ospf interface", "show ospf neighbors")
INTERFACE = re.compile(r"^Interface (\S+)", re.MULTILINE)
STATE = re.compile(r"State: (\w+)")
NEIGHBOUR = re.compile(r"^\d+\.\d+\.\d+\.\d+\s+\d+\s+(\S+)\s+\S+\s+(\S+)", re.MULTILINE)
PEER = re.compile(r"BGP state:\s+(\S+)\s+Neighbor address: (\S+)")


def read(answer: Answer) -> ConfiguredProtocols:
    """Read the output of any of the COMMANDS: each has lines that no other one has."""
    output = untrusted.long_text(answer.get("output"))
    found = ConfiguredProtocols()
    for state, address in PEER.findall(output):
        found.peers[address.partition("%")[0]] = state == "Established"
    for name, state in _interfaces(output):
        step()
        if state not in OFF:
            found.ospf.setdefault(("ospf", name), False)
        if state == "Waiting":
            found.waiting.add(name)
    for state, name in NEIGHBOUR.findall(output):
        found.ospf["ospf", name] = found.ospf.get(("ospf", name), False) or state.startswith(UP)
    return found


def _interfaces(output: str) -> Iterator[tuple[str, str]]:
    """Yield each interface with the state that is printed below it."""
    _before, *parts = INTERFACE.split(output)
    for name, text in zip(parts[::2], parts[1::2], strict=True):
        if state := STATE.search(text):
            yield name, state[1]


def kinds(lines: Sequence[str]) -> Iterator[str]:
    """Yield the kind of each protocol, from the lines of ``show protocols``."""
    for line in lines:
        words = line.split()
        if len(words) >= 4 and not line[0].isspace() and words[:2] != ["Name", "Proto"] and words[0] != "BIRD":
            yield words[1]

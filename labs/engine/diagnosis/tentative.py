"""Tells an address that waits for duplicate address detection (RFC 4862, 5.4) from one for which it has failed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from labs.engine.adapters import untrusted
from labs.engine.adapters.node_state import PORTS, Answers, Held, Seen
from labs.engine.adapters.untrusted import AnyAddress
from labs.engine.cpu_budget import step


@dataclass(frozen=True, slots=True)
class Tentative(Held):
    """An address that the node does not use yet."""


def marked(seen: Seen, answers: Answers) -> Seen:
    """The node with these addresses marked. An address whose detection has failed is tentative too, and stays as it is."""
    waiting = set(_waiting(untrusted.fields(answers.get((seen.node.name, PORTS)))))
    if not waiting:
        return seen
    ports = {
        name: replace(port, held=tuple(_marked(held) if (name, held.ip) in waiting else held for held in port.held))
        for name, port in seen.ports.items()
    }
    return replace(seen, ports=ports)


def _marked(held: Held) -> Held:
    return Tentative(at=held.at, link_local=held.link_local, dynamic=held.dynamic, usable=held.usable)


def _waiting(answer: Mapping[str, Any]) -> Iterator[tuple[str, AnyAddress]]:
    for port in map(untrusted.fields, untrusted.items(answer.get("json"))):
        for one in map(untrusted.fields, untrusted.items(port.get("addr_info"))):
            step()
            address = untrusted.address(one.get("local"))
            if address is not None and one.get("tentative") and not one.get("dadfailed"):
                yield untrusted.text(port.get("ifname")), address

"""Gives each interface of a recorded lab the same MAC address at each recording. The kernel draws them at random.

They are the addresses for documentation, 00:00:5e:00:53:00 and following (RFC 9542), in the order of the lab's interfaces. What is
made from a MAC address follows it: the interface identifier (RFC 4291, appendix A) and the solicited-node group (RFC 4291, 2.7.1).
"""

import ipaddress
from collections.abc import Mapping
from typing import Any, Protocol

from courses.printed_numbers import as_network, replaced
from labs.engine.definition.spec import Kind, Lab

FIRST = 0x00005E005300
MOST = 256
SOLICITED_NODE = ipaddress.IPv6Network("ff02::1:ff00:0/104")


class Asker(Protocol):
    def ask(self, asks: Any, *, seconds: float = 10) -> list[dict[str, Any]]: ...


def drawn(lab: Lab, client: Asker) -> Mapping[str, str]:
    """Return, for each MAC address in the running lab, the one that a lesson shows."""
    nodes = [node.name for node in lab.nodes.values() if node.kind is not Kind.SWITCH]
    answers = client.ask([{"ask": "ip", "node": node, "args": ["link"]} for node in nodes])
    macs: list[str] = []
    for node, answer in zip(nodes, answers, strict=True):
        links = {link["ifname"]: link.get("address", "") for link in answer.get("json", [])}
        macs += [links[end.name] for end in lab.interfaces(node) if end.name in links]
    return {mac: _written(FIRST + number) for number, mac in enumerate(macs[:MOST])}


def with_stable_macs(printed: str, macs: Mapping[str, str]) -> str:
    """Return the text with each MAC address in MACS, and what is made from it, replaced."""
    identifiers = {_identifier(old): _identifier(new) for old, new in macs.items()}
    groups = {_identifier(old) & 0xFFFFFF: _identifier(new) & 0xFFFFFF for old, new in macs.items()}

    def stable(token: str) -> str:
        if token.lower() in macs:
            new = macs[token.lower()]
            return new.upper() if token != token.lower() else new
        read = as_network(token)
        if read is None or read[0].version == 4:
            return token
        value = int(read[0])
        if (low := value & (2**64 - 1)) in identifiers:
            value += identifiers[low] - low
        elif read[0] in SOLICITED_NODE and (last := value & 0xFFFFFF) in groups:
            value += groups[last] - last
        else:
            return token
        return str(ipaddress.IPv6Address(value)) + (f"/{read[1]}" if read[1] is not None else "")

    return replaced(printed, stable)


def _written(number: int) -> str:
    return number.to_bytes(6, "big").hex(":")


def _identifier(mac: str) -> int:
    """Return the modified EUI-64 interface identifier of a MAC address as a number."""
    octets = bytes.fromhex(mac.replace(":", ""))
    return int.from_bytes(bytes([octets[0] ^ 2]) + octets[1:3] + b"\xff\xfe" + octets[3:], "big")

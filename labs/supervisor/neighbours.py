"""Tells the neighbour caches of a node, over rtnetlink(7), in the words of ``ip -j neigh``.

A check asks each node every second, and each run of ``ip`` costs 2 ms of CPU.
"""

import socket
import struct
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from typing import Any

from labs.supervisor import syscalls
from labs.supervisor.asks import Answer, NoAnswer, answers
from labs.supervisor.netlink import attributes, dump, kernel_socket, messages
from labs.supervisor.node import NodeSpace

NEW_NEIGHBOUR, GET_NEIGHBOUR = 28, 30
HEAD = struct.Struct("=BxxxiHBB")  # ndmsg: family, interface, state, flags, type
DESTINATION, LINK_ADDRESS = 1, 2
# A neighbour has one state or, before the first packet, none; NOARP is that of multicast groups, which ``ip`` leaves out too
STATES = {1: "INCOMPLETE", 2: "REACHABLE", 4: "STALE", 8: "DELAY", 16: "PROBE", 32: "FAILED", 128: "PERMANENT"}
LENGTHS = {socket.AF_INET: 4, socket.AF_INET6: 16}
MOST = 4096  # neighbours of a node


@answers("neighbours")
async def _neighbours(space: NodeSpace, ask: Mapping[str, Any], _: Callable[[str], NodeSpace]) -> Answer:
    with syscalls.network_of(space.pid):
        names = dict(socket.if_nameindex())
    found = []
    with kernel_socket(space.pid) as asking:
        for neighbour in of_network(asking, names):
            found.append(neighbour)
            if len(found) > MOST:
                raise NoAnswer("too_big", f"More than {MOST} neighbours came back.")
    return {"json": found}


def of_network(asking: socket.socket, names: Mapping[int, str]) -> Iterator[dict[str, Any]]:
    """Yield the neighbours of both families. ``names``: those of the interfaces, by their numbers. Raises OSError."""
    for received in dump(asking, GET_NEIGHBOUR, HEAD.pack(socket.AF_UNSPEC, 0, 0, 0, 0), whole=False):
        for kind, body in messages(received):
            if kind != NEW_NEIGHBOUR or len(body) < HEAD.size:
                continue
            family, interface, state, _flags, _type = HEAD.unpack_from(body)
            told = dict(attributes(body[HEAD.size :]))
            address = told.get(DESTINATION, b"")
            if state in STATES and len(address) == LENGTHS.get(family):
                yield {
                    "dst": str(ip_address(address)),
                    "dev": names.get(interface, f"if{interface}"),
                    **({"lladdr": told[LINK_ADDRESS].hex(":")} if told.get(LINK_ADDRESS) else {}),
                    "state": [STATES[state]],
                }

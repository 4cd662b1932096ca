"""Asks whether interfaces of a node are up, over rtnetlink(7).

Each open page makes us ask after each change in its lab, and each run of ``ip`` costs 2 ms of CPU.
"""

import socket
import struct
from collections.abc import Callable, Mapping
from typing import Any

from labs.supervisor.asks import Answer, NoAnswer, answers
from labs.supervisor.netlink import attribute, attributes, kernel_socket, messages
from labs.supervisor.node import NodeSpace

GET_LINK, NEW_LINK, REQUEST = 18, 16, 1
HEAD = 16  # bytes of an ifinfomsg; the flags are its third word
NAME = 3  # the attribute with the name of the interface
UP, LOWER_UP = 1, 1 << 16  # set up by root of the node; has a carrier
LONGEST_NAME, MOST = 15, 64
PIECE = 1 << 16


@answers("links")
async def _links(space: NodeSpace, ask: Mapping[str, Any], _: Callable[[str], NodeSpace]) -> Answer:
    names = [str(name) for name in ask["interfaces"]]
    if len(names) > MOST or any(not 0 < len(name.encode()) <= LONGEST_NAME for name in names):
        raise NoAnswer("unreachable", f"At most {MOST} interfaces can be asked about, by their names.")
    with kernel_socket(space.pid) as asking:
        return {"links": {name: state(asking, name) for name in names}}


def state(asking: socket.socket, interface: str) -> str:
    """UP if the interface is up and has a carrier, otherwise DOWN; GONE if the node has no interface of this name."""
    wanted = interface.encode() + b"\0"
    body = bytes(HEAD) + attribute(NAME, wanted)
    asking.send(struct.pack("=IHHII", HEAD + len(body), GET_LINK, REQUEST, 0, 0) + body)
    for kind, found in messages(asking.recv(PIECE)):
        # The kernel also finds an interface by an alternative name, which the learner may have given to another one
        if kind == NEW_LINK and dict(attributes(found[HEAD:])).get(NAME) == wanted:
            (flags,) = struct.unpack_from("=I", found, 8)
            return "UP" if flags & UP and flags & LOWER_UP else "DOWN"
    return "GONE"

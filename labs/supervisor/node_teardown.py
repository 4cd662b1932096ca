"""End a node so that nothing of its network stays.

A packet keeps the socket that sent it, and a socket keeps its network. So a network with packets that wait in a queue, or that go
round and round, would outlive its node and its lab, and nobody could reach it any more. The kernel forgets the packets of an
interface that is set down. The descriptor of the network, which a node keeps, leads there also when no process is left.
"""

import asyncio
import contextlib
import os
import signal
import socket
import struct
from collections.abc import Iterable, Iterator

from labs.supervisor import remembered_answers, syscalls
from labs.supervisor.children import ended, in_a_child
from labs.supervisor.netlink import SECONDS, dump, messages, send
from labs.supervisor.node import NodeSpace
from labs.supervisor.queueing_disciplines import disciplines

NEW_LINK, GET_LINK, UP = 16, 18, 1  # rtnetlink(7)
LINK = struct.Struct("=BxHiII")  # ifinfomsg: family, type, index, flags, the flags to change


async def end(spaces: Iterable[NodeSpace]) -> None:
    """End nodes, all at once, and leave their networks without packets. Their inits are left to be reaped."""
    ending = list(spaces)
    await asyncio.gather(*map(_kill, ending))
    networks = [(space.name, space.network) for space in ending if space.network >= 0]
    if not networks:
        return
    for space in ending:
        space.network = -1
        remembered_answers.forget(space)
    try:
        await in_a_child(lambda: _set_all_down(networks))  # another network may hold the kernel's lock
    except OSError as error:
        print(f"The interfaces of ended nodes could not be set down: {error}", flush=True)
    finally:
        for _name, network in networks:
            os.close(network)


async def _kill(space: NodeSpace) -> None:
    if space.up:
        with contextlib.suppress(ProcessLookupError):
            os.kill(space.pid, signal.SIGKILL)
        await ended(space.pid)


def _set_all_down(networks: Iterable[tuple[str, int]]) -> None:
    for name, network in networks:
        try:
            with syscalls.network_at(network):
                asking = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
            with asking:
                asking.settimeout(SECONDS)
                set_down(asking)
        except OSError as error:  # the others are set down all the same
            print(f"{name}: its interfaces could not be set down: {error}", flush=True)


def set_down(asking: socket.socket) -> None:
    """Set all interfaces of a network down. ASKING is a socket for routes in it. Raises OSError."""
    shown = set(_up(asking))  # without one that has 64 KB of names
    for index in shown | {one.interface for one in disciplines(asking, whole=False)}:
        send(asking, NEW_LINK, LINK.pack(0, 0, index, 0, UP))


def _up(asking: socket.socket) -> Iterator[int]:
    for received in dump(asking, GET_LINK, LINK.pack(0, 0, 0, 0, 0), whole=False):
        for kind, body in messages(received):
            if kind == NEW_LINK and len(body) >= LINK.size:
                _, _, index, flags, _ = LINK.unpack_from(body)
                if flags & UP:
                    yield index

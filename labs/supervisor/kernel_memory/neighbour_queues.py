"""The neighbours of a node, weighed, and the queues of packets that wait for their addresses: kept short, emptied, and weighed.

No socket need be charged for such packets, as those that a node forwards have none. The kernel tells nobody how much waits. With
its default of 212,992 bytes a neighbour, 1,500 neighbours that do not answer hold 300 MB. A new interface has that default, and
root of a node can set any other by netlink, also where the sysctl is read-only. So the guard shortens the queues that it finds.
"""

import functools
import socket
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from labs.supervisor.netlink import attribute, attributes, dump, kernel_socket, messages, send

# Bytes of a neighbour, which are not charged to the lab: 512, weighed three times, as all labs share one table, of which a lab may
# fill a quarter. The kernel walks that of the whole machine for each dump, so there is one dump
ENTRY = 1536
LARGEST = 69_632  # bytes of one packet, as large as it can become. A queue of any length takes one
SHORT = LARGEST  # bytes of a queue: one large packet, or 30 of 1,500 bytes
USUAL = 212_992  # bytes: the kernel's default
FEW = 16  # neighbours whose queues may be as long as the kernel's default until they answer or fail
OLD = 1000  # hundredths of a second: at the kernel's defaults a neighbour has failed after a third of that

# rtnetlink(7)
NEW_NEIGHBOUR, DELETE_NEIGHBOUR, GET_NEIGHBOUR, INCOMPLETE, ADDRESS, TIMES, UPDATED = 28, 29, 30, 1, 1, 3, 8
GET_TABLES, SET_TABLE, NAME, PARAMETERS = 66, 67, 1, 6
INTERFACE, QUEUE_LENGTH = 1, 16
NEIGHBOUR = struct.Struct("=BxxxiHBB")

Link = tuple[int, int]  # an address family and the number of an interface


@dataclass(frozen=True, slots=True)
class Queues:
    """The queues of one interface: the table that has their limit, and the limit in bytes."""

    table: bytes
    length: int


@dataclass(frozen=True, slots=True)
class Search:
    """A neighbour that has not answered yet. AGE is in hundredths of a second."""

    link: Link
    address: bytes
    age: int


def weigh(pid: int, asking: socket.socket, *, empty: bool = False) -> int:
    """Shorten the queues of the network of PID, and return the bytes of its neighbours and the most that may wait for them.

    A queue that cannot be weighed any more is emptied: its packets have then failed, as they would have within seconds. EMPTY: so
    are all others.
    """
    queues = dict(_queues(asking))
    many, found = _neighbours(asking)
    searches = [one for one in found if one.link in queues]
    long = {link: one for link, one in queues.items() if one.length > SHORT}
    waits = sum(one.length for search in searches if (one := long.get(search.link)))
    failed = [one for one in searches if empty or one.age > OLD or (one.link in long and waits > FEW * USUAL)]
    if long or failed:
        _change(pid, long, failed)
    return ENTRY * many + LARGEST * (len(searches) - len(failed))


def _queues(asking: socket.socket) -> Iterator[tuple[Link, Queues]]:
    for received in dump(asking, GET_TABLES, bytes(4)):
        for kind, body in messages(received):
            if kind == GET_TABLES - 2 and (limits := _limits(body)):
                yield limits


@functools.lru_cache(1024)
def _limits(body: bytes) -> tuple[Link, Queues] | None:
    """The limit of one interface. It rarely changes, and reading them was a sixth of a weighing."""
    found = dict(attributes(body[4:]))
    values = dict(attributes(found.get(PARAMETERS, b"")))
    if len(values.get(QUEUE_LENGTH, b"")) != 4 or INTERFACE not in values:
        return None
    return (body[0], _number(values[INTERFACE])), Queues(found.get(NAME, b""), _number(values[QUEUE_LENGTH]))


def _neighbours(asking: socket.socket) -> tuple[int, list[Search]]:
    """The number of neighbours, and those that have not answered yet."""
    many, searches = 0, []
    for received in dump(asking, GET_NEIGHBOUR, bytes(12)):
        for kind, body in messages(received):
            if kind == NEW_NEIGHBOUR and len(body) >= NEIGHBOUR.size:
                many += 1
                family, interface, state, _, _ = NEIGHBOUR.unpack_from(body)
                if state & INCOMPLETE:
                    found = dict(attributes(body[NEIGHBOUR.size :]))
                    age = _number(found.get(TIMES, b"")[UPDATED : UPDATED + 4])
                    searches.append(Search((family, interface), found.get(ADDRESS, b""), age))
    return many, searches


def _change(pid: int, long: dict[Link, Queues], failed: list[Search]) -> None:
    """Shorten the queues of these interfaces, then let these searches fail.

    It has a socket of its own, because the kernel's refusals arrive there. A neighbour may have answered meanwhile.
    """
    with kernel_socket(pid) as changing:
        for (family, interface), queues in long.items():
            values = _value(INTERFACE, interface) + _value(QUEUE_LENGTH, SHORT)
            head = struct.pack("=Bxxx", family) + attribute(NAME, queues.table) + attribute(PARAMETERS, values)
            send(changing, SET_TABLE, head)
        for one in failed:
            head = NEIGHBOUR.pack(*one.link, 0, 0, 0) + attribute(ADDRESS, one.address)
            send(changing, DELETE_NEIGHBOUR, head)


def _value(number: int, value: int) -> bytes:
    return attribute(number, struct.pack("=I", value))


def _number(value: bytes) -> int:
    return int.from_bytes(value, sys.byteorder)

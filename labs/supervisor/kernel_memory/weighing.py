"""Weigh the kernel memory that a node holds and that no limit counts: queues, fragments, tables, and what packets leave behind."""

import contextlib
import os
import socket
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from labs.supervisor.kernel_memory import (
    bridge_vlans,
    mpls,
    neighbour_queues,
    netfilter_objects,
    next_hops,
    packets,
    routes,
    sockets_and_tables,
    vlan_priorities,
    vni_filters,
)
from labs.supervisor.netlink import attribute, attributes, count_entries, dump, kernel_socket, messages
from labs.supervisor.network_files import lines, names, socket_counts, text
from labs.supervisor.queueing_disciplines import Discipline, disciplines

# Bytes of all nodes of a lab together: what rings leave of the 64 MB that no lab exceeds (labs.engine.runtime.memory_limit.BESIDE).
# The largest of our labs, 17 nodes, holds 4 MB
MOST = 40 << 20

# rtnetlink(7). For each table: the message that dumps it, the header of that message, and the bytes of one entry, which are not
# charged to the lab.
GET_NEIGHBOUR, GET_LABEL = 30, 74
PROXIES, FORWARDING = (struct.pack("=BxxxiHBB", *head) for head in ((0, 0, 0, 8, 0), (7, 0, 0, 0, 0)))
LABELS = struct.pack("=B11x", socket.AF_INET6)  # of IPv6 addresses (RFC 6724), by which a source address is chosen
TABLES = (
    (GET_NEIGHBOUR, PROXIES, 448),
    (GET_NEIGHBOUR, FORWARDING, 256),
    # 64 bytes, weighed as 1 KB: the kernel walks all of them again for each part of a dump
    (GET_LABEL, LABELS, 1024),
)
ROUTE6 = 448  # bytes
# An exception of an IPv6 route, for a path MTU or a redirect: 0.43 KB. ICMPv6 from the node to itself adds 6,000 for each route
EXCEPTION6 = 512
# An address of an interface for a multicast group, or a member of a group: 0.1 to 0.3 KB. Weighed ten times, as the kernel compares
# each new one with all others of a macvlan's interface, under a lock that all labs share (2 ms for each of 13,000)
ADDRESS = 2048
# Bytes that a queueing discipline takes even when it is empty (measured on Linux 6.18; the large ones as they may be configured)
DISCIPLINE, CLASS = 4096, 3400
FLOW = 72  # of fq_codel
PLACE = 24  # for each packet of txqueuelen, in the three rings of pfifo_fast
# They have a discipline for each queue, and do not list those of queues that are not used: pfifo_fast, whatever the default is
OF_EACH_QUEUE = {b"mq", b"mqprio"}
LARGE_DISCIPLINES = {b"cake", b"choke", b"fq", b"fq_pie", b"hhf", b"sfb", b"sfq"}
LARGE = 4 << 20
DELAYS = 69_632  # tables of netem for delays, as large as they may be
FILTER, OF_FILTER = (
    4096,
    4,
)  # a hash table of u32, which a dump lists like a filter; for each byte of a filter with many actions
WITHOUT_FILTERS = {b"noqueue", b"pfifo_fast", *OF_EACH_QUEUE}
MANY_CLASSES = 512  # of a node. With more, the node counts as full, as each may have filters: one more dump
INTERFACE, QUEUE = 20_480, 1024  # a bridge, and each queue of an interface
# A queue of a veth that collects packets (GRO). By default it has one for each CPU in both directions, and collects none; it may
# have 4,096
COLLECTING = 8192
# Bytes of memory for each byte of the message of an interface above the usual: addresses that a macvlan takes packets from
USUAL, OF_ADDRESS = 2048, 8
GET_LINK, TXQLEN, LINK_INFO, FILTER_MASK, QUEUES = 18, 13, 18, 29, (31, 32)
INFO_KIND = 1
# Kinds of interfaces that keep no more than is weighed here. Debian has the kernel load others as soon as a node asks for one, and
# some keep much (gtp: hash tables of 8 MB): a node with one counts as full. WireGuard keeps packets for its peers, and only labs
# that require it can make one (labs.engine.runtime.driver)
KINDS = (
    b"veth bridge bond dummy ifb vlan vrf vxlan geneve macvlan macvtap ipvlan ipvtap tun netkit nlmon wireguard "
    b"gre gretap erspan ip6gre ip6gretap ip6erspan ipip sit ip6tnl vti vti6 xfrm"
).split()
WITHOUT_STATISTICS = struct.pack("=I", 1 << 3)
# Tables of the matches hashlimit and recent, of 10 MB and more: a node with one counts as full, as with any extension of x_tables
XTABLES = ("ipt_hashlimit", "ip6t_hashlimit", "xt_recent")
GET_CLASS, GET_FILTER, FLOWS, MANY = 42, 46, 5, 1024
CLSACT = (0xFFFFFFF2, 0xFFFFFFF3)  # the parents of its filters


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface: txqueuelen in packets, how many queues it has for sending, and in both directions, and its message in bytes.

    KIND is empty for one that nobody has made, such as ``lo``.
    """

    length: int
    sending: int
    queues: int
    told: int = 0
    kind: bytes = b""

    @property
    def held(self) -> int:
        """The bytes of the interface itself."""
        if self.kind and self.kind not in KINDS:
            return MOST + 1
        many = max(0, self.queues - 2 * (os.cpu_count() or 1))
        queues = QUEUE * (self.queues - many) + COLLECTING * many
        return INTERFACE + queues + OF_ADDRESS * max(0, self.told - USUAL)


# An interface that the kernel leaves out of its list, as it has 64 KB of names
HIDDEN = Interface(1 << 19, 16, 32)


def weigh_files(pid: int) -> int:
    """The bytes that the network of PID holds, by files. The kernel waits for no lock to make these."""
    counts = socket_counts(pid)
    held = sum(counts.get(name, {}).get("memory", 0) for name in ("FRAG", "FRAG6"))
    if any(names(pid, folder) for folder in XTABLES):
        held += MOST + 1
    held += _routes(pid) + ADDRESS * len(lines(pid, "dev_mcast", "igmp", "igmp6"))
    held += vlan_priorities.weigh_files(pid)
    return held + packets.weigh_files(pid, counts) + sockets_and_tables.weigh_files(pid, counts)


def end_searches(pid: int) -> int:
    """Let all searches for neighbours fail, and return what still waits for them: nothing.

    This also frees the closed sockets whose packets waited, which otherwise count as full.
    """
    with kernel_socket(pid) as asking:
        neighbour_queues.weigh(pid, asking, empty=True)
    return 0


def weigh_dumps(pid: int) -> int:
    """The bytes that the network of PID holds beside those, at least up to a little above MOST."""
    with kernel_socket(pid) as asking:
        held = neighbour_queues.weigh(pid, asking)
        found = list(disciplines(asking))
        held += sum(one.queued for one in found) + discipline_bytes(asking, found)
        for kind, head, size in TABLES:
            if held <= MOST:  # otherwise the last dump may not be at its end
                held += count_entries(asking, kind, head, MOST // size) * size
        for weigh in (next_hops.weigh, routes.weigh, vni_filters.weigh, bridge_vlans.weigh):
            if held <= MOST:
                held += weigh(asking, MOST)
        for part in (packets.weigh_dumps, sockets_and_tables.weigh_dumps):
            if held <= MOST:
                held += part(pid, asking, MOST)
    for own_socket in (netfilter_objects.weigh, mpls.weigh):
        if held <= MOST:
            held += own_socket(pid, MOST)
    return held


def discipline_bytes(asking: socket.socket, there: Iterable[Discipline]) -> int:
    """The bytes of interfaces, and of queueing disciplines, classes and filters, apart from queued packets."""
    interfaces = dict(_interfaces(asking))
    held = sum(one.held for one in interfaces.values())
    for one in there:
        held += DISCIPLINE + (LARGE if one.kind in LARGE_DISCIPLINES else DELAYS if one.kind == b"netem" else 0)
        interface = interfaces.get(one.interface, HIDDEN)
        if one.kind == b"pfifo_fast":
            held += PLACE * interface.length
        elif one.kind in OF_EACH_QUEUE:
            held += PLACE * interface.length * interface.sending
        elif one.kind == b"fq_codel":
            flows = dict(attributes(one.options)).get(FLOWS, b"")
            held += FLOW * (struct.unpack("=I", flows)[0] if len(flows) == 4 else MANY)
    return held + _classes_and_filters(asking, [one for one in there if one.kind not in WITHOUT_FILTERS], MOST - held)


def _classes_and_filters(asking: socket.socket, there: Iterable[Discipline], most: int) -> int:
    parents = [(one.interface, one.handle) for one in there]
    parents += [(one.interface, parent) for one in there if one.kind == b"clsact" for parent in CLSACT]
    held = 0
    for interface in {one.interface for one in there}:
        for body in _listed(asking, GET_CLASS, interface, 0):
            parents.append((interface, struct.unpack_from("=I", body, 8)[0]))
            held += CLASS
            if held > MANY_CLASSES * CLASS:
                return most + 1
    for interface, parent in parents:
        for body in _listed(asking, GET_FILTER, interface, parent):
            held += max(FILTER, OF_FILTER * len(body))
            if held > most:
                return held
    return held


def _listed(asking: socket.socket, request: int, interface: int, parent: int) -> Iterator[bytes]:
    for received in dump(asking, request, struct.pack("=BxxxiIII", 0, interface, 0, parent, 0)):
        for kind, body in messages(received):
            if kind == request - 2 and len(body) >= 20:
                yield body


def _interfaces(asking: socket.socket) -> Iterator[tuple[int, Interface]]:
    for received in dump(asking, GET_LINK, bytes(16) + attribute(FILTER_MASK, WITHOUT_STATISTICS)):
        for kind, body in messages(received):
            if kind == GET_LINK - 2:
                told = dict(attributes(body[16:]))
                length, sending, receiving = (_number(told, one) for one in (TXQLEN, *QUEUES))
                made = dict(attributes(told.get(LINK_INFO, b""))).get(INFO_KIND, b"").rstrip(b"\0")
                yield (
                    struct.unpack_from("=i", body, 4)[0],
                    Interface(length, sending, sending + receiving, len(body), made),
                )


def _number(told: Mapping[int, bytes], name: int) -> int:
    value = told.get(name, b"")
    return struct.unpack("=I", value)[0] if len(value) == 4 else 0


def _routes(pid: int) -> int:
    with contextlib.suppress(ValueError):
        routes, exceptions = (int(number, 16) for number in text(pid, "rt6_stats").split()[3:5])
        return routes * ROUTE6 + exceptions * EXCEPTION6
    return 0

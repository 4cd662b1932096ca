"""Answers about a node's network that are still true, because the kernel has reported no change since.

A check asks the same of every node again and again, and each run of ``ip`` or ``nft`` costs 2 ms of CPU. The kernel reports each
change of links, addresses, routes and rules over rtnetlink(7), and each change of a rule set over nfnetlink. It does not report
neighbours that are being resolved, counters, and what is left of a lifetime. An answer with any of these is not remembered.
"""

import asyncio
import re
import socket
import time
from collections.abc import Sequence
from weakref import WeakKeyDictionary

from labs.supervisor import syscalls
from labs.supervisor.conntrack import NETLINK_NETFILTER
from labs.supervisor.node import NodeSpace

# Seconds from a report to the next look: the kernel deletes the routes of a link after it has reported that the link is down
SETTLES = 0.02
LONGEST = 5.0  # seconds for which an answer is used again, in case that the kernel does not report a change
MOST = 64  # remembered answers of one node
LARGEST = 16 * 1024  # bytes of one of them
BUFFER = 4096  # bytes of a socket's queue; an overflow is reported, and counts as a change
MOST_READ = 64  # reports that are read at once; if more wait, there is a change anyway

# rtnetlink(7): links, addresses, routes and rules of both families, settings of IPv6 links, MPLS routes; next hops are group 32
RTNETLINK = sum(1 << (group - 1) for group in (1, 5, 7, 8, 9, 11, 12, 19, 27, 32))
NFTABLES = 1 << 6  # NFNLGRP_NFTABLES
OPTIONS = {"-4", "-6", "-d", "-j"}
OBJECTS = {"addr", "route", "rule"}
RULE_SET = ("nft", "-j", "list", "ruleset")
VARIES = re.compile(
    rb'"expires"|_life_time":(?!4294967295\b)|"(?:counter|quota|last|limit|set|map|meter|ct count|flowtable)"'
)


class RememberedAnswers:
    """The remembered answers of one node."""

    def __init__(self, node: NodeSpace) -> None:
        self._node = node
        self._heard: dict[int, socket.socket] = {}  # by netlink protocol
        self._changed: dict[int, float] = {}  # when a report was last found
        self._answers: dict[tuple[str, ...], tuple[float, bytes]] = {}

    async def find(self, command: Sequence[str]) -> bytes | None:
        """The remembered output of this command; None if it has to be run, as soon as possible."""
        protocol = protocol_of(command)
        if protocol is None:
            return None
        try:
            self._listen(protocol)
        except OSError:  # the node has ended, or the kernel lacks nftables
            return None
        now = time.monotonic()
        begun, output = self._answers.get(tuple(command), (-LONGEST, b""))
        if now - begun < LONGEST and begun > self._changed[protocol]:
            return output
        await asyncio.sleep(self._changed[protocol] + SETTLES - now)
        return None

    def remember(self, command: Sequence[str], begun: float, output: bytes) -> None:
        """Keep the output of a command that began at this moment, after ``find``, if it does not vary without a report."""
        if protocol_of(command) is None or len(output) > LARGEST or VARIES.search(output):
            return
        if len(self._answers) >= MOST:
            self._answers.clear()
        self._answers[tuple(command)] = (begun, output)

    def close(self) -> None:
        """Close the sockets, which keep the node's network alive."""
        for heard in self._heard.values():
            heard.close()
        self._heard.clear()
        self._answers.clear()

    def _listen(self, protocol: int) -> None:
        """Note whether the kernel has reported anything. Raises OSError."""
        if protocol not in self._heard:
            groups = NFTABLES if protocol == NETLINK_NETFILTER else RTNETLINK
            self._heard[protocol] = syscalls.netlink_socket(self._node.pid, groups, protocol)
            self._heard[protocol].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        elif not has_report(self._heard[protocol]):
            return
        self._changed[protocol] = time.monotonic()


def protocol_of(command: Sequence[str]) -> int | None:
    """The netlink protocol over which the kernel reports changes of what this command shows; None if it does not."""
    if tuple(command) == RULE_SET:
        return NETLINK_NETFILTER
    words = [word for word in command[1:] if word not in OPTIONS]
    is_reported = command[0] == "ip" and words and words[0] in OBJECTS and "get" not in words
    return socket.NETLINK_ROUTE if is_reported else None


def has_report(heard: socket.socket) -> bool:
    """Whether a report waits in this socket; reads what waits."""
    found = False
    for _ in range(MOST_READ):
        try:
            heard.recv(1)  # the rest of a datagram is thrown away
        except BlockingIOError:
            break
        except OSError:  # ENOBUFS: reports were lost
            pass
        found = True
    return found


_of: WeakKeyDictionary[NodeSpace, RememberedAnswers] = WeakKeyDictionary()


def of(node: NodeSpace) -> RememberedAnswers:
    if node not in _of:
        _of[node] = RememberedAnswers(node)
    return _of[node]


def forget(node: NodeSpace) -> None:
    """Close the sockets of a node that is about to end."""
    if known := _of.pop(node, None):
        known.close()

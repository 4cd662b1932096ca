"""Report which nodes of the lab have changed, to the clients that watch.

The kernel reports changes of each node's network over rtnetlink. Nothing is polled, and no socket is open while nobody watches.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from typing import Any

from labs.supervisor import netlink, syscalls
from labs.supervisor.lab import Lab
from labs.supervisor.node import NodeSpace

GATHER = (
    0.2  # seconds for which changes are collected into one message, so that a node is read at most five times a second
)
MOST = 128  # datagrams that are read at once
BUFFER = 32 * 1024  # bytes of the socket's queue; an overflow is reported, and counts as a change
KNOWN = 512  # remembered addresses of a node

# rtnetlink(7): links, addresses, routes and rules of both families, and settings like forwarding. Neighbours change too often.
_LINK, _ADDR4, _ROUTE4, _RULE4, _ADDR6, _ROUTE6, _RULE6, _CONF4, _CONF6 = 1, 5, 7, 8, 9, 11, 19, 24, 25
GROUPS = sum(1 << (group - 1) for group in (_LINK, _ADDR4, _ROUTE4, _RULE4, _ADDR6, _ROUTE6, _RULE6, _CONF4, _CONF6))
NEW_ADDRESS, DELETED_ADDRESS = 20, 21
KERNEL = 0  # the id of the kernel as a sender; root of the node may send multicasts, too
ADDRESS_HEAD = struct.Struct("=BBBBI")  # ifaddrmsg: family, prefix length, flags, scope, interface
_IFA_ADDRESS, _IFA_LOCAL, _IFA_FLAGS = 1, 2, 8

Tell = Callable[[dict[str, Any]], None]


class Watch:
    """The clients that watch, and the changes that they have not been told yet."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.watchers: list[Tell] = []
        self.listeners: dict[str, NetworkListener] = {}
        self._changed: set[str] = set()
        # Nodes that are being reset: a socket of ours would keep their old network alive
        self._away: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, tell: Tell) -> Callable[[], None]:
        """Call TELL with changes from now on. Returns a function that ends this."""
        self.watchers.append(tell)
        self._listen()

        def end() -> None:
            with contextlib.suppress(ValueError):
                self.watchers.remove(tell)
            if not self.watchers:
                self._stop()

        return end

    def saw(self, *nodes: str) -> None:
        """Count these nodes as changed, because of something that the kernel may not report."""
        if self.watchers:
            self._changed.update(nodes)
            self._tell_soon()

    def forget(self, node: str) -> None:
        """Close the socket of a node that is about to be reset."""
        self._away.add(node)
        if listener := self.listeners.pop(node, None):
            listener.close()

    def remember(self) -> None:
        """Open sockets again in nodes that have been reset, and count them as changed."""
        names, self._away = self._away, set()
        if self.watchers:
            self._listen()
            self.saw(*names)

    def _listen(self) -> None:
        for name in self.lab.names():
            if name not in self.listeners and name not in self._away:
                with contextlib.suppress(OSError, KeyError):  # the node has ended
                    self.listeners[name] = NetworkListener(self.lab.space(name), self._tell_soon)

    def _stop(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        for listener in self.listeners.values():
            listener.close()
        self.listeners.clear()
        self._changed.clear()

    def _tell_soon(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHER, self._tell)

    def _tell(self) -> None:
        self._timer = None
        for name, listener in self.listeners.items():
            if listener.hear():
                self._changed.add(name)
        if self._changed:
            changed = sorted(self._changed)
            self._changed.clear()
            for tell in list(self.watchers):
                tell({"changed": changed})


class NetworkListener:
    """Receives the kernel's reports about one node's network."""

    def __init__(self, space: NodeSpace, woken: Callable[[], None]) -> None:
        self._woken = woken
        self._known: dict[tuple[int, int, int, bytes], int] = {}
        self._loop = asyncio.get_running_loop()
        self._socket = syscalls.netlink_socket(space.pid, GROUPS)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        self._asleep = True
        self._loop.add_reader(self._socket, self._wake)

    def _wake(self) -> None:
        """Read nothing until the collecting time is over, so that changes in a loop do not keep the supervisor busy."""
        self._loop.remove_reader(self._socket)
        self._asleep = False
        self._woken()

    def hear(self) -> bool:
        """Read the waiting reports; returns whether any is a change. Then wait for more."""
        if self._asleep:
            return False
        moved = False
        for _ in range(MOST):
            try:
                received, (sender, _groups) = self._socket.recvfrom(65_536)
            except BlockingIOError:
                break
            except OSError:  # ENOBUFS: reports were lost
                self._known.clear()
                moved = True
            else:
                moved = (sender == KERNEL and self.is_change(received)) or moved
        self._asleep = True
        self._loop.add_reader(self._socket, self._wake)
        return moved

    def is_change(self, received: bytes) -> bool:
        """Whether these reports are a change.

        A router advertisement makes the kernel report each address again with a longer lifetime. That is no change.
        """
        moved = False
        for kind, body in netlink.messages(received):
            if kind not in (NEW_ADDRESS, DELETED_ADDRESS) or len(body) < ADDRESS_HEAD.size:
                moved = True
                continue
            key, flags = address(body)
            if kind == DELETED_ADDRESS:
                self._known.pop(key, None)
                moved = True
            elif self._known.get(key) != flags:
                if len(self._known) >= KNOWN:
                    self._known.clear()
                self._known[key] = flags
                moved = True
        return moved

    def close(self) -> None:
        self._loop.remove_reader(self._socket)
        self._socket.close()


def address(body: bytes) -> tuple[tuple[int, int, int, bytes], int]:
    """The identity of an address (family, prefix length, interface, address), and its flags."""
    family, prefix, flags, _scope, index = ADDRESS_HEAD.unpack_from(body)
    found = dict(netlink.attributes(body[ADDRESS_HEAD.size :]))
    if len(found.get(_IFA_FLAGS, b"")) == 4:
        (flags,) = struct.unpack("=I", found[_IFA_FLAGS])
    return (family, prefix, index, found.get(_IFA_LOCAL, b"") + found.get(_IFA_ADDRESS, b"")), flags

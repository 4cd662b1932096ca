"""Terminals: the supervisor holds the pty and a ring buffer of each, so that a shell outlives the browser."""

import asyncio
import contextlib
import fcntl
import os
import signal
import struct
import termios
from collections.abc import Callable
from typing import Any

from labs.engine.shared import pace
from labs.supervisor.children import exit_status
from labs.supervisor.node import NodeSpace

RING = 256 * 1024  # bytes of scrollback that are kept
WINDOW = 128 * 1024  # bytes sent to one viewer and not acknowledged
CHUNK = 32 * 1024
# Bytes that are read from a terminal: each second, on a machine of pace 1, and at once. More output waits in the node
RATE, BURST = 1 << 20, 1 << 20
PENDING_KEYS = 256 * 1024
PER_NODE = 8


class Viewer:
    """One open view of a terminal. ``send`` takes bytes, ``tell`` a JSON object."""

    def __init__(self, *, control: bool, send: Callable[[bytes], None], tell: Callable[[dict[str, Any]], None]) -> None:
        self.control, self.send, self.tell = control, send, tell
        self.sent = self.acknowledged = self.lost = 0
        self.waiting = bytearray()  # output that does not fit into the window yet

    @property
    def room(self) -> int:
        return WINDOW - (self.sent - self.acknowledged)

    def push(self, output: bytes) -> None:
        """Send new output. A view-only client that falls behind loses it. For one that types, the pty is not read meanwhile."""
        if self.waiting or len(output) > self.room:
            if self.control:
                self.waiting += output
                self.flush()
            else:
                self.lost += len(output)
            return
        if self.lost:
            self.tell({"lost": self.lost})
            self.lost = 0
        self._send(output)

    def flush(self) -> None:
        while self.waiting and self.room > 0:
            part = bytes(self.waiting[: min(self.room, CHUNK)])
            del self.waiting[: len(part)]
            self._send(part)

    def _send(self, output: bytes) -> None:
        self.sent += len(output)
        self.send(output)


class Terminal:
    """A shell on a node, its pty, its ring buffer and its viewers."""

    def __init__(
        self, space: NodeSpace, name: str, rows: int, cols: int, on_exit: Callable[["Terminal"], None]
    ) -> None:
        self.space, self.name, self.on_exit = space, name, on_exit
        self.ring, self.viewers, self.keys = bytearray(), set[Viewer](), bytearray()
        self.exited: int | None = None
        self.printed = 0  # bytes since it was opened
        self._reading = self._writing = self._resting = False
        self._loop = asyncio.get_running_loop()
        self._rate = RATE / pace.factor()  # a slow machine needs longer for each byte, and all learners share it
        self._credit, self._credited_at = float(BURST), self._loop.time()
        self.pty, theirs = space.open_pty()
        try:
            self.resize(rows, cols)
            self.pid = space.spawn(["/bin/bash", "-l"], theirs, theirs, theirs, terminal=True)
        finally:
            os.close(theirs)
        self._watch = asyncio.create_task(self._wait_for_exit())
        self._read_when_allowed()

    def resize(self, rows: int, cols: int) -> None:
        rows, cols = max(2, min(rows, 500)), max(2, min(cols, 1000))
        with contextlib.suppress(OSError):
            fcntl.ioctl(self.pty, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def attach(self, viewer: Viewer) -> None:
        viewer.waiting += self.ring
        self.viewers.add(viewer)
        viewer.flush()
        self._read_when_allowed()

    def detach(self, viewer: Viewer) -> None:
        self.viewers.discard(viewer)
        self._read_when_allowed()

    def acknowledge(self, viewer: Viewer, total: int) -> None:
        viewer.acknowledged = max(viewer.acknowledged, min(total, viewer.sent))
        viewer.flush()
        self._read_when_allowed()

    # -- from the node

    def _read_when_allowed(self) -> None:
        in_control = (viewer for viewer in self.viewers if viewer.control)
        ready = all(viewer.room > CHUNK and not viewer.waiting for viewer in in_control)
        allowed = ready and self.exited is None and not self._resting
        if allowed and not self._reading:
            self._loop.add_reader(self.pty, self._readable)
        if not allowed and self._reading:
            self._loop.remove_reader(self.pty)
        self._reading = allowed

    def _readable(self) -> None:
        try:
            output = os.read(self.pty, CHUNK)
        except BlockingIOError:
            return
        except OSError:  # EIO: no process has the terminal open any more
            output = b""
        if not output:
            if self._reading:
                self._loop.remove_reader(self.pty)
                self._reading = False
            return
        self.printed += len(output)
        self.ring += output
        del self.ring[:-RING]
        for viewer in list(self.viewers):
            viewer.push(output)
        self._spend(len(output))
        self._read_when_allowed()

    def _spend(self, size: int) -> None:
        """Limit how fast a terminal is read, because all learners share the relay, the gateway and the network."""
        now = self._loop.time()
        self._credit = min(BURST, self._credit + (now - self._credited_at) * self._rate) - size
        self._credited_at = now
        if self._credit < 0:
            self._resting = True
            self._loop.call_later((CHUNK - self._credit) / self._rate, self._rested)

    def _rested(self) -> None:
        self._resting = False
        self._read_when_allowed()

    # -- to the node

    def type(self, keys: bytes) -> None:
        if self.exited is None and len(self.keys) + len(keys) <= PENDING_KEYS:
            self.keys += keys
            self._writable()

    def _writable(self) -> None:
        try:
            while self.keys:
                del self.keys[: os.write(self.pty, self.keys[:4096])]
        except BlockingIOError:
            pass
        except OSError:
            self.keys.clear()
        if bool(self.keys) != self._writing:
            self._writing = bool(self.keys)
            if self._writing:
                self._loop.add_writer(self.pty, self._writable)
            else:
                self._loop.remove_writer(self.pty)

    # -- its end

    async def _wait_for_exit(self) -> None:
        self._end(await exit_status(self.pid))

    def _end(self, status: int) -> None:
        if self.exited is not None:
            return
        with contextlib.suppress(OSError):
            for _ in range(RING // CHUNK):  # the last output of the shell
                output = os.read(self.pty, CHUNK)
                if not output:
                    break
                self.ring += output
                for viewer in list(self.viewers):
                    viewer.push(output)
        self.exited = status
        for watched, remove in ((self._reading, self._loop.remove_reader), (self._writing, self._loop.remove_writer)):
            if watched:
                remove(self.pty)
        self._reading = self._writing = False
        os.close(self.pty)
        self.on_exit(self)

    def hang_up(self) -> None:
        """End the shell, as when a modem hangs up."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGHUP)
            os.kill(self.pid, signal.SIGKILL)

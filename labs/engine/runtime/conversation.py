"""One conversation with the relay: how it opens, how bytes become frames, and which error ends it.

``Conversation`` blocks; the worker and the command-line tools use it. ``AsyncConversation`` is for asyncio; the gateway and the
watcher use it. Both read through ``Incoming``, which does no I/O. labs/engine/shared/wire.py describes the frames.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import Any

from labs.engine.errors import LabFailed, LabGone, RelayGone, TookTooLong
from labs.engine.shared import unix_socket, wire

LAB_GONE = "The lab is gone."  # the relay ends every conversation with it when a container has ended
CLOSED = "The relay has closed the connection. Try again; if it is not running, manage.py up starts it."
TOO_LATE = "The lab did not answer within its time. Try again when this server is less busy, or start the lab again."
READ = 65_536  # bytes at once


def no_relay(relay: Path) -> RelayGone:
    return RelayGone(f"The relay does not answer on {relay}. Is it running? (manage.py up starts it)")


class Incoming:
    """Turns received bytes into frames. Does no I/O."""

    def __init__(self) -> None:
        self._decoder = wire.Decoder()
        self._frames: deque[wire.Frame] = deque()

    def __bool__(self) -> bool:
        return bool(self._frames)

    def feed(self, received: bytes) -> None:
        """Take what was read; no bytes mean that the connection has ended. Raises RelayGone or WireError."""
        if not received:
            raise RelayGone(CLOSED)
        self._frames.extend(self._decoder.feed(received))

    def take(self) -> wire.Frame | None:
        """Return the next frame, or None at the orderly end. Raises LabGone or LabFailed if the other side gave an error."""
        frame = self._frames.popleft()
        if frame.kind is not wire.Kind.CLOSE:
            return frame
        error = frame.json().get("error")
        if error == LAB_GONE:
            raise LabGone(LAB_GONE)
        if error:
            raise LabFailed(str(error))
        return None


class Conversation:
    """A conversation of blocking calls, for one operation."""

    def __init__(self, relay: Path, request: Mapping[str, Any], *, seconds: float) -> None:
        """Connect and send the request. Raises RelayGone."""
        self._until = time.monotonic() + seconds
        self._incoming = Incoming()
        try:
            self._socket = unix_socket.connect(str(relay), seconds=seconds)
        except OSError as error:
            raise no_relay(relay) from error
        try:
            self.send_json(request)
        except RelayGone as error:
            self._socket.close()
            raise no_relay(relay) from error

    def __enter__(self) -> "Conversation":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, keys: bytes) -> None:
        self._send(wire.data(keys))

    def send_json(self, value: Mapping[str, Any]) -> None:
        self._send(wire.message(dict(value)))

    def _send(self, frame: bytes) -> None:
        try:
            self._socket.sendall(frame)
        except OSError as error:
            raise RelayGone(CLOSED) from error

    def receive(self, seconds: float | None = None) -> wire.Frame | None:
        """Return the next frame, or None at the orderly end.

        Raises RelayGone, LabGone or LabFailed, and TookTooLong after so many seconds (by default those of the conversation).
        """
        until = self._until if seconds is None else time.monotonic() + seconds
        while not self._incoming:
            self._incoming.feed(self._read(until - time.monotonic()))
        return self._incoming.take()

    def _read(self, seconds: float) -> bytes:
        if seconds <= 0:
            raise TookTooLong(TOO_LATE)
        self._socket.settimeout(seconds)
        try:
            return self._socket.recv(READ)
        except TimeoutError:
            raise TookTooLong(TOO_LATE) from None
        except OSError as error:
            raise RelayGone(CLOSED) from error

    def close(self) -> None:
        self._socket.close()


class AsyncConversation:
    """The same for asyncio. Its caller sets the time limits."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        decoding: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        """DECODING makes a context in which received bytes become frames: the CPU time that this takes can be charged there."""
        self._reader, self._writer, self._decoding = reader, writer, decoding
        self._incoming = Incoming()

    @classmethod
    async def connect(
        cls, relay: Path, *, seconds: float, decoding: Callable[[], AbstractContextManager[object]] = nullcontext
    ) -> "AsyncConversation":
        """Raises RelayGone, also when the relay does not answer within so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                made = await unix_socket.connect_async(str(relay))
                return cls(*await asyncio.open_unix_connection(sock=made), decoding)
        except OSError as error:  # TimeoutError is one
            raise no_relay(relay) from error

    async def send(self, keys: bytes) -> None:
        await self._send(wire.data(keys))

    async def send_json(self, value: Mapping[str, Any]) -> None:
        await self._send(wire.message(dict(value)))

    async def _send(self, frame: bytes) -> None:
        try:
            self._writer.write(frame)
            await self._writer.drain()
        except OSError as error:
            raise RelayGone(CLOSED) from error

    async def receive(self) -> wire.Frame | None:
        """Return the next frame, or None at the orderly end. Raises RelayGone, LabGone, LabFailed or WireError."""
        while not self._incoming:
            try:
                received = await self._reader.read(READ)
            except OSError as error:
                raise RelayGone(CLOSED) from error
            with self._decoding():
                self._incoming.feed(received)
        return self._incoming.take()

    def close(self) -> None:
        """End the conversation; the other side is told."""
        with suppress(OSError):
            self._writer.write(wire.close())
            self._writer.close()

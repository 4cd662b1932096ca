"""The relay: a process that connects clients to the supervisors in our containers, and can do nothing else there.

Clients (gateway, worker, watcher) connect to its Unix socket; each connection is one conversation. For each session the relay
holds one exec open, and gives each conversation on it a channel number. See labs/engine/shared/wire.py.
"""

import asyncio
import contextlib
import logging
import os
import struct
from pathlib import Path
from uuid import UUID

from labs.engine.errors import EngineError, LabGone
from labs.engine.runtime.conversation import LAB_GONE
from labs.engine.runtime.driver import Engine
from labs.engine.shared import pace, wire

log = logging.getLogger(__name__)

FIRST_FRAME = pace.seconds(5.0)  # in which a client must send its request
UNREADABLE = (
    "The relay could not read the request. Restart the site, so that both are of one version of Vaka. The error: {}"
)
NO_REQUEST = f"The relay received no request within {FIRST_FRAME:g} seconds. Try again when this server is less busy."
BEHIND = 4 << 20  # bytes that may wait for one client: with more, the relay closes its connection
LINK_BEHIND = 8 << 20  # bytes that may wait for one supervisor


class Link:
    """The exec into one session's container, and the conversations on it."""

    def __init__(self, session: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, early: bytes) -> None:
        self.session, self.reader, self.writer = session, reader, writer
        self.clients: dict[int, asyncio.StreamWriter] = {}
        self.gone = False
        self.log = logging.LoggerAdapter(log, {"session": session})
        self._last = 0
        self._stream = DockerStream(early)

    def open(self, client: asyncio.StreamWriter) -> int:
        self._last += 1
        self.clients[self._last] = client
        return self._last

    def send(self, frame: wire.Frame) -> None:
        if self.writer.transport.get_write_buffer_size() > LINK_BEHIND:
            raise LabGone("The lab does not read what is sent to it: its supervisor hangs. Start the lab again.")
        self.writer.write(frame.encode())

    async def pump(self) -> None:
        """Deliver the supervisor's frames to the clients until the exec ends; then close all conversations."""
        decoder = wire.Decoder()
        received = b""
        try:
            while True:
                for frame in decoder.feed(self._stream.feed(received)):
                    self._deliver(frame)
                received = await self.reader.read(65_536)
                if not received:
                    break
        except (wire.WireError, ConnectionError, struct.error) as error:
            self.log.warning("The supervisor broke the wire protocol: %s", error)
        finally:
            self.log.info("The connection to the lab has ended.")
            self.gone = True
            self.writer.close()
            for client in self.clients.values():
                client.write(wire.close(LAB_GONE))
                client.close()
            self.clients.clear()

    def _deliver(self, frame: wire.Frame) -> None:
        client = self.clients.get(frame.channel)
        if client is None:
            return
        client.write(wire.Frame(0, frame.kind, frame.payload).encode())
        if frame.kind is wire.Kind.CLOSE or client.transport.get_write_buffer_size() > BEHIND:
            self.clients.pop(frame.channel, None)
            client.close()


class DockerStream:
    """Decodes Docker's framing of an exec without a terminal: an eight-byte header (stream, length) before each piece."""

    def __init__(self, early: bytes) -> None:
        self._buffer = bytearray(early)

    def feed(self, received: bytes) -> bytes:
        """Return what arrived on standard output."""
        self._buffer += received
        output, at = bytearray(), 0
        while len(self._buffer) - at >= 8:
            stream, length = struct.unpack_from(">BxxxL", self._buffer, at)
            if len(self._buffer) - at < 8 + length:
                break
            if stream == 1:
                output += self._buffer[at + 8 : at + 8 + length]
            at += 8 + length
        del self._buffer[:at]
        return bytes(output)


class Relay:
    """All links; each is made when it is first needed."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._links: dict[str, Link] = {}
        self._opening: dict[str, asyncio.Lock] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._docker = asyncio.Lock()  # threads must not share docker-py's client

    async def client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one conversation, from its first frame to its end."""
        try:
            await self._converse(reader, writer)
        except (wire.WireError, ConnectionError) as error:
            writer.write(wire.close(UNREADABLE.format(error)))
        except TimeoutError:
            writer.write(wire.close(NO_REQUEST))
        except LabGone:
            writer.write(wire.close(LAB_GONE))
        except EngineError as error:
            writer.write(wire.close(str(error)))
        finally:
            with contextlib.suppress(ConnectionError):
                writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        decoder = wire.Decoder()
        async with asyncio.timeout(FIRST_FRAME):
            frames: list[wire.Frame] = []
            while not frames:
                received = await reader.read(65_536)
                if not received:
                    return
                frames = decoder.feed(received)
        try:
            session = str(UUID(str(frames[0].json().get("session"))))
        except ValueError:
            raise wire.WireError("It names no session by its UUID.") from None
        link = await self._link(session)
        channel = link.open(writer)
        try:
            while not link.gone and channel in link.clients:
                for frame in frames:
                    link.send(wire.Frame(channel, frame.kind, frame.payload))
                received = await reader.read(65_536)
                if not received:
                    break
                frames = decoder.feed(received)
        finally:
            if link.clients.pop(channel, None) and not link.gone:
                link.send(wire.Frame(channel, wire.Kind.CLOSE, b"{}"))
        # The last frames may still be on their way to the client.
        with contextlib.suppress(ConnectionError):
            await writer.drain()

    async def _link(self, session: str) -> Link:
        async with self._opening.setdefault(session, asyncio.Lock()):
            link = self._links.get(session)
            if link is None or link.gone:
                async with self._docker:
                    sock, early = await asyncio.to_thread(self.engine.open_relay, session)
                reader, writer = await asyncio.open_unix_connection(sock=sock)
                link = self._links[session] = Link(session, reader, writer, early)
                task = asyncio.create_task(self._keep(link))
                self._tasks.add(task)
                link.log.info("The connection to the lab is open.")
                task.add_done_callback(self._tasks.discard)
            return link

    async def _keep(self, link: Link) -> None:
        await link.pump()
        if self._links.get(link.session) is link:
            del self._links[link.session]
            self._opening.pop(link.session, None)


async def serve(path: Path, engine: Engine) -> None:
    """Listen on PATH (mode 0660, group of its folder) until cancelled."""
    relay = Relay(engine)
    path.unlink(missing_ok=True)
    mask = os.umask(0o117)
    try:
        server = await asyncio.start_unix_server(relay.client, path)
    finally:
        os.umask(mask)
    os.chown(path, -1, path.parent.stat().st_gid)
    async with server:
        await server.serve_forever()

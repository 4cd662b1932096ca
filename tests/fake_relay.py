"""A relay with labs of its own mind: it speaks labs/engine/shared/wire.py and holds terminals as the supervisor does.

A node's name says how it behaves: ``r1`` echoes what is typed; ``flood`` writes until Ctrl-C, as fast as it is
acknowledged; ``deaf`` floods and heeds no acknowledgement; ``gone`` has no container; ``mute`` never opens; ``rude``
talks nonsense.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from labs.engine.shared import wire

WINDOW = 128 * 1024
RING = 256 * 1024
PROMPT = b"r1# "


class Viewer:
    """One conversation: what was sent to it, what it acknowledged, and everything that it said."""

    def __init__(self, writer: asyncio.StreamWriter, asked: dict[str, Any]) -> None:
        self.writer = writer
        self.asked = asked
        self.sent = 0
        self.acked = 0
        self.room = asyncio.Event()
        self.said: list[dict[str, Any]] = []
        self.typed = bytearray()
        self.left = asyncio.Event()
        self.loop = asyncio.get_running_loop()

    async def send(self, data: bytes, *, heed: bool = True) -> None:
        while heed and self.sent - self.acked + len(data) > WINDOW:
            self.room.clear()
            await self.room.wait()
        self.sent += len(data)
        self.writer.write(wire.data(data))
        await self.writer.drain()


class FakeRelay:
    def __init__(self) -> None:
        self.rings: dict[tuple[str, str, str], bytearray] = defaultdict(bytearray)
        self.viewers: list[Viewer] = []
        self.echoes = True

    @contextlib.asynccontextmanager
    async def listening(self, path: Path) -> AsyncIterator["FakeRelay"]:
        server = await asyncio.start_unix_server(self._conversation, path)
        try:
            yield self
        finally:
            server.close()
            self.vanish()
            await server.wait_closed()

    def vanish(self) -> None:
        """The relay's process dies."""
        for viewer in self.viewers:
            viewer.writer.transport.abort()

    def say(self, output: bytes) -> None:
        """Print on the last terminal that was opened; may be called from another thread."""
        viewer = self.viewers[-1]
        viewer.sent += len(output)
        viewer.loop.call_soon_threadsafe(viewer.writer.write, wire.data(output))

    def lose_the_lab(self) -> None:
        for viewer in self.viewers:
            viewer.writer.write(wire.close("The lab is gone."))

    async def _conversation(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        decoder = wire.Decoder()
        viewer: Viewer | None = None
        shell: asyncio.Task[None] | None = None
        try:
            while received := await reader.read(65536):
                for frame in decoder.feed(received):
                    if viewer is None:
                        viewer = Viewer(writer, frame.json())
                        self.viewers.append(viewer)
                        shell = asyncio.create_task(self._shell(viewer))
                    elif frame.kind is wire.Kind.DATA:
                        viewer.typed += frame.payload
                        await self._typed(viewer, frame.payload)
                    elif frame.kind is wire.Kind.JSON:
                        viewer.said.append(frame.json())
                        viewer.acked = frame.json().get("ack", viewer.acked)
                        viewer.room.set()
                    else:
                        viewer.left.set()
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            if viewer:
                viewer.left.set()
            if shell:
                shell.cancel()
            writer.close()

    def _ring(self, viewer: Viewer) -> bytearray:
        asked = viewer.asked
        return self.rings[asked["session"], asked["node"], asked["terminal"]]

    async def _shell(self, viewer: Viewer) -> None:
        node = viewer.asked["node"]
        if node == "mute":
            return
        if node == "gone":
            viewer.writer.write(wire.close("The lab is gone."))
            return
        if node == "rude":
            viewer.writer.write(b"SSH-2.0-OpenSSH_10.0\r\n" * 100)
            return
        ring = self._ring(viewer)
        if not ring:
            ring += PROMPT
        viewer.writer.write(wire.message({"opened": True, "terminal": viewer.asked["terminal"], "replay": len(ring)}))
        with contextlib.suppress(ConnectionError):
            await viewer.send(bytes(ring))
            if node == "deaf":
                while True:
                    await viewer.send(b"y" * 16384, heed=False)
            if node == "flood":
                await self._flood(viewer)

    async def _flood(self, viewer: Viewer) -> None:
        line = 0
        while b"\x03" not in viewer.typed:
            block = b"".join(b"%012d the flood goes on and on\r\n" % n for n in range(line, line + 100))
            line += 100
            await viewer.send(block)
            await asyncio.sleep(0)
        await viewer.send(b"^C\r\n" + PROMPT)

    async def _typed(self, viewer: Viewer, keys: bytes) -> None:
        if viewer.asked["node"] != "r1":
            return
        if keys == b"\x04":
            viewer.writer.write(wire.message({"exited": 0}) + wire.close())
            return
        if not self.echoes:
            return
        output = keys.replace(b"\r", b"\r\n" + PROMPT)
        ring = self._ring(viewer)
        ring += output
        del ring[:-RING]
        for other in self.viewers:
            if not other.left.is_set() and self._ring(other) is ring:
                await other.send(output)

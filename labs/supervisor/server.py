"""The socket of the supervisor: the relay connects, and each channel is one conversation (labs/engine/shared/wire.py)."""

import asyncio
import contextlib
import re
import socket
import sys
import traceback
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from labs.engine.shared import pace, wire
from labs.supervisor import asks, daemon_sockets, link_states, neighbours, process_names  # noqa: F401 — to register their asks
from labs.supervisor.captures import LARGEST, CaptureError, Captures
from labs.supervisor.kernel_memory.guard import guard
from labs.supervisor.lab import Lab, LabError
from labs.supervisor.network import Network
from labs.supervisor.node import NodeError
from labs.supervisor.probes import (  # noqa: F401 — to register their asks
    generated_traffic,
    reachability,
    router_advertisement,
    service_probes,
    zone_transfer,
)
from labs.supervisor.resource_use import ResourceUse
from labs.supervisor.saved_work.restoring import Work
from labs.supervisor.saved_work.save_format import PACKED_LARGEST
from labs.supervisor.saved_work.saving import Saving
from labs.supervisor.terminals import PER_NODE, Terminal, Viewer
from labs.supervisor.watch import Watch

TERMINAL_NAME = re.compile(r"[a-z0-9]{1,16}")
MOST_CHANNELS = 512
MOST_ASKS = 400
CAPTURE_PIECE = 64 * 1024  # bytes in one frame
PIECE, ON_THE_WAY = 64 * 1024, 1 << 20  # bytes of a save: in one frame, and sent but not acknowledged
SAVE_SECONDS = pace.seconds(15.0)  # for a whole save, in either direction
AT_ONCE = 24  # asks that are answered in parallel


class Supervisor:
    """The lab with its terminals, captures and watchers."""

    def __init__(self) -> None:
        self.lab = Lab()
        self.watch = Watch(self.lab)
        self.captures = Captures()
        self.resource_use = ResourceUse()
        self.terminals: dict[tuple[str, str], Terminal] = {}
        self.asking = asyncio.Semaphore(AT_ONCE)
        self._connections = set[Connection]()
        self._is_ending = False

    async def serve(self, listening: socket.socket) -> None:
        server = await asyncio.start_unix_server(self._connected, sock=listening)
        async with server, asyncio.TaskGroup() as tasks:
            tasks.create_task(guard(self.lab, self.forget))
            await server.serve_forever()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_ending:
            writer.close()
            return
        connection = Connection(self, writer)
        self._connections.add(connection)
        decoder = wire.Decoder()
        try:
            while received := await reader.read(65_536):
                for frame in decoder.feed(received):
                    connection.received(frame)
        except (wire.WireError, ConnectionError) as error:
            print(f"relay: {error}", file=sys.stderr, flush=True)
        finally:
            self._connections.discard(connection)
            connection.lost()
            writer.close()

    async def end(self) -> None:
        """End the lab. Nobody is told how its parts end one after the other: to everyone the lab is gone, all at once."""
        self._is_ending = True
        for connection in self._connections:
            connection.writer.close()
        await self.lab.end()

    def forget(self, node: str) -> None:
        """End the terminals, captures and watches of a node that is about to be reset."""
        self.watch.forget(node)
        self.captures.forget(node)
        for key, terminal in list(self.terminals.items()):
            if key[0] == node:
                terminal.hang_up()

    def terminal(self, node: str, name: str, rows: int, cols: int) -> Terminal:
        found = self.terminals.get((node, name))
        if found:
            return found
        if sum(1 for key in self.terminals if key[0] == node) >= PER_NODE:
            raise LabError(f"{node} already has {PER_NODE} open terminals. Close one first.")
        made = Terminal(self.lab.space(node), name, rows, cols, self._ended)
        self.terminals[node, name] = made
        return made

    def _ended(self, terminal: Terminal) -> None:
        self.terminals.pop((terminal.space.name, terminal.name), None)
        self.watch.saw(terminal.space.name)
        for viewer in list(terminal.viewers):
            viewer.tell({"exited": terminal.exited})


class Connection:
    """The connection of a relay, with its channels."""

    def __init__(self, supervisor: Supervisor, writer: asyncio.StreamWriter) -> None:
        self.supervisor, self.writer = supervisor, writer
        self.channels: dict[int, Channel] = {}

    def received(self, frame: wire.Frame) -> None:
        channel = self.channels.get(frame.channel)
        if channel is None:
            if frame.kind is not wire.Kind.JSON:
                return  # it belongs to a conversation that has ended
            if len(self.channels) >= MOST_CHANNELS:
                self.writer.write(wire.close("This lab has too many open conversations.", frame.channel))
                return
            channel = self.channels[frame.channel] = Channel(self, frame.channel)
            channel.begin(frame)
        elif frame.kind is wire.Kind.CLOSE:
            channel.end()
        else:
            try:
                channel.frame(frame)
            except (
                wire.WireError,
                TypeError,
                ValueError,
                OverflowError,
            ) as error:  # end this conversation, not all of them
                channel.close(f"The request cannot be understood: {error!r}"[:300])

    def lost(self) -> None:
        for channel in list(self.channels.values()):
            channel.end()


class Channel:
    """One conversation."""

    def __init__(self, connection: Connection, number: int) -> None:
        self.connection, self.number = connection, number
        self.supervisor = connection.supervisor
        self.task: asyncio.Task[None] | None = None
        self._early: list[wire.Frame] = []  # frames that came before the operation was ready
        self.frame: Callable[[wire.Frame], None] = self._early.append
        self.ended: Callable[[], None] = lambda: None

    def tell(self, value: dict[str, Any]) -> None:
        self.connection.writer.write(wire.message(value, self.number))

    def send(self, output: bytes) -> None:
        self.connection.writer.write(wire.data(output, self.number))

    def begin(self, frame: wire.Frame) -> None:
        request = frame.json()
        operations: dict[str, Callable[[dict[str, Any]], Awaitable[None]]] = {
            "build": self._build,
            "status": self._status,
            "ask": self._ask,
            "do": self._do,
            "reset": self._reset,
            "save": self._save,
            "terminal": self._terminal,
            "terminals": self._terminals,
            "watch": self._watch,
            "capture": self._capture,
            "captures": self._captures,
            "stop_capture": self._stop_capture,
            "fetch_capture": self._fetch_capture,
            "drop_capture": self._drop_capture,
            "resource_use": self._resource_use,
        }
        operation = operations.get(str(request.get("op")))
        if operation is None:
            self.close("Unknown operation.")
            return
        self.task = asyncio.create_task(self._run(operation, request))

    async def _run(self, operation: Callable[[dict[str, Any]], Awaitable[None]], request: dict[str, Any]) -> None:
        try:
            await operation(request)
        except (LabError, NodeError, CaptureError) as error:
            self.close(str(error))
        except (KeyError, TypeError, ValueError) as error:
            self.close(f"The request cannot be understood: {error!r}"[:300])
        except OSError as error:
            self.close(f"The lab could not do this: {error}"[:300])
        except Exception as error:  # the top of a task: the client must get an answer
            traceback.print_exc()
            self.close(f"The supervisor failed: {error!r}"[:300])

    def close(self, error: str | None = None) -> None:
        if self.connection.channels.pop(self.number, None):
            self.connection.writer.write(wire.close(error, self.number))
            self.ended()

    def end(self) -> None:
        """The other side has closed. A build or a reset continues; a view ends."""
        self.connection.channels.pop(self.number, None)
        self.ended()

    # -- operations

    async def _build(self, request: dict[str, Any]) -> None:
        await self.supervisor.lab.build(request["lab"], self.tell, await self._saved(request))
        self.close()

    async def _saved(
        self, request: Mapping[str, Any], nodes: list[str] | None = None
    ) -> Callable[[Network], Work] | None:
        """Receive the saved work that follows a request, if one follows. Return what reads it for these nodes, or for all."""
        if not request.get("save"):
            return None
        packed = await self._incoming()
        return lambda network: Work(packed, network, nodes, is_copy=bool(request.get("copy")))

    async def _incoming(self) -> bytes:
        """Receive DATA frames up to the first other frame. Each is acknowledged, so that few are in flight."""
        received, over = bytearray(), asyncio.Event()

        def take(frame: wire.Frame) -> None:
            if frame.kind is wire.Kind.DATA and len(received) <= PACKED_LARGEST:
                received.extend(frame.payload)
                self.tell({"ack": len(received)})
            else:
                over.set()

        self._listen(take)
        async with asyncio.timeout(SAVE_SECONDS):
            await over.wait()
        return bytes(received)

    async def _save(self, request: dict[str, Any]) -> None:
        sent, drawn, moved = 0, 0, asyncio.Event()

        def take(frame: wire.Frame) -> None:
            nonlocal drawn
            drawn = int(frame.json().get("ack", drawn))
            moved.set()

        self._listen(take)
        nodes = request.get("nodes")
        saving = Saving(self.supervisor.lab, None if nodes is None else list(nodes))
        async with asyncio.timeout(SAVE_SECONDS):
            async for piece in saving.packed():
                for at in range(0, len(piece), PIECE):
                    self.send(piece[at : at + PIECE])
                sent += len(piece)
                while sent - drawn > ON_THE_WAY:
                    moved.clear()
                    await moved.wait()
        self.tell({"saved": sent, "left_out": saving.left_out})
        self.close()

    def _listen(self, take: Callable[[wire.Frame], None]) -> None:
        self.frame = take
        for frame in self._early:
            take(frame)

    async def _status(self, request: dict[str, Any]) -> None:
        self.tell(self.supervisor.lab.describe())
        self.close()

    async def _do(self, request: dict[str, Any]) -> None:
        action = request["action"]
        await self.supervisor.lab.act(action)
        self.supervisor.watch.saw(str(action.get("link") or action.get("roas") or action["run"]).partition(":")[0])
        self.close()

    async def _reset(self, request: dict[str, Any]) -> None:
        node = request.get("node")
        saved = await self._saved(request, None if node is None else [node])
        try:
            await self.supervisor.lab.reset(node, self.tell, self.supervisor.forget, saved)
        finally:
            self.supervisor.watch.remember()
        self.close()

    async def _watch(self, request: dict[str, Any]) -> None:
        if self.supervisor.lab.state != "ready":
            raise LabError("The lab is not ready.")
        if self.connection.channels.get(self.number) is self:  # it may have closed meanwhile
            self.ended = self.supervisor.watch.begin(self.tell)
            self.tell({"watching": True})

    async def _resource_use(self, request: dict[str, Any]) -> None:
        lab = self.supervisor.lab
        printed: dict[str, int] = {}
        for (node, _), terminal in self.supervisor.terminals.items():
            printed[node] = printed.get(node, 0) + terminal.printed
        self.tell(self.supervisor.resource_use.measure({name: lab.space(name) for name in lab.names()}, printed))
        self.close()

    async def _ask(self, request: dict[str, Any]) -> None:
        asked, seconds = request["asks"], float(request.get("seconds", 10))
        if len(asked) > MOST_ASKS:
            raise ValueError(f"more than {MOST_ASKS} asks")

        async def one(ask: dict[str, Any]) -> dict[str, Any]:
            async with self.supervisor.asking:
                return await asks.answer(ask, self.supervisor.lab.space, seconds)

        answers = await asyncio.gather(*(one(ask) for ask in asked))
        for answer in answers:  # one frame for each, because the size of a frame is limited
            frame = wire.message({"answer": answer}, self.number)
            if len(frame) > wire.LARGEST:
                frame = wire.message(
                    {"answer": {"ok": False, "kind": "too_big", "error": "The answer is too long."}}, self.number
                )
            self.connection.writer.write(frame)
        self.close()

    async def _capture(self, request: dict[str, Any]) -> None:
        node, _, interface = str(request["interface"]).partition(":")
        lab = self.supervisor.lab
        if lab.state != "ready" or interface not in lab.interfaces(node):
            raise LabError(f"The lab has no interface {request['interface']}.")
        seconds, largest = float(request["seconds"]), int(request.get("bytes", LARGEST))
        words = str(request.get("filter", ""))
        begun = await self.supervisor.captures.begin(lab.space(node), interface, words, seconds, largest)
        self.tell({"capture": begun.number})
        self.close()

    async def _captures(self, request: dict[str, Any]) -> None:
        self.tell({"captures": self.supervisor.captures.describe()})
        self.close()

    async def _stop_capture(self, request: dict[str, Any]) -> None:
        self.supervisor.captures.get(int(request["capture"])).stop("stopped")
        self.close()

    async def _fetch_capture(self, request: dict[str, Any]) -> None:
        """Wait until a capture has ended, then send its description, its file and its text."""
        found = self.supervisor.captures.get(int(request["capture"]))
        await found.done.wait()
        self.tell(found.describe())
        for at in range(0, len(found.heard), CAPTURE_PIECE):
            self.send(bytes(found.heard[at : at + CAPTURE_PIECE]))
        self.tell({"lines": found.lines, "of_checks": found.of_checks})
        self.close()

    async def _drop_capture(self, request: dict[str, Any]) -> None:
        self.supervisor.captures.drop(int(request["capture"]))
        self.close()

    async def _terminals(self, request: dict[str, Any]) -> None:
        self.tell(
            {
                "terminals": [
                    {"node": node, "terminal": name, "viewers": len(terminal.viewers), "exited": terminal.exited}
                    for (node, name), terminal in self.supervisor.terminals.items()
                ]
            }
        )
        self.close()

    async def _terminal(self, request: dict[str, Any]) -> None:
        node, name, control = request["node"], str(request.get("terminal", "1")), request.get("mode") == "control"
        rows, cols = int(request.get("rows", 24)), int(request.get("cols", 80))
        if not TERMINAL_NAME.fullmatch(name):
            raise LabError("The name of a terminal has 1 to 16 lower-case letters and digits.")
        if node not in self.supervisor.lab.names():
            raise LabError(f"The lab has no running node {node}.")
        if ended := self.supervisor.lab.space(node).ended:
            raise LabError(ended)
        if not control and (node, name) not in self.supervisor.terminals:
            raise LabError(f"Nobody has opened terminal {name} on {node} yet.")
        terminal = self.supervisor.terminal(node, name, rows, cols)
        viewer = Viewer(control=control, send=self.send, tell=lambda said: self._from_terminal(said))
        self.ended = lambda: terminal.detach(viewer)
        self.tell({"opened": True, "terminal": name, "replay": len(terminal.ring)})
        if control:
            terminal.resize(rows, cols)
        terminal.attach(viewer)
        self._listen(lambda frame: self._to_terminal(terminal, viewer, frame))

    def _from_terminal(self, said: dict[str, Any]) -> None:
        self.tell(said)
        if "exited" in said:
            self.close()

    def _to_terminal(self, terminal: Terminal, viewer: Viewer, frame: wire.Frame) -> None:
        if frame.kind is wire.Kind.DATA:
            if viewer.control:
                terminal.type(frame.payload)
                if b"\r" in frame.payload or b"\n" in frame.payload:
                    self.supervisor.watch.saw(terminal.space.name)
                    self.supervisor.lab.typed_on(terminal.space.name)
            return
        with contextlib.suppress(wire.WireError, TypeError, ValueError, OverflowError):
            said = frame.json()
            if "ack" in said:
                terminal.acknowledge(viewer, int(said["ack"]))
            if "resize" in said and viewer.control:
                rows, cols = said["resize"]
                terminal.resize(int(rows), int(cols))

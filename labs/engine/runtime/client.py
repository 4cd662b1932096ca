"""A lab session, as the worker and the tools see it: blocking calls that speak to the relay."""

import socket
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs.engine.definition.spec import Kind, Lab
from labs.engine.errors import LabFailed, LabGone, RelayGone, TookTooLong
from labs.engine.runtime import budget
from labs.engine.shared import pace, wire
from labs.engine.shared.cable import Cable

LARGEST_SAVE = 20 << 20  # bytes; what is larger comes from no lab of ours
PIECE, ON_THE_WAY = 64 * 1024, 1 << 20  # bytes of a save: in a frame, and sent but not acknowledged
MOST_SAID = 40  # texts of a lab about what was left out, or did not come back
GONE = "The lab is gone."  # the relay ends every conversation with it when a container has ended

LARGEST_ANSWERS = 32 << 20  # bytes of all answers to what is asked at once
LARGEST_CAPTURE, MOST_LINES, LONGEST_LINE = 2 << 20, 500, 300  # what we take of a lab, whatever it sends


class Conversation:
    """One connection to the relay, for one operation."""

    def __init__(self, relay: Path, request: Mapping[str, Any], *, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._decoder = wire.Decoder()
        self._frames: deque[wire.Frame] = deque()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.settimeout(seconds)
            self._socket.connect(str(relay))
            self.send_json(request)
        except OSError as error:
            self._socket.close()
            raise RelayGone(f"The relay does not answer on {relay}. Is it running? (manage.py up starts it)") from error

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
            raise RelayGone("The relay has closed the connection.") from error

    def receive(self, seconds: float | None = None) -> wire.Frame | None:
        """The next frame; None when the conversation has ended well. Raises what ended it badly, or TookTooLong."""
        until = self._until if seconds is None else time.monotonic() + seconds
        while not self._frames:
            left = until - time.monotonic()
            if left <= 0:
                raise TookTooLong("The lab did not answer within its time.")
            self._socket.settimeout(left)
            try:
                received = self._socket.recv(65_536)
            except TimeoutError:
                raise TookTooLong("The lab did not answer within its time.") from None
            except OSError as error:
                raise RelayGone("The relay has closed the connection.") from error
            if not received:
                self.close()
                raise RelayGone("The relay has closed the connection.")
            self._frames.extend(self._decoder.feed(received))
        frame = self._frames.popleft()
        if frame.kind is not wire.Kind.CLOSE:
            return frame
        self.close()
        reason = frame.json().get("error")
        if reason == GONE:
            raise LabGone(GONE)
        if reason:
            raise LabFailed(str(reason))
        return None

    def close(self) -> None:
        self._socket.close()


@dataclass(frozen=True, slots=True)
class Captured:
    packets: int
    why: str  # it ended: time, size, stopped, ended or lost
    pcap: bytes
    lines: list[str]  # the first of what tcpdump says of it; hostile


@dataclass(frozen=True, slots=True)
class Saved:
    """A lab's work, opaque to us, and what is not in it: a short, hostile text each."""

    packed: bytes
    left_out: list[str]


class Session:
    """Every call may raise RelayGone, LabGone, LabFailed or TookTooLong."""

    def __init__(self, relay: Path, session: str) -> None:
        self.relay, self.session = relay, session
        self.lacking: list[str] = []  # of the work that was brought back, when a runner did it

    def _talk(self, operation: str, patience: float, **more: Any) -> Conversation:
        return Conversation(self.relay, {"session": self.session, "op": operation, **more}, seconds=patience)

    def _steps(self, talk: Conversation, on_step: Callable[[str, float], None]) -> None:
        with talk:
            while frame := talk.receive():
                said = frame.json()
                on_step(str(said["step"]), float(said["seconds"]))

    def build(
        self, lab: Lab, *, seconds: float, on_step: Callable[[str, float], None], save: bytes | None = None
    ) -> list[str]:
        """Make the lab in its container; returns when every prompt is usable, with what of SAVE did not come back."""
        lacking: list[str] = []
        with self._talk("build", seconds, lab=describe(lab), save=save is not None) as talk:
            if save is not None:
                self._hand_over(talk, save)
            while frame := talk.receive():
                said = frame.json()
                if "step" in said:
                    on_step(str(said["step"]), float(said["seconds"]))
                lacking += [str(text)[:200] for text in said.get("lacking", [])][:MOST_SAID]
        return lacking

    def _hand_over(self, talk: Conversation, save: bytes) -> None:
        """Send what was saved, no more than a little ahead of what has arrived."""
        for at in range(0, len(save), PIECE):
            talk.send(save[at : at + PIECE])
            sent = min(at + PIECE, len(save))
            arrived = sent - ON_THE_WAY
            while arrived > 0 and (frame := talk.receive()):
                if int(frame.json().get("ack", 0)) >= arrived:
                    break
        talk.send_json({"end": True})

    def save(self, *, seconds: float = 20) -> Saved:
        """The learner's work, as it is now."""
        packed, said = bytearray(), dict[str, Any]()
        with self._talk("save", seconds) as talk:
            while frame := talk.receive():
                if frame.kind is not wire.Kind.DATA:
                    said |= frame.json()
                    continue
                packed += frame.payload
                if len(packed) > LARGEST_SAVE:
                    raise LabFailed("The work is too large to be saved.")
                with suppress(RelayGone):  # the last word may be on its way to us already
                    talk.send_json({"ack": len(packed)})
        if said.get("saved") != len(packed):
            raise LabFailed("The work came back incomplete.")
        return Saved(bytes(packed), [str(text)[:200] for text in said.get("left_out", [])][:MOST_SAID])

    def reset(self, node: str | None, *, seconds: float, on_step: Callable[[str, float], None]) -> None:
        """Make one node, or with None all of them, as they were at the start."""
        self._steps(self._talk("reset", seconds, node=node), on_step)

    def status(self) -> dict[str, Any]:
        with self._talk("status", pace.seconds(10)) as talk:
            frame = talk.receive()
            return frame.json() if frame else {}

    def ask(self, asks: Sequence[Mapping[str, Any]], *, seconds: float = 10) -> list[dict[str, Any]]:
        """The answers, in order; what was not answered says why (docs/architecture.md, Asks)."""
        answers, size = list[dict[str, Any]](), 0
        seconds = pace.seconds(seconds)
        with self._talk("ask", seconds + pace.seconds(10), asks=[dict(ask) for ask in asks], seconds=seconds) as talk:
            while frame := talk.receive():
                size += len(frame.payload)
                if len(answers) == len(asks) or size > LARGEST_ANSWERS:
                    raise LabFailed("The lab answers more than it was asked.")
                with budget.of_node(str(asks[len(answers)].get("node", ""))):
                    answers.append(frame.json()["answer"])
        if len(answers) != len(asks):
            raise LabFailed(f"{len(asks)} asks brought {len(answers)} answers.")
        return answers

    def strain(self) -> dict[str, Any]:
        """How much of what the lab may have is used (labs.engine.runtime.resource_use)."""
        with self._talk("strain", pace.seconds(10)) as talk:
            frame = talk.receive()
            return frame.json() if frame else {}

    def do(self, action: Mapping[str, Any]) -> None:
        """What a check does to a cable, or, with "lasting", what its learner does (docs/architecture.md, Cables)."""
        with self._talk("do", pace.seconds(15), action=dict(action)) as talk:
            talk.receive()

    def cables(self) -> dict[str, Cable]:
        """The cables that are not as at the start, by the first end of the link."""
        return {end: Cable(**found) for end, found in self.status().get("cables", {}).items()}

    def capture(self, interface: str, filter_text: str, *, seconds: float, largest: int) -> int:
        """Begin to listen on NODE:INTERFACE; the capture's number. LabFailed has tcpdump's own words about a wrong filter."""
        what = {"interface": interface, "filter": filter_text, "seconds": seconds, "bytes": largest}
        with self._talk("capture", 15, **what) as talk:
            frame = talk.receive()
            return int(frame.json()["capture"]) if frame else 0

    def captures(self) -> list[dict[str, Any]]:
        """Those that run and those that nobody has fetched: capture, packets, bytes, why (empty: it runs), done."""
        with self._talk("captures", 10) as talk:
            frame = talk.receive()
            return list(frame.json()["captures"]) if frame else []

    def stop_capture(self, number: int) -> None:
        with self._talk("stop_capture", 10, capture=number) as talk:
            talk.receive()

    def fetch_capture(self, number: int) -> Captured:
        """A capture, once it is over."""
        with self._talk("fetch_capture", 20, capture=number) as talk:
            said: dict[str, Any] = {}
            heard = bytearray()
            while frame := talk.receive():
                if frame.kind is wire.Kind.DATA:
                    heard += frame.payload
                else:
                    said |= frame.json()
                if len(heard) > LARGEST_CAPTURE:
                    raise LabFailed("The capture is larger than may be.")
        lines = [str(line)[:LONGEST_LINE] for line in said["lines"][:MOST_LINES]]
        return Captured(int(said["packets"]), str(said["why"])[:10], bytes(heard), lines)

    def drop_capture(self, number: int) -> None:
        """It is kept elsewhere now."""
        with self._talk("drop_capture", 10, capture=number) as talk:
            talk.receive()

    def terminals(self) -> list[dict[str, Any]]:
        with self._talk("terminals", 10) as talk:
            frame = talk.receive()
            return list(frame.json()["terminals"]) if frame else []

    def watch(self) -> Conversation:
        """A conversation that says {"watching": true}, then {"changed": [node, …]} whenever something moves in the lab."""
        return self._talk("watch", 15)

    def open_terminal(
        self, node: str, terminal: str = "1", mode: str = "control", rows: int = 24, cols: int = 80
    ) -> Conversation:
        """A conversation that carries keys out and the screen in; its first frame is {"opened": true}."""
        return self._talk("terminal", 3600, node=node, terminal=terminal, mode=mode, rows=rows, cols=cols)


def describe(lab: Lab) -> dict[str, Any]:
    """What the supervisor is told of a lab: nodes, links and start files. No check, hint or solution leaves this host."""
    duplicate_detection = any("accept_dad" in key for node in lab.nodes.values() for key in node.sysctls)
    return {
        "nodes": {
            node.name: {
                "kind": node.kind.value,
                "learner": node.learner,
                "daemons": list(node.daemons),
                "sysctls": dict(node.sysctls),
                "loopback": list(node.loopback),
                "start": list(node.start) if node.kind is not Kind.SWITCH else [],
                "interfaces": {end.name: list(end.addresses) for end in lab.interfaces(node.name)},
                "files": [
                    {"path": file.path, "content": file.content.hex(), "executable": file.executable}
                    for file in node.files
                ],
                "disk": lab.limits.disk,
                "processes": lab.limits.processes,
                "dad": duplicate_detection,
            }
            for node in lab.nodes.values()
        },
        "requires": list(lab.requires),
        "links": [[[link.a.node, link.a.name], [link.b.node, link.b.name]] for link in lab.links],
    }

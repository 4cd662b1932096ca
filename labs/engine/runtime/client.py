"""Asks a running lab for the worker and the tools: blocking calls over the relay, one conversation for each."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import batched
from pathlib import Path
from typing import Any

from labs.engine import cpu_budget
from labs.engine.definition.spec import Kind, Lab
from labs.engine.errors import LabFailed, RelayGone
from labs.engine.runtime.conversation import Conversation
from labs.engine.shared import pace, wire
from labs.engine.shared.cable import Cable

LARGEST_SAVE = 20 << 20  # bytes; none of our labs makes a larger save
SAVE_SECONDS = pace.seconds(20.0)  # for a whole save; the supervisor gives up sooner
PIECE, UNACKNOWLEDGED = 64 * 1024, 1 << 20  # bytes of a save: in one frame, and sent ahead of the acknowledgements
TOO_LARGE = (
    f"The work is too large: more than {LARGEST_SAVE >> 20} MB. Remove large files from the nodes, then save again."
)
MOST_REMARKS = 40  # remarks that we take from a lab about files that were not saved or not restored

MOST_ASKS = 400  # of one request; the supervisor refuses more
LARGEST_ANSWERS = 32 << 20  # bytes of all answers to one request
LARGEST_CAPTURE, MOST_LINES, LONGEST_LINE = 2 << 20, 500, 300  # of one capture; we take no more, whatever the lab sends

CAPTURE_TOO_LARGE = (
    f"The capture is larger than {LARGEST_CAPTURE >> 20} MB. Capture again, shorter or with a narrower filter."
)


@dataclass(frozen=True, slots=True)
class Captured:
    """A finished capture. Everything in it comes from a lab, so it may be hostile."""

    packets: int
    why: str  # the reason why it ended: time, size, stopped, ended or lost
    pcap: bytes
    lines: list[str]  # the first lines that tcpdump prints about it
    of_checks: list[bool]  # of each line, whether its packet was sent by a check, or answers it


@dataclass(frozen=True, slots=True)
class Saved:
    """The learner's work as the supervisor packed it (opaque to us), and a short, hostile text for each thing that was left out."""

    packed: bytes
    left_out: list[str]


class LabClient:
    """A running lab. Every call may raise RelayGone, LabGone, LabFailed or TookTooLong."""

    def __init__(self, relay: Path, session: str) -> None:
        self.relay, self.session = relay, session
        self.lacking: list[str] = []  # remarks about saved work that was not restored; a runner sets it

    def converse(self, operation: str, patience: float, **more: Any) -> Conversation:
        """Open a conversation that asks for this operation. It takes PATIENCE seconds at most."""
        return Conversation(self.relay, {"session": self.session, "op": operation, **more}, seconds=patience)

    def build(
        self,
        lab: Lab,
        *,
        seconds: float,
        on_step: Callable[[str, float], None],
        save: bytes | None = None,
        is_copy: bool = False,
    ) -> list[str]:
        """Build the lab in its container. Returns when every prompt is usable: remarks about what of SAVE was not restored.

        IS_COPY: the work is somebody else's, so the histories of its shells and editors are left out.
        """
        asked = self.converse("build", seconds, lab=describe(lab), save=save is not None, copy=is_copy)
        return self._steps(asked, on_step, save)

    def _steps(
        self, conversation: Conversation, on_step: Callable[[str, float], None], save: bytes | None
    ) -> list[str]:
        lacking: list[str] = []
        with conversation:
            if save is not None:
                self._send_save(conversation, save)
            while frame := conversation.receive():
                message = frame.json()
                if "step" in message:
                    on_step(str(message["step"]), float(message["seconds"]))
                lacking += [str(text)[:200] for text in message.get("lacking", [])][:MOST_REMARKS]
        return lacking

    def _send_save(self, conversation: Conversation, save: bytes) -> None:
        """Send the saved work. At most UNACKNOWLEDGED bytes are on their way."""
        for at in range(0, len(save), PIECE):
            conversation.send(save[at : at + PIECE])
            sent = min(at + PIECE, len(save))
            arrived = sent - UNACKNOWLEDGED
            while arrived > 0 and (frame := conversation.receive()):
                if int(frame.json().get("ack", 0)) >= arrived:
                    break
        conversation.send_json({"end": True})

    def save(self, *, nodes: Sequence[str] | None = None, seconds: float = SAVE_SECONDS) -> Saved:
        """Return the learner's work as it is now: of these nodes without the cables, or of the whole lab if None."""
        packed, message = bytearray(), dict[str, Any]()
        with self.converse("save", seconds, **({} if nodes is None else {"nodes": list(nodes)})) as conversation:
            while frame := conversation.receive():
                if frame.kind is not wire.Kind.DATA:
                    message |= frame.json()
                    continue
                packed += frame.payload
                if len(packed) > LARGEST_SAVE:
                    raise LabFailed(TOO_LARGE)
                with suppress(RelayGone):  # the supervisor may have ended the conversation already
                    conversation.send_json({"ack": len(packed)})
        if message.get("saved") != len(packed):
            raise LabFailed("The work arrived incomplete and was not kept. Save again.")
        return Saved(bytes(packed), [str(text)[:200] for text in message.get("left_out", [])][:MOST_REMARKS])

    def reset(
        self, node: str | None, *, seconds: float, on_step: Callable[[str, float], None], save: bytes | None = None
    ) -> list[str]:
        """Return one node, or all nodes if None, to the state of the start, or to saved work.

        Returns remarks about what of SAVE was not restored. If SAVE cannot be read, nothing is reset, and LabFailed is raised.
        """
        return self._steps(self.converse("reset", seconds, node=node, save=save is not None), on_step, save)

    def status(self, *, seconds: float = 10) -> dict[str, Any]:
        with self.converse("status", pace.seconds(seconds)) as conversation:
            frame = conversation.receive()
            return frame.json() if frame else {}

    def ask(self, asks: Sequence[Mapping[str, Any]], *, seconds: float = 10) -> list[dict[str, Any]]:
        """Return the answers, in the order of the asks. An ask that failed has a reason (docs/wire-protocol.md).

        More than MOST_ASKS are sent in several requests, one after the other. SECONDS is the time for each of them.
        """
        return [answer for some in batched(asks, MOST_ASKS) for answer in self._answers(some, seconds)]

    def _answers(self, asks: Sequence[Mapping[str, Any]], seconds: float) -> list[dict[str, Any]]:
        """Return the answers to one request."""
        answers, size = list[dict[str, Any]](), 0
        seconds = pace.seconds(seconds)
        with self.converse(
            "ask", seconds + pace.seconds(10), asks=[dict(ask) for ask in asks], seconds=seconds
        ) as conversation:
            while frame := conversation.receive():
                size += len(frame.payload)
                if len(answers) == len(asks) or size > LARGEST_ANSWERS:
                    raise LabFailed("The lab sent more answers than we asked for, so none counts. Start it again.")
                with cpu_budget.of_node(str(asks[len(answers)].get("node", ""))):
                    answers.append(frame.json()["answer"])
        if len(answers) != len(asks):
            raise LabFailed(f"The lab answered {len(answers)} of {len(asks)} asks. Try again.")
        return answers

    def resource_use(self) -> dict[str, Any]:
        """Return how much of its limits the lab uses (labs.engine.runtime.resource_sentences)."""
        with self.converse("resource_use", pace.seconds(10)) as conversation:
            frame = conversation.receive()
            return frame.json() if frame else {}

    def do(self, action: Mapping[str, Any]) -> None:
        """Change a cable or a file of ROAs, for a check; with "lasting", for the learner (docs/wire-protocol.md)."""
        with self.converse("do", pace.seconds(15), action=dict(action)) as conversation:
            conversation.receive()

    def cables(self, *, seconds: float = 10) -> dict[str, Cable]:
        """Return the cables that differ from the start, by the first end of the link. No node is asked."""
        return {end: Cable(**found) for end, found in self.status(seconds=seconds).get("cables", {}).items()}

    def capture(self, interface: str, filter_text: str, *, seconds: float, largest: int) -> int:
        """Start a capture on NODE:INTERFACE and return its number. LabFailed quotes tcpdump if the filter is wrong."""
        what = {"interface": interface, "filter": filter_text, "seconds": seconds, "bytes": largest}
        with self.converse("capture", pace.seconds(15), **what) as conversation:
            frame = conversation.receive()
            return int(frame.json()["capture"]) if frame else 0

    def captures(self) -> list[dict[str, Any]]:
        """Return the captures that run or were not fetched: capture, packets, bytes, why (empty while it runs), done."""
        with self.converse("captures", pace.seconds(10)) as conversation:
            frame = conversation.receive()
            return list(frame.json()["captures"]) if frame else []

    def stop_capture(self, number: int) -> None:
        with self.converse("stop_capture", pace.seconds(10), capture=number) as conversation:
            conversation.receive()

    def fetch_capture(self, number: int) -> Captured:
        """Return a capture that has ended."""
        with self.converse("fetch_capture", pace.seconds(20), capture=number) as conversation:
            message: dict[str, Any] = {}
            pcap = bytearray()
            while frame := conversation.receive():
                if frame.kind is wire.Kind.DATA:
                    pcap += frame.payload
                else:
                    message |= frame.json()
                if len(pcap) > LARGEST_CAPTURE:
                    raise LabFailed(CAPTURE_TOO_LARGE)
        lines = [str(line)[:LONGEST_LINE] for line in message["lines"][:MOST_LINES]]
        told = message.get("of_checks", ())
        of_checks = [at < len(told) and told[at] is True for at in range(len(lines))]
        return Captured(int(message["packets"]), str(message["why"])[:10], bytes(pcap), lines, of_checks)

    def drop_capture(self, number: int) -> None:
        """Delete a capture in the lab: it is stored elsewhere now."""
        with self.converse("drop_capture", pace.seconds(10), capture=number) as conversation:
            conversation.receive()

    def terminals(self) -> list[dict[str, Any]]:
        with self.converse("terminals", pace.seconds(10)) as conversation:
            frame = conversation.receive()
            return list(frame.json()["terminals"]) if frame else []

    def watch(self) -> Conversation:
        """Open a conversation that sends {"watching": true}, then {"changed": [node, …]} after each change in the lab."""
        return self.converse("watch", pace.seconds(15))

    def open_terminal(
        self, node: str, terminal: str = "1", mode: str = "control", rows: int = 24, cols: int = 80
    ) -> Conversation:
        """Open a conversation that carries keys to the node and its screen back. Its first frame is {"opened": true}."""
        return self.converse("terminal", 3600, node=node, terminal=terminal, mode=mode, rows=rows, cols=cols)


def describe(lab: Lab) -> dict[str, Any]:
    """Return what the supervisor gets to know of a lab: nodes, links and start files; never checks, hints or solutions."""
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

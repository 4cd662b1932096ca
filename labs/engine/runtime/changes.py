"""Reads what a learner has changed on the nodes: running configurations, networks and files.

All of it comes from a lab and may be hostile. It is bounded where it is read, and we never unpack or run it.
``differences`` compares it with the start; ``archive`` packs it for download.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labs.engine.adapters.daemons import daemon_of, is_router
from labs.engine.adapters.routing_daemon import Question
from labs.engine.definition.spec import Lab, Node
from labs.engine.runtime import network_lines
from labs.engine.shared.asker import Asker
from labs.engine.shared.running_config import merge

LARGEST = 2 * 1024 * 1024  # bytes of the files of one node
LONGEST = 64 * 1024  # characters of a text that is compared
PAGES = 12  # of changed files that we ask a node for
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class FileState:
    """A file that differs from the image."""

    size: int
    content: bytes | None  # None: too large, or removed while we read
    was: bytes | None  # its content in the image


@dataclass(slots=True)
class NodeState:
    """A node at one moment. ``running`` is None if the node has no FRR, or FRR does not answer.

    ``network`` has the lines of ``network_lines``. None: it was not read; what an older version has stored lacks it.
    """

    running: str | None = None
    network: str | None = None
    files: dict[str, FileState] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    complete: bool = True

    def as_json(self) -> dict[str, Any]:
        """Return what we store of the start: bounded texts that any database accepts."""
        texts = {safe_text(path): text_of(state.content) for path, state in self.files.items()}
        running = safe_text(self.running or "")[:LONGEST] or None
        network = None if self.network is None else safe_text(self.network)[:LONGEST]
        return {"running": running, "network": network, "files": texts}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any], *, complete: bool = True) -> "NodeState":
        """Read what ``as_json`` returned. The files' content in the image is not stored, so ``was`` is None."""
        texts: Mapping[str, str | None] = stored["files"]
        contents = {path: None if text is None else text.encode() for path, text in texts.items()}
        files = {path: FileState(len(content or b""), content, None) for path, content in contents.items()}
        return cls(stored["running"], stored.get("network"), files, complete=complete)


def safe_text(text: str) -> str:
    """Replace the characters that could control a terminal or break a database; line feeds and tabs stay."""
    return CONTROL.sub("\ufffd", text)


def text_of(content: bytes | None) -> str | None:
    """Return a file as text, or None if it is binary or too long to compare."""
    if content is None or len(content) > LONGEST or b"\0" in content:
        return None
    return safe_text(content.decode(errors="replace"))


def collect(lab: Lab, asker: Asker, *, seconds: float = 10) -> dict[str, NodeState]:
    """Return the learner's nodes as they are now. If something did not answer, ``complete`` is False for its node."""
    nodes = [node for node in lab.nodes.values() if node.learner and node.has_shell]
    questions = {node.name: _configurations(node) for node in nodes}
    asks = [question.ask for of_node in questions.values() for question in of_node]
    networks = {key: ask for node in nodes for key, ask in network_lines.asks(lab, node).items()}
    answers = iter(asker.ask([*asks, *networks.values(), *(_changes(node.name) for node in nodes)], seconds=seconds))
    states: dict[str, NodeState] = {}
    for name, of_node in questions.items():
        parts = [(question, next(answers)) for question in of_node]
        outputs = [question.read(answer) for question, answer in parts if answer["ok"] and answer["outputs"]]
        texts = [text for text in outputs if isinstance(text, str)]
        states[name] = NodeState(running=merge(texts) if texts else None)
    of_networks = {key: next(answers) for key in networks}
    for node in nodes:
        states[node.name].network = network_lines.read(node, of_networks)
    waiting = {node.name: next(answers) for node in nodes}
    for _ in range(PAGES):
        waiting = _take(states, waiting)
        if not waiting:
            break
        again = asker.ask([_changes(name, str(after)) for name, after in waiting.items()], seconds=seconds)
        waiting = dict(zip(waiting, again, strict=True))
    return states


def _configurations(node: Node) -> list[Question[str]]:
    return daemon_of(node).running_configs(node.daemons) if is_router(node) else []


def _changes(node: str, after: str = "") -> dict[str, Any]:
    return {"ask": "changes", "node": node, "after": after}


def _take(states: dict[str, NodeState], answers: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Add one page of files to each node's state. Return the last path for the nodes that have more pages."""
    more: dict[str, Any] = {}
    for name, answer in answers.items():
        state = states[name]
        if not answer["ok"]:
            state.complete = False
            continue
        for file in answer["files"]:
            state.files[str(file["path"])] = FileState(
                int(file["size"]), _bytes(file["content"]), _bytes(file.get("was"))
            )
        state.removed = [str(path) for path in answer["removed"]]
        state.complete = state.complete and not answer["truncated"]
        held = sum(len(file.content or b"") for file in state.files.values())
        if answer["more"] and answer["files"] and held < LARGEST:
            more[name] = answer["files"][-1]["path"]
        elif answer["more"]:
            state.complete = False
    return more


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)

"""What a learner has made of the nodes: running configurations and changed files, to take home or to compare with the start.

All of it comes out of a lab and is hostile: bounded where it is read, and never unpacked or run by us.
"""

import base64
import difflib
import io
import itertools
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Protocol

from labs.engine.definition.spec import Kind, Lab, Node
from labs.engine.shared.running_config import merge

LARGEST = 2 * 1024 * 1024  # bytes of the files of one node
LONGEST = 64 * 1024  # characters of a text that is compared
MOST_LINES = 600  # of one difference
MOST_WORK = 20_000_000  # pairs of lines that are held against each other, for all differences of a page
AROUND = 2  # lines of context
PAGES = 12
FRR_ALWAYS = ("zebra", "mgmtd", "staticd")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
UNSAFE = re.compile(r"[^A-Za-z0-9._@+,=-]")


class Asker(Protocol):
    def ask(self, asks: Sequence[Mapping[str, Any]], *, seconds: float = 10) -> list[dict[str, Any]]: ...


@dataclass(frozen=True, slots=True)
class FileState:
    size: int
    content: bytes | None  # None: too large, or gone while we read
    was: bytes | None  # in the image


@dataclass(slots=True)
class NodeState:
    """A node at one moment. ``running`` is None where there is no FRR, or where it does not answer."""

    running: str | None = None
    files: dict[str, FileState] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    complete: bool = True

    def as_json(self) -> dict[str, Any]:
        """What is kept of the start: texts, bounded, that any database takes."""
        texts = {safe_text(path): text_of(state.content) for path, state in self.files.items()}
        return {"running": safe_text(self.running or "")[:LONGEST] or None, "files": texts}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any], *, complete: bool = True) -> "NodeState":
        """A node as ``as_json`` kept it; what the image had in place of its files is not known any more."""
        texts: Mapping[str, str | None] = kept["files"]
        contents = {path: None if text is None else text.encode() for path, text in texts.items()}
        files = {path: FileState(len(content or b""), content, None) for path, content in contents.items()}
        return cls(running=kept["running"], files=files, complete=complete)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that changed. ``what`` is changed, new, removed or binary; lines are (sign, text)."""

    node: str
    name: str  # a path, or empty: the running configuration
    what: str
    lines: list[tuple[str, str]]
    cut: bool = False

    @property
    def added(self) -> int:
        return sum(sign == "+" for sign, _ in self.lines)

    @property
    def taken(self) -> int:
        return sum(sign == "-" for sign, _ in self.lines)


def safe_text(text: str) -> str:
    """The text without what could control a terminal or break a database; new lines and tabs stay."""
    return CONTROL.sub("\ufffd", text)


def text_of(content: bytes | None) -> str | None:
    """A file as text; None when it is none, or too long to compare."""
    if content is None or len(content) > LONGEST or b"\0" in content:
        return None
    return safe_text(content.decode(errors="replace"))


# Reading


def collect(lab: Lab, asker: Asker, *, seconds: float = 10) -> dict[str, NodeState]:
    """The learner's nodes as they are now. What does not answer is left out, and said so by ``complete``."""
    nodes = [node for node in lab.nodes.values() if node.learner and node.has_shell]
    asks = [_running(node, daemon) for node in nodes for daemon in _daemons(node)]
    answers = iter(asker.ask([*asks, *(_changes(node.name) for node in nodes)], seconds=seconds))
    states: dict[str, NodeState] = {}
    for node in nodes:
        parts = [next(answers) for _ in _daemons(node)]
        said = [part["outputs"][0] for part in parts if part["ok"] and part["outputs"]]
        states[node.name] = NodeState(running=merge(said) if said else None)
    waiting = {node.name: next(answers) for node in nodes}
    for _ in range(PAGES):
        waiting = _take(states, waiting)
        if not waiting:
            break
        again = asker.ask([_changes(name, str(after)) for name, after in waiting.items()], seconds=seconds)
        waiting = dict(zip(waiting, again, strict=True))
    return states


def _daemons(node: Node) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*FRR_ALWAYS, *node.daemons))) if node.kind is Kind.FRR else ()


def _running(node: Node, daemon: str) -> dict[str, Any]:
    return {"ask": "vty", "node": node.name, "daemon": daemon, "commands": ["show running-config"]}


def _changes(node: str, after: str = "") -> dict[str, Any]:
    return {"ask": "changes", "node": node, "after": after}


def _take(states: dict[str, NodeState], answers: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Take a page of each node in; the last name of those that have more."""
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


# Comparing


def differences(start: Mapping[str, Any], now: Mapping[str, NodeState]) -> list[Difference]:
    """What changed since the start, node by node: the running configuration first, then files by name."""
    found: list[Difference] = []
    work = _Work()
    for node, state in now.items():
        begun = start.get(node) or {"running": None, "files": {}}
        if begun["running"] is not None and state.running is not None:
            lines, cut = work.lines(begun["running"], safe_text(state.running)[:LONGEST])
            if lines:
                found.append(Difference(node, "", "changed", lines, cut))
        found += _files(node, begun["files"], state, work)
    return found


def _files(node: str, begun: Mapping[str, str | None], state: NodeState, work: "_Work") -> Iterator[Difference]:
    for path, file in sorted(state.files.items()):
        name = safe_text(path)
        before, after = begun.get(name, text_of(file.was)), text_of(file.content)
        what = "changed" if name in begun or file.was is not None else "new"
        if after is None:
            if name not in begun or begun[name] is not None:
                yield Difference(node, name, "binary", [])
            continue
        lines, cut = work.lines(before or "", after)
        if lines or what == "new":
            yield Difference(node, name, what, lines, cut)
    now = {safe_text(path) for path in state.files}
    gone = {name for name in begun if name not in now} if state.complete else set()
    for name in sorted(gone | {safe_text(path) for path in state.removed}):
        lines, cut = work.lines(begun.get(name) or "", "")
        yield Difference(node, name, "removed", lines, cut)


class _Work:
    """Compares texts line by line, as long as that is not too much work: a learner may write files that hardly end."""

    def __init__(self) -> None:
        self.left = MOST_WORK

    def lines(self, before: str, after: str) -> tuple[list[tuple[str, str]], bool]:
        """A unified difference as (sign, text), without its head; and whether it was cut."""
        if before == after:
            return [], False
        a, b = _differing(before.splitlines(), after.splitlines())
        work = _pairs(a, b)
        if work > self.left:
            lines = [*(("-", line[:399]) for line in a), *(("+", line[:399]) for line in b)]
        else:
            self.left -= work
            whole = difflib.unified_diff(a, b, lineterm="", n=AROUND)
            lines = [(line[:1], line[1:400]) for line in list(whole)[2:]]
            lines = [(sign, "" if sign == "@" else text) for sign, text in lines]
        return lines[:MOST_LINES], len(lines) > MOST_LINES


def _differing(a: list[str], b: list[str]) -> tuple[list[str], list[str]]:
    """The parts between the same beginning and the same end, with some lines of these."""
    same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False))
    begins = max(0, sum(1 for _pair in same) - AROUND)
    rest = min(len(a), len(b)) - begins
    same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(a[::-1][:rest], b[::-1][:rest], strict=True))
    ends = max(0, sum(1 for _pair in same) - AROUND)
    return a[begins : len(a) - ends], b[begins : len(b) - ends]


def _pairs(a: list[str], b: list[str]) -> int:
    """The most pairs of lines that difflib looks at: it looks for the longest piece in common, then on both sides of it, and so on.

    It passes over lines that are more than a hundredth of a text of 200 lines.
    """
    count = Counter(b)
    if len(b) >= 200:
        count = Counter({line: times for line, times in count.items() if times <= len(b) // 100 + 1})
    once = len(a) + sum(count[line] for line in a)
    return once * max(1, min(len(a), len(b)))


# Taking home


def archive(folder: str, states: Mapping[str, NodeState]) -> bytes:
    """A zip of all nodes: NODE/running-config and NODE/files/PATH. Names are made harmless; a clash gets a number."""
    buffer, used, times = io.BytesIO(), set[str](), Counter[str]()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as zipped:

        def put(name: str, content: bytes) -> None:
            tried = name
            while tried.lower() in used:
                times[name] += 1
                tried = f"{name}.{times[name] + 1}"
            used.add(tried.lower())
            zipped.writestr(zipfile.ZipInfo(f"{folder}/{tried}"), content, zipfile.ZIP_DEFLATED)

        for node, state in states.items():
            if state.running:
                put(f"{node}/running-config", safe_text(state.running).encode())
            for path, file in sorted(state.files.items()):
                if file.content is not None:
                    put(f"{node}/files/{harmless(path)}", file.content)
    return buffer.getvalue()


def harmless(path: str) -> str:
    """A relative path of plain characters; no part climbs, hides, or is a device's name somewhere."""
    parts = [
        UNSAFE.sub("_", part)[:80].rstrip(".") for part in PurePosixPath(path).parts if part not in ("/", "..", ".")
    ]
    return "/".join(part if part.strip("_") else "_" for part in parts) or "_"

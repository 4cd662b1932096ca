"""The texts of a lab that configure a node, cut into statements: FRR, BIRD, nftables, services, and lines typed into bash."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from labs.engine.definition.spec import Lab, Node, StartFile


class Syntax(StrEnum):
    FRR = "frr"
    BIRD = "bird"
    NFT = "nft"
    BASH = "bash"
    SERVICE = "service"  # anything else in /etc


@dataclass(frozen=True, slots=True)
class Statement:
    """A line that does something, with the heads of the blocks around it, the outermost first."""

    at: int  # position among the lines of its source
    text: str
    mode: tuple[str, ...]
    syntax: Syntax


@dataclass(frozen=True, slots=True)
class Source:
    """One text of a node: a start file, its start commands, or what the solution types in one stage."""

    node: str
    part: str  # "start", "typed STAGE" or the path of a file
    lines: tuple[str, ...]

    def statements(self) -> Iterator[Statement]:
        if self.part.startswith("/"):
            yield from _READERS.get(self.part, _service)(enumerate(self.lines))
        else:
            yield from _typed(self.lines)

    def replaced(self, at: int, lines: Sequence[str], lab: Lab) -> Lab:
        """Return the lab with other lines instead of the one at this position."""
        return self.put(lab, (*self.lines[:at], *lines, *self.lines[at + 1 :]))

    def put(self, lab: Lab, lines: Sequence[str]) -> Lab:
        node = lab.nodes[self.node]
        if self.part == "start":
            return with_node(lab, replace(node, start=tuple(lines)))
        if self.part.startswith("typed "):
            stage = self.part.removeprefix("typed ")
            typed = {**lab.solution.get(stage, {}), self.node: tuple(lines)}
            return replace(lab, solution={**lab.solution, stage: typed})
        content = ("\n".join(lines) + "\n").encode()
        files = tuple(replace(file, content=content) if file.path == self.part else file for file in node.files)
        return with_node(lab, replace(node, files=files))


def with_node(lab: Lab, node: Node) -> Lab:
    return replace(lab, nodes={**lab.nodes, node.name: node})


def with_start(lab: Lab, name: str, *lines: str) -> Lab:
    """Return the lab in which the node runs these commands at the end of its start."""
    node = lab.nodes[name]
    return with_node(lab, replace(node, start=(*node.start, *lines)))


def sources(lab: Lab) -> Iterator[Source]:
    for node in lab.nodes.values():
        for file in node.files:
            if file.path.startswith("/etc/") and (text := _text(file)) is not None:
                yield Source(node.name, file.path, tuple(text.splitlines()))
        if node.start:
            yield Source(node.name, "start", node.start)
    for stage, nodes in lab.solution.items():
        for name, lines in nodes.items():
            yield Source(name, f"typed {stage}", tuple(lines))


def _text(file: StartFile) -> str | None:
    try:
        return file.content.decode()
    except UnicodeDecodeError:
        return None


# FRR: a block ends with exit, with the head of a block that cannot be inside it, or with a line that only stands outside.

HEAD = re.compile(r"(interface|router|route-map|vrf|key chain) .+|rpki|bfd")
INSIDE = re.compile(r"address-family .+|key \d+")
OUTSIDE = re.compile(r"(ip|ipv6) (route|prefix-list|forwarding)\b.*|bgp (as-path|community-list)\b.*|hostname .*")
LEAVES = re.compile(r"exit|quit|exit-address-family")


def _frr(lines: Iterator[tuple[int, str]]) -> Iterator[Statement]:
    mode: tuple[str, ...] = ()
    for at, line in lines:
        text = line.strip()
        if not text or text.startswith(("!", "#")):
            continue
        if LEAVES.fullmatch(text):
            mode = mode[:-1]
            continue
        if HEAD.fullmatch(text) or OUTSIDE.fullmatch(text):
            mode = ()
        elif INSIDE.fullmatch(text):
            mode = mode[:1]
        yield Statement(at, text, mode, Syntax.FRR)
        if HEAD.fullmatch(text) or INSIDE.fullmatch(text):
            mode = (*mode, text)


def _typed(lines: Sequence[str]) -> Iterator[Statement]:
    """Lines typed into bash; those between ``configure terminal`` and ``end`` in vtysh configure FRR."""
    configuring: list[tuple[int, str]] = []
    in_vtysh = in_configuration = False
    for at, line in enumerate(lines):
        text = line.strip()
        if in_configuration and text == "end":
            yield from _frr(iter(configuring))
            in_configuration, configuring = False, []
        elif in_configuration:
            configuring.append((at, text))
        elif in_vtysh and re.fullmatch(r"conf(igure)?( t(erminal)?)?", text):
            in_configuration = True
        elif in_vtysh:
            in_vtysh = text not in ("exit", "quit")
        elif text == "vtysh":
            in_vtysh = True
        elif text and not text.startswith("#"):
            yield Statement(at, text, (), Syntax.BASH)
    yield from _frr(iter(configuring))


# BIRD and nftables: blocks in braces, one statement a line

WITHOUT = re.compile(r"#.*")


def _braces(lines: Iterator[tuple[int, str]], syntax: Syntax) -> Iterator[Statement]:
    mode: tuple[str, ...] = ()
    for at, line in lines:
        text = WITHOUT.sub("", line).strip()
        if not text:
            continue
        if text.strip("}; "):
            yield Statement(at, text, mode, syntax)
        opened = text.count("{") - text.count("}")
        if opened > 0:
            mode = (*mode, *[text.rstrip("{ ")] * opened)
        elif opened < 0:
            mode = mode[:opened]


def _bird(lines: Iterator[tuple[int, str]]) -> Iterator[Statement]:
    return _braces(lines, Syntax.BIRD)


def _nft(lines: Iterator[tuple[int, str]]) -> Iterator[Statement]:
    return _braces(lines, Syntax.NFT)


def _service(lines: Iterator[tuple[int, str]]) -> Iterator[Statement]:
    return _braces(lines, Syntax.SERVICE)


_READERS = {"/etc/frr/frr.conf": _frr, "/etc/bird/bird.conf": _bird, "/etc/nftables.conf": _nft}

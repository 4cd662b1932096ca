"""Cuts a configuration of FRR or BIRD into blocks: each line knows the heads of the blocks around it. No command is known here.

The head of a block is its first line, without BIRD's brace: ``router bgp 65001``, ``protocol bgp up1``. An argument ``heads``
names a block by one head for each level, the outermost first. Without heads the lines outside all blocks are meant.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from labs.engine.cpu_budget import step

MOST = 4000  # lines that are read: the text comes from a learner's node
MOST_BLOCKS = 200  # blocks of one kind that are read: each is searched for in all lines
DEEPEST = 20
NO_LINES = re.compile(r"^(!.*|exit.*|end|#.*|Building configuration.*|Current configuration:.*)?$")
BIRD_COMMENT = re.compile(r"#[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)  # one that does not end takes the rest of the text
BIRD_PART = re.compile(r"[;{}]|[^;{}]+")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of FRR or a statement of BIRD, with the heads of the blocks around it, the outermost first."""

    text: str
    heads: tuple[str, ...] = ()

    def rest(self, start: str) -> str | None:
        """The text after these words; None if the line does not begin with them."""
        if self.text == start:
            return ""
        return self.text.removeprefix(f"{start} ").strip() if self.text.startswith(f"{start} ") else None


class Config:
    """The running configuration of a node."""

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self.lines = tuple(lines)

    def within(self, *heads: str) -> list[Line]:
        """The lines of all blocks with these heads. The first words of a head suffice: “protocol bgp” finds “protocol bgp up1”."""
        step(len(self.lines))
        return [line for line in self.lines if _begins_with(line.heads, heads)]

    def block(self, *heads: str) -> list[Line]:
        """The lines of the one block with exactly these heads: “protocol bgp” is not “protocol bgp up1”."""
        step(len(self.lines))
        return [line for line in self.lines if line.heads == heads]

    def with_templates(self, head: str, *inner: str) -> list[Line]:
        """The lines of the one block of BIRD, and then those of the template that it is made from, and so on."""
        found: list[Line] = []
        for _ in range(DEEPEST):
            found += self.block(head, *inner)
            kind, _, template = head.partition(" from ")
            parents = self.heads(f"template {kind.split()[1]} ") if template else []
            if (parent := next((one for one in parents if bird_protocol_name(one) == template), None)) is None:
                break
            head = parent
        return found

    def find(self, start: str, *heads: str) -> Line | None:
        """The first line ``within`` these heads that begins with these words."""
        step(len(self.lines))
        return next((line for line in self.within(*heads) if line.rest(start) is not None), None)

    def after(self, start: str, *heads: str) -> str | None:
        """The text after these words in the first such line; None if there is no such line."""
        found = self.find(start, *heads)
        return found.rest(start) if found else None

    def heads(self, start: str) -> list[str]:
        """The heads of the outermost blocks that begin with these words, each once, at most MOST_BLOCKS."""
        step(len(self.lines))
        found = dict.fromkeys(line.text for line in self.lines if not line.heads and line.text.startswith(start))
        return list(found)[:MOST_BLOCKS]


def _begins_with(heads: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return len(heads) == len(wanted) and all(
        head == words or head.startswith(f"{words} ") for head, words in zip(heads, wanted, strict=True)
    )


def of_frr(text: str) -> Config:
    """FRR indents the lines of a block by one space more than its head."""
    return Config(_frr_lines(text))


def _frr_lines(text: str) -> Iterator[Line]:
    above: list[tuple[int, str]] = []
    for line in text.replace("\r", "").split("\n")[:MOST]:
        step()
        bare, depth = line.strip(), len(line) - len(line.lstrip(" "))
        if NO_LINES.match(bare):
            continue
        while above and above[-1][0] >= depth:
            above.pop()
        yield Line(bare[:400], tuple(head for _depth, head in above))
        if len(above) < DEEPEST:
            above.append((depth, bare[:400]))


def of_bird(text: str) -> Config:
    """A statement of BIRD ends with a semicolon, or opens a block."""
    return Config(_bird_lines(BIRD_COMMENT.sub("", text[: 256 * 1024])))


def _bird_lines(text: str) -> Iterator[Line]:
    above: list[str] = []
    words = ""
    for number, part in enumerate(BIRD_PART.finditer(text)):
        step()
        if number >= 2 * MOST:
            return
        if part[0] not in (";", "{", "}"):
            words = " ".join(part[0][:4000].split())[:400]
            continue
        if words:
            yield Line(words, tuple(above))
        if part[0] == "{" and len(above) < DEEPEST:
            above.append(words)
        elif part[0] == "}" and above:
            above.pop()
        words = ""


def bird_protocol_name(head: str) -> str:
    """The name of a protocol of BIRD; without a name in the configuration, BIRD makes one from the kind and a number."""
    last = head.partition(" from ")[0].split()[-1]
    return f"{head.split()[1]}1" if last in ("v2", "v3", head.split()[1]) else last

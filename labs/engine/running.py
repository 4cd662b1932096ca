"""One FRR configuration of those that its daemons show, each its own part of it. FRR can read it again.

The supervisor has a copy of this module in its image: it uses the standard library only.
"""

import re
from collections.abc import Iterator, Sequence

NOT_OURS = re.compile(r"^(Building configuration.*|Current configuration:.*|frr version .*|end|!)$")


def merge(outputs: Sequence[str]) -> str:
    """Blocks that several daemons show become one: what a later one adds comes before the word that leaves the block."""
    blocks: dict[str, list[str]] = {}
    for output in outputs:
        for head, lines in _blocks(output):  # some daemons show a block twice
            blocks[head] = _joined(blocks[head], lines) if head in blocks else lines
    parts = ["\n".join([head, *lines]) for head, lines in blocks.items()]
    return "\n!\n".join(parts) + "\n" if parts else ""


def _joined(first: list[str], second: list[str]) -> list[str]:
    new = [line for line in second if line not in first]
    at = len(first) - 1 if first and first[-1].startswith("exit") else len(first)
    return [*first[:at], *new, *first[at:]]


def _blocks(output: str) -> Iterator[tuple[str, list[str]]]:
    """Each line at the margin, and what belongs to it."""
    head, lines = "", list[str]()
    for line in output.replace("\r", "").split("\n"):
        if not line.strip() or NOT_OURS.match(line):
            continue
        if line.startswith((" ", "exit")) and head:
            lines.append(line)
            continue
        if head:
            yield head, lines
        head, lines = line, []
    if head:
        yield head, lines

"""One FRR configuration of those that its daemons show, each its own part of it. FRR can read it again.

The supervisor has a copy of this module in its image: it uses the standard library only.
"""

import re
from collections.abc import Iterator, Sequence

NOT_OURS = re.compile(r"^(Building configuration.*|Current configuration:.*|frr version .*|end|!)$")


def merge(outputs: Sequence[str]) -> str:
    """Blocks that several daemons show become one: what a later one adds comes before the word that leaves the block."""
    blocks: dict[str, _Block] = {}
    for output in outputs:
        for head, lines in _blocks(output):  # some daemons show a block twice
            if head in blocks:
                blocks[head].join(lines)
            else:
                blocks[head] = _Block(lines)
    parts = ["\n".join([head, *block.lines, *block.leaves]) for head, block in blocks.items()]
    return "\n!\n".join(parts) + "\n" if parts else ""


class _Block:
    """The lines below one head, and the word that leaves it. Each line is touched once, however often the block is shown."""

    def __init__(self, lines: list[str]) -> None:
        self.lines, self.leaves = lines, list[str]()
        self._known = set(lines)
        self._set_aside()

    def join(self, lines: list[str]) -> None:
        new = [line for line in lines if line not in self._known]
        self.lines += new
        self._known.update(new)
        self._set_aside()

    def _set_aside(self) -> None:
        """The word at the end, so that what comes later comes before it."""
        if not self.leaves and self.lines and self.lines[-1].startswith("exit"):
            self.leaves.append(self.lines.pop())


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

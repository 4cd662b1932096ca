"""Merges the parts of FRR's configuration that its daemons show into one configuration that FRR can read.

The lab image contains a copy of this module, so it uses the standard library only.
"""

import re
from collections.abc import Iterator, Sequence

NOT_OURS = re.compile(r"^(Building configuration.*|Current configuration:.*|frr version .*|end|!)$")


def merge(outputs: Sequence[str]) -> str:
    """Merge the outputs. A block that several daemons show becomes one block; added lines come before the line that leaves it."""
    blocks: dict[str, _Block] = {}
    for output in outputs:
        for head, lines in _blocks(output):  # a daemon may show a block twice
            if head in blocks:
                blocks[head].join(lines)
            else:
                blocks[head] = _Block(lines)
    parts = ["\n".join([head, *block.lines, *block.leaves]) for head, block in blocks.items()]
    return "\n!\n".join(parts) + "\n" if parts else ""


class _Block:
    """The lines of a block, and the line that leaves it. Each line is handled once, however often the block is shown."""

    def __init__(self, lines: list[str]) -> None:
        self.lines, self.leaves = lines, list[str]()
        self._known = set(lines)
        self._keep_leaving_line()

    def join(self, lines: list[str]) -> None:
        new = [line for line in lines if line not in self._known]
        self.lines += new
        self._known.update(new)
        self._keep_leaving_line()

    def _keep_leaving_line(self) -> None:
        """Keep the line that leaves the block apart, so that later lines come before it."""
        if not self.leaves and self.lines and self.lines[-1].startswith("exit"):
            self.leaves.append(self.lines.pop())


def _blocks(output: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each line without indentation, and the lines that belong to it."""
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

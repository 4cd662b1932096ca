"""The reference solution: for each node what a learner would type into its terminal, line by line.

``solution/NODE.sh`` is no script. Each line is typed into the node's bash and ended with the Enter key, so it may enter
vtysh, give commands there and leave it again. Empty lines and lines that begin with # are not typed.
"""

from collections.abc import Mapping
from pathlib import Path

FOLDER = "solution"


def solution(lab_folder: Path) -> Mapping[str, tuple[str, ...]]:
    """Returns the lines to type, by node, in the order of the nodes' names."""
    files = sorted((lab_folder / FOLDER).glob("*.sh"))
    return {file.stem: typed(file.read_text(encoding="utf-8")) for file in files}


def typed(text: str) -> tuple[str, ...]:
    lines = [line.strip() for line in text.splitlines()]
    return tuple(line for line in lines if line and not line.startswith("#"))

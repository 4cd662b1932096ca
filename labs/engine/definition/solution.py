"""The reference solution: the lines that a learner would type into the terminal of each node.

``solution/NODE.sh`` is not a script. Each line is typed into the node's bash and ended with the Enter key, so lines may enter
vtysh, give commands there and leave it again. Empty lines and lines that begin with # are not typed. After ``# stage: ID``
the lines belong to that stage; they are typed for a learner who skips to a later stage.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from labs.engine.definition.spec import Lab
from labs.typed_yaml.shapes import nearest

FOLDER = "solution"
IN_FILES = "SEAT"  # in a file's name: the number of a seat that is like the others
MARK = re.compile(r"#\s*stage:\s*(?P<id>\S*)\s*")


def typed(lab: Lab, stages: Collection[str] | None = None) -> dict[str, tuple[str, ...]]:
    """Return the lines to type by node, in the order of the nodes' names: of these stages, or of all if None."""
    wanted = [stage.id for stage in lab.stages if stages is None or stage.id in stages]
    lines: dict[str, tuple[str, ...]] = {}
    for stage in wanted:
        for node, more in lab.solution.get(stage, {}).items():
            lines[node] = lines.get(node, ()) + more
    return dict(sorted(lines.items()))


def file_of(lab: Lab, node: str) -> Path:
    """Return the file with a node's lines. Nodes of seats that are alike share one, with SEAT for the number."""
    folder = lab.folder / FOLDER
    own = folder / f"{node}.sh"
    number = next((seat.number for seat in lab.seats if seat.number and node in seat.nodes), 0)
    shared = (file for file in folder.glob(f"*{IN_FILES}*.sh") if file.stem.replace(IN_FILES, str(number)) == node)
    return own if own.is_file() else next(shared, own)


def to_type(text: str) -> tuple[str, ...]:
    """Return the lines to type of a whole file, whatever stages it names."""
    return tuple(line for _number, line, mark in _lines(text) if mark is None)


def cut(text: str, stages: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the lines to type by stage. In a lab with one stage, the file need not name it."""
    return {stage: tuple(line for _number, line in lines) for stage, lines in _by_stage(text, stages).items()}


def numbers(text: str, stages: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Return the line numbers in the file of the lines that ``cut`` returns. Filling a file does not change them."""
    return {stage: tuple(number for number, _line in lines) for stage, lines in _by_stage(text, stages).items()}


def _by_stage(text: str, stages: Sequence[str]) -> dict[str, list[tuple[int, str]]]:
    parts: dict[str, list[tuple[int, str]]] = {}
    stage = stages[0] if stages else ""
    for number, line, mark in _lines(text):
        if mark is not None:
            stage = mark
            parts.setdefault(stage, [])
        else:
            parts.setdefault(stage, []).append((number, line))
    return parts


def mistakes(text: str, stages: Sequence[str]) -> list[tuple[int, str]]:
    """Return the mistakes in how a file names its stages, each with its line."""
    found: list[tuple[int, str]] = []
    seen: list[str] = []
    for number, _line, mark in _lines(text):
        if mark is None:
            if not seen and len(stages) > 1:
                found.append(
                    (
                        number,
                        f'The stage of this line is not known. Write "# stage: {stages[0]}" above it, or another stage.',
                    )
                )
                break
        elif mark not in stages:
            found.append((number, f'There is no stage "{mark}": {nearest(mark, stages)}'))
        elif mark in seen:
            found.append((number, f'The stage "{mark}" is here twice. Put its lines together.'))
        elif seen and stages.index(mark) < max(map(stages.index, seen)):
            found.append((number, f'The stage "{mark}" comes before "{seen[-1]}" in lab.yaml. Keep that order.'))
        if mark and mark in stages:
            seen.append(mark)
    return found


def _lines(text: str) -> Iterator[tuple[int, str, str | None]]:
    """Yield number and text of each line that is typed or names a stage, and that stage."""
    for number, line in enumerate(map(str.strip, text.splitlines()), 1):
        mark = MARK.fullmatch(line)
        if mark:
            yield number, line, mark["id"]
        elif line and not line.startswith("#"):
            yield number, line, None


def unnamed(parts: Mapping[str, Collection[str]], stages: Sequence[str]) -> list[str]:
    """Return the stages that no file names. ``parts`` holds the stages that each file names."""
    named = {stage for names in parts.values() for stage in names}
    return [stage for stage in stages if stage not in named] if len(stages) > 1 else []

"""The reference solution: for each node what a learner would type into its terminal, line by line.

``solution/NODE.sh`` is no script. Each line is typed into the node's bash and ended with the Enter key, so it may enter
vtysh, give commands there and leave it again. Empty lines and lines that begin with # are not typed. A line
``# stage: ID`` says that what follows belongs to that stage: whoever jumps to a later one has it typed for him.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from labs.engine.definition.spec import Lab

FOLDER = "solution"
MARK = re.compile(r"#\s*stage:\s*(?P<id>\S*)\s*")


def typed(lab: Lab, stages: Collection[str] | None = None) -> dict[str, tuple[str, ...]]:
    """Returns the lines to type by node, in the order of the nodes' names: of these stages, of all if None."""
    wanted = [stage.id for stage in lab.stages if stages is None or stage.id in stages]
    lines: dict[str, tuple[str, ...]] = {}
    for stage in wanted:
        for node, more in lab.solution.get(stage, {}).items():
            lines[node] = lines.get(node, ()) + more
    return dict(sorted(lines.items()))


def to_type(text: str) -> tuple[str, ...]:
    """Returns the lines to type of a whole file, whatever stages it names."""
    return tuple(line for _number, line, mark in _lines(text) if mark is None)


def cut(text: str, stages: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Returns the lines to type by stage. In a lab of one stage no line needs to name it."""
    return {stage: tuple(line for _number, line in lines) for stage, lines in _by_stage(text, stages).items()}


def numbers(text: str, stages: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Returns where in the file the lines of ``cut`` stand. A file's own text and the filled one have the same lines."""
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
    """Says what is wrong with how a file is cut into stages, with lines."""
    found: list[tuple[int, str]] = []
    seen: list[str] = []
    for number, _line, mark in _lines(text):
        if mark is None:
            if not seen and len(stages) > 1:
                found.append(
                    (number, f'Which stage is this for? Write "# stage: {stages[0]}" above it, or another one.')
                )
                break
        elif mark not in stages:
            found.append((number, f'There is no stage "{mark}"; the stages are {", ".join(stages)}.'))
        elif mark in seen:
            found.append((number, f'The stage "{mark}" stands here twice; put its lines together.'))
        elif seen and stages.index(mark) < max(map(stages.index, seen)):
            found.append((number, f'The stage "{mark}" comes before "{seen[-1]}" in lab.yaml; keep that order.'))
        if mark and mark in stages:
            seen.append(mark)
    return found


def _lines(text: str) -> Iterator[tuple[int, str, str | None]]:
    """Yields number and text of each line that counts, and the stage that it names, if it does."""
    for number, line in enumerate(map(str.strip, text.splitlines()), 1):
        mark = MARK.fullmatch(line)
        if mark:
            yield number, line, mark["id"]
        elif line and not line.startswith("#"):
            yield number, line, None


def unnamed(parts: Mapping[str, Collection[str]], stages: Sequence[str]) -> list[str]:
    """Returns the stages that no file names. ``parts``: the stages that each file names."""
    named = {stage for names in parts.values() for stage in names}
    return [stage for stage in stages if stage not in named] if len(stages) > 1 else []

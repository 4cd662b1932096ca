"""Reads a lab's mutants (solutions with one typical mistake) and its exceptions (lines whose absence no check can notice).

Both name lines of the solution by their text. If the same line is typed more than once on a node, ``after`` names a line above
it, and the next match is meant.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from labs.engine.definition.spec import Change, LineOf, Mutant, Unnoticed
from labs.typed_yaml.shapes import PLACE, Path, Problems, nearest

type Typed = Mapping[str, Mapping[str, Sequence[str]]]  # lines to type: stage, node


class NoLine(Exception):
    """The solution has no such line; the text tells the author what to do."""


def find(solution: Typed, wanted: LineOf) -> tuple[str, int]:
    """Return the stage of a line, and its position there. Raises NoLine."""
    every = [(stage, at, line) for stage, nodes in solution.items() for at, line in enumerate(nodes.get(wanted.on, ()))]
    if not every:
        raise NoLine(f'The solution types nothing on "{wanted.on}". Name another node.')
    if wanted.after:
        lines = [line for _stage, _at, line in every]
        if wanted.after not in lines:
            raise NoLine(f'"{wanted.after}" is not typed on {wanted.on}: {nearest(wanted.after, lines)}')
        every = every[lines.index(wanted.after) + 1 :]
    found = [(stage, at) for stage, at, line in every if line == wanted.line]
    if not found:
        where = f'after "{wanted.after}" on {wanted.on}' if wanted.after else f"on {wanted.on}"
        raise NoLine(f'"{wanted.line}" is not typed {where}: {nearest(wanted.line, [line for _, _, line in every])}')
    if len(found) > 1 and not wanted.after:
        raise NoLine(
            f'"{wanted.line}" is typed {len(found)} times on {wanted.on}. Name a line above the right one with "after".'
        )
    return found[0]


def changed(solution: Typed, mutant: Mutant) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return the solution with the mutant's mistake in it. Raises NoLine."""
    made = {stage: {node: list(lines) for node, lines in nodes.items()} for stage, nodes in solution.items()}
    places = [(change, *find(solution, change)) for change in mutant.changes]
    for change, stage, at in sorted(places, key=lambda place: place[2], reverse=True):
        made[stage][change.on][at : at + 1] = change.becomes
    last = list(made)[-1]
    for node, lines in mutant.also.items():
        made[last][node] = [*made[last].get(node, []), *lines]
    return {stage: {node: tuple(lines) for node, lines in nodes.items()} for stage, nodes in made.items()}


def read(given: Sequence[Mapping[str, Any]], line_of: Callable[[Path], int]) -> tuple[Mutant, ...]:
    """Make the mutants that a lab.yaml describes."""
    return tuple(
        Mutant(
            id=one["id"],
            title=one["title"],
            changes=tuple(Change(**_plain(change)) for change in one.get("changes", ())),
            also=one.get("also", {}),
            fails=tuple(one["fails"]),
            line=line_of(one[PLACE]),
        )
        for one in given
    )


def read_unnoticed(given: Sequence[Mapping[str, Any]]) -> tuple[Unnoticed, ...]:
    return tuple(Unnoticed(**_plain(one)) for one in given)


def _plain(record: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key != PLACE}


def check(read_lab: Mapping[str, Any], typed: Typed, problems: Problems) -> None:
    """Report what is wrong with the mutants and exceptions of a lab."""
    checks = [check.get("id", "") for stage in read_lab.get("stages", ()) for check in stage.get("checks", ())]
    seen = set[str]()
    for one in read_lab.get("mutants", ()):
        place = one[PLACE]
        if one.get("id") in seen:
            problems.add((*place, "id"), f'Another mutant has the id "{one["id"]}". Give each mutant its own.')
        seen.add(one.get("id", ""))
        if not one.get("changes") and not one.get("also"):
            problems.add(
                place, "This mutant changes nothing. Add changes (lines that differ) or also (lines at the end)."
            )
        for name in one.get("fails", ()):
            if name not in checks:
                problems.add((*place, "fails"), f'There is no check "{name}": {nearest(name, checks)}')
        for node in one.get("also", {}):
            if node not in read_lab.get("nodes", {}):
                problems.add(
                    (*place, "also"), f'There is no node "{node}": {nearest(node, list(read_lab.get("nodes", {})))}'
                )
    for record in _lines(read_lab):
        if "on" in record and "line" in record:
            try:
                find(typed, LineOf(**{key: record[key] for key in ("on", "line", "after") if key in record}))
            except NoLine as error:
                problems.add((*record[PLACE], "line"), str(error))


def _lines(read_lab: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for one in read_lab.get("mutants", ()):
        yield from one.get("changes", ())
    yield from read_lab.get("unnoticed", ())

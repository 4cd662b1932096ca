"""The mutants of a draft: lines of the solution with another value, as a mistake of a learner, and lines that are left out."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from labs.engine.authoring.mutants import NoLine, find
from labs.engine.definition import solution
from labs.engine.definition.spec import Lab, LineOf
from labs.engine.proof.solution_lines import Unit

LONGEST = 500  # characters of a line in a mutant
OTHER_AS = 65551  # RFC 5398
# The values that learners type by mistake, and the names of the mistakes. \1 and \2 are the groups of the pattern.
OTHER_VALUES = (
    (
        r"(neighbor \S+ remote-as) \S+",
        rf"\1 {OTHER_AS}",
        "The neighbour on {node} is configured with another AS number",
    ),
    (r"((?:ipv6 ospf6|ip ospf) area) 0(?:\.0\.0\.0)?", r"\1 1", "An interface of {node} is in area 1"),
    (r"(.*\bhello-interval) \d+", r"\1 7", "An interface of {node} has another hello interval"),
    (r"(.* le) \d+", r"\1 128", "The list on {node} permits longer prefixes too"),
    (
        r"((?:ipv6 address|ip -6 addr add|ip addr add) .*)/64(>>)?(.*)",
        r"\1/60\2\3",
        "An address on {node} has the wrong length",
    ),
    (r"(set local-preference) \S+", r"\1 50", "The preference on {node} is lower than the default"),
    (r"(.*\bcost) \S+", r"\1 1", "A link of {node} has the least cost"),
    (r"(neighbor \S+ route-map \S+) out", r"\1 in", "A policy of {node} is applied in the wrong direction"),
)
LEFT_OUT = "This line is missing on {node}: {line}"

type Lines = Mapping[str, Mapping[str, Sequence[str]]]  # by stage and node


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftedMutant:
    """A change of one line, as its author writes it: with placeholders."""

    id: str
    title: str
    on: str
    line: str
    after: str = ""
    becomes: tuple[str, ...] = ()
    fails: tuple[str, ...] = ()


def written_lines(lab: Lab, folder: Path) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return the solution as it is written, with placeholders: by stage and node, at the places of ``lab.solution``."""
    stages = [stage.id for stage in lab.stages]
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for file in sorted((folder / solution.FOLDER).glob("*.sh")):
        for stage, lines in solution.cut(file.read_text(encoding="utf-8"), stages).items():
            found.setdefault(stage, {})[file.stem] = lines
    return found


def with_other_values(lab: Lab, written: Lines) -> Iterator[DraftedMutant]:
    """Yield a mutant for each line of the solution in which learners may type another value."""
    number = 0
    for stage, nodes in written.items():
        for node, lines in nodes.items():
            for at, line in enumerate(lines):
                for pattern, instead, title in OTHER_VALUES:
                    if re.fullmatch(pattern, line) and (other := re.sub(pattern, instead, line)) != line:
                        if named := _named(lab, written, stage, node, at):
                            number += 1
                            name, about = f"other-value-{number}", title.format(node=node)
                            yield replace(named, id=name, title=about, becomes=(other,))
                        break


def left_out(lab: Lab, written: Lines, unit: Unit, number: int) -> DraftedMutant | None:
    """The mutant in which a unit is missing; None if it is more than a line."""
    named = _named(lab, written, unit.stage, unit.node, unit.at[0]) if len(unit.at) == 1 else None
    if named is None:
        return None
    title = LEFT_OUT.format(node=unit.node, line=named.line)[:200]
    return replace(named, id=f"missing-{number}", title=title)


def _named(lab: Lab, written: Lines, stage: str, node: str, at: int) -> DraftedMutant | None:
    """Name a line so that it is found: by its text, and by a line above it if it is typed more than once."""
    typed = lab.solution
    line = typed[stage][node][at]
    if len(written[stage][node][at]) > LONGEST:
        return None
    above = [("", "")]
    for other in typed:
        until = at if other == stage else len(typed[other].get(node, ()))
        above += zip(typed[other].get(node, ())[:until], written[other].get(node, ())[:until], strict=True)
        if other == stage:
            break
    for plain, as_written in [above[0], *reversed(above[1:])]:
        try:
            if find(typed, LineOf(on=node, line=line, after=plain)) == (stage, at):
                return DraftedMutant(id="", title="", on=node, line=written[stage][node][at], after=as_written)
        except NoLine:
            continue
    return None

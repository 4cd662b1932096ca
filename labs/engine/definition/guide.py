"""Splits ``guide.md`` into its introduction and a section for each stage."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from labs.typed_yaml.shapes import nearest

HEADING = re.compile(r"##\s+(?P<title>.*?)(?:\s*\{#(?P<id>[^}\s]*)\})?\s*#*\s*")
FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})")


@dataclass(frozen=True, slots=True)
class Section:
    """The text below a ``## `` heading. ``stage`` is empty if the section belongs to no stage."""

    stage: str
    title: str
    body: str
    line: int


@dataclass(frozen=True, slots=True)
class Guide:
    intro: str  # Markdown before the first heading
    sections: tuple[Section, ...]

    def section(self, stage: str) -> Section | None:
        return next((section for section in self.sections if section.stage == stage), None)


def split(text: str, stages: Sequence[str] = ()) -> Guide:
    """Split the guide at its headings. If no heading has ``{#stage-id}``, the sections belong to the stages in order."""
    lines = text.splitlines()
    starts = _headings(lines)
    ends = [*(at for at, _m in starts), len(lines)][1:]
    bodies = [lines[at + 1 : end] for (at, _m), end in zip(starts, ends, strict=True)]
    named = any(match["id"] is not None for _at, match in starts)
    by_order = {} if named else dict(enumerate(stages))
    sections = [
        Section(match["id"] or by_order.get(i, ""), match["title"], "\n".join(body).strip() + "\n", at + 1)
        for i, ((at, match), body) in enumerate(zip(starts, bodies, strict=True))
    ]
    intro = lines[: starts[0][0]] if starts else lines
    return Guide("\n".join(intro).strip() + "\n", tuple(sections))


def _headings(lines: Sequence[str]) -> list[tuple[int, re.Match[str]]]:
    found, fence = [], ""
    for at, line in enumerate(lines):
        if opened := FENCE.match(line):
            marker = opened[1]
            if not fence:
                fence = marker
            elif marker[0] == fence[0] and len(marker) >= len(fence):
                fence = ""
        elif not fence and (match := HEADING.fullmatch(line)):
            found.append((at, match))
    return found


def mistakes(text: str, stages: Sequence[str]) -> list[tuple[int, str]]:
    """Return the stages without a section, the sections without a stage, and the empty sections, each with its line."""
    guide = split(text, stages)
    found, seen = [], dict[str, int]()
    for section in guide.sections:
        if not section.stage:
            continue
        if section.stage not in stages:
            found.append((section.line, f'There is no stage "{section.stage}": {nearest(section.stage, stages)}'))
        if section.stage in seen:
            found.append(
                (
                    section.line,
                    f'The stage "{section.stage}" has a section in line {seen[section.stage]} already. Join the two.',
                )
            )
        seen.setdefault(section.stage, section.line)
    missing = [stage for stage in stages if stage not in seen]
    found += [
        (1, f'The stage "{stage}" has no section. Add "## A title {{#{stage}}}" and its text.') for stage in missing
    ]
    return found + [
        (s.line, f'The section "{s.title}" is empty. Add its text.') for s in guide.sections if not s.body.strip()
    ]

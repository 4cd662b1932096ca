"""Takes ``guide.md`` apart: what comes first, and one part for each stage."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

HEADING = re.compile(r"##\s+(?P<title>.*?)(?:\s*\{#(?P<id>[^}\s]*)\})?\s*#*\s*")
FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the guide below a ``## `` heading. ``stage`` is empty for one that belongs to no stage."""

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
    """Splits at the headings. Without any ``{#stage-id}`` the sections are those of the stages, in order."""
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
            mark = opened[1]
            if not fence:
                fence = mark
            elif mark[0] == fence[0] and len(mark) >= len(fence):
                fence = ""
        elif not fence and (match := HEADING.fullmatch(line)):
            found.append((at, match))
    return found


def mistakes(text: str, stages: Sequence[str]) -> list[tuple[int, str]]:
    """Says which stages lack their section and which sections have no stage, with lines."""
    guide = split(text, stages)
    found, seen = [], dict[str, int]()
    for section in guide.sections:
        if not section.stage:
            continue
        if section.stage not in stages:
            known = ", ".join(stages)
            found.append((section.line, f'There is no stage "{section.stage}"; the stages are {known}.'))
        if section.stage in seen:
            found.append(
                (section.line, f'The stage "{section.stage}" has its section in line {seen[section.stage]} too.')
            )
        seen.setdefault(section.stage, section.line)
    missing = [stage for stage in stages if stage not in seen]
    found += [(1, f'The stage "{stage}" has no section; add "## A title {{#{stage}}}".') for stage in missing]
    return found + [(s.line, f'The section "{s.title}" is empty.') for s in guide.sections if not s.body.strip()]

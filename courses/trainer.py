"""Reads ``trainer.md`` of a course, for people who teach it: timetables, what to print, and what goes wrong in a room.

The timetables are in its front matter, so that they can be checked. Learners do not read this page.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.safestring import SafeString

from labs.engine.definition import guide
from labs.typed_yaml.shapes import MISSING, Field, ListOf, Number, Problems, Record, Word, nearest
from labs.typed_yaml.yaml_file import FRONT, mark

type Markdown = Callable[[str, int], SafeString]  # the text, and the line of the file in which it begins

FILE = "trainer.md"
TIMETABLE = "timetable"  # the section that the timetables belong to
# The sections of the file by id, with what belongs there
SECTIONS = {
    TIMETABLE: "what the timetables leave out, and for whom each is",
    "print": "what to print, and how many of it",
    "goes-wrong": "what goes wrong in a room, and what to do",
}
# The days of the timetables by key, with the most minutes of each
DAYS = {"half-day": 240, "one-day": 480, "day-1": 480, "day-2": 480, "day-3": 480}
WITHOUT_BREAK = 120  # minutes; then people need one


class RowKind(StrEnum):
    LESSON = "lesson"
    LAB = "lab"
    BREAK = "break"
    OTHER = "other"


ROW = Record(
    "an entry of a timetable",
    {
        "minutes": Field(Number(1, 240), "how long it takes", required=True),
        RowKind.LESSON: Field(Word(), "the id of a lesson of the course"),
        RowKind.LAB: Field(Word(), "the id of a lab of the course"),
        RowKind.BREAK: Field(Word(), "what kind of break it is"),
        RowKind.OTHER: Field(Word(), "anything else, in Markdown"),
        "note": Field(Word(), "a part of the lesson or lab, or what to do, in Markdown"),
    },
)
HEAD = Record(FILE, {day: Field(ListOf(ROW, least=1), "its timetable", required=True) for day in DAYS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An entry of a timetable. ``what``: the id of the lesson or lab; otherwise HTML."""

    kind: RowKind
    what: str
    minutes: int
    note: SafeString


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    id: str
    title: str
    html: SafeString


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainerPage:
    days: Mapping[str, Sequence[Row]]  # by the keys of DAYS
    intro: SafeString
    sections: tuple[Section, ...]


def read_trainer(
    text: str, lessons: Collection[str], labs: Collection[str], markdown: Markdown
) -> tuple[TrainerPage | None, list[tuple[int, str]]]:
    """Return the page, and each mistake with its line. LESSONS and LABS are the ids of those of the course."""
    front = FRONT.match(text)
    if front is None:
        return None, [(1, "The file begins with a line ---, the timetables, and another line ---.")]
    marked, problems = mark(front["front"]), Problems()
    head = MISSING if marked.errors else HEAD.read(marked.value, (), problems)
    if not isinstance(head, Mapping) or problems.found:
        wrong = [*marked.errors, *((marked.line(path), message) for path, message in problems.found)]
        return None, [(line + 1, message) for line, message in wrong]
    known = {RowKind.LESSON: list(lessons), RowKind.LAB: list(labs)}
    for day, rows in head.items():
        _check_entries(day, rows, known, problems)
        _check_length(day, rows, problems)
    found = [(marked.line(path) + 1, message) for path, message in problems.found]
    above = front[0].count("\n")
    parts = guide.split(text[front.end() :])
    found += [(line + above, message) for line, message in _section_mistakes(parts)]
    if found:
        return None, found
    days = {
        day: tuple(_row(row, marked.line((day, at)) + 1, markdown) for at, row in enumerate(rows))
        for day, rows in head.items()
    }
    lines = text.splitlines()
    sections = tuple(
        Section(id=one.stage, title=one.title, html=markdown(one.body, _first_line(lines, one.line + above)))
        for one in parts.sections
    )
    return TrainerPage(days=days, intro=markdown(parts.intro, 1 + above), sections=sections), []


def _first_line(lines: Sequence[str], heading: int) -> int:
    """Return the number of the first line with text below a heading: ``guide.split`` drops empty lines above it."""
    return next(number for number in range(heading + 1, len(lines) + 1) if lines[number - 1].strip())


def _kinds(row: Mapping[str, Any]) -> list[RowKind]:
    return [kind for kind in RowKind if kind in row]


def _row(row: Mapping[str, Any], line: int, markdown: Markdown) -> Row:
    [kind] = _kinds(row)
    what = markdown(row[kind], line) if kind is RowKind.OTHER else row[kind]
    return Row(kind=kind, what=what, minutes=row["minutes"], note=markdown(row.get("note", ""), line))


def _check_entries(
    day: str, rows: Sequence[Mapping[str, Any]], known: Mapping[RowKind, list[str]], problems: Problems
) -> None:
    for at, row in enumerate(rows):
        if len(_kinds(row)) != 1:
            problems.add((day, at), f"An entry needs minutes and one of {', '.join(RowKind)}.")
        for kind, ids in known.items():
            if kind in row and row[kind] not in ids:
                message = f'There is no {kind} "{row[kind]}" in the course: {nearest(row[kind], ids)}'
                problems.add((day, at, kind), message)


def _check_length(day: str, rows: Sequence[Mapping[str, Any]], problems: Problems) -> None:
    minutes = sum(row["minutes"] for row in rows)
    if minutes > DAYS[day]:
        problems.add((day,), f"{day} lasts {minutes} minutes, and at most {DAYS[day]} are possible. Remove an entry.")
    since = 0
    for at, row in enumerate(rows):
        since = 0 if RowKind.BREAK in row else since + row["minutes"]
        if since > WITHOUT_BREAK:
            message = f"People have worked for {since} minutes at the end of this entry. Add a break after at most {WITHOUT_BREAK}."
            problems.add((day, at), message)
            return


def _section_mistakes(parts: guide.Guide) -> Iterator[tuple[int, str]]:
    there = [one.stage for one in parts.sections]
    for one in parts.sections:
        if one.stage not in SECTIONS:
            yield one.line, f'There is no section "{one.stage}": {nearest(one.stage, list(SECTIONS))}'
        elif there.count(one.stage) > 1:
            yield one.line, f'There are {there.count(one.stage)} sections "{one.stage}". Join them.'
        if not one.body.strip():
            yield one.line, f'The section "{one.title}" is empty. Add its text.'
    for name, about in SECTIONS.items():
        if name not in there:
            yield 1, f'A section is missing: "## A title {{#{name}}}", with {about}.'

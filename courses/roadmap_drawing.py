"""The roadmap: the order of the courses, and the position of each in a drawing, for wide pages and for narrow ones.

A prerequisite is advice: nobody is kept out of a course. ``courses.pages.catalogue`` knows how far the reader is in each. All
lengths are in units of the drawing, in which text is 16 units high.
"""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from courses.content import Course, all_before

BOX, ROW, GAP, STEP = 200, 20, 22, 228  # width of a box, height of a line, between boxes, from column to column
NARROW, LANE = 336, 16  # width of the narrow drawing, between two of its lines
LETTER = 10  # the width of a bold letter, in fonts that are wide
LINES = 3  # of a title
MOST_COLUMNS = 5  # of the wide drawing: with more, its text were too small on a page of 1024 pixels


@dataclass(frozen=True, slots=True)
class Box:
    """A course in the drawing: its upper left corner, its size, and its title in lines."""

    course: Course
    x: int
    y: int
    width: int
    height: int
    lines: tuple[str, ...]

    @property
    def rows(self) -> list[tuple[int, str]]:
        """The lines of the title, each with the y of its base line."""
        return [(self.y + ROW * (number + 1) + 3, line) for number, line in enumerate(self.lines)]

    @property
    def text_x(self) -> int:
        return self.x + 12

    @property
    def word_x(self) -> int:
        """Beside the shape of the word."""
        return self.x + 34

    @property
    def icon_y(self) -> int:
        return self.word_y - 13

    @property
    def word_y(self) -> int:
        """The base line of the word that says how far the learner is."""
        return self.y + self.height - 11


@dataclass(frozen=True, slots=True)
class Drawing:
    """``ways`` are the paths of the lines, each from a course to one that follows it, and ``heads`` those of their arrowheads."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    ways: tuple[str, ...]
    heads: tuple[str, ...]


def levels(courses: Mapping[str, Course]) -> dict[str, int]:
    """Return, by course, the length of the longest chain of courses before it. Without cycles: the loader refuses them."""
    found: dict[str, int] = {}

    def level(course: str) -> int:
        if course not in found:
            found[course] = 1 + max((level(one) for one in _known(courses, course)), default=-1)
        return found[course]

    for course in courses:
        level(course)
    return found


def in_order(courses: Mapping[str, Course]) -> list[Course]:
    """Return the courses so that each stands after its prerequisites."""
    level = levels(courses)
    return sorted(courses.values(), key=lambda course: level[course.id])


def direct(courses: Mapping[str, Course]) -> list[tuple[str, str]]:
    """Return (prerequisite, course) for each prerequisite that does not follow from the others."""
    return [
        (one, course)
        for course in courses
        for one in _known(courses, course)
        if not any(one in all_before(other, courses) for other in _known(courses, course) if other != one)
    ]


def _known(courses: Mapping[str, Course], course: str) -> list[str]:
    return [one for one in courses[course].prerequisites if one in courses]


def narrow(courses: Mapping[str, Course]) -> Drawing:
    """Draw the courses below each other, with their lines to the left. Lines from one course share a lane."""
    order = [course.id for course in in_order(courses)]
    row = {course: number for number, course in enumerate(order)}
    after: dict[str, list[str]] = {}
    for one, course in direct(courses):
        after.setdefault(one, []).append(course)
    lane = _lanes({one: (row[one], max(row[other] for other in others)) for one, others in after.items()})
    left = LANE * (max(lane.values(), default=-1) + 1) + 12
    boxes, y = {}, 2
    for course in order:
        lines = _lines(courses[course].title, NARROW - left)
        boxes[course] = Box(courses[course], left, y, NARROW - left - 2, ROW * len(lines) + 36, lines)
        y += boxes[course].height + GAP
    ways, heads = [], []
    for one in sorted(after, key=lambda course: row[course]):
        x, start = 8 + LANE * lane[one], boxes[one].y + boxes[one].height - 10
        for other in after[one]:
            end = boxes[other].y + 18
            ways.append(
                f"M{left} {start}H{x + 6}Q{x} {start} {x} {start + 6}V{end - 6}Q{x} {end} {x + 6} {end}H{left - 7}"
            )
            heads.append(_head(left, end))
    return Drawing(NARROW, y - GAP + 2, tuple(boxes.values()), tuple(ways), tuple(heads))


def _lanes(spans: Mapping[str, tuple[int, int]]) -> dict[str, int]:
    """Return a lane for each span of rows, so that no two spans in one lane overlap. Lane 0 is the outermost."""
    lanes: list[int] = []  # of each, the row in which it is free again
    inner: dict[str, int] = {}
    for one, (first, last) in sorted(spans.items(), key=lambda span: span[1]):
        free = next((number for number, until in enumerate(lanes) if until <= first), len(lanes))
        lanes[free : free + 1] = [last]
        inner[one] = free
    return {one: len(lanes) - 1 - number for one, number in inner.items()}


def wide(courses: Mapping[str, Course]) -> Drawing | None:
    """Draw the courses in columns, each to the right of its prerequisites; None if that takes too many columns."""
    level = levels(courses)
    columns = max(level.values(), default=-1) + 1
    if columns > MOST_COLUMNS:
        return None
    chains = [_chain(one, course, level) for one, course in direct(courses)]
    places = _places(courses, level, chains)
    height = {one: _height(courses, one) for column in places for one in column}
    total = max((_tall(column, height) for column in places), default=0)
    top: dict[str, int] = {}
    for column in places:
        y = 2 + (total - _tall(column, height)) // 2
        for one in column:
            top[one] = y
            y += height[one] + GAP
    boxes = tuple(
        Box(courses[one], 2 + STEP * level[one], top[one], BOX, height[one], _lines(courses[one].title, BOX))
        for column in places
        for one in column
        if one in courses
    )
    middle = {one: top[one] + height[one] // 2 for one in top}
    ways, heads = [], []
    for chain in chains:
        first = level[chain[0]]
        ways.append(_way([(2 + STEP * (first + number), middle[one]) for number, one in enumerate(chain)]))
        heads.append(_head(2 + STEP * level[chain[-1]], middle[chain[-1]]))
    return Drawing(STEP * columns - (STEP - BOX) + 4, total + 4, boxes, tuple(ways), tuple(heads))


def _chain(one: str, course: str, level: Mapping[str, int]) -> list[str]:
    """Return the stations of a line: both courses, and between them a name for its place in each column that it crosses."""
    return [one, *(f"{one}>{course}" + ">" * number for number in range(level[one] + 1, level[course])), course]


def _places(
    courses: Mapping[str, Course], level: Mapping[str, int], chains: Sequence[Sequence[str]]
) -> list[list[str]]:
    """Return the columns from top to bottom. A course is near the top if its prerequisites are near the top of theirs."""
    columns: list[list[str]] = [[] for _ in range(max(level.values(), default=-1) + 1)]
    for course in courses:
        columns[level[course]].append(course)
    before: dict[str, list[str]] = {}
    for chain in chains:
        for number, (one, other) in enumerate(pairwise(chain), level[chain[0]] + 1):
            before.setdefault(other, []).append(one)
            if other not in courses:
                columns[number].append(other)
    at: dict[str, float] = {}
    for column in columns:
        column.sort(key=lambda one: sum(at[other] for other in before.get(one, ())) / max(len(before.get(one, ())), 1))
        at |= {one: (number + 0.5) / len(column) for number, one in enumerate(column)}
    return columns


def _height(courses: Mapping[str, Course], one: str) -> int:
    return ROW * len(_lines(courses[one].title, BOX)) + 36 if one in courses else 8


def _tall(column: Sequence[str], height: Mapping[str, int]) -> int:
    return sum(height[one] + GAP for one in column) - GAP


def _lines(title: str, width: int) -> tuple[str, ...]:
    return tuple(textwrap.wrap(title, int((width - 24) / LETTER), max_lines=LINES, placeholder=" …"))


def _way(stations: Sequence[tuple[int, int]]) -> str:
    """Return a path from the right side of the first station to the left side of the last, across those between."""
    return "".join(_bends(stations))


def _bends(stations: Sequence[tuple[int, int]]) -> Iterator[str]:
    x, y = stations[0][0] + BOX, stations[0][1]
    yield f"M{x} {y}"
    for number, (left, middle) in enumerate(stations[1:], 2):
        end = left - 7 if number == len(stations) else left
        half = (x + end) // 2
        yield f"C{half} {y} {half} {middle} {end} {middle}"
        x, y = left + BOX, middle
        if number < len(stations):
            yield f"H{x}"


def _head(x: int, y: int) -> str:
    return f"M{x} {y}l-9 -5v10z"

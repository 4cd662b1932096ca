"""Places the labels of a drawing: each where it touches no box, no other label and no line, and near to what it names."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from labs.engine.definition.spec import Interface

BOX_HEIGHT = 42.0
MONO_CHAR = 7.3  # the width at the font size of the stylesheet, rounded up
WORD_HEIGHT = 13.0
STEPS = (0.0, 6.0, -6.0, 14.0, -14.0, 24.0, -24.0, 36.0, -36.0, 50.0, -50.0, 66.0, -66.0)
FURTHER = (0, 5, 12, 20, 30, 42, 56, 72, 90, 110, 140, 175, 215, 260)  # from the box, along the line
PIECES = 40  # pieces of a line that a mark must not cover
GAP = 4.0  # between two labels
TOUCHED = 60.0  # the cost of a box or a label that is touched
CROSSED = 25.0  # and of a line
FARTHER = 0.4  # and of each place that is farther away
ROUNDS = 6
FEW = 6  # labels that touch something: with more of them the grid is too narrow
MOST_MOVED = 3  # labels that make room for another one


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle, by its centre."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def top(self) -> float:
        return self.y - self.height / 2

    def overlap(self, other: "Area", gap: float = 0.0) -> float:
        across = (self.width + other.width) / 2 + gap - abs(self.x - other.x)
        down = (self.height + other.height) / 2 + gap - abs(self.y - other.y)
        return across * down if across > 0 and down > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """A link, from centre to centre; the boxes cover its ends."""

    a: Interface
    b: Interface
    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def told(self) -> str:
        """Both ends with their whole addresses."""
        return " – ".join(" ".join([str(end), *end.addresses]) for end in (self.a, self.b))

    @property
    def pieces(self) -> list["Area"]:
        """Small squares along the line, for tests of overlap."""
        steps = (step / PIECES for step in range(PIECES + 1))
        return [Area(self.x1 + (self.x2 - self.x1) * t, self.y1 + (self.y2 - self.y1) * t, 2, 2) for t in steps]


@dataclass(frozen=True, slots=True)
class Word:
    """A label of one or more rows, centred at x. ``of`` is end, link or loopback."""

    rows: tuple[str, ...]
    of: str
    area: Area

    @property
    def text(self) -> str:
        return " ".join(self.rows)

    @property
    def x(self) -> float:
        return self.area.x

    @property
    def baselines(self) -> list[tuple[str, float]]:
        """Each row, with the y of its baseline."""
        return [(row, self.area.top + number * WORD_HEIGHT + 10.5) for number, row in enumerate(self.rows)]


class Labels:
    """The labels of a drawing. Each has some places, the best first. ``words`` chooses among them for all labels together."""

    def __init__(self, boxes: Sequence[Area], lines: Sequence[Line]) -> None:
        self.boxes, self.lines = boxes, lines
        self._labels: list[_Label] = []

    def beside_line(self, rows: tuple[str, ...], of: str, middles: Iterable[tuple[float, float, float]]) -> None:
        """Add a label that stands at one of some places, each a point of a line and an angle to its side.

        On a line whose ends have long labels, the label of the link stands beside one of them, one or two rows away from the line.
        """
        away = (0.0, WORD_HEIGHT + 4, 2 * WORD_HEIGHT + 4) if of == "link" else (0.0,)
        points, size = list(middles), size_of(rows)
        self.at(rows, of, chain.from_iterable(_beside(points, size, one) for one in away))

    def at(self, rows: tuple[str, ...], of: str, middles: Iterable[tuple[float, float]]) -> None:
        areas = [Area(x, y, *size_of(rows)) for x, y in middles]
        around = hull(areas)
        boxes = [box for box in self.boxes if around.overlap(box, 4)]
        lines = [line for line in self.lines if crosses(line, around)]
        costs = [
            sum(TOUCHED + area.overlap(box, 3) for box in boxes if area.overlap(box, 3))
            + sum(CROSSED for line in lines if crosses(line, area))
            + rank * FARTHER
            for rank, area in enumerate(areas)
        ]
        self._labels.append(_Label(rows, of, areas, costs, around))

    def words(self) -> list[Word]:
        """Place each label, then move the labels that touch something, until a round improves nothing."""
        for number, label in enumerate(self._labels):
            label.choose(self._labels[:number])
        for label in self._labels:
            label.near = [other for other in self._labels if other is not label and label.meets(other)]
        for _round in range(ROUNDS):
            unwell = [label for label in self._labels if label.cost(label.chosen, label.near) >= CROSSED]
            few = len(unwell) <= FEW
            moved = [label.choose(label.near) or (few and _make_room(label)) for label in unwell]
            if not any(moved):
                break
        return [Word(label.rows, label.of, label.areas[label.chosen]) for label in self._labels]


@dataclass(slots=True)
class _Label:
    rows: tuple[str, ...]
    of: str
    areas: list[Area]
    costs: list[float]  # of each place, without the other labels
    around: Area
    chosen: int = 0
    near: list["_Label"] = field(default_factory=list)  # those that it can touch

    def meets(self, other: "_Label") -> bool:
        """Whether the two can touch, wherever they stand."""
        return self.around.overlap(other.around, GAP) > 0

    def cost(self, place: int, others: Sequence["_Label"]) -> float:
        area, cost = self.areas[place], self.costs[place]
        x, y, reach, height = area.x, area.y, area.width / 2 + GAP, area.height / 2 + GAP
        for label in others:
            other = label.areas[label.chosen]
            across = reach + other.width / 2 - abs(x - other.x)
            if across > 0:
                down = height + other.height / 2 - abs(y - other.y)
                if down > 0:
                    cost += TOUCHED + across * down
        return cost

    def choose(self, others: Sequence["_Label"]) -> bool:
        """Move to the place with the lowest cost. Return whether that is another one."""
        near = [other for other in others if self.meets(other)]
        before, best = self.chosen, math.inf
        for place in sorted(range(len(self.areas)), key=self.costs.__getitem__):
            if self.costs[place] >= best:
                break
            cost = self.cost(place, near)
            if cost < best:
                self.chosen, best = place, cost
        return self.chosen != before


def _make_room(label: _Label) -> bool:
    """Move a label to a place where others are, and these somewhere else, if all of them are better off. Return whether."""
    for place, cost in enumerate(label.costs):
        if place == label.chosen or cost >= CROSSED:
            continue
        others = [one for one in label.near if label.areas[place].overlap(one.areas[one.chosen], GAP)]
        if not 0 < len(others) <= MOST_MOVED:
            continue
        moved = [label, *others]
        before, cost_before = [one.chosen for one in moved], sum(one.cost(one.chosen, one.near) for one in moved)
        label.chosen = place
        for one in others:
            one.choose(one.near)
        if sum(one.cost(one.chosen, one.near) for one in moved) < cost_before - FARTHER:
            return True
        for one, chosen in zip(moved, before, strict=True):
            one.chosen = chosen
    return False


def width_of(text: str) -> float:
    return len(text) * MONO_CHAR


def size_of(rows: Sequence[str]) -> tuple[float, float]:
    return max(map(width_of, rows)), len(rows) * WORD_HEIGHT


def hull(areas: Sequence[Area]) -> Area:
    """Return the smallest rectangle around the areas."""
    left, top = min(area.left for area in areas), min(area.top for area in areas)
    width = max(area.left + area.width for area in areas) - left
    height = max(area.top + area.height for area in areas) - top
    return Area(left + width / 2, top + height / 2, width, height)


def around(box: Area, rows: Sequence[str]) -> Iterator[tuple[float, float]]:
    """Yield places for the loopback's addresses: below and above the box, then to its sides."""
    width, height = size_of(rows)
    away, aside = (box.height + height) / 2 + 3, (box.width + width) / 2
    for x in (0.0, aside - 8, 8 - aside, width / 2 - 8, 8 - width / 2):
        for y in (away, -away):
            yield box.x + x, box.y + y
    for y in (0.0, -WORD_HEIGHT, WORD_HEIGHT):
        for x in (aside + 5, -aside - 5):
            yield box.x + x, box.y + y


def _beside(
    middles: Iterable[tuple[float, float, float]], size: tuple[float, float], away: float
) -> Iterator[tuple[float, float]]:
    """Turn points on a line, with an angle to its side, into centres of labels that do not touch it and are ``away`` from it."""
    width, height = size
    for x, y, angle in middles:
        nx, ny = _turned(angle)
        reach = abs(nx) * width / 2 + abs(ny) * height / 2 + 2.5 + away
        yield x + nx * reach, y + ny * reach


def _turned(angle: float) -> tuple[float, float]:
    return math.cos(angle), math.sin(angle)


def _sides(line: Line) -> tuple[float, float]:
    """Return the angles of the two normals, the one that points up first."""
    angle = math.atan2(line.y2 - line.y1, line.x2 - line.x1) + math.pi / 2
    up, down = (angle, angle + math.pi) if math.sin(angle) < 0 else (angle + math.pi, angle)
    return up, down


def along(line: Line) -> Iterator[tuple[float, float, float]]:
    """Yield points near the middle of the line, on both sides."""
    length = ((line.x2 - line.x1) ** 2 + (line.y2 - line.y1) ** 2) ** 0.5 or 1.0
    for step in STEPS:
        t = 0.5 + step / length
        for side in _sides(line):
            yield line.x1 + (line.x2 - line.x1) * t, line.y1 + (line.y2 - line.y1) * t, side


def near_end(line: Line, end: Interface, box: Area, rows: Sequence[str]) -> Iterator[tuple[float, float, float]]:
    """Yield points where the line leaves the box and a little further, on both sides, below the line first."""
    width, height = size_of(rows)
    x1, y1, x2, y2 = (line.x1, line.y1, line.x2, line.y2) if end is line.a else (line.x2, line.y2, line.x1, line.y1)
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5 or 1.0
    ux, uy = (x2 - x1) / length, (y2 - y1) / length
    leaves = min(box.width / 2 / abs(ux) if ux else length, box.height / 2 / abs(uy) if uy else length)
    own = abs(ux) * width / 2 + abs(uy) * height / 2 + 5.0
    # Past the middle of the line it would seem to be the label of the other end
    steps = [step for step in FURTHER if leaves + own + step < length / 2] or FURTHER[:1]
    for further in (own + step for step in steps):
        for side in reversed(_sides(line)):
            yield x1 + ux * (leaves + further), y1 + uy * (leaves + further), side


def crosses(line: Line, area: Area) -> bool:
    """Whether the line crosses the rectangle (Liang–Barsky clipping)."""
    begin, end = 0.0, 1.0
    for start, stop, centre, half in (
        (line.x1, line.x2, area.x, area.width / 2),
        (line.y1, line.y2, area.y, area.height / 2),
    ):
        low, high, way = centre - half - start, centre + half - start, stop - start
        if way == 0:
            if low >= 0 or high <= 0:
                return False
            continue
        near, far = (low / way, high / way) if way > 0 else (high / way, low / way)
        begin, end = max(begin, near), min(end, far)
        if begin >= end:
            return False
    return True

"""Computes the layout of a lab's topology: the position of each box, line and label. An SVG template renders it.

A label is placed where it touches no box and no other label. If that is not possible, the layout is computed again on a wider grid.
"""

import ipaddress
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

from labs.engine.definition.spec import Interface, Kind, Lab, Link, Node
from labs.engine.node_places import node_places

BOX_HEIGHT = 42.0
LEAST_BOX = 62.0
COLUMN, ROW = 190.0, 96.0  # between the centres of two boxes
MARGIN = 14.0
NAME_CHAR, ROLE_CHAR, MONO_CHAR = 10.0, 7.2, 7.3  # widths at the font sizes of the stylesheet, rounded up
WORD_HEIGHT = 13.0
WIDER = (0.75, 0.8, 0.85, 0.9, 0.95, 1.0, 1.07, 1.15, 1.3, 1.5, 1.75, 2.1, 2.5)
PAGE, HIGHER = 880.0, 1.5  # the width of the pane on a laptop; a page has more room below than beside
STEPS = (0.0, 6.0, -6.0, 14.0, -14.0, 24.0, -24.0, 36.0, -36.0, 50.0, -50.0)

MARK = 62.0  # the width of a mark with its text
AROUND = [(0, 12), (0, -12), (0, 30), (0, -30), (36, 0), (-36, 0), (40, 12), (-40, 12), (40, -12), (-40, -12), (0, 0)]
PIECES = 40  # pieces of a line that a mark must not cover


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
class Box:
    node: str
    role: str
    kind: Kind
    own: bool  # the learner types on it
    told: str  # its interfaces with their whole addresses
    area: Area

    @property
    def name_y(self) -> float:
        return self.area.y - 2 if self.role else self.area.y + 5

    @property
    def role_y(self) -> float:
        return self.area.y + 14


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


@dataclass(frozen=True)  # no slots: cached_property needs a __dict__
class Drawing:
    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    words: tuple[Word, ...]

    @cached_property
    def marks(self) -> list[Area]:
        """For each line, a place for a mark with a text: near its middle, and without overlap if possible."""
        taken = [*(word.area for word in self.words), *(box.area for box in self.boxes)]
        taken += [piece for line in self.lines for piece in line.pieces]
        places: list[Area] = []
        for line in self.lines:
            x, y = (line.x1 + line.x2) / 2, (line.y1 + line.y2) / 2
            tries = [Area(x + right, y + down, MARK, WORD_HEIGHT + 2) for right, down in AROUND]
            tries = [area for area in tries if area.top >= 0 and area.top + area.height <= self.height] or tries[:1]
            hull = _hull(tries)
            near = [other for other in (*taken, *places) if hull.overlap(other)]
            costs = [sum(area.overlap(other) for other in near) for area in tries]
            places.append(tries[costs.index(min(costs))])
        return places

    @cached_property
    def covering_marks(self) -> int:
        """The number of marks that cover a label, a box or a line; 0 in a good drawing."""
        taken = [*(word.area for word in self.words), *(box.area for box in self.boxes)]
        taken += [piece for line in self.lines for piece in line.pieces]
        return sum(any(mark.overlap(other) for other in taken) for mark in self.marks)

    @cached_property
    def overlaps(self) -> list[tuple[str, str]]:
        """Pairs of labels and boxes that overlap; empty in a good drawing."""
        areas = [*((word.text, word.area) for word in self.words), *((box.node, box.area) for box in self.boxes)]
        return [(a, b) for i, (a, one) in enumerate(areas) for b, two in areas[:i] if one.overlap(two)]


def draw(lab: Lab) -> Drawing:
    """Return the drawing, on the narrowest grid without overlaps; on a higher grid if it would be wider than a page."""
    places = node_places(lab)
    drawing = _narrowest(lab, places, 1.0)
    if drawing.width > PAGE:
        drawing = min(drawing, _narrowest(lab, places, HIGHER), key=lambda one: (_clutter(one), one.width))
    return drawing


def _narrowest(lab: Lab, places: Mapping[str, tuple[float, float]], higher: float) -> Drawing:
    best: Drawing | None = None
    for wider in WIDER:
        drawing = _draw(lab, places, wider, wider * higher)
        if best is None or _clutter(drawing) < _clutter(best):
            best = drawing
        if not any(_clutter(best)):
            break
    assert best is not None  # noqa: S101 - WIDER is not empty
    return best


def _clutter(drawing: Drawing) -> tuple[int, int]:
    return len(drawing.overlaps), drawing.covering_marks


def _draw(lab: Lab, places: Mapping[str, tuple[float, float]], wider: float, higher: float) -> Drawing:
    boxes = {
        name: _box(lab, node, places[name][0] * COLUMN * wider, places[name][1] * ROW * higher)
        for name, node in lab.nodes.items()
    }
    lines = _lines(lab, boxes)
    words: list[Word] = []
    taken = _Taken([box.area for box in boxes.values()], lines, words)
    for name, node in lab.nodes.items():
        for number, address in enumerate(node.loopback):
            taken.place((address,), "loopback", _around(boxes[name].area, number, len(address) * MONO_CHAR))
    for line, link in zip(lines, lab.links, strict=True):
        for end in link.ends:
            rows = _end_rows(end, link)
            taken.put(rows, "end", _near_end(line, end, boxes[end.node].area, *_size(rows)))
    for line, link in zip(lines, lab.links, strict=True):
        if link.label:
            taken.put((link.label,), "link", _along(line))
    return _moved(tuple(boxes.values()), lines, words)


def _moved(boxes: Sequence[Box], lines: Sequence[Line], words: Sequence[Word]) -> Drawing:
    """Move everything so that the drawing begins at 0 and has a margin."""
    areas = [*(box.area for box in boxes), *(word.area for word in words)]
    dx, dy = MARGIN - min(a.left for a in areas), MARGIN - min(a.top for a in areas)

    def at(area: Area) -> Area:
        return Area(round(area.x + dx, 1), round(area.y + dy, 1), area.width, area.height)

    return Drawing(
        width=round(max(a.left + a.width for a in areas) + dx + MARGIN),
        height=round(max(a.top + a.height for a in areas) + dy + MARGIN),
        boxes=tuple(replace(box, area=at(box.area)) for box in boxes),
        lines=tuple(
            Line(n.a, n.b, round(n.x1 + dx, 1), round(n.y1 + dy, 1), round(n.x2 + dx, 1), round(n.y2 + dy, 1))
            for n in lines
        ),
        words=tuple(Word(word.rows, word.of, at(word.area)) for word in words),
    )


def _box(lab: Lab, node: Node, x: float, y: float) -> Box:
    role = node.role or ("switch" if node.kind is Kind.SWITCH else "")
    width = max(LEAST_BOX, len(node.name) * NAME_CHAR + 18, len(role) * ROLE_CHAR + 14)
    ports = [(end.name, end.addresses) for end in lab.interfaces(node.name)] + [("lo", node.loopback)]
    told = ", ".join(" ".join([name, *addresses]) for name, addresses in ports if name != "lo" or addresses)
    own = node.learner and node.has_shell
    return Box(node.name, role, node.kind, own, f"{node.name}: {told}", Area(x, y, width, BOX_HEIGHT))


def _lines(lab: Lab, boxes: Mapping[str, Box]) -> tuple[Line, ...]:
    """Return lines from centre to centre; parallel links are drawn side by side."""
    pairs = [frozenset((link.a.node, link.b.node)) for link in lab.links]
    made = []
    for number, link in enumerate(lab.links):
        a, b = boxes[link.a.node].area, boxes[link.b.node].area
        rank, count = pairs[:number].count(pairs[number]), pairs.count(pairs[number])
        shift = (rank - (count - 1) / 2) * 26.0
        swap = -1 if link.a.node > link.b.node else 1
        nx, ny = _normal(a, b)
        dx, dy = nx * shift * swap, ny * shift * swap
        made.append(Line(link.a, link.b, a.x + dx, a.y + dy, b.x + dx, b.y + dy))
    return tuple(made)


def _normal(a: Area, b: Area) -> tuple[float, float]:
    length = ((b.x - a.x) ** 2 + (b.y - a.y) ** 2) ** 0.5 or 1.0
    return -(b.y - a.y) / length, (b.x - a.x) / length


def _end_rows(end: Interface, link: Link) -> tuple[str, ...]:
    """Return the interface with its first address, and each other address in a row of its own.

    For an address in the link's prefix it is only the host part. In one row, addresses of both families would take twice the width.
    """
    first, *others = [_short(address, link.label) for address in end.addresses] or [""]
    return f"{end.name} {first}".rstrip(), *others


def _size(rows: Sequence[str]) -> tuple[float, float]:
    return max(map(len, rows)) * MONO_CHAR, len(rows) * WORD_HEIGHT


def _short(address: str, label: str) -> str:
    interface = ipaddress.ip_interface(address)
    if interface.version == 4 or str(interface.network) != label:
        return address
    host = int(interface.ip) & int(interface.network.hostmask)
    return str(ipaddress.IPv6Address(host)) if host < 1 << 64 else str(interface.ip)


class _Taken:
    """The boxes, lines and labels that are placed already. It finds the place with the lowest cost for a new label."""

    def __init__(self, boxes: Sequence[Area], lines: Sequence[Line], words: list[Word]) -> None:
        self.boxes, self.lines, self.words = boxes, lines, words

    def put(self, rows: tuple[str, ...], of: str, middles: Iterable[tuple[float, float, float]]) -> None:
        """Put a label at the best of some places, each a point of a line and an angle to its side.

        On a line whose ends have long labels, the label of the link stands beside one of them, one row away from the line.
        """
        away = (0.0, WORD_HEIGHT + 4) if of == "link" else (0.0,)
        points, size = list(middles), _size(rows)
        self.place(rows, of, chain.from_iterable(_beside(points, size, one) for one in away))

    def place(self, rows: tuple[str, ...], of: str, middles: Iterator[tuple[float, float]]) -> None:
        areas = [Area(x, y, *_size(rows)) for x, y in middles]
        near = self._near(_hull(areas))
        costs = [near.cost(area) + rank * 0.4 for rank, area in enumerate(areas)]
        self.words.append(Word(rows, of, areas[costs.index(min(costs))]))

    def _near(self, hull: Area) -> "_Taken":
        """Return what may overlap the hull, so that the rest of a large drawing takes no time."""
        boxes = [box for box in self.boxes if hull.overlap(box, 4)]
        lines = [line for line in self.lines if _crosses(line, hull)]
        return _Taken(boxes, lines, [word for word in self.words if hull.overlap(word.area, 4)])

    def cost(self, area: Area) -> float:
        boxes = sum(60 + area.overlap(box, 3) for box in self.boxes if area.overlap(box, 3))
        words = sum(60 + area.overlap(word.area, 4) for word in self.words if area.overlap(word.area, 4))
        lines = sum(25.0 for line in self.lines if _crosses(line, area))
        return boxes + words + lines


def _hull(areas: Sequence[Area]) -> Area:
    """Return the smallest rectangle around the areas."""
    left, top = min(area.left for area in areas), min(area.top for area in areas)
    width = max(area.left + area.width for area in areas) - left
    height = max(area.top + area.height for area in areas) - top
    return Area(left + width / 2, top + height / 2, width, height)


def _around(box: Area, number: int, width: float) -> Iterator[tuple[float, float]]:
    """Yield places for the loopback's addresses: below and above the box, then to its sides."""
    away = BOX_HEIGHT / 2 + 9 + number * WORD_HEIGHT
    aside = width / 2 + box.width / 2 - 8
    for x, y in ((0.0, away), (0.0, -away), (aside, away), (-aside, away), (aside, -away), (-aside, -away)):
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


def _along(line: Line) -> Iterator[tuple[float, float, float]]:
    """Yield points near the middle of the line, on both sides."""
    length = ((line.x2 - line.x1) ** 2 + (line.y2 - line.y1) ** 2) ** 0.5 or 1.0
    for step in STEPS:
        t = 0.5 + step / length
        for side in _sides(line):
            yield line.x1 + (line.x2 - line.x1) * t, line.y1 + (line.y2 - line.y1) * t, side


def _near_end(
    line: Line, end: Interface, box: Area, width: float, height: float
) -> Iterator[tuple[float, float, float]]:
    """Yield points where the line leaves the box and a little further, on both sides, below the line first."""
    x1, y1, x2, y2 = (line.x1, line.y1, line.x2, line.y2) if end is line.a else (line.x2, line.y2, line.x1, line.y1)
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5 or 1.0
    ux, uy = (x2 - x1) / length, (y2 - y1) / length
    leaves = min(box.width / 2 / abs(ux) if ux else length, box.height / 2 / abs(uy) if uy else length)
    own = abs(ux) * width / 2 + abs(uy) * height / 2 + 5.0
    for further in (own, own + 5, own + 12, own + 20, own + 30, own + 42, own + 56, own + 72):
        for side in reversed(_sides(line)):
            yield x1 + ux * (leaves + further), y1 + uy * (leaves + further), side


def _crosses(line: Line, area: Area) -> bool:
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

"""Computes the layout of a lab's topology: the position of each box, line and label. An SVG template renders it.

A label is placed where it touches no box, no line and no other label. If that is not possible, the layout is computed again on
another grid: at first on one that fits into the pane of a laptop. Its rows are farther apart, or its columns are rows.
"""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from labs.engine.definition.spec import Interface, Kind, Lab, Link, Node
from labs.engine.label_places import (
    BOX_HEIGHT,
    WORD_HEIGHT,
    Area,
    Labels,
    Line,
    Word,
    along,
    around,
    crosses,
    hull,
    near_end,
    size_of,
)
from labs.engine.node_places import node_places

__all__ = ["Area", "Box", "Drawing", "Line", "Word", "draw"]

LEAST_BOX = 62.0
COLUMN, ROW = 190.0, 96.0  # between the centres of two boxes
MARGIN = 14.0
NAME_CHAR, ROLE_CHAR = 10.0, 7.2  # widths at the font sizes of the stylesheet, rounded up
LONGEST_ROW = 16  # characters of an interface and its address in one row
WIDER = (0.75, 0.8, 0.85, 0.9, 0.95, 1.0, 1.07, 1.15, 1.3, 1.5, 1.75, 2.1, 2.5)
PAGE = 877.0  # the width of the pane on a laptop
HIGHER = (1.0, 1.2, 1.4, 1.6, 1.9, 2.2, 2.6, 3.0)  # a page has more room below than beside

TRIES = 4  # to make a drawing as wide as a page
LEVEL = 0.2  # rise of a line beside which the labels of both ends share the same width
BETWEEN = 6.0  # these labels

MARK = 62.0  # the width of a mark with its text
AROUND = [(0, 12), (0, -12), (0, 30), (0, -30), (36, 0), (-36, 0), (40, 12), (-40, 12), (40, -12), (-40, -12), (0, 0)]
ALONG = (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74)  # parts of a line near which its mark may stand

type Places = Mapping[str, tuple[float, float]]


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


@dataclass(frozen=True)  # no slots: cached_property needs a __dict__
class Drawing:
    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    words: tuple[Word, ...]
    crowded: int  # level lines that are shorter than the labels of both ends, so that it is hard to see whose each is

    @property
    def is_high(self) -> bool:
        """Whether it needs the height of a page rather than its width."""
        return self.height > 0.7 * self.width

    @cached_property
    def marks(self) -> list[Area]:
        """For each line, a place for a mark with a text: near its middle, and without overlap if possible."""
        taken = [*(word.area for word in self.words), *(box.area for box in self.boxes)]
        taken += [piece for line in self.lines for piece in line.pieces]
        places: list[Area] = []
        for line in self.lines:
            best: tuple[float, Area] | None = None
            for part in ALONG:
                found = self._mark(line, part, [*taken, *places])
                best = found if best is None or found[0] < best[0] else best
                if not best[0]:
                    break
            places += [best[1]] if best else []
        return places

    def _mark(self, line: Line, part: float, taken: Sequence[Area]) -> tuple[float, Area]:
        """Return the best place near a part of a line, behind the area that it covers there."""
        x, y = line.x1 + (line.x2 - line.x1) * part, line.y1 + (line.y2 - line.y1) * part
        tries = [Area(x + right, y + down, MARK, WORD_HEIGHT + 2) for right, down in AROUND]
        tries = [area for area in tries if area.top >= 0 and area.top + area.height <= self.height] or tries[:1]
        whole = hull(tries)
        near = [other for other in taken if whole.overlap(other)]
        costs = [sum(area.overlap(other) for other in near) for area in tries]
        return min(costs), tries[costs.index(min(costs))]

    @cached_property
    def covering_marks(self) -> int:
        """The number of marks that cover a label, a box or a line; 0 in a good drawing."""
        taken = [*(word.area for word in self.words), *(box.area for box in self.boxes)]
        taken += [piece for line in self.lines for piece in line.pieces]
        return sum(any(mark.overlap(other) for other in taken) for mark in self.marks)

    @cached_property
    def crossed_words(self) -> list[str]:
        """The labels that a line crosses; empty in a good drawing."""
        return [word.text for word in self.words if any(crosses(line, word.area) for line in self.lines)]

    @cached_property
    def crossed_boxes(self) -> list[str]:
        """The nodes whose box is crossed by a line that does not end there; empty in a good drawing."""
        ends = [(line, {line.a.node, line.b.node}) for line in self.lines]
        return [
            box.node for box in self.boxes if any(box.node not in of and crosses(line, box.area) for line, of in ends)
        ]

    @cached_property
    def overlaps(self) -> list[tuple[str, str]]:
        """Pairs of labels and boxes that overlap; empty in a good drawing."""
        areas = [*((word.text, word.area) for word in self.words), *((box.node, box.area) for box in self.boxes)]
        return [(a, b) for i, (a, one) in enumerate(areas) for b, two in areas[:i] if one.overlap(two)]


def draw(lab: Lab) -> Drawing:
    """Return the first drawing in which nothing is covered and that a page has room for; without one, the best."""
    best: Drawing | None = None
    places = node_places(lab)
    for drawing in _drawings(lab, places):
        if best is None or _faults(drawing) < _faults(best):
            best = drawing
        if not any(_faults(best)):
            break
    assert best is not None  # noqa: S101 - each lab has drawings
    return _roomier(lab, places, best) if best.crowded else best


def _roomier(lab: Lab, places: Places, best: Drawing) -> Drawing:
    """Return the drawing with longer lines, as far as a page has room for it and nothing is covered."""
    for wider in WIDER:
        made = [_draw(lab, places, wider, higher) for higher in WIDER if higher <= wider]
        best = min(
            [best, *(one for one in made if not any(_faults(one)))],
            key=lambda one: (one.crowded, one.width, one.height),
        )
        if made[0].width > PAGE:
            break
    return best


def _faults(drawing: Drawing) -> tuple[float, ...]:
    """Return what is wrong, the worst first. Marks are placed only where all else is well, because that takes long."""
    covered = len(drawing.overlaps) + len(drawing.crossed_boxes)
    crossed = len(drawing.crossed_words)
    marks = len(drawing.lines) if covered or crossed else drawing.covering_marks
    return covered, crossed, marks, max(0.0, drawing.width - PAGE)


def _drawings(lab: Lab, places: Places) -> Iterator[Drawing]:
    """Yield drawings, those that a reader likes best first: narrow, then as wide as a page and higher, then wider."""
    wide = False
    for wider in WIDER:
        drawing = _draw(lab, places, wider, wider)
        wide = drawing.width > PAGE
        if wide:
            break
        yield drawing
    if not wide:
        return
    turned = {name: (y, x) for name, (x, y) in places.items()}
    for arranged in (places, turned, _staggered(turned)):
        yield from _on_a_page(lab, arranged)
    for higher in (1.0, 1.5):
        for wider in WIDER:
            yield _draw(lab, places, wider, wider * higher)


def _on_a_page(lab: Lab, places: Places) -> Iterator[Drawing]:
    """Yield drawings that are as wide as a page, each higher than the one before; none if also the highest has overlaps."""
    columns = [x for x, _y in places.values()]
    span = (max(columns) - min(columns)) * COLUMN
    wider = (PAGE - 2 * MARGIN - LEAST_BOX) / span if span else 1.0
    made: dict[float, Drawing] = {}
    for higher in (HIGHER[-1], *HIGHER[:-1]):
        for _try in range(TRIES):
            drawing = _draw(lab, places, wider, higher)
            if drawing.width <= PAGE:
                made[higher] = drawing
                break
            wider -= (drawing.width - PAGE + 1) / (span or COLUMN)
        if higher == HIGHER[-1]:
            if higher not in made or made[higher].overlaps:
                return
        elif higher in made:
            yield made[higher]
    yield made[HIGHER[-1]]


def _staggered(places: Places) -> Places:
    """Move every other column down a little: labels beside a slanted line need less width than beside a horizontal one."""
    columns = sorted({x for x, _y in places.values()})
    return {name: (x, y + 0.4 * (columns.index(x) % 2)) for name, (x, y) in places.items()}


def _draw(lab: Lab, places: Places, wider: float, higher: float) -> Drawing:
    boxes = {
        name: _box(lab, node, places[name][0] * COLUMN * wider, places[name][1] * ROW * higher)
        for name, node in lab.nodes.items()
    }
    lines = _lines(lab, boxes)
    labels = Labels([box.area for box in boxes.values()], lines)
    for name, node in lab.nodes.items():
        if node.loopback:
            labels.at(node.loopback, "loopback", around(boxes[name].area, node.loopback))
    for line, link in zip(lines, lab.links, strict=True):
        for end in link.ends:
            rows = _end_rows(end, link)
            labels.beside_line(rows, "end", near_end(line, end, boxes[end.node].area, rows))
    at_switches = _labels_at_switches(lab)
    for switch, label in at_switches:
        labels.at((label,), "link", around(boxes[switch].area, (label,)))
    for line, link in zip(lines, lab.links, strict=True):
        if link.label and not any((end.node, link.label) in at_switches for end in link.ends):
            labels.beside_line((link.label,), "link", along(line))
    crowded = sum(_is_crowded(line, link, boxes) for line, link in zip(lines, lab.links, strict=True))
    return _moved(tuple(boxes.values()), lines, labels.words(), crowded)


def _labels_at_switches(lab: Lab) -> list[tuple[str, str]]:
    """Return each switch that connects several links with the same label, with that label, which is written once there."""
    ends = [(end.node, link.label) for link in lab.links if link.label for end in link.ends]
    several = [end for end in ends if lab.nodes[end[0]].kind is Kind.SWITCH and ends.count(end) > 1]
    return list(dict.fromkeys(several))


def _is_crowded(line: Line, link: Link, boxes: Mapping[str, Box]) -> bool:
    across, down = abs(line.x2 - line.x1), abs(line.y2 - line.y1)
    visible = across - sum(boxes[end.node].area.width for end in link.ends) / 2
    return down < LEVEL * across and visible < BETWEEN + sum(size_of(_end_rows(end, link))[0] for end in link.ends)


def _moved(boxes: Sequence[Box], lines: Sequence[Line], words: Sequence[Word], crowded: int) -> Drawing:
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
        crowded=crowded,
    )


def _box(lab: Lab, node: Node, x: float, y: float) -> Box:
    role = "" if node.role == node.name else node.role or ("switch" if node.kind is Kind.SWITCH else "")
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
    """Return the interface with its first address if that is short, and each other address in a row of its own.

    For an address in the link's prefix it is only the host part. In one row, addresses of both families would take twice the width.
    """
    addresses = [_short(address, link.label) for address in end.addresses]
    if addresses and len(end.name) + len(addresses[0]) < LONGEST_ROW:
        return f"{end.name} {addresses[0]}", *addresses[1:]
    return end.name, *addresses


def _short(address: str, label: str) -> str:
    interface = ipaddress.ip_interface(address)
    if interface.version == 4 or str(interface.network) != label:
        return address
    host = int(interface.ip) & int(interface.network.hostmask)
    return str(ipaddress.IPv6Address(host)) if host < 1 << 64 else str(interface.ip)

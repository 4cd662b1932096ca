"""A drawing must be readable: nothing overlaps, and everything with a name is in it."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from labs.engine.authoring import parse
from labs.engine.authoring.parse import load_lab
from labs.engine.definition.spec import Interface, Kind, Link, Node
from labs.engine.drawing import draw
from labs.engine.label_places import BOX_HEIGHT, WORD_HEIGHT

OURS = Path(parse.__file__).parents[2] / "catalog/ospfv3-one-area"
PANE = 877
KINDS = {"h": Kind.HOST, "r": Kind.FRR, "s": Kind.SWITCH}


def network(*pairs, loopbacks=False):
    """Makes a lab of pairs such as "h1 r1", each link with addresses at both ends."""
    names = dict.fromkeys(name for pair in pairs for name in pair.split())
    loopback = ("2001:db8:0:ff::1/128",) if loopbacks else ()
    nodes = {
        n: Node(
            name=n, kind=KINDS[n[0]], role="router" if n[0] == "r" else "", loopback=loopback if n[0] == "r" else ()
        )
        for n in names
    }
    used = dict.fromkeys(names, 0)
    links = []
    for number, pair in enumerate(pairs):
        prefix = f"2001:db8:0:{number + 16:x}::"
        ends = []
        for host, name in enumerate(pair.split(), 1):
            addresses = () if name[0] == "s" else (f"{prefix}{host}/64",)
            ends.append(Interface(node=name, name=f"eth{used[name]}", addresses=addresses))
            used[name] += 1
        links.append(Link(a=ends[0], b=ends[1], label=f"{prefix}/64" if "s" not in pair else ""))
    return replace(load_lab(OURS), nodes=nodes, links=tuple(links))


RING = [f"r{i} r{i % 8 + 1}" for i in range(1, 9)]
LABS = {
    "three in a row": network("h1 r1", "r1 h2", loopbacks=True),
    "two cables between two": network("r1 r2", "r1 r2", "r2 r3"),
    "a star around a switch": network("s1 r1", "s1 r2", "s1 r3", "s1 r4", "r1 h1"),
    "a ring of eight": network(*RING),
    "a full mesh of four": network("r1 r2", "r1 r3", "r1 r4", "r2 r3", "r2 r4", "r3 r4"),
    "ten": network(
        "r1 r2",
        "r2 r3",
        "r3 r4",
        "r4 r5",
        "r5 r6",
        "r6 r1",
        "r1 r4",
        "r2 r5",
        "h1 r1",
        "h2 r3",
        "h3 r4",
        "h4 r6",
        loopbacks=True,
    ),
    "two parts": network("h1 r1", "h2 r2"),
}


@pytest.mark.parametrize("name", LABS)
def test_no_label_touches_a_box_or_another_label(name):
    drawing = draw(LABS[name])
    assert drawing.overlaps == []
    areas = [*(box.area for box in drawing.boxes), *(word.area for word in drawing.words)]
    assert all(area.left >= 0 and area.top >= 0 for area in areas)
    assert all(area.left + area.width <= drawing.width and area.top + area.height <= drawing.height for area in areas)


@pytest.mark.parametrize("seed", [0, 47])
@pytest.mark.parametrize("folder", sorted(path.parent.name for path in OURS.parent.glob("*/lab.yaml")))
def test_our_labs_fit_into_the_pane_of_a_laptop_and_nothing_in_them_covers_another_thing(folder, seed):
    drawing = draw(load_lab(OURS.parent / folder, seed))
    assert (drawing.overlaps, drawing.crossed_words, drawing.crossed_boxes) == ([], [], [])
    assert drawing.width <= PANE
    pieces = [piece for line in drawing.lines for piece in line.pieces]
    taken = [*pieces, *(word.area for word in drawing.words), *(box.area for box in drawing.boxes)]
    assert [area for area in drawing.marks if any(area.overlap(other) for other in taken)] == []


def test_a_lab_is_drawn_as_its_author_placed_it():
    drawing = draw(load_lab(OURS))
    assert drawing.overlaps == []
    places = {box.node: box.area for box in drawing.boxes}
    assert [name for name, _area in sorted(places.items(), key=lambda item: item[1].x)] == [
        "h1",
        "r1",
        "r2",
        "r3",
        "s3",
        "probe",
        "h2",
    ]
    assert places["r2"].y < places["r1"].y == places["h2"].y < places["probe"].y
    assert [box.node for box in drawing.boxes if not box.own] == ["s3", "probe"]
    words = [word.text for word in drawing.words]
    assert words.count("2001:db8:0:13::/64") == 1
    assert {"eth0 ::10", "eth2 ::1", "eth3 ::1"} <= set(words)


def test_the_network_of_a_lan_is_written_once_and_at_its_switch():
    drawing = draw(load_lab(OURS))
    (word,) = (word for word in drawing.words if word.text == "2001:db8:0:a3::/64")
    (switch,) = (box for box in drawing.boxes if box.node == "s3")
    assert abs(word.area.y - switch.area.y) < BOX_HEIGHT + WORD_HEIGHT


def test_each_further_address_of_an_interface_has_a_row_of_its_own():
    """In one row, both families make a drawing of eight routers a third wider."""
    lab = network("r1 r2")
    link = lab.links[0]
    both = replace(link, a=replace(link.a, addresses=(*link.a.addresses, "192.0.2.16/31")))
    drawing = draw(replace(lab, links=(both,)))
    words = {word.text: word for word in drawing.words}
    two, one = words["eth0 ::1 192.0.2.16/31"], words["eth0 ::2"]
    assert [row for row, _y in two.baselines] == ["eth0 ::1", "192.0.2.16/31"]
    (_, first), (_, second) = two.baselines
    assert two.area.top < first < second < two.area.top + two.area.height == two.area.top + 2 * one.area.height


CHAIN = [f"r{i} r{i + 1}" for i in range(1, 12)]


def test_a_drawing_that_would_be_wider_than_the_pane_of_a_laptop_becomes_higher_instead():
    """Twelve routers in a row would take 2,300 pixels. From left to right becomes from top to bottom."""
    drawing = draw(network(*CHAIN))
    assert drawing.width <= PANE < drawing.height
    places = {box.node: box.area for box in drawing.boxes}
    assert [name for name, _area in sorted(places.items(), key=lambda item: item[1].y)] == [
        f"r{i}" for i in range(1, 13)
    ]


@pytest.mark.parametrize("folder", ["clinic", "isis-dual-stack", "multihoming"])
def test_the_label_of_an_end_is_nearer_to_its_own_box_than_to_the_other_one(folder):
    """Past the middle of the line it seems to be the address of the other router."""
    lab = load_lab(OURS.parent / folder)
    drawing = draw(lab)
    boxes = {box.node: box.area for box in drawing.boxes}
    ends = [(link, end) for link in lab.links for end in link.ends]
    words = [word for word in drawing.words if word.of == "end"]
    for (link, end), word in zip(ends, words, strict=True):
        [other] = [one for one in link.ends if one is not end]
        near, far = (math.dist((word.x, word.area.y), (boxes[n].x, boxes[n].y)) for n in (end.node, other.node))
        assert near < far, word.text


def test_of_two_places_a_label_takes_the_one_that_no_line_crosses():
    drawing = draw(network("s1 r1", "s1 r2", "s1 r3", "s1 r4", "s1 r5", "s1 r6", "s1 r7", "s1 r8"))
    assert (drawing.overlaps, drawing.crossed_words, drawing.crossed_boxes) == ([], [], [])


def test_a_link_crosses_no_other_nodes_box():
    assert LABS
    for name, lab in LABS.items():
        drawing = draw(lab)
        for line in drawing.lines:
            others = [box for box in drawing.boxes if box.node not in (line.a.node, line.b.node)]
            for step in range(101):
                x = line.x1 + (line.x2 - line.x1) * step / 100
                y = line.y1 + (line.y2 - line.y1) * step / 100
                inside = [
                    b.node
                    for b in others
                    if abs(x - b.area.x) < b.area.width / 2 and abs(y - b.area.y) < b.area.height / 2
                ]
                assert inside == [], (name, str(line.a), str(line.b))


def test_a_lab_without_links_has_a_drawing():
    lab = load_lab(OURS)
    assert len(draw(replace(lab, links=(), nodes={"r1": replace(lab.nodes["r1"], at=None)})).boxes) == 1


def test_a_line_is_as_long_as_the_labels_of_both_its_ends_where_a_page_has_room():
    """Regression: on a short line the label of one end reached to the other end, and it was hard to see whose it is."""
    lab = network("h1 r1", "r1 h2")
    assert draw(lab).crowded == 0
    ends = {str(end) for link in lab.links for end in link.ends}
    drawing = draw(lab)
    for line in drawing.lines:
        boxes = [box.area for box in drawing.boxes if box.node in (line.a.node, line.b.node)]
        labels = [
            word.area for word in drawing.words if word.of == "end" and abs(word.x - (line.x1 + line.x2) / 2) < 100
        ]
        visible = abs(line.x2 - line.x1) - sum(box.width for box in boxes) / 2
        assert sum(label.width for label in labels) <= visible, ends


def test_a_drawing_that_no_page_has_room_for_stays_as_narrow_as_it_was():
    row = network(*(f"r{i} r{i + 1}" for i in range(1, 12)))
    assert draw(row).width <= PANE

"""The places of the labels in a drawing: away from boxes and lines, and from each other."""

import pytest

from labs.engine.definition.spec import Interface
from labs.engine.label_places import BOX_HEIGHT, Area, Labels, Line, crosses, hull, size_of

BOX = Area(100, 100, 80, BOX_HEIGHT)
ACROSS = Line(Interface(node="r1", name="eth0"), Interface(node="r2", name="eth0"), 0, 100, 400, 100)


@pytest.mark.parametrize(
    ("area", "is_crossed"),
    [(Area(200, 100, 40, 10), True), (Area(200, 120, 40, 10), False), (Area(500, 100, 40, 10), False)],
    ids=["on it", "below it", "beyond its end"],
)
def test_a_line_crosses_an_area_only_between_its_ends(area, is_crossed):
    assert crosses(ACROSS, area) is is_crossed


@pytest.mark.parametrize(("boxes", "lines"), [([BOX], []), ([], [ACROSS])], ids=["a box", "a line"])
def test_a_label_takes_its_next_place_where_the_first_would_cover_something(boxes, lines):
    labels = Labels(boxes, lines)
    labels.at(("eth0 ::1",), "end", [(100, 100), (100, 160)])
    [word] = labels.words()
    assert (word.x, word.area.y) == (100, 160)


def test_of_two_labels_for_one_place_the_second_stands_elsewhere():
    labels = Labels([], [])
    labels.at(("eth0",), "end", [(50, 50), (50, 90)])
    labels.at(("eth1",), "end", [(50, 50), (50, 90)])
    assert [word.area.y for word in labels.words()] == [50, 90]


def test_a_label_makes_room_for_one_that_has_no_other_place():
    labels = Labels([BOX], [])
    labels.at(("eth0",), "end", [(300, 50), (300, 90)])
    labels.at(("eth1",), "end", [(300, 50), (100, 100)])  # the second place is on the box
    assert [word.area.y for word in labels.words()] == [90, 50]


def test_each_row_of_a_label_has_a_baseline_of_its_own():
    labels = Labels([], [])
    labels.at(("eth0", "2001:db8::1"), "end", [(100, 100)])
    [word] = labels.words()
    rows = word.baselines
    assert [row for row, _y in rows] == ["eth0", "2001:db8::1"]
    assert rows[0][1] < rows[1][1] < word.area.top + word.area.height
    assert (word.area.width, word.area.height) == size_of(word.rows)


def test_the_hull_covers_all_areas():
    around = hull([Area(0, 0, 10, 10), Area(100, 40, 20, 10)])
    assert (around.left, around.top, around.left + around.width, around.top + around.height) == (-5, -5, 110, 45)

"""The roadmap: each course after its prerequisites, in drawings whose boxes do not overlap and whose text is large enough."""

import re
from itertools import combinations
from pathlib import Path

import pytest

from courses import roadmap_drawing
from courses.content import Course
from courses.pages.catalogue import catalogue_for

# As many courses as are planned, with their prerequisites
MANY = {
    "linux": (),
    "first-steps": (),
    "ipv6": ("linux", "first-steps"),
    "dns": ("linux",),
    "routing": ("ipv6",),
    "security": ("routing", "dns"),
    "exchange": ("routing", "ipv6"),
    "community": ("ipv6",),
    "automation": ("linux", "security"),
}
TITLES = {"security": "Routing security for small operators and everybody who peers with them at an exchange point"}


def courses(needs):
    return {
        one: Course(
            id=one, title=TITLES.get(one, one.title()), summary="", modules=(), prerequisites=before, folder=Path()
        )
        for one, before in needs.items()
    }


@pytest.fixture
def many():
    return courses(MANY)


def test_each_course_stands_after_its_prerequisites(many):
    order = [course.id for course in roadmap_drawing.in_order(many)]
    for course, before in MANY.items():
        for one in before:
            assert order.index(one) < order.index(course), (one, course)


def test_what_follows_from_other_prerequisites_is_not_drawn(many):
    ways = roadmap_drawing.direct(many)
    assert ("routing", "exchange") in ways
    assert ("ipv6", "exchange") not in ways, "routing comes after ipv6 already"
    assert ("linux", "automation") not in ways


@pytest.mark.parametrize("draw", [roadmap_drawing.narrow, roadmap_drawing.wide])
def test_no_two_boxes_overlap_and_all_are_inside(many, draw):
    drawing = draw(many)
    assert len(drawing.boxes) == len(many)
    for box in drawing.boxes:
        assert box.x >= 0 <= box.y
        assert box.x + box.width <= drawing.width
        assert box.y + box.height <= drawing.height
    for one, other in combinations(drawing.boxes, 2):
        beside = one.x + one.width <= other.x or other.x + other.width <= one.x
        above = one.y + one.height <= other.y or other.y + other.height <= one.y
        assert beside or above, (one.course.id, other.course.id)


@pytest.mark.parametrize("draw", [roadmap_drawing.narrow, roadmap_drawing.wide])
def test_each_line_leads_from_a_course_to_one_that_follows_it(many, draw):
    drawing = draw(many)
    box = {one.course.id: one for one in drawing.boxes}
    assert len(drawing.ways) == len(drawing.heads) == len(roadmap_drawing.direct(many))
    ends = sorted(tuple(map(int, re.findall(r"-?\d+", head)[:2])) for head in drawing.heads)
    sides = sorted(
        (box[other].x, y) for one, other in roadmap_drawing.direct(many) for y in [touched(box[other], ends)]
    )
    assert ends == sides


def touched(box, ends) -> int:
    """Return where on the left side of the box lines end."""
    [y] = {y for x, y in ends if x == box.x and box.y < y < box.y + box.height}
    return y


def test_in_the_narrow_drawing_no_two_lines_share_a_lane_at_the_same_height(many):
    spans = []
    for way in roadmap_drawing.narrow(many).ways:
        lane = int(re.search(r"Q(\d+)", way)[1])
        start, end = int(re.match(r"M\d+ (\d+)", way)[1]), int(re.search(r"V(\d+)", way)[1])
        spans.append((lane, start, end))
    for (lane, start, end), (other_lane, other_start, other_end) in combinations(spans, 2):
        if lane == other_lane and start != other_start:
            assert end <= other_start or other_end <= start


def test_a_phone_of_360_pixels_shows_the_narrow_drawing_without_scaling_it_down(many):
    padding = 2 * 12
    assert roadmap_drawing.narrow(many).width <= 360 - padding


def test_a_long_title_is_cut_within_its_box(many):
    for draw in (roadmap_drawing.narrow, roadmap_drawing.wide):
        [box] = [box for box in draw(many).boxes if box.course.id == "security"]
        assert 1 < len(box.lines) <= roadmap_drawing.LINES
        assert max(map(len, box.lines)) * roadmap_drawing.LETTER <= box.width


def test_with_too_many_columns_there_is_only_the_narrow_drawing():
    chain = {str(number): ((str(number - 1),) if number else ()) for number in range(roadmap_drawing.MOST_COLUMNS + 1)}
    assert roadmap_drawing.wide(courses(chain)) is None
    assert len(roadmap_drawing.narrow(courses(chain)).ways) == roadmap_drawing.MOST_COLUMNS


def test_courses_that_do_not_build_on_each_other_have_no_roadmap(many):
    assert catalogue_for(None, many).narrow
    apart = catalogue_for(None, courses({"linux": (), "dns": ()}))
    assert (apart.narrow, apart.wide) == (None, None)

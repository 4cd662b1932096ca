"""The placement test: from its file to the page that says where to begin."""

from collections import Counter

import pytest
from django.conf import settings as site
from django.http import QueryDict

from courses import loader
from courses.loader import clear_cache
from courses.pages import placement as page
from tests.courses.test_loader import COURSE, told

PLACEMENT = """\
questions:
  - {id: w-one, course: waves, kind: one, ask: "Which is swell?", options: [{text: long, right: true}, {text: short}]}
  - {id: w-two, course: waves, kind: number, ask: "How many is 1 and 1?", answer: 2}
  - {id: t-one, course: tides, kind: one, ask: "Who pulls?", options: [{text: moon, right: true}, {text: wind}]}
"""
ADDRESS = "/courses-placement/"


def another_course(root, name, *before):
    """Write a course beside "waves", with the same lesson."""
    folder = root / name
    folder.mkdir()
    needs = f"prerequisites: [{', '.join(before)}]\n" if before else ""
    (folder / "course.yaml").write_text(COURSE.replace("id: waves", f"id: {name}", 1) + needs)
    (folder / "010-swell.md").write_text((root / "waves/010-swell.md").read_text())


@pytest.fixture
def root(waves):
    """Three courses: tides builds on waves, and the test asks nothing about boats, which builds on waves too."""
    root = waves.parent
    another_course(root, "tides", "waves")
    another_course(root, "boats", "waves")
    (root / "placement.yaml").write_text(PLACEMENT)
    clear_cache()
    return root


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("course: tides", "course: tide", '4: Each question names a course: did you mean "tides"?'),
        ("course: tides, ", "", "4: Each question names a course"),
        ("id: w-two", "id: w-one", '1: The id "w-one" is there 2 times'),
        ("ask: \"Who", "right: The moon., ask: \"Who", "4: A placement test explains nothing"),
        ("kind: number", "kind: numbers", "3: "),
        ("questions:", "question:", "1: "),
    ],
)  # fmt: skip
def test_a_mistake_in_the_file_is_reported_with_its_line(root, old, new, message):
    assert old in PLACEMENT
    (root / "placement.yaml").write_text(PLACEMENT.replace(old, new))
    assert any(line.startswith(f"placement.yaml:{message}") for line in told(root)), told(root)


def answers(root, **chosen):
    """Return the form in which these answers were chosen: the id of the question, with _ for -, and a text."""
    form = QueryDict(mutable=True)
    for shown in page.questions_of(loader.library(root).placement):
        if (text := chosen.get(shown.question.id.replace("-", "_"))) is not None:
            token = next((pick.token for pick in shown.picks if pick.text == text), None)
            form[f"{shown.question.id}.{'pick' if token else 'written'}"] = token or text
    return form


def result(root, **chosen):
    found = loader.library(root)
    return page.result_of(found.placement, answers(root, **chosen), found.courses)


def test_one_begins_with_the_first_course_that_is_not_known(root):
    found = result(root, w_one="long", w_two="2", t_one="wind")
    assert [(row.course.id, row.right, row.asked, row.here) for row in found.rows] == [
        ("waves", 2, 2, False),
        ("tides", 0, 1, True),
    ]
    assert found.begin.id == "tides"


def test_a_course_of_which_a_part_is_known_is_where_one_begins(root):
    assert result(root, w_one="long", w_two="3", t_one="moon").begin.id == "waves"
    assert result(root, t_one="moon").begin.id == "waves"  # what was left out is not known


def test_who_knows_all_of_it_begins_nowhere(root):
    assert result(root, w_one="long", w_two="2", t_one="moon").begin is None


def test_a_course_that_was_not_asked_about_is_open_where_what_comes_before_it_is_known(root):
    assert [course.id for course in result(root, w_one="long", w_two="2").open] == ["boats"]
    assert list(result(root, w_one="long").open) == []


@pytest.mark.parametrize("written", ["many", "", "9" * 400, "\0"])
def test_an_answer_that_cannot_be_read_is_not_right(root, written):
    assert result(root, w_one="long", w_two=written).rows[0].right == 1


def test_everybody_can_take_it_and_is_told_where_to_begin(client, db, root):
    shown = client.get(ADDRESS)
    assert "Which is swell?" in shown.content.decode()
    assert "sessionid" not in shown.cookies  # nothing is stored of a visitor
    told_so = client.get(ADDRESS, answers(root, w_one="long", w_two="2", t_one="wind").dict()).content.decode()
    assert "Begin with" in told_so
    assert "/courses/tides/" in told_so
    assert f'href="{ADDRESS}"' in client.get("/courses/").content.decode()


def test_a_form_without_an_answer_says_so_and_keeps_the_questions(client, db, root):
    said = client.get(ADDRESS, {"sent": "yes", "w-one.pick": ""}).content.decode()
    assert "You have answered no question" in said
    assert "Which is swell?" in said


def test_a_site_without_the_test_has_no_page_for_it_and_no_link(client, db, root):
    (root / "placement.yaml").unlink()
    clear_cache()
    assert client.get(ADDRESS).status_code == 404
    assert ADDRESS not in client.get("/courses/").content.decode()


def test_our_own_test_asks_twice_about_six_courses_and_the_right_option_is_not_the_longest():
    placement = loader.library(site.COURSE_CONTENT).placement
    assert set(Counter(placement.course_of.values()).values()) == {2}
    assert len(placement.quiz.questions) == 12
    for question in placement.quiz.questions:
        (right,) = (option.text for option in question.options if option.right)
        others = [option.text for option in question.options if not option.right]
        assert len(others) >= 3, question.id
        assert max(map(len, others)) >= len(right), question.id

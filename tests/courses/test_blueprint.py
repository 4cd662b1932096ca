"""The tests before and after a course, the survey, and the gain: from the file to the sums."""

from http import HTTPStatus

import pytest
from django.conf import settings as site

from courses import class_material, learning_gain, loader
from courses.blueprint import Part
from courses.loader import clear_cache, load
from courses.models import SurveyReply, TestPaper
from courses.pages import course_tests as test_page
from tests.builders import make_person, signed_in
from tests.courses.test_loader import told

BLUEPRINT = """\
objectives:
  - {id: see, text: See a wave, lesson: swell}
  - {id: count, text: Count waves, lesson: swell}
before:
  - {id: b-see, objective: see, kind: one, ask: "Which is swell?", options: [{text: long, right: true}, {text: short}]}
  - {id: b-count, objective: count, kind: number, ask: "How many is 1 and 1?", answer: 2}
after:
  - {id: a-see, objective: see, kind: one, ask: "Which is a wind wave?", options: [{text: long}, {text: short, right: true}]}
  - {id: a-count, objective: count, kind: number, ask: "How many is 2 and 2?", answer: 4}
survey:
  - {id: pace, kind: rating, ask: The pace was right.}
  - {id: change, kind: text, ask: "What should we change?"}
"""


@pytest.fixture
def course(waves):
    (waves / "blueprint.yaml").write_text(BLUEPRINT)
    clear_cache()
    return load(waves.parent)["waves"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("lesson: swell}\n  - {id: count", "lesson: smell}\n  - {id: count", '2: There is no lesson "smell"'),
        ("id: a-count, objective: count", "id: a-count, objective: see", "2: The test before has 1"),
        ("id: b-see, objective: see", "id: b-see, objective: sea", "5: Each question names one"),
        ("Which is a wind wave?", "Which is swell?", "8: The test before asks the same"),
        ("id: a-see", "id: b-see", '8: Another question has the id "b-see"'),
        ("id: a-count,", "id: a-count, right: Two., ", "9: A test explains nothing"),
        ("kind: rating", "kind: stars", "11: kind must be rating or text"),
        ("id: change", "id: pace", '10: The id "pace" is there 2 times'),
    ],
)  # fmt: skip
def test_a_mistake_in_a_blueprint_is_reported_with_its_line(waves, old, new, message):
    assert old in BLUEPRINT
    (waves / "blueprint.yaml").write_text(BLUEPRINT.replace(old, new))
    assert any(line.startswith(f"blueprint.yaml:{message}") for line in told(waves.parent)), told(waves.parent)


BEFORE, AFTER, SURVEY = "/courses/waves/tests/before/", "/courses/waves/tests/after/", "/courses-survey/waves/"


def form(course, learner, part: Part, **answers: str) -> dict[str, str]:
    """The fields of the form for these answers, by question with _ for -."""
    fields = {}
    for shown in test_page.questions_of(str(learner.pk), course.blueprint, part):
        given = answers.get(shown.question.id.replace("-", "_"))
        if given and shown.form == "choice":
            fields[f"{shown.question.id}.pick"] = next(pick.token for pick in shown.picks if pick.text == given)
        elif given:
            fields[f"{shown.question.id}.written"] = given
    return fields


@pytest.mark.django_db
def test_ada_hands_in_a_test_once_and_learns_no_answer(course):
    ada = make_person("ada")
    client = signed_in(ada)
    page = client.get(BEFORE).text
    assert "Which is swell?" in page
    client.post(BEFORE, form(course, ada, Part.BEFORE, b_see="long"))
    paper = TestPaper.objects.get(learner=ada)
    assert paper.answers == {
        "b-see": {"objective": "see", "given": ["long"], "right": True},
        "b-count": {"objective": "count", "given": None, "right": False},
    }
    page = client.get(BEFORE).text
    assert "1 of 2 answers are right" in page
    assert "Which is swell?" not in page
    client.post(BEFORE, form(course, ada, Part.BEFORE, b_count="2"))
    assert TestPaper.objects.get(learner=ada).right == 1


@pytest.mark.django_db
def test_an_answer_that_cannot_be_read_comes_back_with_all_others(course):
    ada = make_person("ada")
    response = signed_in(ada).post(BEFORE, form(course, ada, Part.BEFORE, b_see="long", b_count="many"))
    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "This is not a number" in response.text
    assert 'value="many"' in response.text
    assert response.text.count(" checked") == 1
    assert not TestPaper.objects.exists()


@pytest.mark.django_db
def test_a_survey_is_answered_once_and_strange_ratings_are_left_out(course):
    ada = make_person("ada")
    client = signed_in(ada)
    client.post(SURVEY, {"pace": "9", "change": " More coffee. "})
    client.post(SURVEY, {"pace": "5"})
    assert SurveyReply.objects.get(learner=ada).answers == {"change": "More coffee."}
    assert "Your reply is stored" in client.get(SURVEY).text


@pytest.mark.django_db
def test_a_course_without_a_blueprint_has_no_tests(waves):
    client = signed_in(make_person("ada"))
    for address in (BEFORE, SURVEY, "/courses-project/waves/", "/courses/waves/tests/during/"):
        assert client.get(address).status_code == HTTPStatus.NOT_FOUND


def paper(**right: bool) -> dict[str, dict[str, object]]:
    return {objective: {"objective": objective, "right": one} for objective, one in right.items()}


def test_the_gain_is_that_of_the_whole_group():
    sums = learning_gain.sums_of(
        [
            (paper(see=False, count=False), paper(see=True, count=False)),
            (paper(see=True, count=False), paper(see=True, count=True)),
        ]
    )
    assert sums.people == 2
    assert (sums.gain().before.percent, sums.gain().after.percent) == (25, 75)
    assert sums.gain().gain == pytest.approx(2 / 3)
    assert sums.gain("see").gain == 1
    assert sums.gain("count").gain == pytest.approx(0.5)
    assert learning_gain.Sums.from_json(sums.as_json()) == sums


def test_who_lost_what_they_knew_has_a_negative_gain_and_who_knew_all_has_none():
    lost = learning_gain.sums_of([(paper(see=True, count=False), paper(see=False, count=False))])
    assert lost.gain().gain == -1
    assert lost.gain("see").gain is None


# The courses of this repository

TOO_LARGE = 2  # outputs of a course that are hard to read from the back of a room
COURSES = loader.load(site.COURSE_CONTENT)
FIRST_STEPS = COURSES["first-steps"]
each_course = pytest.mark.parametrize("course", COURSES.values(), ids=lambda course: course.id)


@each_course
def test_a_course_of_this_repository_has_all_that_a_class_needs(course):
    found = [str(one).rpartition("/")[2] for one in class_material.missing(course)]
    assert [one for one in found if "On its slide" not in one] == []
    assert len(found) <= TOO_LARGE, found


def test_every_lesson_is_measured_by_ten_questions_before_and_ten_after():
    blueprint = FIRST_STEPS.blueprint
    assert {one.lesson for one in blueprint.objectives} == {lesson.id for lesson in FIRST_STEPS.lessons()}
    assert [len(blueprint.tests[part].questions) for part in Part] == [10, 10]


@each_course
def test_the_checklist_of_a_closing_project_has_a_hundred_points(course):
    assert course.project.points == 100


def test_what_a_class_needs_and_a_course_has_not_is_said(waves):
    found = [str(one).rpartition("/")[2] for one in class_material.missing(load(waves.parent)["waves"])]
    assert any(line.startswith("course.yaml:1: The course has no blueprint.yaml") for line in found)
    assert any(line.startswith("course.yaml:1: The course has no closing project") for line in found)
    assert any(line.startswith("010-swell.md:1: The lesson has no summary") for line in found)
    assert any(line.startswith("010-swell.md:1: The lesson has no notes") for line in found)

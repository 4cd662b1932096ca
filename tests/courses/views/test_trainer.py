"""The page of a course for trainers: who reads it, who finds it, and what its timetables add up to."""

from http import HTTPStatus

import pytest

from courses.loader import clear_cache
from courses.trainer import FILE
from tests.builders import make_person, signed_in
from tests.courses.test_loader import COURSE
from tests.courses.test_trainer import OUTCOMES, TRAINER
from vaka.accounts.models import INSTRUCTORS, MENTORS

pytestmark = pytest.mark.django_db
PAGE, HOME = "/courses/waves/trainer/", "/courses/waves/"


@pytest.fixture
def course(waves):
    (waves / "course.yaml").write_text(COURSE + OUTCOMES)
    half_day = "half-day:\n  - {minutes: 75, other: '**Hello**'}\n  - {minutes: 15, break: Tea}\n"
    (waves / FILE).write_text(TRAINER.replace("half-day:\n", half_day))
    clear_cache()
    return waves


@pytest.mark.parametrize("group", [INSTRUCTORS, MENTORS])
def test_who_teaches_finds_the_page_with_its_timetables(course, group):
    client = signed_in(make_person("mele", group=group))
    assert PAGE in client.get(HOME).text
    answer = client.get(PAGE)
    assert "no-store" in answer["Cache-Control"]
    assert "About goes-wrong" in answer.text
    assert "<strong>Hello</strong>" in answer.text
    assert "1:30" in answer.text, "the lesson after the break begins then"
    assert "2:30 h" in answer.text, "the whole half day"


def test_a_trainee_reads_the_outcomes_and_not_the_page(course):
    client = signed_in(make_person("ada"))
    assert client.get(PAGE).status_code == HTTPStatus.FORBIDDEN
    page = client.get(HOME).text
    assert PAGE not in page
    assert "After this course you can" in page
    assert "<li>count waves</li>" in page


def test_a_visitor_is_asked_to_sign_in(course, client):
    assert client.get(PAGE)["location"] == f"/accounts/login/?next={PAGE}"
    assert PAGE not in client.get(HOME).text


def test_a_course_without_the_page_has_none_and_no_link(waves):
    client = signed_in(make_person("mele", group=MENTORS))
    assert client.get(PAGE).status_code == HTTPStatus.NOT_FOUND
    page = client.get(HOME).text
    assert PAGE not in page
    assert "After this course you can" not in page


def test_a_lab_that_the_site_lacks_is_shown_by_its_id(course):
    lesson = course / "010-swell.md"
    lesson.write_text(lesson.read_text().replace("minutes: 5", "minutes: 5\nlab: no-such-lab"))
    (course / FILE).write_text(TRAINER.replace("lesson: swell", "lab: no-such-lab", 1))
    clear_cache()
    assert "no-such-lab" in signed_in(make_person("mele", group=MENTORS)).get(PAGE).text

"""The rule for a course's certificate, as course.yaml has it."""

import pytest

from courses.certificate_rule import CertificateRule
from courses.loader import load
from tests.courses.test_loader import COURSE, LESSON, told

QUIZ = 'id: q\nquestions:\n  - {id: bits, kind: number, ask: "How many?", answer: 64, right: "Yes.", wrong: "No."}\n'


@pytest.fixture
def course(tmp_path):
    """A course with questions and a lab. Each test adds the rule."""
    folder = tmp_path / "waves"
    folder.mkdir()
    (folder / "course.yaml").write_text(COURSE)
    (folder / "010-swell.md").write_text(LESSON.replace("minutes: 5", "minutes: 5\nlab: a-lab"))
    (folder / "010-swell.quiz.yaml").write_text(QUIZ)
    return folder


def rule(folder, written=""):
    (folder / "course.yaml").write_text(COURSE + written)
    return load(folder.parent, {"a-lab"})["waves"].certificate


def test_a_course_without_a_rule_requires_everything_it_has(course):
    everything = CertificateRule(
        lessons=("swell",), quizzes=("swell",), labs=("a-lab",), least_percent=80, assisted=True
    )
    assert rule(course) == rule(course, "certificate: {}\n") == everything


def test_a_course_can_require_less_or_more(course):
    required = rule(
        course, "certificate: {lessons: [], quizzes: all, labs: [a-lab], least_percent: 100, assisted: not}\n"
    )
    assert required == CertificateRule(
        lessons=(), quizzes=("swell",), labs=("a-lab",), least_percent=100, assisted=False
    )


def test_a_course_can_give_no_certificate_and_one_without_questions_and_labs_gives_none_by_default(course):
    assert rule(course, "certificate: none\n") is None
    (course / "010-swell.quiz.yaml").unlink()
    (course / "010-swell.md").write_text(LESSON)
    assert rule(course) is None
    assert rule(course, "certificate: {lessons: all}\n").lessons == ("swell",)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (
            "certificate: yes please\n",
            "9: certificate must be a mapping with lessons, quizzes, labs, least_percent, assisted",
        ),
        ("certificate:\n  labs: [a-lob]\n", '10: The course has no lab "a-lob": did you mean "a-lab"?'),
        (
            "certificate:\n  lessons:\n    - swell\n    - wind\n",
            '12: The course has no lesson "wind": use one of swell.',
        ),
        ("certificate:\n  labs: most\n", '10: labs must be "all" or a list of ids, not "most".'),
        ("certificate:\n  least_percent: 120\n", "10: least_percent must be a whole number from 1 to 100, not 120."),
        ("certificate:\n  assisted: never\n", '10: assisted cannot be "never": use one of allowed, not.'),
        (
            "certificate:\n  least_points: 8\n",
            '10: a certificate has no key "least_points": did you mean "least_percent"?',
        ),
        ("certificate: {lessons: [], quizzes: [], labs: []}\n", "9: certificate requires nothing. Write none if"),
    ],
)
def test_an_error_in_the_rule_is_reported_with_its_line(course, written, message):
    (course / "course.yaml").write_text(COURSE + written)
    [line] = told(course.parent, {"a-lab"})
    assert line.startswith(f"course.yaml:{message}")


def test_of_a_lesson_with_an_error_only_that_error_is_reported(course):
    (course / "course.yaml").write_text(COURSE + "certificate: {lessons: [swell]}\n")
    (course / "010-swell.md").write_text("No front matter.")
    lines = told(course.parent, {"a-lab"})
    assert lines
    assert not any("certificate" in line or "has no lesson" in line for line in lines)

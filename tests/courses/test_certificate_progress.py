"""The work of a learner, compared with the rule for the course's certificate."""

from courses.certificate_progress import best_attempts, certificate_progress
from courses.certificate_rule import CertificateRule
from courses.loader import catalogue
from courses.progress import progress_in
from labs.models import Attempt
from tests.earned import attempt, read_and_answer


def progress(ada, settings):
    found = certificate_progress(ada, progress_in(ada, catalogue(settings.COURSE_CONTENT)["waves"]))
    return [(one.text, one.is_met) for one in found.requirements], found.is_earned


def test_ada_sees_each_requirement_until_all_are_met(waves_with_lab, ada, settings):
    requirements, earned = progress(ada, settings)
    assert requirements == [
        ("Lessons read: 0 of 1", False),
        ("Questions answered: 0 of 1", False),
        ("First light: no attempt yet. You need 80 % of the points.", False),
    ]
    read_and_answer(ada)
    attempt(ada, failed=["file"], unknown=4)
    requirements, earned = progress(ada, settings)
    assert requirements[2] == (
        "First light: you have 60 % of the points and need 80 %. Some checks had no result. Check your work again.",
        False,
    )
    assert not earned
    attempt(ada, failed=["still"])
    requirements, earned = progress(ada, settings)
    assert [is_met for _text, is_met in requirements] == [True, True, True]
    assert earned


def test_neither_an_ungraded_check_nor_another_learner_s_attempt_counts(waves_with_lab, ada, linus, settings):
    read_and_answer(ada)
    attempt(ada, kind=Attempt.Kind.UNGRADED_CHECK)
    attempt(linus)
    assert not progress(ada, settings)[1]


def test_assisted_stages_give_no_points_and_a_rule_can_exclude_them(waves_with_lab, ada, settings):
    strict = CertificateRule(lessons=(), quizzes=(), labs=("first-light",), least_percent=40, assisted=False)
    assisted = attempt(ada, assisted=["forwarding"])
    assert assisted.score == 4
    assert best_attempts(strict, [assisted]) == {}
    unassisted = attempt(ada, failed=["on", "still"])
    assert best_attempts(strict, [assisted, unassisted]) == {"first-light": unassisted}


def test_of_equal_attempts_the_supervised_one_counts(waves_with_lab, ada):
    rule = CertificateRule(lessons=(), quizzes=(), labs=("first-light",))
    alone, supervised, again = attempt(ada), attempt(ada, supervised_by="Moana NOG 5"), attempt(ada)
    assert best_attempts(rule, [alone, supervised, again]) == {"first-light": supervised}


def test_the_page_of_the_course_shows_the_requirements_with_few_queries(
    waves_with_lab,
    ada,
    ada_client,
    django_assert_max_num_queries,
):
    ada_client.post("/courses/waves/enrol")
    with django_assert_max_num_queries(10):
        page = ada_client.get("/courses/waves/").content.decode()
    assert "Questions answered: 0 of 1" in page
    assert "Get the certificate" not in page
    read_and_answer(ada)
    attempt(ada)
    assert "Get the certificate" in ada_client.get("/courses/waves/").content.decode()

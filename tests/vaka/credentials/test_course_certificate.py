"""What somebody has done, held against what the course asks for its certificate."""

from courses.certificate_progress import best_of, earning
from courses.certificate_rule import Rule
from courses.learner_progress import standing
from courses.loader import catalogue
from labs.models import Attempt
from tests.earned import attempt, read_and_answer


def where(ada, settings):
    found = earning(ada, standing(ada, catalogue(settings.COURSE_CONTENT)["waves"]))
    return [(demand.text, demand.met) for demand in found.demands], found.is_earned


def test_ada_sees_what_is_missing_until_nothing_is(waves, ada, settings):
    demands, done = where(ada, settings)
    assert demands == [
        ("Lessons read: 0 of 1", False),
        ("Questions answered: 0 of 1", False),
        ("First light: no attempt yet. 80 % of the points are asked.", False),
    ]
    read_and_answer(ada)
    attempt(ada, failed=["file"], unknown=4)
    demands, done = where(ada, settings)
    assert demands[2] == (
        "First light: 60 % of the points; 80 % are asked. Some we could not look at: check your work again.",
        False,
    )
    assert not done
    attempt(ada, failed=["still"])
    demands, done = where(ada, settings)
    assert [met for _text, met in demands] == [True, True, True]
    assert done


def test_a_look_shows_nothing_and_neither_does_another_s_attempt(waves, ada, linus, settings):
    read_and_answer(ada)
    attempt(ada, kind=Attempt.Kind.LOOK)
    attempt(linus)
    assert not where(ada, settings)[1]


def test_assisted_stages_give_no_points_and_a_course_may_refuse_them_altogether(waves, ada, settings):
    strict = Rule(lessons=(), quizzes=(), labs=("first-light",), least_percent=40, assisted=False)
    helped = attempt(ada, assisted=["forwarding"])
    assert helped.score == 4
    assert best_of(strict, [helped]) == {}
    own = attempt(ada, failed=["on", "still"])
    assert best_of(strict, [helped, own]) == {"first-light": own}


def test_of_equal_attempts_the_supervised_one_is_shown(waves, ada):
    rule = Rule(lessons=(), quizzes=(), labs=("first-light",))
    alone, watched, again = attempt(ada), attempt(ada, supervised_by="Moana NOG 5"), attempt(ada)
    assert best_of(rule, [alone, watched, again]) == {"first-light": watched}


def test_the_page_of_the_course_says_what_is_missing_with_few_questions_to_the_database(
    waves,
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

"""The start page: where Ada left off, and what else is due."""

from datetime import timedelta
from html import unescape

import pytest
from django.conf import settings
from django.utils import timezone
from django.utils.html import strip_tags

from courses.loader import catalogue
from courses.models import Enrolment, LessonDone, QuizAnswer
from labs.models import Attempt, Job, LabSession, Save, State
from labs.registry.versions import newest
from vaka.home.pages.due import due


@pytest.fixture
def course():
    return catalogue(settings.COURSE_CONTENT)["first-steps"]


@pytest.fixture
def takes_it(ada, course):
    Enrolment.objects.create(learner=ada, course=course.id)


def open_to(ada, course):
    """What is due, as its titles and details."""
    return [(item.title, item.detail) for item in due(ada, [course], [course.id])]


def had(ada, lab, *, score=None, **facts):
    """A session of the past, with an attempt if there is a score."""
    facts = {"state": State.STOPPED, "ready_at": timezone.now(), **facts}
    session = LabSession.objects.create(learner=ada, lab=lab, lab_version="0" * 12, **facts)
    if score is not None:
        job = Job.objects.create(session=session, kind=Job.Kind.ATTEMPT, ended_at=timezone.now())
        when = dict.fromkeys(("asked_at", "started_at", "finished_at"), timezone.now())
        facts = {"lab": lab, "lab_version": "0" * 12, "kind": "attempt", "score": score, "out_of": 100, "unknown": 0}
        Attempt.objects.create(session=session, job=job, learner=ada, **facts, **when)
    return session


def answers(ada, lesson, count):
    for question in lesson.quiz.questions[:count]:
        QuizAnswer.objects.create(learner=ada, quiz=lesson.quiz.id, question=question.id, right=True)


def page(client):
    return " ".join(unescape(strip_tags(client.get("/").content.decode())).split())


def test_what_will_end_comes_first_then_labs_questions_and_lessons(ada, course, takes_it, ada_client):
    first, second, *_ = course.lessons()
    LessonDone.objects.create(learner=ada, course=course.id, lesson=first.id)
    answers(ada, first, 2)
    had(ada, "first-ebgp", score=58)
    had(ada, "slaac-two-routers")
    had(ada, "ospfv3-one-area", state=State.READY, ends_at=timezone.now() + timedelta(minutes=90, seconds=5))

    left = len(first.quiz.questions) - 2
    titles = open_to(ada, course)
    labs = [f"Lab: {newest(lab).title}" for lab in ("ospfv3-one-area", "slaac-two-routers", "first-ebgp")]
    assert [title for title, _ in titles] == [*labs, f"Questions: {first.title}"]
    assert [detail for _, detail in titles[1:]] == [
        "Not checked yet.",
        "Your best: 58 of 100 points.",
        f"{left} questions are still open.",
    ]
    shown = page(ada_client)
    assert shown.index("You are here") < shown.index("Lab: OSPFv3") < shown.index("What is due")
    assert "1 hour, 30 minutes left" in shown

    answers(ada, first, len(first.quiz.questions))
    assert open_to(ada, course)[-1] == (
        second.title,
        f"{course.title}, 1 of {len(list(course.lessons()))} lessons done.",
    )


def test_what_is_passed_never_came_up_or_is_linus_s_is_not_due(ada, linus, course, takes_it):
    had(ada, "first-ebgp", score=60)
    had(ada, "first-ebgp", score=100)
    had(ada, "slaac-two-routers", state=State.FAILED, ready_at=None)
    had(linus, "ospfv3-one-area", score=10)
    had(ada, "taken-out-of-the-catalogue", score=10)
    answers(linus, next(course.lessons()), 1)
    assert [title for title, _ in open_to(ada, course)] == [next(course.lessons()).title]


def test_the_home_page_needs_no_account(client, db):
    answer = client.get("/")
    assert answer.status_code == 200
    assert "Learn networking on a real network" in answer.content.decode()


def test_with_nothing_begun_the_page_says_how_to_begin(ada_client):
    shown = page(ada_client)
    assert "Nothing is due yet. Take a course" in shown
    assert "Start: First steps" in shown
    assert "What is due" not in shown


def test_with_all_lessons_done_the_lab_that_is_not_passed_is_due_and_then_nothing(ada, course, takes_it, ada_client):
    for lesson in course.lessons():
        LessonDone.objects.create(learner=ada, course=course.id, lesson=lesson.id)
        if lesson.quiz:
            answers(ada, lesson, len(lesson.quiz.questions))
    labs = dict.fromkeys(lesson.lab for lesson in course.lessons() if lesson.lab)
    assert "Go to the lab" in page(ada_client)
    for lab in labs:
        had(ada, lab, score=100)
    assert "Nothing is due: you have done all lessons" in page(ada_client)


def test_the_page_of_a_busy_learner_asks_the_database_thirteen_times_at_most(
    ada, course, takes_it, ada_client, django_assert_max_num_queries
):
    answers(ada, next(course.lessons()), 1)
    for lab in ("first-ebgp", "slaac-two-routers"):
        had(ada, lab, score=50)
    with django_assert_max_num_queries(13):
        ada_client.get("/")


def test_work_that_is_kept_is_said_to_be_and_one_button_goes_on_with_it(ada, takes_it, ada_client):
    session = had(ada, "first-ebgp", score=58)
    save = Save.objects.create(
        session=session, learner=ada, lab="first-ebgp", lab_version="0" * 12, reason="stop", size=1
    )
    shown = ada_client.get("/").text
    assert "is kept." in page(ada_client)
    assert '<form class="end" method="post" action="/labs/first-ebgp/start">' in shown
    assert f'name="resume" value="{save.pk}"' in shown

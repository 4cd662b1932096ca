"""The to-do list of the start page: where Ada left off, and what else she has begun."""

from datetime import timedelta
from html import unescape

import pytest
from django.conf import settings
from django.utils import timezone
from django.utils.html import strip_tags

from courses.loader import catalogue
from courses.models import Enrolment, LessonDone, QuizAnswer
from courses.progress import progress_in_each
from labs.models import Attempt, Exam, Job, LabSession, Save, State, TroubleTicket
from labs.registry.versions import newest
from vaka.home.pages.start_page import to_do_list


@pytest.fixture
def course():
    return catalogue(settings.COURSE_CONTENT)["first-steps"]


@pytest.fixture
def enrolled(ada, course):
    Enrolment.objects.create(learner=ada, course=course.id)


def items(ada, course):
    """Return the titles and details of the list."""
    return [(item.title, item.detail) for item in to_do_list(ada, progress_in_each(ada, [course]), [course.id])]


def labs_to_do(ada, course):
    return [title for title, _detail in items(ada, course) if title.startswith("Lab: ")]


def add_session(ada, lab, *, score=None, **facts):
    """Create a lab session, with an attempt if there is a score."""
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


def test_running_labs_come_first_then_labs_questions_and_lessons(ada, course, enrolled, ada_client):
    first, second, *_ = course.lessons()
    LessonDone.objects.create(learner=ada, course=course.id, lesson=first.id)
    answers(ada, first, 2)
    add_session(ada, "first-ebgp", score=58)
    add_session(ada, "slaac-two-routers")
    add_session(ada, "ospfv3-one-area", state=State.READY, ends_at=timezone.now() + timedelta(minutes=90, seconds=50))

    left = len(first.quiz.questions) - 2
    titles = items(ada, course)
    labs = [f"Lab: {newest(lab).title}" for lab in ("ospfv3-one-area", "slaac-two-routers", "first-ebgp")]
    assert [title for title, _ in titles] == [*labs, f"Questions: {first.title}"]
    assert [detail for _, detail in titles[1:]] == [
        "Not checked yet.",
        "Your best attempt: 58 of 100 points.",
        f"{left} questions are not answered yet.",
    ]
    shown = page(ada_client)
    assert shown.index("You are here") < shown.index("Lab: OSPFv3") < shown.index("To do")
    assert "The lab runs until" in shown

    answers(ada, first, len(first.quiz.questions))
    assert items(ada, course)[-1] == (
        second.title,
        f"{course.title}, 1 of {len(list(course.lessons()))} lessons done.",
    )


def test_passed_labs_failed_starts_and_linus_s_work_are_not_on_the_list(ada, linus, course, enrolled):
    add_session(ada, "first-ebgp", score=60)
    add_session(ada, "first-ebgp", score=100)
    add_session(ada, "slaac-two-routers", state=State.FAILED, ready_at=None)
    add_session(linus, "ospfv3-one-area", score=10)
    add_session(ada, "taken-out-of-the-catalogue", score=10)
    answers(linus, next(course.lessons()), 1)
    assert [title for title, _ in items(ada, course)] == [next(course.lessons()).title]


def test_the_home_page_needs_no_account(client, db):
    answer = client.get("/")
    assert answer.status_code == 200
    assert "Learn networking on a real network" in answer.content.decode()


def test_a_new_learner_reads_how_to_begin(ada_client):
    shown = page(ada_client)
    assert "Your to-do list is empty. Enrol in a course" in shown
    assert "Start: First steps" in shown
    assert "To do" not in shown


def test_when_all_lessons_are_done_the_next_lab_is_on_the_list_until_all_are_passed(ada, course, enrolled, ada_client):
    for lesson in course.lessons():
        LessonDone.objects.create(learner=ada, course=course.id, lesson=lesson.id)
        if lesson.quiz:
            answers(ada, lesson, len(lesson.quiz.questions))
    labs = dict.fromkeys(lesson.lab for lesson in course.lessons() if lesson.lab)
    assert "Open the lab" in page(ada_client)
    for lab in labs:
        add_session(ada, lab, score=100)
    assert "Your to-do list is empty: you have done all lessons" in page(ada_client)


def test_the_page_of_a_busy_learner_needs_at_most_seventeen_queries(
    ada, course, enrolled, ada_client, django_assert_max_num_queries
):
    answers(ada, next(course.lessons()), 1)
    for lab in ("first-ebgp", "slaac-two-routers"):
        add_session(ada, lab, score=50)
    with django_assert_max_num_queries(17):  # of them two for invitations
        ada_client.get("/")


def add_save(session):
    facts = {"lab": session.lab, "lab_version": session.lab_version}
    return Save.objects.create(session=session, learner=session.learner, reason="stop", size=1, **facts)


def test_a_lab_with_saved_work_has_a_button_that_resumes_it(ada, enrolled, ada_client):
    save = add_save(add_session(ada, "first-ebgp", score=58))
    shown = ada_client.get("/").text
    assert "is saved." in page(ada_client)
    assert '<form class="end" method="post" action="/labs/first-ebgp/start">' in shown
    assert f'name="resume" value="{save.pk}"' in shown


def test_the_button_resumes_the_work_on_the_lab_itself_and_no_trouble_ticket(ada, enrolled, ada_client):
    save = add_save(add_session(ada, "first-ebgp", score=58))
    session = add_session(ada, "first-ebgp")
    TroubleTicket.objects.create(session=session, seed=3)
    add_save(session)
    assert f'name="resume" value="{save.pk}"' in ada_client.get("/").text


def test_the_button_never_resumes_the_work_of_an_exam(ada, enrolled, ada_client):
    """Regression: the button answered that there is no such page, because only the exam continues its work."""
    add_save(add_session(ada, "first-ebgp", exam=Exam.OPEN))
    assert 'name="resume"' not in ada_client.get("/").text
    save = add_save(add_session(ada, "first-ebgp", score=58))
    add_save(add_session(ada, "first-ebgp", exam=Exam.SEALED))
    assert f'name="resume" value="{save.pk}"' in ada_client.get("/").text


def test_the_lab_of_a_past_exam_is_nothing_to_continue(ada, course):
    add_session(ada, "first-ebgp", exam=Exam.OPEN)
    add_session(ada, "ospfv3-one-area", exam=Exam.SEALED)
    assert not labs_to_do(ada, course)
    add_session(ada, "first-ebgp", score=58)  # practice, before or after the exam, is
    add_session(ada, "first-ebgp", exam=Exam.OPEN)
    assert labs_to_do(ada, course) == [f"Lab: {newest('first-ebgp').title}"]


def test_a_copy_of_the_lab_of_a_learner_is_nothing_to_continue(ada, course):
    """Ada is a mentor here. Nothing in a copy counts, and it is not saved."""
    learned = add_session(ada, "first-ebgp", score=100)
    add_session(ada, "ospfv3-one-area", copy_of=learned)
    assert not labs_to_do(ada, course)

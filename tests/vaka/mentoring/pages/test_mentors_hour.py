"""The mentor's hour: which trainees need Grace, why, and which do not."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from courses import recall
from courses.loader import catalogue
from courses.models import LessonDone, RecallCard
from labs.models import ClassSeat, LabSession, State
from labs.registry.versions import newest
from tests import builders
from tests.vaka.mentoring.conftest import LAB, ago, attempt_of, fails_now, first_check, session_of
from vaka.mentoring import questions, services
from vaka.mentoring.models import Assignment, Mentorship, Note, Question
from vaka.mentoring.pages.mentors_hour import plan_hour

HOUR = "/mentoring/"


def needs(grace):
    return [(one.trainee.username, [need.kind for need in one.needs]) for one in plan_hour(grace).needing]


def was_active(person):
    return LessonDone.objects.create(learner=person, course="first-steps", lesson="first-ebgp")


@pytest.fixture
def active(followed, ada):
    """Grace's mentorship with Ada, who did a lesson yesterday and so needs nothing."""
    LessonDone.objects.create(learner=ada, course="first-steps", lesson="x", done_at=ago(days=1))
    services.write_note(followed, followed.mentor, "Welcome!", Note.Reach.SHARED)
    return followed


def another(programme, grace, name):
    person = builders.make_person(name, name=name.title())
    mentorship = services.invite(programme, grace, grace, person)
    services.accept_invitation(mentorship, person)
    Note.objects.create(programme=programme, trainee=person, author=grace, reach=Note.Reach.SHARED, text="Welcome!")
    return person


def test_an_active_trainee_without_a_question_does_not_need_the_mentor_this_week(active, grace, grace_client):
    page = grace_client.get(HOUR).text
    assert "None of your trainees needs you now. They do well on their own." in page
    assert "Not this week" in page
    assert "1 lesson done" in page


def test_questions_come_first_then_who_is_stuck_and_good_news_last(active, programme, grace, grace_client, ada):
    asks, late, passed = (another(programme, grace, name) for name in ("rosa", "karma", "farida"))
    for person in (asks, late, passed):
        was_active(person)
    Question.objects.create(programme=programme, trainee=asks, text="Is the lab broken?", waits_since=ago(days=1))
    session = session_of(ada)
    for hours in (50, 49, 48):
        attempt_of(ada, fails=[first_check()], at=ago(hours=hours), session=session)
    services.assign(Mentorship.objects.get(trainee=late), grace, timezone.localdate() - timedelta(days=4), lab=LAB)
    attempt_of(passed, at=ago(days=6))
    assert needs(grace) == [("rosa", ["question"]), ("ada", ["stuck"]), ("karma", ["late"]), ("farida", ["passed"])]
    page = grace_client.get(HOUR).text
    assert "4 trainees, 35 minutes." in page
    assert "25 free" in page
    assert "failed 3 times in a row" in page
    assert "Is the lab broken?" in page
    assert "A short comment shows that you noticed." in page


def test_a_fresh_question_is_above_those_who_have_been_away_for_weeks(active, programme, grace, grace_client, ada):
    """Regression: the longest wait came first, so questions stood below all who were away, and fell out of the hour."""
    for number in range(5):
        away = another(programme, grace, f"away{number}")
        LessonDone.objects.create(learner=away, course="first-steps", lesson="x", done_at=ago(days=30 + number))
    Question.objects.create(programme=programme, trainee=ada, text="Is the lab broken?", waits_since=ago(minutes=5))
    Question.objects.create(programme=programme, trainee=away, text="May I go on?", waits_since=ago(minutes=1))
    found = needs(grace)
    assert found[:2] == [("ada", ["question"]), ("away4", ["question", "quiet"])]
    assert [name for name, _kinds in found[2:]] == ["away3", "away2", "away1", "away0"]
    assert "<b>Ada</b>" in grace_client.get(HOUR).text.partition("</ol>")[0]


def test_a_stuck_trainee_is_shown_with_the_verdict_and_text_from_the_lab_is_escaped(active, grace_client, ada):
    for hours in (5, 4, 3):
        attempt_of(ada, fails=[first_check()], at=ago(hours=hours))
    page = grace_client.get(HOUR).text
    assert "&lt;i&gt;nothing&lt;/i&gt;" in page
    assert "No area yet." in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page


def test_two_failures_or_failures_of_different_checks_are_not_stuck(active, grace, ada):
    first, second, *_more = _checks()
    attempt_of(ada, fails=[first], at=ago(hours=5))
    attempt_of(ada, fails=[first], at=ago(hours=4))
    assert needs(grace) == []
    attempt_of(ada, fails=[second], at=ago(hours=3))
    attempt_of(ada, fails=[second], at=ago(hours=2))
    assert needs(grace) == []


def _checks():
    return [check.id for check in newest(LAB).checks()]


def test_a_trainee_on_the_same_check_for_45_minutes_in_a_running_lab_is_stuck(active, grace, grace_client, ada):
    session = session_of(ada, state=State.READY, active_at=ago(minutes=1))
    row = fails_now(session, first_check(), since=ago(minutes=20))
    assert needs(grace) == []
    row.since = ago(minutes=50)
    row.save()
    assert needs(grace) == [("ada", ["stuck"])]
    assert "the same check has failed for 50" in grace_client.get(HOUR).text.replace("\xa0", " ")


def test_what_passed_in_an_attempt_and_is_not_true_now_makes_nobody_stuck(active, grace, ada):
    row = fails_now(session_of(ada, state=State.READY, active_at=ago(minutes=1)), first_check(), since=ago(minutes=50))
    row.passed_in_attempt_at = ago(minutes=55)
    row.save()
    assert needs(grace) == []


def test_a_trainee_who_has_just_reached_a_stage_is_not_stuck_although_its_checks_failed_from_the_start(
    active, grace, ada
):
    session = session_of(ada, state=State.READY, active_at=ago(minutes=1))
    first, second, *_more = _checks()
    passed = fails_now(session, first, since=ago(minutes=2), outcome="passed")
    passed.first_passed_at = ago(minutes=2)
    passed.save()
    fails_now(session, second, since=ago(hours=2))
    assert needs(grace) == []
    passed.first_passed_at = ago(minutes=50)
    passed.save()
    assert needs(grace) == [("ada", ["stuck"])]
    assert ago(minutes=51) < plan_hour(grace).needing[0].since < ago(minutes=49)


def test_a_quiet_trainee_and_a_new_one_are_different_needs(followed, active, programme, grace, ada):
    LessonDone.objects.update(done_at=ago(days=9))
    another(programme, grace, "rosa")
    assert needs(grace) == [("rosa", ["new"]), ("ada", ["quiet"])]


def test_a_comment_on_a_passed_attempt_removes_the_good_news(active, grace, ada):
    passed = attempt_of(ada, at=ago(days=1))
    assert needs(grace) == [("ada", ["passed"])]
    services.write_note(active, grace, "I saw it.", Note.Reach.SHARED, passed)
    assert needs(grace) == []


def test_a_done_assignment_is_not_due_any_more(active, grace, grace_client, ada):
    yesterday = timezone.localdate() - timedelta(days=1)
    services.assign(active, grace, yesterday, lab=LAB)
    services.assign(active, grace, yesterday, course="first-steps", lesson="first-ebgp")
    assert needs(grace) == [("ada", ["late", "late"])]
    attempt_of(ada, at=ago(days=20))
    was_active(ada)
    assert needs(grace) == [], "done, and passed too long ago to be news"


def test_a_full_hour_says_how_many_trainees_do_not_fit(programme, grace, grace_client):
    for number in range(7):
        person = another(programme, grace, f"seat{number}")
        was_active(person)
        Question.objects.create(programme=programme, trainee=person, text="Why?", waits_since=ago(hours=number))
    page = grace_client.get(HOUR).text
    assert "6 trainees, 60 minutes." in page
    assert "1 more trainee does not fit into this hour." in page


def test_the_number_of_queries_does_not_depend_on_the_number_of_trainees(programme, grace, grace_client):
    def busy(name):
        person = another(programme, grace, name)
        session = session_of(person, state=State.READY, active_at=ago(minutes=1))
        fails_now(session, first_check(), since=ago(hours=2))
        for hours in (5, 4, 3):
            attempt_of(person, fails=[first_check()], at=ago(hours=hours), session=session)
        Question.objects.create(programme=programme, trainee=person, text="Why?", waits_since=ago(hours=1))
        Assignment.objects.create(programme=programme, trainee=person, lab=LAB, due_on=timezone.localdate())
        was_active(person)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert grace_client.get(HOUR).status_code == 200
        return len(captured)

    busy("ada1")
    one = queries()
    for number in range(5):
        busy(f"more{number}")
    assert queries() == one
    assert one <= 22


def test_grace_s_trainees_see_until_when_she_is_away(followed, grace_client, ada_client):
    day = timezone.localdate() + timedelta(days=6)
    where = reverse("mentoring:away")
    grace_client.post(where, {"until": day.isoformat()})
    assert "away until" in ada_client.get(reverse("mentoring:my_mentors")).text
    assert "Choose today or a later day." in grace_client.post(where, {"until": "2020-01-01"}, follow=True).text
    grace_client.post(where, {"until": ""})
    assert "away until" not in ada_client.get(reverse("mentoring:my_mentors")).text


def test_the_hour_is_for_mentors_only_and_says_how_to_begin(linus_client, ngozi_client, grace_client, programme):
    assert linus_client.get(HOUR).status_code == 403
    assert ngozi_client.get(HOUR).status_code == 403
    assert "invite a trainee" in grace_client.get(HOUR).text


def test_a_new_trainee_who_has_begun_and_whom_nobody_has_greeted_is_not_fine(followed, grace, grace_client, ada):
    session_of(ada, state=State.READY, active_at=ago(minutes=5))
    assert needs(grace) == [("ada", ["new"])]
    assert "has begun, and nobody has written to them yet" in grace_client.get(HOUR).text
    services.write_note(followed, grace, "Only for me.", Note.Reach.PRIVATE)
    assert needs(grace) == [("ada", ["new"])]
    asked = questions.ask(followed, "Is the lab broken?", {})
    assert needs(grace) == [("ada", ["question"])]
    asked.delete()
    services.write_note(followed, grace, "Welcome!", Note.Reach.SHARED)
    assert needs(grace) == []


def test_a_mentor_does_not_see_what_came_back_and_was_answered_wrong(active, grace_client, ada):
    def seen() -> list[str]:
        pages = (
            grace_client.get(address).content.decode() for address in ("/mentoring/", f"/mentoring/trainees/{ada.pk}/")
        )
        return [re.sub(r'(csrfmiddlewaretoken" value|nonce)="[^"]*"', "", page) for page in pages]

    before = seen()
    recall.remember(ada, "first-ebgp-quiz", "silent", right=True)
    question = questions_by_quiz()["first-ebgp-quiz"].question("silent")
    assert not recall.answer(RecallCard.objects.get(), question, None).right
    assert seen() == before


def questions_by_quiz():
    every = catalogue(settings.COURSE_CONTENT).values()
    return {lesson.quiz.id: lesson.quiz for course in every for lesson in course.lessons() if lesson.quiz}


def test_a_trainee_who_works_in_a_class_lab_is_not_away(followed, active, grace, ada, ngozi):
    LessonDone.objects.update(done_at=ago(days=30))
    Mentorship.objects.update(consented_at=ago(days=40))
    assert needs(grace) == [("ada", ["quiet"])]
    class_lab = LabSession.objects.create(learner=ngozi, lab=LAB, lab_version="1", is_class=True)
    ClassSeat.objects.create(session=class_lab, user=ada, nodes=["r1"], opened_at=ago(days=1), worked_at=ago(days=1))
    assert needs(grace) == []

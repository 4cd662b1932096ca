"""Grace's hour: who needs her, on what, and who can wait."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from courses.models import LessonDone
from labs.models import State
from labs.registry.versions import newest
from tests import builders
from tests.vaka.mentoring.conftest import LAB, ago, attempt_of, fails_now, first_check, session_of
from vaka.mentoring import services
from vaka.mentoring.models import Assignment, Mentorship, Note, Question
from vaka.mentoring.pages.needs import hour

HOUR = "/mentoring/"


def needs(grace):
    return [(person.trainee.username, [need.kind for need in person.needs]) for person in hour(grace).needing]


def moved_lately(person):
    return LessonDone.objects.create(learner=person, course="first-steps", lesson="first-ebgp")


@pytest.fixture
def well(followed, ada):
    """Ada did something yesterday, so nothing about her is a need."""
    LessonDone.objects.create(learner=ada, course="first-steps", lesson="x", done_at=ago(days=1))
    return followed


def another(programme, grace, name):
    person = builders.make_person(name, name=name.title())
    services.consent(services.invite(programme, grace, grace, person), person)
    return person


def test_who_moves_and_asks_nothing_can_wait_and_this_is_said(well, grace, grace_client):
    page = grace_client.get(HOUR).text
    assert "Nobody needs you now. It is good to leave them be." in page
    assert "Not this week" in page
    assert "1 lesson done" in page


def test_the_oldest_need_comes_first_and_good_news_last(well, programme, grace, grace_client, ada):
    asks, late, passed = (another(programme, grace, name) for name in ("rosa", "karma", "farida"))
    for person in (asks, late, passed):
        moved_lately(person)
    Question.objects.create(programme=programme, trainee=asks, text="Is the lab broken?", waits_since=ago(days=1))
    session = session_of(ada)
    for hours in (50, 49, 48):
        attempt_of(ada, fails=[first_check()], at=ago(hours=hours), session=session)
    services.assign(Mentorship.objects.get(trainee=late), grace, timezone.localdate() - timedelta(days=4), lab=LAB)
    attempt_of(passed, at=ago(days=6))
    assert needs(grace) == [("karma", ["late"]), ("ada", ["stuck"]), ("rosa", ["question"]), ("farida", ["passed"])]
    page = grace_client.get(HOUR).text
    assert "4 people, 35 minutes." in page
    assert "25 free" in page
    assert "failed 3 times in a row" in page
    assert "Is the lab broken?" in page
    assert "Say that you saw it." in page


def test_stuck_shows_explanation_and_evidence_and_what_came_from_the_lab_is_escaped(well, grace_client, ada):
    for hours in (5, 4, 3):
        attempt_of(ada, fails=[first_check()], at=ago(hours=hours))
    page = grace_client.get(HOUR).text
    assert "&lt;i&gt;nothing&lt;/i&gt;" in page
    assert "No area yet." in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page


def test_two_failures_or_another_check_each_time_is_not_stuck(well, grace, ada):
    first, second, *_more = _checks()
    attempt_of(ada, fails=[first], at=ago(hours=5))
    attempt_of(ada, fails=[first], at=ago(hours=4))
    assert needs(grace) == []
    attempt_of(ada, fails=[second], at=ago(hours=3))
    attempt_of(ada, fails=[second], at=ago(hours=2))
    assert needs(grace) == []


def _checks():
    return [check.id for check in newest(LAB).checks()]


def test_standing_still_in_a_running_lab_is_stuck_and_says_for_how_long(well, grace, grace_client, ada):
    session = session_of(ada, state=State.READY, active_at=ago(minutes=1))
    row = fails_now(session, first_check(), since=ago(minutes=20))
    assert needs(grace) == []
    row.since = ago(minutes=50)
    row.save()
    assert needs(grace) == [("ada", ["stuck"])]
    assert "which is running, the same check has failed for 50" in grace_client.get(HOUR).text.replace("\xa0", " ")


def test_who_has_just_come_to_a_stage_that_failed_from_the_first_look_on_does_not_stand_still(well, grace, ada):
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
    assert ago(minutes=51) < hour(grace).needing[0].since < ago(minutes=49)


def test_quiet_and_new_are_told_apart(followed, well, programme, grace, ada):
    LessonDone.objects.update(done_at=ago(days=9))
    another(programme, grace, "rosa")
    assert needs(grace) == [("ada", ["quiet"]), ("rosa", ["new"])]


def test_a_comment_on_the_passed_attempt_ends_the_good_news(well, grace, ada):
    passed = attempt_of(ada, at=ago(days=1))
    assert needs(grace) == [("ada", ["passed"])]
    services.write(well, grace, "I saw it.", Note.Reach.SHARED, passed)
    assert needs(grace) == []


def test_what_is_done_is_due_no_more(well, grace, grace_client, ada):
    yesterday = timezone.localdate() - timedelta(days=1)
    services.assign(well, grace, yesterday, lab=LAB)
    services.assign(well, grace, yesterday, course="first-steps", lesson="first-ebgp")
    assert needs(grace) == [("ada", ["late", "late"])]
    attempt_of(ada, at=ago(days=20))
    moved_lately(ada)
    assert needs(grace) == [], "done, and passed too long ago to be news"


def test_the_hour_is_full_and_says_how_many_do_not_fit(programme, grace, grace_client):
    for number in range(7):
        person = another(programme, grace, f"seat{number}")
        moved_lately(person)
        Question.objects.create(programme=programme, trainee=person, text="Why?", waits_since=ago(hours=number))
    page = grace_client.get(HOUR).text
    assert "6 people, 60 minutes." in page
    assert "1 more person does not fit into this hour." in page


def test_the_hour_asks_the_database_the_same_however_many_trainees(programme, grace, grace_client):
    def busy(name):
        person = another(programme, grace, name)
        session = session_of(person, state=State.READY, active_at=ago(minutes=1))
        fails_now(session, first_check(), since=ago(hours=2))
        for hours in (5, 4, 3):
            attempt_of(person, fails=[first_check()], at=ago(hours=hours), session=session)
        Question.objects.create(programme=programme, trainee=person, text="Why?", waits_since=ago(hours=1))
        Assignment.objects.create(programme=programme, trainee=person, lab=LAB, due_on=timezone.localdate())
        moved_lately(person)

    def queries():
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert grace_client.get(HOUR).status_code == 200
        return len(asked)

    busy("ada1")
    one = queries()
    for number in range(5):
        busy(f"more{number}")
    assert queries() == one
    assert one <= 22


def test_grace_says_that_she_is_away_and_her_trainees_read_it(followed, grace_client, ada_client):
    day = timezone.localdate() + timedelta(days=6)
    where = reverse("mentoring:away")
    grace_client.post(where, {"until": day.isoformat()})
    assert "away until" in ada_client.get(reverse("mentoring:mine")).text
    assert "Choose a day" in grace_client.post(where, {"until": "2020-01-01"}, follow=True).text
    grace_client.post(where, {"until": ""})
    assert "away until" not in ada_client.get(reverse("mentoring:mine")).text


def test_the_hour_is_for_mentors_and_says_what_to_do_first(linus_client, ngozi_client, grace_client, programme):
    assert linus_client.get(HOUR).status_code == 403
    assert ngozi_client.get(HOUR).status_code == 403
    assert "invite somebody" in grace_client.get(HOUR).text

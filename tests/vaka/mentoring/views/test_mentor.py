"""The mentor's pages about a trainee: timeline, attempts, notes and assignments; and what the trainee sees of each."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from courses.models import LessonDone, QuizAnswer
from labs.engine.definition.spec import Check
from labs.models import Configuration, State, VerdictRecord
from labs.registry.versions import newest
from tests import builders
from tests.vaka.mentoring.conftest import LAB, ago, attempt_of, fails_now, first_check, session_of
from vaka.mentoring import services
from vaka.mentoring.models import Assignment, Note
from vaka.mentoring.pages.mentors_hour import plan_hour

PAGE = "mentoring:trainee"


def url(name, *args):
    return reverse(f"mentoring:{name}", args=args)


def test_the_timeline_has_lessons_quizzes_attempts_and_notes_by_weeks(followed, grace, grace_client, ada):
    course = "first-steps"
    LessonDone.objects.create(learner=ada, course=course, lesson="first-ebgp", done_at=ago(days=15))
    for right in (False, True):
        QuizAnswer.objects.create(learner=ada, quiz="some-quiz", question="bits", right=right, given=["64"])
    attempt_of(ada, fails=[first_check()])
    services.write_note(followed, grace, "Ask about the cable date.", Note.Reach.PRIVATE)
    page = grace_client.get(url("trainee", ada.pk)).text
    assert "Did the lesson" in page
    assert "1 right, 2 tries" in page
    assert "Ask about the cable date." in page
    assert "Week of" in page
    assert "Grace Hopper became the mentor" in page
    assert newest(LAB).title in page


def test_a_long_timeline_continues_on_another_page(followed, grace_client, ada, monkeypatch):
    monkeypatch.setattr("vaka.mentoring.pages.timeline.PAGE", 3)
    for days in range(5):
        LessonDone.objects.create(learner=ada, course="c", lesson=f"lesson-{days}", done_at=ago(days=days + 1))
    page = grace_client.get(url("trainee", ada.pk))
    assert "lesson-4" not in page.text
    older = page.context["timeline"].older
    assert "lesson-4" in grace_client.get(url("trainee", ada.pk), {"before": older.isoformat()}).text
    assert grace_client.get(url("trainee", ada.pk), {"before": "yesterday", "programme": "9" * 30}).status_code == 200


def test_ada_sees_the_same_page_as_grace_but_only_the_notes_for_her(
    followed, grace, ada, ada_client, linus_client, hedy
):
    for reach in ("private", "shared", "programme"):
        services.write_note(followed, grace, f"A {reach} note.", Note.Reach(reach))
    page = ada_client.get(url("trainee", ada.pk)).text
    assert [f"A {reach} note." in page for reach in ("private", "shared", "programme")] == [False, True, False]
    assert 'id="note"' not in page
    for stranger in (linus_client, builders.signed_in(hedy)):
        assert stranger.get(url("trainee", ada.pk)).status_code == 404
        assert stranger.post(url("note", ada.pk), {"text": "x", "reach": "shared"}).status_code in (403, 404)


def test_the_page_shows_ada_s_current_lab_and_its_first_failing_check(followed, grace_client, ada):
    session = session_of(ada, state=State.READY)
    fails_now(session, first_check())
    page = grace_client.get(url("trainee", ada.pk)).text
    assert "First failing check:" in page
    assert "&lt;i&gt;nothing&lt;/i&gt;" in page


def test_a_class_lab_that_ada_leads_is_the_work_of_other_people(followed, grace, grace_client, ada):
    session = session_of(ada, state=State.READY, is_class=True, active_at=ago(minutes=1))
    fails_now(session, first_check(), since=ago(minutes=50))
    page = grace_client.get(url("trainee", ada.pk)).text
    assert "First failing check:" not in page
    assert "&lt;i&gt;nothing" not in page
    assert all(need.kind != "stuck" for one in plan_hour(grace).needing for need in one.needs)


def test_a_check_that_passed_in_an_attempt_is_not_failing_although_it_is_not_true_now(followed, grace_client, ada):
    row = fails_now(session_of(ada, state=State.READY), first_check())
    row.passed_in_attempt_at = ago(minutes=5)
    row.save()
    assert "First failing check:" not in grace_client.get(url("trainee", ada.pk)).text


# Attempts


@pytest.fixture
def attempts(ada):
    session = session_of(ada, initial_state={"r1": {"running": "hostname r1\n", "files": {}}})
    made = [attempt_of(ada, fails=[first_check()], session=session, at=ago(hours=hours)) for hours in (2, 1)]
    running = ("hostname r1\n", "hostname r1\nrouter ospf6 <b>\n")
    for attempt, text in zip(made, running, strict=True):
        Configuration.objects.create(attempt=attempt, nodes={"r1": {"running": text, "files": {"etc/<x>": "1\n"}}})
    return made


def test_the_page_of_an_attempt_has_evidence_configuration_changes_and_solution(followed, grace_client, attempts):
    page = grace_client.get(url("attempt", attempts[1].pk)).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "router ospf6 &lt;b&gt;" in page
    assert "1 line added" in page
    assert "etc/&lt;x&gt;" in page
    assert "Solution on" in page
    assert url("attempt", attempts[0].pk) in page, "the previous attempt"
    first = grace_client.get(url("attempt", attempts[0].pk)).text
    assert "new" in first, "compared with the start of the lab"


def test_ada_sees_her_attempt_without_the_solution_and_strangers_cannot_open_it(
    followed, ada_client, linus_client, hedy, attempts
):
    page = ada_client.get(url("attempt", attempts[1].pk)).text
    assert "router ospf6 &lt;b&gt;" in page
    assert "Solution on" not in page
    for stranger in (linus_client, builders.signed_in(hedy)):
        assert stranger.get(url("attempt", attempts[1].pk)).status_code == 404
        assert stranger.post(url("comment", attempts[1].pk), {"text": "x"}).status_code in (403, 404)
    assert ada_client.post(url("comment", attempts[1].pk), {"text": "x"}).status_code == 403


def test_only_the_mentor_sees_hidden_checks(followed, grace_client, ada_client, ada, monkeypatch):
    attempt = attempt_of(ada, fails=[first_check()])
    title = next(newest(LAB).checks()).title
    monkeypatch.setattr(Check, "is_shown", lambda self, *, passed: self.id != first_check())
    assert title not in ada_client.get(url("attempt", attempt.pk)).text
    page = grace_client.get(url("attempt", attempt.pk)).text
    assert title in page
    assert "Hidden from the learner" in page


def test_only_the_mentor_sees_a_check_that_the_site_does_not_know_any_more(followed, grace_client, ada_client, ada):
    attempt = attempt_of(ada, fails=[first_check()])
    kept = VerdictRecord._base_manager.filter(attempt=attempt)
    kept.filter(check_id=first_check()).update(check_id="secret-of-old")
    page = ada_client.get(url("attempt", attempt.pk)).text
    assert "secret-of-old" not in page
    assert "a route" in page  # from the other checks
    page = grace_client.get(url("attempt", attempt.pk)).text
    assert "secret-of-old" in page
    assert "Hidden from the learner" in page
    kept.exclude(check_id="secret-of-old").delete()
    assert "Your points stay." in ada_client.get(url("attempt", attempt.pk)).text


def test_the_current_lab_names_a_hidden_check_to_the_mentor_only(followed, grace_client, ada_client, ada, monkeypatch):
    fails_now(session_of(ada, state=State.READY), first_check())
    title = next(newest(LAB).checks()).title
    assert title in ada_client.get(url("trainee", ada.pk)).text
    monkeypatch.setattr(Check, "is_shown", lambda self, *, passed: False)
    assert title not in ada_client.get(url("trainee", ada.pk)).text
    assert title in grace_client.get(url("trainee", ada.pk)).text


def test_ada_s_start_page_announces_a_comment_until_she_has_read_it(followed, grace_client, ada_client, attempts):
    assert grace_client.post(url("comment", attempts[1].pk), {"text": ""}).status_code == 422
    grace_client.post(url("comment", attempts[1].pk), {"text": "Look at area <0>."})
    assert "Your mentor wrote to you" in ada_client.get("/").text
    assert "Look at area &lt;0&gt;." in ada_client.get(url("attempt", attempts[1].pk)).text
    assert "Your mentor wrote to you" not in ada_client.get("/").text
    assert "Look at area &lt;0&gt;." in ada_client.get(url("my_mentors")).text


def test_an_old_attempt_without_configuration_and_one_at_a_removed_lab_can_be_opened(followed, grace_client, ada):
    old = attempt_of(ada, fails=[first_check()])
    assert "is not stored" in grace_client.get(url("attempt", old.pk)).text
    type(old)._base_manager.filter(pk=old.pk).update(lab="taken-away")
    page = grace_client.get(url("attempt", old.pk))
    assert page.status_code == 200
    assert "taken-away" in page.text


def test_only_the_trainee_s_mentor_sees_guide_and_solution(followed, grace_client, ada_client, hedy, ada):
    assert "Solution on" in grace_client.get(url("lab", ada.pk, LAB)).text
    assert grace_client.get(url("lab", ada.pk, "no-such-lab")).status_code == 404
    assert ada_client.get(url("lab", ada.pk, LAB)).status_code == 403
    assert builders.signed_in(hedy).get(url("lab", ada.pk, LAB)).status_code == 404


# Notes and assignments


def test_grace_writes_and_deletes_a_note_and_sina_cannot_delete_it(followed, grace_client, sina, ada):
    assert "Not accepted" in grace_client.post(url("note", ada.pk), {"text": "", "reach": "private"}).text
    grace_client.post(url("note", ada.pk), {"text": "Strong in addressing.", "reach": "private"})
    note = Note.objects.get()
    assert builders.signed_in(sina).post(url("delete_note", note.pk)).status_code == 404
    grace_client.post(url("delete_note", note.pk))
    assert not Note.objects.exists()


def test_an_assignment_is_on_ada_s_start_page_until_it_is_done(followed, grace_client, ada_client, ada):
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    assert (
        "Choose today or a later day."
        in grace_client.post(url("assign", ada.pk), {"what": f"lab:{LAB}", "due_on": "2020-01-01"}).text
    )
    assert grace_client.post(url("assign", ada.pk), {"what": "lab:none", "due_on": tomorrow}).status_code == 422
    for what in (f"lab:{LAB}", "lesson:first-steps:first-ebgp", f"lab:{LAB}"):
        grace_client.post(url("assign", ada.pk), {"what": what, "due_on": tomorrow})
    assert Assignment.objects.count() == 2
    assert ada_client.get("/").text.count("set by Grace Hopper") == 2
    attempt_of(ada)
    assert ada_client.get("/").text.count("set by Grace Hopper") == 1
    assignment = Assignment.objects.exclude(lesson="").get()
    grace_client.post(url("delete_assignment", assignment.pk))
    assert "set by Grace Hopper" not in ada_client.get("/").text


def test_assignments_are_not_due_any_more_when_the_mentorship_ends(followed, grace, ada, ada_client, hedy):
    assignment = services.assign(followed, grace, timezone.localdate(), lab=LAB)
    assert builders.signed_in(hedy).post(url("delete_assignment", assignment.pk)).status_code == 404
    services.end_mentorship(followed, ada)
    assert "set by" not in ada_client.get("/").text
    assert builders.signed_in(grace).post(url("delete_assignment", assignment.pk)).status_code == 404


def test_an_invitation_is_an_item_of_the_to_do_list_and_not_where_ada_left_off(invited, ada_client):
    page = ada_client.get("/").text
    assert "Grace Hopper wants to be your mentor" in page
    assert "Your to-do list is empty" not in page
    assert "You are here" not in page
    ada_client.post("/courses/first-steps/enrol")
    page = ada_client.get("/").text
    assert page.index("You are here") < page.index("To do") < page.index("Grace Hopper wants to be your mentor")

"""An exam: sat once, in a fixed time that survives a lost lab and a server that was down, with a sealed result."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from labs.capacity import admission
from labs.lifecycle import deadlines_and_idle_labs, end_of_day, services
from labs.models import Attempt, CheckStatus, Exam, ExamIsOver, Job, LabSession, Save, State, WrongState
from labs.models.lab_session import EXAM_ENDS_WITHIN
from labs.models.pool_size import PoolSize
from labs.registry import seeds, versions
from tests.builders import signed_in
from tests.labs.fakes import FORWARDING
from tests.vaka.workshops.conftest import adds_item, sits, works
from vaka.credentials.models import Credential
from vaka.workshops.models import AgendaItem, Seat, Sitting, Workshop
from vaka.workshops.room.projector_progress import funnels
from vaka.workshops.room.room import Room
from vaka.workshops.services import agenda_items, closing, exams, pauses, presenting, seat_actions
from vaka.workshops.services.report import Report

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ana(workshop):
    return sits(workshop, "Ana")


@pytest.fixture
def exam(workshop, lab, ana):
    """An exam of three hours that was opened after Ana had joined."""
    return adds_item(workshop, "Final", kind="exam", labs=[lab.id], opened_at=timezone.now())


def steps(queue, times=1):
    for _time in range(times):
        queue()
        exams.step()
    queue()


def sat(exam, seat):
    return Sitting.objects.select_related("session", "item__workshop").get(item=exam, seat=seat)


@pytest.fixture
def sitting(exam, ana, engine, queue):
    """Ana sits the exam, and her lab runs."""
    exams.begin(exam, ana)
    steps(queue)
    return sat(exam, ana)


def stands_still(sitting, seconds):
    """The site was not there for so long, and looked at nothing."""
    Sitting.objects.filter(pk=sitting.pk).update(seen_at=timezone.now() - timedelta(seconds=seconds))


def minutes_left(exam, seat):
    return round((sat(exam, seat).session.ends_at - timezone.now()).total_seconds() / 60)


def test_the_time_begins_when_the_lab_is_ready(exam, ana, engine, queue):
    exams.begin(exam, ana)
    LabSession.objects.update(
        created_at=timezone.now() - timedelta(minutes=9), ends_at=timezone.now() + timedelta(minutes=171)
    )
    steps(queue)
    assert sat(exam, ana).session.state == State.READY
    assert minutes_left(exam, ana) == 180


def extends(client, exam, **seats):
    """Give these seats an hour more in the room. Return what the page says then."""
    room = f"/workshops/{exam.workshop_id}/room"
    return client.post(f"{room}/action", {"action": "extend", "minutes": "60", **seats}, follow=True).text


def test_more_time_moves_the_end_of_an_exam_that_is_sat_and_of_none_that_is_over(
    sitting, exam, ana, workshop, lab, clients, engine, queue
):
    ben = sits(workshop, "Ben", joined_at=exam.opened_at)
    exams.begin(exam, ben)
    steps(queue)
    exams.hand_in(sitting)
    handed_in = LabSession.objects.get(pk=sitting.session_id).ends_at
    said = extends(clients["helper"], exam, all="1")
    assert "Left as they are: seats 1. Their exam is over" in said
    assert "Done at 1 seat." in said
    assert minutes_left(exam, ben) == 240
    assert sat(exam, ana).session.ends_at == handed_in
    assert [entry.seat for entry in workshop.log_entries.filter(kind="extend")] == [ben]


def test_who_sits_an_exam_is_not_called_to_slides_that_are_closed_to_them(sitting, exam, ana, workshop, ngozi):
    """Regression: “Slides are being presented” stood in the bar, and led back to the exam."""
    presenting.present(workshop, "/courses/first-steps/first-ebgp/slides/", 4, ngozi)
    bar = f"/workshops/{workshop.pk}/mine/bar"
    client = signed_in(ana.user)
    assert "Slides are being presented" not in client.get(bar).text
    exams.hand_in(sitting)
    assert "Slides are being presented" in client.get(bar).text


def test_minutes_that_were_given_are_counted_whoever_gave_them(sitting, exam, ana, workshop, clients):
    """Regression: a certificate read them from the words of the seat log, and those of the page of all labs counted nowhere."""
    extends(clients["lead"], exam, all="1")
    session = sat(exam, ana).session
    body = {"minutes": "60", "ends": session.ends_at.isoformat()}
    clients["lead"].post(f"/labs/sessions/{session.pk}/staff/extend", body)
    assert minutes_left(exam, ana) == 300
    workshop.log_entries.update(text="an hour")
    assert sat(exam, ana).given_minutes == 120


@pytest.mark.parametrize("action", ["reset", "skip_to_stage", "stop"])
def test_the_room_says_why_it_leaves_an_exam_alone(sitting, exam, workshop, clients, action):
    """Regression: “there is no lab there for this, or another job is running in it. Wait until the job has ended”."""
    body = {"action": action, "seats": 1, "stage": "first-light|file"}
    said = clients["lead"].post(f"/workshops/{workshop.pk}/room/action", body, follow=True).text
    assert "Left as they are: seats 1. They sit an exam" in said
    assert "Not done" not in said


def test_an_instructor_gives_no_time_to_an_exam_that_is_over(sitting, exam, ana, clients):
    exams.hand_in(sitting)
    session = sat(exam, ana).session
    body = {"minutes": "60", "ends": session.ends_at.isoformat()}
    said = clients["lead"].post(f"/labs/sessions/{session.pk}/staff/extend", body, follow=True).text
    assert "this is an exam, and its time is over" in said
    assert sat(exam, ana).session.ends_at == session.ends_at
    with pytest.raises(ExamIsOver):
        session.give(1)


def test_the_end_of_a_pause_moves_the_end_of_no_exam_that_was_handed_in_meanwhile(sitting, exam, ana, workshop, ngozi):
    pauses.pause(workshop, ngozi)
    Workshop.objects.update(paused_at=timezone.now() - timedelta(minutes=30))
    LabSession.objects.update(ready_at=timezone.now() - timedelta(hours=1))
    workshop.refresh_from_db()
    exams.hand_in(sitting)
    pauses.resume(workshop, ngozi)
    assert sat(exam, ana).session.exam_is_over


def test_to_close_a_paused_room_opens_no_exam_again(sitting, exam, ana, workshop, ngozi):
    pauses.pause(workshop, ngozi)
    Workshop.objects.update(paused_at=timezone.now() - timedelta(minutes=30))
    LabSession.objects.update(ready_at=timezone.now() - timedelta(hours=1))
    workshop.refresh_from_db()
    closing.close(workshop, ngozi)
    assert sat(exam, ana).session.exam_is_over


def test_nobody_sits_twice(sitting, exam, ana, queue):
    assert exams.begin(exam, ana).pk == sitting.pk
    exams.hand_in(sitting)
    steps(queue, 3)
    assert exams.begin(exam, ana).session_id == sitting.session_id
    assert LabSession.objects.count() == 1


def test_the_lab_of_an_exam_is_fresh_and_has_values_of_its_own(exam, ana, lab, monkeypatch, engine, queue):
    """Ana has worked on this lab before. Neither her work nor her seed comes into the exam, or goes out of it."""
    drawn = iter((11, 22))
    monkeypatch.setattr(seeds, "fresh", lambda _lab: next(drawn))
    practised = works(ana, lab, ["on"], state=State.STOPPED, seed=7)
    Save.objects.create(
        session=practised, learner=ana.user, lab=lab.id, lab_version=lab.version, reason="asked", size=1
    )
    session = exams.begin(exam, ana).session
    assert (session.resumes, session.seed, session.exam) == (None, 11, Exam.SEALED)
    found = LabSession.objects.practice().filter(learner=ana.user, seed__gt=0)
    assert [one.seed for one in found] == [7]


def test_an_exam_claims_a_lab_that_was_built_ahead(exam, ana, lab, engine, queue):
    LabSession.objects.create(lab=lab.id, lab_version=lab.version, state=State.POOLED)
    session = exams.begin(exam, ana).session
    assert session.state == State.READY
    assert minutes_left(exam, ana) == 180
    assert PoolSize.objects.count() == 0


def test_a_lost_link_changes_nothing_and_no_key_for_an_hour_neither(sitting, exam, ana):
    LabSession.objects.update(
        active_at=timezone.now() - timedelta(hours=2), state_at=timezone.now() - timedelta(hours=2)
    )
    assert deadlines_and_idle_labs.expire() == []
    exams.step()
    assert sat(exam, ana).session.state == State.READY
    assert minutes_left(exam, ana) == 180


def test_time_in_which_the_site_was_down_is_given_back(sitting, exam, ana):
    LabSession.objects.update(ends_at=timezone.now() + timedelta(minutes=100))
    stands_still(sitting, 20 * 60)
    exams.step()
    assert minutes_left(exam, ana) == 120
    exams.step()
    assert minutes_left(exam, ana) == 120


def test_after_a_power_cut_the_lab_comes_back_with_the_work_and_the_time_that_was_left(sitting, exam, ana, lab, queue):
    LabSession.objects.update(ends_at=timezone.now() + timedelta(minutes=100))
    exams.step()
    work = Save.objects.create(
        session=sitting.session, learner=ana.user, lab=lab.id, lab_version=lab.version, reason="change", size=1
    )
    LabSession.objects.update(state=State.FAILED, error="It went away.", stopped_at=timezone.now())
    stands_still(sitting, 3600)
    exams.step()
    again = sat(exam, ana)
    assert again.starts == 2
    assert again.session_id != sitting.session_id
    assert (again.session.resumes, again.session.exam) == (work, Exam.SEALED)
    assert round((again.session.ends_at - again.session.created_at).total_seconds() / 60) == 100


def test_a_lab_that_is_lost_again_and_again_ends_the_sitting_without_a_result(sitting, exam, ana):
    for _time in range(exams.MOST_STARTS + 1):
        LabSession.objects.update(state=State.FAILED, ready_at=timezone.now())
        exams.step()
    lost = sat(exam, ana)
    assert lost.starts == exams.MOST_STARTS
    assert lost.ended_at
    assert lost.attempt is None


def test_a_lab_that_does_not_start_on_a_busy_server_is_started_until_it_does(sitting, exam, ana):
    """Regression: each failed start counted, so five in two minutes ended the exam without a result."""
    for _time in range(exams.MOST_STARTS + 2):
        before = sat(exam, ana).session_id
        LabSession.objects.update(state=State.FAILED, ready_at=None, state_at=timezone.now())
        exams.step()
        assert sat(exam, ana).session_id == before, "at once it would fail again"
        LabSession.objects.update(state_at=timezone.now() - exams.START_AGAIN_AFTER)
        exams.step()
        assert sat(exam, ana).session_id != before
    assert sat(exam, ana).ended_at is None

    exams.hand_in(sat(exam, ana))
    for _time in range(exams.MOST_STARTS + 1):
        LabSession.objects.update(state=State.FAILED, ready_at=None, state_at=timezone.now() - exams.START_AGAIN_AFTER)
        exams.step()
    assert sat(exam, ana).ended_at, "the results of all wait for this one"


def test_a_pause_takes_nothing_of_the_time(sitting, exam, ana, workshop, ngozi):
    LabSession.objects.update(ends_at=timezone.now() + timedelta(minutes=100))
    pauses.pause(workshop, ngozi)
    Workshop.objects.update(paused_at=timezone.now() - timedelta(minutes=30))
    LabSession.objects.update(
        ends_at=timezone.now() - timedelta(minutes=1), ready_at=timezone.now() - timedelta(hours=1)
    )
    exams.step()
    assert sat(exam, ana).handed_in_at is None
    workshop.refresh_from_db()
    pauses.resume(workshop, ngozi)
    exams.step()
    assert minutes_left(exam, ana) == 29


def is_paused_for(workshop, minutes, ngozi, *, left):
    """Pause the room MINUTES ago, at which an exam had LEFT minutes."""
    pauses.pause(workshop, ngozi)
    since = timezone.now() - timedelta(minutes=minutes)
    Workshop.objects.update(paused_at=since)
    LabSession.objects.update(ends_at=since + timedelta(minutes=left), ready_at=since - timedelta(hours=1))
    workshop.refresh_from_db()


def test_no_exam_is_over_in_a_pause_that_is_longer_than_the_time_that_was_left(sitting, exam, ana, workshop, ngozi):
    """Regression: its terminals were closed, and its page said that the time was over."""
    is_paused_for(workshop, 30, ngozi, left=5)
    session = sat(exam, ana).session
    assert not session.exam_is_over
    assert services.request_save(session)
    exams.hand_in(sat(exam, ana))
    assert sat(exam, ana).session.exam_is_over, "it was handed in"


def test_the_page_of_an_exam_names_no_end_while_the_room_is_paused(sitting, exam, ana, workshop, ngozi):
    """Regression: “It ends at 09:38”, while the end moved with each minute of the pause."""
    where = f"/workshops/{workshop.pk}/exams/{exam.pk}/"
    assert "by the clock of the room" in signed_in(ana.user).get(where).text
    is_paused_for(workshop, 30, ngozi, left=5)
    page = signed_in(ana.user).get(where).text
    assert "you have 5 min when the pause ends" in page
    assert "by the clock of the room" not in page


def test_no_exam_is_over_while_its_lab_starts_for_longer_than_the_time_that_is_left(sitting, exam, ana, workshop):
    LabSession.objects.update(state=State.STARTING, ready_at=None, ends_at=timezone.now() - timedelta(seconds=5))
    assert not sat(exam, ana).session.exam_is_over
    page = signed_in(ana.user).get(f"/workshops/{workshop.pk}/exams/{exam.pk}/").text
    assert "Your time does not run until it is ready" in page


def test_no_exam_is_over_because_its_lab_could_not_start(sitting, exam, ana):
    """Regression: “Your time is over” after a start that failed when the time that was left had passed."""
    LabSession.objects.update(state=State.FAILED, ready_at=None, ends_at=timezone.now() - timedelta(seconds=5))
    assert not sat(exam, ana).session.exam_is_over


def test_the_page_on_which_a_trainee_waits_to_begin_follows_the_room(exam, ana, workshop, ngozi):
    """Regression: “You can begin when the pause has ended” stayed after the pause, and a seat that was admitted read nothing."""
    where = f"/workshops/{workshop.pk}/exams/{exam.pk}/"
    pauses.pause(workshop, ngozi)
    assert "data-fresh" in signed_in(ana.user).get(where).text
    exams.end(exam, ngozi)
    assert "data-fresh" not in signed_in(ana.user).get(where).text


def test_work_that_was_handed_in_is_no_running_lab(sitting, exam, ana, workshop):
    """Regression: “Your lab … has ended; your work is saved” led to a page that was closed."""
    where = f"/workshops/{workshop.pk}/exams/{exam.pk}/"
    page = signed_in(ana.user).get(where).text
    assert 'id="running-lab"' in page
    assert "has ended; your work is handed in" in page
    exams.hand_in(sitting)
    assert 'id="running-lab"' not in signed_in(ana.user).get(where).text


def test_when_the_time_is_over_the_work_is_graded_and_the_lab_stopped(sitting, exam, ana, queue):
    LabSession.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    assert deadlines_and_idle_labs.expire() == []  # the exam ends it, not the deadline
    steps(queue, exams.MOST_CHECKS + 1)
    over = sat(exam, ana)
    assert over.handed_in_at
    assert over.ended_at
    assert over.session.state == State.STOPPED
    assert over.attempt.kind == Attempt.Kind.EXAM


def finds_out_all_but(points):
    """Let the last check of an exam be one that did not find out so much."""
    last = Attempt.with_exams.order_by("pk").last()
    Attempt._base_manager.filter(pk=last.pk).update(unknown=points)
    return last


def test_work_that_could_not_be_checked_wholly_is_checked_again(sitting, exam, ana, queue):
    """Regression: on a busy server a trainee had 0 of 100 points, all of them unknown, and had not passed."""
    exams.end(exam, None)
    exams.step()
    queue()
    finds_out_all_but(4)
    exams.step()
    queue()
    better = finds_out_all_but(0)
    assert sat(exam, ana).ended_at is None
    exams.step()
    assert sat(exam, ana).attempt == better


def test_what_no_check_found_out_is_said_to_the_team(sitting, exam, ana, clients, ngozi, queue):
    exams.end(exam, None)
    for points in (5, 4, 6):
        exams.step()
        queue()
        finds_out_all_but(points)
    exams.step()
    assert sat(exam, ana).ended_at
    assert exams.open_results(exam, ngozi)
    where = f"/workshops/{exam.workshop_id}/exams/{exam.pk}/overview/"
    assert "4 points could not be checked" in clients["lead"].get(where).text


def test_no_job_that_a_learner_has_requested_holds_up_the_grading(sitting, exam, ana):
    """A learner who requests resets would keep the results from the whole room."""
    waits = services.request_reset(sitting.session, None)
    exams.end(exam, None)
    exams.step()
    assert sitting.session.job.kind == Job.Kind.ATTEMPT
    waits.refresh_from_db()
    assert "exam is over" in waits.error
    assert not waits.take()


def test_a_job_that_runs_when_the_exam_ends_holds_up_the_grading_for_its_own_time_only(sitting, exam, ana):
    runs = services.request_save(sitting.session)
    assert runs.take()
    exams.end(exam, None)
    exams.step()
    assert sitting.session.job == runs
    Job.objects.update(taken_at=timezone.now() - services.JOB_TAKES - timedelta(seconds=1))
    exams.step()
    assert sitting.session.job.kind == Job.Kind.ATTEMPT


def loses_its_lab(sitting, exam):
    """The lab of an exam is lost after the exam has ended, and before it was graded."""
    exams.end(exam, None)
    LabSession.objects.filter(pk=sitting.session_id).update(state=State.FAILED)


def test_another_lab_of_the_learner_does_not_hold_up_the_grading_of_a_lab_that_was_lost(
    sitting, exam, ana, other_lab, queue
):
    loses_its_lab(sitting, exam)
    other = services.request_session(ana.user, other_lab.id)
    steps(queue, 5)
    other.refresh_from_db()
    assert other.state == State.STOPPED
    assert sat(exam, ana).attempt
    assert sat(exam, ana).starts == 2


def test_a_class_lab_that_the_learner_leads_is_not_stopped_for_the_grading(sitting, exam, ana, other_lab, queue):
    loses_its_lab(sitting, exam)
    leads = services.request_session(ana.user, other_lab.id, for_class=True)
    steps(queue, 3)
    leads.refresh_from_db()
    assert leads.state == State.READY
    assert not sat(exam, ana).ended_at
    services.stop_session(leads)
    steps(queue, 4)
    assert sat(exam, ana).attempt


def test_to_begin_an_exam_stops_another_lab_of_the_learner_and_no_class_lab_that_they_lead(
    exam, ana, other_lab, engine, queue
):
    """Regression: the lab of the whole class was stopped."""
    leads = services.request_session(ana.user, other_lab.id, for_class=True)
    queue()
    client, elsewhere = signed_in(ana.user), signed_in(ana.user)
    begin = f"/workshops/{exam.workshop_id}/exams/{exam.pk}/begin"
    page = client.post(begin, follow=True)
    assert "You lead a class lab. Stop it first, then begin the exam." in page.text
    leads.refresh_from_db()
    assert leads.state == State.READY
    assert elsewhere.get(f"/workshops/{exam.workshop_id}/mine").status_code == 200  # the leader stays signed in there
    LabSession.objects.update(is_class=False)
    page = client.post(begin, follow=True)
    assert "Your other lab is being saved and stopped." in page.text
    leads.refresh_from_db()
    assert leads.state == State.STOPPING


def test_a_learner_who_starts_labs_again_and_again_gets_no_result_and_the_others_get_theirs(
    sitting, exam, ana, other_lab, queue, monkeypatch
):
    monkeypatch.setattr(exams, "MOST_OTHER_STARTS", 3)
    loses_its_lab(sitting, exam)
    for _time in range(4):
        services.request_session(ana.user, other_lab.id)
        exams.step()
        queue()
    exam.refresh_from_db()
    assert sat(exam, ana).attempt is None
    assert exams.can_open_results(exam)


def test_a_learner_who_has_used_up_their_starts_is_graded_after_the_lab_was_lost(
    sitting, exam, ana, queue, monkeypatch
):
    monkeypatch.setattr(admission, "STARTS_A_DAY", 1)
    loses_its_lab(sitting, exam)
    steps(queue, 4)
    assert sat(exam, ana).attempt


def test_an_exam_that_nobody_ends_ends_by_its_deadline_some_time_later(sitting):
    LabSession.objects.update(ends_at=timezone.now() - EXAM_ENDS_WITHIN - timedelta(minutes=1))
    assert len(deadlines_and_idle_labs.expire()) == 1


@pytest.mark.parametrize("kind", ["attempt", "ungraded"])
def test_a_learner_cannot_have_the_work_checked_before(sitting, kind):
    with pytest.raises(WrongState):
        services.request_check(sitting.session, kind)


def test_an_exam_is_not_extended_skipped_or_resumed_elsewhere(sitting, lab, ana, queue):
    session = sitting.session
    for refused in (
        lambda: services.extend_session(session),
        lambda: services.request_skip(session, lab.stages[-1].id),
        lambda: services.resume(session),
    ):
        with pytest.raises(WrongState):
            refused()
    LabSession.objects.update(state=State.STOPPED)
    work = Save.objects.create(
        session=session, learner=ana.user, lab=lab.id, lab_version=lab.version, reason="stop", size=1
    )
    with pytest.raises(WrongState):
        services.request_session(ana.user, lab.id, work)


def test_the_end_of_the_day_stops_no_exam(sitting):
    assert end_of_day.end_day() == []


def test_nothing_of_the_result_is_shown_before_it_is_opened(sitting, exam, ana, workshop, engine, queue, ngozi):
    engine.client_of(sitting.session).sysctls[FORWARDING] = "1"
    exams.hand_in(sitting)
    steps(queue, 3)
    assert sat(exam, ana).attempt.score > 0
    assert sat(exam, ana).result is None
    assert not CheckStatus.objects.exists()  # so the room, the projector and mentors see none
    assert not Attempt.objects.exists()
    assert Attempt.objects.best(ana.user, "first-light") is None
    assert Report(workshop).exams == {}
    assert all(not step.count for funnel in funnels(Room.of(workshop)) for step in funnel.steps if step.kind == "done")
    assert not exams.open_results(exam, ngozi)  # it has not ended: others still sit


def test_the_results_are_opened_once_all_work_is_graded(sitting, exam, ana, workshop, engine, queue, ngozi):
    engine.client_of(sitting.session).sysctls[FORWARDING] = "1"
    exams.end(exam, ngozi)
    exam.refresh_from_db()
    assert not exams.open_results(exam, ngozi)
    steps(queue, 3)
    assert exams.open_results(exam, ngozi)
    (result,) = Report(workshop).exams[ana.pk]
    assert result.score == sat(exam, ana).attempt.score
    assert LabSession.objects.get().exam == Exam.OPEN
    assert not exams.may_begin(exam, ana)


def test_who_joins_after_the_exam_was_opened_must_be_admitted(exam, workshop, ngozi, engine, queue):
    """Else a guest could sit again at another seat."""
    late = sits(workshop, "Ben", joined_at=timezone.now() + timedelta(seconds=1))
    with pytest.raises(exams.MayNotSit):
        exams.begin(exam, late)
    exams.admit(exam, late, ngozi)
    assert exams.begin(exam, late).began_at


def test_who_begins_in_the_moment_in_which_the_seat_is_freed_may_not(exam, ana, engine, monkeypatch):
    known = exams.may_begin(exam, ana)
    assert known
    monkeypatch.setattr(exams, "may_begin", lambda item, seat: known)
    Seat.objects.filter(pk=ana.pk).delete()
    with pytest.raises(exams.MayNotSit):
        exams.begin(exam, ana)
    assert not LabSession.objects.exists()


def test_before_an_exam_is_opened_nobody_is_called_late(exam, ana, workshop, clients):
    page = f"/workshops/{workshop.pk}/exams/{exam.pk}/overview/"
    workshop.agenda.update(opened_at=None)
    assert "Joined later" not in clients["lead"].get(page).text
    workshop.agenda.update(opened_at=timezone.now() - timedelta(hours=2))  # Ana came after that
    ana.workshop.seats.update(joined_at=timezone.now())
    assert "Joined later" in clients["lead"].get(page).text


def test_an_exam_that_was_begun_is_neither_closed_again_nor_removed(sitting, exam, ngozi):
    assert not agenda_items.close_item(exam, ngozi)
    assert not agenda_items.remove_item(exam)
    exam.refresh_from_db()
    assert exam.opened_at


def test_an_exam_that_was_opened_by_mistake_is_closed_again_until_somebody_has_begun(
    exam, ana, workshop, ngozi, clients
):
    page, button = f"/workshops/{workshop.pk}/exams/{exam.pk}/overview/", "Close again"
    close = f"/workshops/{workshop.pk}/room/close/{exam.pk}"
    assert f'action="{close}"' in clients["lead"].get(page).text
    assert button not in clients["helper"].get(page).text
    assert "“Final” is closed again." in clients["lead"].post(close, follow=True).text
    assert button not in clients["lead"].get(page).text
    clients["lead"].post(f"/workshops/{workshop.pk}/room/open/{exam.pk}")
    exam.refresh_from_db()
    exams.begin(exam, ana)
    assert button not in clients["lead"].get(page).text


def test_an_exam_counts_for_itself_and_not_among_the_labs(sitting, workshop):
    assert Report(workshop).labs == []


def test_closing_ends_the_exams_and_awards_when_their_results_are_open(
    workshop, item, exam, ana, lab, engine, queue, ngozi
):
    """A certificate never changes. So it waits until it can name the exam."""
    exams.begin(exam, ana)
    steps(queue)
    engine.client_of(sat(exam, ana).session).sysctls[FORWARDING] = "1"
    Workshop.objects.update(pass_percent=1)
    workshop.refresh_from_db()
    made_practice_points(ana, lab)
    seat_actions.extend(workshop, [ana], ngozi, 5)  # Regression: the certificate said “within 180 minutes”
    closing.close(workshop, ngozi)
    steps(queue, exams.MOST_CHECKS + 1)
    closing.continue_closing()
    assert sat(exam, ana).ended_at
    assert not Credential.objects.exists()
    exam.refresh_from_db()
    assert exams.open_results(exam, ngozi)
    (note,) = [one for one in Credential.objects.get().content["notes"] if "exam" in one]
    assert note.startswith("Passed the exam “Final” with ")
    assert "within 185 minutes" in note


def made_practice_points(seat, lab):
    """An attempt of before with all points, so that the seat meets the rule."""
    session = works(seat, lab, state=State.STOPPED)
    job = session.jobs.create(kind="attempt", ended_at=timezone.now())
    now = timezone.now()
    points = {"score": lab.points, "out_of": lab.points, "unknown": 0, "kind": "attempt"}
    whose = {"learner": seat.user, "lab": lab.id, "lab_version": versions.newest(lab.id).version}
    times = {"asked_at": now, "started_at": now, "finished_at": now}
    Attempt.objects.create(session=session, job=job, **whose, **points, **times)


def test_the_room_says_that_a_seat_is_in_an_exam_and_when_it_has_handed_in(sitting, exam, ana, workshop, clients):
    """Regression: graded work of an exam was shown as "Not started", with "0/20" at each check."""
    room = reverse("workshops:room", args=[workshop.pk])
    seat = reverse("workshops:room_seat", args=[workshop.pk, ana.number])
    shown = clients["lead"].get(room).content.decode()
    assert '<span class="vh">In an exam</span>' in shown
    assert "Not started" not in shown
    assert '<td class="n m">exam</td>' in shown
    said = clients["lead"].get(seat).content.decode()
    assert "This lab is an exam" in said
    assert "/20" not in said
    LabSession.objects.update(state=State.STOPPED)
    assert '<td class="n m">handed in</td>' in clients["lead"].get(room).content.decode()


def test_an_exam_in_a_class_lab_cannot_be_planned(workshop, shared, lab):
    begins = workshop.begins + timedelta(hours=9)
    times = {"from_at": begins, "to_at": begins + timedelta(hours=1)}
    exam = AgendaItem(workshop=workshop, title="Final", kind="exam", labs=[lab.id], **times)
    with pytest.raises(ValidationError) as refused:
        exam.full_clean()
    assert refused.value.message_dict == {
        "labs": ["“First light” is a class lab, in which nobody can sit an exam alone. Choose a lab for one person."]
    }


def test_an_exam_in_a_class_lab_of_an_older_plan_does_not_begin(workshop, shared, ana, lab):
    exam = adds_item(workshop, "Final", kind="exam", labs=[lab.id], opened_at=timezone.now())
    with pytest.raises(services.MayNotStart, match="Nobody can sit an exam in a class lab"):
        exams.begin(exam, ana)
    assert not Sitting.objects.exists()

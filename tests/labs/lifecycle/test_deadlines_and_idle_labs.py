"""Deadlines: a warning before, a stop at the end, and a stop of a lab in which nobody works."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labs.lifecycle import check_work, deadlines_and_idle_labs, services, starts, stops
from labs.live import live_checks
from labs.models import Attempt, Job, LabSession, Save, State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("state")]
R = Save.Reason


def ago(**time):
    return timezone.now() - timedelta(**time)


def test_a_lab_is_stopped_at_its_deadline(ready, engine):
    assert deadlines_and_idle_labs.expire() == []
    LabSession.objects.update(ends_at=timezone.now())
    for session, reason in deadlines_and_idle_labs.expire():
        stops.stop(session, reason)
    ready.refresh_from_db()
    assert ready.state == State.STOPPED
    assert engine.containers == {}


def test_an_idle_lab_is_saved_and_stopped_and_an_active_one_is_not(at_work, engine, settings):
    LabSession.objects.update(
        state_at=ago(hours=2), ready_at=ago(hours=2), active_at=ago(minutes=settings.LAB_IDLE_MINUTES - 1)
    )
    assert deadlines_and_idle_labs.expire() == []
    LabSession.objects.update(active_at=ago(minutes=settings.LAB_IDLE_MINUTES))
    assert deadlines_and_idle_labs.expire() == [(at_work.pk, R.IDLE)]
    stops.stop(at_work.pk, R.IDLE)
    at_work.refresh_from_db()
    assert (at_work.state, Save.objects.get().reason) == (State.STOPPED, R.IDLE)


def test_a_lab_with_an_open_job_is_not_idle(at_work, engine):
    LabSession.objects.update(state_at=ago(hours=2), active_at=ago(hours=2))
    at_work.jobs.create(kind=Job.Kind.ATTEMPT)
    assert deadlines_and_idle_labs.expire() == []


def test_the_learner_is_warned_ten_and_two_minutes_before_the_deadline_and_again_after_an_extension(at_work, engine):
    def warned():
        deadlines_and_idle_labs.expire()
        at_work.refresh_from_db()
        return at_work.warned

    assert warned() == 0
    LabSession.objects.update(ends_at=timezone.now() + timedelta(minutes=9))
    assert warned() == 10
    LabSession.objects.update(ends_at=timezone.now() + timedelta(minutes=1))
    assert warned() == 2
    at_work.refresh_from_db()
    services.extend_session(at_work)
    assert warned() == 0


def test_work_is_saved_at_the_deadline(at_work, engine):
    LabSession.objects.update(ends_at=timezone.now())
    [(session, reason)] = deadlines_and_idle_labs.expire()
    stops.stop(session, reason)
    assert Save.objects.get().reason == R.DEADLINE


@pytest.fixture
def uncounted(at_work, engine):
    """All checks pass in Ada's lab, and she has not requested a check. Nobody has typed for two hours."""
    engine.client_of(at_work).is_solved()
    live_checks.run(at_work.pk, ["on", "still", "file"], last=True)
    LabSession.objects.update(
        active_node="r1", state_at=ago(hours=3), ready_at=ago(hours=3), active_at=ago(hours=2), ends_at=ago(minutes=-9)
    )
    return at_work


@pytest.mark.parametrize("reason", [R.DEADLINE, R.IDLE])
def test_what_passes_and_is_not_counted_is_checked_before_the_lab_is_stopped(uncounted, engine, reason):
    if reason == R.DEADLINE:
        LabSession.objects.update(active_at=ago(minutes=1), ends_at=timezone.now())
    [job] = deadlines_and_idle_labs.request_last_checks()
    assert deadlines_and_idle_labs.request_last_checks() == []
    assert deadlines_and_idle_labs.expire() == []
    check_work.check(job.pk)
    assert Attempt.objects.get().score == 10
    assert deadlines_and_idle_labs.request_last_checks() == []
    assert deadlines_and_idle_labs.expire() == [(uncounted.pk, reason)]


def test_a_last_check_that_does_not_end_does_not_keep_the_lab(uncounted, engine):
    LabSession.objects.update(ends_at=timezone.now())
    deadlines_and_idle_labs.request_last_checks()
    LabSession.objects.update(ends_at=timezone.now() - deadlines_and_idle_labs.LAST_CHECK_TAKES - timedelta(seconds=1))
    assert deadlines_and_idle_labs.expire() == [(uncounted.pk, R.DEADLINE)]


@pytest.mark.parametrize("reason", [R.DEADLINE, R.IDLE])
def test_a_last_check_that_fails_is_not_requested_again(uncounted, engine, reason):
    if reason == R.DEADLINE:
        LabSession.objects.update(ends_at=timezone.now())
    [job] = deadlines_and_idle_labs.request_last_checks()
    job.end("It failed.")
    assert deadlines_and_idle_labs.request_last_checks() == []
    assert (uncounted.pk, reason) in deadlines_and_idle_labs.expire()


@pytest.mark.parametrize("state", ["counted", "untouched", "copy"])
def test_no_last_check_is_made_where_none_would_count_more(uncounted, engine, state):
    if state == "counted":
        check_work.check(uncounted.jobs.create(kind=Job.Kind.ATTEMPT).pk)
    LabSession.objects.update(ends_at=timezone.now(), active_node="r1" if state != "untouched" else "")
    if state == "copy":
        LabSession.objects.update(copy_of=uncounted.pk)
    assert deadlines_and_idle_labs.request_last_checks() == []


def test_a_second_start_after_a_long_time_is_neither_past_its_deadline_nor_idle(requested, engine):
    """Timers that a second start does not reset would stop the lab at once."""
    LabSession.objects.update(
        created_at=ago(hours=3), state_at=ago(hours=3), active_at=ago(hours=3), ends_at=ago(hours=1), warned=2
    )
    requested.refresh_from_db()
    requested.move_to(State.STARTING)
    requested.start_again("It was lost.")
    starts.start(requested.pk, 2)
    assert deadlines_and_idle_labs.expire() == []
    requested.refresh_from_db()
    assert (requested.state, requested.warned) == (State.READY, 0)

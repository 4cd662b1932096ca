"""Deadlines: a warning before, a stop at the end, and a stop of a lab in which nobody works."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labs.lifecycle import deadlines_and_idle_labs, services, starts, stops
from labs.models import Job, LabSession, Save, State

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

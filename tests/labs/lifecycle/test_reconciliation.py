"""Reconciliation: what it repairs in rows and containers, and what it leaves alone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labs import failure_sentences
from labs.engine import errors
from labs.lifecycle import reconciliation, starts, tasks
from labs.lifecycle.services import request_check, stop_session
from labs.models import Job, LabSession, State

pytestmark = pytest.mark.django_db


def later(seconds, **which):
    """Let so many seconds pass for these sessions."""
    for session in LabSession.objects.filter(**which):
        LabSession.objects.filter(pk=session.pk).update(
            state_at=session.state_at - timedelta(seconds=seconds),
            created_at=session.created_at - timedelta(seconds=seconds),
            admitted_at=session.admitted_at and session.admitted_at - timedelta(seconds=seconds),
        )
        for event in session.events.all():
            event.at -= timedelta(seconds=seconds)
            event.save()


def test_a_running_lab_is_left_alone(ready, engine):
    later(3000)
    assert reconciliation.reconcile() == []
    ready.refresh_from_db()
    assert ready.state == State.READY
    assert str(ready.pk) in engine.containers


def test_a_container_whose_session_has_ended_is_removed(ready, engine):
    LabSession.objects.update(state=State.FAILED)
    reconciliation.reconcile()
    assert engine.containers == {}


def test_a_container_whose_learner_was_deleted_is_removed(ready, engine, ada):
    ada.delete()
    reconciliation.reconcile()
    assert engine.containers == {}


def test_a_container_of_an_older_start_is_removed(ready, engine):
    LabSession.objects.update(state=State.REQUESTED, generation=2)
    reconciliation.reconcile()
    assert engine.containers == {}


def test_a_session_whose_container_was_removed_fails_with_that_reason(ready, engine):
    engine.loses(ready)
    reconciliation.reconcile()
    ready.refresh_from_db()
    assert ready.state == State.FAILED
    assert (
        ready.error
        == "The lab was removed by somebody or something else, not by you. Start it again. Your points are kept."
    )


def test_a_session_whose_lab_ran_out_of_memory_fails_with_that_reason(ready, engine):
    engine.runs_out_of_memory_in(ready)
    reconciliation.reconcile()
    ready.refresh_from_db()
    assert ready.error.startswith("The lab ran out of memory and was ended.")
    assert engine.containers == {}


def test_without_an_engine_no_session_fails(ready, engine, use_engine):
    use_engine(engine.that_is_away())
    reconciliation.reconcile()
    ready.refresh_from_db()
    assert ready.state == State.READY


def test_a_start_whose_worker_was_killed_is_requested_again(requested, engine):
    requested.move_to(State.STARTING)
    engine.start(str(requested.pk), None, generation=1)
    later(61)
    [again] = reconciliation.reconcile()
    assert engine.containers == {}
    starts.start(again.pk, again.generation)
    requested.refresh_from_db()
    assert (requested.state, requested.generation) == (State.READY, 2)


def test_reconciliation_takes_up_a_start_when_its_task_has_been_killed_and_not_while_it_may_run(requested, engine):
    requested.move_to(State.STARTING)
    later(tasks.start_session.time_limit - 5)
    assert reconciliation.reconcile() == []
    later(6)
    assert [session.pk for session in reconciliation.reconcile()] == [requested.pk]


def test_a_start_that_is_lost_twice_fails(requested, engine):
    for _time in range(2):
        LabSession.objects.get().move_to(State.STARTING)
        later(61)
        again = reconciliation.reconcile()
    requested.refresh_from_db()
    assert again == []
    assert requested.state == State.FAILED
    assert requested.error.startswith("The start of your lab was interrupted twice")


def test_a_start_within_its_time_is_left_alone(requested, engine):
    requested.move_to(State.STARTING)
    later(50)
    assert reconciliation.reconcile() == []


def test_an_admitted_session_whose_message_was_lost_is_requested_again(requested, engine):
    later(61)
    assert reconciliation.reconcile() == [requested]


def test_a_session_in_the_queue_is_left_alone_however_long_it_waits(requested, engine):
    LabSession.objects.update(admitted_at=None)
    later(9000)
    assert reconciliation.reconcile() == []


def test_a_stop_that_was_lost_is_carried_out(ready, engine):
    stop_session(ready)
    reconciliation.reconcile()
    ready.refresh_from_db()
    assert ready.state == State.STOPPING  # its worker may still be stopping it
    later(6)
    reconciliation.reconcile()
    ready.refresh_from_db()
    assert ready.state == State.STOPPED
    assert engine.containers == {}


def test_a_check_whose_worker_was_killed_ends(ready, engine, settings):
    job = request_check(ready)
    assert job.take()
    reconciliation.reconcile()
    assert ready.job == job
    Job.objects.update(taken_at=timezone.now() - timedelta(seconds=settings.LAB_CHECK_SECONDS + 60))
    reconciliation.reconcile()
    assert ready.job is None
    assert request_check(ready) != job


def test_the_time_of_a_check_counts_from_when_a_worker_took_it(ready, engine, settings):
    job = request_check(ready)
    Job.objects.update(asked_at=timezone.now() - timedelta(seconds=settings.LAB_CHECK_SECONDS + 60))
    reconciliation.reconcile()
    assert ready.job == job
    assert job.take()
    reconciliation.reconcile()
    assert ready.job == job


def test_a_check_that_no_worker_takes_ends(ready, engine):
    job = request_check(ready)
    Job.objects.update(asked_at=timezone.now() - reconciliation.WAITS)
    reconciliation.reconcile()
    job.refresh_from_db()
    assert (ready.job, job.error) == (None, failure_sentences.JOB_TOO_LONG)
    assert not job.take()


def test_a_container_that_cannot_be_removed_does_not_stop_reconciliation(ready, engine, monkeypatch):
    LabSession.objects.update(state=State.STOPPING)
    later(6)
    monkeypatch.setattr(engine, "remove", lambda session: (_ for _ in ()).throw(errors.EngineRefused("Busy.")))
    reconciliation.reconcile()
    ready.refresh_from_db()
    assert ready.state == State.STOPPING

"""Recovery of what a killed worker had begun, and of what waited in a broker that lost its memory."""

from datetime import timedelta

import pytest
from django.utils import timezone
from redis import Redis

from labs.lifecycle import attempts, check_work, recovery, tasks
from labs.lifecycle.services import request_check, request_reset, request_save, stop_session
from labs.models import Attempt, LabSession, Save, State, WrongState

pytestmark = pytest.mark.django_db


def a_moment_later():
    return timezone.now() + timedelta(seconds=1)


def came_up(program, when=None):
    """A new worker of this kind has come up."""
    tasks.recover(program, (when or a_moment_later()).timestamp())


def test_a_start_that_a_killed_starter_had_begun_is_requested_again(requested, engine, queue):
    requested.move_to(State.STARTING)
    engine.start(str(requested.pk), None, generation=1)
    came_up("starter")
    queue()
    requested.refresh_from_db()
    assert (requested.state, requested.generation) == (State.READY, 2)


def test_a_start_that_it_had_taken_but_not_begun_is_enqueued_again(requested, engine, queue):
    came_up("starter")
    queue()
    requested.refresh_from_db()
    assert (requested.state, requested.generation) == (State.READY, 1)


def test_a_start_that_began_after_the_new_starter_came_up_is_left_alone(requested, engine, queue):
    came = timezone.now()
    requested.move_to(State.STARTING)
    came_up("starter", came)
    requested.refresh_from_db()
    assert (requested.state, requested.generation) == (State.STARTING, 1)


def test_a_start_that_is_interrupted_twice_fails_with_that_reason(requested, engine, queue):
    for _time in range(2):
        LabSession.objects.get().move_to(State.STARTING)
        came_up("starter")
    requested.refresh_from_db()
    assert requested.state == State.FAILED
    assert requested.error.startswith("The start of your lab was interrupted twice")


def test_an_interrupted_check_is_done_again(ready, engine, queue):
    job = request_check(ready)
    queue.clear()
    assert job.take()
    came_up("worker")
    queue()
    job.refresh_from_db()
    assert job.ended_at
    assert job.error == ""
    assert Attempt.objects.get().job == job


def test_a_check_whose_attempt_was_written_is_not_done_again(ready, lab, engine, queue):
    job = request_check(ready)
    job.take()
    queue.clear()
    attempts.record(job, lab, [], timezone.now())
    came_up("worker")
    assert queue() == 0
    assert ready.job is None


def test_an_interrupted_reset_and_stop_are_done_again(ready, engine, queue):
    reset = request_reset(ready, "r1")
    reset.take()
    queue.clear()
    came_up("worker")
    queue()
    assert engine.client_of(ready).resets == ["r1"]
    stop_session(ready)
    queue.clear()
    came_up("worker")
    queue()
    ready.refresh_from_db()
    assert ready.state == State.STOPPED


def test_an_interrupted_save_is_made_again(ready, engine, queue, settings, tmp_path):
    settings.STATE_DIR = tmp_path / "state"
    job = request_save(ready)
    queue.clear()
    assert job.take()
    LabSession.objects.update(saving_at=timezone.now())  # then the worker was killed
    came_up("worker")
    queue()
    job.refresh_from_db()
    assert job.ended_at
    assert job.error == ""
    assert Save.objects.count() == 1


def test_what_waited_in_a_broker_that_lost_its_memory_is_enqueued_again(ready, engine, queue, broker):
    recovery.lost_by_broker()  # sets the mark
    request_check(ready)  # just before the broker loses its memory
    with Redis.from_url(broker) as connection:
        connection.flushall()
    assert queue() == 0
    tasks.admit()
    queue()
    assert ready.job is None
    assert Attempt.objects.count() == 1


def test_nothing_is_enqueued_again_while_the_broker_has_its_memory(ready, engine, queue):
    recovery.lost_by_broker()
    request_check(ready)
    ready.jobs.update(asked_at=timezone.now() - timedelta(seconds=9))
    assert recovery.lost_by_broker() == recovery.Recovered()


def test_cables_that_an_interrupted_check_had_pulled_are_restored_before_the_next(ready, engine, lab, monkeypatch):
    pulled = {"link": "r1:eth0", "up": False}
    for check in lab.checks():
        object.__setattr__(check, "do", (pulled,))
    done = []
    monkeypatch.setattr(type(engine.client_of(ready)), "do", lambda self, action: done.append(dict(action)))
    check_work.check(request_check(ready).pk)
    assert done[0] == {"link": "r1:eth0", "undo": True}


def test_a_reset_is_refused_while_a_lab_starts(requested, engine, queue):
    requested.move_to(State.STARTING)
    with pytest.raises(WrongState):
        request_reset(requested, None)
    assert queue() == 0
    assert requested.job is None


def a_while_ago():
    return timezone.now() - recovery.UNTAKEN - timedelta(seconds=1)


def test_a_check_that_a_hanging_process_was_given_is_enqueued_again(ready, engine, queue):
    request_check(ready)
    queue.clear()
    tasks.reconcile()
    assert queue() == 0, "it may be taken at any moment"
    ready.jobs.update(asked_at=a_while_ago())
    tasks.reconcile()
    queue()
    assert ready.job is None
    assert Attempt.objects.count() == 1


def test_a_start_that_a_hanging_process_was_given_is_enqueued_again_with_the_generation_that_it_has(
    requested, engine, queue
):
    queue.clear()
    LabSession.objects.update(admitted_at=a_while_ago())
    tasks.reconcile()
    queue()
    requested.refresh_from_db()
    assert (requested.state, requested.generation) == (State.READY, 1)


def test_what_is_enqueued_twice_because_others_were_first_is_done_once(ready, engine, queue):
    request_check(ready)
    ready.jobs.update(asked_at=a_while_ago())
    tasks.reconcile()
    tasks.reconcile()
    assert queue() >= 2
    assert Attempt.objects.count() == 1

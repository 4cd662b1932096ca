"""What a killed worker had in hand, and what waited in a broker that lost its memory, is begun again at once."""

from datetime import timedelta

import pytest
from django.utils import timezone
from redis import Redis

from labs.lifecycle import jobs, recovery, tasks
from labs.lifecycle.services import request_check, request_reset, request_save, stop_session
from labs.models import Attempt, LabSession, Save, State, WrongState

pytestmark = pytest.mark.django_db


def a_moment_later():
    return timezone.now() + timedelta(seconds=1)


def came_up(program, when=None):
    """A worker of this kind is there again."""
    tasks.take_up(program, (when or a_moment_later()).timestamp())


def test_a_start_that_a_killed_starter_had_in_hand_begins_again_when_it_is_back(requested, engine, queue):
    requested.move_to(State.STARTING)
    engine.start(str(requested.pk), None, generation=1)
    came_up("starter")
    queue()
    requested.refresh_from_db()
    assert (requested.state, requested.generation) == (State.READY, 2)


def test_a_start_that_it_had_taken_from_the_queue_and_not_begun_is_enqueued_again(requested, engine, queue):
    came_up("starter")
    queue()
    requested.refresh_from_db()
    assert (requested.state, requested.generation) == (State.READY, 1)


def test_what_began_after_it_came_up_is_nobody_s_loss(requested, engine, queue):
    came = timezone.now()
    requested.move_to(State.STARTING)
    came_up("starter", came)
    requested.refresh_from_db()
    assert (requested.state, requested.generation) == (State.STARTING, 1)


def test_a_start_that_is_cut_off_twice_has_failed_and_says_so(requested, engine, queue):
    for _time in range(2):
        LabSession.objects.get().move_to(State.STARTING)
        came_up("starter")
    requested.refresh_from_db()
    assert requested.state == State.FAILED
    assert requested.error.startswith("The start of your lab was cut off twice")


def test_a_check_in_hand_is_done_after_all(ready, engine, queue):
    job = request_check(ready)
    queue.clear()
    assert job.take()
    came_up("worker")
    queue()
    job.refresh_from_db()
    assert job.ended_at
    assert job.error == ""
    assert Attempt.objects.get().job == job


def test_a_check_that_was_all_but_over_is_not_done_twice(ready, lab, engine, queue):
    job = request_check(ready)
    job.take()
    queue.clear()
    Attempt.record(job, lab, [], timezone.now())
    came_up("worker")
    assert queue() == 0
    assert ready.job is None


def test_a_reset_and_a_stop_in_hand_are_done_too(ready, engine, queue):
    reset = request_reset(ready, "r1")
    reset.take()
    queue.clear()
    came_up("worker")
    queue()
    assert engine.session_of(ready).resets == ["r1"]
    stop_session(ready)
    queue.clear()
    came_up("worker")
    queue()
    ready.refresh_from_db()
    assert ready.state == State.STOPPED


def test_a_save_in_hand_is_made_after_all(ready, engine, queue, settings, tmp_path):
    settings.STATE_DIR = tmp_path / "state"
    job = request_save(ready)
    queue.clear()
    assert job.take()
    LabSession.objects.update(saving_at=timezone.now())  # and it was killed
    came_up("worker")
    queue()
    job.refresh_from_db()
    assert job.ended_at
    assert job.error == ""
    assert Save.objects.count() == 1


def test_what_waited_in_a_broker_that_lost_its_memory_is_enqueued_again(ready, engine, queue, broker):
    recovery.on_their_way()  # it has our mark
    request_check(ready)  # in this moment, and just before the broker goes
    with Redis.from_url(broker) as connection:
        connection.flushall()
    assert queue() == 0
    tasks.let_in()
    queue()
    assert ready.job is None
    assert Attempt.objects.count() == 1


def test_a_broker_that_remembers_is_not_told_twice(ready, engine, queue):
    recovery.on_their_way()
    request_check(ready)
    ready.jobs.update(asked_at=timezone.now() - timedelta(seconds=9))
    assert recovery.on_their_way() == recovery.Again()


def test_cables_that_a_cut_off_check_had_pulled_are_put_back_before_the_next(ready, engine, lab, monkeypatch):
    pulled = {"link": "r1:eth0", "up": False}
    for check in lab.checks():
        object.__setattr__(check, "do", (pulled,))
    done = []
    monkeypatch.setattr(type(engine.session_of(ready)), "do", lambda self, action: done.append(dict(action)))
    jobs.check(request_check(ready).pk)
    assert done[0] == {"link": "r1:eth0", "undo": True}


def test_reset_cannot_be_pressed_while_a_lab_starts_so_it_leaves_no_half_lab(requested, engine, queue):
    requested.move_to(State.STARTING)
    with pytest.raises(WrongState):
        request_reset(requested, None)
    assert queue() == 0
    assert requested.job is None

import socket

import pytest
from django.core.exceptions import ObjectDoesNotExist

from labs.lifecycle import services, tasks, worker
from labs.models import Job, LabSession, State, WrongState
from tests.labs.conftest import use_broker

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_request_is_enqueued_and_started(ada, lab, engine, queue):
    session = services.request_session(ada, lab.id)
    assert (session.state, session.lab_version) == (State.REQUESTED, lab.version)
    assert queue() == 1
    session.refresh_from_db()
    assert session.state == State.READY
    assert [event.state for event in session.events.all()] == [State.REQUESTED, State.STARTING, State.READY]


def test_ten_presses_are_one_session_and_one_message(ada, lab, engine, queue):
    sessions = {services.request_session(ada, lab.id).pk for _press in range(10)}
    assert len(sessions) == 1
    assert queue() == 1


def test_another_lab_is_refused_while_one_runs_and_names_it(ada, lab, other_lab, ready, queue):
    with pytest.raises(services.HasAnother) as refused:
        services.request_session(ada, other_lab.id)
    assert refused.value.session == ready
    assert queue() == 0


def test_with_the_broker_gone_the_learner_reads_so_and_may_try_again(ada, lab, engine, tmp_path, settings):
    path = tmp_path / "refusing.sock"
    with socket.socket(socket.AF_UNIX) as listening:  # a broker that is bound and not there
        listening.bind(str(path))
        use_broker(f"unix://{path}", settings)
        session = services.request_session(ada, lab.id)
    assert session.state == State.FAILED
    assert session.error.startswith("We could not start your lab: the queue does not answer.")
    assert services.request_session(ada, lab.id) != session


def test_after_the_broker_is_back_the_same_press_works(ada, lab, engine, broker, settings, queue):
    use_broker("unix:///nowhere.sock", settings)
    services.request_session(ada, lab.id)
    use_broker(broker, settings)
    session = services.request_session(ada, lab.id)
    assert queue() == 1
    session.refresh_from_db()
    assert session.state == State.READY


def test_a_stop_with_the_broker_gone_is_done_by_the_reaper(ready, engine):
    services.stop_session(ready)
    ready.refresh_from_db()
    assert ready.state == State.STOPPING


def test_a_stop_is_enqueued_and_pressed_twice_it_is_one(ready, engine, queue):
    services.stop_session(ready)
    services.stop_session(ready)
    assert queue() == 1
    ready.refresh_from_db()
    assert ready.state == State.STOPPED
    services.stop_session(ready)
    assert ready.state == State.STOPPED


def test_ten_presses_on_check_are_one_check(ready, engine, queue):
    jobs = {services.request_check(ready).pk for _press in range(10)}
    assert len(jobs) == 1
    assert queue() == 1
    assert services.request_check(ready).pk not in jobs


def test_a_check_with_the_broker_gone_costs_nothing_and_says_so(ready, engine):
    job = services.request_check(ready)
    assert job.ended_at
    assert job.error.startswith("We could not pass on what you asked: the queue does not answer.")
    assert ready.job is None


def test_a_lab_that_is_not_ready_is_not_checked(requested, queue):
    with pytest.raises(WrongState):
        services.request_check(requested)
    with pytest.raises(WrongState):
        services.request_reset(requested, "r1")
    assert queue() == 0


def test_a_reset_reaches_the_node(ready, engine, queue):
    job = services.request_reset(ready, "h1")
    assert job.kind == Job.Kind.RESET
    assert queue() == 1
    assert engine.session_of(ready).resets == ["h1"]


def test_messages_in_the_wrong_order_end_where_the_learner_wanted(ada, lab, engine, queue):
    session = services.request_session(ada, lab.id)
    services.stop_session(session)
    start, stop = queue.take(), queue.take()
    assert start[0].name == "labs.lifecycle.tasks.start_session"
    for task, args in (stop, start, stop, start):
        task(*args)
    session.refresh_from_db()
    assert session.state == State.STOPPED
    assert engine.containers == {}


def test_messages_about_what_is_gone_are_let_go(ada, lab, engine, queue):
    session = services.request_session(ada, lab.id)
    LabSession.objects.all().delete()
    assert queue() == 1
    tasks.stop_session(str(session.pk))
    tasks.check_lab(1)
    tasks.reset_lab(1)
    with pytest.raises(ObjectDoesNotExist):
        session.refresh_from_db()


def test_the_reaper_s_task_enqueues_what_begins_again(requested, engine, queue, settings, monkeypatch):
    monkeypatch.setattr("labs.lifecycle.reaper.launches_that_got_lost", lambda now: [requested])
    tasks.reap()
    assert queue() == 1
    requested.refresh_from_db()
    assert requested.state == State.READY


def test_beat_stops_what_is_over(ready, engine, queue):
    LabSession.objects.update(ends_at=ready.ready_at)
    tasks.expire()
    queue()
    ready.refresh_from_db()
    assert ready.state == State.STOPPED


def test_tasks_have_limits_and_the_start_s_is_the_reaper_s(settings):
    assert tasks.start_session.time_limit == settings.LAB_START_SECONDS
    for task in (tasks.start_session, tasks.stop_session, tasks.check_lab, tasks.reset_lab, tasks.reap, tasks.expire):
        assert task.soft_time_limit < task.time_limit
    assert worker.settings.LAB_START_SECONDS > 20

"""Requests of the site to labs: each press has one effect, whatever the broker and the order of messages do."""

import socket
from datetime import timedelta

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError
from django.utils import timezone

from labs.lifecycle import new_sessions, reconciliation, services, tasks
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


def test_ten_presses_make_one_session_and_one_message(ada, lab, engine, queue):
    sessions = {services.request_session(ada, lab.id).pk for _press in range(10)}
    assert len(sessions) == 1
    assert queue() == 1


def test_a_rival_that_has_ended_meanwhile_is_no_reason_to_refuse(ada, lab, engine, queue, monkeypatch):
    refuse_inserts(monkeypatch, 1)
    assert services.request_session(ada, lab.id).state == State.REQUESTED


def test_what_is_refused_for_another_reason_is_not_tried_for_ever(ada, lab, engine, queue, monkeypatch):
    """Regression: a row that no rival kept out was tried again without an end."""
    refuse_inserts(monkeypatch, 2)
    with pytest.raises(IntegrityError):
        services.request_session(ada, lab.id)


def refuse_inserts(monkeypatch, times):
    """The database refuses the first rows of new sessions, although there is no other session."""
    left, insert = [times], new_sessions.insert

    def refused(session):
        if left[0]:
            left[0] -= 1
            raise IntegrityError("a constraint")
        return insert(session)

    monkeypatch.setattr(new_sessions, "insert", refused)


def test_another_lab_is_refused_and_the_running_one_is_named(ada, lab, other_lab, ready, queue):
    with pytest.raises(services.HasAnother) as refused:
        services.request_session(ada, other_lab.id)
    assert refused.value.session == ready
    assert queue() == 0


def test_without_a_broker_the_start_fails_with_that_reason_and_can_be_tried_again(ada, lab, engine, tmp_path, settings):
    path = tmp_path / "refusing.sock"
    with socket.socket(socket.AF_UNIX) as listening:  # the socket exists, and nobody accepts
        listening.bind(str(path))
        use_broker(f"unix://{path}", settings)
        session = services.request_session(ada, lab.id)
    assert session.state == State.FAILED
    assert session.error.startswith("Your lab could not start, because the message broker does not answer.")
    assert services.request_session(ada, lab.id) != session


def test_when_the_broker_is_back_the_start_works(ada, lab, engine, broker, settings, queue):
    use_broker("unix:///nowhere.sock", settings)
    services.request_session(ada, lab.id)
    use_broker(broker, settings)
    session = services.request_session(ada, lab.id)
    assert queue() == 1
    session.refresh_from_db()
    assert session.state == State.READY


def test_a_stop_that_could_not_be_enqueued_is_carried_out_by_reconciliation(ready, engine):
    services.stop_session(ready)
    ready.refresh_from_db()
    assert ready.state == State.STOPPING
    LabSession.objects.update(state_at=timezone.now() - timedelta(seconds=reconciliation.STOP_SECONDS + 1))
    reconciliation.reconcile()
    ready.refresh_from_db()
    assert ready.state == State.STOPPED
    assert engine.containers == {}


def test_two_presses_on_stop_make_one_stop(ready, engine, queue):
    services.stop_session(ready)
    services.stop_session(ready)
    assert queue() == 1
    ready.refresh_from_db()
    assert ready.state == State.STOPPED
    services.stop_session(ready)
    assert ready.state == State.STOPPED


def test_ten_presses_on_check_make_one_check(ready, engine, queue):
    jobs = {services.request_check(ready).pk for _press in range(10)}
    assert len(jobs) == 1
    assert queue() == 1
    assert services.request_check(ready).pk not in jobs


def test_without_a_broker_a_check_ends_with_that_reason(ready, engine):
    job = services.request_check(ready)
    assert job.ended_at
    assert job.error.startswith("Your request was not carried out, because the message broker does not answer.")
    assert ready.job is None


def test_a_lab_that_is_not_ready_is_neither_checked_nor_reset(requested, queue):
    with pytest.raises(WrongState):
        services.request_check(requested)
    with pytest.raises(WrongState):
        services.request_reset(requested, "r1")
    assert queue() == 0


def test_a_reset_reaches_the_node(ready, engine, queue):
    job = services.request_reset(ready, "h1")
    assert job.kind == Job.Kind.RESET
    assert queue() == 1
    assert engine.client_of(ready).resets == ["h1"]


def test_messages_in_the_wrong_order_end_in_the_state_that_the_learner_asked_for(ada, lab, engine, queue):
    session = services.request_session(ada, lab.id)
    services.stop_session(session)
    start, stop = queue.take(), queue.take()
    assert start[0].name == "labs.lifecycle.tasks.start_session"
    for task, args in (stop, start, stop, start):
        task(*args)
    session.refresh_from_db()
    assert session.state == State.STOPPED
    assert engine.containers == {}


def test_messages_about_deleted_rows_are_ignored(ada, lab, engine, queue):
    session = services.request_session(ada, lab.id)
    LabSession.objects.all().delete()
    assert queue() == 1
    tasks.stop_session(str(session.pk))
    tasks.check_lab(1)
    tasks.reset_lab(1)
    with pytest.raises(ObjectDoesNotExist):
        session.refresh_from_db()


def test_the_task_of_reconciliation_enqueues_lost_starts(requested, engine, queue, settings, monkeypatch):
    monkeypatch.setattr("labs.lifecycle.reconciliation.lost_starts", lambda now: [requested])
    tasks.reconcile()
    assert queue() == 1
    requested.refresh_from_db()
    assert requested.state == State.READY


def test_beats_task_stops_sessions_past_their_deadline(ready, engine, queue):
    LabSession.objects.update(ends_at=ready.ready_at)
    tasks.expire()
    queue()
    ready.refresh_from_db()
    assert ready.state == State.STOPPED

"""Starts and jobs that stand still, with a real broker: what the workers say there, and what the site makes of it."""

import time
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError
from django.utils import timezone

from labs import events, failures
from labs.lifecycle import database_writes, stalled, tasks
from labs.models import Job, LabSession, State

pytestmark = pytest.mark.django_db
READ_ONLY = OperationalError("attempt to write a readonly database")


@pytest.fixture(autouse=True)
def empty_broker(broker):
    events.broker().flushall()
    stalled.say_here()
    yield
    events._broker(broker).flushall()  # it is the other tests', too


@pytest.fixture
def ada(django_user_model):
    return django_user_model.objects.create_user("ada")


def a_session(ada, state=State.REQUESTED, seconds=30.0):
    at = timezone.now() - timedelta(seconds=seconds)
    return LabSession.objects.create(
        learner=ada, lab="first-light", lab_version="0123456789ab", state=state, state_at=at, created_at=at
    )


def refused_for(seconds, monkeypatch):
    """The workers cannot write since so many seconds."""
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - seconds)
    stalled.say_refused(READ_ONLY)
    monkeypatch.setattr(time, "time", lambda: now)
    stalled.say_refused(READ_ONLY)  # said again, it is since then all the same


@pytest.mark.parametrize("state", [State.REQUESTED, State.STARTING])
def test_a_start_that_can_never_be_written_down_ends_with_its_reason(ada, monkeypatch, state):
    session = a_session(ada, state)
    refused_for(stalled.PATIENCE, monkeypatch)
    assert stalled.look(session).state == State.FAILED
    session.refresh_from_db()
    assert (session.state, session.error) == (State.FAILED, failures.NOT_WRITTEN)
    assert session.detail == "attempt to write a readonly database"


def test_so_does_what_was_asked_of_a_lab_that_runs(ada, monkeypatch):
    session = a_session(ada, State.READY)
    job = session.jobs.create(kind=Job.Kind.ATTEMPT, asked_at=timezone.now() - timedelta(seconds=30))
    refused_for(stalled.PATIENCE, monkeypatch)
    assert stalled.look(session).state == State.READY, "the lab itself goes on"
    job.refresh_from_db()
    assert (job.error, job.detail) == (failures.NOT_WRITTEN, "attempt to write a readonly database")


def test_a_database_that_refuses_for_a_moment_ends_nothing(ada, monkeypatch):
    session = a_session(ada)
    refused_for(stalled.PATIENCE - 1, monkeypatch)
    assert stalled.look(session).state == State.REQUESTED


def test_what_has_only_just_begun_is_given_its_time(ada, monkeypatch):
    session = a_session(ada, seconds=1)
    refused_for(600, monkeypatch)
    assert stalled.look(session).state == State.REQUESTED


def test_without_a_starter_nobody_waits_for_ever(ada, monkeypatch):
    session = a_session(ada)
    events.broker().delete(stalled.HERE)
    assert stalled.look(session).state == State.REQUESTED, "one that was killed is started again within seconds"
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + stalled.PATIENCE)
    assert stalled.look(session).state == State.FAILED
    assert session.error == failures.NO_STARTER


def test_a_starter_that_came_back_is_not_missed_any_more(ada, monkeypatch):
    session = a_session(ada)
    events.broker().delete(stalled.HERE)
    stalled.look(session)
    stalled.say_here()
    events.broker().delete(stalled.HERE)
    now = time.time()
    stalled.look(session)
    monkeypatch.setattr(time, "time", lambda: now + stalled.PATIENCE - 1)
    assert stalled.look(session).state == State.REQUESTED


def test_a_check_needs_no_starter(ada, monkeypatch):
    session = a_session(ada, State.READY)
    job = session.jobs.create(kind=Job.Kind.ATTEMPT, asked_at=timezone.now() - timedelta(seconds=30))
    events.broker().delete(stalled.HERE)
    stalled.look(session)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + stalled.PATIENCE)
    stalled.look(session)
    job.refresh_from_db()
    assert job.ended_at is None


def test_a_lab_that_runs_well_is_not_looked_into(ada, monkeypatch, django_assert_num_queries):
    session = a_session(ada, State.STOPPED)
    refused_for(600, monkeypatch)
    with django_assert_num_queries(0):
        assert stalled.look(session).state == State.STOPPED


def test_a_site_that_cannot_write_either_says_so_on_the_page(ada, monkeypatch):
    session = a_session(ada)
    refused_for(600, monkeypatch)

    def refuse(*args, **more):
        raise READ_ONLY

    monkeypatch.setattr(LabSession, "move_to", refuse)
    assert stalled.look(session).state == State.FAILED
    assert session.error == failures.NOT_WRITTEN
    session.refresh_from_db()
    assert session.state == State.REQUESTED


def test_a_broker_that_is_away_ends_nothing(ada, settings, tmp_path):
    session = a_session(ada)
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    assert stalled.look(session).state == State.REQUESTED
    stalled.say_refused(READ_ONLY)
    stalled.say_here()


@pytest.mark.parametrize("error", [IntegrityError("twice"), ValueError("no row")])
def test_what_is_no_refusal_of_the_database_is_not_said(error):
    stalled.say_refused(error)
    assert not events.broker().exists(stalled.REFUSED)


def test_each_kind_of_refusal_is_said():
    stalled.say_refused(DatabaseError("permission denied for table labs_labsession"))
    assert b"permission denied" in events.broker().get(stalled.REFUSED)


def test_the_learners_page_and_programs_read_the_reason(ada, client, monkeypatch):
    client.force_login(ada)
    session = a_session(ada)
    refused_for(stalled.PATIENCE, monkeypatch)
    status = client.get(f"/labs/sessions/{session.pk}/status").json()
    assert (status["state"], status["error"]) == ("failed", failures.NOT_WRITTEN)
    assert status["detail"] == "attempt to write a readonly database"


def test_refusals_now_and_then_end_nothing_for_between_them_it_was_written(ada, monkeypatch, lab, queue):
    session = a_session(ada)
    now = time.time()
    for seconds in (26, 13, 0):  # "database is locked", three times
        monkeypatch.setattr(time, "time", lambda seconds=seconds: now - seconds)
        stalled.say_refused(READ_ONLY)
        tasks.let_in()  # beat asks for it every five seconds, and it writes
    assert stalled.look(session).state == State.REQUESTED


def test_a_write_that_succeeds_at_last_says_so(monkeypatch):
    monkeypatch.setattr(database_writes, "AGAIN", 0.0)
    answers = iter([READ_ONLY, None])

    def write():
        if error := next(answers):
            raise error

    database_writes.once_writable(write)
    assert not events.broker().exists(stalled.REFUSED)

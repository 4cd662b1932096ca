"""Stalled starts and jobs, with a real broker: what workers report there, and what the site does about it."""

import time
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError
from django.utils import timezone
from redis import Redis

from labs import events, failure_sentences
from labs.lifecycle import database_writes, tasks, worker_health
from labs.models import Job, LabSession, State

pytestmark = pytest.mark.django_db
READ_ONLY = OperationalError("attempt to write a readonly database")


@pytest.fixture(autouse=True)
def empty_broker(broker):
    events.broker().flushall()
    worker_health.report_starter()
    yield
    Redis.from_url(broker).flushall()  # other tests use the same broker; a test may have changed the settings


@pytest.fixture
def ada(django_user_model):
    return django_user_model.objects.create_user("ada")


def a_session(ada, state=State.REQUESTED, seconds=None):
    seconds = 3 * worker_health.YOUNG.total_seconds() if seconds is None else seconds
    at = timezone.now() - timedelta(seconds=seconds)
    return LabSession.objects.create(
        learner=ada, lab="first-light", lab_version="0123456789ab", state=state, state_at=at, created_at=at
    )


def refused_for(seconds, monkeypatch, error=READ_ONLY):
    """The workers have not been able to write for so many seconds."""
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - seconds)
    worker_health.report_refusal(error)
    monkeypatch.setattr(time, "time", lambda: now)
    worker_health.report_refusal(error)  # a second report keeps the time of the first


@pytest.mark.parametrize("state", [State.REQUESTED, State.STARTING])
def test_a_start_that_workers_cannot_write_fails_with_that_reason(ada, monkeypatch, state):
    session = a_session(ada, state)
    refused_for(worker_health.REFUSED_PATIENCE, monkeypatch)
    assert worker_health.end_if_stalled(session).state == State.FAILED
    session.refresh_from_db()
    assert (session.state, session.error) == (State.FAILED, failure_sentences.NOT_WRITTEN)
    assert session.detail == "attempt to write a readonly database"


def test_a_job_that_workers_cannot_write_ends_with_that_reason(ada, monkeypatch):
    session = a_session(ada, State.READY)
    job = session.jobs.create(kind=Job.Kind.ATTEMPT, asked_at=timezone.now() - 3 * worker_health.YOUNG)
    refused_for(worker_health.REFUSED_PATIENCE, monkeypatch)
    assert worker_health.end_if_stalled(session).state == State.READY, "the lab itself still runs"
    job.refresh_from_db()
    assert (job.error, job.detail) == (failure_sentences.NOT_WRITTEN, "attempt to write a readonly database")


def test_a_database_that_refuses_for_a_short_time_ends_nothing(ada, monkeypatch):
    session = a_session(ada)
    refused_for(worker_health.REFUSED_PATIENCE - 1, monkeypatch)
    assert worker_health.end_if_stalled(session).state == State.REQUESTED


def test_a_database_that_others_write_ends_nothing_as_early(ada, monkeypatch):
    monkeypatch.setattr(worker_health, "LOCKED_PATIENCE", 750.0)  # at pace 30
    session = a_session(ada)
    refused_for(700, monkeypatch, OperationalError("database is locked"))
    assert worker_health.end_if_stalled(session).state == State.REQUESTED


def test_a_start_that_has_just_begun_is_not_stalled(ada, monkeypatch):
    session = a_session(ada, seconds=1)
    refused_for(600, monkeypatch)
    assert worker_health.end_if_stalled(session).state == State.REQUESTED


def test_without_a_starter_a_start_fails_after_a_while(ada, monkeypatch):
    session = a_session(ada)
    events.broker().delete(worker_health.HERE)
    assert worker_health.end_if_stalled(session).state == State.REQUESTED, (
        "a starter that was killed is back within seconds"
    )
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + worker_health.STARTER_PATIENCE)
    assert worker_health.end_if_stalled(session).state == State.FAILED
    assert session.error == failure_sentences.NO_STARTER


def test_a_starter_that_came_back_counts_as_seen(ada, monkeypatch):
    session = a_session(ada)
    events.broker().delete(worker_health.HERE)
    worker_health.end_if_stalled(session)
    worker_health.report_starter()
    events.broker().delete(worker_health.HERE)
    now = time.time()
    worker_health.end_if_stalled(session)
    monkeypatch.setattr(time, "time", lambda: now + worker_health.STARTER_PATIENCE - 1)
    assert worker_health.end_if_stalled(session).state == State.REQUESTED


def test_a_check_needs_no_starter(ada, monkeypatch):
    session = a_session(ada, State.READY)
    job = session.jobs.create(kind=Job.Kind.ATTEMPT, asked_at=timezone.now() - 3 * worker_health.YOUNG)
    events.broker().delete(worker_health.HERE)
    worker_health.end_if_stalled(session)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + worker_health.STARTER_PATIENCE)
    worker_health.end_if_stalled(session)
    job.refresh_from_db()
    assert job.ended_at is None


def test_an_ended_session_costs_no_query(ada, monkeypatch, django_assert_num_queries):
    session = a_session(ada, State.STOPPED)
    refused_for(600, monkeypatch)
    with django_assert_num_queries(0):
        assert worker_health.end_if_stalled(session).state == State.STOPPED


def test_a_site_that_cannot_write_either_still_shows_the_failure(ada, monkeypatch):
    session = a_session(ada)
    refused_for(600, monkeypatch)

    def refuse(*args, **more):
        raise READ_ONLY

    monkeypatch.setattr(LabSession, "move_to", refuse)
    assert worker_health.end_if_stalled(session).state == State.FAILED
    assert session.error == failure_sentences.NOT_WRITTEN
    session.refresh_from_db()
    assert session.state == State.REQUESTED


def test_a_broker_that_is_away_ends_nothing(ada, settings, tmp_path):
    session = a_session(ada)
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    assert worker_health.end_if_stalled(session).state == State.REQUESTED
    worker_health.report_refusal(READ_ONLY)
    worker_health.report_starter()


@pytest.mark.parametrize("error", [IntegrityError("twice"), ValueError("no row")])
def test_errors_that_are_no_refusal_of_the_database_are_not_reported(error):
    worker_health.report_refusal(error)
    assert not events.broker().exists(worker_health.REFUSED)


def test_every_refusal_of_the_database_is_reported():
    worker_health.report_refusal(DatabaseError("permission denied for table labs_labsession"))
    assert b"permission denied" in events.broker().get(worker_health.REFUSED)


def test_the_status_has_the_reason(ada, client, monkeypatch):
    client.force_login(ada)
    session = a_session(ada)
    refused_for(worker_health.REFUSED_PATIENCE, monkeypatch)
    status = client.get(f"/labs/sessions/{session.pk}/status").json()
    assert (status["state"], status["error"]) == ("failed", failure_sentences.NOT_WRITTEN)
    assert status["detail"] == "attempt to write a readonly database"


def test_refusals_with_successful_writes_between_them_end_nothing(ada, monkeypatch, lab, queue):
    session = a_session(ada)
    now = time.time()
    for seconds in (26, 13, 0):  # three times "database is locked"
        monkeypatch.setattr(time, "time", lambda seconds=seconds: now - seconds)
        worker_health.report_refusal(READ_ONLY)
        tasks.admit()  # beat calls this every five seconds, and it writes
    assert worker_health.end_if_stalled(session).state == State.REQUESTED


def test_a_write_that_succeeds_in_the_end_clears_the_report(monkeypatch):
    monkeypatch.setattr(database_writes, "AGAIN", 0.0)
    answers = iter([READ_ONLY, None])

    def write():
        if error := next(answers):
            raise error

    database_writes.retry_write(write)
    assert not events.broker().exists(worker_health.REFUSED)

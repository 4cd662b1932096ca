"""Jobs: checks and resets, with labs that answer, fail or vanish."""

from dataclasses import replace

import pytest
from django.db import OperationalError

from labs import failure_sentences
from labs.engine import errors
from labs.lifecycle import database_writes, jobs, worker
from labs.lifecycle.services import request_check, request_reset, stop_session
from labs.models import Attempt, Job, State

pytestmark = pytest.mark.django_db


def test_a_check_records_an_attempt_with_its_verdicts(ready, engine):
    engine.client_of(ready).sysctls["net.ipv6.conf.all.forwarding"] = "1"
    job = request_check(ready)
    jobs.check(job.pk)
    attempt = Attempt.objects.get()
    assert (attempt.score, attempt.out_of, attempt.unknown) == (6, 10, 0)
    outcomes = dict(attempt.verdicts.values_list("check_id", "outcome"))
    assert outcomes == {"on": "passed", "still": "passed", "file": "failed"}
    assert attempt.asked_at <= attempt.started_at <= attempt.finished_at
    job.refresh_from_db()
    assert job.ended_at
    assert job.error == ""


def test_a_check_that_is_delivered_twice_counts_once(ready, engine):
    job = request_check(ready)
    jobs.check(job.pk)
    jobs.check(job.pk)
    assert Attempt.objects.count() == 1


def test_a_check_that_is_delivered_after_the_stop_does_nothing(ready, engine):
    job = request_check(ready)
    stop_session(ready)
    worker.stop(ready.pk)
    jobs.check(job.pk)
    job.refresh_from_db()
    assert job.error == "The lab ended before this was done. You lose no points."
    assert not Attempt.objects.exists()


def test_a_check_without_a_relay_is_unknown_and_the_lab_still_runs(ready, engine):
    engine.client_of(ready).error = errors.RelayGone("The relay does not answer.")
    jobs.check(request_check(ready).pk)
    attempt = Attempt.objects.get()
    assert (attempt.score, attempt.out_of, attempt.unknown) == (0, 10, 10)
    ready.refresh_from_db()
    assert ready.state == State.READY


def test_a_lab_that_vanishes_while_it_is_checked_fails(ready, engine):
    engine.loses(ready)
    jobs.check(request_check(ready).pk)
    ready.refresh_from_db()
    assert ready.state == State.FAILED
    assert ready.error.startswith("The lab was removed by somebody or something else, not by you.")
    assert ready.job is None


def test_a_lab_that_runs_out_of_memory_while_it_is_checked_fails_with_that_reason(ready, engine):
    engine.runs_out_of_memory_in(ready)
    jobs.check(request_check(ready).pk)
    ready.refresh_from_db()
    assert "ran out of memory" in ready.error
    assert engine.containers == {}


def test_an_old_out_of_memory_event_does_not_fail_a_running_lab(ready, engine):
    found = engine.containers[str(ready.pk)]
    engine.containers[str(ready.pk)] = replace(found, oom=True)  # Docker reports this as long as the container exists
    engine.client_of(ready).error = errors.RelayGone("The relay does not answer.")
    reset = request_reset(ready, "r1")
    jobs.reset(reset.pk)
    ready.refresh_from_db()
    reset.refresh_from_db()
    assert ready.state == State.READY
    assert reset.error.startswith("The connection to the lab does not answer.")


def test_a_reset_resets_the_node(ready, engine):
    jobs.reset(request_reset(ready, "r1").pk)
    jobs.reset(request_reset(ready, None).pk)
    assert engine.client_of(ready).resets == ["r1", None]


def test_a_lab_that_a_reset_has_broken_fails(ready, engine, monkeypatch):
    def breaks(*_, **__):
        raise errors.LabFailed("h1: cannot allocate memory")

    inside = engine.client_of(ready)
    monkeypatch.setattr(inside, "reset", breaks)
    jobs.reset(request_reset(ready, None).pk)
    ready.refresh_from_db()
    assert ready.state == State.READY  # the lab reports that it is complete: the reset was refused
    monkeypatch.setattr(inside, "status", lambda: {"state": "failed"})
    jobs.reset(request_reset(ready, None).pk)
    ready.refresh_from_db()
    assert ready.state == State.FAILED
    assert ready.error == failure_sentences.SENTENCES[errors.LabFailed]


def test_the_end_of_a_job_waits_for_a_database_whose_disk_is_full(ready, engine, monkeypatch):
    """Regression: Ada's check was done, that could not be written, and she waited for the reaper."""
    full, end = [1, 2], Job.end

    def end_when_there_is_space(job, *said):
        if full:
            full.pop()
            raise OperationalError("database or disk is full")
        return end(job, *said)

    monkeypatch.setattr(Job, "end", end_when_there_is_space)
    monkeypatch.setattr(database_writes.time, "sleep", lambda seconds: None)
    job = request_reset(ready, "r1")
    jobs.reset(job.pk)
    job.refresh_from_db()
    assert (bool(job.ended_at), job.error, full) == (True, "", [])


def test_a_reset_that_takes_too_long_ends_with_that_reason_and_the_lab_still_runs(ready, engine):
    engine.client_of(ready).error = errors.TookTooLong("r1 did not come back.")
    job = request_reset(ready, "r1")
    jobs.reset(job.pk)
    job.refresh_from_db()
    assert job.error == "This took too long, so it was ended. You lose no points. Try again."
    assert job.detail == "r1 did not come back."
    ready.refresh_from_db()
    assert ready.state == State.READY

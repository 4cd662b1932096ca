"""Jobs: checks and resets, with labs that answer, fail or vanish."""

import pytest

from labs import failure_sentences
from labs.engine import errors
from labs.lifecycle import jobs, worker
from labs.lifecycle.services import request_check, request_reset, stop_session
from labs.models import Attempt, State

pytestmark = pytest.mark.django_db


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


def test_a_reset_that_takes_too_long_ends_with_that_reason_and_the_lab_still_runs(ready, engine):
    engine.client_of(ready).error = errors.TookTooLong("r1 did not come back.")
    job = request_reset(ready, "r1")
    jobs.reset(job.pk)
    job.refresh_from_db()
    assert job.error == "This took too long, so it was ended. You lose no points. Try again."
    assert job.detail == "r1 did not come back."
    ready.refresh_from_db()
    assert ready.state == State.READY

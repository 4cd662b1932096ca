"""Resets: of a node and of the lab; with labs that answer, fail or vanish."""

import pytest

from labs import failure_sentences
from labs.engine import errors
from labs.lifecycle import resets
from labs.lifecycle.services import request_reset
from labs.models import State

pytestmark = pytest.mark.django_db


def test_a_reset_resets_the_node(ready, engine):
    resets.reset(request_reset(ready, "r1").pk)
    resets.reset(request_reset(ready, None).pk)
    assert engine.client_of(ready).resets == ["r1", None]


def test_a_lab_that_a_reset_has_broken_fails(ready, engine, monkeypatch):
    def breaks(*_, **__):
        raise errors.LabFailed("h1: cannot allocate memory")

    inside = engine.client_of(ready)
    monkeypatch.setattr(inside, "reset", breaks)
    resets.reset(request_reset(ready, None).pk)
    ready.refresh_from_db()
    assert ready.state == State.READY  # the lab reports that it is complete: the reset was refused
    monkeypatch.setattr(inside, "status", lambda: {"state": "failed"})
    resets.reset(request_reset(ready, None).pk)
    ready.refresh_from_db()
    assert ready.state == State.FAILED
    assert ready.error == failure_sentences.SENTENCES[errors.LabFailed]


def test_a_reset_that_takes_too_long_ends_with_that_reason_and_the_lab_still_runs(ready, engine):
    engine.client_of(ready).error = errors.TookTooLong("r1 did not come back.")
    job = request_reset(ready, "r1")
    resets.reset(job.pk)
    job.refresh_from_db()
    assert job.error == "This took too long, so it was ended. You lose no points. Try again."
    assert job.detail == "r1 did not come back."
    ready.refresh_from_db()
    assert ready.state == State.READY

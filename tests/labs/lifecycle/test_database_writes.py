"""Writes wait for a database whose disk is full."""

import pytest
from django.db import OperationalError

from labs.lifecycle import database_writes, resets
from labs.lifecycle.services import request_reset
from labs.models import Job

pytestmark = pytest.mark.django_db


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
    resets.reset(job.pk)
    job.refresh_from_db()
    assert (bool(job.ended_at), job.error, full) == (True, "", [])

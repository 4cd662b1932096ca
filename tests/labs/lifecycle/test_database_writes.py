"""Writes wait for a database whose disk is full."""

import pytest
from django.db import OperationalError

from labs.lifecycle import database_writes, resets
from labs.lifecycle.services import request_reset
from labs.models import Job

pytestmark = pytest.mark.django_db


def test_the_end_of_a_job_waits_for_a_database_whose_disk_is_full(ready, engine, monkeypatch):
    """Regression: Ada's check was done, that could not be written, and she waited for reconciliation."""
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


class Clock:
    """A clock that only waiting moves."""

    def __init__(self, monkeypatch):
        self.now = 0.0
        monkeypatch.setattr(database_writes, "time", self)

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.mark.parametrize(
    ("error", "seconds", "tries"),
    [
        ("attempt to write a readonly database", 0.01, 61),
        ("database is locked", 20.0, 3),
        ("database is locked", 600.0, 3),
    ],
)
def test_a_write_is_given_up_after_a_minute_but_not_after_one_wait_for_a_lock(monkeypatch, error, seconds, tries):
    """Regression: at pace 30 one wait of SQLite takes 10 minutes, and the write was given up after it."""
    clock, made = Clock(monkeypatch), []

    def write():
        made.append(clock.now)
        clock.sleep(seconds)
        raise OperationalError(error)

    monkeypatch.setattr(database_writes.worker_health, "report_refusal", lambda _error: None)
    with pytest.raises(OperationalError):
        database_writes.retry_write(write)
    assert len(made) == pytest.approx(tries, abs=1)
    assert len(made) >= 3

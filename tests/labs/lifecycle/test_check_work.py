"""Check my work: attempts and ungraded checks, in labs that answer, fail or vanish."""

import pytest

from labs.engine import errors
from labs.lifecycle import check_work, stops
from labs.lifecycle.services import request_check, stop_session
from labs.models import Attempt, State

pytestmark = pytest.mark.django_db


def test_a_check_that_is_delivered_twice_counts_once(ready, engine):
    job = request_check(ready)
    check_work.check(job.pk)
    check_work.check(job.pk)
    assert Attempt.objects.count() == 1


def test_a_check_that_is_delivered_after_the_stop_does_nothing(ready, engine):
    job = request_check(ready)
    stop_session(ready)
    stops.stop(ready.pk)
    check_work.check(job.pk)
    job.refresh_from_db()
    assert job.error == "The lab ended before this was done."
    assert not Attempt.objects.exists()


def test_a_check_without_a_relay_is_unknown_and_the_lab_still_runs(ready, engine):
    engine.client_of(ready).error = errors.RelayGone("The relay does not answer.")
    check_work.check(request_check(ready).pk)
    attempt = Attempt.objects.get()
    assert (attempt.score, attempt.out_of, attempt.unknown) == (0, 10, 10)
    ready.refresh_from_db()
    assert ready.state == State.READY

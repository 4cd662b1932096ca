"""A lab that is gone or out of memory fails with that reason."""

from dataclasses import replace

import pytest

from labs.engine import errors
from labs.lifecycle import check_work, resets
from labs.lifecycle.services import request_check, request_reset
from labs.models import State

pytestmark = pytest.mark.django_db


def test_a_lab_that_vanishes_while_it_is_checked_fails(ready, engine):
    engine.loses(ready)
    check_work.check(request_check(ready).pk)
    ready.refresh_from_db()
    assert ready.state == State.FAILED
    assert ready.error.startswith("The lab was removed by somebody or something else, not by you.")
    assert ready.job is None


def test_a_lab_that_runs_out_of_memory_while_it_is_checked_fails_with_that_reason(ready, engine):
    engine.runs_out_of_memory_in(ready)
    check_work.check(request_check(ready).pk)
    ready.refresh_from_db()
    assert "ran out of memory" in ready.error
    assert engine.containers == {}


def test_an_old_out_of_memory_event_does_not_fail_a_running_lab(ready, engine):
    found = engine.containers[str(ready.pk)]
    engine.containers[str(ready.pk)] = replace(found, oom=True)  # Docker reports this as long as the container exists
    engine.client_of(ready).error = errors.RelayGone("The relay does not answer.")
    reset = request_reset(ready, "r1")
    resets.reset(reset.pk)
    ready.refresh_from_db()
    reset.refresh_from_db()
    assert ready.state == State.READY
    assert reset.error.startswith("The connection to the lab does not answer.")

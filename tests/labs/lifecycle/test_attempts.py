"""The verdicts of a check become an attempt."""

import pytest

from labs.lifecycle import check_work
from labs.lifecycle.services import request_check
from labs.models import Attempt

pytestmark = pytest.mark.django_db


def test_a_check_records_an_attempt_with_its_verdicts(ready, engine):
    engine.client_of(ready).sysctls["net.ipv6.conf.all.forwarding"] = "1"
    job = request_check(ready)
    check_work.check(job.pk)
    attempt = Attempt.objects.get()
    assert (attempt.score, attempt.out_of, attempt.unknown) == (6, 10, 0)
    outcomes = dict(attempt.verdicts.values_list("check_id", "outcome"))
    assert outcomes == {"on": "passed", "still": "passed", "file": "failed"}
    assert attempt.asked_at <= attempt.started_at <= attempt.finished_at
    job.refresh_from_db()
    assert job.ended_at
    assert job.error == ""

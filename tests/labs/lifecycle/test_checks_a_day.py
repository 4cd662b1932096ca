"""The bounds of checks in 24 hours: of a person, of each holder of a class-lab seat, and of a class lab."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labs.lifecycle import checks_a_day
from labs.models import Attempt, Job, LabSession, State
from tests.labs.views.helpers import page, url

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_work_of_a_person_is_checked_a_bounded_number_of_times_a_day(
    ada_client, lab, ready, engine, queue, monkeypatch
):
    monkeypatch.setattr(checks_a_day, "CHECKS_A_DAY", 2)
    before = LabSession.objects.create(learner=ready.learner, lab="second-wind", lab_version="1", state=State.STOPPED)
    old = before.jobs.create(kind=Job.Kind.ATTEMPT, ended_at=timezone.now())
    for kind in ("ungraded", "attempt"):
        ada_client.post(url("check", ready), {"kind": kind})
        queue()
    assert ready.jobs.count() == 1, "those of all labs count"
    assert "Your work was checked 2 times in the last 24 hours" in page(ada_client, lab)
    assert ada_client.post(url("check", ready), headers={"Accept": "application/json"}).status_code == 429
    Job.objects.filter(pk=old.pk).update(asked_at=timezone.now() - timedelta(hours=25))
    ada_client.post(url("check", ready))
    assert ready.jobs.count() == 2


def checks(session, many, kind=Job.Kind.ATTEMPT, learner=None):
    """Ended checks, each an attempt of the learner if one is given."""
    for _ in range(many):
        job = session.jobs.create(kind=kind, ended_at=timezone.now())
        if learner:
            same = {"learner": learner, "lab": session.lab, "lab_version": session.lab_version, "kind": kind}
            now = timezone.now()
            times = {"asked_at": now, "started_at": now, "finished_at": now}
            Attempt.objects.create(session=session, job=job, score=0, out_of=1, unknown=0, **same, **times)


@pytest.fixture
def shared(ngozi, ada, lab):
    """A class lab of Ngozi's, in which Ada has a seat."""
    same = {"lab": lab.id, "lab_version": lab.version}
    session = LabSession.objects.create(learner=ngozi, is_class=True, state=State.STOPPED, **same)
    session.seats.create(user=ada, nodes=["r1"])
    return session


def test_what_others_have_checked_in_a_class_lab_takes_nothing_from_its_instructor(shared, ngozi, ada, monkeypatch):
    """Thirty people with ten checks each used up the instructor's own 300."""
    monkeypatch.setattr(checks_a_day, "CHECKS_A_DAY", 2)
    checks(shared, 3, learner=ada)
    own = LabSession.objects.create(learner=ngozi, lab="second-wind", lab_version="1", state=State.STOPPED)
    assert checks_a_day.has_checks_left(own)
    assert checks_a_day.has_checks_left(shared)
    checks(own, 2)
    assert not checks_a_day.has_checks_left(own)
    assert checks_a_day.has_checks_left(shared)


def test_each_holder_of_a_class_lab_seat_has_attempts_of_their_own(shared, ada, grace, monkeypatch):
    monkeypatch.setattr(checks_a_day, "CHECKS_A_DAY", 2)
    others = shared.seats.create(user=grace, nodes=["h1"])
    checks(shared, 2, learner=ada)
    mine = shared.seats.get(user=ada)
    assert not checks_a_day.has_checks_left(shared, seat=mine)
    assert checks_a_day.has_checks_left(shared, seat=others)
    assert checks_a_day.has_checks_left(shared, Job.Kind.UNGRADED_CHECK, mine)
    own = LabSession.objects.create(learner=ada, lab="second-wind", lab_version="1", state=State.STOPPED)
    assert checks_a_day.has_checks_left(own)


def test_the_ungraded_checks_of_a_class_lab_are_bounded_and_take_nobody_an_attempt(
    shared, ada, ada_client, monkeypatch
):
    monkeypatch.setattr(checks_a_day, "UNGRADED_CHECKS_OF_A_CLASS", 2)
    checks(shared, 2, Job.Kind.UNGRADED_CHECK, learner=ada)
    mine = shared.seats.get(user=ada)
    assert not checks_a_day.has_checks_left(shared, Job.Kind.UNGRADED_CHECK, mine)
    assert checks_a_day.has_checks_left(shared, Job.Kind.ATTEMPT, mine)
    LabSession.objects.filter(pk=shared.pk).update(state=State.READY)
    answer = ada_client.post(url("check", shared), {"kind": "ungraded"}, headers={"Accept": "application/json"})
    assert answer.status_code == 429

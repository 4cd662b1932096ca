"""The page "My progress": labs with their best attempt, and trouble tickets."""

import re

import pytest
from django.utils import timezone

from labs.models import Attempt, Job, LabSession, State, TroubleTicket

pytestmark = pytest.mark.django_db
LAB = "ospfv3-one-area"


def checked(learner, kind, score, **more):
    session = LabSession.objects.create(learner=learner, lab=LAB, lab_version="0" * 12, state=State.STOPPED)
    now = timezone.now()
    job = Job.objects.create(session=session, kind=Job.Kind.ATTEMPT, ended_at=now)
    facts = {"score": score, "out_of": 100, "unknown": 0, "asked_at": now, "started_at": now, "finished_at": now}
    Attempt.objects.create(session=session, job=job, learner=learner, lab=LAB, kind=kind, **facts, **more)


def shown(client):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get("/progress/").text))


def test_the_number_of_attempts_is_shown(ada, ada_client):
    for score in (40, 60, 20):
        checked(ada, Attempt.Kind.ATTEMPT, score)
    assert "60 of 100 points 3 attempts " in shown(ada_client)


def test_each_trouble_ticket_has_a_row_with_its_best_attempt(ada, ada_client):
    checked(ada, Attempt.Kind.TICKET, 0, fault_seed=4, seconds=60, hints=1)
    checked(ada, Attempt.Kind.TICKET, 90, fault_seed=4, seconds=187, hints=1, fault="mtu@r1:eth0")
    checked(ada, Attempt.Kind.TICKET, 0, fault_seed=7, seconds=9)
    text = shown(ada_client)
    assert text.count("Not fixed") == 1
    assert re.search(r"OSPFv3\S* .* 5 Medium Fixed 90 of 100 points 3:07 1 hint ", text)
    assert "You have not checked a lab yet." in text


def test_a_trouble_ticket_that_was_opened_and_never_checked_is_there_once_with_its_time(ada, ada_client):
    checked(ada, Attempt.Kind.TICKET, 0, fault_seed=4, seconds=60)
    for seed, spent, hints in ((4, 60, 0), (7, 15, 1), (7, 75, 2)):  # the last one was resumed
        session = LabSession.objects.create(learner=ada, lab=LAB, lab_version="0" * 12, state=State.STOPPED)
        TroubleTicket.objects.create(session=session, seed=seed, spent=spent, hints=hints, opened_at=timezone.now())
    closed = LabSession.objects.create(learner=ada, lab=LAB, lab_version="0" * 12, state=State.FAILED)
    TroubleTicket.objects.create(session=closed, seed=9)
    text = shown(ada_client)
    assert text.count("Not fixed") == 2
    assert re.search(r"OSPFv3\S* .* 8 Not fixed 1:15 2 hints ", text)


def test_the_time_of_a_trouble_ticket_that_is_not_fixed_is_that_of_its_page(ada, ada_client):
    """Regression: it was the time of the last attempt, and the clock had gone on."""
    checked(ada, Attempt.Kind.TICKET, 0, fault_seed=4, seconds=32)
    session = LabSession.objects.get()
    TroubleTicket.objects.create(session=session, seed=4, spent=44, hints=1, opened_at=timezone.now())
    assert re.search(r"Not fixed 0:44 1 hint ", shown(ada_client))


def test_each_lab_that_was_passed_or_had_a_ticket_has_its_ladder(ada, ada_client):
    assert 'id="ladders"' not in ada_client.get("/progress/").text
    checked(ada, Attempt.Kind.ATTEMPT, 99)  # not passed
    assert 'id="ladders"' not in ada_client.get("/progress/").text
    checked(ada, Attempt.Kind.ATTEMPT, 100)
    text = shown(ada_client)
    assert text.count("Not tried yet") == 3
    assert "Find a fault: Easy" in text
    checked(ada, Attempt.Kind.TICKET, 80, fault_seed=4, seconds=187, hints=2, fault="link-down@r1:eth0")
    text = shown(ada_client)
    assert re.search(r"Easy: Fixed 80 / 100, 3:07 ", text)
    assert "Find a fault: Medium" in text

"""Points that no attempt has counted: of the present work, whatever was solved at another time."""

import pytest
from django.utils import timezone

from labs.lifecycle import check_work, saves, uncounted_points
from labs.live import live_checks
from labs.models import Attempt, CheckStatus, Job, LabSession, Save, State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("state")]


@pytest.fixture
def solved(at_work, engine):
    """All checks pass in Ada's lab, in which she has typed, and she has not requested a check."""
    engine.client_of(at_work).is_solved()
    live_checks.run(at_work.pk, ["on", "still", "file"], last=True)
    LabSession.objects.filter(pk=at_work.pk).update(active_node="r1")
    at_work.refresh_from_db()
    return at_work


def test_what_passes_is_uncounted_until_an_attempt_counts_it(solved, engine):
    assert uncounted_points.are_in(solved)
    check_work.check(solved.jobs.create(kind=Job.Kind.ATTEMPT).pk)
    assert not uncounted_points.are_in(solved)


def test_an_attempt_in_an_earlier_lab_counts_nothing_here(solved):
    """Points from home do not count in a workshop, so the work here must be checked too."""
    of_lab = {"learner": solved.learner, "lab": solved.lab, "lab_version": solved.lab_version}
    home, when = LabSession.objects.create(**of_lab, state=State.STOPPED), timezone.now()
    job = home.jobs.create(kind=Job.Kind.ATTEMPT, ended_at=when)
    times = {"asked_at": when, "started_at": when, "finished_at": when}
    Attempt.objects.create(**of_lab, session=home, job=job, seed=home.seed, score=10, out_of=10, unknown=0, **times)
    assert uncounted_points.are_in(solved)


def test_work_that_was_counted_before_its_lab_was_stopped_is_counted_when_it_is_resumed(solved, engine):
    check_work.check(solved.jobs.create(kind=Job.Kind.ATTEMPT).pk)
    save = saves.keep(solved, engine.client_of(solved).save(), Save.Reason.STOP, timezone.now())
    of_lab = {"learner": solved.learner, "lab": solved.lab, "lab_version": solved.lab_version}
    LabSession.objects.filter(pk=solved.pk).update(state=State.STOPPED)
    again = LabSession.objects.create(**of_lab, state=State.READY, resumes=save)
    CheckStatus.objects.filter(session=solved).update(session=again)
    assert not uncounted_points.are_in(again)

"""For how long nobody has changed anything in a lab, and the stage whose verdicts come first."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labs.lifecycle import check_statuses, time_since_change
from labs.models import CheckStatus, Job, LabSession
from labs.registry import versions

pytestmark = pytest.mark.django_db(transaction=True)


def before(seconds):
    return timezone.now() - timedelta(seconds=seconds)


@pytest.fixture
def untouched(ready):
    """A lab that has been ready for five minutes."""
    at = before(300)
    LabSession.objects.filter(pk=ready.pk).update(ready_at=at, state_at=at, active_at=at)
    ready.refresh_from_db()
    return ready


def idle(session):
    return time_since_change.take_idle_seconds(
        session, session.jobs.create(kind=Job.Kind.ATTEMPT, ended_at=timezone.now())
    )


def test_an_untouched_lab_is_idle_since_it_was_ready(untouched):
    assert 299 <= idle(untouched) <= 301


def test_a_lab_is_untouched_until_somebody_types_presses_a_button_or_resumes_work(untouched):
    def is_untouched():
        session = LabSession.objects.get(pk=untouched.pk)
        job = session.jobs.create(kind=Job.Kind.ATTEMPT, ended_at=timezone.now())
        found = time_since_change.is_untouched(session, job)
        job.delete()
        return found

    untouched.jobs.create(kind=Job.Kind.UNGRADED_CHECK, ended_at=before(10))
    assert is_untouched()
    for kind in set(Job.Kind) - {Job.Kind.UNGRADED_CHECK}:
        other = untouched.jobs.create(kind=kind, ended_at=before(40))
        assert not is_untouched()
        other.delete()
    idle(untouched)
    Job.objects.all().delete()
    assert not is_untouched()  # who asks for a check has touched it


def test_a_lab_that_has_resumed_work_is_not_untouched(untouched, ada):
    save = untouched.saves.create(
        learner=ada, lab=untouched.lab, lab_version=untouched.lab_version, reason="stop", size=1
    )
    LabSession.objects.filter(pk=untouched.pk).update(resumes=save)
    assert not time_since_change.is_untouched(
        LabSession.objects.get(pk=untouched.pk), untouched.jobs.create(kind=Job.Kind.ATTEMPT, ended_at=timezone.now())
    )


def test_the_last_key_may_be_later_than_the_row_says(untouched):
    LabSession.objects.filter(pk=untouched.pk).update(active_at=before(100))
    assert 69 <= idle(untouched) <= 71
    LabSession.objects.filter(pk=untouched.pk).update(active_at=before(20))
    assert idle(untouched) == 0


def test_the_job_before_counts_as_a_change_unless_it_only_looked(untouched):
    untouched.jobs.create(kind=Job.Kind.UNGRADED_CHECK, ended_at=before(10))
    assert idle(untouched) >= 299
    Job.objects.all().delete()
    LabSession.objects.filter(pk=untouched.pk).update(active_at=untouched.ready_at)
    untouched.jobs.create(kind=Job.Kind.RESET, ended_at=before(40))
    assert 39 <= idle(untouched) <= 41


def test_who_asks_for_a_check_has_touched_the_lab(untouched):
    idle(untouched)
    assert LabSession.objects.get(pk=untouched.pk).active_at >= before(5)


def test_the_first_stage_that_has_not_passed_comes_first(untouched):
    lab = versions.of(untouched)
    assert check_statuses.current_stage(untouched, lab) == lab.stages[0].id
    for check in lab.stages[0].checks:
        fields = {"stage": lab.stages[0].id, "outcome": "passed", "points": 1, "out_of": 1, "reached": True}
        fields |= {"expected": {}, "seen": {}, "seen_at": timezone.now(), "since": timezone.now()}
        CheckStatus.objects.create(session=untouched, check_id=check.id, **fields)
    assert check_statuses.current_stage(untouched, lab) == lab.stages[1].id

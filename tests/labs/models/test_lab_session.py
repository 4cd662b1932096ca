"""Lab sessions, jobs and attempts: one winner of each race, one live session, and attempts that never change."""

import pytest
from django.db import IntegrityError, transaction

from labs.lifecycle import check_work
from labs.lifecycle.services import request_check
from labs.models import Attempt, Job, LabSession, State, VerdictRecord, WrongState

pytestmark = pytest.mark.django_db


def test_of_two_workers_that_start_the_same_session_one_loses(requested):
    one, two = LabSession.objects.get(), LabSession.objects.get()
    one.move_to(State.STARTING)
    with pytest.raises(WrongState):
        two.move_to(State.STARTING)
    assert [event.state for event in requested.events.all()] == [State.STARTING]


def test_a_worker_of_an_older_start_changes_nothing(requested):
    old = LabSession.objects.get()
    old.move_to(State.STARTING)
    LabSession.objects.get().start_again("The worker was killed.")
    with pytest.raises(WrongState):
        old.move_to(State.READY)
    with pytest.raises(WrongState):
        old.add_progress("nodes", 1.0)
    requested.refresh_from_db()
    assert (requested.state, requested.generation, requested.progress) == (State.REQUESTED, 2, [])


@pytest.mark.parametrize("ended", [State.STOPPED, State.FAILED])
def test_an_ended_session_stays_ended(requested, ended):
    LabSession.objects.update(state=ended)
    for state in State:
        with pytest.raises(WrongState):
            requested.move_to(state)


def test_a_change_of_state_and_its_event_are_written_together_or_not_at_all(requested, monkeypatch):
    monkeypatch.setattr("labs.models.lab_session.events.publish", lambda *args, **facts: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        requested.move_to(State.STARTING)
    requested.refresh_from_db()
    assert requested.state == State.REQUESTED
    assert not requested.events.exists()


@pytest.mark.parametrize("state", [State.REQUESTED, State.STARTING, State.READY, State.STOPPING])
def test_the_database_allows_a_learner_one_live_session(ada, requested, state):
    LabSession.objects.update(state=state)
    with pytest.raises(IntegrityError), transaction.atomic():
        LabSession.objects.create(learner=ada, lab="another", lab_version="1")


def test_a_learner_may_start_again_after_the_end_and_others_at_any_time(ada, linus, requested):
    LabSession.objects.create(learner=linus, lab=requested.lab, lab_version="1")
    LabSession.objects.filter(learner=ada).update(state=State.FAILED)
    LabSession.objects.create(learner=ada, lab=requested.lab, lab_version="1")
    assert LabSession.objects.live().of(ada).count() == 1


def test_a_job_is_taken_once(ready):
    job = ready.jobs.create(kind=Job.Kind.UNGRADED_CHECK)
    assert Job.objects.get().take()
    assert not job.take()
    assert job.end()
    assert not job.end("Too late.")
    assert Job.objects.get().error == ""


def test_the_best_attempt_has_the_highest_score_and_is_the_first_of_equals(ada, linus, ready, engine):
    scores = []
    for is_solved in (False, True, True, False):
        if is_solved:
            engine.client_of(ready).is_solved()
        else:
            engine.client_of(ready).files.clear()
        check_work.check(request_check(ready).pk)
        scores.append(Attempt.objects.first())
    best = Attempt.objects.best(ada, ready.lab)
    assert (best.score, best.out_of, best) == (10, 10, scores[1])
    assert Attempt.objects.best(linus, ready.lab) is None
    assert Attempt.objects.best(ada, "another") is None


def test_an_ungraded_check_never_counts(ada, ready, engine):
    engine.client_of(ready).is_solved()
    check_work.check(request_check(ready, Job.Kind.UNGRADED_CHECK).pk)
    assert Attempt.objects.get().score == 10
    assert Attempt.objects.best(ada, ready.lab) is None


def test_an_attempt_and_its_verdicts_cannot_be_changed_or_deleted(ready, engine):
    check_work.check(request_check(ready).pk)
    attempt = Attempt.objects.get()
    verdict = attempt.verdicts.first()
    attempt.score = verdict.points = 10
    ways = [
        attempt.save,
        attempt.delete,
        verdict.save,
        verdict.delete,
        lambda: Attempt.objects.update(score=10),
        lambda: Attempt.objects.all().delete(),
        lambda: Attempt.objects.bulk_update([attempt], ["score"]),
        lambda: ready.attempts.update(score=10),
        lambda: VerdictRecord.objects.update(points=10),
        lambda: attempt.verdicts.all().delete(),
    ]
    for change in ways:
        with pytest.raises(TypeError, match="cannot be changed"), transaction.atomic():
            change()
    assert Attempt.objects.get().score == 0
    assert sum(Attempt.objects.get().verdicts.values_list("points", flat=True)) == 0


def test_attempts_are_deleted_with_their_account(ada, ready, engine):
    check_work.check(request_check(ready).pk)
    ada.delete()
    assert not Attempt.objects.exists()
    assert not VerdictRecord.objects.exists()


def test_an_attempt_keeps_the_title_of_the_workshop_in_which_it_was_requested(ready, engine, monkeypatch):
    asked = []

    def event(learner, lab, at):
        asked.append((learner, lab, at))
        return "Moana NOG 5" if len(asked) == 1 else ""

    monkeypatch.setattr("vaka.workshops.services.supervised_attempts.supervising_workshop", event)
    for _time in range(2):
        check_work.check(request_check(LabSession.objects.get()).pk)
    first, second = Attempt.objects.order_by("pk")
    assert (first.supervised_by, second.supervised_by) == ("Moana NOG 5", "")
    assert asked[0] == (ready.learner_id, ready.lab, first.asked_at)

"""Copies: Ngozi, or Grace who mentors Ada, opens a copy of Ada's lab. Nothing in it counts, and Ada's lab stays as it is."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labs.engine import errors
from labs.lifecycle import (
    check_work,
    class_labs,
    copies,
    deadlines_and_idle_labs,
    end_of_day,
    lab_access,
    saves,
    services,
    shown_stages,
    skip_to_stage,
    starts,
    stops,
)
from labs.live import live_checks
from labs.models import Attempt, Erasure, Job, LabSession, Save, State, TroubleTicket, WrongState
from labs.models.save import NoSave

pytestmark = pytest.mark.django_db


def solved(session):
    lab_access.client_of(session).is_solved()
    session.touch()


def started(session):
    LabSession.objects.filter(pk=session.pk).update(admitted_at=timezone.now(), state=State.REQUESTED, error="")
    starts.start(session.pk, session.generation)
    session.refresh_from_db()
    assert session.state == State.READY
    return session


@pytest.fixture
def copy(ready, ngozi):
    """Ngozi's running copy of the lab that Ada has solved."""
    solved(ready)
    return started(services.request_copy(ngozi, ready))


def checked(session):
    job = session.jobs.create(kind=Job.Kind.ATTEMPT)
    check_work.check(job.pk)
    job.refresh_from_db()
    assert not job.error


def test_a_copy_of_a_running_lab_begins_with_what_is_there_now(ready, copy, ngozi):
    assert copy.learner == ngozi
    assert (copy.lab_version, copy.seed) == (ready.lab_version, ready.seed)
    assert lab_access.client_of(copy).files == {"/etc/light": "on\n"}


def test_the_save_that_a_copy_needs_pushes_out_none_that_the_learner_asked_for(ready, ngozi):
    client = lab_access.client_of(ready)
    for number in range(saves.KEPT):
        client.files["/etc/light"] = str(number)
        saves.make(ready, client, Save.Reason.ASKED)
    asked = set(ready.saves.values_list("pk", flat=True))
    for number in range(3):
        client.files["/etc/light"] = f"changed {number}"
        copies.save_of(ready)
    assert asked <= set(ready.saves.values_list("pk", flat=True))


def test_a_copy_of_a_save_begins_with_that_save(ready, ngozi):
    lab_access.client_of(ready).files["/etc/light"] = "early"
    early = saves.make(ready, lab_access.client_of(ready), Save.Reason.ASKED)
    solved(ready)
    copy = started(services.request_copy(ngozi, ready, early))
    assert lab_access.client_of(copy).files == {"/etc/light": "early"}
    assert lab_access.client_of(ready).files == {"/etc/light": "on\n"}


def test_a_copy_carries_no_history_of_what_was_typed(copy, ready):
    assert lab_access.client_of(copy).is_copy
    assert not lab_access.client_of(ready).is_copy


def test_the_learners_lab_stays_as_it_is(ready, copy):
    lab_access.client_of(copy).files["/etc/light"] = "off"
    assert lab_access.client_of(ready).files["/etc/light"] == "on\n"
    ready.refresh_from_db()
    assert ready.state == State.READY


def test_checks_in_a_copy_give_points_to_nobody(copy, ngozi, ada):
    checked(copy)
    assert {status.outcome for status in copy.check_statuses.all()} == {"passed"}
    assert not Attempt.objects.exists()
    assert Attempt.objects.best(ngozi, copy.lab) is None


def test_what_the_site_did_in_a_copy_gives_its_owner_no_points_in_the_same_lab(ready, ngozi, ada):
    """Ngozi reads in the copy what the site has typed for Ada, and their own lab has the same values."""
    LabSession.objects.filter(pk=ready.pk).update(assisted=["forwarding"])
    started(services.request_copy(ngozi, ready))
    own = LabSession(learner=ngozi, lab=ready.lab, seed=ready.seed)
    assert shown_stages.of(own) == {"forwarding"}
    own.seed = 7
    assert shown_stages.of(own) == frozenset()


def test_what_was_skipped_in_a_copy_gives_its_owner_alone_no_points(ready, copy, ngozi, ada, monkeypatch):
    monkeypatch.setattr(skip_to_stage, "type_solution", lambda *_args, **_more: None)
    skip_to_stage.skip(copy.jobs.create(kind=Job.Kind.SKIP, stage="file").pk)
    assert shown_stages.of(LabSession(learner=ngozi, lab=ready.lab, seed=ready.seed)) == {"forwarding"}
    assert shown_stages.of(LabSession(learner=ada, lab=ready.lab, seed=ready.seed)) == frozenset()


def test_a_copy_is_never_saved(copy, ngozi):
    copy.touch()
    with pytest.raises(WrongState):
        services.request_save(copy)
    with pytest.raises(NoSave):
        saves.make(copy, lab_access.client_of(copy), Save.Reason.ASKED)
    saves.save_running(copy.pk)
    assert copy not in saves.due(timezone.now())
    services.stop_session(copy)
    stops.stop(copy.pk)
    copy.refresh_from_db()
    assert (copy.state, copy.error) == (State.STOPPED, "")
    assert not Save.objects.filter(learner=ngozi).exists()


def test_a_copy_cannot_be_resumed_as_a_lab_of_its_own(copy):
    LabSession.objects.filter(pk=copy.pk).update(state=State.STOPPED, stopped_at=timezone.now())
    copy.refresh_from_db()
    with pytest.raises(WrongState):
        services.resume(copy)
    assert copy not in end_of_day.to_be_resumed(copy.created_at)


def test_a_copy_of_a_copy_is_refused(copy, grace):
    with pytest.raises(services.NothingToCopy):
        services.request_copy(grace, copy)


def test_a_class_lab_is_not_copied_because_it_holds_the_work_of_several(ngozi, ada, olga, lab, engine):
    shared = class_labs.begin(ngozi, lab.id, {"left": ada})
    LabSession.objects.filter(pk=shared.pk).update(state=State.READY)
    shared.refresh_from_db()
    with pytest.raises(services.NothingToCopy):
        services.request_copy(olga, shared)


def test_a_trouble_ticket_that_is_being_prepared_is_not_copied(ready, ngozi):
    TroubleTicket.objects.create(session=ready, seed=1)
    with pytest.raises(services.NothingToCopy):
        services.request_copy(ngozi, LabSession.objects.get(pk=ready.pk))


def test_a_save_of_another_session_is_not_copied(ready, ngozi, grace, lab):
    theirs = LabSession.objects.create(learner=grace, lab=lab.id, lab_version=lab.version, state=State.STOPPED)
    save = Save.objects.create(
        session=theirs, learner=grace, lab=lab.id, lab_version=lab.version, reason="asked", size=1
    )
    with pytest.raises(services.NothingToCopy):
        services.request_copy(ngozi, ready, save)


def test_who_runs_a_lab_of_their_own_stops_it_first(ready, ngozi, other_lab):
    own = LabSession.objects.create(learner=ngozi, lab=other_lab.id, lab_version="1", state=State.READY)
    with pytest.raises(services.HasAnother) as refused:
        services.request_copy(ngozi, ready)
    assert refused.value.session == own


def test_a_lab_that_cannot_be_saved_is_copied_from_its_last_save(ready, ngozi):
    solved(ready)
    saves.make(ready, lab_access.client_of(ready), Save.Reason.ASKED)
    lab_access.client_of(ready).error = errors.RelayGone("away")
    assert copies.save_of(ready) == ready.saves.get()


def test_a_copy_waits_until_the_check_of_the_lab_has_ended(ready, monkeypatch):
    job = ready.jobs.create(kind=Job.Kind.ATTEMPT)
    waited = []
    monkeypatch.setattr(copies.time, "sleep", lambda seconds: waited.append(seconds) or job.end())
    assert copies.save_of(ready).reason == Save.Reason.CHANGE
    assert waited == [saves.AGAIN]


def test_without_any_work_there_is_no_copy(ready):
    LabSession.objects.filter(pk=ready.pk).update(state=State.STOPPED)
    with pytest.raises(NoSave):
        copies.save_of(ready)


def test_a_copy_goes_when_its_learner_deletes_the_account(copy, ada):
    ada.delete()
    assert not LabSession.objects.filter(pk=copy.pk).exists()
    assert str(copy.pk) in Erasure.objects.get().sessions, "the worker removes its container"


def test_a_copy_in_which_nobody_types_is_stopped_as_any_lab(copy, settings):
    long_ago = timezone.now() - 2 * timedelta(minutes=settings.LAB_IDLE_MINUTES)
    LabSession.objects.filter(pk=copy.pk).update(state_at=long_ago, active_at=long_ago)
    assert [pk for pk, _reason in deadlines_and_idle_labs.expire()] == [copy.pk]


def test_the_page_of_a_copy_shows_what_passes_without_a_press(copy):
    assert live_checks.run(copy.pk, ["on"], last=True) is live_checks.Result.DONE
    assert copy.check_statuses.get(check_id="on").outcome == "passed"

"""Stops: what a stop saves before it removes the container, and what it does if that fails."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from labs import failure_sentences
from labs.engine import errors
from labs.lifecycle import reconciliation, saves, stops
from labs.lifecycle.services import stop_session
from labs.models import LabSession, Save, State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("state")]
R = Save.Reason


def stop(session, reason=R.STOP):
    session.refresh_from_db()
    if session.state == State.READY:
        stop_session(session)
    stops.stop(session.pk, reason)
    session.refresh_from_db()


def test_a_stop_leaves_nothing_and_may_be_delivered_twice(ready, engine):
    stop_session(ready)
    stops.stop(ready.pk)
    stops.stop(ready.pk)
    ready.refresh_from_db()
    assert ready.state == State.STOPPED
    assert engine.containers == {}


def test_a_stop_without_an_engine_waits_for_it(ready, engine, use_engine):
    stop_session(ready)
    use_engine(engine.that_is_away())
    stops.stop(ready.pk)
    ready.refresh_from_db()
    assert ready.state == State.STOPPING


def test_a_lab_in_which_nobody_typed_is_not_saved(ready, engine):
    stop(ready)
    assert not Save.objects.exists()


def test_a_stop_that_is_delivered_twice_saves_once(at_work, engine):
    stop_session(at_work)
    stops.stop(at_work.pk)
    stops.stop(at_work.pk)
    assert Save.objects.count() == 1


def test_a_stop_continues_as_soon_as_the_save_of_a_passed_stage_is_made(at_work, engine, monkeypatch):
    """Regression: a learner who stopped right after passing a stage waited for reconciliation."""
    LabSession.objects.update(saving_at=timezone.now())
    monkeypatch.setattr(saves.time, "sleep", lambda seconds: LabSession.objects.update(saving_at=None))
    stop_session(at_work)
    stops.stop(at_work.pk)
    at_work.refresh_from_db()
    assert (at_work.state, Save.objects.count(), engine.containers) == (State.STOPPED, 1, {})


def test_a_stop_waits_for_another_save_but_only_for_a_limited_time(at_work, engine, monkeypatch):
    monkeypatch.setattr(stops, "END_SAVE_SECONDS", 0)
    LabSession.objects.update(saving_at=timezone.now())
    stop_session(at_work)
    stops.stop(at_work.pk)
    assert engine.containers
    long_ago = timezone.now() - saves.STALE - timedelta(seconds=1)
    LabSession.objects.update(saving_at=long_ago, state_at=long_ago)
    reconciliation.reconcile()
    at_work.refresh_from_db()
    assert (at_work.state, Save.objects.count(), engine.containers) == (State.STOPPED, 1, {})


def test_a_second_stop_that_waited_for_the_first_uses_its_save(at_work, engine, monkeypatch):
    """Regression: reconciliation came to a lab that was saved and gone, and reported that it could not be saved."""

    def first_one_ends(seconds):
        LabSession.objects.update(saving_at=None)
        saves.make(at_work, engine.client_of(at_work), R.STOP)
        engine.loses(at_work)

    stop_session(at_work)
    LabSession.objects.update(saving_at=timezone.now())
    monkeypatch.setattr(saves.time, "sleep", first_one_ends)
    stops.stop(at_work.pk)
    at_work.refresh_from_db()
    assert (at_work.state, at_work.error, Save.objects.count()) == (State.STOPPED, "", 1)


def test_a_lab_that_vanishes_during_a_second_save_counts_as_saved(at_work, engine, monkeypatch):
    def first_one_was_faster(seconds):
        saves.keep(at_work, saved, R.STOP, timezone.now())
        raise errors.LabGone("gone")

    inside = engine.client_of(at_work)
    saved = inside.save()
    monkeypatch.setattr(inside, "save", first_one_was_faster)
    stop(at_work)
    assert (at_work.state, at_work.error, Save.objects.count()) == (State.STOPPED, "", 1)


@pytest.mark.parametrize("error", [errors.TookTooLong("slow"), errors.LabGone("gone"), OSError("disk full")])
def test_a_lab_that_cannot_be_saved_still_stops_and_the_learner_reads_why(at_work, engine, error, monkeypatch):
    def fails(*args, **more):
        raise error

    monkeypatch.setattr(saves, "make", fails)
    monkeypatch.setattr(stops, "END_SAVE_SECONDS", 0)
    stop(at_work)
    assert (at_work.state, at_work.error) == (State.STOPPED, failure_sentences.NEVER_SAVED)


@pytest.mark.parametrize("is_of_this_session", [True, False])
def test_only_who_has_earlier_saved_work_reads_that_it_is_kept(at_work, engine, monkeypatch, is_of_this_session):
    """Regression: everybody read it, also if no work of the lab had ever been saved."""
    earlier = saves.keep(at_work, engine.client_of(at_work).save(), R.STOP, at_work.ready_at)
    if not is_of_this_session:
        before = LabSession.objects.create(learner=at_work.learner, lab=at_work.lab, state=State.STOPPED)
        Save.objects.filter(pk=earlier.pk).update(session=before)
    engine.loses(at_work)
    stop(at_work)
    assert at_work.error == failure_sentences.NOT_SAVED


@pytest.mark.parametrize("error", [errors.RelayGone("It starts again."), errors.LabGone("So says a relay that ends.")])
def test_a_stop_waits_for_a_relay_that_restarts(at_work, engine, error, monkeypatch):
    inside = engine.client_of(at_work)
    inside.error = error
    monkeypatch.setattr(stops.time, "sleep", lambda seconds: setattr(inside, "error", None))
    stop(at_work)
    assert (at_work.state, at_work.error, Save.objects.count()) == (State.STOPPED, "", 1)


def test_a_stop_waits_for_a_full_disk_and_leaves_no_partial_files(at_work, engine, settings, monkeypatch):
    full = [True]

    def fsync(number):
        if full:
            raise OSError("No space left on device")

    monkeypatch.setattr(saves.os, "fsync", fsync)
    monkeypatch.setattr(stops.time, "sleep", lambda seconds: full.clear())
    stop(at_work)
    assert (at_work.state, at_work.error) == (State.STOPPED, "")
    files = [path.name for path in (settings.STATE_DIR / "saves").rglob("*") if path.is_file()]
    assert files == [str(Save.objects.get().pk)]


def test_a_stop_waits_for_a_database_whose_disk_is_full(at_work, engine, monkeypatch):
    full, make = [True], saves.make

    def make_when_there_is_space(*said, **more):
        if full:
            raise OperationalError("database or disk is full")
        return make(*said, **more)

    monkeypatch.setattr(saves, "make", make_when_there_is_space)
    monkeypatch.setattr(stops.time, "sleep", lambda seconds: full.clear())
    stop(at_work)
    assert (at_work.state, at_work.error, Save.objects.count()) == (State.STOPPED, "", 1)


def test_a_stop_does_not_wait_for_a_lab_that_is_gone(at_work, engine, monkeypatch):
    engine.loses(at_work)
    monkeypatch.setattr(stops.time, "sleep", lambda seconds: pytest.fail("It waits."))
    stop(at_work)
    assert (at_work.state, at_work.error) == (State.STOPPED, failure_sentences.NEVER_SAVED)

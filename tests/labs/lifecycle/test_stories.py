"""Failures that similar systems have had, each with the outcome that this one must have.

Elsewhere: the name of a container that could not be created blocks the next (tests/live/test_driver.py); fifty people start at
once, and a stale row holds capacity that others need (tests/labs/capacity/test_queue.py); an active lab is stopped as idle
(test_saves.py, tests/labs/terminals/test_activity.py). With real faults: `make chaos`.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from labs.engine import errors
from labs.lifecycle import deadlines_and_idle_labs, reconciliation, recovery, starts, stops
from labs.lifecycle.services import request_reset, request_session, stop_session
from labs.live import live_checks
from labs.models import LabSession, State, WrongState

pytestmark = pytest.mark.django_db

LONG = timedelta(hours=9)


def started(session):
    LabSession.objects.filter(pk=session.pk).update(admitted_at=timezone.now())
    starts.start(session.pk, session.generation)
    session.refresh_from_db()
    return session


def passes(time, session):
    """Let so much time pass in the row of a session."""
    moved = ("created_at", "state_at", "admitted_at", "ready_at", "ends_at")
    was = {name: getattr(session, name) for name in moved}
    LabSession.objects.filter(pk=session.pk).update(**{name: at - time for name, at in was.items() if at})
    session.refresh_from_db()


def test_a_stale_ready_row_blocks_no_start(ada, ready, engine, lab, broker):
    engine.loses(ready)
    assert request_session(ada, lab.id) == ready  # reconciliation has not run yet
    reconciliation.reconcile()
    again = request_session(ada, lab.id)
    assert again != ready
    assert started(again).state == State.READY


def test_a_start_that_fails_is_failed_at_once_and_the_next_one_works(ada, requested, engine, lab, use_engine, broker):
    use_engine(engine.that_breaks_labs())
    assert started(requested).state == State.FAILED
    assert requested.error
    use_engine(engine)
    again = request_session(ada, lab.id)
    assert again != requested
    assert started(again).state == State.READY


def test_a_start_that_never_ends_fails_in_the_end(ada, requested, engine, lab, broker):
    requested.move_to(State.STARTING)
    for _launch in range(2):
        passes(timedelta(seconds=61), requested)
        reconciliation.reconcile()
        requested.refresh_from_db()
        if requested.state == State.REQUESTED:
            requested.move_to(State.STARTING)
    assert requested.state == State.FAILED
    assert started(request_session(ada, lab.id)).state == State.READY


def test_a_forgotten_tab_does_not_keep_a_lab_from_being_idle(ada, ready, engine, client, settings):
    client.force_login(ada)
    ready.touch()
    passes(LONG, ready)
    LabSession.objects.update(ends_at=timezone.now() + LONG, active_at=timezone.now() - LONG)
    for part in ("status", "panel"):
        assert client.get(f"/labs/sessions/{ready.pk}/{part}", headers={"X-Vaka": "panel"}).status_code == 200
    live_checks.run(ready.pk, [], last=True)
    [(ended, _reason)] = deadlines_and_idle_labs.expire()
    assert ended == ready.pk


def test_a_reset_during_the_start_is_refused_and_the_lab_is_complete(requested, engine):
    def presses(_lab, _step):
        with pytest.raises(WrongState):
            request_reset(requested, None)

    engine.while_building = presses
    assert started(requested).state == State.READY
    assert requested.job is None
    assert engine.client_of(requested).resets == []


def test_a_lab_that_is_started_again_after_a_loss_has_all_its_time(requested, engine, lab):
    passes(LONG, requested)
    requested.move_to(State.STARTING)
    passes(LONG, requested)
    assert recovery.start_again(requested, "Its start was lost.")
    started(requested)
    deadlines_and_idle_labs.expire()
    requested.refresh_from_db()
    assert requested.state == State.READY
    assert requested.minutes_left() >= lab.minutes


def test_a_new_session_has_all_its_time_and_extensions(ada, ready, engine, lab, broker):
    ready.extensions = 3
    ready.save()
    passes(LONG, ready)
    for session, reason in deadlines_and_idle_labs.expire():
        stops.stop(session, reason)
    again = started(request_session(ada, lab.id))
    assert deadlines_and_idle_labs.expire() == []
    again.refresh_from_db()
    assert (again.state, again.extensions, again.warned) == (State.READY, 0, 0)
    assert again.minutes_left() >= lab.minutes


def test_a_stop_without_an_engine_is_carried_out_later_and_the_next_start_works(
    ada, ready, engine, lab, use_engine, broker
):
    use_engine(engine.that_is_away())
    stop_session(ready)
    stops.stop(ready.pk)
    use_engine(engine)
    ready.refresh_from_db()
    passes(timedelta(seconds=9), ready)
    reconciliation.reconcile()
    assert engine.containers == {}
    assert started(request_session(ada, lab.id)).state == State.READY


def test_a_container_name_that_is_taken_fails_the_start_and_leaves_nothing(requested, engine, use_engine):
    taken = errors.EngineRefused('Conflict. The container name "/vaka-1" is already in use.')
    busy = use_engine(engine)
    busy.says_no = taken
    assert started(requested).state == State.FAILED
    assert "already in use" in requested.detail
    assert engine.containers == {}

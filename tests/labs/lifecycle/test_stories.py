"""Stories of systems like ours that failed, each with its end as it should be.

Told elsewhere: a container's name left over from a failed create blocks the next (tests/live/test_driver.py); fifty start at
once, and a stale row holds room that others need (test_line.py). With real faults: `make chaos`.
An active lab is culled (test_saves.py, test_activity.py).
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from labs.engine import errors
from labs.lifecycle import reaper, recovery, worker
from labs.lifecycle.services import request_reset, request_session, stop_session
from labs.live import live_checks
from labs.models import LabSession, State, WrongState

pytestmark = pytest.mark.django_db

LONG = timedelta(hours=9)


def let_in(session):
    LabSession.objects.filter(pk=session.pk).update(admitted_at=timezone.now())
    worker.start(session.pk, session.generation)
    session.refresh_from_db()
    return session


def passes(time, session):
    """So much time passes for a session, as its row says it."""
    moved = ("created_at", "state_at", "admitted_at", "ready_at", "ends_at")
    was = {name: getattr(session, name) for name in moved}
    LabSession.objects.filter(pk=session.pk).update(**{name: at - time for name, at in was.items() if at})
    session.refresh_from_db()


def test_a_stale_row_that_says_running_blocks_no_start(ada, ready, engine, lab, broker):
    engine.loses(ready)
    assert request_session(ada, lab.id) == ready  # nobody has looked yet
    reaper.reap()
    again = request_session(ada, lab.id)
    assert again != ready
    assert let_in(again).state == State.READY


def test_a_failed_start_is_failed_at_once_and_the_next_one_starts(ada, requested, engine, lab, use_engine, broker):
    use_engine(engine.that_breaks_labs())
    assert let_in(requested).state == State.FAILED
    assert requested.error
    use_engine(engine)
    again = request_session(ada, lab.id)
    assert again != requested
    assert let_in(again).state == State.READY


def test_a_start_of_which_nobody_hears_again_does_not_stay_starting_for_ever(ada, requested, engine, lab, broker):
    requested.move_to(State.STARTING)
    for _launch in range(2):
        passes(timedelta(seconds=61), requested)
        reaper.reap()
        requested.refresh_from_db()
        if requested.state == State.REQUESTED:
            requested.move_to(State.STARTING)
    assert requested.state == State.FAILED
    assert let_in(request_session(ada, lab.id)).state == State.READY


def test_a_forgotten_tab_that_looks_on_for_hours_keeps_no_lab_alive(ada, ready, engine, client, settings):
    client.force_login(ada)
    ready.is_active()
    passes(LONG, ready)
    LabSession.objects.update(ends_at=timezone.now() + LONG, active_at=timezone.now() - LONG)
    for part in ("status", "panel"):
        assert client.get(f"/labs/sessions/{ready.pk}/{part}").status_code == 200
    live_checks.look(ready.pk, [], last=True)
    [(ended, _reason)] = worker.expire()
    assert ended == ready.pk


def test_a_reset_that_is_pressed_while_it_starts_is_refused_and_the_lab_is_whole(requested, engine):
    def presses(_lab, _step):
        with pytest.raises(WrongState):
            request_reset(requested, None)

    engine.while_building = presses
    assert let_in(requested).state == State.READY
    assert requested.job is None
    assert engine.session_of(requested).resets == []


def test_a_lab_that_is_launched_again_has_all_its_time(requested, engine, lab):
    passes(LONG, requested)
    requested.move_to(State.STARTING)
    passes(LONG, requested)
    assert recovery.launch_again(requested, "Its start was lost.")
    let_in(requested)
    worker.expire()
    requested.refresh_from_db()
    assert requested.state == State.READY
    assert requested.minutes_left >= lab.minutes


def test_a_lab_that_is_started_again_has_all_its_time_and_nothing_of_the_last(ada, ready, engine, lab, broker):
    ready.extensions = 3
    ready.save()
    passes(LONG, ready)
    for session, reason in worker.expire():
        worker.stop(session, reason)
    again = let_in(request_session(ada, lab.id))
    assert worker.expire() == []
    again.refresh_from_db()
    assert (again.state, again.extensions, again.warned) == (State.READY, 0, 0)
    assert again.minutes_left >= lab.minutes


def test_a_stop_while_the_engine_is_away_is_done_when_it_is_back_and_the_next_start_works(
    ada, ready, engine, lab, use_engine, broker
):
    use_engine(engine.that_is_away())
    stop_session(ready)
    worker.stop(ready.pk)
    use_engine(engine)
    ready.refresh_from_db()
    passes(timedelta(seconds=9), ready)
    reaper.reap()
    assert engine.containers == {}
    assert let_in(request_session(ada, lab.id)).state == State.READY


def test_an_engine_that_refuses_a_name_that_is_taken_is_told_so_and_nothing_stays_half_made(
    requested, engine, use_engine
):
    taken = errors.EngineRefused('Conflict. The container name "/vaka-1" is already in use.')
    busy = use_engine(engine)
    busy.says_no = taken
    assert let_in(requested).state == State.FAILED
    assert "already in use" in requested.detail
    assert engine.containers == {}

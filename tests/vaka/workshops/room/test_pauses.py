"""A pause of the room: no lab ends for it, nobody is idle for it, and all get the time back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labs import events
from labs.lifecycle import worker
from labs.models import LabSession, State
from tests.builders import signed_in
from tests.vaka.workshops.conftest import sits, works
from vaka.workshops import tasks
from vaka.workshops.models import Workshop
from vaka.workshops.models.seat_log import SeatLogEntry
from vaka.workshops.room.state import Room
from vaka.workshops.services import closing, seat_actions
from vaka.workshops.services.report import Results


def ago(**time):
    return timezone.now() - timedelta(**time)


@pytest.fixture
def ana(workshop, item):
    return sits(workshop, "Ana")


@pytest.fixture
def lunch(workshop, ngozi):
    """A pause of 45 minutes, that has just not ended."""
    seat_actions.pause(workshop, ngozi)
    Workshop.objects.update(paused_at=ago(minutes=45))
    workshop.refresh_from_db()
    return workshop


def works_before_lunch(seat, lab, **facts):
    """She has typed until then; her lab had 20 minutes left."""
    begun = ago(minutes=100)
    had = {"active_at": ago(minutes=46), "state_at": begun, **facts}  # created_at is now: of today at any hour
    session = works(seat, lab, minutes=100, **had)
    LabSession.objects.filter(pk=session.pk).update(ends_at=ago(minutes=25))
    session.refresh_from_db()
    return session


@pytest.fixture
def told(monkeypatch):
    heard = []
    monkeypatch.setattr(events, "publish", lambda session, event, **facts: heard.append(event))
    return heard


def test_a_lunch_stops_no_lab_and_warns_nobody(lunch, lab, ana, told):
    works_before_lunch(ana, lab)
    assert worker.expire() == []
    assert "ending" not in told
    LabSession.objects.update(ends_at=timezone.now() + timedelta(minutes=1))
    assert worker.expire() == []
    assert "ending" not in told


def test_after_lunch_she_has_as_long_as_before_and_is_not_idle(lunch, lab, ana, ngozi, settings):
    before = works_before_lunch(ana, lab)
    assert seat_actions.resume(lunch, ngozi) == 45
    assert worker.expire() == []
    after = LabSession.objects.get()
    assert timedelta(minutes=45) <= after.ends_at - before.ends_at < timedelta(minutes=46)
    LabSession.objects.update(went_on_at=ago(minutes=settings.LAB_IDLE_MINUTES))
    assert [session for session, _reason in worker.expire()] == [before.pk]


def test_who_has_never_typed_is_not_idle_after_lunch_either(lunch, lab, ana, ngozi):
    session = works_before_lunch(ana, lab, active_at=None)
    seat_actions.resume(lunch, ngozi)
    assert worker.expire() == []
    session.refresh_from_db()
    assert not session.was_touched


def test_the_end_is_warned_of_again_after_lunch(lunch, lab, ana, ngozi, told):
    works_before_lunch(ana, lab, warned=10)
    seat_actions.resume(lunch, ngozi)
    LabSession.objects.update(ends_at=timezone.now() + timedelta(minutes=9))
    worker.expire()
    assert told.count("ending") == 1


def test_a_lab_that_was_started_in_the_pause_gets_no_more_than_it_lost(lunch, lab, ana, ngozi):
    session = works(ana, lab, minutes=5)
    seat_actions.resume(lunch, ngozi)
    later = LabSession.objects.get().ends_at - session.ends_at
    assert timedelta(minutes=5) <= later < timedelta(minutes=6)


def test_a_few_seconds_are_given_back_too(workshop, lab, ana, ngozi):
    session = works(ana, lab)
    Workshop.objects.update(paused_at=ago(seconds=20))
    workshop.refresh_from_db()
    assert seat_actions.resume(workshop, ngozi) == 0
    assert LabSession.objects.get().ends_at >= session.ends_at + timedelta(seconds=20)


def test_a_pause_holds_no_lab_of_anybody_else_nor_one_of_her_own(lunch, lab, other_lab, ana, ada):
    other = LabSession.objects.create(
        learner=ada, lab=lab.id, lab_version=lab.version, state=State.READY, ends_at=ago(minutes=1)
    )
    hers = works_before_lunch(ana, other_lab)
    assert {session for session, _reason in worker.expire()} == {other.pk, hers.pk}


def test_a_pause_that_nobody_ended_is_over_with_the_workshop(lunch, lab, ana):
    session = works_before_lunch(ana, lab)
    begun = {"created_at": ago(days=1), "state_at": ago(days=1)}
    LabSession.objects.update(**begun)
    Workshop.objects.update(first_day=lunch.first_day - timedelta(days=2), last_day=lunch.first_day - timedelta(days=1))
    assert [one for one, _reason in worker.expire()] == [session.pk]


def test_a_lab_that_ended_meanwhile_gets_nothing(lunch, lab, ana, ngozi):
    session = works_before_lunch(ana, lab)
    late = LabSession.objects.get()
    session.move_to(State.STOPPING)
    late.extend_by_pause(lunch.paused_at, timezone.now())
    assert LabSession.objects.get().ends_at == session.ends_at


def eats(workshop, by, *, since, until=None):
    """A lunch, so many minutes ago; without UNTIL it goes on."""
    seat_actions.pause(workshop, by)
    Workshop.objects.update(paused_at=ago(minutes=since))
    SeatLogEntry.objects.filter(kind="pause").update(at=ago(minutes=since))
    workshop.refresh_from_db()
    if until is not None:
        seat_actions.resume(workshop, by)
        SeatLogEntry.objects.filter(kind="resume").update(at=ago(minutes=until))
        workshop.refresh_from_db()


@pytest.mark.parametrize("until", [1, None])
def test_nobody_is_slow_or_quiet_for_having_had_lunch(workshop, item, lab, ngozi, until):
    for name in ("Ana", "Ben", "Cai"):  # seven minutes each
        works(sits(workshop, name), lab, ["on", "still"], minutes=60, ago=53)
    works(sits(workshop, "Dee"), lab, minutes=50, active_at=ago(minutes=46))
    eats(workshop, ngozi, since=45, until=until)
    room = Room.of(workshop)
    dee = room.tiles[3]
    assert dee.minutes in (5, 6)
    assert dee.signs.quiet < 3
    assert dee.quiet == 46  # what the page says of her keyboard is by the clock
    assert not [tile for tile, _need in room.needs if tile is dee]


def test_a_stage_takes_no_longer_for_a_lunch_in_it(workshop, item, lab, ngozi, ana):
    works(ana, lab, ["on", "still"], minutes=60, ago=5)
    eats(workshop, ngozi, since=50, until=10)
    assert Room.of(workshop).tiles[0].minutes in (4, 5)
    assert [round(minutes) for _stage, minutes in Room.of(workshop).tiles[0].times()] == [15]
    [(_lab, stages)] = Results(workshop).minutes
    assert stages == [("Forwarding", 15, 1)]


def test_a_pause_that_was_forgotten_ends_by_itself_and_the_labs_have_the_time_back(lunch, lab, ana):
    session = works_before_lunch(ana, lab)
    tasks.end_pauses()
    lunch.refresh_from_db()
    assert lunch.paused_at  # a lunch is not forgotten
    Workshop.objects.update(paused_at=ago(hours=4, minutes=1))
    LabSession.objects.update(ends_at=ago(hours=4), active_at=ago(hours=4, minutes=2), ready_at=ago(hours=5))
    tasks.end_pauses()
    lunch.refresh_from_db()
    assert lunch.paused_at is None
    assert lunch.log_entries.get(kind="resume").by is None
    session.refresh_from_db()
    assert timezone.now() < session.ends_at < timezone.now() + timedelta(minutes=2)
    log = signed_in(ana.user).get(f"/workshops/{lunch.pk}/mine").content.decode()
    assert "Went on after the pause" in log


@pytest.mark.django_db(transaction=True)
def test_a_workshop_that_is_closed_at_lunch_checks_the_labs_whose_time_ran_out_meanwhile(lunch, lab, ana, queue, ngozi):
    session = works_before_lunch(ana, lab)
    closing.close(lunch, ngozi)
    assert worker.expire() == []
    session.refresh_from_db()
    assert session.state == State.READY
    assert session.job.kind == "attempt"


@pytest.mark.django_db(transaction=True)
def test_a_pause_does_not_go_on_in_a_workshop_that_is_opened_again(workshop, lab, ana, ngozi, queue):
    eats(workshop, ngozi, since=45)
    closing.close(workshop, ngozi)
    SeatLogEntry.objects.filter(kind="close").update(at=ago(minutes=30))
    closing.reopen(workshop, ngozi)
    works(ana, lab, minutes=20, active_at=ago(minutes=15))
    [tile] = Room.of(workshop).tiles
    assert tile.minutes == 20
    assert tile.signs.quiet >= 15

"""A pause of the room: no lab ends or counts as idle in it, and the deadlines move by its length."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from labs import events
from labs.lifecycle import deadlines_and_idle_labs
from labs.models import LabSession, State
from tests import builders
from tests.builders import signed_in
from tests.vaka.workshops.conftest import adds_item, ago, reads, sits, works
from vaka.accounts.models import INSTRUCTORS
from vaka.workshops import tasks
from vaka.workshops.models import SeatLogEntry, Workshop
from vaka.workshops.services import closing, joining, pauses, workshop_changes


@pytest.fixture
def ana(workshop, item):
    return sits(workshop, "Ana")


@pytest.fixture
def lunch(workshop, ngozi):
    """A pause that began 45 minutes ago and goes on."""
    pauses.pause(workshop, ngozi)
    Workshop.objects.update(paused_at=ago(minutes=45))
    workshop.refresh_from_db()
    return workshop


def works_before_lunch(seat, lab, **facts):
    """A lab in which the trainee typed until the pause, with 20 minutes left then."""
    begun = ago(minutes=100)
    had = {
        "active_at": ago(minutes=46),
        "state_at": begun,
        **facts,
    }  # created_at is now, so the lab is of today at any hour
    session = works(seat, lab, minutes=100, **had)
    LabSession.objects.filter(pk=session.pk).update(ends_at=ago(minutes=25))
    session.refresh_from_db()
    return session


@pytest.fixture
def sent(monkeypatch):
    heard = []
    monkeypatch.setattr(events, "publish", lambda session, event, **facts: heard.append(event))
    return heard


def test_every_page_shows_a_pause_and_labs_get_its_time_back(workshop, lab, ana, clients):
    session = works(ana, lab, minutes=30)
    clients["lead"].post(f"/workshops/{workshop.pk}/room/pause")
    clients["lead"].post(f"/workshops/{workshop.pk}/room/pause")
    assert SeatLogEntry.objects.filter(kind="pause").count() == 1
    assert "Please listen to your instructor" in reads(ana, "/labs/first-light/")
    assert "The room has been paused" in clients["lead"].get(f"/workshops/{workshop.pk}/room").content.decode()
    Workshop.objects.update(paused_at=timezone.now() - timedelta(minutes=12))
    clients["lead"].post(f"/workshops/{workshop.pk}/room/resume")
    clients["lead"].post(f"/workshops/{workshop.pk}/room/resume")
    later = LabSession.objects.get().ends_at - session.ends_at
    assert timedelta(minutes=12) < later < timedelta(minutes=13)
    assert "Paused" not in reads(ana, "/labs/first-light/")


def test_a_pause_stops_no_lab_and_sends_no_warning(lunch, lab, ana, sent):
    works_before_lunch(ana, lab)
    assert deadlines_and_idle_labs.expire() == []
    assert "ending" not in sent
    LabSession.objects.update(ends_at=timezone.now() + timedelta(minutes=1))
    assert deadlines_and_idle_labs.expire() == []
    assert "ending" not in sent


def test_in_a_pause_each_page_shows_the_minutes_that_are_left_when_it_ends(lunch, lab, ana, clients, sent):
    works_before_lunch(ana, lab)
    LabSession.objects.update(ends_at=ago(minutes=25, seconds=30))
    room = clients["lead"].get(f"/workshops/{lunch.pk}/room/{ana.number}").content.decode()
    assert "20 min left" in room
    own = reads(ana, "/labs/first-light/")
    assert re.search(r'id="left"[^>]+ data-paused="[^"]+">20 min</time> <span[^>]*>left, paused<', own)
    assert "Your lab stops in" not in own
    assert re.search(r'<time[^>]+ data-paused="[^"]+"[^>]*>20 min</time> <span>left, paused<', reads(ana, "/courses/"))
    listed = (
        builders.signed_in(builders.make_person("olga", is_staff=True, group=INSTRUCTORS))
        .get("/labs/sessions/")
        .content.decode()
    )
    assert ">20 min</td>" in listed


def test_open_pages_of_labs_are_told_of_a_pause(workshop, lab, ana, ngozi, sent):
    works(ana, lab)
    pauses.pause(workshop, ngozi)
    assert "deadline" in sent


def test_after_a_pause_a_lab_has_the_same_time_left_and_is_not_idle(lunch, lab, ana, ngozi, settings):
    before = works_before_lunch(ana, lab)
    assert pauses.resume(lunch, ngozi) == 45
    assert deadlines_and_idle_labs.expire() == []
    after = LabSession.objects.get()
    assert timedelta(minutes=45) <= after.ends_at - before.ends_at < timedelta(minutes=46)
    LabSession.objects.update(pause_ended_at=ago(minutes=settings.LAB_IDLE_MINUTES))
    assert [session for session, _reason in deadlines_and_idle_labs.expire()] == [before.pk]


def test_after_a_pause_an_untouched_lab_is_not_idle(lunch, lab, ana, ngozi):
    session = works_before_lunch(ana, lab, active_at=None)
    pauses.resume(lunch, ngozi)
    assert deadlines_and_idle_labs.expire() == []
    session.refresh_from_db()
    assert not session.was_touched


def test_the_warning_before_the_end_is_sent_again_after_a_pause(lunch, lab, ana, ngozi, sent):
    works_before_lunch(ana, lab, warned=10)
    pauses.resume(lunch, ngozi)
    LabSession.objects.update(ends_at=timezone.now() + timedelta(minutes=9))
    deadlines_and_idle_labs.expire()
    assert sent.count("ending") == 1


def test_a_lab_started_in_the_pause_gets_only_the_time_it_lost(lunch, lab, ana, ngozi):
    session = works(ana, lab, minutes=5)
    pauses.resume(lunch, ngozi)
    later = LabSession.objects.get().ends_at - session.ends_at
    assert timedelta(minutes=5) <= later < timedelta(minutes=6)


def test_a_pause_of_a_few_seconds_moves_the_deadline_too(workshop, lab, ana, ngozi):
    session = works(ana, lab)
    Workshop.objects.update(paused_at=ago(seconds=20))
    workshop.refresh_from_db()
    assert pauses.resume(workshop, ngozi) == 0
    assert LabSession.objects.get().ends_at >= session.ends_at + timedelta(seconds=20)


def test_a_pause_affects_only_labs_of_the_workshop(lunch, lab, other_lab, ana, ada):
    other = LabSession.objects.create(
        learner=ada, lab=lab.id, lab_version=lab.version, state=State.READY, ends_at=ago(minutes=1)
    )
    hers = works_before_lunch(ana, other_lab)
    assert {session for session, _reason in deadlines_and_idle_labs.expire()} == {other.pk, hers.pk}


def test_a_pause_ends_with_the_workshop(lunch, lab, ana):
    session = works_before_lunch(ana, lab)
    begun = {"created_at": ago(days=1), "state_at": ago(days=1)}
    LabSession.objects.update(**begun)
    Workshop.objects.update(first_day=lunch.first_day - timedelta(days=2), last_day=lunch.first_day - timedelta(days=1))
    assert [one for one, _reason in deadlines_and_idle_labs.expire()] == [session.pk]


def test_a_lab_that_ended_in_the_pause_gets_no_time(lunch, lab, ana, ngozi):
    session = works_before_lunch(ana, lab)
    late = LabSession.objects.get()
    session.move_to(State.STOPPING)
    late.extend_by_pause(lunch.paused_at, timezone.now())
    assert LabSession.objects.get().ends_at == session.ends_at


def test_a_forgotten_pause_ends_after_four_hours_and_labs_get_the_time_back(lunch, lab, ana):
    session = works_before_lunch(ana, lab)
    tasks.end_forgotten_pauses()
    lunch.refresh_from_db()
    assert lunch.paused_at  # 45 minutes are not forgotten
    Workshop.objects.update(paused_at=ago(hours=4, minutes=1))
    LabSession.objects.update(ends_at=ago(hours=4), active_at=ago(hours=4, minutes=2), ready_at=ago(hours=5))
    tasks.end_forgotten_pauses()
    lunch.refresh_from_db()
    assert lunch.paused_at is None
    assert lunch.log_entries.get(kind="resume").by is None
    session.refresh_from_db()
    assert timezone.now() < session.ends_at < timezone.now() + timedelta(minutes=2)
    log = signed_in(ana.user).get(f"/workshops/{lunch.pk}/mine").content.decode()
    assert "Ended the pause" in log


@pytest.mark.django_db(transaction=True)
def test_closing_in_a_pause_checks_labs_whose_time_ran_out_in_it(lunch, lab, ana, queue, ngozi):
    session = works_before_lunch(ana, lab)
    closing.close(lunch, ngozi)
    assert deadlines_and_idle_labs.expire() == []
    session.refresh_from_db()
    assert session.state == State.READY
    assert session.job.kind == "attempt"


def works_before_lunch_in(class_lab):
    """People typed in the class lab until the pause, with 20 minutes left then."""
    had = {"ready_at": ago(minutes=100), "state_at": ago(minutes=100), "active_at": ago(minutes=46)}
    LabSession.objects.filter(pk=class_lab.pk).update(ends_at=ago(minutes=25, seconds=30), **had)
    class_lab.refresh_from_db()
    return class_lab


def test_a_pause_reaches_a_class_lab_and_gives_its_time_back(shared, seated, lunch, ngozi, sent):
    before = works_before_lunch_in(shared)
    assert deadlines_and_idle_labs.expire() == []
    assert "ending" not in sent
    pauses.resume(lunch, ngozi)
    assert deadlines_and_idle_labs.expire() == []
    after = LabSession.objects.get(pk=shared.pk)
    assert timedelta(minutes=45) <= after.ends_at - before.ends_at < timedelta(minutes=46)


def test_the_class_lab_of_two_paused_rooms_gets_each_minute_back_once(shared, seated, lunch, lab, ngozi):
    """Sina and Tavita also have seats in Ngozi's second workshop, which pauses 15 minutes later."""
    before = works_before_lunch_in(shared)
    days = {"first_day": lunch.first_day, "last_day": lunch.last_day}
    second = workshop_changes.make(Workshop(title="Second room", **days), ngozi)
    adds_item(second, labs=[lab.id], opened_at=ago(minutes=100))
    for seat in seated:
        joining.take_seat(second, seat.name, user=seat.user)
    Workshop.objects.filter(pk=second.pk).update(paused_at=ago(minutes=30))
    second.refresh_from_db()
    assert before.minutes_left(pauses.paused_sessions()[shared.pk]) == 20
    pauses.resume(lunch, ngozi)
    after = LabSession.objects.get(pk=shared.pk)
    assert after.minutes_left(pauses.paused_sessions()[shared.pk]) == 20
    pauses.resume(second, ngozi)
    after = LabSession.objects.get(pk=shared.pk)
    assert timedelta(minutes=45) <= after.ends_at - before.ends_at < timedelta(minutes=46)


def test_a_pause_does_not_reach_the_class_lab_of_another_room(shared, seated, lab, ngozi):
    """Ngozi leads two rooms with the same lab, and the people of one sit in her class lab."""
    before = works_before_lunch_in(shared)
    today = timezone.now().date()
    second = workshop_changes.make(Workshop(title="Second room", first_day=today, last_day=today), ngozi)
    adds_item(second, labs=[lab.id], opened_at=timezone.now())
    Workshop.objects.filter(pk=second.pk).update(paused_at=ago(minutes=30))
    second.refresh_from_db()
    assert shared.pk not in pauses.paused_sessions()
    pauses.resume(second, ngozi)
    assert LabSession.objects.get(pk=shared.pk).ends_at == before.ends_at

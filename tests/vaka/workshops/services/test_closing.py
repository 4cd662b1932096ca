"""A workshop that is over, and labs that are none of its: there its team can do nothing any more."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labs.models import Job, LabSession, Observer, State
from tests.vaka.workshops.conftest import session_of, sits, works
from vaka.workshops.models import Workshop
from vaka.workshops.models.seat_log import SeatLogEntry
from vaka.workshops.room.state import Room
from vaka.workshops.services import closing, observing, seat_actions
from vaka.workshops.services.report import Results


@pytest.fixture
def ana(workshop, item):
    return sits(workshop, "Ana")


def is_over(workshop, how):
    """Closed by ngozi just now, or by the calendar."""
    if how == "closed":
        Workshop.objects.filter(pk=workshop.pk).update(closed_at=timezone.now())
    else:
        first, last = workshop.today - timedelta(days=3), workshop.today - timedelta(days=1)
        Workshop.objects.filter(pk=workshop.pk).update(first_day=first, last_day=last)
    workshop.refresh_from_db()


WAYS = ("look", "visit/ask", "act", "pause", "open")


@pytest.mark.parametrize("how", ["closed", "by the calendar"])
@pytest.mark.parametrize("way", WAYS)
def test_when_it_is_over_nothing_is_done_at_its_seats(workshop, item, lab, ana, clients, how, way):
    session = works(ana, lab)
    coming = session_of(workshop, "Second light", labs=[lab.id])
    is_over(workshop, how)
    room = f"/workshops/{workshop.pk}/room"
    paths = {"look": f"{room}/1/look", "visit/ask": f"{room}/1/visit/ask", "open": f"{room}/open/{coming.pk}"}
    said = clients["lead"].post(paths.get(way, f"{room}/{way}"), {"what": "extend", "seats": "1", "text": "Hello"})
    assert said.url == room
    page = clients["lead"].get(room).content.decode()
    assert "This workshop is over: nothing can be done at its seats any more." in page
    assert "Pause all" not in page
    assert not SeatLogEntry.objects.exists()
    assert not Observer.objects.exists()
    session.refresh_from_db()
    workshop.refresh_from_db()
    assert session.ends_at < timezone.now() + timedelta(minutes=41)
    assert workshop.paused_at is None


def test_when_it_is_over_an_open_visit_shows_and_opens_nothing(workshop, lab, ana, hedy, clients):
    Observer.begin(works(ana, lab), hedy)
    where = f"/workshops/{workshop.pk}/room/1/visit"
    assert clients["helper"].post(f"{where}/terminal-token", {"node": "r1"}).status_code == 200
    Workshop.objects.update(closed_at=timezone.now())
    assert clients["helper"].post(f"{where}/terminal-token", {"node": "r1"}).status_code == 409
    assert clients["helper"].get(where).url == f"/workshops/{workshop.pk}/room"


PRIVATE = {
    "another lab": {},
    "before it began": {"days": -30},
    "after it ended": {"days": 30},
}


@pytest.mark.parametrize("when", PRIVATE)
def test_a_lab_of_ana_s_own_is_not_for_the_team(workshop, lab, other_lab, ana, ngozi, clients, when):
    hers = other_lab if when == "another lab" else lab
    begun = timezone.now() + timedelta(**PRIVATE[when])
    session = works(ana, hers, created_at=begun)
    ends_at = session.ends_at
    assert observing.session_of(ana) is None
    assert seat_actions.extend(workshop, [ana], ngozi, 10).not_done == (ana.number,)
    assert seat_actions.reset(workshop, [ana], ngozi).not_done == (ana.number,)
    Workshop.objects.update(paused_at=timezone.now() - timedelta(minutes=12))
    workshop.refresh_from_db()
    seat_actions.resume(workshop, ngozi)
    session.refresh_from_db()
    assert session.ends_at == ends_at
    assert not Job.objects.exists()
    assert Room.of(workshop, hers.id).tiles[0].session is None
    workshop.agenda.update(opened_at=None)
    assert Room.of(workshop, hers.id).tiles[0].session is None
    Observer.begin(session, ngozi)  # of another workshop, say: not a way into this room
    token = clients["lead"].post(f"/workshops/{workshop.pk}/room/1/visit/terminal-token", {"node": "r1"})
    assert token.status_code == 409


@pytest.mark.django_db(transaction=True)
def test_certificates_given_again_months_later_stop_no_private_lab(workshop, lab, ana, queue, ngozi):
    closing.close(workshop, ngozi)
    Workshop.objects.update(
        first_day=workshop.first_day - timedelta(days=90),
        last_day=workshop.last_day - timedelta(days=90),
        closed_at=timezone.now() - timedelta(days=88),
    )
    works(ana, lab)
    workshop.refresh_from_db()
    closing.close(workshop, ngozi)
    assert LabSession.objects.get().state == State.READY


@pytest.mark.django_db(transaction=True)
def test_what_is_begun_after_the_close_on_the_same_day_is_private_too(workshop, lab, ana, queue, ngozi):
    closing.close(workshop, ngozi)
    works(ana, lab)
    closing.close(Workshop.objects.get(pk=workshop.pk), ngozi)
    assert LabSession.objects.get().state == State.READY


def test_the_report_of_last_year_does_not_change_with_what_ana_does_today(workshop, lab, ana):
    year = timedelta(weeks=52)
    then = {"created_at": timezone.now() - year, "state": State.STOPPED}
    works(ana, lab, ["on", "still"], ago=0, **then)
    Workshop.objects.update(first_day=workshop.first_day - year, last_day=workshop.last_day - year)
    workshop.refresh_from_db()
    before = Results(workshop).minutes
    assert before[0][1]
    works(ana, lab, minutes=30)
    assert Results(workshop).minutes == before
    assert Room.of(workshop).tiles[0].session.state == State.STOPPED


def test_what_is_over_does_not_begin_again_by_other_days(workshop, ana, clients):
    is_over(workshop, "by the calendar")
    days = {"first_day": workshop.first_day, "last_day": workshop.last_day, "time_zone": "UTC", "language": "en"}
    facts = {"title": "Moana NOG 6a", "seats": "5", "pass_percent": "70", **days}
    edit = f"/workshops/{workshop.pk}/edit"
    today = timezone.now().date()
    page = clients["lead"].post(edit, facts | {"last_day": today + timedelta(days=1)})
    assert "This workshop is over. Copy it for another year instead." in page.content.decode()
    assert Workshop.objects.get(pk=workshop.pk).is_over
    assert clients["lead"].post(edit, facts).status_code == 302
    assert Workshop.objects.get(pk=workshop.pk).title == "Moana NOG 6a"


@pytest.mark.django_db(transaction=True)
def test_in_a_workshop_that_is_opened_again_the_team_reaches_its_labs_again(workshop, lab, ana, ngozi, hedy, queue):
    closing.close(workshop, ngozi)
    session = works(ana, lab)
    assert observing.session_of(ana) is None
    assert closing.reopen(workshop, ngozi)
    ana.workshop.refresh_from_db()
    assert observing.session_of(ana) == session
    assert seat_actions.extend(workshop, [ana], hedy, 10).done == 1


def test_a_visit_ends_when_its_lab_is_taken_out_of_the_workshop(workshop, lab, ana, hedy):
    observing.look_on(ana, works(ana, lab), hedy)
    workshop.agenda.update(labs=[])
    observing.end_forgotten()
    assert Observer.objects.get().ended_at

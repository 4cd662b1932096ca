"""Attendance by agenda item: half of its time in the room, or as the team wrote it down."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.vaka.workshops.conftest import adds_item, ago, is_in_the_room, sits
from vaka.workshops.models import AgendaItem, Presence, SeatLogEntry, Workshop
from vaka.workshops.services import certificates, closing
from vaka.workshops.services.agenda_attendance import AttendanceGrid, record
from vaka.workshops.services.funders_report import FundersReport
from vaka.workshops.services.report import Report


@pytest.fixture
def ana(workshop):
    return sits(workshop, "Ana")


def was_there(seat, item, minutes):
    return Presence.objects.create(
        seat=seat, began_at=item.from_at - timedelta(minutes=30), last_at=item.from_at + timedelta(minutes=minutes)
    )


@pytest.mark.parametrize(("minutes", "attended"), [(89, False), (90, True)])
def test_half_of_an_item_in_the_room_is_attendance(workshop, item, ana, minutes, attended):
    """The item has three hours. What was before it does not count."""
    was_there(ana, item, minutes)
    grid = AttendanceGrid(workshop)
    assert grid.attended(ana, item) == attended
    assert grid.hours(ana) == (3 if attended else 0)


def test_two_stretches_of_time_count_together(workshop, item, ana):
    was_there(ana, item, 40)
    begins = item.from_at + timedelta(minutes=60)
    Presence.objects.create(seat=ana, began_at=begins, last_at=begins + timedelta(minutes=50))
    assert AttendanceGrid(workshop).attended(ana, item)


def test_breaks_and_what_has_not_begun_are_not_attended(workshop, item, ana):
    adds_item(workshop, "Lunch", kind="break")
    adds_item(
        workshop, "Tomorrow", from_at=timezone.now() + timedelta(hours=9), to_at=timezone.now() + timedelta(hours=10)
    )
    assert AttendanceGrid(workshop).items == [item]
    assert AttendanceGrid(workshop).hours_held == 3


def test_what_was_to_begin_after_the_close_was_not_held(workshop, item, ngozi):
    """Regression: the afternoons after an early close were held by the clock, and counted on certificates."""
    days = {"first_day": ago(days=2).date(), "last_day": ago(days=-2).date()}
    Workshop.objects.update(**days, closed_at=ago(hours=12))
    AgendaItem.objects.update(from_at=ago(hours=14), to_at=ago(hours=11))
    adds_item(workshop, "Afternoon", from_at=ago(hours=2), to_at=ago(hours=1))
    closed = Workshop.objects.get()
    assert AttendanceGrid(closed).hours_held == 3
    assert closing.reopen(closed, ngozi)
    assert AttendanceGrid(closed).hours_held == 4


def test_what_the_team_writes_down_prevails_and_the_trainee_can_read_it(workshop, item, ana, clients, hedy):
    was_there(ana, item, 120)
    where = f"/workshops/{workshop.pk}/attendance/"
    assert f'value="1-{item.pk}" checked' in clients["helper"].get(where).content.decode()
    sent = {"before": f"1-{item.pk} ", "attended": ["x-1", "1-99999999999999999999", "2"]}
    clients["helper"].post(where, sent)
    assert not AttendanceGrid(workshop).attended(ana, item)
    assert SeatLogEntry.objects.readable_at(ana).get(kind="attendance").by == hedy
    assert "by hand" in clients["helper"].get(where).content.decode()
    assert record(workshop, hedy, set(), {(1, item.pk)}) == 1
    assert record(workshop, hedy, set(), {(1, item.pk)}) == 0
    assert AttendanceGrid(workshop).attended(ana, item)


def test_what_a_page_did_not_show_is_not_taken_away(workshop, item, ana, clients):
    """Ana was not there for half of it when the page was opened, and is when it is saved."""
    where = f"/workshops/{workshop.pk}/attendance/"
    assert 'name="before" value=""' in clients["helper"].get(where).content.decode()
    was_there(ana, item, 120)
    clients["helper"].post(where, {"before": ""})
    assert AttendanceGrid(workshop).attended(ana, item)
    assert not AttendanceGrid(workshop).is_marked(ana, item)


def test_the_attendance_of_the_largest_workshop_can_be_saved(workshop, item, ana, clients):
    """200 seats and 30 items: more fields than Django takes unasked."""
    cells = [f"{seat}-{number}" for seat in range(2, 201) for number in range(30)]
    answer = clients["helper"].post(f"/workshops/{workshop.pk}/attendance/", {"attended": [f"1-{item.pk}", *cells]})
    assert answer.status_code == 302
    assert AttendanceGrid(workshop).attended(ana, item)


def test_the_report_has_the_hours(workshop, item, ana, ngozi_client):
    was_there(ana, item, 120)
    header, row = list(Report(workshop).table())
    assert row[header.index("Hours attended")] == 3
    assert ">3</td>" in ngozi_client.get(f"/workshops/{workshop.pk}/report").content.decode()


def test_the_grid_takes_four_queries_for_any_number_of_seats(workshop, item, django_assert_num_queries):
    for name in ("Ana", "Ben", "Cai"):
        is_in_the_room(sits(workshop, name))
    with django_assert_num_queries(4):
        assert len(AttendanceGrid(workshop).rows) == 3


def test_who_was_there_and_has_not_joined_can_be_written_down(workshop, item, ana, clients):
    """Regression: of the roster only those who had joined could be written down, and nothing said so."""
    page = f"/workshops/{workshop.pk}/report"
    assert "of the roster" not in clients["lead"].get(page).text
    workshop.seats.create(number=5, name="Mele", partner="Sina")
    workshop.seats.create(number=4, name="No show")
    assert "2 seats of the roster have not joined and have no lines here." in clients["lead"].get(page).text
    where = f"/workshops/{workshop.pk}/attendance/"
    assert clients["helper"].get(where).text.count("has not joined") == 2
    clients["helper"].post(where, {"before": "", "attended": [f"5-{item.pk}"]})
    funders = FundersReport(workshop)
    assert (funders.people, funders.person_hours) == (3, 6)  # Ana joined, and was not in the room
    assert [one.names for one in certificates.of_attendance(workshop)] == [["Mele", "Sina"]]
    assert [row.seat.name for row in Report(workshop).rows] == ["Ana"]

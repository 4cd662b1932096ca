"""The start of a new agenda item; opening one, and moving it with its workshop."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from labs.registry import versions
from tests.labs import fakes
from tests.vaka.workshops.conftest import adds_item, reads, sits
from vaka.workshops.models import SeatLogEntry, Workshop
from vaka.workshops.services import agenda_items


@pytest.fixture
def ana(workshop, item):
    return sits(workshop, "Ana")


def test_trainees_see_an_agenda_item_once_it_is_open(workshop, lab, ana, clients):
    coming = adds_item(workshop, "Second light", labs=[lab.id])
    assert "Second light" not in reads(ana)
    assert "Open: “Second light”" in clients["lead"].get(f"/workshops/{workshop.pk}/room").content.decode()
    clients["lead"].post(f"/workshops/{workshop.pk}/room/open/{coming.pk}")
    assert "Second light" in reads(ana)
    assert SeatLogEntry.objects.get().kind == "open_item"


@pytest.mark.parametrize(
    ("first_day", "time_zone", "moved"),
    [
        (date(2099, 3, 23), "Europe/Berlin", datetime(2099, 3, 24, 8, tzinfo=UTC)),
        (date(2099, 3, 30), "Europe/Berlin", datetime(2099, 3, 31, 7, tzinfo=UTC)),  # summer time has begun
        (date(2099, 3, 16), "Pacific/Fiji", datetime(2099, 3, 16, 21, tzinfo=UTC)),  # 09:00 on the 17th
    ],
)
def test_a_moved_item_keeps_its_day_of_the_workshop_and_its_local_time(first_day, time_zone, moved):
    old = Workshop(first_day=date(2099, 3, 23), time_zone="Europe/Berlin")
    new = Workshop(first_day=first_day, time_zone=time_zone)
    assert agenda_items.moved_time(datetime(2099, 3, 24, 8, tzinfo=UTC), old, new) == moved


def test_a_new_item_begins_where_the_last_one_ends_and_in_the_evening_the_next_morning(workshop):
    """The first day began at eight."""
    zone, day = workshop.zone, workshop.first_day
    assert agenda_items.next_start(workshop, timedelta(hours=1)) == datetime.combine(day, time(9), zone)

    def ends(at):
        begins = datetime.combine(day, time(8), zone)
        workshop.agenda.all().delete()
        adds_item(workshop, from_at=begins, to_at=datetime.combine(day, at, zone))
        return agenda_items.next_start(workshop, timedelta(hours=1))

    assert ends(time(12)) == datetime.combine(day, time(12), zone)
    assert ends(time(17)) == datetime.combine(day + timedelta(days=1), time(8), zone)
    Workshop.objects.filter(pk=workshop.pk).update(last_day=day)
    workshop.refresh_from_db()
    assert ends(time(17)) == datetime.combine(day, time(17), zone)


def test_as_many_class_labs_are_built_ahead_as_the_workshop_needs(workshop, item, lab, monkeypatch):
    agenda_items.build_ahead(item)
    assert item.built_copies == 5, "a lab for each of the five seats"
    monkeypatch.setattr(versions, "all_labs", lambda: [fakes.with_bots(lab)])
    agenda_items.build_ahead(item)
    assert item.built_copies == 3, "it has two class-lab seats"


def test_each_change_of_an_open_item_reaches_the_open_pages_of_all_seats(workshop, item, published, ngozi):
    agenda_items.close_item(item, ngozi)
    item.refresh_from_db()
    agenda_items.apply_change(item)  # trainees do not see it
    agenda_items.open_item(item, ngozi)
    item.refresh_from_db()
    agenda_items.apply_change(item)
    agenda_items.remove_item(item)
    assert published == ["close_item", "open_item", "agenda", "agenda"]

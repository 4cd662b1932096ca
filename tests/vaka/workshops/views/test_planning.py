"""Ngozi plans a workshop: days, agenda, team, capacity, and a copy for another year."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from courses.loader import catalogue
from labs.models import Host
from labs.models.pool_size import PoolSize
from tests.vaka.workshops.conftest import adds_item, joins
from vaka.workshops.models import AgendaItem, Role, Workshop
from vaka.workshops.services.capacity import capacity_for
from vaka.workshops.views import planning


def test_the_number_of_seats_cannot_be_below_a_taken_seat(workshop, ngozi_client):
    joins(workshop, "Ana")
    joins(workshop, "Ben")
    days = {"first_day": workshop.first_day, "last_day": workshop.last_day, "time_zone": "UTC", "language": "en"}
    facts = {"title": "Moana NOG 6", "seat_count": "1", "pass_percent": "70", **days}
    assert "Seat 2 is taken or reserved" in ngozi_client.post(f"/workshops/{workshop.pk}/edit", facts).content.decode()


def test_the_first_day_does_not_move_into_the_past_once_somebody_has_a_seat(workshop, ngozi_client):
    where, today = f"/workshops/{workshop.pk}/edit", workshop.first_day

    def sends(first_day):
        days = {"first_day": first_day, "last_day": workshop.last_day, "time_zone": "UTC", "language": "en"}
        facts = {"title": "Moana NOG 6", "seat_count": "5", "pass_percent": "70", **days}
        text = ngozi_client.post(where, facts).text
        workshop.refresh_from_db()
        return text

    sends(today - timedelta(days=1))
    assert workshop.first_day == today - timedelta(days=1)  # nobody has a seat
    joins(workshop, "Ana")
    refusal = sends(today - timedelta(days=2))
    assert "The first day cannot move into the past" in refusal
    assert "choose today or a later day" in refusal
    assert workshop.first_day == today - timedelta(days=1)
    assert "The first day cannot" not in sends(today - timedelta(days=1))  # as it is
    sends(today + timedelta(days=1))
    assert workshop.first_day == today + timedelta(days=1)
    assert "The first day cannot move into the past" in sends(today - timedelta(days=1))


def test_days_that_the_workshop_cannot_have_any_more_when_they_are_saved_are_refused_on_the_page(
    workshop, ngozi_client, monkeypatch
):
    where, first, last = f"/workshops/{workshop.pk}/edit", workshop.first_day, workshop.last_day
    checked = planning.WorkshopForm.is_valid

    def is_valid(form):
        found = checked(form)
        joins(workshop, "Ana")
        return found

    monkeypatch.setattr(planning.WorkshopForm, "is_valid", is_valid)
    later = {"first_day": first + timedelta(days=60), "last_day": last + timedelta(days=60)}
    facts = {"title": "Moana NOG 7", "seat_count": "5", "pass_percent": "70", "time_zone": "UTC", "language": "en"}
    refused = ngozi_client.post(where, {**facts, **later})
    assert refused.status_code == 422
    assert "This workshop began on" in refused.text
    workshop.refresh_from_db()
    assert (workshop.title, workshop.first_day) == ("Moana NOG 6", first)


DAYS = {"first_day": "2026-12-01", "last_day": "2026-12-03"}


FORM = {
    "title": "Moana NOG 7",
    "place": "Suva",
    "time_zone": "Pacific/Fiji",
    "language": "en",
    "seat_count": "30",
    **DAYS,
}


FORM |= {"pass_percent": "70"}


def test_ngozi_creates_a_workshop_and_leads_it(ngozi, ngozi_client):
    answer = ngozi_client.post("/workshops/new", FORM)
    made = Workshop.objects.get(title="Moana NOG 7")
    assert answer.url == f"/workshops/{made.pk}/"
    assert made.role_of(ngozi) == Role.LEAD
    assert made.begins == datetime(2026, 11, 30, 12, tzinfo=UTC)  # midnight in Suva
    assert made.code_shown in ngozi_client.get(answer.url).content.decode()


def test_a_workshop_cannot_end_before_it_begins(ngozi_client):
    answer = ngozi_client.post("/workshops/new", {**FORM, "last_day": "2026-11-01"})
    assert answer.status_code == 422
    assert "The last day is before the first day." in answer.content.decode()


def test_the_capacity_is_shown_in_numbers_with_its_limit(workshop, item, settings, ngozi_client):
    settings.LAB_MEMORY_MB = 100
    found = capacity_for(workshop)
    assert not found.all_fit
    assert found.labs[0].limit == "memory"
    page = ngozi_client.get(f"/workshops/{workshop.pk}/").content.decode()
    assert "Does not fit" in page
    first = found.labs[0]
    most = first.by_memory if first.limit == "memory" else first.by_cpu
    assert (
        f"{most} copies of this lab can run at the same time, and the workshop needs 5." in page
    )  # not "CPU allows 291"
    Host.objects.update(memory=4000 << 20)
    assert capacity_for(workshop).all_fit
    adds_item(workshop, labs=["gone"])
    assert capacity_for(workshop).missing == ["gone"]


def test_the_capacity_says_how_many_copies_fit_if_each_uses_all_the_memory_that_it_may(workshop, item, ngozi_client):
    address, [fit] = f"/workshops/{workshop.pk}/", capacity_for(workshop).labs
    Host.objects.update(memory=3 * fit.full_use)
    [fit] = capacity_for(workshop).labs
    assert fit.fits
    assert "If each used all the memory that it may, only 3 would fit." in ngozi_client.get(address).text
    Host.objects.update(memory=5 * fit.full_use)
    assert "If each used all the memory that it may" not in ngozi_client.get(address).text


def test_every_page_links_the_team_to_workshops_and_nobody_else(workshop, clients, client):
    """Hedy is in no group. Only this workshop knows that she helps."""
    link, section = ">Workshops</a>", "Workshops that you run"
    for name, one in clients.items():
        for page in ("/courses/", "/"):
            assert (link in one.get(page).content.decode()) == (name != "stranger"), (name, page)
    home = clients["helper"].get("/").content.decode()
    assert section in home
    assert f'href="/workshops/{workshop.pk}/room"' in home
    assert "Sessions</a>" not in home  # links for instructors only stay hidden
    assert clients["helper"].get("/workshops/").status_code == 200
    for page in (clients["stranger"].get("/"), client.get("/")):
        assert section not in page.content.decode()
    Workshop.objects.filter(pk=workshop.pk).update(closed_at=timezone.now())
    assert section not in clients["helper"].get("/").content.decode()
    workshop.team.all().delete()
    assert link not in clients["helper"].get("/").content.decode()


def test_the_link_to_workshops_costs_one_query(workshop, clients):
    for name in ("helper", "lead"):
        with CaptureQueriesContext(connection) as asked:
            clients[name].get("/courses/")
        assert len([query for query in asked if "workshops_teammember" in query["sql"]]) == 1


def test_a_workshop_is_copied_to_another_year(ngozi_client, workshop, item, hedy):
    Workshop.objects.filter(pk=workshop.pk).update(
        first_day=date(2026, 3, 23), last_day=date(2026, 3, 25), time_zone="Europe/Berlin"
    )
    AgendaItem.objects.update(from_at=datetime(2026, 3, 23, 8, tzinfo=UTC), to_at=datetime(2026, 3, 23, 11, tzinfo=UTC))
    answer = ngozi_client.post(f"/workshops/{workshop.pk}/copy")
    new = Workshop.objects.exclude(pk=workshop.pk).get()
    assert answer.url == f"/workshops/{new.pk}/"
    assert new.first_day > timezone.now().date()
    assert new.first_day.weekday() == 0
    assert new.join_code != workshop.join_code
    again = new.agenda.get()
    assert (again.title, again.labs, again.opened_at) == (item.title, item.labs, None)
    assert again.from_at.astimezone(new.zone).hour == 9  # in local time
    assert again.pools.count() == 1
    assert new.team.get(user=hedy).role == Role.HELPER
    assert new.role_of(hedy) is None, "she is asked again"


def planned(workshop, **facts):
    """Two agenda items of a workshop in Berlin, on its first and last day. FACTS are of the first item."""
    Workshop.objects.filter(pk=workshop.pk).update(
        first_day=date(2099, 3, 23), last_day=date(2099, 3, 25), time_zone="Europe/Berlin"
    )
    hours = [datetime(2099, 3, day, 8, tzinfo=UTC) for day in (23, 25)]
    three = timedelta(hours=3)
    first = adds_item(workshop, "First", from_at=hours[0], to_at=hours[0] + three, **facts)
    return first, adds_item(workshop, "Second", from_at=hours[1], to_at=hours[1] + three, labs=["first-light"])


def at(item):
    item.refresh_from_db()
    return item.from_at.astimezone(item.workshop.zone).strftime("%d %b %H:%M")


BERLIN = {**FORM, "time_zone": "Europe/Berlin"}


def test_agenda_items_move_with_the_first_day_and_keep_their_local_time(ngozi_client, workshop):
    first, second = planned(workshop)
    days = {"first_day": "2099-03-30", "last_day": "2099-04-01"}  # summer time has begun
    page = ngozi_client.post(f"/workshops/{workshop.pk}/edit", {**BERLIN, **days}, follow=True).content.decode()
    assert "2 agenda items moved with the first day." in page
    assert [at(first), at(second)] == ["30 Mar 09:00", "01 Apr 09:00"]
    assert PoolSize.objects.get().from_at == second.from_at
    assert "Outside the workshop days" not in page


def test_an_open_agenda_item_stays_and_the_plan_marks_items_outside_the_days(ngozi_client, workshop):
    first, second = planned(workshop, opened_at=timezone.now())
    days = {"first_day": "2099-03-24", "last_day": "2099-03-25"}
    page = ngozi_client.post(f"/workshops/{workshop.pk}/edit", {**BERLIN, **days}, follow=True).content.decode()
    assert "1 agenda item moved with the first day." in page
    assert [at(first), at(second)] == ["23 Mar 09:00", "26 Mar 09:00"]
    assert page.count("Outside the workshop days") == 3  # at each of them, and in the line of the agenda


def test_agenda_items_keep_their_local_time_in_another_time_zone(ngozi_client, workshop):
    first, _second = planned(workshop)
    days = {"first_day": "2099-03-23", "last_day": "2099-03-25"}
    ngozi_client.post(f"/workshops/{workshop.pk}/edit", {**FORM, **days})
    first.workshop.refresh_from_db()
    assert (first.workshop.time_zone, at(first)) == ("Pacific/Fiji", "23 Mar 09:00")


def test_another_title_moves_no_agenda_item(ngozi_client, workshop):
    first, _second = planned(workshop)
    was = first.from_at
    days = {"first_day": "2099-03-23", "last_day": "2099-03-27"}
    page = ngozi_client.post(f"/workshops/{workshop.pk}/edit", {**BERLIN, **days}, follow=True).content.decode()
    first.refresh_from_db()
    assert first.from_at == was
    assert "moved with the first day" not in page


@pytest.mark.parametrize(
    ("path", "method", "expected"),
    [
        ("", "get", {"lead": 200, "helper": 200, "other": 404, "stranger": 404}),
        ("edit", "get", {"lead": 200, "helper": 403, "other": 404, "stranger": 404}),
        ("agenda/new", "get", {"lead": 200, "helper": 403, "other": 404, "stranger": 404}),
        ("agenda/{item}", "get", {"lead": 200, "helper": 403, "other": 404, "stranger": 404}),
        ("agenda/{item}/remove", "post", {"helper": 403, "other": 404, "stranger": 404, "lead": 302}),
        ("team/add", "post", {"lead": 422, "helper": 403, "other": 404, "stranger": 404}),
        ("team/1/remove", "post", {"lead": 404, "helper": 403, "other": 404, "stranger": 404}),
        ("copy", "post", {"lead": 302, "helper": 403, "other": 404, "stranger": 404}),
        ("rehearse", "post", {"lead": 302, "helper": 403, "other": 404, "stranger": 404}),
    ],
)
def test_only_the_team_can_open_the_pages_of_a_workshop(workshop, item, clients, client, path, method, expected):
    where = f"/workshops/{workshop.pk}/{path.format(item=item.pk)}"
    found = {name: getattr(clients[name], method)(where).status_code for name in expected}
    assert found == expected
    assert getattr(client, method)(where).url.startswith("/accounts/login/")


def test_a_helper_finds_the_workshop_and_a_stranger_gets_no_list(workshop, clients, ada_client):
    assert "Moana NOG 6" in clients["helper"].get("/workshops/").content.decode()
    assert "Moana NOG 6" not in clients["other"].get("/workshops/").content.decode()
    assert ada_client.get("/workshops/").status_code == 403
    assert ada_client.get("/workshops/new").status_code == 403


def test_a_workshop_lasts_until_midnight_in_its_time_zone(workshop):
    workshop.time_zone, workshop.last_day = "Pacific/Honolulu", timezone.now().date() - timedelta(days=2)
    assert workshop.is_over


def test_the_plan_leads_to_what_trainers_read_of_a_course(ngozi_client, workshop, settings, monkeypatch):
    courses = dict(catalogue(settings.COURSE_CONTENT))
    courses["dns-for-operators"] = replace(courses["dns-for-operators"], trainer=None)
    monkeypatch.setattr(planning, "catalogue", lambda _folder: courses)
    planned(workshop, courses=["first-steps", "dns-for-operators"])
    page = ngozi_client.get(f"/workshops/{workshop.pk}/").text
    assert "/courses/first-steps/trainer/" in page
    assert "/courses/dns-for-operators/" in page
    assert "/courses/dns-for-operators/trainer/" not in page, "it has none"


@pytest.mark.parametrize("day", ["9999-12-31", "2100-01-01", "0026-12-01", "0001-01-01"])
def test_a_slip_in_the_year_is_refused(ngozi_client, workshop, day):
    """With the year 9999, each page that lists the workshop failed, also the start page of its lead."""
    days = {"first_day": day, "last_day": day}
    for where in ("/workshops/new", f"/workshops/{workshop.pk}/edit"):
        answer = ngozi_client.post(where, {**FORM, **days})
        assert answer.status_code == 422, where
        assert "The year must be from 2000 to 2099." in answer.content.decode()
    assert Workshop.objects.get() == workshop


def test_a_workshop_with_an_odd_year_from_before_can_be_changed_otherwise(ngozi_client, workshop):
    odd = date(2107, 1, 1)
    Workshop.objects.update(first_day=odd, last_day=odd)
    days = {"first_day": odd.isoformat(), "last_day": odd.isoformat()}
    assert ngozi_client.post(f"/workshops/{workshop.pk}/edit", {**FORM, **days}).status_code == 302


@pytest.mark.parametrize("what", ["team/{member}/remove", "agenda/{item}/remove"])
def test_whoever_sends_a_form_twice_reads_that_it_is_done(ngozi_client, workshop, item, hedy, what):
    where = f"/workshops/{workshop.pk}/" + what.format(member=workshop.team.get(user=hedy).pk, item=item.pk)
    assert ngozi_client.post(where).status_code == 302
    again = ngozi_client.post(where)
    assert again.status_code == 404
    assert "This is not there any more" in again.content.decode()
    assert f'href="/workshops/{workshop.pk}/"' in again.content.decode()

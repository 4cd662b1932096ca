"""Trainees join with a code and a name. A name never opens the seat of another person."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.vaka.workshops.conftest import joins, seat_of
from vaka.accounts.models import User
from vaka.workshops.models import Workshop
from vaka.workshops.services import joining
from vaka.workshops.views.join import COOKIE


def test_a_trainee_needs_only_a_code_and_a_name(workshop, item, client):
    page = client.get(f"/join/{workshop.code_shown}/").content.decode()
    assert "Join Moana NOG 6" in page
    tane = joins(workshop, "Tāne Mahuta")
    seat = seat_of(tane)
    assert (seat.number, seat.name, seat.is_guest, seat.attendance_days.count()) == (1, "Tāne Mahuta", True, 1)
    assert not seat.user.has_usable_password()
    page = tane.get(f"/workshops/{workshop.pk}/mine").content.decode()
    assert "Seat 1: Tāne Mahuta" in page
    assert "Lab: First light" in page
    assert tane.get("/labs/first-light/").status_code == 200


def test_thirty_trainees_behind_one_address_get_thirty_seats_and_the_next_reads_that_all_are_taken(workshop):
    Workshop.objects.filter(pk=workshop.pk).update(seat_count=30)
    seats = [joining.take_seat(workshop, f"Trainee {n % 7}").number for n in range(28)]
    seats += [seat_of(joins(workshop, f"Trainee {n}")).number for n in range(2)]
    assert sorted(seats) == list(range(1, 31))
    late = Client().post("/join/", {"code": workshop.join_code, "name": "Late"})
    assert late.status_code == 409
    assert "All seats are taken" in late.content.decode()
    assert User.objects.filter(username__startswith="guest-").count() == 30


def test_the_same_name_never_opens_the_seat_of_another_person(workshop):
    first, second = joins(workshop, "Ana"), joins(workshop, "ana")
    assert seat_of(first) != seat_of(second)
    assert {seat.number for seat in workshop.seats.all()} == {1, 2}


def test_a_partner_who_comes_later_is_in_the_seat_log(workshop):
    browser = joins(workshop, "Ana")
    joins(workshop, "Ana", browser, partner="Ben")
    entry = workshop.log_entries.get()
    assert (entry.kind, entry.text, entry.by) == ("rename", "Ana & Ben", seat_of(browser).user)


def test_a_trainee_does_not_replace_a_partner(workshop):
    """Regression: Ben was gone without a trace, and Carl got a certificate of attendance with all hours."""
    browser = joins(workshop, "Ana", partner="Ben")
    joins(workshop, "Ana", browser, partner="ben")
    assert "Ask your instructor" not in browser.get(f"/workshops/{workshop.pk}/mine").text
    joins(workshop, "Ana", browser, partner="Carl")
    assert workshop.seats.get().names == "Ana & Ben"
    page = browser.get(f"/workshops/{workshop.pk}/mine").text
    assert "The partner at this seat is Ben. Ask your instructor to change the name." in page
    assert not workshop.log_entries.exists()


def test_a_trainee_does_not_replace_the_partner_of_the_roster(workshop):
    workshop.seats.create(number=4, name="Ana", partner="Ben")
    assert seat_of(joins(workshop, "ana", partner="Carl")).names == "Ana & Ben"
    workshop.seats.create(number=5, name="Dee")
    assert seat_of(joins(workshop, "Dee", partner="Eve")).names == "Dee & Eve"


@pytest.mark.parametrize(
    "ended", [{"closed_at": timezone.now()}, {"last_day": timezone.now().date() - timedelta(days=2)}]
)
def test_a_join_code_does_not_work_after_the_workshop(workshop, ended):
    Workshop.objects.filter(pk=workshop.pk).update(**ended)
    answer = Client().post("/join/", {"code": workshop.join_code, "name": "Ana"})
    assert answer.status_code == 422
    assert not User.objects.filter(username__startswith="guest-").exists()


def test_a_trainee_with_an_account_gets_one_seat(workshop, ada, ada_client):
    joins(workshop, "", ada_client)
    joins(workshop, "", ada_client)
    seat = workshop.seats.get()
    assert (seat.user, seat.name, seat.is_guest) == (ada, "Ada Lovelace", False)
    assert COOKIE not in ada_client.cookies
    assert not seat.devices.exists()


def test_a_trainee_cannot_open_a_seat_of_another_workshop_or_a_page_of_the_team(workshop, other, linus_client):
    ana = joins(workshop, "Ana")
    assert ana.get(f"/workshops/{other.pk}/mine").status_code == 404
    assert linus_client.get(f"/workshops/{workshop.pk}/mine").status_code == 404
    for page in ("", "seats", "slide", "seats.csv", "edit"):
        assert ana.get(f"/workshops/{workshop.pk}/{page}").status_code == 404

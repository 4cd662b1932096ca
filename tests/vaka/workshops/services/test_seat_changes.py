"""Ngozi corrects who sits where: a mistyped name, a partner who comes later, and a seat that nobody needs any more."""

import re
from html import unescape

import pytest
from django.test import Client

from labs.models import LabSession, Observer, State
from tests.vaka.workshops.conftest import joins, seat_of, sits, works
from vaka.accounts.models import User
from vaka.workshops.models import Workshop
from vaka.workshops.services import seat_changes
from vaka.workshops.views.join import COOKIE


def where(workshop, number, what):
    return f"/workshops/{workshop.pk}/seats/{number}/{what}"


def opens_the_form(workshop):
    """Somebody reads the page to join; what the form of it sends."""
    page = Client().get(f"/join/{workshop.join_code}/").content.decode()
    press = unescape(re.search(r'name="press" value="([^"]+)"', page)[1])
    return {"code": workshop.join_code, "press": press}


def test_a_mistyped_name_is_corrected_wherever_it_is_read_and_its_trainee_reads_by_whom(workshop, ngozi_client):
    anna = joins(workshop, "Anan")
    assert where(workshop, 1, "change") in ngozi_client.get(f"/workshops/{workshop.pk}/seats").content.decode()
    assert 'value="Anan"' in ngozi_client.get(where(workshop, 1, "change")).content.decode()
    ngozi_client.post(where(workshop, 1, "change"), {"name": "Anna", "partner": "Ben"})
    seat = seat_of(anna)
    assert (seat.names, seat.user.shown_name) == ("Anna & Ben", "Anna")
    page = anna.get(f"/workshops/{workshop.pk}/mine").content.decode()
    assert "Wrote the name of the seat anew</b>: Anna &amp; Ben" in page
    assert "Ngozi Eze" in page


def test_a_name_that_is_kept_as_it_was_is_no_deed(workshop, ngozi_client):
    joins(workshop, "Anna")
    ngozi_client.post(where(workshop, 1, "change"), {"name": "Anna", "partner": ""})
    assert not workshop.log_entries.exists()


def test_a_seat_without_a_name_is_not_kept(workshop, ngozi_client):
    joins(workshop, "Anna")
    answer = ngozi_client.post(where(workshop, 1, "change"), {"name": " ", "partner": "Ben"})
    assert answer.status_code == 422
    assert workshop.places.get().names == "Anna"


def test_an_account_keeps_its_own_name_when_its_seat_gets_another(workshop, ada, ada_client, ngozi_client):
    joins(workshop, "", ada_client)
    ngozi_client.post(where(workshop, 1, "change"), {"name": "Ada L.", "partner": ""})
    ada.refresh_from_db()
    assert (workshop.places.get().name, ada.shown_name) == ("Ada L.", "Ada Lovelace")


def test_the_seat_of_a_ghost_is_free_for_who_comes_next_and_its_guest_is_gone(workshop, ngozi_client):
    Workshop.objects.filter(pk=workshop.pk).update(seats=1)
    phone = joins(workshop, "Ana")
    assert "Nothing was done at this seat." in ngozi_client.get(where(workshop, 1, "change")).content.decode()
    answer = ngozi_client.post(where(workshop, 1, "free"), follow=True).content.decode()
    assert "so the guest Ana is deleted" in answer
    assert not User.objects.filter(username__startswith="guest-").exists()
    assert phone.get(f"/workshops/{workshop.pk}/mine").status_code == 302  # signed out
    assert seat_of(joins(workshop, "Ben")).number == 1
    assert ngozi_client.get(f"/workshops/{workshop.pk}/room/1").status_code == 200
    freed = workshop.log_entries.get()
    assert (freed.kind, freed.text, freed.seat) == ("free", "1", None)


def test_who_has_worked_keeps_it_when_his_seat_is_freed_and_has_it_again_where_he_comes_back(
    workshop, lab, ngozi_client
):
    ana = joins(workshop, "Ana")
    user = seat_of(ana).user
    session = works(seat_of(ana), lab)
    assert "This guest has worked." in ngozi_client.get(where(workshop, 1, "change")).content.decode()
    assert "stays with the account" in ngozi_client.post(where(workshop, 1, "free"), follow=True).content.decode()
    assert not workshop.places.exists()
    assert ana.get("/labs/").status_code == 200
    assert LabSession.objects.get().learner == user
    somebody = joins(workshop, "Ana")
    assert seat_of(somebody).user != user
    seat = seat_of(joins(workshop, "ana", ana))
    assert (seat.user, seat.number, seat.is_guest) == (user, 2, True)
    assert seat.devices.count() == 1
    assert session.learner == user


def test_another_name_in_a_browser_whose_seat_was_freed_is_somebody_else(workshop, lab, ngozi_client):
    browser = joins(workshop, "Ana")
    user = seat_of(browser).user
    works(seat_of(browser), lab)
    ngozi_client.post(where(workshop, 1, "free"))
    assert seat_of(joins(workshop, "Ben", browser)).user != user


def test_an_account_stays_when_its_seat_is_freed(workshop, ada, ada_client, ngozi_client):
    joins(workshop, "", ada_client)
    assert "has an account" in ngozi_client.get(where(workshop, 1, "change")).content.decode()
    ngozi_client.post(where(workshop, 1, "free"))
    assert User.objects.filter(pk=ada.pk).exists()
    assert ada_client.get(f"/workshops/{workshop.pk}/mine").status_code == 404


def test_nobody_looks_on_any_more_at_who_has_lost_his_seat(workshop, lab, ngozi):
    seat = sits(workshop, "Ana")
    visit = Observer.objects.create(session=works(seat, lab, state=State.READY), user=ngozi)
    seat_changes.free(seat, ngozi)
    visit.refresh_from_db()
    assert visit.ended_at


def test_only_planners_change_and_free_seats_and_a_name_that_waits_is_only_removed(workshop, clients):
    sits(workshop, "Ana")
    workshop.places.create(number=2, name="Ben")
    for what in ("change", "free"):
        assert clients["helper"].post(where(workshop, 1, what), {"name": "X"}).status_code == 403
        assert clients["other"].post(where(workshop, 1, what), {"name": "X"}).status_code == 404
    assert clients["lead"].post(where(workshop, 2, "free")).status_code == 404
    assert "/change" not in clients["helper"].get(f"/workshops/{workshop.pk}/seats").content.decode()
    assert [seat.name for seat in workshop.places.all()] == ["Ana", "Ben"]


# Who presses twice


def test_a_form_that_is_sent_twice_takes_one_seat(workshop):
    form = opens_the_form(workshop) | {"name": "Ana"}
    first, second = Client(), Client()  # one browser: the second press goes out before the first is answered
    for browser in (first, second):
        assert browser.post("/join/", form).status_code == 302
    assert seat_of(first) == seat_of(second)
    assert workshop.places.count() == User.objects.filter(username__startswith="guest-").count() == 1
    kept = Client()
    kept.cookies[COOKIE] = second.cookies[COOKIE].value
    assert "keeps the seat of <b>Ana</b>" in kept.get(f"/join/{workshop.join_code}/").content.decode()


def test_a_device_that_keeps_a_seat_takes_no_second_one_for_the_same_name(workshop):
    browser = joins(workshop, "Ana")
    joins(workshop, "ana", browser, partner="Ben")
    assert workshop.places.get().names == "Ana & Ben"


def test_a_form_of_long_ago_or_of_somebody_s_own_making_opens_no_seat(workshop, monkeypatch):
    form = opens_the_form(workshop) | {"name": "Ana"}
    Client().post("/join/", form)
    Client().post("/join/", form | {"press": form["press"].partition(":")[0]})
    assert workshop.places.count() == 2
    monkeypatch.setattr("vaka.workshops.views.join.PRESS_LASTS", -1)
    Client().post("/join/", form)
    assert workshop.places.count() == 3


def test_who_has_an_account_brings_a_partner_later(workshop, ada_client):
    joins(workshop, "", ada_client)
    joins(workshop, "", ada_client, partner="Ben")
    assert workshop.places.get().names == "Ada Lovelace & Ben"


@pytest.mark.parametrize("name", ["", "  "])
def test_a_guest_who_joins_once_more_without_a_name_is_asked_for_it(workshop, name):
    browser = joins(workshop, "Ana")
    assert browser.post("/join/", {"code": workshop.join_code, "name": name}).status_code == 422
    assert workshop.places.count() == 1

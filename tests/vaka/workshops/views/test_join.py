"""The page to join: sending a form twice takes one seat."""

import re
from html import unescape

import pytest
from django.test import Client

from tests.vaka.workshops.conftest import joins, seat_of
from vaka.accounts.models import User
from vaka.workshops.views.join import COOKIE


def opens_the_form(workshop):
    """Open the page to join, and return what its form sends."""
    page = Client().get(f"/join/{workshop.join_code}/").content.decode()
    form_token = unescape(re.search(r'name="form_token" value="([^"]+)"', page)[1])
    return {"code": workshop.join_code, "form_token": form_token}


def test_a_form_that_is_sent_twice_takes_one_seat(workshop):
    form = opens_the_form(workshop) | {"name": "Ana"}
    first, second = Client(), Client()  # as one browser that sends the form again before the first answer
    for browser in (first, second):
        assert browser.post("/join/", form).status_code == 302
    assert seat_of(first) == seat_of(second)
    assert workshop.seats.count() == User.objects.filter(username__startswith="guest-").count() == 1
    kept = Client()
    kept.cookies[COOKIE] = second.cookies[COOKIE].value
    assert "can open the seat of <b>Ana</b>" in kept.get(f"/join/{workshop.join_code}/").content.decode()


def test_a_device_with_a_seat_takes_no_second_one_for_the_same_name(workshop):
    browser = joins(workshop, "Ana")
    joins(workshop, "ana", browser, partner="Ben")
    assert workshop.seats.get().names == "Ana & Ben"


def test_an_old_or_forged_form_opens_no_existing_seat(workshop, monkeypatch):
    form = opens_the_form(workshop) | {"name": "Ana"}
    Client().post("/join/", form)
    Client().post("/join/", form | {"form_token": form["form_token"].partition(":")[0]})
    assert workshop.seats.count() == 2
    monkeypatch.setattr("vaka.workshops.views.join.FORM_TOKEN_LASTS", -1)
    Client().post("/join/", form)
    assert workshop.seats.count() == 3


def test_a_trainee_with_an_account_can_add_a_partner_later(workshop, ada_client):
    joins(workshop, "", ada_client)
    joins(workshop, "", ada_client, partner="Ben")
    assert workshop.seats.get().names == "Ada Lovelace & Ben"


@pytest.mark.parametrize("name", ["", "  ", "\u202e\u200b"])
def test_a_guest_who_joins_again_without_a_name_is_asked_for_it(workshop, name):
    browser = joins(workshop, "Ana")
    assert browser.post("/join/", {"code": workshop.join_code, "name": name}).status_code == 422
    assert workshop.seats.count() == 1


def test_a_refused_form_keeps_all_that_was_typed(workshop):
    wrong = {"code": "wrong-code", "name": "Ana Leota", "partner": "Ben"}
    answer = Client().post("/join/", wrong)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This code does not work." in page
    assert [typed for typed in wrong.values() if f'value="{typed}"' not in page] == []
    page = Client().post("/join/", {"seat_code": "not-a-seat"}).content.decode()
    assert 'value="not-a-seat"' in page
    assert '<details class="hint" open>' in page


def test_a_wrong_code_in_the_address_stays_in_the_field(client, db):
    assert 'value="WRONG-CODE"' in client.get("/join/?code=WRONG-CODE").content.decode()


def test_a_guests_name_loses_the_letters_that_nobody_can_see(workshop):
    joins(workshop, "\u202eAna\x1b Leota\u2069", partner="\u2068Ben")
    assert workshop.seats.get().names == "Ana Leota & Ben"

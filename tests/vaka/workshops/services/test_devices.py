"""A device can open its guest's seat. A seat code admits another device, once."""

import asyncio
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.utils import timezone
from redis import asyncio as aioredis

from labs.terminals import closing_terminals, permissions, tokens
from tests.builders import PASSWORD, make_person, signed_in
from tests.vaka.workshops.conftest import joins, seat_of, sits, works
from vaka.accounts.models import User
from vaka.workshops.models import Seat, Workshop
from vaka.workshops.services import devices, joining
from vaka.workshops.views.join import COOKIE


def ends(broker, user, session, act):
    """Return the reason for which an open terminal ends after ACT was called."""
    held = tokens.read(tokens.issue(user.pk, session.pk, "r1", "1", "control"))

    async def holds():
        async with aioredis.Redis.from_url(broker) as redis:
            watch = permissions.PermissionWatch(redis)
            watch.start()
            try:
                with watch.holding(held) as end:
                    await sync_to_async(act)()
                    async with asyncio.timeout(10):
                        return str(await end)
            finally:
                await watch.stop()

    return asyncio.run(holds())


def test_a_device_can_open_its_seat_again(workshop):
    ana = joins(workshop, "Ana")
    cookie = ana.cookies[COOKIE]
    assert cookie["httponly"]
    assert cookie["max-age"] > 300 * 24 * 3600
    mine = seat_of(ana)
    assert mine.devices.get().token_hash not in cookie.value
    ana.logout()
    ana.cookies[COOKIE] = cookie.value
    page = ana.get(f"/join/{workshop.join_code}/").content.decode()
    assert "This device can open the seat of <b>Ana</b>, seat 1." in page
    assert ana.get(f"/workshops/{workshop.pk}/mine").status_code == 302  # opening the page signs nobody in
    ana.post("/join/", {"code": workshop.join_code, "return": "1"})
    assert seat_of(ana) == mine
    stolen = Client()
    stolen.cookies[COOKIE] = cookie.value[:-1] + ("A" if cookie.value[-1] != "A" else "B")
    assert "can open the seat" not in stolen.get(f"/join/{workshop.join_code}/").content.decode()


def test_a_device_can_open_its_seat_after_the_workshop(workshop):
    ana = joins(workshop, "Ana")
    cookie = ana.cookies[COOKIE].value
    Workshop.objects.update(closed_at=timezone.now())
    later = Client()
    later.cookies[COOKIE] = cookie
    assert "This device can open the seat" in later.get(f"/join/{workshop.join_code}/").content.decode()
    assert later.post("/join/", {"code": workshop.join_code, "return": "1"}).status_code == 302
    assert later.get(f"/workshops/{workshop.pk}/mine").status_code == 200
    assert Client().post("/join/", {"code": workshop.join_code, "return": "1"}).status_code == 422


def test_taking_another_seat_on_a_shared_device_closes_the_first_one(workshop):
    browser = joins(workshop, "Ana")
    first = seat_of(browser)
    second = seat_of(joins(workshop, "Ben", browser))
    assert first != second
    assert not first.devices.exists()
    assert "Ben" in browser.get(f"/join/{workshop.join_code}/").content.decode()


def test_a_seat_code_for_a_lost_device_opens_the_seat_once_and_locks_out_the_old_device(workshop, ngozi_client):
    lost = joins(workshop, "Ana")
    seat = seat_of(lost)
    page = ngozi_client.post(f"/workshops/{workshop.pk}/seats/1/code", {"lost": "1"})
    code = page.context["code"]
    assert code in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    found = Client()
    assert found.post("/join/", {"seat_code": code}).status_code == 302
    assert seat_of(found) == seat
    assert lost.get(f"/workshops/{workshop.pk}/mine").status_code == 302  # signed out
    lost.post("/join/", {"code": workshop.join_code, "return": "1"})
    assert "_auth_user_id" not in lost.session
    again = Client().post("/join/", {"seat_code": code})
    assert again.status_code == 422
    assert "works once" in again.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_seat_code_for_a_lost_device_closes_its_open_terminals(workshop, item, lab, ngozi, broker):
    seat = sits(workshop, "Ana")
    session = works(seat, lab)
    code = devices.make_seat_code(seat, ngozi, lost=True)
    assert ends(broker, seat.user, session, lambda: devices.redeem_seat_code(code)) == "You have signed out."


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["password page", "seat page"])
def test_a_first_password_closes_the_terminals_on_other_devices(way, workshop, item, lab, broker):
    guest = joins(workshop, "Ana")
    seat = seat_of(guest)
    session = works(seat, lab)
    address, fields = {
        "password page": ("/accounts/password/set/", {"password1": PASSWORD, "password2": PASSWORD}),
        "seat page": (f"/workshops/{workshop.pk}/mine/account", {"password": PASSWORD}),
    }[way]
    ended = ends(broker, seat.user, session, lambda: guest.post(address, fields | {"username": "ana"}))
    assert ended == "You have signed out."
    assert User.objects.get(username="ana").has_usable_password()


@pytest.mark.django_db(transaction=True)
def test_a_seat_code_for_another_device_closes_no_terminal(workshop, item, ngozi, broker, monkeypatch):
    closed = []
    monkeypatch.setattr(closing_terminals, "close_all", closed.append)
    seat = sits(workshop, "Ana")
    assert devices.redeem_seat_code(devices.make_seat_code(seat, ngozi, lost=False)) == seat
    assert closed == []


@pytest.mark.django_db(transaction=True)
def test_signing_out_elsewhere_closes_the_terminals_there(workshop, item, lab, broker):
    ana = joining.take_seat(workshop, "Ana", user=make_person("ana"))
    session, here = works(ana, lab), signed_in(ana.user)
    reason = ends(broker, ana.user, session, lambda: here.post("/me/sessions/end"))
    assert reason == "You have signed out."


@pytest.mark.django_db(transaction=True)
def test_a_new_password_closes_open_terminals(workshop, item, lab, broker):
    ana = joining.take_seat(workshop, "Ana", user=make_person("ana"))
    session, here = works(ana, lab), signed_in(ana.user)
    new = {"oldpassword": PASSWORD, "password1": "a wide lagoon", "password2": "a wide lagoon"}
    reason = ends(broker, ana.user, session, lambda: here.post("/accounts/password/change/", new))
    assert reason == "You have signed out."


def test_two_people_share_a_seat_on_two_devices(workshop, ngozi_client):
    first = joins(workshop, "Ana", partner="Ben")
    assert seat_of(first).names == "Ana & Ben"
    code = ngozi_client.post(f"/workshops/{workshop.pk}/seats/1/code").context["code"]
    second = Client()
    second.post("/join/", {"seat_code": code})
    assert seat_of(second) == seat_of(first)
    assert first.get(f"/workshops/{workshop.pk}/mine").status_code == 200


@pytest.mark.parametrize(
    "ended", [{"closed_at": timezone.now()}, {"last_day": timezone.now().date() - timedelta(days=2)}]
)
def test_after_the_workshop_only_the_lead_makes_a_seat_code(workshop, clients, ended):
    seat = seat_of(joins(workshop, "Ana"))
    Workshop.objects.filter(pk=workshop.pk).update(**ended)
    make = f"/workshops/{workshop.pk}/seats/1/code"
    assert clients["helper"].post(make, {"lost": "1"}).status_code == 403
    assert "Seat code" not in clients["helper"].get(f"/workshops/{workshop.pk}/seats").content.decode()
    assert "Seat code" in clients["lead"].get(f"/workshops/{workshop.pk}/seats").content.decode()
    found = Client()
    code = clients["lead"].post(make, {"lost": "1"}).context["code"]
    assert found.post("/join/", {"seat_code": code}).status_code == 302
    assert seat_of(found) == seat
    assert found.get("/certificates/").status_code == 200
    mine = found.get(f"/workshops/{workshop.pk}/mine").content.decode()
    assert "Made a code that opens your seat on another device" in mine


def test_a_seat_code_works_for_fifteen_minutes(workshop, ngozi_client):
    joins(workshop, "Ana")
    code = ngozi_client.post(f"/workshops/{workshop.pk}/seats/1/code").context["code"]
    Seat.objects.update(code_until=timezone.now() - timedelta(seconds=1))
    assert Client().post("/join/", {"seat_code": code}).status_code == 422

"""Whoever looks on is seen: on each device on which Ana is signed in, and from whichever of her workshops it is."""

import asyncio
from contextlib import aclosing
from datetime import timedelta
from html import unescape

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.test import AsyncClient, Client
from django.utils import timezone

from labs.models import Observer
from tests.builders import PASSWORD, make_person, signed_in
from tests.vaka.workshops.conftest import session_of, sits, works
from vaka.workshops.models import Workshop
from vaka.workshops.models.seat_log import SeatLogEntry
from vaka.workshops.services import joining, observing, planning

LOOKS_ON = "Hedy Lamarr looks on at your terminals."


@pytest.fixture
def ana(workshop, item):
    """She has an account, and joined on the laptop of the room."""
    return joining.take(workshop, "Ana", user=make_person("ana", name="Ana Leota"))


def reads(client, path="/labs/first-light/"):
    return unescape(client.get(path).content.decode())


def signs_in(username="ana"):
    device = Client()
    assert device.post("/accounts/login/", {"login": username, "password": PASSWORD}).status_code == 302
    return device


def test_who_signs_in_on_another_device_sees_there_who_looks_on(workshop, lab, ana, hedy):
    observing.look_on(ana, works(ana, lab), hedy)
    phone = signs_in()
    assert LOOKS_ON in reads(phone)
    assert LOOKS_ON in reads(phone, "/courses/")


def test_who_was_signed_in_there_before_she_joined_here_sees_it_beside_her_lab(workshop, item, lab, hedy):
    user = make_person("ana", name="Ana Leota")
    phone = signed_in(user)
    ana = joining.take(workshop, "Ana", user=user)
    observing.look_on(ana, works(ana, lab), hedy)
    assert LOOKS_ON in reads(phone)
    assert LOOKS_ON in reads(phone, "/courses/")  # from then on the browser knows


def test_who_signs_in_when_her_workshop_is_over_has_no_strip_of_it(workshop, ana):
    Workshop.objects.update(closed_at=timezone.now())
    assert "Moana NOG 6" not in reads(signs_in(), "/courses/")


@pytest.fixture
def evening(hedy, lab):
    """Another workshop of the same days, which hedy leads."""
    today = timezone.now().date()
    made = planning.make(Workshop(title="Evening class", first_day=today, last_day=today), hedy)
    session_of(made, labs=[lab.id], opened_at=timezone.now())
    return made


def test_a_look_from_another_of_her_workshops_is_in_the_strip_and_answered_there(workshop, lab, ana, evening, hedy):
    there = joining.take(evening, "Ana", user=ana.user)
    laptop = signed_in(ana.user)
    laptop.get(f"/workshops/{workshop.pk}/mine")  # its strip is the first workshop's
    visit = observing.look_on(there, works(ana, lab), hedy)
    observing.ask(there, visit)
    page = reads(laptop)
    assert "Hedy Lamarr asks to type in your lab." in page
    where = f"/workshops/{workshop.pk}/mine/observers/{visit.pk}"
    assert where in page
    laptop.post(where, {"answer": "yes"})
    assert Observer.objects.get().may_type
    assert set(SeatLogEntry.objects.values_list("workshop", "seat")) == {(evening.pk, there.pk)}


@pytest.mark.django_db(transaction=True)
def test_the_strip_hears_at_once_of_a_look_from_another_of_her_workshops(workshop, lab, ana, evening, hedy, broker):
    there = joining.take(evening, "Ana", user=ana.user)
    session = works(ana, lab)

    async def listens():
        laptop = AsyncClient()
        await laptop.aforce_login(ana.user)
        answer = await laptop.get(f"/workshops/{workshop.pk}/mine/events")
        async with asyncio.timeout(10), aclosing(aiter(answer.streaming_content)) as pieces:
            async for piece in pieces:
                if b"event: hello" in piece:
                    await sync_to_async(observing.look_on)(there, session, hedy)
                if b"event: seat" in piece:
                    return b'"look"' in piece
        return False

    assert async_to_sync(listens)()


def test_a_strip_of_a_workshop_that_is_over_makes_way_for_one_that_is_not(workshop, lab, ana, evening):
    laptop = signed_in(ana.user)
    laptop.get(f"/workshops/{workshop.pk}/mine")
    Workshop.objects.filter(pk=workshop.pk).update(closed_at=timezone.now())
    assert "Moana NOG 6" in reads(laptop, "/courses/")
    joining.take(evening, "Ana", user=ana.user)
    page = reads(laptop, "/courses/")
    assert "Evening class" in page
    assert "Moana NOG 6" not in page


def test_the_start_page_leads_to_her_seats(workshop, ana, ada_client):
    phone = signs_in()
    page = reads(phone, "/")
    assert f'href="/workshops/{workshop.pk}/mine"' in page
    assert "Seat 1, from" in page
    Workshop.objects.update(closed_at=timezone.now() - timedelta(days=9))
    assert "and is over." in reads(phone, "/")
    assert "My workshops" not in reads(ada_client, "/")


def test_a_guest_s_seat_is_on_the_start_page_too(workshop, item):
    assert "My workshops" in reads(signed_in(sits(workshop, "Ben").user), "/")

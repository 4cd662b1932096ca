"""Thirty people come in with a code and a name; a seat is its device's, and nobody opens another's."""

import asyncio
from datetime import timedelta
from types import SimpleNamespace

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.utils import timezone
from redis import asyncio as aioredis

from labs.lifecycle import services
from labs.models import Attempt, LabSession
from labs.terminals import permissions, tokens
from tests.builders import PASSWORD, Taken, make_person, signed_in
from tests.vaka.workshops.conftest import is_in_the_room, joins, seat_of, sits, works
from vaka.accounts import codes
from vaka.accounts.models import User
from vaka.web import guess_delay
from vaka.workshops.models import Workshop
from vaka.workshops.models.seat import Seat
from vaka.workshops.services import code_guesses, joining
from vaka.workshops.views.join import COOKIE


@pytest.fixture
def no_waiting(monkeypatch):
    waited = []

    async def wait(seconds):
        waited.append(seconds)

    monkeypatch.setattr(code_guesses, "wait", wait)
    return waited


def test_a_code_and_a_name_are_enough(workshop, item, client):
    page = client.get(f"/join/{workshop.code_shown}/").content.decode()
    assert "Join Moana NOG 6" in page
    tane = joins(workshop, "Tāne Mahuta")
    seat = seat_of(tane)
    assert (seat.number, seat.name, seat.is_guest, seat.days.count()) == (1, "Tāne Mahuta", True, 1)
    assert not seat.user.has_usable_password()
    page = tane.get(f"/workshops/{workshop.pk}/mine").content.decode()
    assert "Seat 1: Tāne Mahuta" in page
    assert "Lab: First light" in page
    assert tane.get("/labs/first-light/").status_code == 200


def test_thirty_behind_one_address_get_thirty_seats_and_the_next_is_told(workshop):
    Workshop.objects.filter(pk=workshop.pk).update(seats=30)
    seats = [joining.take(workshop, f"Trainee {n % 7}").number for n in range(28)]
    seats += [seat_of(joins(workshop, f"Trainee {n}")).number for n in range(2)]
    assert sorted(seats) == list(range(1, 31))
    late = Client().post("/join/", {"code": workshop.join_code, "name": "Late"})
    assert late.status_code == 409
    assert "All seats are taken" in late.content.decode()
    assert User.objects.filter(username__startswith="guest-").count() == 30


def test_the_same_name_never_opens_another_s_seat(workshop):
    hers, his = joins(workshop, "Ana"), joins(workshop, "ana")
    assert seat_of(hers) != seat_of(his)
    assert {seat.number for seat in workshop.places.all()} == {1, 2}


def test_a_seat_is_kept_by_its_device(workshop):
    ana = joins(workshop, "Ana")
    cookie = ana.cookies[COOKIE]
    assert cookie["httponly"]
    assert cookie["max-age"] > 300 * 24 * 3600
    mine = seat_of(ana)
    assert mine.devices.get().token_hash not in cookie.value
    ana.logout()
    ana.cookies[COOKIE] = cookie.value
    page = ana.get(f"/join/{workshop.join_code}/").content.decode()
    assert "This device keeps the seat of <b>Ana</b>, seat 1." in page
    assert ana.get(f"/workshops/{workshop.pk}/mine").status_code == 302  # a look signs nobody in
    ana.post("/join/", {"code": workshop.join_code, "again": "1"})
    assert seat_of(ana) == mine
    stolen = Client()
    stolen.cookies[COOKIE] = cookie.value[:-1] + ("A" if cookie.value[-1] != "A" else "B")
    assert "keeps the seat" not in stolen.get(f"/join/{workshop.join_code}/").content.decode()


def test_a_device_finds_its_seat_also_when_the_workshop_is_over(workshop):
    ana = joins(workshop, "Ana")
    cookie = ana.cookies[COOKIE].value
    Workshop.objects.update(closed_at=timezone.now())
    later = Client()
    later.cookies[COOKIE] = cookie
    assert "This device keeps the seat" in later.get(f"/join/{workshop.join_code}/").content.decode()
    assert later.post("/join/", {"code": workshop.join_code, "again": "1"}).status_code == 302
    assert later.get(f"/workshops/{workshop.pk}/mine").status_code == 200
    assert Client().post("/join/", {"code": workshop.join_code, "again": "1"}).status_code == 422


def test_who_takes_a_new_seat_on_a_shared_device_closes_the_one_before(workshop):
    browser = joins(workshop, "Ana")
    first = seat_of(browser)
    second = seat_of(joins(workshop, "Ben", browser))
    assert first != second
    assert not first.devices.exists()
    assert "Ben" in browser.get(f"/join/{workshop.join_code}/").content.decode()


def test_a_lost_laptop_gets_its_seat_back_from_ngozi_and_the_old_one_is_out(workshop, ngozi_client):
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
    lost.post("/join/", {"code": workshop.join_code, "again": "1"})
    assert "_auth_user_id" not in lost.session
    again = Client().post("/join/", {"seat_code": code})
    assert again.status_code == 422
    assert "works once" in again.content.decode()


def ends(broker, user, session, act):
    """What a terminal that is open says when it ends, once somebody has acted."""
    held = tokens.read(tokens.issue(user.pk, session.pk, "r1", "1", "control"))

    async def holds():
        async with aioredis.Redis.from_url(broker) as redis:
            watch = permissions.Watch(redis)
            watch.start()
            try:
                with watch.holding(held) as end:
                    await sync_to_async(act)()
                    async with asyncio.timeout(10):
                        return str(await end)
            finally:
                await watch.stop()

    return asyncio.run(holds())


@pytest.mark.django_db(transaction=True)
def test_terminals_that_are_open_on_a_lost_laptop_are_closed(workshop, item, lab, ngozi, broker):
    seat = sits(workshop, "Ana")
    session = works(seat, lab)
    code = joining.give_code(seat, ngozi, lost=True)
    assert ends(broker, seat.user, session, lambda: joining.redeem(code)) == "You have signed out."


@pytest.mark.django_db(transaction=True)
def test_one_more_device_closes_no_terminal_of_the_first(workshop, item, ngozi, broker, monkeypatch):
    closed = []
    monkeypatch.setattr(tokens, "close_all", closed.append)
    seat = sits(workshop, "Ana")
    assert joining.redeem(joining.give_code(seat, ngozi, lost=False)) == seat
    assert closed == []


@pytest.mark.django_db(transaction=True)
def test_signing_out_elsewhere_closes_the_terminals_there(workshop, item, lab, broker):
    ana = joining.take(workshop, "Ana", user=make_person("ana"))
    session, here = works(ana, lab), signed_in(ana.user)
    said = ends(broker, ana.user, session, lambda: here.post("/me/sessions/end"))
    assert said == "You have signed out."


@pytest.mark.django_db(transaction=True)
def test_a_new_password_closes_the_terminals_of_before(workshop, item, lab, broker):
    ana = joining.take(workshop, "Ana", user=make_person("ana"))
    session, here = works(ana, lab), signed_in(ana.user)
    new = {"oldpassword": PASSWORD, "password1": "a wide lagoon", "password2": "a wide lagoon"}
    said = ends(broker, ana.user, session, lambda: here.post("/accounts/password/change/", new))
    assert said == "You have signed out."


def test_two_share_a_seat_on_two_devices(workshop, ngozi_client):
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
def test_who_loses_a_device_after_the_end_gets_the_seat_back_from_who_led_it(workshop, clients, ended):
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


def test_a_seat_code_is_good_for_fifteen_minutes(workshop, ngozi_client):
    joins(workshop, "Ana")
    code = ngozi_client.post(f"/workshops/{workshop.pk}/seats/1/code").context["code"]
    Seat.objects.update(code_until=timezone.now() - timedelta(seconds=1))
    assert Client().post("/join/", {"seat_code": code}).status_code == 422


@pytest.mark.parametrize(
    "ended", [{"closed_at": timezone.now()}, {"last_day": timezone.now().date() - timedelta(days=2)}]
)
def test_a_code_is_worth_nothing_after_the_workshop(workshop, ended):
    Workshop.objects.filter(pk=workshop.pk).update(**ended)
    answer = Client().post("/join/", {"code": workshop.join_code, "name": "Ana"})
    assert answer.status_code == 422
    assert not User.objects.filter(username__startswith="guest-").exists()


def guess(times, **more):
    guesser = Client()
    for n in range(times):
        guesser.post("/join/", {"code": codes.draw(), "name": "Guess"}, REMOTE_ADDR=f"192.0.2.{n}", **more)


def test_guessing_waits_longer_and_longer_wherever_it_comes_from(workshop, no_waiting, monkeypatch):
    monkeypatch.setattr(code_guesses, "FREE", 3)
    monkeypatch.setattr(code_guesses, "STEP", 1.0)
    monkeypatch.setattr(guess_delay, "time", SimpleNamespace(time=lambda: 60.0))  # all in one minute
    guess(code_guesses.FREE + 7)
    waits = list(no_waiting)
    assert waits[: code_guesses.FREE] == [0] * code_guesses.FREE
    assert waits[code_guesses.FREE :] == sorted(waits[code_guesses.FREE :])
    assert waits[-1] == code_guesses.LONGEST
    no_waiting.clear()
    Client().post("/join/", {"seat_code": codes.draw()})
    Client().get(f"/join/{codes.draw()}/")
    assert no_waiting == [code_guesses.LONGEST] * 2


def test_a_right_code_waits_as_long_as_a_wrong_one_so_that_time_tells_nothing(workshop, ngozi, no_waiting, monkeypatch):
    monkeypatch.setattr(code_guesses, "FREE", 3)
    monkeypatch.setattr(code_guesses, "STEP", 1.0)
    monkeypatch.setattr(guess_delay, "time", SimpleNamespace(time=lambda: 60.0))  # all in one minute
    ana = joins(workshop, "Ana")
    assert no_waiting == [0]
    guess(code_guesses.FREE + 7)
    no_waiting.clear()
    code = joining.give_code(seat_of(ana), ngozi, lost=False)
    Client().get(f"/join/{workshop.join_code}/")
    Client().post("/join/", {"code": workshop.join_code, "name": ""})
    Client().post("/join/", {"seat_code": code})
    joins(workshop, "Ben")
    assert no_waiting == [code_guesses.LONGEST] * 4


def test_who_has_no_code_to_guess_never_waits(workshop, no_waiting, monkeypatch):
    ana = joins(workshop, "Ana")
    monkeypatch.setattr(code_guesses, "FREE", 0)
    guess(30)
    no_waiting.clear()
    ana.get("/join/")
    ana.post("/join/", {"code": workshop.join_code, "again": "1"})
    assert no_waiting == [0, 0]


def test_when_very_many_guess_at_once_they_are_sent_away_and_who_knows_the_code_gets_in(workshop, monkeypatch):
    monkeypatch.setattr(code_guesses, "_places", guess_delay.Places(0))
    monkeypatch.setattr(code_guesses, "seconds", lambda _code: 1.0)
    assert Client().post("/join/", {"code": "wrong", "name": "Guess"}).status_code == 429
    joins(workshop, "Ana")


def test_a_seat_becomes_an_account_with_all_that_was_done(workshop, item, ngozi):
    ana = joins(workshop, "Ana")
    user = seat_of(ana).user
    had = LabSession.objects.create(learner=user, lab="first-light", lab_version="0")
    page = ana.post(f"/workshops/{workshop.pk}/mine/keep", {"username": "ngozi", "password": "password"})
    assert page.status_code == 422
    ana.post(f"/workshops/{workshop.pk}/mine/keep", {"username": "ana", "password": "a wide lagoon"})
    assert "Seat 1" in ana.get(f"/workshops/{workshop.pk}/mine").content.decode()
    home = Client()
    home.post("/accounts/login/", {"login": "ana", "password": "a wide lagoon"})
    assert int(home.session["_auth_user_id"]) == user.pk
    assert had.learner == user
    # the workshop's device opens an account no more: it has a password now
    ana.logout()
    page = ana.get(f"/join/{workshop.join_code}/").content.decode()
    assert "keeps the seat" not in page
    assert joining.redeem(joining.give_code(seat_of(home), ngozi, lost=False)) is None


def test_who_has_an_account_joins_with_it_once(workshop, ada, ada_client):
    joins(workshop, "", ada_client)
    joins(workshop, "", ada_client)
    seat = workshop.places.get()
    assert (seat.user, seat.name, seat.is_guest) == (ada, "Ada Lovelace", False)
    assert COOKIE not in ada_client.cookies
    assert not seat.devices.exists()


def test_a_name_on_the_roster_waits_for_its_trainee(workshop, ngozi_client):
    rows = "name,partner,seat\nAna Leota,,4\n'=1+1,Ben,\n"
    assert bring(ngozi_client, workshop, rows).status_code == 302
    assert [(seat.number, seat.name) for seat in workshop.places.all()] == [(1, "=1+1"), (4, "Ana Leota")]
    assert seat_of(joins(workshop, "ana leota")).number == 4
    assert seat_of(joins(workshop, "Ana Leota")).number == 2  # the first came first
    taken = ngozi_client.get(f"/workshops/{workshop.pk}/seats.csv").content.decode()
    assert "1,'=1+1,Ben," in taken
    again = bring(ngozi_client, workshop, "seat,name\n4,Somebody else\n")
    assert "Line 2: somebody sits at seat 4 already." in again.content.decode()
    ngozi_client.post(f"/workshops/{workshop.pk}/seats/1/remove")
    assert ngozi_client.post(f"/workshops/{workshop.pk}/seats/4/remove").status_code == 404
    assert workshop.places.count() == 2


def bring(client, workshop, text):
    from django.core.files.uploadedfile import SimpleUploadedFile

    data = text if isinstance(text, bytes) else text.encode()
    return client.post(f"/workshops/{workshop.pk}/seats.csv", {"file": SimpleUploadedFile("seats.csv", data)})


def test_a_list_that_went_out_comes_back_when_people_sit_there(workshop, ngozi_client):
    bring(ngozi_client, workshop, "name,partner\nAna,Ben\nCai,\n=1+1,\n")
    joins(workshop, "Ana")
    joins(workshop, "Late")
    out = ngozi_client.get(f"/workshops/{workshop.pk}/seats.csv").content
    was = [(seat.number, seat.names, seat.user_id) for seat in workshop.places.all()]
    assert bring(ngozi_client, workshop, out.replace(b"Cai", b"Caius")).status_code == 302
    was[1] = (2, "Caius", None)
    assert [(seat.number, seat.names, seat.user_id) for seat in workshop.places.all()] == was
    page = bring(ngozi_client, workshop, out.replace(b"Late", b"Somebody else"))
    assert "Line 5: somebody sits at seat 4 already." in page.content.decode()


def test_a_list_of_names_that_comes_twice_makes_no_seat_twice(workshop, ngozi_client):
    names = "name\nAna\nBen\nAna\n"
    bring(ngozi_client, workshop, names)
    joins(workshop, "ana")
    again = ngozi_client.get(bring(ngozi_client, workshop, names).url).content.decode()
    assert "Nothing has changed" in again
    bring(ngozi_client, workshop, names + "Dao\n")
    assert [seat.name for seat in workshop.places.all()] == ["Ana", "Ben", "Ana", "Dao"]
    bring(ngozi_client, workshop, "name,partner\nBen,Eti\n")
    assert workshop.places.get(number=2).names == "Ben & Eti"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name\nAna\n\n,x\n" + "n" * 101, ["Line 5: a name is longer", "Line 4: it has no name"]),
        (
            "seat;name\n9;Ana\n2;Ben\n2;Cai\n",
            ["Line 2: “9” is no seat of 1 to 5", "Line 4: seat 2 is in the file twice"],
        ),
        ("\n".join("abcdef"), ["Line 6: there are more names than seats (5)"]),
        (b"Ana\n\xff\xfe", ["Line 2: this is not UTF-8"]),
        ("", ["There is no name in the file"]),
        ("name\n" + '"' + "x" * 200_000, ["larger than 100 KB"]),
    ],
)
def test_a_roster_with_mistakes_is_kept_in_no_part_and_says_the_lines(workshop, ngozi_client, text, said):
    page = bring(ngozi_client, workshop, text)
    assert page.status_code == 422
    for sentence in said:
        assert sentence in page.content.decode()
    assert not workshop.places.exists()


def test_a_helper_reads_the_roster_and_does_not_change_it(workshop, clients):
    assert clients["helper"].get(f"/workshops/{workshop.pk}/seats.csv").status_code == 200
    assert bring(clients["helper"], workshop, "name\nAna\n").status_code == 403
    assert bring(clients["other"], workshop, "name\nAna\n").status_code == 404


def test_the_slide_has_the_code_the_address_and_a_square(workshop, clients, settings):
    settings.LAN_URL = "http://192.0.2.7:8000"
    page = clients["helper"].get(f"/workshops/{workshop.pk}/slide").content.decode()
    assert workshop.code_shown in page
    assert "http://192.0.2.7:8000/join/" in page
    assert "<svg viewBox" in page
    assert clients["stranger"].get(f"/workshops/{workshop.pk}/slide").status_code == 404


def test_seats_do_not_become_fewer_than_people(workshop, ngozi_client):
    joins(workshop, "Ana")
    joins(workshop, "Ben")
    days = {"first_day": workshop.first_day, "last_day": workshop.last_day, "time_zone": "UTC", "language": "en"}
    facts = {"title": "Moana NOG 6", "seats": "1", "pass_percent": "70", **days}
    assert "Seat 2 is taken." in ngozi_client.post(f"/workshops/{workshop.pk}/edit", facts).content.decode()


def test_no_trainee_opens_the_seat_of_another_workshop_or_the_page_of_a_neighbour(workshop, other, linus_client):
    ana = joins(workshop, "Ana")
    assert ana.get(f"/workshops/{other.pk}/mine").status_code == 404
    assert linus_client.get(f"/workshops/{workshop.pk}/mine").status_code == 404
    for page in ("", "seats", "slide", "seats.csv", "edit"):
        assert ana.get(f"/workshops/{workshop.pk}/{page}").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_an_attempt_counts_as_supervised_by_where_it_is_made_not_where_the_lab_was_started(
    workshop, item, ada, queue, engine
):
    is_in_the_room(seat_of(joins(workshop, "", signed_in(ada))))
    session = services.request_session(ada, "first-light")
    queue()

    def supervised_by():
        services.request_check(session)
        queue()
        return Attempt.objects.first().supervised_by

    assert supervised_by() == "Moana NOG 6"
    workshop.agenda.update(to_at=timezone.now() - timedelta(hours=1))  # in her room, in the evening
    assert supervised_by() == ""


def supervises(workshop, user, lab="first-light"):
    return joining.event_of(user.pk, lab, timezone.now()) == workshop.title


def test_nobody_is_supervised_but_in_an_open_session_at_one_of_its_labs(workshop, item, ada, linus):
    is_in_the_room(seat_of(joins(workshop, "", signed_in(ada))))
    now = timezone.now()
    assert supervises(workshop, ada)
    assert not supervises(workshop, ada, "second-wind")
    assert not supervises(workshop, linus)
    workshop.agenda.update(opened_at=None)
    assert not supervises(workshop, ada)
    workshop.agenda.update(opened_at=now, to_at=now - timedelta(minutes=59))  # sessions run late
    assert supervises(workshop, ada)
    workshop.agenda.update(to_at=now - timedelta(minutes=61))
    assert not supervises(workshop, ada)
    workshop.agenda.update(to_at=now + timedelta(hours=1))
    Workshop.objects.update(closed_at=timezone.now())
    assert supervises(workshop, ada)  # the close asks for the last checks
    Workshop.objects.update(settled_at=timezone.now())
    assert not supervises(workshop, ada)


def test_what_a_workshop_holds_about_ada_is_in_her_file_and_goes_with_her(workshop, ada, ada_client):
    joins(workshop, "", ada_client)
    ada_client.post(f"/workshops/{workshop.pk}/mine/hand", {"text": "Why?"})
    told = Taken(ada_client).json("workshops")["seats"]
    assert told[0]["workshop"] == "Moana NOG 6"
    assert len(told[0]["days"]) == 1
    assert told[0]["asked"][0]["text"] == "Why?"
    ada.delete()
    assert not workshop.places.exists()

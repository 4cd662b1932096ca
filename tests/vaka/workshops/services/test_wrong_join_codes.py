"""Guessing codes is slow, and the time of an answer tells nothing."""

import pytest
from django.test import Client

from tests.vaka.workshops.conftest import joins, seat_of
from vaka.accounts import readable_codes
from vaka.web import guess_delay
from vaka.web.request_origin import networks
from vaka.workshops.services import devices, wrong_join_codes


def guess(times, **more):
    guesser = Client()
    for n in range(times):
        guesser.post("/join/", {"code": readable_codes.draw(), "name": "Guess"}, REMOTE_ADDR=f"192.0.2.{n}", **more)


def test_wrong_codes_delay_answers_more_and_more_from_any_address(workshop, waits, monkeypatch):
    monkeypatch.setattr(wrong_join_codes, "FREE", 3)
    monkeypatch.setattr(wrong_join_codes, "STEP", 1.0)
    guess(wrong_join_codes.FREE + 7)
    assert waits[: wrong_join_codes.FREE] == [0] * wrong_join_codes.FREE
    assert waits[wrong_join_codes.FREE :] == sorted(waits[wrong_join_codes.FREE :])
    assert waits[-1] == wrong_join_codes.LONGEST
    waits.clear()
    Client().post("/join/", {"seat_code": readable_codes.draw()})
    Client().get(f"/join/{readable_codes.draw()}/")
    assert waits == [wrong_join_codes.LONGEST] * 2


def test_a_right_code_is_delayed_as_long_as_a_wrong_one(workshop, ngozi, waits, monkeypatch):
    monkeypatch.setattr(wrong_join_codes, "FREE", 3)
    monkeypatch.setattr(wrong_join_codes, "STEP", 1.0)
    ana = joins(workshop, "Ana")
    assert waits == [0]
    guess(wrong_join_codes.FREE + 7)
    waits.clear()
    code = devices.make_seat_code(seat_of(ana), ngozi, lost=False)
    Client().get(f"/join/{workshop.join_code}/")
    Client().post("/join/", {"code": workshop.join_code, "name": ""})
    Client().post("/join/", {"seat_code": code})
    joins(workshop, "Ben")
    assert waits == [wrong_join_codes.LONGEST] * 4


def test_requests_without_a_code_are_not_delayed(workshop, waits, monkeypatch):
    ana = joins(workshop, "Ana")
    monkeypatch.setattr(wrong_join_codes, "FREE", 0)
    guess(30)
    waits.clear()
    ana.get("/join/")
    ana.post("/join/", {"code": workshop.join_code, "return": "1"})
    assert waits == []


def test_a_code_waits_before_it_is_checked(workshop, ngozi, monkeypatch):
    class Left(Exception):
        """The client has disconnected."""

    def leave(seconds):
        raise Left

    monkeypatch.setattr(wrong_join_codes, "FREE", 0)
    monkeypatch.setattr(guess_delay, "wait", leave)
    browser = Client()
    with pytest.raises(Left):
        joins(workshop, "Ana", browser)
    assert not workshop.seats.exists()
    assert not browser.session.keys()


def test_one_line_cannot_take_all_places(all_wait_at_once, monkeypatch):
    monkeypatch.setattr(wrong_join_codes, "FREE", 0)
    has_place = [wrong_join_codes.wait(networks(f"2001:db8:7:{n:x}::1")) for n in range(60)]
    assert has_place.count(True) == wrong_join_codes.FROM[1]


def test_too_many_guesses_at_once_are_refused_and_the_right_code_still_works(workshop, monkeypatch):
    monkeypatch.setattr(wrong_join_codes, "waiting", guess_delay.Places(0))
    monkeypatch.setattr(wrong_join_codes, "seconds", lambda: 1.0)
    assert Client().post("/join/", {"code": "wrong", "name": "Guess"}).status_code == 429
    joins(workshop, "Ana")

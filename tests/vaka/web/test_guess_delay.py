"""Counting wrong guesses, the delay that grows with them, and the places of requests that wait."""

import asyncio

import pytest

from vaka.web import guess_delay
from vaka.web.guess_delay import Places, Slowdown, TooMany, Waiting

WINDOW = 3600  # seconds


def test_wrong_guesses_are_forgotten_gradually(monkeypatch):
    now = 10 * WINDOW
    monkeypatch.setattr(guess_delay, "time", type("Clock", (), {"time": staticmethod(lambda: now)}))
    guess_delay.count("password:1", WINDOW, add=40)
    seen = []
    for _ in range(9):
        seen.append(round(guess_delay.count("password:1", WINDOW)))
        now += WINDOW / 4
    assert seen == [40, 40, 40, 40, 40, 30, 20, 10, 0]


def test_attempts_are_counted_by_key_and_can_be_forgotten():
    guess_delay.count("code:1", WINDOW, add=2)
    guess_delay.count("code:2", WINDOW, add=1)
    assert (round(guess_delay.count("code:1", WINDOW)), round(guess_delay.count("code:2", WINDOW))) == (2, 1)
    guess_delay.forget("code:1", WINDOW)
    assert (guess_delay.count("code:1", WINDOW), round(guess_delay.count("code:2", WINDOW))) == (0, 1)


@pytest.mark.parametrize(("wrong", "seconds"), [(0, 0), (5, 0), (6, 0.5), (9, 2), (100, 4)])
def test_the_delay_grows_after_the_free_attempts_up_to_its_limit(wrong, seconds):
    assert Slowdown(window=WINDOW, free=5, step=0.5, longest=4).seconds(wrong) == seconds


def test_a_key_has_only_so_many_places_and_all_keys_together_too():
    places = Places(3)
    first = places.take({"account": 1, "network": 2})
    with pytest.raises(TooMany):
        places.take({"account": 1})
    places.take({"network": 2})
    with pytest.raises(TooMany):
        places.take({"network": 2})
    places.take({})
    with pytest.raises(TooMany):
        places.take({})
    first.give_back()
    places.take({"account": 1})


def test_a_place_is_given_back_once():
    places = Places(2)
    place = places.take({"account": 2})
    places.take({"account": 2})
    place.give_back()
    place.give_back()
    assert places.taken == 1


def test_a_request_waits_for_the_longest_of_its_delays_and_frees_its_places_at_the_end():
    places, waiting = Places(5), Waiting()

    def answer():
        with waiting.held():
            waiting.add(2.0, places.take({}))
            waiting.add(1.0, places.take({}))
            assert (waiting.seconds, places.taken) == (2.0, 2)
            raise ConnectionError

    with pytest.raises(ConnectionError):
        answer()
    assert places.taken == 0


def test_a_place_that_comes_after_the_client_has_gone_is_freed_at_once():
    places, waiting = Places(5), Waiting()
    with waiting.held():
        pass
    waiting.add(2.0, places.take({}))
    assert places.taken == 0


def test_without_a_delay_nobody_waits(monkeypatch):
    async def sleep(seconds):
        raise AssertionError(seconds)

    monkeypatch.setattr(guess_delay.asyncio, "sleep", sleep)
    asyncio.run(guess_delay.wait(0))

"""Counting wrong guesses, the delay that grows with them, and the places of requests that wait."""

import asyncio
from types import SimpleNamespace

import pytest
from asgiref.sync import ThreadSensitiveContext, sync_to_async

from vaka.web import guess_delay
from vaka.web.guess_delay import Places, Slowdown, TooMany

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


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(now=0.0, time=lambda: 0.0, monotonic=lambda: clock.now)
    monkeypatch.setattr(guess_delay, "time", clock)
    return clock


def test_a_key_has_only_so_many_places_and_all_keys_together_too(clock):
    places = Places(3)
    places.take({"account": 1, "network": 2}, 5)
    with pytest.raises(TooMany):
        places.take({"account": 1}, 5)
    places.take({"network": 2}, 9)
    with pytest.raises(TooMany):
        places.take({"network": 2}, 9)
    places.take({}, 9)
    with pytest.raises(TooMany):
        places.take({}, 9)
    clock.now = 5
    places.take({"account": 1}, 9)


def test_a_place_is_taken_until_its_delay_is_over(clock):
    places = Places(5)
    for seconds in (20, 2, 7):
        places.take({"account": 3}, seconds)
    taken = []
    for clock.now in (0, 1.9, 2, 7, 19.9, 20):  # the loop sets the clock
        taken.append(places.taken)
    assert taken == [3, 3, 2, 1, 1, 0]


def test_a_guess_without_a_place_does_not_wait_and_is_told_so(monkeypatch):
    waited = []
    monkeypatch.setattr(guess_delay, "wait", waited.append)
    places = Places(1)
    assert guess_delay.wait_in(places, {}, 0.0)
    assert guess_delay.wait_in(places, {}, 3.0)
    assert not guess_delay.wait_in(places, {}, 3.0)
    assert waited == [0.0, 3.0]


def test_a_wait_that_is_cancelled_ends_the_view_in_its_thread():
    checked = []

    def view():
        guess_delay.wait(30)
        checked.append("a password")

    async def play():
        async with ThreadSensitiveContext():
            request = asyncio.create_task(sync_to_async(view)())
            await asyncio.sleep(0.2)
            request.cancel()
            await asyncio.wait([request])
            return request.cancelled()

    assert asyncio.run(play())
    assert checked == []


def test_without_a_delay_nobody_waits(monkeypatch):
    async def sleep(seconds):
        raise AssertionError(seconds)

    monkeypatch.setattr(guess_delay.asyncio, "sleep", sleep)
    guess_delay.wait(0)

"""Requests in parallel: a fast answer does not wait for a slow one, and an error reaches the thread that waits."""

import threading

import pytest

from labs.engine.grading.parallel_requests import ParallelRequests


def never(seconds):
    raise AssertionError("nobody sleeps while a request is under way")


def test_a_fast_answer_comes_before_a_slow_one():
    release = threading.Event()
    with ParallelRequests(never, threads=True) as requests:
        requests.send("slow", lambda: release.wait(10))
        requests.send("fast", lambda: 1)
        assert requests.ended(10) == [("fast", 1)]
        assert requests.under_way == 1
        release.set()
        assert requests.ended(10) == [("slow", True)]
    assert requests.under_way == 0


def test_what_a_request_raises_is_raised_where_answers_are_taken():
    def fails():
        raise ValueError("no")

    with ParallelRequests(never, threads=True) as requests:
        requests.send("a", fails)
        with pytest.raises(ValueError, match="no"):
            requests.ended(10)
        assert requests.under_way == 0


def test_without_an_answer_the_time_is_waited_for():
    release, slept = threading.Event(), []
    with ParallelRequests(slept.append, threads=True) as requests:
        assert requests.ended(7.0) == []
        requests.send("slow", lambda: release.wait(10))
        assert requests.ended(0.01) == []
        release.set()
    assert slept == [7.0]


def test_without_threads_each_request_is_made_at_once():
    made, slept = [], []
    with ParallelRequests(slept.append, threads=False) as requests:
        requests.send("a", lambda: made.append("a"))
        assert made == ["a"]
        assert requests.ended(1.0) == [("a", None)]
        assert requests.ended(1.0) == []
    assert slept == [1.0]


def test_nobody_waits_for_what_is_still_under_way():
    release = threading.Event()
    with ParallelRequests(never, threads=True) as requests:
        requests.send("slow", lambda: release.wait(10))
    assert requests.under_way == 1
    release.set()

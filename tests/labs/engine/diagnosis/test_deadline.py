"""A diagnosis ends in time, and what was not answered by then is not known."""

import threading

import pytest

from labs.engine.diagnosis import deadline, diagnosis, path, slaac
from labs.engine.diagnosis.deadline import LATE, SECONDS, Deadline
from tests.labs.engine.diagnosis.networks import STOPPED, answers, search, way_answers

ASKS = [{"ask": "ip"}, {"ask": "nft"}]


class Clock:
    """A clock that stands, unless it is moved."""

    def __init__(self):
        self.at = 100.0

    def __call__(self):
        return self.at


def test_a_diagnosis_may_take_less_than_two_seconds():
    assert SECONDS < 2.0


def test_answers_that_come_in_time_are_given_on():
    assert Deadline(5).answers(ASKS, lambda asks: [ask["ask"] for ask in asks]) == ["ip", "nft"]


def test_a_request_without_an_answer_is_left_behind_at_the_deadline():
    hangs = threading.Event()
    try:
        assert Deadline(0.05).answers(ASKS, lambda asks: hangs.wait(30) and asks) == [LATE, LATE]
    finally:
        hangs.set()


def test_nothing_is_asked_after_the_deadline():
    clock = Clock()
    late = Deadline(2.0, clock)
    clock.at += 2.0
    assert late.answers(ASKS, lambda asks: pytest.fail("asked")) == [LATE, LATE]


def test_what_a_request_raises_is_raised():
    def fails(_asks):
        raise ValueError("no lab")

    with pytest.raises(ValueError, match="no lab"):
        Deadline(5).answers(ASKS, fails)


def test_no_capture_begins_that_would_not_end_in_time():
    clock, asked = Clock(), []

    def slowly(asks):
        asked.extend(ask["ask"] for ask in asks)
        clock.at += 1.0
        return way_answers(dict(STOPPED))(asks)

    [found] = diagnosis.run([search("way", "ping")], slowly, Deadline(1.7, clock))
    assert "capture" not in asked
    assert found.name == ""
    assert "No capture was possible at h1:eth0." in str(found.text)


def test_a_daemon_that_hangs_makes_nothing_else_late_and_leaves_time(monkeypatch):
    """Everything was late, and the page said that the lab did not answer."""
    hangs = threading.Event()
    asks = [
        {"ask": "vty", "node": "r1", "daemon": "bgpd"},
        {"ask": "ip", "node": "r1"},
        {"ask": "vty", "node": "r2", "daemon": "bgpd"},
    ]

    def ask_all(some):
        if some[0] == asks[0]:
            hangs.wait(30)
        return [ask["ask"] for ask in some]

    monkeypatch.setattr(deadline, "PATIENCE", 0.1)
    until = Deadline(10)
    try:
        assert until.answers(asks, ask_all) == [LATE, "ip", "vty"]
        assert until.left > 5
    finally:
        hangs.set()


def test_a_router_is_listened_to_for_less_time_than_a_diagnosis_has():
    assert slaac.LISTENS + path.CAPTURE_SECONDS < SECONDS


def test_no_router_is_listened_to_that_would_not_be_heard_in_time():
    clock, asked = Clock(), []

    def listens():
        received = yield {("h1", "ra"): {"ask": "ra", "node": "h1", "interface": "eth0", "seconds": slaac.LISTENS}}
        return received[("h1", "ra")]

    def ask_all(asks):
        asked.extend(ask["ask"] for ask in asks)
        return [{"ok": True} for _ask in asks]

    late = Deadline(SECONDS, clock)
    clock.at += SECONDS - slaac.LISTENS + 0.1
    assert diagnosis.run([listens()], ask_all, late) == [LATE]
    assert asked == []
    assert diagnosis.run([listens()], ask_all, Deadline(SECONDS, clock)) == [{"ok": True}]


def test_a_lab_that_answers_too_late_is_reported_with_what_was_asked_and_what_to_do():
    """The page said that the lab did not answer within 2 seconds: not who, not why, and another number than was true."""
    clock = Clock()

    def too_slowly(asks):
        clock.at = 104.4
        return [LATE for _ask in asks]

    [found] = diagnosis.run([search("pair", "ospf")], too_slowly, Deadline(4.25, clock))
    assert found.name == ""
    assert [str(text) for text in found.observed] == [
        "No node answered within 4.4 seconds when we asked for the state of its daemons. The lab or this server is busy.",
        "Check again in a moment.",
    ]


def test_a_node_that_answers_too_late_is_named_with_what_was_asked_there():
    clock = Clock()

    def without_r2(asks):
        clock.at = 100.6
        return [LATE if ask["node"] == "r2" else answer for ask, answer in zip(asks, answers()(asks), strict=True)]

    [found] = diagnosis.run([search("pair", "ospf")], without_r2, Deadline(100, clock))
    assert [str(text) for text in found.observed] == [
        "r2 did not answer within 0.6 seconds when we asked for the state of its daemons.",
        "Check again in a moment. If r2 is late again, run top in a terminal to find the cause, or reset the node.",
    ]


def test_a_diagnosis_that_ends_too_late_with_all_its_answers_blames_no_node():
    clock = Clock()

    def silent():
        yield {("r1", "links"): {"ask": "links", "node": "r1"}}
        clock.at += 9.0

    [found] = diagnosis.run([silent()], lambda asks: [{"ok": True} for _ask in asks], Deadline(1.7, clock))
    assert "The diagnosis was not ready after 1.7 seconds, because this server is busy." in str(found.text)


def test_a_diagnosis_that_ends_in_time_does_not_speak_of_time():
    [found] = diagnosis.run([search("pair", "ospf")], answers())
    assert found is None or "seconds" not in str(found.text)


def test_what_several_searches_ask_is_asked_once():
    """Eight failed checks near one router read its state together."""
    asked, received = [], []

    def search(name):
        received.append((yield {(name, "links"): {"ask": "links", "node": name}}))
        return None

    def ask_all(asks):
        asked.extend(asks)
        return [{"ok": True, "node": ask["node"]} for ask in asks]

    diagnosis.run([search("r1"), search("r1"), search("r2")], ask_all)
    assert [ask["node"] for ask in asked] == ["r1", "r2"]
    assert [next(iter(answers.values()))["node"] for answers in received] == ["r1", "r1", "r2"]

"""Many asks in one request: each is sent once, and a failure of the engine is an answer."""

import pytest

from labs.engine import cpu_budget
from labs.engine.errors import LabGone, TooMuch
from labs.engine.grading.answers import answers_to

PING, SYSCTL = {"ask": "ping", "node": "r1", "to": "2001:db8::1"}, {"ask": "sysctl", "node": "r1", "key": "net.x"}


class Asked:
    def __init__(self, error=None):
        self.requests, self.error = [], error

    def ask(self, asks, *, seconds=10):
        self.requests.append(list(asks))
        if self.error:
            raise self.error
        return [{"ok": True, "to": ask["ask"]} for ask in asks]


def test_an_ask_that_several_checks_share_is_sent_once_and_answered_to_each():
    asked = Asked()
    assert [answer["to"] for answer in answers_to(asked, [SYSCTL, PING, dict(SYSCTL)])] == ["sysctl", "ping", "sysctl"]
    assert [len(request) for request in asked.requests] == [2]


def test_the_slowest_ask_is_sent_first():
    asked = Asked()
    answers_to(asked, [SYSCTL, PING])
    assert asked.requests == [[PING, SYSCTL]]


def test_without_asks_nothing_is_sent():
    asked = Asked()
    assert (answers_to(asked, []), asked.requests) == ([], [])


def test_a_failure_of_the_engine_is_the_answer_to_every_ask():
    answers = answers_to(Asked(LabGone("The lab is gone.")), [SYSCTL, PING])
    assert answers == [{"ok": False, "kind": "unreachable", "error": "The lab is gone."}] * 2


def test_a_lab_that_has_used_up_its_budget_is_not_asked(monkeypatch):
    monkeypatch.setattr(cpu_budget, "over", lambda: TooMuch("r1", 2.0, 60.0))
    asked = Asked()
    [answer] = answers_to(asked, [SYSCTL])
    assert (answer["ok"], asked.requests) == (False, [])


@pytest.mark.parametrize("sent", [0, 1])
def test_an_answer_that_is_missing_is_none(monkeypatch, sent):
    asked = Asked()
    monkeypatch.setattr(asked, "ask", lambda asks, seconds: [{"ok": True}] * sent)
    assert answers_to(asked, [SYSCTL, PING]).count(None) == 2 - sent

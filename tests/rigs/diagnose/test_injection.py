"""The injection of faults when a lab does not answer."""

import pytest

from labs.engine.errors import LabGone, TookTooLong
from labs.engine.faults import PlacedFault
from rigs.diagnose import injection
from rigs.diagnose.frr_pair import frr_pair

NETWORK = frr_pair()


def late(times, error):
    """A lab that does not answer so many times, and then works."""
    left = [error] * times

    def ask(*_asks):
        if left:
            raise left.pop()
        return "well"

    return ask


def test_a_question_that_was_not_answered_in_time_is_asked_once_more(monkeypatch):
    monkeypatch.setattr(injection.time, "sleep", lambda _seconds: None)
    assert injection.retried(late(1, TookTooLong("late"))) == "well"
    with pytest.raises(TookTooLong):
        injection.retried(late(2, TookTooLong("late")))


def test_a_lab_that_never_answers_is_the_result_of_that_fault_and_the_run_goes_on(monkeypatch):
    monkeypatch.setattr(injection.time, "sleep", lambda _seconds: None)
    placed = PlacedFault("ospf-hello", "ospf-timers", "r2", "eth0", (), ())

    class Gone:
        ask = staticmethod(late(9, LabGone("The lab is gone.")))

    one = injection.inject_one(Gone(), NETWORK.lab, NETWORK.goals["ospf"], (placed,))
    assert (one.is_right, one.named, one.report) == (False, "?", "The lab is gone.")

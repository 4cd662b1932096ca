"""Checks that change the network for a moment: what must be so before, what is put back, and what the next one waits for."""

import json

import pytest

from labs.engine.checks import Outcome
from labs.engine.definition.spec import Check
from labs.engine.errors import EngineError
from labs.engine.grading.grading import grade
from tests.labs.engine.grading.test_grading import FakeLab, failover, is_snapshot, lab, outcomes, sysctl

PASSED, FAILED, UNKNOWN = Outcome.PASSED, Outcome.FAILED, Outcome.UNKNOWN


def test_a_link_is_taken_down_checked_and_restored_in_reverse_order():
    fake = FakeLab()
    [verdict] = grade(lab((failover(hold=1),)), fake, attempt=True, clock=fake.clock)
    assert verdict.outcome is PASSED
    assert fake.done == [("r1:eth0", False), ("r1:eth1", False), ("r1:eth1", "undone"), ("r1:eth0", "undone")]
    assert verdict.evidence["recovered_after"] == 2.0


def test_a_failover_that_takes_too_long_fails():
    fake = FakeLab()
    fake.recovers = 60
    assert outcomes(lab((failover(),)), fake) == {"failover": FAILED}
    assert fake.done[-1] == ("r1:eth0", "undone")


class Busy(FakeLab):
    """A slow server: each change and each answer is 40 seconds late."""

    def ask(self, asks, *, seconds=10):
        answers = super().ask(asks, seconds=seconds)
        self.now += 0 if is_snapshot(asks) else 40
        return answers

    def do(self, action):
        super().do(action)
        if not action.get("undo"):
            self.now += 40
            self.down_at = self.now


@pytest.mark.parametrize(("recovers", "outcome"), [(4.5, PASSED), (5.5, FAILED), (20, FAILED)])
def test_on_a_slow_server_the_time_ends_when_a_packet_was_sent_that_has_a_reply(recovers, outcome):
    """Question after question, each answered after 40 seconds, said that 20 seconds are less than 5."""
    fake = Busy()
    fake.recovers = recovers
    [verdict] = grade(lab((failover(),)), fake, attempt=True, clock=fake.clock)
    assert verdict.outcome is outcome
    if outcome is PASSED:
        assert verdict.evidence["recovered_after"] == recovers


def test_a_question_that_got_lost_is_asked_again_in_the_time_that_is_left():
    class Loses(FakeLab):
        lost = 1

        def answer(self, ask):
            if ask.get("until") and self.lost:
                self.lost -= 1
                return {"ok": False, "kind": "timeout", "error": "late"}
            return super().answer(ask)

    fake = Loses()
    [verdict] = grade(lab((failover(),)), fake, attempt=True, clock=fake.clock)
    assert (verdict.outcome, verdict.evidence["recovered_after"]) == (PASSED, 2.0)
    fake = Loses()
    fake.lost = 99
    assert outcomes(lab((failover(),)), fake) == {"failover": UNKNOWN}


class Cache(FakeLab):
    """A router of which a ROA says that its route is invalid, some seconds after the ROA has changed."""

    stolen_at = None

    def answer(self, ask):
        follows = self.stolen_at is not None and self.now - self.stolen_at >= self.recovers
        return self.path("invalid" if follows else "valid")

    def path(self, state):
        path = {"valid": True, "aspath": {"string": "65002 65003"}, "rpkiValidationState": state}
        return {"ok": True, "outputs": [json.dumps({"prefix": "2001:db8:b::/48", "paths": [path]})]}

    def do(self, action):
        self.done.append((action["roas"], "undone" if action.get("undo") else action["origin_as"]))
        self.stolen_at = None if action.get("undo") else self.now


class SlowToForget(Cache):
    """Its router needs some time, too, until it has heard that the ROA is as before."""

    undone_at = -9.0

    def answer(self, ask):
        still = self.now - self.undone_at < self.recovers
        return super().answer(ask) if not still else self.path("invalid")

    def do(self, action):
        super().do(action)
        if action.get("undo"):
            self.undone_at = self.now


@pytest.mark.parametrize(("takes", "outcome"), [(3, PASSED), (60, FAILED)])
def test_a_route_is_judged_after_its_roa_has_changed_and_the_roa_is_restored(takes, outcome):
    expect = {"prefix": "2001:db8:b::/48", "origin_as": 65003, "state": "invalid"}
    do = ({"roas": "cache:/vrps.json", "prefix": "2001:db8:b::/48", "origin_as": 65000},)
    check = Check(id="f", type="rpki.revalidation", title="It follows", on=("r1",), expect=expect, do=do, within=5)
    cache = Cache()
    cache.recovers = takes
    assert outcomes(lab((check,)), cache) == {"f": outcome}
    assert cache.done == [("cache:/vrps.json", 65000), ("cache:/vrps.json", "undone")]


def test_a_second_attempt_waits_for_the_network_to_recover_from_the_first():
    expect = {"prefix": "2001:db8:b::/48", "origin_as": 65003, "state": "invalid"}
    do = ({"roas": "cache:/vrps.json", "prefix": "2001:db8:b::/48", "origin_as": 65000},)
    check = Check(id="f", type="rpki.revalidation", title="It follows", on=("r1",), expect=expect, do=do, within=5)
    cache = SlowToForget()
    assert [outcomes(lab((check,)), cache) for _press in range(3)] == [{"f": PASSED}] * 3


def test_nothing_is_changed_if_the_path_does_not_work_before():
    fake = FakeLab()
    fake.down_at, fake.recovers = 0.0, 60
    [verdict] = grade(lab((failover(),)), fake, attempt=True, clock=fake.clock)
    assert (verdict.outcome, fake.done) == (FAILED, [])
    assert "before the change" in str(verdict.cause)


def test_a_change_is_undone_after_any_error():
    class Breaks(FakeLab):
        error = EngineError("no")

        def do(self, action):
            super().do(action)
            if not action.get("undo") and action["link"] == "r1:eth1":
                raise self.error

    fake = Breaks()
    assert outcomes(lab((failover(),)), fake) == {"failover": UNKNOWN}
    assert fake.done[2:] == [("r1:eth1", "undone"), ("r1:eth0", "undone")]
    fake = Breaks()
    fake.error = KeyError("a bug of ours")
    with pytest.raises(KeyError):
        outcomes(lab((failover(),)), fake)
    assert fake.done[2:] == [("r1:eth1", "undone"), ("r1:eth0", "undone")]


def test_an_undo_is_tried_twice_and_a_second_failure_is_reported():
    class Stuck(FakeLab):
        times = 1

        def do(self, action):
            if action.get("undo") and self.times:
                self.times -= 1
                raise EngineError("busy")
            super().do(action)

    fake = Stuck()
    [verdict] = grade(lab((failover(),)), fake, attempt=True, clock=fake.clock)
    assert (verdict.outcome, "not_undone" in verdict.evidence) == (PASSED, False)
    fake = Stuck()
    fake.times = 9
    [verdict] = grade(lab((failover(),)), fake, attempt=True, clock=fake.clock)
    assert verdict.evidence["not_undone"] is True


def pull_and_ping(**rest):
    """A check of a type that says nothing of how things must be before its cable is pulled."""
    do = ({"link": "r1:eth0", "up": False},)
    expect = {"to": "2001:db8::1"}
    return Check(id="pull", type="ping", title="It answers", on=("r1",), expect=expect, do=do, within=5, **rest)


class Slow(FakeLab):
    """It takes some seconds after a cable is in again until packets find their way."""

    def do(self, action):
        super().do(action)
        self.down_at = self.now


@pytest.mark.parametrize("first", [pull_and_ping, lambda: failover(id="pull")])
def test_a_second_change_waits_until_the_network_has_recovered_from_the_first(first):
    fake = Slow()
    assert outcomes(lab((first(), failover())), fake) == {"pull": PASSED, "failover": PASSED}
    fake = Slow()
    assert outcomes(lab((failover(), pull_and_ping())), fake) == {"failover": PASSED, "pull": PASSED}


def test_a_network_that_does_not_recover_from_the_first_change_is_not_changed_again():
    fake = Slow()
    fake.recovers = 60
    assert outcomes(lab((pull_and_ping(), failover())), fake) == {"pull": FAILED, "failover": FAILED}
    assert len(fake.done) == 2
    assert fake.now == 11.0  # a second to see that routing has converged, and five for each check


def test_after_a_change_that_cannot_be_undone_no_other_change_is_made():
    class Stuck(FakeLab):
        def do(self, action):
            if action.get("undo"):
                raise EngineError("busy")
            super().do(action)

    fake = Stuck()
    checks = (failover(), pull_and_ping(), sysctl("a"))
    verdicts = grade(lab(checks), fake, attempt=True, clock=fake.clock)
    assert [v.outcome for v in verdicts] == [PASSED, UNKNOWN, FAILED]
    assert "could not be undone" in str(verdicts[1].seen)
    assert len(fake.done) == 2


@pytest.mark.parametrize(("broken", "outcome"), [(2, PASSED), (6, PASSED), (99, UNKNOWN)])
def test_the_condition_before_a_change_is_checked_until_its_time_limit(broken, outcome):
    fake = FakeLab()
    fake.broken = broken
    assert outcomes(lab((failover(),)), fake) == {"failover": outcome}
    assert bool(fake.done) is (outcome is PASSED)


def test_failed_checks_are_explained_before_a_stimulus_disturbs_the_network():
    """Afterwards the network recovers, and other causes show."""
    network = FakeLab()
    order, ask, do = [], network.ask, network.do
    network.ask = lambda asks, **more: (
        order.extend("look" for one in asks if "route" in one.get("args", ())) or ask(asks, **more)
    )
    network.do = lambda action: order.append("undo" if action.get("undo") else "do") or do(action)
    missing = Check(id="link", type="link.state", title="Up", on=("r1",), expect={"interface": "eth0", "up": True})
    grade(lab((missing, failover())), network, attempt=True, clock=network.clock)
    assert "look" in order
    assert order.index("look") < order.index("do")


def test_the_commands_of_a_stimulus_are_undone_when_the_lab_does_not_answer_in_between():
    class Leaking(FakeLab):
        def do(self, action):
            self.done.append((action["run"], bool(action.get("undo"))))
            self.broken = 0 if action.get("undo") else 1

    run = {"run": "north", "commands": ["touch /x"], "restore": ["rm /x"]}
    network = Leaking()
    assert outcomes(lab((sysctl("a", do=(run, {**run, "commands": ["touch /y"]}), within=3),)), network) == {
        "a": FAILED
    }
    assert network.done == [("north", False), ("north", False), ("north", True)]

"""A running lab is graded: which checks are made when, what counts, and that changes are undone."""

from dataclasses import replace
from pathlib import Path

import pytest

from labs.engine.checks import Outcome
from labs.engine.definition.spec import Check, Interface, Kind, Lab, Level, Limits, Link, Node, Stage
from labs.engine.diagnosis import diagnosis
from labs.engine.diagnosis.causes import Cause, cause, not_known
from labs.engine.errors import LabGone
from labs.engine.grading.graded_lab import Clock
from labs.engine.grading.grading import grade, score
from labs.engine.shared.cable import Cable
from labs.engine.translatable_text import Text

PASSED, FAILED, UNKNOWN, WAITING = Outcome.PASSED, Outcome.FAILED, Outcome.UNKNOWN, Outcome.WAITING


def sysctl(name, key=None, **rest):
    """A check that passes while the fake lab's value of ``key`` is 1."""
    expect = {"key": f"net.{key or name}", "value": 1}
    rest = {"title": f"{name} is on", **rest}
    return Check(id=name, type="sysctl.value", on=("r1",), expect=expect, **rest)


def failover(id="failover", **rest):
    do = ({"link": "r1:eth0", "up": False}, {"link": "r1:eth1", "up": False})
    return Check(
        id=id,
        type="path.failover",
        title="It recovers",
        on=("r1",),
        expect={"to": "2001:db8::1"},
        do=do,
        within=5,
        **rest,
    )


def lab(*stages):
    return Lab(
        id="x", title="X", summary="x", level=Level.BEGINNER, minutes=5, nodes={"r1": Node(name="r1", kind=Kind.FRR)}, links=(),
        stages=tuple(Stage(id=f"s{i}", title="S", checks=checks) for i, checks in enumerate(stages)),
        limits=Limits(), requires=(), folder=Path("/none"), version="0",
    )  # fmt: skip


def is_snapshot(asks):
    """Tell whether a request is a snapshot of the whole network, and not one for checks."""
    return any(ask["ask"] == "processes" for ask in asks)


class FakeLab:
    """A lab in which values change when their time comes. Time passes only while grading sleeps."""

    def __init__(self, **since):
        self.since = {f"net.{key}": when for key, when in since.items()}  # key: from when it is 1; or (from, until)
        self.now = 0.0
        self.rounds = []
        self.done = []
        self.broken = 0
        self.recovers = 2.0
        self.down_at = None
        self.plugged = {}

    @property
    def clock(self):
        return Clock(lambda: self.now, self.sleep, threads=False)

    def sleep(self, seconds):
        self.now += seconds

    def ask(self, asks, *, seconds=10):
        if is_snapshot(asks):
            return self.snapshot(asks)
        self.rounds.append(list(asks))
        if self.broken:
            self.broken -= 1
            raise LabGone("The lab is gone.")
        return [self.answer(ask) for ask in asks]

    def snapshot(self, asks):
        """The answers for a snapshot of the network (``network_convergence``): most tests are about networks that answer none."""
        return []

    def answer(self, ask):
        if ask.get("until"):
            return self.recovery(ask["until"])
        if ask["ask"] == "ping":
            works = self.down_at is None or self.now - self.down_at >= self.recovers
            return {"ok": True, "sent": 2, "received": 2 if works else 0, "errors": []}
        begin, end = self.since.get(ask.get("key"), (9e9, 0)), 9e9
        if isinstance(begin, tuple):
            begin, end = begin
        return {"ok": True, "value": "1" if begin <= self.now < end else "0"}

    def recovery(self, until):
        """One question that lasts until the network has recovered, or the time is over."""
        after = max(0.0, (self.down_at or 0.0) + self.recovers - self.now)
        self.now += min(after, until)
        found = {"ok": True, "sent": 9, "errors": []}
        if after > until:
            return {**found, "received": 0, "after": None, "before": until}
        return {**found, "received": 1, "after": after, "before": after - 0.1}

    def cables(self, *, seconds):
        if isinstance(self.plugged, Exception):
            raise self.plugged
        return self.plugged

    def do(self, action):
        self.done.append((action["link"], "undone" if action.get("undo") else action["up"]))
        self.down_at = None if action.get("undo") else self.now


def outcomes(lab_, fake, *, attempt=True, **rest):
    return {v.check: v.outcome for v in grade(lab_, fake, attempt=attempt, clock=fake.clock, **rest)}


def test_all_checks_are_made_in_one_request_and_a_shared_ask_is_sent_once():
    fake = FakeLab(a=0, b=0)
    found = outcomes(lab((sysctl("a"), sysctl("again", "a")), (sysctl("b"),)), fake)
    assert found == {"a": PASSED, "again": PASSED, "b": PASSED}
    assert [len(asks) for asks in fake.rounds] == [2]


def test_only_checks_that_have_not_passed_are_repeated_until_their_time_limit():
    fake = FakeLab(a=0, b=1.2)
    assert outcomes(lab((sysctl("a", within=5), sysctl("b", within=5), sysctl("c"))), fake) == {
        "a": PASSED,
        "b": PASSED,
        "c": FAILED,
    }
    assert [[ask["key"] for ask in asks] for asks in fake.rounds] == [
        ["net.a", "net.b", "net.c"],
        ["net.b"],
        ["net.b"],
        ["net.b"],
    ]
    late = FakeLab(b=9)
    assert outcomes(lab((sysctl("b", within=2),)), late) == {"b": FAILED}
    assert late.now == 2.0


def test_live_checks_do_not_wait_and_do_not_disturb():
    fake = FakeLab(a=1)
    found = grade(lab((sysctl("a", within=5, hold=2), failover())), fake, attempt=False, clock=fake.clock)
    assert [v.outcome for v in found] == [FAILED, WAITING]
    assert "when you ask for a check" in str(found[1].seen)
    assert (fake.now, fake.done) == (0.0, [])


def test_a_check_must_keep_passing_for_its_hold():
    steady, shaky = FakeLab(a=0), FakeLab(a=(0, 1.0))
    assert outcomes(lab((sysctl("a", hold=2),)), steady) == {"a": PASSED}
    assert steady.now == 2.0
    [verdict] = grade(lab((sysctl("a", hold=2),)), shaky, attempt=True, clock=shaky.clock)
    assert (verdict.outcome, str(verdict.seen)) == (FAILED, "It was true, but not for 2 seconds")


def test_a_check_that_passed_for_a_moment_may_pass_again_before_its_time_limit():
    """As after a cable was cut: the first packets still find their way, then none do, and then all by the other side."""
    flips = FakeLab(a=0)
    flips.answer = lambda ask: {"ok": True, "value": "0" if 0.5 <= flips.now < 2.0 else "1"}
    assert outcomes(lab((sysctl("a", within=4, hold=1),)), flips) == {"a": PASSED}
    fake, works = FakeLab(), FakeLab.answer
    fake.recovers = 1.5

    def stumbles(ask):
        fresh = fake.down_at is not None and fake.now - fake.down_at < 0.5 and not ask.get("until")
        return {"ok": True, "sent": 2, "received": 2, "errors": []} if fresh else works(fake, ask)

    fake.answer = stumbles
    assert outcomes(lab((failover(hold=1),)), fake) == {"failover": PASSED}


def test_a_check_that_keeps_breaking_fails_at_its_time_limit():
    flaps = FakeLab()
    flaps.answer = lambda ask: {"ok": True, "value": "1" if int(flaps.now) % 2 else "0"}
    [verdict] = grade(lab((sysctl("a", within=6, hold=2),)), flaps, attempt=True, clock=flaps.clock)
    assert (verdict.outcome, str(verdict.seen)) == (FAILED, "It was true, but not for 2 seconds")
    assert flaps.now >= 6


def test_a_check_waits_for_its_needs_and_its_time_begins_when_they_pass():
    checks = (sysctl("b", needs=("a",), within=2), sysctl("a", within=4))
    assert outcomes(lab(checks), FakeLab(a=3, b=4.5)) == {"b": PASSED, "a": PASSED}
    fake = FakeLab(b=0)
    verdicts = grade(lab(checks), fake, attempt=True, clock=fake.clock)
    assert {v.check: v.outcome for v in verdicts} == {"b": WAITING, "a": FAILED}
    assert str(verdicts[0].seen) == "Waits until this check has passed: a is on"
    assert verdicts[0].points == 0


class SlowLab(FakeLab):
    """Each round ends with its slowest question, three seconds after it began; values are read when it begins."""

    def ask(self, asks, *, seconds=10):
        answers = super().ask(asks, seconds=seconds)
        self.now += 0 if is_snapshot(asks) else 3
        return answers


def test_a_slow_question_of_another_check_uses_up_no_time_limit():
    assert outcomes(lab((sysctl("a", within=2),)), SlowLab(a=1)) == {"a": PASSED}
    late = SlowLab(a=9)
    assert outcomes(lab((sysctl("a", within=2),)), late) == {"a": FAILED}
    assert len(late.rounds) == 2


def test_what_was_asked_before_its_need_had_passed_is_asked_again():
    fake = SlowLab(b=1)
    fake.since["net.a"] = 0
    assert outcomes(lab((sysctl("b", needs=("a",)), sysctl("a"))), fake) == {"b": PASSED, "a": PASSED}
    assert outcomes(lab((sysctl("b", needs=("a",)), sysctl("a"))), SlowLab(a=0, b=99)) == {"b": FAILED, "a": PASSED}


def test_an_engine_that_fails_twice_is_asked_a_third_time():
    fake = FakeLab(a=0)
    fake.broken = 2
    assert outcomes(lab((sysctl("a"),)), fake) == {"a": PASSED}
    gone = FakeLab(a=0)
    gone.broken = 99
    [verdict] = grade(lab((sysctl("a", points=10),)), gone, attempt=True, clock=gone.clock)
    assert (verdict.outcome, verdict.points, len(gone.rounds)) == (UNKNOWN, 0, 3)
    assert "The lab is gone." in str(verdict.seen)


def test_an_unknown_is_asked_again_until_its_time_limit():
    fake = FakeLab(a=0)
    fake.broken = 8
    assert outcomes(lab((sysctl("a", within=5),)), fake) == {"a": PASSED}
    assert fake.now == 4.0
    gone = FakeLab(a=0)
    gone.broken = 99
    assert outcomes(lab((sysctl("a", within=5),)), gone) == {"a": UNKNOWN}
    assert gone.now == 5.0


def test_live_checks_ask_an_unknown_again_twice_whatever_its_time_limit():
    gone = FakeLab(a=0)
    gone.broken = 99
    assert outcomes(lab((sysctl("a", within=5),)), gone, attempt=False) == {"a": UNKNOWN}
    assert len(gone.rounds) == 3


def test_unknown_points_are_counted_apart_and_cost_nothing():
    fake = FakeLab(a=0)
    fake.answer = lambda ask: (
        {"ok": True, "value": "1"} if ask["key"] == "net.a" else {"ok": False, "kind": "timeout", "error": "late"}
    )
    verdicts = grade(lab((sysctl("a", points=30), sysctl("b", points=10))), fake, attempt=True, clock=fake.clock)
    total = score(verdicts)
    assert (total.points, total.out_of, total.unknown) == (30, 40, 10)


def test_a_stage_is_graded_with_its_needs_and_reported_alone():
    fake, told = FakeLab(a=0, b=0), []
    stages = lab((sysctl("a"), sysctl("other")), (sysctl("b", needs=("a",)),))
    found = grade(stages, fake, attempt=True, stages=["s1"], on_verdict=told.append, clock=fake.clock)
    assert [v.check for v in found] == ["b"] == [v.check for v in told]
    assert {ask["key"] for ask in fake.rounds[0]} == {"net.a", "net.b"}


def test_the_authors_cause_comes_before_the_types_own():
    fake = FakeLab()
    own, other = grade(lab((sysctl("a", cause="You forgot."), sysctl("b"))), fake, attempt=True, clock=fake.clock)
    assert str(own.cause) == "You forgot."
    assert "sysctl -w" in str(other.cause)
    assert (own.command, str(own.expected), own.node) == ("sysctl net.a", "net.a = 1", "r1")


MD5 = Text("Only north has a password.")
NOT_KNOWN = Text("I do not know the cause.")


@pytest.mark.parametrize(
    ("found", "read"),
    [
        (Cause("bgp-password", MD5), "Only north has a password."),
        (Cause("", NOT_KNOWN), "You forgot."),
        (Cause("", Text("It goes by r1."), adds=True), "You forgot. Observed in this network: It goes by r1."),
        (not_known([Text("It goes by r1.")]), "You forgot. Observed in this network: It goes by r1."),
        (None, "You forgot."),
    ],
)
def test_a_named_cause_comes_before_the_authors_and_an_observation_does_not(found, read, monkeypatch):
    def search_further(*_asked):
        yield {}
        return found

    monkeypatch.setattr(diagnosis, "search", search_further)
    fake = FakeLab()
    [verdict] = grade(lab((sysctl("a", cause="You forgot."),)), fake, attempt=True, clock=fake.clock)
    assert str(verdict.cause) == read


LATE = replace(not_known([Text("No node answered.")]), is_late=True)


def graded_late(fake, monkeypatch, check=None, *, attempt, network=None, **more):
    """The verdict on a check whose diagnosis got no answer in time."""

    def search_further(*_asked):
        yield {}
        return LATE

    monkeypatch.setattr(diagnosis, "search", search_further)
    check = check or sysctl("a")
    [verdict] = grade(network or lab((check,)), fake, attempt=attempt, clock=fake.clock, **more)
    return verdict


def test_a_live_check_whose_diagnosis_was_late_says_nothing_of_the_cause(monkeypatch):
    """So the cause that was found before stays, and it is diagnosed again."""
    verdict = graded_late(FakeLab(), monkeypatch, attempt=False, explains=lambda _verdict: True)
    assert not verdict.further
    assert "sysctl -w" in str(verdict.cause)


def test_an_attempt_whose_diagnosis_was_late_keeps_the_checks_own_cause(monkeypatch):
    verdict = graded_late(FakeLab(), monkeypatch, attempt=True)
    assert not verdict.further  # so a cause that was found before stays
    assert "sysctl -w" in str(verdict.cause)
    assert str(verdict.cause).endswith("Observed in this network: No node answered.")


def neighbours():
    """Two routers on one link, of which a check wants that they are OSPF neighbours."""
    nodes = {name: Node(name=name, kind=Kind.FRR, daemons=("ospf6d",)) for name in ("r1", "r2")}
    ends = [Interface(node=name, name="eth0") for name in nodes]
    check = Check(id="a", type="ospf6.neighbor", title="A", on=("r1",), expect={"interface": "eth0"})
    return replace(lab((check,)), nodes=nodes, links=(Link(a=ends[0], b=ends[1]),))


@pytest.mark.parametrize("attempt", [True, False])
def test_a_cable_that_the_site_has_pulled_is_the_cause_though_no_node_answers(monkeypatch, attempt):
    fake = FakeLab()
    fake.answer = lambda ask: {"ok": True, "outputs": ['{"neighbors": []}']}
    fake.plugged = {"r1:eth0": Cable(up=False)}
    verdict = graded_late(fake, monkeypatch, attempt=attempt, network=neighbours(), explains=lambda _verdict: True)
    assert (verdict.outcome, verdict.further) == (FAILED, True)
    assert str(verdict.cause).startswith("r1:eth0 has no carrier: its cable is disconnected.")
    fake.plugged = {"r1:eth0": Cable(delay=9)}
    verdict = graded_late(fake, monkeypatch, attempt=attempt, network=neighbours(), explains=lambda _verdict: True)
    assert "cable" not in str(verdict.cause)


def graded_with(cable, monkeypatch, found, **more):
    """The verdict on two neighbours whose cable is changed on the page, where the diagnosis has found this."""

    def search_further(*_asked):
        yield {}
        return found

    monkeypatch.setattr(diagnosis, "search", search_further)
    fake = FakeLab()
    fake.answer = lambda ask: {"ok": True, "outputs": ['{"neighbors": []}']}
    fake.plugged = {"r1:eth0": cable}
    [verdict] = grade(neighbours(), fake, clock=fake.clock, **more)
    return verdict


LIVE = {"attempt": False, "explains": lambda _verdict: True}


@pytest.mark.parametrize("how", [{"attempt": True}, LIVE])
@pytest.mark.parametrize("found", [None, not_known([Text("Nothing left r1:eth0.")])])
def test_a_cable_that_the_site_has_made_worse_is_the_cause_where_no_other_is_found(monkeypatch, how, found):
    """Regression: the loss of a cable was read as a packet filter of the learner's router."""
    verdict = graded_with(Cable(loss=100), monkeypatch, found, **how)
    assert "The cable r1:eth0 – r2:eth0 is changed on the page of the lab: 100 % loss." in str(verdict.cause)
    assert verdict.further


def test_a_cause_that_was_found_comes_before_a_cable_that_is_worse(monkeypatch):
    found = cause("ospf-not-on", end="r1:eth0")
    assert str(graded_with(Cable(delay=9), monkeypatch, found, attempt=True).cause) == str(found.text)


def test_if_the_lab_does_not_tell_its_cables_none_is_the_cause(monkeypatch):
    fake = FakeLab()
    fake.answer = lambda ask: {"ok": True, "outputs": ['{"neighbors": []}']}
    fake.plugged = LabGone("The lab is gone.")
    verdict = graded_late(fake, monkeypatch, attempt=True, network=neighbours())
    assert "No node answered." in str(verdict.cause)


def test_a_check_fails_if_its_control_fails():
    checks = lab((sysctl("said", control=("seen",)), sysctl("seen", title="The neighbour sees it")))
    alone = FakeLab(said=0)
    [said, seen] = grade(checks, alone, attempt=True, clock=alone.clock)
    assert (said.outcome, seen.outcome) == (FAILED, FAILED)
    assert (
        str(said.seen)
        == "This check counts only if its control, another check, passes too. The control has failed: The neighbour sees it"
    )
    both = FakeLab(said=0, seen=0)
    assert [v.outcome for v in grade(checks, both, attempt=True, clock=both.clock)] == [PASSED, PASSED]


def late(*keys):
    """A lab in which all is on, and that does not say so of these in time."""
    network, works = FakeLab(), FakeLab.answer

    def answer(ask):
        slow = ask["key"].removeprefix("net.") in keys
        return {"ok": False, "kind": "timeout", "error": "late"} if slow else works(network, ask)

    network.since = dict.fromkeys(("net.a", "net.b", "net.c", "net.d"), 0)
    network.answer = answer
    return network


def test_a_check_that_was_not_judged_because_of_its_control_has_no_cause():
    checks = lab((sysctl("said", control=("seen",), cause="You forgot."), sysctl("seen")))
    alone = FakeLab(said=0)
    [said, _seen] = grade(checks, alone, attempt=True, clock=alone.clock)
    assert (said.outcome, said.cause) == (FAILED, None)


@pytest.mark.parametrize("how", ["needs", "control"])
def test_a_check_that_needs_an_unknown_one_costs_nothing(how):
    checks = lab((sysctl("b", points=10, **{how: ("a",)}), sysctl("a", points=20)))
    network = late("a")
    verdicts = grade(checks, network, attempt=True, clock=network.clock)
    assert [v.outcome for v in verdicts] == [UNKNOWN, UNKNOWN]
    assert score(verdicts).unknown == 30
    assert str(verdicts[0].seen) == "This check needs another one, which could not be made: a is on"
    assert verdicts[0].command == ""


def test_in_live_checks_a_check_that_needs_an_unknown_one_is_unknown():
    checks = lab((sysctl("b", needs=("a",)), sysctl("a")))
    assert outcomes(checks, late("a"), attempt=False) == {"b": UNKNOWN, "a": UNKNOWN}


def test_a_chain_of_needs_behind_an_unknown_check_costs_nothing():
    checks = lab((sysctl("c", control=("b",)), sysctl("b", needs=("a",)), sysctl("a")), (sysctl("d", needs=("c",)),))
    assert outcomes(checks, late("a")) == {"c": UNKNOWN, "b": UNKNOWN, "a": UNKNOWN, "d": UNKNOWN}


def test_a_failed_need_comes_before_an_unknown_one():
    network = late("a")
    network.since["net.b"] = 9e9
    checks = (sysctl("a"), sysctl("b"), sysctl("c", needs=("a", "b")), sysctl("d", control=("a", "b")))
    assert outcomes(lab(checks), network) == {"a": UNKNOWN, "b": FAILED, "c": WAITING, "d": FAILED}


def test_a_hidden_unknown_check_is_not_named():
    network = late("a")
    checks = lab((sysctl("a", title="The secret", show="never"), sysctl("b", needs=("a",))))
    [_secret, after] = grade(checks, network, attempt=True, clock=network.clock)
    assert after.outcome is UNKNOWN
    assert "secret" not in str(after.seen)


def test_a_hidden_check_is_not_named_by_the_check_that_waits_for_it():
    checks = lab(
        (sysctl("secret", show="never"), sysctl("after", needs=("secret",)), sysctl("said", control=("secret",)))
    )
    network = FakeLab(after=0, said=0)
    _secret, after, said = grade(checks, network, attempt=True, clock=network.clock)
    assert "secret" not in f"{after.seen} {said.seen}"
    assert (after.outcome, said.outcome) == (WAITING, FAILED)


class HalfOfThePings(FakeLab):
    def answer(self, ask):
        if ask["ask"] != "ping":
            return {"ok": False, "kind": "timeout", "error": "late"}
        return {"ok": True, "sent": 2, "received": 2 if ask["dst"].endswith("1") else 0, "errors": [], "local": False}


@pytest.mark.parametrize(("partial", "points"), [(True, 5), (False, 0)])
def test_a_partial_check_gives_its_share_of_the_points(partial, points):
    expect = {"to": ["2001:db8::1", "2001:db8::2"]}
    reach = Check(id="reach", type="reach.matrix", title="All", on=("r1",), expect=expect, points=10, partial=partial)
    half = HalfOfThePings()
    [verdict] = grade(lab((reach,)), half, attempt=True, clock=half.clock)
    assert (verdict.outcome, verdict.points) == (FAILED, points)
    assert str(verdict.seen) == "Not reached: r1 → 2001:db8::2"


def test_live_checks_send_no_disturbing_packets():
    expect = {"to": "r1", "address": "2001:db8::1", "source": "2001:db8:bad::1"}
    spoof = Check(id="spoof", type="sav.spoof_blocked", title="No spoofing", on=("r1",), expect=expect)
    network = FakeLab()
    [verdict] = grade(lab((spoof,)), network, attempt=False, clock=network.clock)
    assert verdict.outcome is WAITING
    assert network.rounds == []

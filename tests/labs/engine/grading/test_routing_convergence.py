"""The absence of something is judged when the network has converged."""

import json
from dataclasses import replace

from labs.engine.checks import Outcome
from labs.engine.definition.spec import Check, Interface, Kind, Link, Node
from labs.engine.errors import LabGone
from labs.engine.grading.grading import grade
from tests.labs.engine.grading.test_grading import FakeLab, lab

PASSED, FAILED = Outcome.PASSED, Outcome.FAILED
ADDRESSES = {"r1": "2001:db8::1", "r2": "2001:db8::2"}
LEAK = "2001:db8:bad::/48"


def two_routers(*checks):
    nodes = {name: Node(name=name, kind=Kind.FRR, daemons=("bgpd",)) for name in ADDRESSES}
    ends = [Interface(node=name, name="eth0", addresses=(f"{address}/64",)) for name, address in ADDRESSES.items()]
    return replace(lab(checks), nodes=nodes, links=(Link(a=ends[0], b=ends[1]),))


class Converging(FakeLab):
    """Two routers whose session comes up after some seconds; then the leaked route arrives."""

    def __init__(self, up_at, *, leaks=True, peers=True):
        super().__init__()
        self.up_at, self.leaks, self.peers = up_at, leaks, peers

    def answer(self, ask):
        if ask["ask"] == "ip":
            return {"ok": True, "json": []}
        if ask["ask"] != "vty":
            return {"ok": False, "kind": "timeout"}
        up = self.now >= self.up_at
        if "summary" in ask["commands"][0]:
            other = ADDRESSES["r2" if ask["node"] == "r1" else "r1"]
            peer = {"state": "Established" if up else "Active", "pfxRcd": int(up)}
            return {"ok": True, "outputs": [json.dumps({"peers": {other: peer} if self.peers else {}})]}
        there = up and self.leaks and self.now >= self.up_at + 0.4
        return {"ok": True, "outputs": [json.dumps({"prefix": LEAK, "paths": [{"valid": True}]} if there else {})]}


def absent(**more):
    return Check(id="no", type="bgp.route", title="No", on=("r1",), expect={"prefix": LEAK, "present": False}, **more)


def graded(network, **more):
    [verdict] = grade(two_routers(absent(**more)), network, attempt=True, clock=network.clock)
    return verdict.outcome


def test_a_route_that_is_still_on_its_way_does_not_count_as_absent():
    assert graded(Converging(up_at=4)) is FAILED


def test_a_route_that_never_comes_is_absent_as_soon_as_routing_has_converged():
    network = Converging(up_at=4, leaks=False)
    assert graded(network) is PASSED
    assert 5 <= network.now < 7


def test_a_converged_network_costs_about_a_second():
    network = Converging(up_at=-9, leaks=False)
    assert graded(network) is PASSED
    assert network.now <= 2


def test_a_network_that_never_converges_is_judged_all_the_same():
    network = Converging(up_at=9e9)
    assert graded(network) is PASSED
    assert network.now <= 12


def test_live_checks_report_the_present_state():
    network = Converging(up_at=4)
    [verdict] = grade(two_routers(absent()), network, attempt=False, clock=network.clock)
    assert (verdict.outcome, network.now) == (PASSED, 0.0)


class LeakingOnDemand(Converging):
    """The session is up; the leak comes some seconds after the change of the check."""

    changed_at = None

    def do(self, action):
        self.changed_at = None if action.get("undo") else self.now
        self.up_at = -9 if action.get("undo") else self.now + 3

    def answer(self, ask):
        before = self.changed_at is None and "summary" not in str(ask) and ask["ask"] != "ip"
        return {"ok": True, "outputs": ["{}"]} if before else super().answer(ask)


def test_after_a_change_absence_waits_for_convergence_again():
    network = LeakingOnDemand(up_at=-9)
    assert graded(network, do=({"link": "r1:eth0", "rate": 100},), within=8) is FAILED


class Disturbed(Converging):
    """It notes when its cable was pulled."""

    pulled_at = None

    def do(self, action):
        self.pulled_at = self.now if self.pulled_at is None else self.pulled_at


def test_a_change_waits_until_routing_has_converged_on_what_was_typed_before_it():
    """Otherwise the loss that it measures is not that of the change."""
    network = Disturbed(up_at=4, leaks=False)
    graded(network, do=({"link": "r1:eth0", "up": False},), within=8)
    assert network.pulled_at >= 5


def test_answers_of_any_kind_do_not_raise():
    class Liar(FakeLab):
        def answer(self, ask):
            return {"ok": True, "outputs": [json.dumps({"peers": []})], "json": "x"}

    assert graded(Liar()) is PASSED

    class Gone(FakeLab):
        def ask(self, asks, *, seconds=10):
            if "summary" in str(asks):
                raise LabGone("The lab is gone.")
            return [{"ok": True, "outputs": ["{}"]} for _ask in asks]

    assert graded(Gone()) is PASSED

"""A pooled lab waits until its configured protocols are up, and a lab with a mistake does not wait for ever."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from labs.engine.definition.ad_hoc import ad_hoc_lab, link
from labs.engine.definition.spec import Check, Kind, Node, Stage
from labs.engine.runtime import convergence

SEEN = Path(__file__).parents[3] / "fixtures"
PEERS = (SEEN / "bird-2.17-protocols-all.txt").read_text()
OSPF = (SEEN / "bird-2.17-ospf-interface.txt").read_text(), (SEEN / "bird-2.17-ospf-neighbors.txt").read_text()


@pytest.fixture
def lab():
    """r1, which is FRR, and b1, which is BIRD, on one cable."""
    r1 = Node(name="r1", kind=Kind.FRR, daemons=("bgpd", "ospf6d"))
    nodes = [r1, Node(name="b1", kind=Kind.BIRD), Node(name="h1", kind=Kind.HOST)]
    return ad_hoc_lab("two", nodes, [link("r1:eth0", "b1:eth1", ["2001:db8:0:1::1/64"], ["2001:db8:0:1::2/64"])])


class Asked:
    """Answers as the two routers would. ``later`` changes the answers, one step each time all nodes are asked."""

    def __init__(self, *later):
        self.vty = {
            "bgpd": [(SEEN / "frr-10.3-bgp-summary.json").read_text()],
            "ospf6d": [(SEEN / f"frr-10.3-ospf6-{what}.json").read_text() for what in ("interface", "neighbor")],
        }
        self.bird = PEERS.replace("2001:db8:1::2", "2001:db8:0:1::1"), *OSPF
        self.routes, self.later, self.times = ["2001:db8::/48"], list(later), 0

    def ask(self, asks, *, seconds=10):
        self.times += 1
        if self.later:
            self.later.pop(0)(self)
        birds = iter(self.bird)
        return [self.answer(ask, birds) for ask in asks]

    def answer(self, ask, birds):
        if ask["ask"] == "vty":
            return {"ok": True, "outputs": self.vty[ask["daemon"]]}
        if ask["ask"] == "bird":
            return {"ok": True, "output": next(birds)}
        return {"ok": True, "json": [{"dst": dst} for dst in self.routes]}


def with_bgp(state):
    def change(asked):
        asked.vty["bgpd"] = [asked.vty["bgpd"][0].replace("Established", state).replace("Active", state)]

    return change


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(convergence, "EVERY", 0.0)


def test_a_lab_has_converged_when_all_is_up_and_nothing_changes(lab):
    asked = Asked()
    assert convergence.wait(lab, asked, seconds=5) == []
    assert asked.times == convergence.EQUAL


def test_a_bgp_session_configured_at_both_ends_is_waited_for(lab):
    asked = Asked(with_bgp("Active"), lambda asked: None, with_bgp("Established"))
    assert convergence.wait(lab, asked, seconds=5) == []
    assert asked.times == 2 + convergence.EQUAL


def test_a_bgp_session_configured_at_one_end_only_is_not_waited_for(lab):
    asked = Asked(with_bgp("Active"))
    asked.bird = "", *OSPF
    assert convergence.wait(lab, asked, seconds=5) == []


def test_the_wait_for_a_session_that_never_comes_up_has_a_limit(lab):
    assert convergence.wait(lab, Asked(with_bgp("Idle")), seconds=0) == ["BGP of r1 with 2001:db8:0:1::2"]


def test_an_ospf_neighbour_that_is_not_full_or_waits_for_the_election_is_waited_for(lab):
    asked = Asked()
    asked.vty["ospf6d"][1] = json.dumps({"neighbors": [{"state": "ExStart", "interfaceName": "eth0"}]})
    assert convergence.wait(lab, asked, seconds=0) == ["OSPF of r1 on eth0"]
    asked = Asked()
    asked.vty["ospf6d"][0] = asked.vty["ospf6d"][0].replace(
        '"ospf6InterfaceState":"PointToPoint"', '"ospf6InterfaceState":"Waiting"'
    )
    assert convergence.wait(lab, asked, seconds=0) == ["OSPF of r1 on eth0"]
    asked = Asked()
    asked.bird = asked.bird[0], OSPF[0], ""
    assert convergence.wait(lab, asked, seconds=0) == ["OSPF of b1 on eth1"]


def test_an_ospf_interface_alone_on_its_link_is_not_waited_for(lab):
    asked = Asked()
    asked.vty["ospf6d"] = ["{}", "{}"]
    asked.bird = asked.bird[0], OSPF[0], ""
    assert convergence.wait(lab, asked, seconds=5) == []


def test_routes_that_change_are_waited_for(lab):
    def changes(asked):
        asked.routes = [*asked.routes, f"2001:db8:{asked.times}::/48"]

    asked = Asked(changes, changes, changes, changes)
    assert convergence.wait(lab, asked, seconds=5) == []
    assert asked.times == 3 + convergence.EQUAL


@pytest.mark.parametrize("said", ["", "[]", "{", '{"a": {"peers": {}}}', '{"neighbors": []}', '{"eth0": 1}'])
def test_nonsense_from_a_daemon_counts_as_nothing(lab, said):
    asked = Asked()
    asked.vty, asked.bird = {"bgpd": [said], "ospf6d": [said, said]}, (said, said, said)
    assert convergence.wait(lab, asked, seconds=5) == []


@pytest.mark.parametrize(("within", "seconds"), [(0, 10), (5, 10), (45, 45)])
def test_before_grading_a_lab_has_the_time_of_its_largest_within_to_converge(lab, monkeypatch, within, seconds):
    def wait(lab, asker, *, seconds):
        return [f"{seconds:g}"]

    monkeypatch.setattr(convergence, "wait", wait)
    checks = [
        Check(id=name, type="ping", title=name, on=("h1",), expect={}, within=float(longest))
        for name, longest in (("a", within), ("b", 0))
    ]
    lab = replace(lab, stages=(Stage(id="only", title="Only", checks=tuple(checks)),))
    assert convergence.wait_before_grading(lab, None) == [f"{seconds}"]

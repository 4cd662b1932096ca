"""Faults that are put into real networks are named by their causes, and others are not named; `make diagnose` has all."""

import threading

import pytest

from labs.engine.definition.spec import Check, Stage
from labs.engine.diagnosis import deadline
from labs.engine.grading.grading import grade
from labs.engine.runtime.runner import type_solution
from labs.registry.versions import newest
from rigs.diagnose.frr_pair import frr_pair
from rigs.diagnose.injection import inject_into
from rigs.diagnose.networks import all_networks
from tests.live.conftest import make_lab

pytestmark = pytest.mark.live


@pytest.fixture(autouse=True)
def _time_enough(monkeypatch):
    """Other work on this server changes no named cause. Other tests show that a diagnosis ends in time."""
    monkeypatch.setattr(deadline, "SECONDS", 20.0)
    monkeypatch.setattr(deadline, "PATIENCE", 5.0)


def test_faults_of_each_network_are_named_by_their_causes(runner):
    told = []
    lock = threading.Lock()

    def tell(one):
        with lock:
            told.append(one.key)

    results = inject_into(runner, [one.sample(5) for one in all_networks()], tell)
    wrong = [(one.key, one.named, one.report) for one in results if not one.is_right]
    assert wrong == []
    assert sorted(told) == sorted(one.key for one in results)
    assert len(results) >= 20


def test_an_attempt_names_the_cause_and_an_ungraded_check_does_not_ask_for_it(runner, shell_on):
    one = frr_pair()
    goal = one.goals["slaac"]
    check = Check(id="address", type=goal.type, title="An address", on=(goal.node,), expect=goal.expect, within=10)
    lab = make_lab(one.lab.nodes.values(), one.lab.links, stages=(Stage(id="all", title="All", checks=(check,)),))
    with runner.running(lab) as session:
        shell_on(session, "h1").type(
            "sysctl -qw net.ipv6.conf.eth0.accept_ra=0; ip -6 addr flush dev eth0 scope global"
        )
        [attempted] = grade(lab, session, attempt=True)
        [looked] = grade(lab, session, attempt=False)
    assert str(attempted.cause).startswith(
        "h1 does not accept router advertisements on eth0: accept_ra is 0, but it should be 1"
    )
    assert "To see it, on h1:" in str(attempted.cause)
    assert str(looked.cause) != str(attempted.cause)


def test_a_password_in_a_lab_of_ours_is_named_though_its_author_wrote_a_likely_cause(runner, shell_on):
    lab = newest("first-ebgp", 2)
    with runner.running(lab) as session:
        type_solution(session, lab, ["sessions"])
        sessions = {"stages": ["sessions"], "checks": ["session-north", "session-south"]}
        assert [v.outcome for v in grade(lab, session, attempt=True, **sessions)] == ["passed", "passed"]
        at_north = next(end for end in lab.interfaces("north") if end.name == "eth1").addresses[0].split("/")[0]
        own, wrong = lab.parameters["me"], f"neighbor {at_north} password wrong"
        shell_on(session, "r1").type(f"vtysh -c 'configure terminal' -c 'router bgp {own}' -c '{wrong}'")
        north, south = grade(lab, session, attempt=True, **sessions)
    assert (north.outcome, south.outcome) == ("failed", "passed")
    assert str(north.cause).startswith("Only r1 has a password for the session")


def test_the_wrong_prefix_of_an_address_plan_is_named_and_an_ungraded_check_speaks_of_no_router(runner, shell_on):
    """Regression: in the lab about it, the cause of this mistake was not known, and an ungraded check named routers on the path."""
    lab = newest("address-plan", 2)
    homes = next(check for check in lab.checks() if check.id == "homes").expect["to"]
    wrong = homes.replace("12::1", "18::1")
    with runner.running(lab) as session:
        shell_on(session, "r1").type(f"ip -6 address add {wrong}/64 dev eth0")
        attempted = {verdict.check: verdict for verdict in grade(lab, session, attempt=True, checks=["homes"])}
        looked = {verdict.check: verdict for verdict in grade(lab, session, attempt=False, checks=["homes"])}
    assert str(attempted["homes"].cause).startswith(f"r1:eth0 has the address {wrong}/64. home, on the same link, has")
    assert "Both ends share a link" in str(looked["homes"].cause)


def test_a_cable_with_loss_is_the_cause_and_not_the_rule_that_makes_it(runner):
    """Regression: the site's own rule was read as a packet filter on r1."""
    lab = newest("slaac-two-routers", 2)
    with runner.running(lab) as session:
        type_solution(session, lab, ["advertise"])
        assert {str(one.outcome) for one in grade(lab, session, attempt=True, stages=["advertise"])} == {"passed"}
        session.do({"link": "r1:eth0", "lasting": True, "loss": 100})
        [verdict] = grade(lab, session, attempt=True, checks=["prefix-r1"])
    assert "The cable r1:eth0 – sw:p3 is changed on the page of the lab: 100 % loss." in str(verdict.cause)

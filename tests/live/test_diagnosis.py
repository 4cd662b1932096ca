"""Each fault of the library, put into a real network, is named by its cause; an attempt tells it to the learner."""

import pytest

from labs.engine import diagnosis
from labs.engine.faults import rig, trying
from labs.engine.grading import grade
from labs.engine.spec import Check, Stage
from tests.live.conftest import make_lab

pytestmark = pytest.mark.live


PAIR = rig.pair()


@pytest.fixture(scope="module")
def broken(bench):
    with bench.running(PAIR.lab) as session:
        yield session


def test_each_fault_is_named_by_its_cause(broken):
    tried = trying.try_all(broken, PAIR, lambda one: None)
    wrong = [(one.placed.key, one.named, one.said) for one in tried if not one.right]
    assert wrong == []
    assert {one.placed.cause for one in tried} <= set(diagnosis.CAUSES)


def test_an_attempt_names_the_cause_and_a_look_does_not_ask_for_it(broken, shell_on):
    goal = PAIR.goals["slaac"]
    check = Check(id="address", type=goal.type, title="An address", on=(goal.node,), expect=goal.expect, within=10)
    lab = PAIR.lab
    lab = make_lab(lab.nodes.values(), lab.links, stages=(Stage(id="all", title="All", checks=(check,)),))
    shell_on(broken, "h1").type("sysctl -qw net.ipv6.conf.eth0.accept_ra=0; ip -6 addr flush dev eth0 scope global")
    [attempted] = grade(lab, broken, attempt=True)
    [looked] = grade(lab, broken, attempt=False)
    assert str(attempted.cause) == "h1 does not accept router advertisements on eth0 (accept_ra is 0)."
    assert str(looked.cause) != str(attempted.cause)

"""Each fault of the library, put into a real network, is named by its cause; an attempt tells it to the learner."""

import pytest

from labs.engine import diagnosis, faults
from labs.engine.grading import grade
from labs.engine.spec import Check, Stage
from tests.live.conftest import make_lab

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def broken(bench):
    with bench.running(faults.network()) as session:
        yield session


def test_each_fault_is_named_by_its_cause(broken):
    tried = faults.diagnose_all(broken, faults.network(), lambda one: None)
    wrong = [(one.fault.cause, one.fault.node, one.named, one.said) for one in tried if not one.right]
    assert wrong == []
    assert {one.fault.cause for one in tried} == set(diagnosis.CAUSES)


def test_an_attempt_names_the_cause_and_a_look_does_not_ask_for_it(broken, shell_on):
    name, on, expect = faults.GOALS["slaac"]
    check = Check(id="address", type=name, title="An address", on=(on,), expect=expect, within=10)
    lab = faults.network()
    lab = make_lab(lab.nodes.values(), lab.links, stages=(Stage(id="all", title="All", checks=(check,)),))
    shell_on(broken, "h1").type("sysctl -qw net.ipv6.conf.eth0.accept_ra=0; ip -6 addr flush dev eth0 scope global")
    [attempted] = grade(lab, broken, attempt=True)
    [looked] = grade(lab, broken, attempt=False)
    assert str(attempted.cause) == "h1 does not accept router advertisements on eth0 (accept_ra is 0)."
    assert str(looked.cause) != str(attempted.cause)

"""What differs of an item itself, on the recorded states of labs."""

import pytest

from tests.labs.engine.diagnosis.networks import SolvedLab

DROP = '[{"drop": null}]'


@pytest.fixture(scope="module")
def automation():
    return SolvedLab("automation")


def without_drops(*nodes):
    def change(live):
        for node in nodes:
            rules = live[node]["filters"]["inet control input"]
            live[node]["filters"]["inet control input"] = rules.replace('"drop"', '"accept"')

    return change


@pytest.mark.parametrize(
    ("check", "sender", "receiver"), [("strict-r3", "r4", "r3"), ("closed-r3", "r4", "r3"), ("night", "r5", "r4")]
)
def test_what_a_node_sends_does_not_come_to_its_own_chain_for_what_it_receives(automation, check, sender, receiver):
    """Regression: a check of what r3 must drop named the chain input of r4, from which the packets come."""
    assert automation.suspect(check, without_drops(sender, receiver)).nearest.node == receiver
    assert automation.suspect(check, without_drops(sender)) is None

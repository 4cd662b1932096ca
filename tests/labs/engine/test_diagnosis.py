"""What a diagnosis says without a network: nothing of what it does not know, and nothing at all of rubbish."""

import json

import pytest

from labs.engine import diagnosis
from labs.engine.faults import rig
from tests.labs.engine.test_hostile_answers import LEAVES, rubbish
from tests.labs.engine.test_hostile_answers import random as chances

PAIR = rig.pair()
LAB = PAIR.lab


def goal(name):
    return PAIR.goals[name].check(), LAB.nodes[PAIR.goals[name].node]


def vty(said):
    return {"ok": True, "outputs": [json.dumps(said)]}


@pytest.mark.parametrize("name", PAIR.goals)
def test_it_asks_both_ends_and_rubbish_is_no_cause_that_raises(name):
    check, node = goal(name)
    asked = diagnosis.asks(check, node, LAB)
    chance = chances.Random(name)
    for _round in range(100):
        answers = [chance.choice(({"ok": True, "outputs": [json.dumps({"a": 1})]}, rubbish(chance))) for _ask in asked]
        found = diagnosis.cause(check, node, LAB, answers)
        assert found is None or found.name in diagnosis.CAUSES
    for leaf in LEAVES:
        assert diagnosis.cause(check, node, LAB, [leaf] * len(asked)) is None
    assert diagnosis.cause(check, node, LAB, []) is None


@pytest.mark.parametrize("name", ["ospf", "bgp"])
def test_both_ends_are_asked(name):
    check, node = goal(name)
    assert {ask["node"] for ask in diagnosis.asks(check, node, LAB)} == {"r1", "r2"}


def test_two_faults_at_once_the_nearer_one_is_named():
    check, node = goal("ospf")
    up = {"ok": True, "json": [{"ifname": "eth0", "flags": ["UP", "LOWER_UP"], "mtu": 1500}]}
    down = {"ok": True, "json": [{"ifname": "eth0", "flags": [], "mtu": 1400}]}
    running = {
        "attachedToArea": True,
        "areaId": "0.0.0.0",
        "timerIntervalsConfigHello": 1,
        "timerIntervalsConfigDead": 4,
    }
    other = running | {"areaId": "0.0.0.1"}
    ids = [vty({"routerId": "10.0.0.1"}), vty({"routerId": "10.0.0.2"})]
    answers = [up, vty({"eth0": running}), ids[0], down, vty({"eth0": other}), ids[1]]
    found = diagnosis.cause(check, node, LAB, answers)
    assert found.name == "link-down"
    assert "r2:eth0" in str(found.text)
    answers[3] = up
    assert diagnosis.cause(check, node, LAB, answers).name == "ospf-area"


def test_what_looks_right_at_both_ends_has_no_name():
    check, node = goal("ospf")
    up = {"ok": True, "json": [{"ifname": "eth0", "flags": ["UP", "LOWER_UP"], "mtu": 1500}]}
    running = vty({"eth0": {"attachedToArea": True, "areaId": "0.0.0.0"}})
    answers = [up, running, vty({"routerId": "10.0.0.1"}), up, running, vty({"routerId": "10.0.0.2"})]
    assert diagnosis.cause(check, node, LAB, answers) is None

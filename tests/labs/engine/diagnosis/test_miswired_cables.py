"""A cable that leads elsewhere is named by who answers on it."""

import copy

import pytest

from labs.engine.adapters.node_state import Network, Port, Seen
from labs.engine.definition.ad_hoc import ad_hoc_lab, link
from labs.engine.definition.spec import Kind, Node
from labs.engine.diagnosis import diagnosis, miswired_cables
from tests.labs.engine.checks.test_hostile_answers import random as chances
from tests.labs.engine.checks.test_hostile_answers import rubbish

LAB = ad_hoc_lab(
    "cables",
    [Node(name=name, kind=Kind.HOST) for name in ("h1", "r1", "r2")],
    [link("h1:eth0", "r1:eth0"), link("r1:eth1", "r2:eth0")],
)
MACS = {
    ("h1", "eth0"): "02:00:00:00:00:01",
    ("r1", "eth0"): "02:00:00:00:00:02",
    ("r1", "eth1"): "02:00:00:00:00:03",
    ("r2", "eth0"): "02:00:00:00:00:04",
}
AS_DRAWN = {("h1", "eth0"): [("r1", "eth0")], ("r1", "eth1"): [("r2", "eth0")]}
SWAPPED = {("h1", "eth0"): [("r1", "eth1")], ("r1", "eth1"): [("h1", "eth0")], ("r1", "eth0"): [("r2", "eth0")]}


def network(**ports):
    """The nodes; ``ports``: other values of a port, by its node and name."""
    every = {}
    for (node, name), mac in MACS.items():
        every.setdefault(node, {})[name] = Port(name, mac=mac, **ports.get(f"{node}_{name}", {}))
    return Network(LAB, {node: Seen(LAB.nodes[node], ports=found) for node, found in every.items()})


def found(heard, state="STALE", ends=tuple(AS_DRAWN), **ports):
    """Return the causes that are named where each port has learned these neighbours."""
    asked = []

    def answers(asks):
        asked.extend(asks)
        return [_answer(ask, heard, state) for ask in asks]

    [cause] = diagnosis.run([miswired_cables.search(network(**ports), ends)], answers)
    return cause, asked


def _answer(ask, heard, state):
    if ask["ask"] == "ping":
        return {"ok": True, "received": 1}
    entries = [
        {"dst": "fe80::1", "dev": port, "lladdr": MACS[other], "state": [state]}
        for (node, port), others in heard.items()
        if node == ask["node"]
        for other in others
    ]
    return {"ok": True, "json": entries}


def test_a_cable_that_leads_to_another_port_is_named_with_both():
    cause, asked = found(SWAPPED)
    assert cause.name == "cable-elsewhere"
    assert str(cause.text).startswith("The cable of h1:eth0 leads to r1:eth1, and not to r1:eth0 as in the drawing")
    assert [ask["dst"] for ask in asked if ask["ask"] == "ping"] == ["ff02::1%eth0", "ff02::1%eth1"]


def test_cables_as_in_the_drawing_are_not_named():
    assert found(AS_DRAWN)[0] is None
    assert found({})[0] is None


def test_where_the_right_neighbour_answers_too_nothing_is_named():
    """Somebody has put the two links together: this is no cable."""
    assert found({("h1", "eth0"): [("r1", "eth0"), ("r2", "eth0")]})[0] is None


def test_a_neighbour_that_somebody_has_entered_proves_nothing():
    assert found(SWAPPED, state="PERMANENT")[0] is None


@pytest.mark.parametrize("port", ["r1_eth0", "r1_eth1", "h1_eth0"])
def test_nothing_is_named_where_a_bridge_of_the_learner_may_be_between(port):
    assert found(SWAPPED, ends=[("h1", "eth0")], **{port: {"master": "br0"}})[0] is None


def test_a_link_layer_address_that_two_ports_have_proves_nothing(monkeypatch):
    monkeypatch.setitem(MACS, ("r2", "eth0"), MACS["r1", "eth1"])
    assert found(copy.deepcopy(SWAPPED), ends=[("h1", "eth0")])[0] is None


def test_a_port_that_is_down_is_not_asked():
    cause, asked = found(SWAPPED, ends=[("h1", "eth0")], h1_eth0={"up": False})
    assert (cause, asked) == (None, [])


def test_malformed_answers_name_nothing_and_raise_nothing():
    chance = chances.Random("cables")
    for _round in range(20):
        [cause] = diagnosis.run(
            [miswired_cables.search(network(), tuple(AS_DRAWN))], lambda asks: [rubbish(chance) for _ask in asks]
        )
        assert cause is None

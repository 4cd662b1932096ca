"""Cables as arguments of tc and nft, and undoing what a check or a learner did to them."""

import asyncio
from types import SimpleNamespace

import pytest

from labs.engine.shared.cable import PLAIN, Cable
from labs.supervisor import cables
from labs.supervisor.cables import Cables, loss_rules, queue_words
from labs.supervisor.network import LinkFailed


@pytest.mark.parametrize(
    ("cable", "netem", "tbf"),
    [
        (PLAIN, "", ""),
        (Cable(up=False), "", ""),
        (Cable(rate=8), "netem rate 8kbit", "tbf rate 8kbit burst 4000 latency 200ms"),
        (Cable(rate=100_000), "netem rate 100000kbit", "tbf rate 100000kbit burst 250000 latency 200ms"),
        (Cable(delay=30), "netem delay 30ms", ""),
        (Cable(loss=0.5), "netem loss 0.5%", ""),
        (
            Cable(True, 900, 30, 12.5),
            "netem rate 900kbit delay 30ms loss 12.5%",
            "tbf rate 900kbit burst 4000 latency 200ms",
        ),
    ],
)
def test_a_cable_becomes_arguments_of_tc(cable, netem, tbf):
    assert " ".join(queue_words(cable, netem=True)) == netem
    assert " ".join(queue_words(cable, netem=False)) == tbf


@pytest.mark.parametrize(
    ("loss", "rule"),
    [(0.01, "numgen random mod 10000 < 1 drop"), (30, "numgen random mod 10000 < 3000 drop"), (100, "\ndrop\n")],
)
def test_loss_is_a_rule_on_the_egress_of_the_interface(loss, rule):
    rules = loss_rules("eth0", loss)
    assert rule in rules
    assert rules.startswith("add table netdev vaka_65746830\ndelete table netdev vaka_65746830\n")
    assert 'hook egress device "eth0"' in rules


def test_without_loss_the_table_is_removed():
    assert loss_rules("eth0", 0) == "add table netdev vaka_65746830\ndelete table netdev vaka_65746830\n"


def test_the_name_of_an_interface_cannot_inject_a_rule():
    name = "a-b.c@d"
    assert f"netdev vaka_{name.encode().hex()}" in loss_rules(name, 5)


class Space:
    def __init__(self, name):
        self.name, self.ended = name, ""


class Network:
    """Two ends of one cable, and a third node with another."""

    def __init__(self):
        self.spaces = {name: Space(name) for name in ("r1", "h1", "h2")}
        self.cables = [[("r1", "eth0"), ("h1", "eth0")], [("r1", "eth1"), ("h2", "eth0")]]
        self.pulled = set()
        self.shaped = {}

    def ends(self, node, interface):
        return next(ends for ends in self.cables if (node, interface) in ends)

    def space(self, name):
        return self.spaces[name]

    def set_link(self, node, interface, *, up):
        (self.pulled.discard if up else self.pulled.add)((node, interface))

    def restore(self, node, interface):
        return True

    def forget_kept(self, node):
        pass

    def forget_kept_of(self, end):
        pass

    def is_up(self, space, interface):
        return self.ends(space.name, interface)[0] not in self.pulled


@pytest.fixture
def network(monkeypatch):
    made = Network()

    def shape(space, interface, cable):
        made.shaped[space.name, interface] = cable

    monkeypatch.setattr(cables, "shape", shape)
    monkeypatch.setattr(cables, "has_netem", lambda: True)
    return made


def act(network, *actions, made=None):
    made = made or Cables()
    for action in actions:
        asyncio.run(made.act(network, {"link": "h1:eth0", **action}))
    return made


def test_both_ends_of_a_cable_change_and_it_is_listed_by_its_first_end(network):
    made = act(network, {"rate": 900, "lasting": True})
    assert set(network.shaped) == {("r1", "eth0"), ("h1", "eth0")}
    assert made.describe() == {"r1:eth0": Cable(rate=900).as_json()}


def test_an_action_changes_only_what_it_names_and_a_plain_cable_is_not_listed(network):
    made = act(network, {"rate": 900}, {"delay": 30}, {"rate": 0})
    assert made.describe() == {"r1:eth0": Cable(delay=30).as_json()}
    act(network, {"delay": 0}, made=made)
    assert made.describe() == {}


def test_undo_restores_the_cable_that_the_learner_had_set(network):
    made = act(network, {"loss": 5, "lasting": True}, {"up": False}, {"delay": 99}, {"undo": True})
    assert made.describe() == {"r1:eth0": Cable(loss=5.0).as_json()}
    assert network.pulled == set()
    assert network.shaped["h1", "eth0"] == Cable(loss=5.0)


def test_undo_without_a_change_does_nothing(network):
    made = act(network, {"undo": True}, {"up": False}, {"undo": True}, {"undo": True})
    assert (made.describe(), network.pulled) == ({}, set())


def test_undo_keeps_what_the_learner_has_set_meanwhile(network):
    made = act(network, {"delay": 99}, {"rate": 900, "lasting": True}, {"undo": True})
    assert made.describe() == {"r1:eth0": Cable(rate=900, delay=99).as_json()}


@pytest.mark.parametrize(
    "action",
    [{"rate": 7}, {"rate": 100_001}, {"rate": "900"}, {"rate": True}, {"delay": 2001}, {"delay": -1}, {"loss": 101},
     {"loss": float("nan")}, {"loss": float("inf")}, {"loss": "5"}, {"delay": 1.5}],
)  # fmt: skip
def test_an_impossible_cable_is_refused_and_changes_nothing(network, action):
    with pytest.raises(ValueError, match="A cable's"):
        act(network, action)
    assert network.shaped == {}


def test_without_netem_a_delay_is_refused_with_advice(network, monkeypatch):
    monkeypatch.setattr(cables, "has_netem", lambda: False)
    with pytest.raises(LinkFailed, match="modprobe sch_netem"):
        act(network, {"delay": 5})


def test_a_cable_to_a_stopped_node_is_refused(network):
    network.spaces["r1"].ended = "r1 has stopped. Reset it."
    with pytest.raises(LinkFailed, match="r1 has stopped"):
        act(network, {"up": False})


def test_a_change_that_failed_half_way_can_be_undone(network, monkeypatch):
    made = Cables()

    def fail(space, interface, cable):
        raise LinkFailed("no room")

    with monkeypatch.context() as broken:
        broken.setattr(cables, "shape", fail)
        with pytest.raises(LinkFailed):
            act(network, {"rate": 900}, made=made)
    act(network, {"undo": True}, made=made)
    assert made.describe() == {}


def test_a_cable_that_the_learner_plugged_in_is_no_longer_listed_as_unplugged(network):
    made = act(network, {"up": False, "lasting": True})
    network.pulled.clear()
    made.mend(network)
    assert made.describe() == {}


def test_a_reset_of_a_node_forgets_its_cables_and_no_others(network):
    made = act(network, {"rate": 900, "lasting": True})
    act(network, {"link": "h2:eth0", "rate": 800, "lasting": True}, made=made)
    made.forget(network, "h1")
    assert list(made.describe()) == ["r1:eth1"]
    made.forget(network, "r1")
    assert made.describe() == {}


@pytest.mark.parametrize(("factor", "plugs"), [("1", False), ("3", True)])
def test_plugging_in_may_take_as_long_as_the_machine_needs(network, monkeypatch, factor, plugs):
    restored, clock = [], iter(range(100))

    async def sleep(seconds):
        pass

    def restore(node, interface):
        restored.append(len(restored) >= 4)
        return restored[-1]

    monkeypatch.setenv("VAKA_PACE", factor)
    monkeypatch.setattr(network, "restore", restore)
    monkeypatch.setattr(cables, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    monkeypatch.setattr(cables, "asyncio", SimpleNamespace(sleep=sleep))
    act(network, {"up": False}, {"up": True})
    assert restored[-1] is plugs

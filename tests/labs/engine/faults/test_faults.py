"""A configuration is read, and the library of faults finds places in a network."""

import dataclasses
import ipaddress

import pytest

from labs.engine.adapters.config_blocks import of_bird, of_frr
from labs.engine.adapters.node_state import Held, Network, Port, Seen, beside
from labs.engine.definition.spec import Interface, Kind, Link, Node
from labs.engine.faults import FAULTS, available_faults
from rigs.diagnose.frr_pair import ROUTER, frr_pair
from tests.labs.engine.checks.test_hostile_answers import random as chances
from tests.labs.engine.checks.test_hostile_answers import rubbish

BIRD = """router id 192.0.2.1; # mine
protocol ospf v3 one {
  ipv6 { import all; };
  area 0 { interface "eth1", "eth2" { type ptp; hello 1; }; };
}
"""


def held(text, **more):

    return Held(ipaddress.ip_interface(text), **more)


@pytest.fixture(scope="module")
def network():
    lab = frr_pair().lab
    addresses = {"r1": ("2001:db8:a::1/64", "2001:db8:b::1/64"), "r2": ("2001:db8:a::2/64", "2001:db8:b::2/64")}
    nodes = {
        name: Seen(
            lab.nodes[name],
            {f"eth{i}": Port(f"eth{i}", held=(held(text),)) for i, text in enumerate(own)} | {"eth2": Port("eth2")},
            of_frr(ROUTER.format(i=name[1], o=3 - int(name[1]))),
        )
        for name, own in addresses.items()
    }
    host = Port("eth0", held=(held("2001:db8:c::9/64", dynamic=True),))
    return Network(lab, nodes | {"h1": Seen(lab.nodes["h1"], {"eth0": host})})


def test_a_line_knows_the_blocks_around_it():
    config = of_frr(ROUTER.format(i=1, o=2))
    assert config.after("neighbor 2001:db8:b::2 route-map ALL", "router bgp", "address-family ipv6 unicast") == "in"
    assert config.find("neighbor 2001:db8:b::2 activate", "router bgp") is None
    assert config.after("ospf6 router-id", "router ospf6") == "10.0.0.1"
    bird = of_bird(BIRD)
    assert bird.after("router id") == "192.0.2.1"
    assert bird.after("hello", "protocol ospf", "area", "interface") == "1"
    assert bird.heads("protocol ospf") == ["protocol ospf v3 one"]


def test_reading_nonsense_as_a_configuration_does_not_raise():
    chance = chances.Random(7)
    for _round in range(40):
        words = str(rubbish(chance)) + "{;}" * chance.randrange(5) + "\n  x" * chance.randrange(5)
        assert of_bird(words).find("router id") is None
        assert of_frr(words).heads("router bgp") == []


def test_each_fault_has_a_name_of_its_own_and_its_places_are_the_same_when_read_again(network):
    assert len({fault.id for fault in FAULTS}) == len(FAULTS) >= 50
    once = available_faults(network)
    assert [placed.key for placed in once] == [placed.key for placed in available_faults(network)]
    assert len({placed.key for placed in once}) == len(once)
    assert all(placed.inject and placed.repair and placed.cause for placed in once)


def test_a_fault_without_a_place_is_not_available(network):
    there = {placed.fault for placed in available_faults(network)}
    assert {"ospf-hello", "bgp-as", "slaac-accept", "link-down"} <= there
    assert not there & {"bird-ospf-hello", "rpki-cache-down", "route-missing"}


def test_the_repair_restores_what_was_there(network):
    [hello] = [p for p in available_faults(network) if p.key == "ospf-hello@r2:eth0"]
    assert "hello-interval 3" in hello.inject[0]
    assert "hello-interval 1" in hello.repair[0]
    [gone] = [p for p in available_faults(network) if p.key == "bgp-no-neighbor@r1:2001:db8:b::2"]
    assert "route-map ALL out" in gone.repair[0]


def test_no_fault_is_placed_on_a_node_that_is_not_the_learners(network):
    assert {placed.node for placed in available_faults(network)} == {"r1", "r2", "h1"}

    nodes = network.lab.nodes | {"r2": dataclasses.replace(network.lab.nodes["r2"], learner=False)}
    own = Network(dataclasses.replace(network.lab, nodes=nodes), network.nodes)
    assert {placed.node for placed in available_faults(own)} == {"r1", "h1"}


def test_ports_are_beside_each_other_through_a_switch(network):
    nodes = {n: Node(name=n, kind=Kind.SWITCH if n == "sw" else Kind.HOST) for n in ("a", "b", "c", "sw")}
    links = tuple(Link(a=Interface(node=n, name="eth0"), b=Interface(node="sw", name=f"p{n}")) for n in ("a", "b", "c"))

    lab = dataclasses.replace(network.lab, nodes=nodes, links=links)
    assert {end.node for end in beside(lab, "a", "eth0")} == {"b", "c"}

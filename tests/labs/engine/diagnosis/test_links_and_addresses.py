"""Causes on one link: its ends, and their addresses."""

import ipaddress
from dataclasses import replace

import pytest

from labs.engine.adapters.node_state import PORTS, ROUTES, Held, Network, Port, Seen, Way
from labs.engine.definition.ad_hoc import ad_hoc_lab
from labs.engine.definition.spec import Kind, Node
from labs.engine.diagnosis import compared, diagnosis, links_and_addresses, path_walk
from rigs.diagnose.fault_network import cable
from tests.labs.engine.diagnosis.test_kernel_state import check

TO = "2001:db8:5:b012::1"


def village(*wrong, home="2001:db8:5:b012::10/64", switch=False):
    """A home on one link with r1, and on a switch also r2, r3 …; these have the addresses ``wrong``."""
    routers = [f"r{number}" for number in range(1, len(wrong) + 1)]
    kinds = [Node(name="home", kind=Kind.HOST), *(Node(name=name, kind=Kind.HOST) for name in routers)]
    if switch:
        kinds.append(Node(name="sw", kind=Kind.SWITCH))
        links = [cable(f"sw:p{number}", f"{node.name}:eth0", "", "") for number, node in enumerate(kinds[:-1])]
    else:
        links = [cable("home:eth0", "r1:eth0", home, "")]
    lab = ad_hoc_lab("village", kinds, links)
    nodes = {}
    for name, text in zip(["home", *routers], [home, *wrong], strict=True):
        at = ipaddress.ip_interface(text)
        held = (Held(at), Held(ipaddress.ip_interface("fe80::1/64"), link_local=True))
        way = Way(at.network, None, "eth0", "kernel", 256)
        nodes[name] = Seen(
            lab.nodes[name],
            ports={"eth0": Port("eth0", held=held)},
            ways=(way,),
            answered=frozenset({PORTS, f"{ROUTES}6"}),
        )
    return Network(lab, nodes)


def found(network):
    search = diagnosis.diagnosis_for(check("ping", to=TO), network.lab.nodes["home"], {})
    return diagnosis.run([search(network)], lambda asks: [])[0]


def test_an_address_of_the_right_length_in_another_prefix_of_the_link_is_named():
    """Regression: in the lab on address plans, the mistake that the lab is about had no known cause."""
    cause = found(village("2001:db8:5:b018::1/64"))
    assert (cause.name, cause.node) == ("address-prefix", "r1")
    assert str(cause.text).startswith(
        "r1:eth0 has the address 2001:db8:5:b018::1/64. home, on the same link, has 2001:db8:5:b012::10/64:"
    )
    assert "on r1: ip addr show dev eth0" in str(cause.text)


@pytest.mark.parametrize(
    "network",
    [
        village("2001:db8:5:b012::2/64"),  # the right prefix, and another address
        village("2001:db8:5:b018::1/120"),  # another length: that is another mistake, or another design
        village(
            "2001:db8:5:b018::1/64", "2001:db8:5:b019::1/64", switch=True
        ),  # which of them should have it is not known
    ],
)
def test_another_address_on_the_link_is_not_blamed(network):
    assert found(network).name == "route-hop"


def test_on_a_switch_the_only_end_in_another_prefix_is_named():
    assert found(village("2001:db8:5:b012::2/64", "2001:db8:5:b018::1/64", switch=True)).node == "r2"


def test_it_keeps_its_name_where_the_solved_network_has_another_address_for_each_learner():
    """In the recorded state such an address is a question mark: nothing is compared with it."""
    cause = found(village("2001:db8:5:b018::1/64"))
    assert compared.reconciled(cause, None, None, {}, {}) is cause


def test_a_cable_is_named_only_if_the_other_end_was_read():
    """Regression: it was named although the other end, which nobody had asked, was down."""
    whole = village("2001:db8:5:b012::1/64")
    for names, wanted in ((("home", "r1"), "cable"), (("home",), "no-carrier")):
        network = Network(whole.lab, {name: whole.nodes[name] for name in names})
        [made] = links_and_addresses.unplugged(network, network.nodes["home"], Port("eth0", carrier=False))
        assert made.name == wanted


def test_a_port_of_a_switch_is_always_up():
    whole = village("2001:db8:5:b012::1/64", switch=True)
    assert links_and_addresses.far_end(whole.lab, "home", "eth0") is None


def to_gateway(network):
    """The home sends through the gateway: whether it is told that nobody has this address."""
    home = network.nodes["home"]
    gateway = ipaddress.ip_address(TO)
    way = Way(ipaddress.ip_network("::/0"), gateway, "eth0", "boot", 1024)
    nodes = network.nodes | {"home": replace(home, ways=(*home.ways, way))}
    walked = path_walk.walk(
        Network(network.lab, nodes), nodes["home"], ipaddress.ip_address("3fff::1"), None, lambda *_a: ()
    )
    return [one.name for one in walked.causes]


def test_the_address_of_a_bridge_or_of_vrrp_is_on_the_link_too():
    """Regression: with its address on a bridge above the port, the gateway was told not to exist."""
    whole = village("2001:db8:5:b012::2/64")
    assert to_gateway(whole) == ["route-hop"]
    bridge = Port("br0", held=(Held(ipaddress.ip_interface(f"{TO}/64")),))
    r1 = replace(whole.nodes["r1"], ports={"eth0": Port("eth0", master="br0"), "br0": bridge})
    assert "route-hop" not in to_gateway(Network(whole.lab, whole.nodes | {"r1": r1}))


def test_a_node_that_was_not_read_may_have_the_address():
    whole = village("2001:db8:5:b012::2/64")
    late = replace(whole.nodes["r1"], answered=frozenset())
    assert to_gateway(Network(whole.lab, whole.nodes | {"r1": late})) == []
    two = village("2001:db8:5:b012::2/64", "2001:db8:5:b012::3/64", switch=True)
    assert to_gateway(two) == ["route-hop"]
    assert to_gateway(Network(two.lab, {name: two.nodes[name] for name in ("home", "r1")})) == []

"""The OSPFv3 link that is named where several links have no adjacency, and not all of them should."""

import ipaddress
from dataclasses import replace

import pytest

from labs.engine.adapters.config_blocks import of_frr
from labs.engine.adapters.node_state import Network
from labs.engine.diagnosis import ospf_routes
from tests.labs.engine.diagnosis.networks import three_routers


def why_no_route(network):
    return ospf_routes.search(network, network.lab.nodes["r1"], ipaddress.ip_network("2001:db8:3::/64"))


@pytest.mark.parametrize("lan", [("passive", "passive"), ("passive", "off"), ("area", "passive"), ("off", "area")])
def test_a_network_of_hosts_between_two_routers_does_not_hide_a_fault_further_on(lan):
    assert why_no_route(three_routers(lan=lan, far_area=1)).name == "ospf-area"


@pytest.mark.parametrize(
    ("lan", "name"),
    [
        (("passive", "passive"), ""),
        (("off", "passive"), ""),
        (("area", "passive"), "ospf-passive"),
        (("off", "area"), "ospf-not-on"),
    ],
)
def test_a_link_with_hellos_from_only_one_router_is_named_last(lan, name):
    assert why_no_route(three_routers(lan=lan)).name == name


def test_a_prefix_is_advertised_if_one_of_its_two_routers_advertises_it():
    network = three_routers(far_area=1)
    to = ipaddress.ip_network("2001:db8:23::/64")
    assert ospf_routes.search(network, network.lab.nodes["r1"], to).name == "ospf-area"
    r3 = network.nodes["r3"]
    alone = replace(r3, config=of_frr("interface eth1\n ipv6 ospf6 area 0\nexit\nrouter ospf6\nexit\n"))
    network = Network(network.lab, {**network.nodes, "r3": alone})
    assert ospf_routes.search(network, network.lab.nodes["r1"], to).name == "ospf-not-on"


BGP = "router bgp 65003\n address-family ipv6 unicast\n  network {}\n exit-address-family\nexit\n"


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ("", "ospf-unannounced"),
        ("router ospf6\n redistribute connected\nexit\n", "ospf-area"),
        (BGP.format("2001:db8:3::/64"), "ospf-area"),
        (BGP.format("2001:db8:9::/64"), "ospf-unannounced"),
    ],
)
def test_a_prefix_that_is_redistributed_or_comes_by_bgp_need_not_be_in_ospf(more, name):
    """Regression: OSPFv3 was told to be missing on the port of a prefix that its router announces otherwise."""
    network = three_routers(far_area=1)
    text = "interface eth2\n ipv6 ospf6 area 1\nexit\nrouter ospf6\nexit\n"
    r3 = replace(network.nodes["r3"], config=of_frr(text + more))
    assert why_no_route(Network(network.lab, {**network.nodes, "r3": r3})).name == name

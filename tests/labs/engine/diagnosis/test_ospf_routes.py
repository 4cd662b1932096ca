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

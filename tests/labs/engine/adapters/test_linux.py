"""The outputs of iproute2, as recorded from iproute2 6.15, and in forms that no recorded node has."""

import json
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from labs.engine.adapters import linux

RECORDED = Path(__file__).parents[3] / "fixtures"


def printed(name):
    return json.loads((RECORDED / f"iproute2-6.15-{name}.json").read_text())


def test_an_address_has_its_interface_and_length():
    found = linux.addresses(printed("addr-r1"))
    assert len(found) == 9
    assert ("eth0", "2001:db8:0:a1::1", 64) in [(one.interface, str(one.address), one.length) for one in found]
    assert all(one.usable and not one.dynamic for one in found)


@pytest.mark.parametrize("word", ["tentative", "dadfailed", "deprecated"])
def test_an_address_that_the_kernel_does_not_use_is_not_usable(word):
    [one] = linux.addresses([{"ifname": "eth0", "addr_info": [{"local": "2001:db8::1", "prefixlen": 64, word: True}]}])
    assert not one.usable


def test_neighbours_have_their_link_layer_address_in_lower_case():
    assert [(one.interface, one.mac, one.state) for one in linux.neighbours(printed("neigh-r1"))] == [
        ("eth0", "9a:57:72:a3:69:4b", "STALE"),
        ("eth0", "9a:57:72:a3:69:4b", "REACHABLE"),
        ("eth3", "1e:50:17:c0:74:d2", "REACHABLE"),
    ]
    [one] = linux.neighbours([{"dst": "2001:db8::2", "dev": "eth0", "lladdr": "02:AB:00:00:00:01", "state": ["STALE"]}])
    assert one.mac == "02:ab:00:00:00:01"


def test_a_route_has_its_gateway_and_the_name_of_its_protocol():
    found = linux.routes(printed("route6-r1"), 6)
    assert len(found) == 15
    routes = {str(route.prefix): route for route in found}
    assert str(routes["2001:db8:0:13::3/128"]).startswith("2001:db8:0:13::3/128 via fe80::1c50:17ff:fec0:74d2 dev eth3")
    assert routes["2001:db8:0:13::3/128"].protocol == "ospf"
    assert routes["2001:db8:0:12::/64"].protocol == "kernel"


def test_the_default_route_is_of_the_family_that_was_asked_for():
    [default] = [route for route in linux.routes(printed("route6-h1"), 6) if route.prefix == linux.DEFAULT6]
    assert (default.via, default.protocol) == ((ip_address("2001:db8:0:a1::1"),), "boot")
    [default] = linux.routes([{"dst": "default", "gateway": "192.0.2.1", "dev": "eth0"}], 4)
    assert default.prefix == linux.DEFAULT4


def test_a_route_with_several_next_hops_has_their_weights():
    hops = [{"gateway": "fe80::1", "dev": "eth1", "weight": 3}, {"gateway": "fe80::2", "dev": "eth0"}]
    [route] = linux.routes([{"dst": "2001:db8::/32", "nexthops": hops, "protocol": "186", "metric": 20}], 6)
    assert (route.via, route.devices) == ((ip_address("fe80::1"), ip_address("fe80::2")), ("eth0", "eth1"))
    assert (route.weights, route.protocol, route.metric) == ((3, 1), "bgp", 20)


def test_a_next_hop_of_the_other_family_is_read_too():
    [route] = linux.routes([{"dst": "192.0.2.0/24", "via": {"family": "inet6", "host": "fe80::1"}, "dev": "eth0"}], 4)
    assert (route.prefix, route.via) == (ip_network("192.0.2.0/24"), (ip_address("fe80::1"),))


@pytest.mark.parametrize("rubbish", [None, {}, "x", [1, None, {"dst": "x", "local": 1}], [{"addr_info": [[]]}]])
def test_what_is_no_table_is_an_empty_one(rubbish):
    assert linux.addresses(rubbish) == linux.neighbours(rubbish) == linux.routes(rubbish, 6) == []

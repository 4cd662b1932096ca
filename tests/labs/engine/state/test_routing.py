"""The way that packets take, by the facts of a state."""

from ipaddress import ip_address

from labs.engine.state import routing
from labs.engine.state.facts import Section
from rigs.diagnose.frr_pair import frr_pair

LAB = frr_pair().lab
STATE = {
    "h1": {
        Section.INTERFACES: {"eth0 addresses": "2001:db8:c::10/64"},
        Section.ROUTES: {"::/0": "ra via r1:eth2 dev eth0"},
    },
    "r1": {
        Section.INTERFACES: {"eth0 addresses": "2001:db8:a::1/64"},
        Section.ROUTES: {"2001:db8::/32": "ospf via r2:eth0 dev eth0", "2001:db8:f::/48": "static blackhole dev lo"},
    },
    "r2": {Section.INTERFACES: {"eth0 addresses": "2001:db8:a::2/64\n2001:db8:9::2/64"}, Section.ROUTES: {}},
}


def test_a_link_local_next_hop_is_followed_by_the_name_of_its_end():
    hops = routing.walk(LAB, STATE, "h1", ip_address("2001:db8:9::2"))
    assert [(hop.node, hop.came_in, hop.goes_out) for hop in hops] == [
        ("h1", "", "eth0"),
        ("r1", "eth2", "eth0"),
        ("r2", "eth0", ""),
    ]


def test_the_longest_prefix_decides_and_a_route_that_drops_ends_the_way():
    [route] = routing.best(STATE, "r1", ip_address("2001:db8:f::1"))
    assert route.drops == "blackhole"
    assert [hop.node for hop in routing.walk(LAB, STATE, "r1", ip_address("2001:db8:f::1"))] == ["r1"]


def test_an_address_belongs_to_the_node_that_was_given_it():
    assert routing.owner(STATE, ip_address("2001:db8:9::2")) == "r2"
    assert routing.owner(STATE, ip_address("2001:db8:9::3")) is None
    assert routing.source(STATE, "r2", "eth0", 6) == ip_address("2001:db8:a::2")

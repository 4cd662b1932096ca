"""A cause of the live network is named only if a difference from the solved network is about the same thing."""

import json

import pytest

from labs.engine.adapters.node_state import Network, Seen
from labs.engine.diagnosis import bgp_session, supporting_differences
from labs.engine.diagnosis.causes import cause
from labs.engine.state.facts import Section
from tests.labs.engine.diagnosis.networks import LAB, frr, match

NETWORK = Network(LAB, {name: Seen(node) for name, node in LAB.nodes.items()})
PEER, OTHER = "2001:db8:b::2", "2001:db8:c::2"
BGP = "router bgp 65001"


def is_supported(found, section, live, model):
    states = ({"r1": {section: facts}} for facts in (live, model))
    return supporting_differences.is_supported(found, NETWORK, *states)


def rule(*parts):
    return {"inet t c": "\n".join(json.dumps(one) for one in ({"hook": "forward", "policy": "accept"}, [*parts]))}


NO_RULE = {"inet t c": json.dumps({"hook": "forward", "policy": "accept"})}


@pytest.mark.parametrize(
    ("found", "section", "mine", "other"),
    [
        (
            cause("link-down", "ip link show eth0", "r1", end="r1:eth0", dev="eth0"),
            Section.INTERFACES,
            [{"eth0 up": "no"}, {"eth0 up": "yes"}],
            [{"eth1 mtu": "1400"}, {"eth1 mtu": "1500"}],
        ),
        (
            cause("address-missing", "ip addr show dev eth0", "r1", node="r1", a="2001:db8::1"),
            Section.INTERFACES,
            [{"eth0 addresses": ""}, {"eth0 addresses": "2001:db8::1/64"}],
            [{"eth1 addresses": "2001:db8:1::7/64"}, {"eth1 addresses": "2001:db8:1::1/64"}],
        ),
        (
            cause("ipv6-disabled", "sysctl net.ipv6.conf.eth0.disable_ipv6", "r1", end="r1:eth0"),
            Section.SETTINGS,
            [{"net.ipv6.conf.eth0.disable_ipv6": "1"}, {"net.ipv6.conf.eth0.disable_ipv6": "0"}],
            [{"net.ipv6.conf.eth1.disable_ipv6": "1"}, {"net.ipv6.conf.eth1.disable_ipv6": "0"}],
        ),
        (
            cause("forwarding", "sysctl net.ipv6.conf.all.forwarding", "r1", node="r1"),
            Section.SETTINGS,
            [{"net.ipv6.conf.all.forwarding": "0"}, {"net.ipv6.conf.all.forwarding": "1"}],
            [{"net.ipv6.conf.eth1.accept_ra": "2"}, {"net.ipv6.conf.eth1.accept_ra": "1"}],
        ),
        (
            cause("firewall", "nft list ruleset", "r1", node="r1"),
            Section.FILTERS,
            [rule(match("l4proto", "ipv6-icmp"), {"drop": None}), NO_RULE],
            [rule(match("l4proto", "tcp"), {"drop": None}), NO_RULE],
        ),
        (
            cause("rule-drops", "ip -6 rule", "r1", node="r1", a="2001:db8:2::1"),
            Section.RULES,
            [{"": "action blackhole dst 2001:db8:2:: dstlen 48"}, {"": ""}],
            [{"": "action blackhole dst 2001:db8:9:: dstlen 48"}, {"": ""}],
        ),
        (
            cause("route-drops", "ip -6 route get 2001:db8:2::1", "r1", node="r1", a="2001:db8:2::1", b="blackhole"),
            Section.ROUTES,
            [{"2001:db8:2::/48": "static blackhole"}, {}],
            [{"2001:db8:2::/48": "static blackhole", "::/0": "static via x"}, {"2001:db8:2::/48": "static blackhole"}],
        ),
        (
            cause("protocol-off", "birdc show protocols", "r1", node="r1", a="up1"),
            Section.DAEMONS,
            [{"up1": "disabled"}, {}],
            [{"spare": "disabled"}, {}],
        ),
        (
            cause("bgp-shutdown", "birdc show protocols", "r1", about=[PEER, "up1"], node="r1", peer=PEER),
            Section.DAEMONS,
            [{"up1": "disabled"}, {}],
            [{"spare": "disabled"}, {}],
        ),
        (
            cause("daemon-down", "ps -e", "r1", a="bgpd", node="r1"),
            Section.DAEMONS,
            [{"bgpd": "down"}, {"bgpd": "up"}],
            [{"bgpd": "down", "ospf6d": "down"}, {"bgpd": "down", "ospf6d": "up"}],
        ),
        (
            cause("ospf-area", "show", "r1", about=["eth0"], end="r2:eth0", other="r1:eth0", a="0.0.0.1", b="0.0.0.0"),
            Section.CONFIG,
            [{"interface eth0": "ipv6 ospf6 area 0"}, {"interface eth0": "ipv6 ospf6 area 1"}],
            [{"interface eth1": "ipv6 ospf6 area 0"}, {"interface eth1": "ipv6 ospf6 area 1"}],
        ),
        (
            cause("ospf-timers", "show", "r1", about=["eth0"], end="r2:eth0", other="r1:eth0", a="5/20", b="10/40"),
            Section.CONFIG,
            [{'protocol ospf v3 / area 0 / interface "eth*"': "hello 10"}, {}],
            [{'protocol ospf v3 / area 0 / interface "eth*"': "cost 10"}, {}],
        ),
        (
            cause("bgp-password", "show", "r1", about=[PEER], node="r1", peer=PEER),
            Section.CONFIG,
            [{BGP: f"neighbor {PEER} password x"}, {BGP: ""}],
            [{BGP: f"neighbor {OTHER} password x"}, {BGP: ""}],
        ),
        (
            cause("bgp-shutdown", "show", "r1", about=[PEER], node="r1", peer=PEER),
            Section.CONFIG,
            [{BGP: f"neighbor {PEER} shutdown"}, {BGP: ""}],
            [{BGP: f"neighbor {PEER} description shut"}, {BGP: ""}],
        ),
        (
            cause("bgp-shutdown", "show", "r1", about=[PEER], node="r1", peer=PEER),
            Section.CONFIG,
            [{BGP: "bgp shutdown"}, {BGP: ""}],
            [{BGP: f"neighbor {OTHER} shutdown"}, {BGP: ""}],
        ),
        (
            cause("bgp-limit", "show", "r1", about=[PEER], node="r1", peer=PEER),
            Section.CONFIG,
            [{BGP: f"neighbor {PEER} maximum-prefix 1"}, {BGP: ""}],
            [{BGP: f"neighbor {PEER} maximum-prefix-out 1"}, {BGP: ""}],
        ),
        (
            cause("bgp-limit", "show", "r1", about=[PEER, "up1"], node="r1", peer=PEER),
            Section.CONFIG,
            [{"protocol bgp up1 / ipv6": "import limit 1"}, {"protocol bgp up1 / ipv6": "import limit 100"}],
            [{"protocol bgp up1 / ipv6": "import none"}, {"protocol bgp up1 / ipv6": "import all"}],
        ),
        (
            cause("bgp-policy", "show", "r1", about=[PEER], node="r1", peer=PEER),
            Section.CONFIG,
            [{BGP: ""}, {BGP: "no bgp ebgp-requires-policy"}],
            [{BGP: ""}, {BGP: f"neighbor {PEER} timers 3 9"}],
        ),
    ],
    ids=lambda one: getattr(one, "name", None),
)
def test_only_a_difference_about_the_same_thing_supports_a_cause(found, section, mine, other):
    assert is_supported(found, section, *mine)
    assert not is_supported(found, section, *other)


def test_a_blackhole_of_the_solved_network_is_no_cause():
    """Regression: a lab routes what it should drop to a blackhole. With any other difference of a route there, it was blamed."""
    found = cause("route-drops", "ip -6 route get", "r1", node="r1", a="2001:db8:2::1", b="blackhole")
    both = {"2001:db8:2::/48": "static blackhole"}
    assert not is_supported(found, Section.ROUTES, both | {"2001:db8:7::/48": "static blackhole"}, both)


def test_a_session_in_a_peer_group_is_named_by_its_group_too():
    group = "neighbor 2001:db8:b::2 peer-group UP"
    seen = frr(
        f"router bgp 65001\n neighbor UP peer-group\n neighbor UP remote-as 65002\n {group}\n neighbor UP shutdown\nexit\n"
    )
    [one] = bgp_session.bgp_peer_configs(seen, 6)
    found = bgp_session.blamed("bgp-shutdown", one, "show")
    assert is_supported(found, Section.CONFIG, {BGP: "neighbor UP shutdown"}, {BGP: ""})
    assert not is_supported(found, Section.CONFIG, {BGP: "neighbor DOWN shutdown"}, {BGP: ""})


def test_a_neighbour_that_lost_its_group_supports_nothing_of_another_one_in_it():
    """Regression: the filter of a customer was blamed, because both were in the same group."""
    found = cause(
        "bgp-denied", "vtysh -c 'show running-config'", "r1", about=(PEER, "UP", "CUST-IN"), node="r1", peer=PEER
    )
    live, model = {BGP: ""}, {BGP: f"neighbor {OTHER} peer-group UP"}
    assert not is_supported(found, Section.CONFIG, live, model)

"""The neighbours that one end of a BGP session certainly lacks, its policies, and the AS numbers that it may present."""

import ipaddress
from dataclasses import replace

import pytest

from labs.engine.adapters.bgp_config import bgp_peer_config, bgp_peer_configs
from labs.engine.adapters.config_blocks import of_bird, of_frr
from labs.engine.adapters.node_state import PORTS, Held, Network, Port, Seen
from labs.engine.diagnosis import bgp_ends, bgp_session
from tests.labs.engine.diagnosis.networks import RIGS, frr

PEER = ipaddress.ip_address("2001:db8:b::2")
HEAD = "router bgp 65001\n no bgp default ipv4-unicast\n"


def bird(text):
    return Seen(RIGS["mixed"].lab.nodes["b1"], config=of_bird(text))


@pytest.mark.parametrize(
    ("seen", "lacks"),
    [
        (frr(f"{HEAD}exit\n"), True),
        (frr(f"{HEAD} neighbor 2001:db8:c::2 remote-as 65002\nexit\n"), True),
        (frr(f"{HEAD}exit\nrouter bgp 65001 vrf red\n neighbor {PEER} remote-as 65002\nexit\n"), False),
        (frr(f"{HEAD} neighbor UP peer-group\n bgp listen range 2001:db8:b::/64 peer-group UP\nexit\n"), False),
        (frr(f"{HEAD} neighbor UP peer-group\n bgp listen range 2001:db8:c::/64 peer-group UP\nexit\n"), True),
        (frr(f"{HEAD} neighbor eth1 interface remote-as external\nexit\n"), False),
        (bird("router id 10.0.0.3; protocol bgp up { neighbor 2001:db8:c::2 as 1; }"), True),
        (bird("define UP = 2001:db8:b::2; protocol bgp up { neighbor UP as 1; }"), False),
        (bird("protocol bgp up { neighbor range 2001:db8:b::/64 as 1; }"), False),
        (bird(f"template bgp t {{ neighbor {PEER} as 1; }}"), False),
        (bird('include "/etc/bird/peers.conf"; router id 10.0.0.3;'), False),
    ],
)
def test_a_neighbour_is_missing_only_if_nothing_may_stand_for_it(seen, lacks):
    """Regression: a neighbour of a VRF, of a listen range, or by a name of BIRD was told as missing."""
    assert bgp_ends.lacks_neighbor(replace(seen, answered=frozenset({"bgpd"})), PEER) is lacks


UNNUMBERED = f"{HEAD} neighbor eth1 interface remote-as external\nexit\n"
LINK_LOCAL = ipaddress.ip_address("fe80::2")


@pytest.mark.parametrize(
    ("seen", "held", "peer", "lacks"),
    [
        (frr(UNNUMBERED), "2001:db8:c::1/64", PEER, True),
        (frr(UNNUMBERED), "192.0.2.1/31", PEER, True),
        (frr(UNNUMBERED), "192.0.2.0/31", ipaddress.ip_address("192.0.2.1"), False),
        (frr(UNNUMBERED), "2001:db8:b::1/64", PEER, False),
        (frr(UNNUMBERED), "2001:db8:c::1/64", LINK_LOCAL, False),
        (bird("define UP = 2001:db8:c::2; protocol bgp up { neighbor UP as 1; }"), "2001:db8:c::1/64", PEER, True),
        (bird("define UP = OTHER; protocol bgp up { neighbor UP as 1; }"), "2001:db8:c::1/64", PEER, False),
        (bird("protocol bgp up { neighbor range 2001:db8:c::/64 as 1; }"), "2001:db8:c::1/64", PEER, True),
        (bird("protocol bgp up { neighbor range ALL as 1; }"), "2001:db8:c::1/64", PEER, False),
    ],
)
def test_a_neighbour_without_an_address_stands_only_for_those_that_it_may_be(seen, held, peer, lacks):
    """Regression: one neighbour on an interface, or by a name or a range of BIRD, hid that any other was missing."""
    ports = {"eth1": Port("eth1", held=(Held(ipaddress.ip_interface(held)),))}
    assert bgp_ends.lacks_neighbor(replace(seen, answered=frozenset({"bgpd", PORTS}), ports=ports), peer) is lacks


@pytest.mark.parametrize(
    ("lines", "numbers"),
    [
        ("", {"65001"}),
        (f" neighbor {PEER} local-as 65111\n", {"65111"}),
        (f" neighbor {PEER} local-as 65111 no-prepend replace-as dual-as\n", {"65001", "65111"}),
        (" neighbor 2001:db8:c::2 local-as 65111\n", {"65001"}),
        (f" neighbor UP peer-group\n neighbor UP local-as 65111\n neighbor {PEER} peer-group UP\n", {"65111"}),
        (" bgp confederation identifier 65100\n", {"65001", "65100"}),
    ],
)
def test_the_numbers_that_a_router_may_present(lines, numbers):
    """Regression: with local-as, or in a confederation, the peer was told to be in another AS than expected."""
    far = bgp_peer_config(frr(f"{HEAD} neighbor {PEER} remote-as 65002\n{lines}exit\n"), {PEER}, 6)
    assert bgp_ends.presented(far) == numbers
    for number in ("65001", "65111", "65100"):
        text = f"router bgp 65002\n neighbor 2001:db8:b::1 remote-as {number}\nexit\n"
        [near] = bgp_peer_configs(frr(text), 6)
        found = [one.name for one in bgp_session._numbers(near, far)]
        assert found == ([] if number in numbers else ["bgp-as"])


def test_bird_in_a_confederation_may_present_both_numbers():
    [far] = bgp_peer_configs(
        bird(f"protocol bgp up {{ local as 65001; neighbor {PEER} as 65002; confederation 65100; }}"), 6
    )
    assert bgp_ends.presented(far) == {"65001", "65100"}


@pytest.mark.parametrize(
    ("lines", "lacks"),
    [
        ("", {"in", "out"}),
        (f"  neighbor {PEER} route-map IN in\n", {"out"}),
        (f"  neighbor {PEER} filter-list OWN out\n", {"in"}),
        (f"  neighbor {PEER} distribute-list ONE in\n", {"out"}),
        (f"  neighbor {PEER} unsuppress-map ALL\n", {"in"}),
        ("  neighbor 2001:db8:c::2 distribute-list ONE in\n", {"in", "out"}),
    ],
)
def test_a_list_of_any_kind_is_a_policy(lines, lacks):
    """Regression: with a filter-list alone, FRR was told to have no policy for the neighbour."""
    inside = f" address-family ipv6 unicast\n  neighbor {PEER} activate\n{lines} exit-address-family\n"
    text = f"{HEAD} neighbor {PEER} remote-as 65002\n{inside}exit\n"
    [one] = bgp_peer_configs(frr(text), 6)
    assert {direction for direction in ("in", "out") if bgp_ends.lacks_policy(one, direction)} == lacks


def test_between_the_parts_of_a_confederation_no_policy_is_needed():
    text = f"{HEAD} bgp confederation peers 65002 65003\n neighbor {PEER} remote-as 65002\nexit\n"
    [one] = bgp_peer_configs(frr(text), 6)
    assert not bgp_ends.lacks_policy(one, "in")


def test_a_neighbour_whose_node_was_not_read_has_no_wrong_address():
    """Regression: while the other router had not answered, the right address was told to be one that no node has."""
    lab = RIGS["mixed"].lab
    text = "router bgp 65001\n neighbor 2001:db8:23::2 remote-as 65003\nexit\n"
    held = Held(ipaddress.ip_interface("2001:db8:23::1/64"))
    name = next(end.name for end in lab.interfaces("r1") if "2001:db8:23::1/64" in end.addresses)
    r1 = Seen(
        lab.nodes["r1"],
        ports={name: Port(name, held=(held,))},
        config=of_frr(text),
        answered=frozenset({PORTS, "bgpd"}),
    )
    other = ipaddress.ip_address("2001:db8:23::9")
    for answered, names in (
        (frozenset(), ["bgp-no-neighbor"]),
        (frozenset({PORTS}), ["bgp-wrong-address", "bgp-no-neighbor"]),
    ):
        b1 = Seen(lab.nodes["b1"], answered=answered)
        found = [one.name for one in bgp_session._misnamed(Network(lab, {"r1": r1, "b1": b1}), r1, other, 6)]
        assert found == names


@pytest.mark.parametrize(
    ("line", "is_off"),
    [
        ("", False),
        (f" neighbor {PEER} shutdown\n", True),
        (f" neighbor {PEER} shutdown message for the night\n", True),
        (" neighbor 2001:db8:c::2 shutdown\n", False),
        (f" neighbor UP peer-group\n neighbor UP shutdown\n neighbor {PEER} peer-group UP\n", True),
        (" bgp shutdown\n", True),
        (" bgp shutdown message for the night\n", True),
        (f" neighbor {PEER} shutdown rtt 50 count 3\n", False),
    ],
)
def test_a_session_of_frr_is_shut_down_alone_or_with_all_others(line, is_off):
    """Regression: “bgp shutdown” was not known."""
    one = bgp_peer_config(frr(f"{HEAD} neighbor {PEER} remote-as 65002\n{line}exit\n"), {PEER}, 6)
    assert bgp_ends.is_shut_down(one) is is_off


@pytest.mark.parametrize("is_off", [True, False])
def test_a_session_of_bird_is_shut_down_if_its_protocol_is_disabled(is_off):
    seen = replace(bird(f"protocol bgp up {{ neighbor {PEER} as 1; }}"), off=frozenset({"up" if is_off else "other"}))
    assert bgp_ends.is_shut_down(bgp_peer_config(seen, {PEER}, 6)) is is_off

"""The configuration of each end of a BGP session: one form for FRR and for BIRD."""

from ipaddress import ip_address

from labs.engine.adapters import config_blocks
from labs.engine.adapters.bgp_config import bgp_peer_config, bgp_peer_configs, runs_bgp
from labs.engine.adapters.node_state import Seen
from labs.engine.definition.spec import Kind, Node

PEER = ip_address("2001:db8::2")
FRR = """router bgp 65001
 no bgp default ipv4-unicast
 neighbor UP peer-group
 neighbor UP remote-as 65002
 neighbor UP password secret
 neighbor 2001:db8::2 peer-group UP
 neighbor 2001:db8::3 remote-as internal
 neighbor 2001:db8::3 shutdown
 neighbor 2001:db8::4 remote-as 65004
 neighbor 2001:db8::4 ebgp-multihop 2
 neighbor eth0 interface remote-as external
 address-family ipv6 unicast
  neighbor UP activate
  neighbor UP route-map IN in
  neighbor 2001:db8::2 route-map OUT out
  neighbor 2001:db8::2 prefix-list NETS in
  neighbor 2001:db8::2 maximum-prefix 100 75
  neighbor 2001:db8::4 filter-list PATHS out
 exit-address-family
exit
"""
BIRD = """protocol bgp up1 {
    local 2001:db8::1 as 65001;
    neighbor 2001:db8::2 as 65002;
    password "secret";
    ttl security on;
    ipv6 { import limit 100; import none; };
}
protocol bgp { local as 65001; neighbor 2001:db8::3 internal; multihop 2; ipv4 { import all; export all; }; }
"""


def frr(text=FRR):
    return Seen(Node(name="r1", kind=Kind.FRR), config=config_blocks.of_frr(text))


def bird(**more):
    return Seen(Node(name="b1", kind=Kind.BIRD), config=config_blocks.of_bird(BIRD), **more)


def test_a_neighbour_of_frr_has_what_its_group_says():
    peer = bgp_peer_config(frr(), {PEER}, 6)
    assert (peer.my_as, peer.its_as, peer.password, peer.active) == ("65001", "65002", "secret", True)
    assert (peer.route_maps, peer.prefix_lists) == ({"in": "IN", "out": "OUT"}, {"in": "NETS"})
    assert (peer.limit, peer.policy_needed) == (100, True)


def test_frr_asks_for_a_policy_only_between_two_networks():
    text = FRR.replace(" no bgp default", " no bgp ebgp-requires-policy\n no bgp default")
    assert not bgp_peer_config(frr(text), {PEER}, 6).policy_needed
    datacenter = f"frr defaults datacenter\n{FRR}"  # in this profile it is off, and FRR prints no line for that
    assert not bgp_peer_config(frr(datacenter), {PEER}, 6).policy_needed
    asked = datacenter.replace(" no bgp default", " bgp ebgp-requires-policy\n no bgp default")
    assert bgp_peer_config(frr(asked), {PEER}, 6).policy_needed
    inner = bgp_peer_config(frr(), {ip_address("2001:db8::3")}, 6)
    assert (inner.its_as, inner.off, inner.policy_needed) == ("65001", True, False)


def test_a_family_is_active_by_its_own_line_and_ipv4_also_by_default():
    there = {ip_address("2001:db8::4")}
    assert not bgp_peer_config(frr(), there, 6).active
    assert not bgp_peer_config(frr(), there, 4).active
    assert bgp_peer_config(frr(FRR.replace(" no bgp default ipv4-unicast\n", "")), there, 4).active
    assert bgp_peer_config(frr(), there, 6).multihop
    assert bgp_peer_config(frr(), there, 6).as_path_lists == {"out": "PATHS"}


def test_a_session_by_the_name_of_an_interface_has_no_address_and_is_left_out():
    assert [str(one.peer) for one in bgp_peer_configs(frr(), 6)] == ["2001:db8::2", "2001:db8::3", "2001:db8::4"]


def test_a_protocol_of_bird_has_its_channel_and_what_it_lets_through():
    peer = bgp_peer_config(bird(), {PEER}, 6)
    assert (peer.protocol, peer.my_as, peer.its_as, peer.password) == ("up1", "65001", "65002", "secret")
    assert (peer.ttl_checked, peer.active, peer.limit) == (True, True, 100)
    assert peer.accept_nothing == {
        "in": "import none",
        "out": "export none",
    }  # without a statement BIRD exports nothing
    assert not bgp_peer_config(bird(), {PEER}, 4).active


def test_a_protocol_of_bird_without_a_name_may_be_disabled_by_the_name_that_bird_gives_it():
    peer = bgp_peer_config(bird(off=frozenset({"bgp1"})), {ip_address("2001:db8::3")}, 4)
    assert (peer.off, peer.its_as, peer.multihop, peer.accept_nothing) == (True, "65001", True, {})


def test_a_router_speaks_bgp_if_a_block_says_so():
    assert runs_bgp(frr())
    assert runs_bgp(bird())
    assert not runs_bgp(frr("router ospf6\nexit\n"))
    assert bgp_peer_config(frr(), {ip_address("2001:db8::99")}, 6) is None


def test_the_block_of_a_vrf_is_not_that_of_the_router():
    vrf = "router bgp 65001 vrf red\n no bgp ebgp-requires-policy\n neighbor 2001:db8::9 remote-as 65009\nexit\n"
    assert ip_address("2001:db8::9") not in {one.peer for one in bgp_peer_configs(frr(FRR + vrf), 6)}
    assert bgp_peer_config(frr(FRR + vrf), {PEER}, 6).policy_needed


TEMPLATES = """template bgp everybody { local as 65001; ttl security on; }
template bgp customers from everybody { ipv6 { import where good(); export all; import limit 50; }; }
protocol bgp shop from customers { neighbor 2001:db8::2 as 65002; ipv6 { import limit 100; }; }
"""


def test_a_session_of_bird_has_what_its_templates_say():
    """Regression: without a channel of its own, it had the cause that its address family is not activated."""
    seen = Seen(Node(name="b1", kind=Kind.BIRD), config=config_blocks.of_bird(TEMPLATES), off={"shop"})
    peer = bgp_peer_config(seen, {PEER}, 6)
    assert (peer.my_as, peer.active, peer.ttl_checked, peer.protocol, peer.off) == ("65001", True, True, "shop", True)
    assert (peer.limit, peer.accept_nothing) == (100, {})


def test_templates_that_are_made_from_each_other_have_an_end():
    text = "template bgp a from b { multihop; } template bgp b from a { ; } protocol bgp x from a { neighbor 2001:db8::2 as 2; }"
    seen = Seen(Node(name="b1", kind=Kind.BIRD), config=config_blocks.of_bird(text))
    assert not bgp_peer_config(seen, {PEER}, 6).active

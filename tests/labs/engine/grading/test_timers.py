"""Timers that may still change a network, read from what its nodes answer."""

from ipaddress import ip_address

import pytest

from labs.engine.definition.spec import Kind, Node, StartFile
from labs.engine.grading import timers

HERE, THERE, SWITCH = "02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03"
OWNERS = {ip_address("2001:db8::2"): {THERE}}


def link(**more):
    return [{"ifname": "eth0", "qdisc": "noqueue", "linkinfo": {"info_kind": "veth"}, "addr_info": [], **more}]


def held(**more):
    return link(addr_info=[{"local": "2001:db8::1", "valid_life_time": 4294967295, **more}])


@pytest.mark.parametrize(
    ("links", "why"),
    [
        (held(), []),
        (held(tentative=True), ["eth0 has a tentative address"]),
        (held(tentative=True, dadfailed=True), []),  # it stays so for ever
        (link(qdisc="netem"), ["eth0 has a netem"]),
        (link(linkinfo={"info_kind": "vxlan"}), ["eth0 is a vxlan"]),
        (link(linkinfo={"info_kind": "bridge", "info_data": {"stp_state": 1}}), ["eth0 is a bridge"]),
        (link(linkinfo={"info_kind": "bridge", "info_data": {"stp_state": 0}}), []),
        ("no table", []),
    ],
)
def test_an_interface_changes_by_itself_where_something_in_it_runs(links, why):
    assert list(timers.of_links(links)) == why


LIFETIME = "eth0 has an address whose lifetime ends"


@pytest.mark.parametrize(
    ("links", "ends"),
    [
        (held(), []),
        (held(valid_life_time=100), [(100, LIFETIME)]),
        (held(valid_life_time=100, preferred_life_time=1), [(1, LIFETIME)]),
        (held(valid_life_time=100, preferred_life_time=0), [(100, LIFETIME)]),  # it is deprecated already
        (held(valid_life_time=3600), []),  # it ends after every time limit
        ("no table", []),
    ],
)
def test_an_address_whose_lifetime_ends_soon_is_a_timer(links, ends):
    assert list(timers.ends_of_addresses(links)) == ends


def test_a_route_that_expires_soon_is_a_timer():
    assert list(timers.ends_of_routes([{"dst": "default", "expires": 9}, {"dst": "2001:db8::/32"}])) == [
        (9, "the route to default expires")
    ]
    assert list(timers.ends_of_routes([{"dst": "default", "expires": timers.LONGEST}])) == []


@pytest.mark.parametrize(
    ("entry", "is_timer"),
    [
        ({"lladdr": THERE, "state": ["REACHABLE"]}, False),
        ({"lladdr": THERE.upper(), "state": ["REACHABLE"]}, False),
        ({"lladdr": HERE, "state": ["REACHABLE"]}, True),
        ({"lladdr": HERE, "state": ["STALE"]}, True),
        ({"lladdr": HERE, "state": ["FAILED"]}, False),
        ({"dst": "2001:db8::99", "lladdr": HERE, "state": ["STALE"]}, False),  # nobody has this address
        ({"dst": "2001:db8::99", "lladdr": HERE, "state": ["DELAY"]}, True),
        ({"dst": "fe80::1", "lladdr": SWITCH, "state": ["REACHABLE"]}, False),
        ({"lladdr": SWITCH, "state": ["REACHABLE"]}, True),
        ({"state": ["INCOMPLETE"]}, False),
    ],
)
def test_a_wrong_link_layer_address_is_remembered_for_a_time(entry, is_timer):
    entry = {"dst": "2001:db8::2", "dev": "eth0", **entry}
    assert bool(list(timers.of_neighbours([entry], OWNERS, {HERE, THERE}))) is is_timer


def test_a_neighbour_is_looked_for_until_it_has_not_answered_once():
    entry = {"dst": "2001:db8::2", "dev": "eth0", "state": ["INCOMPLETE"]}
    assert list(timers.of_resolution([entry], ())) == ["2001:db8::2 is being looked for"]
    assert list(timers.of_resolution([entry], set(timers.unanswered([entry])))) == []


def test_a_program_may_do_something_later_and_the_lab_s_own_are_told_apart():
    node = Node(name="h1", kind=Kind.HOST, start=("/srv/beacon &",))
    assert list(timers.of_programs(node, ["beacon", "bash", "ping", "catatonit"])) == []
    assert list(timers.of_lab_programs(node, ["beacon", "bash", "ping", "dhclient"])) == [
        "beacon of the lab runs on h1"
    ]
    assert list(timers.of_programs(node, ["dhclient"])) == ["dhclient runs on h1"]
    assert list(timers.of_programs(node, ["sleep"])) == []
    assert list(timers.of_sleep(node, ["sleep", "bash"])) == ["sleep runs on h1"]
    by_file = Node(
        name="h1",
        kind=Kind.HOST,
        files=(StartFile(path="/root/.profile", content=b"dhclient eth0\n", executable=False),),
    )
    assert list(timers.of_programs(by_file, ["dhclient"])) == []
    assert list(timers.of_lab_programs(by_file, ["dhclient"])) == ["dhclient of the lab runs on h1"]


def test_a_daemon_whose_timers_are_not_known_is_a_timer():
    node = Node(name="r1", kind=Kind.FRR, daemons=("isisd", "ospf6d"))
    assert list(timers.of_programs(node, [])) == ["isisd runs on r1"]


@pytest.mark.parametrize(
    ("config", "is_timer"),
    [
        ("router bgp 65001\n bgp dampening\n", True),
        (" neighbor eth0 interface remote-as external\n", True),
        (" no ipv6 nd suppress-ra\n", True),
        (" neighbor range 2001:db8::/64;\n", True),
        (" neighbor 2001:db8::1 maximum-prefix 10 75 restart 5\n", True),
        (" neighbor 2001:db8::1 maximum-prefix 10\n", False),
        ("router ospf6\n area 0 stub\n", False),
    ],
)
def test_a_line_of_a_configuration_may_start_a_timer(config, is_timer):
    assert bool(list(timers.of_config(config))) is is_timer


def test_a_packet_filter_that_counts_is_no_timer_and_one_that_limits_is():
    assert list(timers.of_filter('{"counter": {"packets": 7, "bytes": 9}}')) == []
    assert list(timers.of_filter('{"limit": {"rate": 1}}')) == ['a packet filter with "limit"']


def test_a_packet_filter_may_change_with_time():
    assert list(timers.of_timed_filter('{"limit": {"rate": 1}}')) == []
    assert list(timers.of_timed_filter('{"set": {"timeout": 8}}')) == ['a packet filter with "timeout"']


def test_bird_may_speak_a_protocol_whose_timers_are_not_known():
    assert list(timers.of_protocols({"Static", "Babel"})) == ["BIRD speaks Babel"]
    assert list(timers.of_protocols({"Static"})) == []


@pytest.mark.parametrize(
    ("configs", "protocols", "seconds"),
    [
        ([], {}, 0),
        ([], {"ospf": True}, timers.OSPF_SECONDS),
        (["router bgp 65001"], {"bgp": True}, timers.ROUTE_MAP_SECONDS + timers.BGP_SECONDS),
        (["router bgp 65001\nbgp route-map delay-timer 1"], {"bgp": True}, 1 + timers.BGP_SECONDS),
        (["bgp route-map delay-timer 90\nrouter bgp 1", ""], {"bgp": True, "ospf": True}, 90 + timers.BGP_SECONDS),
        (["protocol bgp up1 { }"], {"bgp": True}, timers.BGP_SECONDS),  # BIRD
    ],
)
def test_what_no_answer_shows_is_on_its_way_for_the_longest_delay(configs, protocols, seconds):
    assert timers.unseen_seconds(configs, **{"bgp": False, "ospf": False, **protocols}) == seconds

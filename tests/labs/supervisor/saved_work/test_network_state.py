"""The state of a node's network. Lines as iproute2 6.15 prints them."""

import time

import pytest

from labs.supervisor.saved_work import ip_batches, network_state


def test_default_rules_of_the_kernel_are_not_saved():
    printed = (
        b"0:\tfrom all lookup local\n1000:\tfrom all lookup [l3mdev-table]\n"
        b"32766:\tfrom all lookup main\n7:\tfrom all fwmark 0x7 lookup 77\n"
    )
    assert network_state.parse_lines(printed) == ["rule priority 7 from all fwmark 0x7 lookup 77"]


def test_a_moved_vrf_rule_is_saved_in_the_form_that_ip_accepts():
    [line] = network_state.parse_lines(b"900:\tfrom all lookup [l3mdev-table]\n")
    assert line == "rule priority 900 l3mdev"
    assert ip_batches.WORDS.fullmatch(network_state.command(line, "add"))


READ = b"""2001:db8:9::/48 via fe80::1 dev eth0 metric 1024 pref medium
blackhole 2001:db8:66::/48 table 100 metric 1024 linkdown
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN
default via 2001:db8:1::1 dev eth0 metric 77 [offload]
2001:db8:78::/48 nhid 8 via fe80::1 dev eth0 metric 9
0:\tfrom all lookup local
7:\tnot from 192.0.2.0/24 lookup 77
192.0.2.7 dev br7 lladdr 02:00:00:00:00:07 PERMANENT
2001:db8:1::77 dev eth0  proxy
"""


def test_routes_rules_and_neighbours_are_read_as_arguments_of_ip():
    """Routes that come before lo have proto static, which ip does not print."""
    lines = network_state.parse_lines(READ)
    assert lines == [
        "route 2001:db8:9::/48 via fe80::1 dev eth0 metric 1024 proto static",
        "route blackhole 2001:db8:66::/48 table 100 metric 1024 proto static",
        "route default via 2001:db8:1::1 dev eth0 metric 77",
        "route 2001:db8:78::/48 nhid 8 metric 9",
        "rule priority 7 not from 192.0.2.0/24 lookup 77",
        "neigh 192.0.2.7 dev br7 lladdr 02:00:00:00:00:07",
        "neigh proxy 2001:db8:1::77 dev eth0 ",
    ]
    assert all(ip_batches.WORDS.fullmatch(network_state.command(line, "add")) for line in lines)


def test_invalid_utf8_and_empty_lines_are_read():
    assert network_state.parse_lines(b"\n\xff\xfe\n") == ["route \ufffd\ufffd"]
    assert network_state.parse_lines(b"") == []


def test_a_neighbour_is_replaced_and_a_proxy_added():
    assert network_state.command("neigh 192.0.2.7 dev br7 lladdr 02::7", "add") == (
        "neigh replace 192.0.2.7 dev br7 lladdr 02::7 nud permanent"
    )
    assert network_state.command("neigh proxy 2001:db8::1 dev eth0", "add") == "neigh add proxy 2001:db8::1 dev eth0"
    assert network_state.command("neigh 192.0.2.7 dev br7", "del") == "neigh del 192.0.2.7 dev br7"


@pytest.mark.parametrize(
    "line", ["netns x", "link eth0 netns 1", "netns", "", "route\nlink del eth0", "exec reboot", "rou te"]
)
def test_a_forged_line_cannot_run_another_command_of_ip(line):
    for verb in ("add", "del"):
        assert not ip_batches.WORDS.fullmatch(network_state.command(line, verb))


def test_only_differences_are_changed_and_removals_come_first():
    now = ["route 10.0.0.0/8 dev eth0", "rule priority 7 from all lookup 7"]
    saved = ["rule priority 7 from all lookup 7", "route 10.0.0.0/9 dev eth0"]
    assert network_state.changes(now, saved) == ["route del 10.0.0.0/8 dev eth0", "route add 10.0.0.0/9 dev eth0"]
    assert network_state.changes(now, now) == []


def test_thirty_thousand_routes_are_compared_quickly():
    routes = [f"route 10.{number >> 8}.{number & 255}.0/24 dev eth0" for number in range(30_000)]
    began = time.process_time()
    assert len(network_state.changes(routes[:10], routes)) == 29_990
    assert network_state.changes(routes, routes[::-1]) == []
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"family": "inet6", "local": "2001:db8::1", "prefixlen": 64, "scope": "global"}, "2001:db8::1/64 nodad"),
        ({"family": "inet", "local": "192.0.2.1", "prefixlen": 24, "scope": "global"}, "192.0.2.1/24"),
        ({"family": "inet", "local": "192.0.2.1", "prefixlen": 32, "scope": "link"}, "192.0.2.1/32 scope link"),
        (
            {"family": "inet", "local": "192.0.2.1", "address": "192.0.2.2", "prefixlen": 32},
            "192.0.2.1 peer 192.0.2.2/32",
        ),
        ({"family": "inet6", "local": "2001:db8::1", "prefixlen": 64, "tentative": True}, "2001:db8::1/64"),
        (
            {"family": "inet6", "local": "fe80::1", "prefixlen": 64, "scope": "link", "tentative": True},
            "fe80::1/64 nodad",
        ),
        ({"family": "inet6", "local": "2001:db8::1", "prefixlen": 64, "dynamic": True}, ""),
        ({"family": "inet6", "local": "2001:db8::1", "prefixlen": 64, "temporary": True}, ""),
        ({"family": "inet6", "local": "::1", "prefixlen": 128, "protocol": "kernel_lo"}, ""),
        ({"family": "inet6"}, ""),
    ],
)
def test_hand_set_addresses_are_read_as_arguments_of_ip(facts, words):
    assert network_state.address_words(facts) == words


def test_removed_addresses_are_removed_again_and_others_stay():
    now = {"addresses": {"eth0": ["2001:db8::1/64 nodad", "192.0.2.1/24"], "eth1": ["192.0.2.9/24"]}}
    saved = {"addresses": {"eth0": ["192.0.2.1/24", "192.0.2.2/24"]}}
    assert network_state.address_commands(now, saved) == [
        "address del 2001:db8::1/64 dev eth0",
        "address replace 192.0.2.2/24 dev eth0",
    ]


def test_an_address_that_had_been_checked_for_duplicates_is_not_checked_again():
    now, saved = {"addresses": {"eth0": ["2001:db8::1/64"]}}, {"addresses": {"eth0": ["2001:db8::1/64 nodad"]}}
    assert network_state.address_commands(now, saved) == [
        "address del 2001:db8::1/64 dev eth0",
        "address replace 2001:db8::1/64 nodad dev eth0",
    ]
    assert network_state.address_commands(saved, saved) == []


def test_an_address_that_was_saved_during_its_check_is_checked_once():
    ended, saved = {"addresses": {"eth0": ["2001:db8::1/64 nodad"]}}, {"addresses": {"eth0": ["2001:db8::1/64"]}}
    assert network_state.address_commands({"addresses": {}}, saved) == ["address replace 2001:db8::1/64 dev eth0"]
    assert network_state.address_commands(saved, saved) == network_state.address_commands(ended, saved) == []


def test_nexthop_groups_come_after_their_members():
    now = ["id 5 via 2001:db8::5 dev eth0 scope link"]
    saved = ["id 8 group 7 proto static", "id 7 via 2001:db8::1 dev eth0 scope link"]
    assert network_state.nexthop_commands(now, saved) == [
        "nexthop del id 5",
        "nexthop replace id 7 via 2001:db8::1 dev eth0",
        "nexthop replace id 8 group 7 proto static",
    ]


def test_nexthops_of_daemons_are_not_saved():
    printed = b"id 7 via fe80::1 dev eth0 proto zebra\nid 8 blackhole proto static\nid 9 dev eth0 dead linkdown\n"
    assert network_state.parse_by_hand(printed) == ["id 8 blackhole proto static", "id 9 dev eth0"]


def test_nft_tables_of_our_cables_are_not_saved():
    ruleset = "table netdev vaka_65746830 {\n\tchain lossy {\n\t}\n}\ntable inet mine {\n}\n"
    assert network_state.OURS.sub("", ruleset) == "table inet mine {\n}\n"

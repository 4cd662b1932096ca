"""A packet passes the rules of nftables, in their order."""

from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest

from labs.engine.adapters.node_state import Way
from labs.engine.diagnosis import packet_filters
from labs.engine.diagnosis.packet_filters import Packet
from tests.labs.engine.diagnosis.networks import match, nft

DROP, ACCEPT = {"drop": None}, {"accept": None}
ECHO = Packet(
    protocol=58,
    kind=128,
    source=ip_address("2001:db8:1::10"),
    destination=ip_address("2001:db8:2::10"),
    came_in="eth0",
    goes_out="eth1",
    state="new",
)


def compare(left, right, op="=="):
    return {"match": {"op": op, "left": left, "right": right}}


def header(protocol, field):
    return {"payload": {"protocol": protocol, "field": field}}


def drops(packet, *rules, **chain):
    return bool(packet_filters.dropping(nft(*rules, **chain), packet, "input"))


def test_a_filter_drops_only_what_its_rule_matches():
    ospf = Packet(protocol=89, came_in="eth0")
    seen = nft((match("l4proto", "ospf"), match("iifname", "eth0"), DROP))
    assert packet_filters.dropping(seen, ospf, "input")
    assert not packet_filters.dropping(seen, ospf, "output")
    assert not packet_filters.dropping(seen, Packet(protocol=6, came_in="eth0"), "input")
    assert not packet_filters.dropping(seen, Packet(protocol=89, came_in="eth1"), "input")
    assert not drops(ospf, (match("l4proto", "ospf", "!="), DROP))
    assert not drops(ospf, (match("l4proto", "ospf"), ACCEPT))
    assert drops(ospf, drop="drop")


def test_an_earlier_rule_that_accepts_saves_the_packet_from_a_later_drop_and_from_the_policy():
    icmp = (match("l4proto", "ipv6-icmp"), ACCEPT)
    assert not drops(ECHO, icmp, drop="drop")
    assert not drops(ECHO, icmp, (DROP,))
    assert drops(ECHO, (DROP,), icmp)
    assert drops(replace(ECHO, protocol=6, kind=None), icmp, drop="drop")


def test_the_state_of_the_connection_decides_between_requests_and_replies():
    stateful = (compare({"ct": {"key": "state"}}, ["established", "related"], "in"), ACCEPT)
    assert drops(ECHO, stateful, drop="drop")
    assert not drops(replace(ECHO, kind=129, state="established"), stateful, drop="drop")


@pytest.mark.parametrize(
    "unclear",
    [
        match("mark", 7),
        compare(header("ip6", "saddr"), "@nobody"),
        compare({"ct": {"key": "status"}}, "dnat"),
        {"limit": {"rate": 5, "per": "second"}},
        {"xt": {"type": "match", "name": "comment"}},
    ],
)
def test_a_rule_that_is_not_understood_could_drop_a_packet_but_is_not_said_to(unclear):
    seen = nft((unclear, DROP))
    assert not packet_filters.dropping(seen, ECHO, "input")
    assert packet_filters.doubtful(seen, ECHO, "input")
    assert drops(ECHO, (unclear, ACCEPT), (DROP,)) is False, "it may accept the packet before the drop"
    assert drops(ECHO, (unclear, DROP), (DROP,)), "both ways end in a drop"


def test_a_table_of_the_other_family_or_one_that_sleeps_or_listens_on_another_port_drops_nothing():
    for change in ({"family": "ip"}, {"family": "bridge"}, {"family": "netdev", "hook": "input", "dev": "eth9"}):
        seen = nft(drop="drop")
        seen.filters["nftables"][0]["chain"] |= change
        assert not packet_filters.doubtful(seen, ECHO, "input"), change
    seen = nft(drop="drop")
    seen.filters["nftables"].append({"table": {"family": "inet", "name": "t", "flags": ["dormant"]}})
    assert not packet_filters.doubtful(seen, ECHO, "input")


def test_a_header_of_another_protocol_does_not_match_whatever_the_operator():
    assert not drops(ECHO, (compare(header("tcp", "dport"), 22, "!="), DROP))
    assert not drops(ECHO, (compare(header("ip", "saddr"), "192.0.2.1", "!="), DROP))
    assert drops(ECHO, (compare(header("icmpv6", "type"), "echo-reply", "!="), DROP))


def test_named_sets_prefixes_ranges_and_concatenations_are_read():
    own = {
        "set": {
            "family": "inet",
            "table": "t",
            "name": "own",
            "elem": [{"prefix": {"addr": "2001:db8:1::", "len": 48}}],
        }
    }
    seen = nft((compare(header("ip6", "saddr"), "@own"), DROP))
    seen.filters["nftables"].append(own)
    assert packet_filters.dropping(seen, ECHO, "input")
    assert not packet_filters.dropping(seen, replace(ECHO, source=ip_address("2001:db8:9::1")), "input")
    tcp = replace(ECHO, protocol=6, kind=None, port=80)
    assert drops(tcp, (compare(header("tcp", "dport"), {"range": [70, 90]}), DROP))
    assert not drops(tcp, (compare(header("tcp", "dport"), {"set": [22, {"range": [443, 500]}]}), DROP))
    pair = {"concat": [header("ip6", "daddr"), header("tcp", "dport")]}
    assert drops(tcp, (compare(pair, {"set": [{"concat": ["2001:db8:2::10", 80]}]}), DROP))
    assert not drops(tcp, (compare(pair, {"set": [{"concat": ["2001:db8:2::10", 22]}]}), DROP))


def test_a_verdict_map_decides_by_the_element_that_matches():
    by_type = {
        "vmap": {"key": header("icmpv6", "type"), "data": {"set": [["echo-request", DROP], ["echo-reply", ACCEPT]]}}
    }
    assert drops(ECHO, (by_type,))
    assert not drops(replace(ECHO, kind=129), (by_type,), drop="drop")
    assert drops(replace(ECHO, kind=3), (by_type,), drop="drop")


def test_a_jump_comes_back_and_a_return_leaves_only_its_own_chain():
    seen = nft(({"jump": {"target": "more"}},), (DROP,))
    seen.filters["nftables"].append(
        {"rule": {"family": "inet", "table": "t", "chain": "more", "expr": [{"return": None}]}}
    )
    assert packet_filters.dropping(seen, ECHO, "input")
    seen.filters["nftables"][-1]["rule"]["expr"] = [ACCEPT]
    assert not packet_filters.doubtful(seen, ECHO, "input")
    assert not drops(ECHO, (match("iifname", "eth0"), {"return": None}), (DROP,))


def test_a_rule_in_the_target_of_a_jump_counts_at_the_hook_of_the_jump():
    seen = nft(({"jump": {"target": "more"}},), (DROP,))
    seen.filters["nftables"][-1]["rule"]["chain"] = "more"
    assert packet_filters.dropping(seen, Packet(protocol=89), "input")


def test_jumps_in_a_circle_end():
    seen = nft(*[({"jump": {"target": "c"}},)] * 20)
    assert not packet_filters.dropping(seen, ECHO, "input")


def test_a_reverse_path_lookup_is_answered_by_the_routing_table():
    missing = (compare({"fib": {"result": "oif", "flags": ["saddr", "iif"]}}, False), DROP)
    for dev, dropped in (("eth1", True), ("eth0", False)):
        way = Way(ip_network("2001:db8:1::/64"), None, dev, "static", 0)
        assert bool(packet_filters.dropping(replace(nft(missing), ways=(way,)), ECHO, "input")) is dropped
    assert not packet_filters.dropping(nft(missing), ECHO, "input"), "without a routing table nothing is certain"


def test_a_counter_that_has_grown_shows_which_rule_dropped_the_probe():
    def seen(packets):
        made = nft((match("mark", 7), {"counter": {"packets": packets, "bytes": 0}}, DROP))
        made.filters["nftables"][1]["rule"]["handle"] = 4
        return made

    rules = packet_filters.doubtful(seen(0), ECHO, "input")
    assert packet_filters.counted(seen(3), seen(12), rules, least=9)
    assert not packet_filters.counted(seen(3), seen(8), rules, least=9)

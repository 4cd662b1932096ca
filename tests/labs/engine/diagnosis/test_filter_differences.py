"""Of the differences between two packet filters, only those that may stop the packets of the check are suspected."""

import copy
import json
from dataclasses import replace

import pytest

from labs.engine.adapters.node_state import Network
from labs.engine.checks import TYPES
from labs.engine.diagnosis import compared
from labs.engine.state import reading
from labs.engine.state.facts import as_json, from_json
from tests.labs.engine.diagnosis.test_dependency_search import LAB, solved_pair

WEB = {"to": "2001:db8:2::10", "port": 80}


def rule(*statements):
    return list(statements)


def equals(left, right, op="=="):
    return {"match": {"op": op, "left": left, "right": right}}


def dport(number):
    return equals({"payload": {"protocol": "tcp", "field": "dport"}}, number)


ACCEPT, DROP, COUNT = {"accept": None}, {"drop": None}, {"counter": {"packets": 7, "bytes": 700}}
ESTABLISHED = rule(equals({"ct": {"key": "state"}}, ["established"], "in"), ACCEPT)
ICMP = rule(equals({"meta": {"key": "l4proto"}}, "ipv6-icmp"), ACCEPT)
# Whether the packets of the check come from there is not known.
NEAR = equals({"payload": {"protocol": "ip6", "field": "saddr"}}, {"prefix": {"addr": "2001:db8:a::", "len": 64}})
HTTP, SSH = rule(NEAR, dport(80), ACCEPT), rule(dport(22), ACCEPT)
NO_SSH, NO_HTTP, NO_TCP = (
    rule(dport(22), DROP),
    rule(dport(80), DROP),
    rule(equals({"meta": {"key": "l4proto"}}, "tcp"), DROP),
)
NO_TOO_BIG = rule(equals({"payload": {"protocol": "icmpv6", "field": "type"}}, "packet-too-big"), DROP)
RULES = [ESTABLISHED, ICMP, HTTP, SSH]


def filters(rules, hook="forward", policy="drop", family="inet"):
    place = {"family": family, "table": "t"}
    head = {"chain": {**place, "name": "c", "hook": hook, "policy": policy, "prio": 0}}
    return {"nftables": [head, *({"rule": {**place, "chain": "c", "expr": one}} for one in rules)]}


@pytest.fixture
def solved():
    return solved_pair()


def saddr(prefix, length=64, protocol="ip6"):
    return equals({"payload": {"protocol": protocol, "field": "saddr"}}, {"prefix": {"addr": prefix, "len": length}})


def suspected(both, live, model, check=("service.tcp", WEB), node="r2", **chain):
    """Return the rule that is suspected, as JSON: of the live filter, or of the solved one where the live one lacks it."""
    network, state = both
    seen = replace(network.nodes[node], filters=filters(live, **chain))
    states = []
    for rules in (live, model):
        one = copy.deepcopy(state)
        with_rules = Network(LAB, {node: replace(network.nodes[node], filters=filters(rules, **chain))})
        one[node]["filters"] = as_json(reading.state_of(with_rules, {}))[node]["filters"]
        states.append(from_json(one))
    made = TYPES[check[0]].parse(check[1])
    found = compared.suspect(made, LAB.nodes["r1"], Network(LAB, network.nodes | {node: seen}), *states)
    stored = (found.nearest.live or found.nearest.model) if found else None
    return stored and [json.loads(line) for line in stored.split("\n")][-1]


@pytest.mark.parametrize(
    "extra", [NO_SSH, rule(COUNT), rule(dport(443), ACCEPT), rule({"log": None})], ids=["ssh", "count", "accept", "log"]
)
def test_a_rule_that_is_only_here_and_stops_nothing_of_the_check_is_not_suspected(solved, extra):
    """Regression: in a chain with policy drop, each rule of the learner's own was named, whatever it did."""
    assert suspected(solved, [extra, *RULES], RULES) is None


@pytest.mark.parametrize("extra", [NO_HTTP, NO_TCP, NO_TOO_BIG], ids=["http", "tcp", "too big"])
def test_a_rule_that_is_only_here_and_may_stop_the_packets_or_their_errors_is_suspected(solved, extra):
    assert suspected(solved, [extra, *RULES], RULES) == extra


def test_a_missing_rule_is_suspected_only_if_it_lets_the_packets_of_the_check_pass(solved):
    assert suspected(solved, [ESTABLISHED, ICMP, SSH], RULES) == HTTP
    assert suspected(solved, [ESTABLISHED, ICMP, HTTP], RULES) is None
    assert suspected(solved, RULES, [NO_HTTP, *RULES]) is None


def test_of_two_differences_the_one_that_stops_the_packets_is_suspected(solved):
    assert suspected(solved, [NO_SSH, ESTABLISHED, ICMP, SSH], RULES) == HTTP


def test_the_chain_input_is_nothing_to_packets_that_only_pass(solved):
    assert suspected(solved, [NO_TCP], [], hook="input", policy="accept") is None
    assert suspected(solved, [NO_TCP], [], hook="forward", policy="accept") == NO_TCP
    assert suspected(solved, [NO_TCP], [], hook="input", policy="accept", node="h2") == NO_TCP
    discovery = rule(equals({"payload": {"protocol": "icmpv6", "field": "type"}}, "nd-neighbor-solicit"), DROP)
    assert suspected(solved, [discovery], [], hook="input", policy="accept") == discovery


def test_rules_in_another_order_are_suspected(solved):
    assert suspected(solved, [NO_TCP, HTTP], [HTTP, NO_TCP]) == HTTP


def test_a_check_of_a_rate_needs_rules_that_drop(solved):
    limit = rule({"limit": {"rate": 5, "per": "second", "inv": True}}, DROP)
    expect = {"to": "h2", "address": "2001:db8:2::10", "kbit": 2000, "rate": "500 ~20%"}
    assert suspected(solved, RULES, [limit, *RULES], check=("rate.limit", expect)) == limit


def test_a_rule_for_other_addresses_is_not_suspected(solved):
    """The packets of the check have an address of r1, and those of the reply one of h2."""
    for prefix, is_of_check in (("2001:db8:a::", True), ("2001:db8:2::", True), ("2001:db8:99::", False)):
        drop = rule(saddr(prefix), DROP)
        assert suspected(solved, [drop], [], policy="accept") == (drop if is_of_check else None), prefix


def test_where_addresses_are_translated_those_of_the_check_say_nothing(solved):
    nat = rule({"masquerade": None})
    drop = rule(saddr("2001:db8:99::"), DROP)
    assert suspected(solved, [drop, nat], [nat], policy="accept") == drop
    assert suspected(solved, [drop, rule(COUNT)], [rule(COUNT)], policy="accept") is None


def test_a_table_of_the_other_family_is_not_suspected(solved):
    """Regression: of a rule that the learner had put into a table for IPv4, it was told that it should not be there."""
    change = rule(dport(80), {"mangle": {"key": {"tcp option": {"name": "maxseg"}}, "value": 1220}})
    assert suspected(solved, [change], [], family="ip", policy="accept") is None
    assert suspected(solved, [], [change], family="ip6", policy="accept") == change
    assert suspected(solved, [], [HTTP], family="ip6", policy="accept") is None  # no rule here may drop the packets


def test_neighbour_discovery_is_not_forwarded(solved):
    discovery = rule(equals({"payload": {"protocol": "icmpv6", "field": "type"}}, "nd-neighbor-solicit"), DROP)
    assert suspected(solved, [discovery], [], policy="accept") is None


def test_the_policy_of_a_chain_is_suspected_where_it_drops(solved):
    assert suspected(solved, [], [HTTP], policy="drop") == HTTP

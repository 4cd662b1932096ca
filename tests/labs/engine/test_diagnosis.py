"""What a diagnosis says without a network: the nearest cause, nothing of what it does not know, and nothing at all of rubbish."""

import ipaddress
import json

import pytest

from labs.engine import diagnosis
from labs.engine.config import of_bird, of_frr
from labs.engine.diagnosis import filters, policy
from labs.engine.diagnosis.ends import ospf_end
from labs.engine.diagnosis.filters import Packet
from labs.engine.faults import networks, rig
from labs.engine.faults.rig import ROUTER
from labs.engine.seen import Port, Seen
from labs.engine.text import Text
from tests.labs.engine.test_hostile_answers import LEAVES, rubbish
from tests.labs.engine.test_hostile_answers import random as chances

RIGS = {"pair": rig.pair(), "mixed": networks.mixed(), "way": networks.way()}
GOALS = [(name, goal) for name, one in RIGS.items() for goal in one.goals]
LAB = RIGS["pair"].lab


def look(name, goal):
    one = RIGS[name]
    return diagnosis.look(one.goals[goal].check(), one.lab.nodes[one.goals[goal].node], one.lab)


def answers(change=lambda ask: None, routers=ROUTER):
    """What the pair of routers would answer, but for what ``change`` says of an ask."""

    def of(ask):
        if (other := change(ask)) is not None:
            return {"ok": True} | other
        node = ask["node"]
        if ask["ask"] == "vty" and node[0] == "r":
            text = routers.format(i=node[1], o=3 - int(node[1])) if ask["daemon"] == "ospf6d" else ""
            return {"ok": True, "outputs": [text]}
        if ask["ask"] == "ip" and ask["args"][-1] == "addr":
            return {"ok": True, "json": [port(name, node) for name in ("eth0", "eth1", "eth2")]}
        return {"ok": False, "kind": "timeout"}

    return lambda asks: [of(ask) for ask in asks]


def port(name, node, flags=("UP", "LOWER_UP"), mtu=1500):
    held = {"local": f"2001:db8:{'abc'[int(name[3])]}::{node[1]}", "prefixlen": 64, "scope": "global"}
    return {"ifname": name, "flags": list(flags), "mtu": mtu, "addr_info": [held]}


@pytest.mark.parametrize(("name", "goal"), GOALS)
def test_rubbish_is_no_cause_that_raises(name, goal):
    chance = chances.Random(name + goal)
    for _round in range(3):
        [found] = diagnosis.run([look(name, goal)], lambda asks: [rubbish(chance) for _ask in asks])
        assert found is None or found.name in {"", *diagnosis.CAUSES}
    for leaf in LEAVES[::4]:
        [found] = diagnosis.run([look(name, goal)], lambda asks, leaf=leaf: [leaf for _ask in asks])
        assert found is None or not found.name
    [found] = diagnosis.run([look(name, goal)], lambda asks: [])
    assert found is None or not found.name


@pytest.mark.parametrize("goal", ["ospf", "bgp"])
def test_both_ends_are_asked(goal):
    assert {node for node, _part in next(look("pair", goal))} >= {"r1", "r2"}


def test_each_round_of_all_looks_is_one_question():
    asked = []
    diagnosis.run([look("pair", "ospf"), look("pair", "bgp")], lambda asks: asked.append(asks) or answers()(asks))
    assert 1 <= len(asked) <= diagnosis.ROUNDS


def test_two_faults_at_once_the_nearer_one_is_named():
    def down(ask):
        if ask["node"] == "r2" and ask["ask"] == "ip" and ask["args"][-1] == "addr":
            return {"json": [port("eth0", "r2", flags=(), mtu=1400)]}
        return None

    other = ROUTER.replace("ipv6 ospf6 area 0", "ipv6 ospf6 area {i}")
    [found] = diagnosis.run([look("pair", "ospf")], answers(down, other))
    assert found.name == "link-down"
    assert "r2:eth0" in str(found.text)
    assert "ip link show eth0" in str(found.text)
    [found] = diagnosis.run([look("pair", "ospf")], answers(routers=other))
    assert found.name == "ospf-area"


def test_what_looks_right_at_both_ends_has_no_name_but_says_what_was_seen():
    [found] = diagnosis.run([look("pair", "ospf")], answers())
    assert found.name == ""
    assert str(found.text).startswith("I do not know the cause. What I saw: ")
    assert "r1:eth0 and r2:eth0 fit" in str(found.text)


def test_a_daemon_that_is_only_slow_is_not_named_as_gone():
    slow = answers()
    [found] = diagnosis.run([look("mixed", "in")], lambda asks: [{"ok": False, "kind": "timeout"} for _ in slow(asks)])
    assert found is None or found.name != "daemon-down"


# Policies and filters


def frr(text):
    return Seen(LAB.nodes["r1"], config=of_frr(text))


LISTS = """ipv6 prefix-list GOOD seq 10 deny 2001:db8::/32 le 128
ipv6 prefix-list GOOD seq 20 permit ::/0 le 48
route-map IN deny 5
 match rpki invalid
exit
route-map IN permit 10
 match ipv6 address prefix-list GOOD
exit
route-map ODD permit 10
 match community LOCAL
exit
"""


@pytest.mark.parametrize(
    ("prefix", "permits"), [("2001:db8:1::/48", False), ("3fff::/20", True), ("3fff:1:2:3::/64", False)]
)
def test_a_prefix_list_is_read_line_by_line(prefix, permits):
    assert policy.prefix_list(frr(LISTS), "GOOD", ipaddress.ip_network(prefix)).permits is permits


def test_a_route_map_that_is_not_understood_decides_nothing():
    net = ipaddress.ip_network("3fff::/20")
    assert policy.route_map(frr(LISTS), "IN", net, "valid").permits is True
    assert policy.route_map(frr(LISTS), "IN", net, "invalid").by == "route-map IN deny 5"
    assert policy.route_map(frr(LISTS), "IN", net).permits is None
    assert policy.route_map(frr(LISTS), "ODD", net).permits is None


def nft(*rules, hook="input", chain="c", drop="accept"):
    head = {"chain": {"family": "inet", "table": "t", "name": "c", "hook": hook, "policy": drop}}
    made = [{"rule": {"family": "inet", "table": "t", "chain": chain, "expr": list(expr)}} for expr in rules]
    return Seen(LAB.nodes["r1"], filters={"nftables": [head, *made]})


def match(key, right, op="=="):
    return {"match": {"op": op, "left": {"meta": {"key": key}}, "right": right}}


def test_a_filter_is_suspected_only_where_it_could_take_the_packet():
    ospf = Packet(protocol=89, came_in="eth0")
    drops = nft((match("l4proto", "ospf"), match("iifname", "eth0"), {"drop": None}))
    assert filters.dropping(drops, ospf, "input")
    assert not filters.dropping(drops, ospf, "output")
    assert not filters.dropping(drops, Packet(protocol=6, came_in="eth0"), "input")
    assert not filters.dropping(drops, Packet(protocol=89, came_in="eth1"), "input")
    assert not filters.dropping(nft((match("l4proto", "ospf", "!="), {"drop": None})), ospf, "input")
    assert not filters.dropping(nft((match("l4proto", "ospf"), {"accept": None})), ospf, "input")
    assert filters.dropping(nft(drop="drop"), ospf, "input")


def test_a_rule_in_a_chain_that_is_jumped_to_counts_where_it_is_jumped_from():
    seen = nft(({"jump": {"target": "more"}},), ({"drop": None},))
    seen.filters["nftables"][-1]["rule"]["chain"] = "more"
    assert filters.dropping(seen, Packet(protocol=89), "input")


def test_both_daemons_say_the_same_of_an_end():
    bird = Seen(RIGS["mixed"].lab.nodes["b1"], config=of_bird(networks.BIRD))
    mine, theirs = ospf_end(frr(networks.FRR), Port("eth0")), ospf_end(bird, Port("eth0"))
    for what in ("on", "passive", "area", "instance", "timers", "type", "signed"):
        assert getattr(mine, what) == getattr(theirs, what), what
    assert ospf_end(bird, Port("eth1")).passive
    assert (theirs.router_id, theirs.protocol) == ("10.0.0.3", "inside")


# Words


def test_a_sentence_in_a_sentence_is_translated_too():
    text = Text.of(Text("It is %(what)s.", what=Text("red")), Text("Look."))
    there = json.loads(json.dumps(text.as_json()))
    assert Text.from_json(there) == text
    assert str(text) == "It is red. Look."
    assert text.says("Look.")
    assert not text.says("It is red.")
    german = {"It is %(what)s.": "Es ist %(what)s.", "red": "rot", "Look.": "Schau %(that)s."}
    assert Text.from_json(there).in_words(lambda words: german.get(words, words)) == "Es ist rot. Look."

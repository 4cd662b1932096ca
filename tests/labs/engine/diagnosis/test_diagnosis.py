"""What a diagnosis says without a network: the nearest cause, nothing of what it does not know, and nothing at all of rubbish."""

import ipaddress
import json

import pytest

from labs.engine import diagnosis
from labs.engine.adapters.config import of_bird, of_frr
from labs.engine.adapters.node_state import Port, Seen
from labs.engine.checks import TYPES
from labs.engine.diagnosis import filters, policy
from labs.engine.diagnosis.ends import ospf_end
from labs.engine.diagnosis.filters import Packet
from labs.engine.text import Text
from rigs.diagnose import frr_and_bird, frr_pair, static_path
from rigs.diagnose.frr_pair import ROUTER
from tests.labs.engine.checks.test_hostile_answers import LEAVES, rubbish
from tests.labs.engine.checks.test_hostile_answers import random as chances

RIGS = {"pair": frr_pair.frr_pair(), "mixed": frr_and_bird.frr_and_bird(), "way": static_path.static_path()}
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


def test_no_more_ports_are_heard_at_than_there_is_room_for_and_the_first_look_comes_first():
    heard = []

    def says(asks):
        heard.append(sum(ask["ask"] == "capture" for ask in asks))
        return way_answers({})(asks)

    found = diagnosis.run([look("way", "ping") for _each in range(diagnosis.MOST)], says)
    assert max(heard) <= diagnosis.LISTENERS
    assert found[0].text
    assert found[-1] is None


def test_what_looks_read_of_the_nodes_is_asked_for_once():
    """Eight checks that fail cost hardly more than one: of what they ask first nothing differs."""
    asked = []
    for many in (1, diagnosis.MOST):
        looks = [look("pair", "ospf") for _each in range(many)]
        asked.append(len({json.dumps(ask, sort_keys=True) for one in looks for ask in next(one).values()}))
    assert asked[0] == asked[1]


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


def test_a_router_whose_ports_are_not_known_is_not_said_to_be_far_from_its_peer():
    def no_ports(ask):
        return {"ok": False, "kind": "timeout"} if ask["ask"] == "ip" and ask["node"] == "r1" else None

    [found] = diagnosis.run([look("pair", "bgp")], bgp_answers(no_ports))
    assert found is None or found.name == ""


def test_what_was_not_said_in_time_is_asked_once_more():
    late = [True]

    def slow(asks):
        return (
            [{"ok": False, "kind": "timeout"} for _ask in asks] if late and late.pop() else answers(routers=other)(asks)
        )

    other = ROUTER.replace("ipv6 ospf6 area 0", "ipv6 ospf6 area {i}")
    [found] = diagnosis.run([look("pair", "ospf")], slow)
    assert found.name == "ospf-area"


def bgp_answers(change=lambda ask: None):
    """The same pair of routers, whose bgpd says what it runs."""

    def of(ask):
        if ask["ask"] == "vty" and ask["node"][0] == "r" and ask["daemon"] == "bgpd":
            return {"outputs": [ROUTER.format(i=ask["node"][1], o=3 - int(ask["node"][1]))]}
        return change(ask)

    return answers(of)


# Where packets are heard


ENDS = [("h1", "eth0"), ("r1", "eth0"), ("r1", "eth1"), ("r2", "eth1"), ("r2", "eth0"), ("h2", "eth0")]


def way_answers(heard, filters=None):
    """What the network of the way says: all as it should be, and at each point the next of ``heard``; None: no answer."""
    addresses = {f"{i.node}:{i.name}": i.addresses for link in RIGS["way"].lab.links for i in (link.a, link.b)}

    def of(ask):
        node = ask["node"]
        if ask["ask"] == "capture":
            counts = heard.get(f"{node}:{ask['interface']} {ask['filter'].split()[4]}", [5])
            count = counts.pop(0) if len(counts) > 1 else counts[0]
            return {"ok": False, "kind": "timeout"} if count is None else {"ok": True, "count": count}
        if ask["ask"] == "ip" and ask["args"][-1] == "addr":
            held = {end: text for end, text in addresses.items() if end.startswith(f"{node}:")}
            return {"ok": True, "json": [way_port(end.split(":")[1], texts) for end, texts in held.items()]}
        if ask["ask"] == "ip" and ask["args"] == ["-6", "route"]:
            own = [line.split() for line in static_path.ROUTES[node] if "ip -6" in line]
            return {"ok": True, "json": list(way_routes(node, own, addresses))}
        if ask["ask"] == "sysctl" and ask["key"].endswith("forwarding"):
            return {"ok": True, "value": "1" if node[0] == "r" else "0"}
        if ask["ask"] == "nft" and filters and node in filters:
            return {"ok": True, "text": json.dumps(filters[node].filters)}
        return {"ok": False, "kind": "timeout"}

    return lambda asks: [of(ask) for ask in asks]


def way_port(name, texts):
    infos = [{"local": t.split("/")[0], "prefixlen": int(t.split("/")[1]), "scope": "global"} for t in texts]
    return {"ifname": name, "flags": ["UP", "LOWER_UP"], "mtu": 1500, "addr_info": infos}


def way_routes(node, own, addresses):
    links = {}
    for end, texts in addresses.items():
        if end.startswith(f"{node}:"):
            links[end.split(":")[1]] = net = ipaddress.ip_interface(texts[0]).network
            yield {"dst": str(net), "dev": end.split(":")[1], "protocol": "kernel"}
    for words in own:
        dev = next(name for name, net in links.items() if ipaddress.ip_address(words[6]) in net)
        yield {"dst": words[4], "gateway": words[6], "dev": dev}


THERE, BACK = "2001:db8:1::10", "2001:db8:2::10"  # who sends what is heard
STOPPED = {f"r2:eth0 {THERE}": [0], f"h2:eth0 {THERE}": [0]} | {
    f"{end} {BACK}": [0] for end in ("h2:eth0", "r2:eth0", "r2:eth2", "r1:eth2", "r1:eth0", "h1:eth0")
}


def test_packets_are_named_as_dropped_where_they_come_in_and_do_not_go_out():
    drops = {"r2": nft((match("iifname", "eth1"), {"drop": None}), hook="forward")}
    [found] = diagnosis.run([look("way", "ping")], way_answers(dict(STOPPED), drops))
    assert found.name == "firewall"
    assert "A filter on r2 drops" in str(found.text)
    [found] = diagnosis.run([look("way", "ping")], way_answers(dict(STOPPED)))
    assert found.name == ""
    assert "Requests were heard at r2:eth1, and not any more at r2:eth0." in str(found.text)


def test_who_did_not_listen_before_the_place_does_not_hide_it():
    drops = {"r2": nft((match("iifname", "eth1"), {"drop": None}), hook="forward")}
    deaf = STOPPED | {f"h1:eth0 {THERE}": [None], f"r1:eth1 {THERE}": [0], f"h2:eth0 {BACK}": [None]}
    [found] = diagnosis.run([look("way", "ping")], way_answers(deaf, drops))
    assert found.name == "firewall"


def test_where_nobody_listened_is_listened_again_and_otherwise_said():
    drops = {"r2": nft((match("iifname", "eth1"), {"drop": None}), hook="forward")}
    [found] = diagnosis.run([look("way", "ping")], way_answers(STOPPED | {f"r2:eth0 {THERE}": [None, 0]}, drops))
    assert found.name == "firewall"
    [found] = diagnosis.run([look("way", "ping")], way_answers(STOPPED | {f"r2:eth0 {THERE}": [None]}, drops))
    assert found.name == ""
    assert "Packets were heard at r2:eth1. Nothing could be heard at r2:eth0: it did not answer in time." in str(
        found.text
    )


def test_all_that_passes_and_nothing_that_leaves_is_said_without_a_name():
    [found] = diagnosis.run([look("way", "ping")], way_answers({}))
    assert "Requests and answers were heard at each port of the way." in str(found.text)
    nothing = {
        f"{node}:{port} {who}": [0] for node, port in [*ENDS, ("r1", "eth2"), ("r2", "eth2")] for who in (THERE, BACK)
    }
    [found] = diagnosis.run([look("way", "ping")], way_answers(nothing))
    assert "No packet left h1:eth0." in str(found.text)


def test_a_flow_that_passes_is_said_by_which_nodes_and_what_could_drop_it():
    blocked = TYPES["flow.block"].parse(
        {"to": "h2", "address": "2001:db8:2::10", "protocol": "tcp", "port": 22, "control": {"port": 80}}
    )
    lab = RIGS["way"].lab
    [found] = diagnosis.run([diagnosis.look(blocked, lab.nodes["h1"], lab)], way_answers({}))
    assert (found.name, found.adds) == ("", True)
    assert str(found.text).startswith("Packets for 2001:db8:2::10 pass h1, r1, r2, h2. No rule on them could drop tcp")
    drops = {"r1": nft((match("l4proto", "tcp"), {"drop": None}), hook="forward")}
    [found] = diagnosis.run([diagnosis.look(blocked, lab.nodes["h1"], lab)], way_answers({}, drops))
    assert "Rules that could drop the flow are on r1." in str(found.text)


def test_of_a_failover_the_ways_are_said_that_packets_take_with_all_cables_in():
    lab = RIGS["way"].lab
    other = TYPES["path.failover"].parse({"to": "2001:db8:2::10"})
    [found] = diagnosis.run([diagnosis.look(other, lab.nodes["h1"], lab)], way_answers({}))
    assert found.adds
    assert str(found.text) == (
        "With all cables in, packets for 2001:db8:2::10 pass h1, r1, r2, h2. Their answers pass h2, r2, r1, h1."
    )


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
    bird = Seen(RIGS["mixed"].lab.nodes["b1"], config=of_bird(frr_and_bird.BIRD))
    mine, theirs = ospf_end(frr(frr_and_bird.FRR), Port("eth0")), ospf_end(bird, Port("eth0"))
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

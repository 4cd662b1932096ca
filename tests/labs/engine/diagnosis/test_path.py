"""The place on a path where packets disappear."""

import ipaddress
from dataclasses import replace

import pytest

from labs.engine.adapters.node_state import PORTS, ROUTES, Held, Network, Port, Seen, Way
from labs.engine.definition.ad_hoc import ad_hoc_lab
from labs.engine.definition.spec import Kind, Node
from labs.engine.diagnosis import compared, diagnosis, path, path_walk, seen_sentences
from labs.engine.diagnosis.causes import cause, one_of
from labs.engine.diagnosis.path_walk import Hop, Walk
from rigs.diagnose.fault_network import cable
from tests.labs.engine.diagnosis.networks import BACK, ENDS, RIGS, STOPPED, THERE, match, nft, search, way_answers
from tests.labs.engine.diagnosis.test_kernel_state import check


def test_a_packet_filter_is_named_where_packets_arrive_but_do_not_leave():
    drops = {"r2": nft((match("iifname", "eth1"), {"drop": None}), hook="forward")}
    [found] = diagnosis.run([search("way", "ping")], way_answers(dict(STOPPED), drops))
    assert found.name == "firewall"
    assert "A packet filter on r2 drops" in str(found.text)
    [found] = diagnosis.run([search("way", "ping")], way_answers(dict(STOPPED)))
    assert found.name == ""
    assert "Requests were captured at r2:eth1, but not at r2:eth0." in str(found.text)


def test_a_missing_capture_earlier_on_the_path_does_not_hide_the_place():
    drops = {"r2": nft((match("iifname", "eth1"), {"drop": None}), hook="forward")}
    deaf = STOPPED | {f"h1:eth0 {THERE}": [None], f"r1:eth1 {THERE}": [0], f"h2:eth0 {BACK}": [None]}
    [found] = diagnosis.run([search("way", "ping")], way_answers(deaf, drops))
    assert found.name == "firewall"


def test_a_missing_capture_is_reported_and_not_repeated():
    """A second capture would not end within the 2 seconds that a diagnosis may take."""
    drops = {"r2": nft((match("iifname", "eth1"), {"drop": None}), hook="forward")}
    whole, rounds = way_answers(STOPPED | {f"r2:eth0 {THERE}": [None, 0]}, drops), []
    [found] = diagnosis.run([search("way", "ping")], lambda asks: rounds.append(captures(asks)) or whole(asks))
    assert found.name == ""
    assert "Packets were captured at r2:eth1. No capture was possible at r2:eth0." in str(found.text)
    assert sum(rounds) == len(ENDS) * 2


def captures(asks):
    return sum(ask["ask"] == "capture" for ask in asks)


def test_packets_that_all_pass_or_never_leave_are_reported_without_a_cause():
    [found] = diagnosis.run([search("way", "ping")], way_answers({}))
    assert "Requests and replies were captured on each port of the path." in str(found.text)
    nothing = {
        f"{node}:{port} {who}": [0] for node, port in [*ENDS, ("r1", "eth2"), ("r2", "eth2")] for who in (THERE, BACK)
    }
    [found] = diagnosis.run([search("way", "ping")], way_answers(nothing))
    assert "No packet left h1:eth0." in str(found.text)


def _unclear(packets):
    """A filter on r2 with a rule that is not understood, and its counter."""
    seen = nft((match("mark", 7), {"counter": {"packets": packets, "bytes": 0}}, {"drop": None}), hook="forward")
    seen.filters["nftables"][1]["rule"]["handle"] = 4
    return seen


def test_a_rule_that_could_drop_the_packets_is_seen_and_named_only_when_the_kernel_counted_them():
    counted = {"r2": [_unclear(0), _unclear(9)]}
    [found] = diagnosis.run([search("way", "ping")], way_answers(dict(STOPPED), counted))
    assert found.name == "firewall"
    [found] = diagnosis.run([search("way", "ping")], way_answers(dict(STOPPED), {"r2": [_unclear(4), _unclear(4)]}))
    assert found.name == ""
    assert "r2 has rules that could drop these packets. To see them: nft list ruleset" in str(found.text)


def test_a_filter_that_accepts_before_its_policy_drops_is_not_blamed():
    stateful = nft((match("l4proto", "ipv6-icmp"), {"accept": None}), hook="forward", drop="drop")
    [found] = diagnosis.run([search("way", "ping")], way_answers(dict(STOPPED), {"r2": stateful}))
    assert found.name == ""
    assert "nft list ruleset" not in str(found.text)


def renumbered(prefix="2001:db8:5:a::", *, dynamic=True, answered=(PORTS,), leased=False, forwards="1"):
    """A host with an address from 2001:db8:5:b::/64, and its router, which has this prefix now and the address TO."""
    lab = ad_hoc_lab(
        "renumbered",
        [Node(name="home", kind=Kind.HOST), Node(name="r1", kind=Kind.HOST)],
        [cable("home:eth0", "r1:eth0", "", "")],
    )
    own, gate = (ipaddress.ip_interface(text) for text in ("2001:db8:5:b::10/64", "fe80::1/64"))
    everywhere = Way(ipaddress.ip_network("::/0"), gate.ip, "eth0", "ra", 1024)
    host = Seen(
        lab.nodes["home"],
        ports={"eth0": Port("eth0", held=(Held(own, dynamic=dynamic),))},
        ways=(Way(own.network, None, "eth0", "kernel", 256), everywhere),
        answered=frozenset({f"{ROUTES}6", PORTS}),
    )
    mine = ipaddress.ip_interface(f"{prefix}1/64")
    there = ipaddress.ip_interface("2001:db8:5:ff::1/128")
    router = Seen(
        lab.nodes["r1"],
        ports={
            "eth0": Port("eth0", held=(Held(mine, dynamic=leased), Held(gate, link_local=True))),
            "lo": Port("lo", held=(Held(there),)),
        },
        # Where the address is leased, the router does not know the way back.
        ways=() if leased else (Way(mine.network, None, "eth0", "kernel", 256),),
        settings={"net.ipv6.conf.all.forwarding": forwards},
        answered=frozenset({f"{ROUTES}6", *answered}),
    )
    return Network(lab, {"home": host, "r1": router})


def cause_of(network):
    one = diagnosis.diagnosis_for(check("ping", to="2001:db8:5:ff::1"), network.lab.nodes["home"], {})
    return diagnosis.run([one(network)], lambda asks: [None for _ask in asks])[0]


def test_another_host_with_such_an_address_is_no_router_that_has_the_prefix():
    assert cause_of(renumbered("2001:db8:5:b::", leased=True, forwards="0")).name == "address-left-over"


def test_an_address_of_a_prefix_that_the_router_has_lost_is_named_with_the_way_out():
    """A trainee mended a wrong prefix on the router; the hosts kept the wrong one, and no cause was known."""
    found = cause_of(renumbered())
    assert (found.name, found.node) == ("address-left-over", "home")
    assert "home still has the address 2001:db8:5:b::10" in str(found.text)
    assert "reset home" in str(found.text)


@pytest.mark.parametrize(
    "network",
    [
        renumbered("2001:db8:5:b::"),  # the router has the prefix, so something else is wrong
        renumbered(dynamic=False),  # typed by hand
        renumbered(answered=()),  # the router did not say which addresses it has
        renumbered("2001:db8:5:b::", leased=True),  # the router's own address is leased too, from a delegated prefix
    ],
)
def test_an_address_is_left_over_only_if_no_router_has_its_prefix(network):
    found = cause_of(network)
    assert found is None or found.name != "address-left-over"


def test_without_an_answer_of_the_nodes_nothing_is_said_of_the_mtus():
    """Regression: “The MTUs on the path are: .” was told instead of which node was late."""
    lab = RIGS["way"].lab
    silent = Network(lab, {"h1": Seen(lab.nodes["h1"])})
    to = ipaddress.ip_address("2001:db8:2::10")
    assert path.of_size(silent, lab.nodes["h1"], to, lambda *_asked: ()) is None


def _walked(*mtus, **filters):
    """The way h1, r1, r2, h2 with these MTUs of the outgoing ports; filters: by node."""
    nodes = RIGS["way"].lab.nodes
    hops = [
        Hop(Seen(nodes[name], filters=filters[name].filters if name in filters else None), None, Port("eth0", mtu=mtu))
        for name, mtu in zip(("h1", "r1", "r2"), mtus, strict=True)
    ]
    return Walk((*hops, Hop(Seen(nodes["h2"]), None, None)), ())


OF_TYPE = {"payload": {"protocol": "icmpv6", "field": "type"}}
TOO_BIG = ({"match": {"op": "==", "left": OF_TYPE, "right": "packet-too-big"}}, {"drop": None})


@pytest.mark.parametrize(
    ("mtus", "node", "hook", "is_named"),
    [
        ((1500, 1400, 1400), "r1", "output", True),
        ((1500, 1500, 1400), "r1", "forward", True),
        ((1500, 1500, 1400), "r2", "output", True),
        ((1500, 1500, 1400), "h1", "input", True),
        ((1500, 1500, 1400), "r1", "input", False),  # the message only passes this router
        ((1500, 1500, 1400), "r1", "output", False),
        ((1500, 1400, 1500), "r2", "forward", False),  # and it does not come to this one
        ((1500, 1500, 1500), "r1", "output", False),  # nobody sends one
    ],
)
def test_packet_too_big_is_dropped_only_where_it_comes_by(mtus, node, hook, is_named):
    """Regression: a filter on the input of a router was blamed for messages that the router forwards."""
    found = path._without_too_big(_walked(*mtus, **{node: nft(TOO_BIG, hook=hook)}), 6)
    assert (found is not None and (found.name, found.node) == ("too-big", node)) is is_named


DROPS = {"priority": 50, "src": "all", "dst": "2001:db8:2::", "dstlen": 48, "action": "blackhole"}


@pytest.mark.parametrize(
    ("rule", "drops"),
    [
        (DROPS, True),
        (DROPS | {"protocol": "static"}, True),
        (DROPS | {"dst": "2001:db8:9::"}, False),
        (DROPS | {"src": "2001:db8:7::1"}, False),
        (DROPS | {"fwmark": "0x1"}, False),
        (DROPS | {"iif": "eth0"}, False),
        (DROPS | {"ipproto": "tcp"}, False),
        (DROPS | {"not": None}, False),
        ({"priority": 50, "src": "all", "action": "blackhole"}, True),
        ({"priority": 50, "src": "2001:db8:7::1", "action": "blackhole"}, False),
    ],
)
def test_a_rule_drops_the_packets_only_if_it_looks_at_nothing_but_their_destination(rule, drops):
    """Regression: a rule for marked packets, for a port or for a source was told to drop each packet to that destination."""
    assert path_walk._is_dropped(rule, ipaddress.ip_address("2001:db8:2::1")) is drops


def doubtful(*_asked):
    """Two peers may bring the route; it is not known which of them should."""
    every = [cause("bgp-shutdown", "show", node, node=node, peer=THERE) for node in ("r1", "r2")]
    yield one_of(every, is_sure=False)


def sure(*_asked):
    yield cause("bgp-shutdown", "show", "r1", node="r1", peer=THERE)


@pytest.mark.parametrize(
    ("why", "name"), [(doubtful, "route-missing"), (sure, "bgp-shutdown"), (lambda *_: (), "route-missing")]
)
@pytest.mark.parametrize("there", [True, False])
def test_a_doubtful_reason_does_not_hide_that_the_route_is_missing(why, name, there):
    """Regression: without the solved network, that a router certainly has no route was not told at all."""
    to = ipaddress.ip_address("2001:db8:5:ff::1")
    network = renumbered("2001:db8:5:b::")
    lacking = "home" if there else "r1"
    without = {lacking: replace(network.nodes[lacking], ways=())}
    network = Network(network.lab, {**network.nodes, **without})
    search = path.search(network, network.lab.nodes["home"], to, None, None, why)
    [found] = diagnosis.run([search], lambda asks: [None for _ask in asks])
    told = seen_sentences.without_doubt(found)
    assert told.name == name
    assert f"{lacking} has no route to" in str(told.text) or name == "bgp-shutdown"
    if why is doubtful:
        assert f"The session with {THERE} is shut down on r1. The session with {THERE} is shut down on r2." in str(
            told.text
        )
        # Beside the solved network a candidate is named only if that supports it.
        assert [one.is_sure for one in (found, *found.others)] == [False, False, True]
        assert compared.reconciled(found, None, network, {}, {}).name == ""

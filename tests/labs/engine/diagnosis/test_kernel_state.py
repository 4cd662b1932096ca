"""A kernel lacks a route, a port is down, or some of many addresses do not answer: the cause is found."""

from dataclasses import replace

import pytest

from labs.engine.adapters.config_blocks import of_frr
from labs.engine.adapters.node_state import Network, Port, Seen, Way
from labs.engine.checks import TYPES
from labs.engine.definition.ad_hoc import ad_hoc_lab
from labs.engine.definition.spec import Kind, Node
from labs.engine.diagnosis import diagnosis, kernel_state
from rigs.diagnose.fault_network import cable
from tests.labs.engine.diagnosis.networks import RIGS, match, nft, three_routers, way_answers

WAY = RIGS["way"].lab
FAR = "2001:db8:2::10"


def check(type_, **expect):
    return TYPES[type_].parse(expect)


def found(network, type_, on, answers=(), **expect):
    """Return the cause that is named for a check of this type in a network that was read."""
    found = kernel_state.search(network, network.lab.nodes[on], check(type_, **expect))
    [cause] = diagnosis.run([found], lambda asks: answers)
    return cause.name if cause else None


# Many addresses, and the way of packets


def forwards_not(node):
    says = way_answers({})

    def change(asks):
        off = {"ok": True, "value": "0"}
        forwarding = [a["ask"] == "sysctl" and a["node"] == node and "forwarding" in a["key"] for a in asks]
        return [off if mine else said for mine, said in zip(forwarding, says(asks), strict=True)]

    return change


def way_cause(goal, evidence, answers):
    [cause] = diagnosis.run([diagnosis.search(goal, WAY.nodes["h1"], WAY, evidence)], answers)
    return cause


def test_of_many_addresses_the_first_one_without_a_reply_is_diagnosed():
    matrix = check("reach.matrix", to=["2001:db8:1::1", FAR])
    assert way_cause(matrix, {"silent": [FAR]}, forwards_not("r2")).name == "forwarding"
    assert way_cause(matrix, {"silent": ["2001:db8:a::2"]}, forwards_not("r2")).name == ""
    assert way_cause(matrix, {"silent": ["rubbish", None]}, forwards_not("r2")).name == ""


def test_a_traceroute_that_does_not_arrive_is_diagnosed_and_another_reports_its_path():
    trace = check("path.trace", to=FAR, hops=["2001:db8:a::2"])
    assert way_cause(trace, {"arrived": False}, forwards_not("r1")).name == "forwarding"
    arrived = way_cause(trace, {"arrived": True}, way_answers({}))
    assert (arrived.name, arrived.adds) == ("", True)
    assert str(arrived.text) == f"Packets for {FAR} pass h1, r1, r2, h2."


def test_a_traceroute_says_whether_it_arrived():
    trace = check("path.trace", to=FAR, hops=["2001:db8:a::2"])
    for last, arrived in ((FAR, True), ("2001:db8:1::1", False)):
        finding = trace.judge([WAY.nodes["h1"]], [{"ok": True, "hops": ["2001:db8:1::1", last]}])
        assert finding.evidence == {"arrived": arrived}


# Routes of the kernel


def read(network, **changes):
    """The same, with the routes of each node known, and r1 as ``changes`` say."""
    nodes = {name: replace(seen, answered=frozenset({"routes6"})) for name, seen in network.nodes.items()}
    return Network(network.lab, nodes | {"r1": replace(nodes["r1"], **changes)})


PREFIX = "2001:db8:3::/64"


def test_a_route_that_ospf_should_bring_is_diagnosed_in_ospf():
    network = read(three_routers(far_area=1))
    assert found(network, "fib.route", "r1", prefix=PREFIX) == "ospf-area"
    assert found(network, "fib.route", "r1", prefix=PREFIX, protocol="ospf") == "ospf-area"
    assert found(network, "fib.route", "r1", prefix=PREFIX, protocol="static") is None
    assert found(network, "fib.route", "r1", prefix=PREFIX, type="blackhole") is None


def test_a_router_with_unknown_routes_lacks_none():
    assert found(three_routers(far_area=1), "fib.route", "r1", prefix=PREFIX) is None


def test_a_stopped_daemon_is_named_before_its_missing_routes():
    network = read(three_routers(far_area=1), silent=frozenset({"ospf6d"}))
    network.nodes["r1"] = replace(network.nodes["r1"], node=replace(network.nodes["r1"].node, daemons=("ospf6d",)))
    network.lab.nodes["r1"] = network.nodes["r1"].node
    assert found(network, "fib.route", "r1", prefix=PREFIX) == "daemon-down"


@pytest.mark.parametrize(
    ("daemon", "expect", "named"),
    [
        ("ospf6d", {}, True),
        ("ospf6d", {"protocol": "static"}, False),
        ("ospf6d", {"protocol": "bgp"}, False),
        ("bgpd", {"protocol": "bgp"}, True),
        ("ospfd", {}, False),  # its routes are those of IPv4
        ("bfdd", {}, False),
    ],
)
def test_only_a_daemon_that_may_bring_the_route_is_named(daemon, expect, named):
    """Regression: any daemon that did not run was told to keep the route away."""
    node = Node(name="r1", kind=Kind.FRR, daemons=(daemon,))
    silent = Seen(node, answered=frozenset({"routes6"}), silent=frozenset({daemon}))
    network = Network(ad_hoc_lab("silent", [node], []), {"r1": silent})
    assert found(network, "fib.route", "r1", prefix=PREFIX, **expect) == ("daemon-down" if named else None)


def test_a_route_with_another_interface_is_explained_by_the_expected_interface():
    base = three_routers()
    by_lan = (Way(check("fib.route", prefix=PREFIX).prefix, None, "eth1", "ospf", 20),)
    ports = base.nodes["r1"].ports
    cut = {**ports, "eth0": replace(ports["eth0"], up=False)}
    assert found(read(base, ways=by_lan, ports=cut), "fib.route", "r1", prefix=PREFIX, dev=["eth0"]) == "link-down"
    assert found(read(base, ways=by_lan, ports=cut), "fib.route", "r1", prefix=PREFIX, metric=7) is None
    assert found(read(base, ways=by_lan), "fib.route", "r1", prefix=PREFIX, dev=["eth0"]) is None


# A host and its router


def host(advertises=True, **h1):
    """A host beside a router that advertises itself, or not."""
    lab = ad_hoc_lab(
        "faults", [Node(name="h1", kind=Kind.HOST), Node(name="r1", kind=Kind.FRR)], [cable("r1:eth0", "h1:eth0")]
    )
    line = " no ipv6 nd suppress-ra\n" if advertises else ""
    h1 = {"ports": {"eth0": Port("eth0")}, "answered": frozenset({"routes6"}), **h1}
    router = Seen(
        lab.nodes["r1"], ports={"eth0": Port("eth0")}, config=of_frr(f"interface eth0\n description x\n{line}exit\n")
    )
    return Network(lab, {"h1": Seen(lab.nodes["h1"], **h1), "r1": router})


def advertised(*lifetimes):
    return [{"ok": True, "advertisements": [{"source": "fe80::1", "lifetime": lifetime} for lifetime in lifetimes]}]


@pytest.mark.parametrize(
    ("network", "heard", "name"),
    [
        (host(), advertised(), "slaac-silent"),
        (host(), advertised(0), "ra-lifetime"),
        (host(), advertised(0, 1800), None),
        (host(), [{"ok": False, "kind": "timeout"}], None),
        (host(advertises=False), advertised(), None),  # nobody here meant to advertise
        (host(settings={"net.ipv6.conf.eth0.accept_ra": "0"}), advertised(1800), "slaac-accept"),
        (
            host(settings={"net.ipv6.conf.eth0.accept_ra": "1", "net.ipv6.conf.eth0.forwarding": "1"}),
            advertised(1800),
            "slaac-forwarding",
        ),
        (host(ports={"eth0": Port("eth0", up=False)}), advertised(1800), "link-down"),
        (host(ports={"eth0": Port("eth0", carrier=False)}, advertises=False), advertised(), "cable"),
    ],
)
def test_a_missing_default_route_is_explained_by_router_advertisements(network, heard, name):
    assert found(network, "fib.default", "h1", heard) == name


def test_a_static_default_route_has_nothing_to_do_with_router_advertisements():
    assert found(host(), "fib.default", "h1", advertised(), protocol="boot") is None


def looked(network, goal, evidence=None):
    """Return the cause that is named after all asks by which a network is read."""
    further = diagnosis.diagnosis_for(goal, network.lab.nodes["h1"], evidence or {})
    return diagnosis.run([further(network)], lambda asks: [])[0] if further else None


def test_a_missing_router_advertisement_is_explained_by_the_link_and_by_filters():
    said = check("ra.content", interface="eth0", lifetime=1800)
    assert looked(host(ports={"eth0": Port("eth0", up=False)}), said).name == "link-down"
    guard = nft((match("l4proto", "ipv6-icmp"), {"drop": None})).filters
    assert looked(host(filters=guard), said).name == "slaac-guard"
    assert looked(host(), said) is None
    assert looked(host(filters=guard), said, {"heard": [{"lifetime": 0}]}) is None  # it was heard: its words are wrong


def test_a_port_that_is_down_or_has_no_carrier_is_named():
    unplugged = host(ports={"eth0": Port("eth0", carrier=False)})
    down = host(ports={"eth0": Port("eth0", up=False)})
    assert looked(unplugged, check("link.state", interface="eth0", carrier=True)).name == "cable"
    assert looked(unplugged, check("link.state", interface="eth0", up=True, mtu=9000)) is None
    assert looked(down, check("link.state", interface="eth0", up=True)).name == "link-down"
    assert "type “ip link set eth0 up”." in str(looked(down, check("link.state", interface="eth0", up=True)).text)
    assert looked(down, check("addr.present", interface="eth0", addresses=["2001:db8::1/64"])).name == "link-down"
    assert looked(host(), check("addr.present", interface="eth0", addresses=["2001:db8::1/64"])) is None

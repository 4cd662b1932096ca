"""A daemon, a protocol of BIRD or a packet filter of another routing protocol explains nothing."""

from dataclasses import replace

import pytest

from labs.engine.adapters.node_state import FILTERS, Network, Seen
from labs.engine.checks import TYPES
from labs.engine.definition.ad_hoc import ad_hoc_lab
from labs.engine.definition.spec import Kind, Node
from labs.engine.diagnosis import compared, routing_protocols
from labs.engine.diagnosis.items import Networks
from labs.engine.state import reading
from labs.engine.state.facts import Difference, Section
from rigs.diagnose.fault_network import cable
from tests.labs.engine.diagnosis.networks import match, nft

LAB = ad_hoc_lab(
    "protocols",
    [Node(name="r1", kind=Kind.FRR), Node(name="b2", kind=Kind.BIRD)],
    [cable("r1:eth0", "b2:eth0", "2001:db8::1/64", "2001:db8::2/64")],
)
NETWORK = Network(LAB, {name: Seen(node) for name, node in LAB.nodes.items()})
PORTS = {
    name: {"eth0 up": "yes", "eth0 addresses": f"2001:db8::{number}/64"} for number, name in enumerate(("r1", "b2"), 1)
}
PEER = "2001:db8::2"
BIRD = {
    "protocol bgp near": "neighbor 2001:db8::1 as 65001",
    "protocol bgp other": "neighbor 2001:db8:9::1 as 65009",
    "protocol ospf v3 inside": "ipv6",
    "protocol static own": "ipv6",
}


def state(*, adjacencies=None, sessions=None, daemons=None, filters=None):
    found = {
        name: {
            Section.INTERFACES: PORTS[name],
            Section.DAEMONS: (daemons or {}).get(name, {}),
            Section.FILTERS: (filters or {}).get(name, {}),
            Section.ADJACENCIES: (adjacencies or {}).get(name, {}),
            Section.SESSIONS: (sessions or {}).get(name, {}),
            Section.CONFIG: BIRD if name == "b2" else {"": "router bgp 65001"},
        }
        for name in LAB.nodes
    }
    found["r1"][Section.DAEMONS] = {"bgpd": "up", "ospf6d": "up", "isisd": "up"} | found["r1"][Section.DAEMONS]
    return found


def suspect(type_, expect, live, model, network=NETWORK):
    found = compared.suspect(TYPES[type_].parse(expect), LAB.nodes["r1"], network, live, model)
    return found and (found.nearest.node, found.nearest.key)


@pytest.mark.parametrize(
    ("protocol", "type_", "daemon", "is_named"),
    [
        ("ospf6", "ospf6.neighbor", "ospf6d", True),
        ("ospf6", "ospf6.neighbor", "isisd", False),
        ("ospf6", "ospf6.neighbor", "bgpd", False),
        ("isis", "isis.adjacency", "isisd", True),
        ("isis", "isis.adjacency", "ospf6d", False),
    ],
)
def test_an_adjacency_rests_on_the_daemon_of_its_own_protocol(protocol, type_, daemon, is_named):
    """Regression: isisd that does not run was told to keep an adjacency of OSPFv3 down."""
    model = state(adjacencies={"r1": {f"{protocol} eth0": "up"}})
    live = state(adjacencies={"r1": {f"{protocol} eth0": "down"}}, daemons={"r1": {daemon: "down"}})
    assert suspect(type_, {"interface": "eth0"}, live, model) == (("r1", daemon) if is_named else None)


@pytest.mark.parametrize(("protocol", "is_named"), [("near", True), ("other", False), ("inside", False), ("own", True)])
def test_a_session_rests_on_its_own_protocol_of_bird(protocol, is_named):
    """Regression: any disabled protocol of BIRD, such as a session with somebody else, was told to keep the session down."""
    model = state(sessions={"r1": {PEER: "up"}})
    live = state(sessions={"r1": {PEER: "down"}}, daemons={"b2": {protocol: "disabled"}})
    assert suspect("bgp.session", {"peer": PEER}, live, model) == (("b2", protocol) if is_named else None)


def drops(rule):
    """The filter of r1 with this rule, as the kernel prints it and as the state has it."""
    seen = replace(NETWORK.nodes["r1"], filters=nft((rule, {"drop": None})).filters)
    found = reading.state_of(Network(LAB, {"r1": replace(seen, answered=frozenset({FILTERS}))}), {})
    return Network(LAB, {**NETWORK.nodes, "r1": seen}), {"r1": found["r1"][Section.FILTERS]}


OSPF = match("l4proto", "ospf")
BABEL = {"match": {"op": "==", "left": {"payload": {"protocol": "udp", "field": "dport"}}, "right": 6696}}


@pytest.mark.parametrize(
    ("protocol", "type_", "rule", "is_named"),
    [
        ("ospf6", "ospf6.neighbor", OSPF, True),
        ("ospf6", "ospf6.neighbor", BABEL, False),
        ("isis", "isis.adjacency", OSPF, False),
        ("isis", "isis.adjacency", BABEL, False),
        (None, "babel.neighbor", OSPF, False),
        (None, "babel.neighbor", BABEL, True),
    ],
)
def test_a_filter_concerns_an_adjacency_only_by_the_packets_of_its_protocol(protocol, type_, rule, is_named):
    """Regression: a filter that drops OSPF was told to keep an adjacency of IS-IS or Babel down."""
    up, down = ({"r1": {f"{protocol} eth0": word}} if protocol else {} for word in ("up", "down"))
    network, filters = drops(rule)
    head = {"r1": {key: text.split("\n")[0] for key, text in filters["r1"].items()}}
    live, model = state(adjacencies=down, filters=filters), state(adjacencies=up, filters=head)
    named = suspect(type_, {"interface": "eth0"}, live, model, network)
    assert named == (("r1", "inet t c") if is_named else None)


def test_the_protocols_of_a_route_are_those_of_its_hops():
    search = Networks(LAB, NETWORK, {}, state())
    search.model["r1"][Section.ROUTES] = {"2001:db8:5::/64": "ospf via 2001:db8::2 dev eth0"}
    search.model["b2"][Section.ROUTES] = {"2001:db8:5::/64": "bgp via 2001:db8::9 dev eth1"}
    assert routing_protocols.of_route(search, "r1", "2001:db8:5::1") == {"ospf6", "bgp"}
    assert routing_protocols.of_route(search, "r1", "3fff::1") == frozenset()
    one = Difference("r1", Section.DAEMONS, "isisd", "down", "up")
    assert routing_protocols.is_of_another(search, one, frozenset({"ospf6", "bgp"}))
    assert not routing_protocols.is_of_another(search, one, frozenset())

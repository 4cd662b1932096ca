"""The validation of netlab becomes checks. A plugin call is read as text and never evaluated."""

import pytest

from labs.engine.checks import TYPES
from labs.engine.definition.spec import Kind
from labs.engine.foreign_labs.foreign_lab import ForeignLab, ForeignNode, Place
from labs.engine.foreign_labs.netlab_checks import add_checks
from labs.engine.foreign_labs.netlab_topology import Topology
from labs.typed_yaml.yaml_file import mark
from tests.labs.engine.foreign_labs.foreign import reasons

NODES = {
    "dut": {
        "ospf": {"router_id": "192.0.2.1"},
        "loopback": {"ifname": "lo", "ipv4": "192.0.2.1/32", "ipv6": "2001:db8:f::1/64"},
    },
    "x1": {
        "bgp": {
            "neighbors": [
                {"name": "dut", "as": 64500, "ipv6": "2001:db8::1"},
                {"name": "loose", "as": 64502, "ipv4": True},
            ]
        },
        "interfaces": [{"ifname": "eth1", "ipv4": "192.0.2.9/30"}],
    },
}


def read(text):
    lab = ForeignLab(system="netlab", name="test", place=Place("topology.yml"))
    for name in NODES:
        lab.nodes[name] = ForeignNode(name=name, kind=Kind.FRR, place=Place("topology.yml"))
    add_checks(lab, Topology("topology.yml", mark(text)), NODES)
    return lab


def one(plugin, more=""):
    return read(f"validate:\n  a:\n    description: It works\n    nodes: [ x1 ]\n{more}    plugin: {plugin}\n")


@pytest.mark.parametrize(
    ("plugin", "kind", "expect"),
    [
        (
            "bgp_neighbor(node.bgp.neighbors,'dut',af='ipv6')",
            "bgp.session",
            {"peer": "2001:db8::1", "remote_as": 64500},
        ),
        (
            "bgp_neighbor(node.bgp.neighbors,'dut','ipv6',activate='ipv4')",
            "bgp.session",
            {"peer": "2001:db8::1", "remote_as": 64500, "family": "ipv4"},
        ),
        ("bgp_prefix('203.0.113.7/24',locpref=50)", "bgp.route", {"prefix": "203.0.113.0/24", "local_pref": 50}),
        (
            "bgp_prefix('203.0.113.0/24',aspath=[64500,64501],best=True)",
            "bgp.route",
            {"prefix": "203.0.113.0/24", "as_path": "64500 64501", "best": True},
        ),
        ("ospf_neighbor(nodes.dut.ospf.router_id)", "ospf.neighbor", {"router_id": "192.0.2.1"}),
        ("ospf6_neighbor('192.0.2.1')", "ospf6.neighbor", {"router_id": "192.0.2.1"}),
        (
            "ospf_prefix(nodes.dut.loopback.ipv4,cost=30,rt='N IA')",
            "ospf.route",
            {"prefix": "192.0.2.1/32", "cost": 30, "type": "inter"},
        ),
        ("ospf6_prefix(nodes['dut'].loopback.ipv6)", "ospf6.route", {"prefix": "2001:db8:f::/64"}),
        ("isis_neighbor('dut',level='L2')", "isis.adjacency", {"neighbor": "dut", "level": 2}),
        (
            "isis_prefix('2001:db8::/64',af='ipv6',cost=20)",
            "isis.route",
            {"prefix": "2001:db8::/64", "level": 2, "metric": 20},
        ),
        (
            "bgp_prefix('203.0.113.0/24',nh=nodes.dut.loopback.ipv4 if 'loopback' in nodes.dut else nodes.dut.no.ipv4)",
            "bgp.route",
            {"prefix": "203.0.113.0/24", "next_hop": ["192.0.2.1"]},
        ),
        (
            "ping(node.loopback.ipv4 if 'loopback' in node else node.interfaces[0].ipv4)",
            "ping",
            {"to": "192.0.2.9"},
        ),
        ("ping('dut',af='ipv6',src=node.interfaces[0].ipv4)", "ping", {"to": "2001:db8:f::1", "source": "192.0.2.9"}),
    ],
)
def test_a_plugin_becomes_a_check(plugin, kind, expect):
    lab = one(f'"{plugin}"')
    [check] = lab.checks
    assert (check.type, check.expect, check.on, check.title) == (kind, expect, ["x1"], "It works")
    TYPES[kind].parse(expect)
    assert check.place == Place("topology.yml", 2)


@pytest.mark.parametrize(
    ("plugin", "why"),
    [
        ("__import__('os').system('id')", "not a call of a plugin"),
        ("ping(open('/etc/passwd'))", "computes an argument"),
        ("ping('a' + 'b')", "computes an argument"),
        ("ping([x for x in nodes])", "computes an argument"),
        ("ping('a' if 'a' < 'b' else 'b')", "computes an argument"),
        ("ping('a' if 'a' in open('x') else 'b')", "computes an argument"),
        ("bgp_prefix('not a prefix')", "arguments"),
        ("bgp_prefix()", "arguments"),
        ("bgp_prefix('203.0.113.0/24',peer='x')", "nothing for peer"),
        ("bgp_prefix('203.0.113.0/24',vrf='blue')", "VRF"),
        ("bgp_neighbor(node.bgp.neighbors,'loose')", "unnumbered"),
        ("bgp_neighbor(node.bgp.neighbors,'ghost')", "no neighbour"),
        ("bgp_neighbor(node.vrfs.x,'dut')", "no value vrfs"),
        ("run_probe('x')", "no check type"),
        ("ping('nobody')", "no address"),
        ("(((", "not a call"),
        ("ping(" + "node." * 200 + "x)", "longer than"),
    ],
)
def test_what_has_no_check_is_reported_with_the_reason(plugin, why):
    lab = one(f'"{plugin}"')
    assert lab.checks == []
    [reason] = reasons(lab).values()
    assert why in reason


def test_what_asks_for_absence_is_marked():
    [check] = one("\"bgp_prefix('203.0.113.0/24',state='missing')\"").checks
    assert check.is_absence
    assert check.expect == {"prefix": "203.0.113.0/24", "present": False}


@pytest.mark.parametrize(("wait", "within"), [("10", 10), ("500", 120), ("ospfv2_adj_lan", 50), ("my_wait", None)])
def test_the_waiting_time_is_taken_over(wait, within):
    [check] = one("\"ping('dut')\"", f"    wait: {wait}\n").checks
    assert check.within == within


def test_a_test_of_several_nodes_is_one_check_for_each():
    lab = read("validate: {a: {nodes: [ x1, dut ], plugin: \"ping('192.0.2.1')\"}}")
    assert [(check.on, check.title) for check in lab.checks] == [(["x1"], "a (x1)"), (["dut"], "a (dut)")]


def test_tests_after_a_change_of_the_configuration_are_reported():
    after = "  b: {nodes: [ x1 ], plugin: \"ping('dut')\"}\n  c: {nodes: [ x1 ], valid: '1'}\n"
    lab = read(f"validate:\n  a: {{config: x, nodes: [ x1 ]}}\n{after}")
    assert lab.checks == []
    assert [place.split()[0] for place in reasons(lab)] == ["topology.yml:2", "topology.yml:3", "topology.yml:4"]


def test_an_expression_of_python_is_reported():
    lab = read("validate: {a: {nodes: [ x1 ], show: ip route, valid: '__import__(1)'}}")
    assert "expression of Python" in next(iter(reasons(lab).values()))


def test_a_test_that_only_waits_is_no_test():
    foreign = read("validate: {a: {wait: 30}, b: {nodes: [ x1 ], plugin: \"ping('dut')\"}}")
    assert (len(foreign.checks), foreign.not_imported) == (1, [])

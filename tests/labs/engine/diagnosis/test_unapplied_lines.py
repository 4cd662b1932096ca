"""A line that FRR shows and the kernel does not do is told where it explains a failed check, and nowhere else."""

import ipaddress
from dataclasses import replace

import pytest

from labs.engine.adapters.config_blocks import of_frr
from labs.engine.adapters.node_state import Held, Network, Port, Seen
from labs.engine.checks import TYPES
from labs.engine.definition.ad_hoc import ad_hoc_lab
from labs.engine.definition.spec import Kind, Node
from labs.engine.diagnosis import diagnosis, unapplied_lines
from labs.engine.diagnosis.causes import cause
from rigs.diagnose.fault_network import cable

ADDRESS = "interface eth0\n ipv6 address 2001:db8:0:a::2/64\nexit\n"
ROUTE = "ipv6 route 2001:db8:7::/48 2001:db8:0:a::9\n"
ALL = frozenset({"ports", "routes4", "routes6", "zebra", "mgmtd", "staticd"})


def network(config, *, answered=ALL, learner=True):
    nodes = [Node(name="r1", kind=Kind.FRR, learner=learner), Node(name="h1", kind=Kind.HOST)]
    lab = ad_hoc_lab("unapplied", nodes, [cable("r1:eth0", "h1:eth0")])
    router = Seen(lab.nodes["r1"], ports={"eth0": Port("eth0", up=True)}, config=of_frr(config), answered=answered)
    return Network(lab, {"r1": router, "h1": Seen(lab.nodes["h1"])})


def heard(config, type_, *, source="fe80::2", named="", learner=True, **expect):
    """Return what is told of a check on h1, beside a router that advertises no prefix, or another one."""
    net = network(config, learner=learner)
    held = (Held(ipaddress.ip_interface("fe80::2/64")),)
    net.nodes["r1"].ports["eth0"] = replace(net.nodes["r1"].ports["eth0"], held=held)
    net.nodes["h1"].ports["eth0"] = Port("eth0", up=True)
    found = cause(named, node="h1", a="–") if named else None
    more = {"source": source} if type_ == "ra.content" else {}
    parsed = TYPES[type_].parse({"interface": "eth0"} | more | expect)
    return unapplied_lines.beside(found, parsed, net.lab.nodes["h1"], net)


PREFIXES = {"prefixes": {"exact": ["2001:db8:0:a::/64"]}}


@pytest.mark.parametrize(
    ("type_", "named", "expect"),
    [
        ("ra.content", "", PREFIXES),
        ("addr.slaac", "slaac-prefix", {"prefix": "2001:db8:0:a::/64"}),
        ("addr.slaac", "slaac-length", {"prefix": "2001:db8:0:a::/64"}),
    ],
)
def test_the_address_that_a_router_lacks_explains_the_prefix_that_it_does_not_advertise(type_, named, expect):
    found = heard(ADDRESS, type_, named=named, **expect)
    assert "The configuration of r1 has “ipv6 address 2001:db8:0:a::2/64”, but the interface does not" in str(
        found.text
    )
    assert found.name == (named or "unapplied-address")


@pytest.mark.parametrize(
    ("type_", "more"),
    [
        ("ra.content", PREFIXES | {"source": "fe80::1"}),  # another router
        ("ra.content", {"prefixes": {"exact": ["2001:db8:0:b::/64"]}}),
        ("ra.content", {"rdnss": {"exact": ["2001:db8::53"]}}),
        ("ra.content", PREFIXES | {"learner": False}),
        ("addr.slaac", {"named": "slaac-accept", "prefix": "2001:db8:0:a::/64"}),  # the host is the reason
    ],
)
def test_an_address_of_a_router_that_does_not_explain_an_advertisement_is_not_named(type_, more):
    found = heard(ADDRESS, type_, **more)
    assert found is None or "The configuration of r1 has" not in str(found.text)


def told(config, named, type_, *, on="r1", expect, **more):
    net = network(config, **more)
    found = cause(named, node="r1", end="r1:eth0", dev="eth0", a="–", b="x") if named else None
    return unapplied_lines.beside(found, TYPES[type_].parse(expect), net.lab.nodes[on], net)


PRESENT = {"interface": "eth0", "addresses": ["2001:db8:0:a::2/64"]}
OTHER = {"interface": "eth0", "addresses": ["2001:db8:0:a::3/64"]}
PING = {"to": "2001:db8:7::1"}


@pytest.mark.parametrize(
    ("config", "named", "type_", "expect", "line"),
    [
        (ADDRESS, "address-untold", "addr.present", PRESENT, "ipv6 address 2001:db8:0:a::2/64"),
        (ADDRESS, "", "addr.present", PRESENT, "ipv6 address 2001:db8:0:a::2/64"),
        (ADDRESS, "address-missing", "ping", PING, "ipv6 address 2001:db8:0:a::2/64"),
        (ROUTE, "route-missing", "ping", PING, "ipv6 route 2001:db8:7::/48 2001:db8:0:a::9"),
        (ROUTE, "", "fib.route", {"prefix": "2001:db8:7::/48"}, "ipv6 route 2001:db8:7::/48 2001:db8:0:a::9"),
        ("interface eth9\n description x\nexit\n", "address-untold", "ping", PING, "interface eth9"),
    ],
)
def test_a_line_without_its_effect_is_named_where_it_explains_the_check(config, named, type_, expect, line):
    found = told(config, named, type_, expect=expect)
    assert f"The configuration of r1 has “{line}”, but" in str(found.text)
    assert found.name == named or (not named and found.name.startswith("unapplied-"))


@pytest.mark.parametrize(
    ("config", "named", "type_", "expect"),
    [
        (ADDRESS, "link-down", "addr.present", PRESENT),  # an interface that is down explains more
        (ADDRESS, "address-untold", "addr.present", OTHER),  # another address than the check needs
        (ADDRESS, "", "ping", PING),
        (ROUTE, "route-missing", "ping", {"to": "2001:db8:8::1"}),
        (ROUTE, "forwarding", "ping", PING),
    ],
)
def test_a_line_that_does_not_explain_the_check_is_not_named(config, named, type_, expect):
    found = told(config, named, type_, expect=expect)
    assert found is None or "The configuration of r1 has" not in str(found.text)


def test_nothing_is_told_of_a_node_that_did_not_answer_or_is_not_the_learners():
    for more in ({"answered": frozenset({"ports"})}, {"learner": False}):
        assert told(ADDRESS, "", "addr.present", expect=PRESENT, **more) is None


def test_the_line_of_the_blamed_node_is_told_also_where_another_node_fails_the_check():
    found = told(ROUTE, "route-missing", "ping", on="h1", expect=PING)
    assert "its routing table does not have this route" in str(found.text)
    assert replace(found, text=None) == replace(
        cause("route-missing", node="r1", end="r1:eth0", a="–", b="x"), text=None
    )


@pytest.mark.parametrize(
    ("type_", "expect", "evidence"),
    [
        ("ra.content", {"interface": "eth0"} | PREFIXES, {"heard": [{"source": "fe80::2"}]}),
        ("service.tcp", {"to": "2001:db8:7::1", "port": 80}, {"refused": True}),
        ("rate.limit", {"address": "2001:db8:7::1", "to": "r1", "rate": "500 ~20%"}, {"arrived": 4}),
    ],
)
def test_such_a_line_is_looked_for_also_where_something_was_heard(type_, expect, evidence):
    net = network(ADDRESS)
    assert diagnosis.search(TYPES[type_].parse(expect), net.lab.nodes["h1"], net.lab, evidence)

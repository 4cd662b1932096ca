"""The address family of a check follows from its prefixes and addresses, in all types."""

import json
from ipaddress import ip_network

import pytest

from labs.engine.adapters import untrusted
from labs.engine.checks import TYPES, BadExpect
from labs.engine.checks.comparison import Compare, CompareSet
from labs.engine.definition.spec import Kind, Node
from labs.typed_yaml.shapes import Address, Problems
from tests.judged import BOTH
from tests.labs.engine.checks.judging import FAILED, PASSED, outcome

R1, B1 = Node(name="r1", kind=Kind.FRR), Node(name="b1", kind=Kind.BIRD)
FROM_NORTH = {"192.0.2.0/24": [{"path": "64500", "origin": "IGP", "bestpath": True}]}
MY_OWN = {"198.51.100.0/24": [{"path": "", "origin": "IGP", "bestpath": True}]}
BOTH_FAMILIES = """Table master4:
192.0.2.0/24         unicast [n4 12:00:00.000] * (100) [AS64500i]
\tvia 203.0.113.1 on eth0
\tType: BGP univ
\tBGP.origin: IGP
\tBGP.as_path: 64500
Table master6:
2001:db8:5::/48      unicast [n6 12:00:00.000] * (100) [AS64500i]
\tvia 2001:db8::1 on eth0
\tType: BGP univ
\tBGP.origin: IGP
\tBGP.as_path: 64500
"""


def routes(table):
    return {"outputs": [json.dumps({"routes": table})]}


def command(kind, expect, node=R1):
    return TYPES[kind].parse(expect).command_on(node)


def test_exactly_these_ipv4_prefixes_are_looked_for_in_the_ipv4_table():
    only = {"neighbor_as": 64500, "prefixes": ["192.0.2.0/24"]}
    assert command("bgp.only", only) == "vtysh -c 'show bgp ipv4 unicast'"
    assert outcome("bgp.only", only, R1, routes(FROM_NORTH)) is PASSED
    assert outcome("bgp.only", only, B1, {"output": BOTH_FAMILIES}) is PASSED


def test_prefixes_of_both_families_are_looked_for_in_both_tables():
    only = {"neighbor_as": 64500, "prefixes": ["192.0.2.0/24", "2001:db8:5::/48"]}
    six = routes({"2001:db8:5::/48": FROM_NORTH["192.0.2.0/24"]})
    assert outcome("bgp.only", only, R1, six, routes(FROM_NORTH)) is PASSED
    assert outcome("bgp.only", only, R1, six, routes({})) is FAILED
    bird = {"output": BOTH_FAMILIES}
    assert outcome("bgp.only", only, B1, bird, bird) is PASSED


def test_the_origin_of_an_ipv4_prefix_is_looked_for_in_the_ipv4_table():
    expect = {"prefix": "198.51.100.0/24", "origin": "IGP"}
    assert command("bgp.origination", expect) == "vtysh -c 'show bgp ipv4 unicast'"
    assert outcome("bgp.origination", expect, R1, routes(MY_OWN)) is PASSED


@pytest.mark.parametrize(
    ("kind", "expect", "words"),
    [
        ("bgp.session", {"peer": "192.0.2.1"}, "show bgp ipv4 unicast summary"),
        ("bgp.session", {"peer": "192.0.2.1", "family": "ipv6"}, "show bgp ipv6 unicast summary"),
        ("bgp.adj_in", {"peer": "192.0.2.1"}, "ipv4 unicast neighbors"),
        ("bgp.adj_in", {"peer": "192.0.2.1", "prefix": "2001:db8::/32"}, "ipv6 unicast neighbors"),
        ("bgp.adj_out", {"peer": "2001:db8::1", "prefix": "192.0.2.0/24"}, "ipv4 unicast neighbors"),
        ("bgp.no_bogons", {"bogons": ["192.0.2.0/24"]}, "show bgp ipv4 unicast"),
        ("bgp.no_bogons", {}, "show bgp ipv6 unicast"),
        ("fib.rule", {"source": "192.0.2.0/24"}, "ip -4 rule"),
        ("fib.rule", {"to": "2001:db8::/32"}, "ip -6 rule"),
    ],
)
def test_the_family_follows_from_what_is_named(kind, expect, words):
    assert words in command(kind, expect)


@pytest.mark.parametrize(
    ("kind", "expect"),
    [
        ("bgp.adj_in", {"peer": "2001:db8::1", "prefix": "192.0.2.0/24", "family": "ipv6"}),
        ("bgp.no_bogons", {"bogons": ["192.0.2.0/24"], "family": "ipv6"}),
        ("bgp.no_bogons", {"bogons": ["192.0.2.0/24", "2001:db8::/32"]}),
        ("bgp.max_len", {"length": 48, "family": "ipv4"}),
        ("bgp.max_len", {"length": 128}),
        ("ospf.route", {"prefix": "2001:db8::/64"}),
        ("addr.slaac", {"interface": "eth0", "prefix": "192.0.2.0/24"}),
        ("addr.temporary", {"interface": "eth0", "prefix": "192.0.2.0/24"}),
        ("dhcp6.lease", {"interface": "eth0", "prefix": "192.0.2.0/24"}),
        ("dhcp6.prefix_delegated", {"prefix": "192.0.2.0/24"}),
        ("dns.aaaa_synth", {"server": "2001:db8::53", "name": "x.test", "prefix": "192.0.2.0/24"}),
        ("nat64.prefix", {"server": "2001:db8::53", "prefix": "192.0.2.0/24"}),
        ("ra.content", {"interface": "eth0", "source": "192.0.2.1"}),
        ("babel.neighbor", {"address": "192.0.2.1"}),
        ("sav.spoof_blocked", {"to": "h2", "address": "2001:db8::1", "source": "192.0.2.1"}),
    ],
)
def test_a_family_that_can_never_be_there_is_a_mistake_of_the_file(kind, expect):
    with pytest.raises(BadExpect):
        TYPES[kind].parse(expect)


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_bird_has_a_session_in_the_families_of_its_channels_only(family, bird):
    expect = {"peer": "2001:db8:1::2", "family": family}
    assert outcome("bgp.session", expect, B1, bird("protocols-all")) is (PASSED if family == "ipv6" else FAILED)
    counts = outcome("bgp.session", {**expect, "received": 2, "sent": 1}, B1, bird("protocols-all"))
    assert counts is (PASSED if family == "ipv6" else FAILED)


OTHER_FAMILY = {
    4: {"address": "2001:db8::1", "prefix": "2001:db8::/32"},
    6: {"address": "192.0.2.1", "prefix": "192.0.2.0/24"},
}


def test_every_type_with_an_address_or_a_prefix_asks_for_its_family_or_refuses_it():
    """The kind of mistake, in all types: the author writes the other family, and the question stays the same."""
    deaf = []
    for name, _on, expect, _false in BOTH:
        kind = TYPES[name]
        for key, field in kind.FIELDS.items():
            if key not in expect or not isinstance(field.shape, Address) or field.shape.kind == "interface":
                continue
            version = 6 if ":" in expect[key] else 4
            other = {**expect, key: OTHER_FAMILY[version][field.shape.kind]}
            try:
                asked = kind.parse(other).asks([R1])
            except BadExpect:
                continue
            before = kind.parse(expect).asks([R1])
            if asked[0]["ask"] in TABLES and _without(asked, other[key]) == _without(before, expect[key]):
                deaf.append((name, key))
    assert set(deaf) <= WHOLE_TABLES


TABLES = ("vty", "ip")
# One answer has both families.
WHOLE_TABLES = {
    ("isis.route", "prefix"),
    ("babel.route", "prefix"),
    ("ldp.binding", "prefix"),
    ("nd.neighbor", "address"),
    ("bfd.session", "peer"),
    ("bgp.neighbor", "peer"),
    ("rpki.cache", "address"),
    ("rpki.vrp", "prefix"),
    ("rpki.state", "prefix"),
    # The prefix of the same check says the family.
    ("bgp.adj_in", "peer"),
    ("bgp.adj_out", "peer"),
    # BIRD has IPv4 in OSPFv3 too (RFC 5838).
    ("ospf6.route", "prefix"),
}


def _without(asked, word):
    return json.dumps(asked).replace(word, "")


@pytest.mark.parametrize("seen", ["2001:db8::1", "2001:DB8:0::1"])
def test_a_regular_expression_matches_an_address_as_text(seen):
    problems = Problems()
    want = Compare("address").read({"regex": "^2001:db8::1$"}, ("x",), problems)
    assert problems.found == []
    assert want.accepts(untrusted.address(seen))
    assert not want.accepts(untrusted.address("2001:db8::2"))
    assert not want.accepts(None)


def test_a_regular_expression_matches_a_number_and_a_prefix_as_text():
    number = Compare().read({"regex": "^10.$"}, ("x",), Problems())
    assert number.accepts(100.0)
    assert not number.accepts(10**400)
    each = CompareSet("prefix").read({"all": {"regex": "/64$"}}, ("x",), Problems())
    assert each.accepts([ip_network("2001:db8::/64")])
    assert not each.accepts([ip_network("2001:db8::/48")])

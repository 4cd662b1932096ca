"""One of two causes is told: that of the live network, or the difference from the solved one."""

from labs.engine.adapters.node_state import Network, Seen
from labs.engine.checks import TYPES
from labs.engine.diagnosis import compared, supporting_differences
from labs.engine.diagnosis.causes import cause
from labs.engine.diagnosis.dependency_search import Suspect
from labs.engine.diagnosis.items import Item, Kind
from labs.engine.state.facts import Difference, Section
from tests.labs.engine.diagnosis.networks import RIGS

MIXED = RIGS["mixed"].lab
NETWORK = Network(MIXED, {name: Seen(node) for name, node in MIXED.nodes.items()})


def suspected(section, key, live, model, node="r1", kind=Kind.SESSION, at="2001:db8:23::2"):
    item = Item(kind, node, at)
    return Suspect(item, (Difference(node, section, key, live, model),), item)


STATES = (
    {"r1": {Section.CONFIG: {"router bgp 65001": "a"}, Section.FILTERS: {}}},
    {"r1": {Section.CONFIG: {"router bgp 65001": "b"}, Section.FILTERS: {}}},
)


def test_a_cause_of_the_live_network_is_told_when_it_says_the_same_in_better_words():
    better = cause("bgp-as", "", "r1", node="r1", peer="2001:db8::2", a=65009, b=65002)
    same = suspected(Section.CONFIG, "router bgp 65001", "neighbor x remote-as 65009", "neighbor x remote-as 65002")
    told = compared.reconciled(better, same, NETWORK, *STATES)
    assert told.name == "bgp-as"
    assert str(told.text) == f"{better.text} So the session of r1 with 2001:db8:23::2 is not established."
    another = suspected(Section.CONFIG, "router bgp 65001", "neighbor x ebgp-multihop 2", None)
    assert compared.reconciled(better, another, NETWORK, *STATES).name == "differs-extra"
    other = suspected(Section.INTERFACES, "eth0 up", "no", "yes")
    assert compared.reconciled(better, other, NETWORK, *STATES).name == "link-down"


def test_a_cause_that_is_the_same_in_the_solved_network_is_only_seen():
    blamed = cause("firewall", "", "r1", node="r1")
    told = compared.reconciled(blamed, None, NETWORK, *STATES)
    assert told.name == ""
    assert "A packet filter on r1 drops packets." in str(told.text)
    differs = cause("bgp-as", "", "r1", node="r1", peer="2001:db8::2", a=64501, b=64502)
    statement = "neighbor 2001:db8::2 remote-as {}"
    states = [{"r1": {Section.CONFIG: {"router bgp 65001": statement.format(number)}}} for number in (64501, 64502)]
    assert compared.reconciled(differs, None, NETWORK, *states) is differs
    # A statement about something else is no support for it.
    assert compared.reconciled(differs, None, NETWORK, *STATES).name == ""


def test_an_effect_is_never_told_as_the_cause_where_the_solved_network_is_known():
    for name in sorted(supporting_differences.EFFECTS):
        effect = cause(name, "", "r1", node="r1", a="2001:db8::1", b="2001:db8::2", other="r2")
        assert compared.reconciled(effect, None, NETWORK, *STATES).name == ""


def test_what_only_the_live_network_can_show_keeps_its_name():
    wrong = cause("neighbour-wrong", "", "r1", node="r1", a="2001:db8::1")
    assert compared.reconciled(wrong, None, NETWORK, *STATES) is wrong


def test_an_address_that_a_node_has_in_the_solved_network_too_is_no_cause():
    """Regression: a lab has a node that pretends to be another. It was named whenever packets went there, whatever sent them."""
    taken = cause("address-taken", "", "r1", node="r1", a="2001:db8::1", other="r2")
    apart = cause("address-prefix", "", "r1", end="r1:eth0", a="2001:db8::1/64", other="r2", b="2001:db8:2::1/64")
    other = {Section.INTERFACES: {"eth0 addresses": "2001:db8::1/64", "eth1 mtu": "1500"}}
    same = {Section.INTERFACES: {"eth0 addresses": "2001:db8::1/64", "eth1 mtu": "1280"}}
    without = {Section.INTERFACES: {"eth0 addresses": "2001:db8::7/64", "eth1 mtu": "1500"}}
    for found in (taken, apart):
        assert compared.reconciled(found, None, NETWORK, {"r1": other}, {"r1": same}).name == ""
        assert compared.reconciled(found, None, NETWORK, {"r1": other}, {"r1": without}) is found


def test_every_family_of_checks_begins_its_search_where_it_looks():
    node = MIXED.nodes["r1"]
    for name, expect, kind, at in (
        ("ping", {"to": "2001:db8:3::10"}, Kind.PATH, "2001:db8:3::10"),
        ("bgp.session", {"peer": "2001:db8:23::2"}, Kind.SESSION, "2001:db8:23::2"),
        ("bgp.route", {"prefix": "2001:db8:b::/48"}, Kind.BGP_ROUTE, "2001:db8:b::/48"),
        ("ospf6.neighbor", {"interface": "eth0"}, Kind.ADJACENCY, "eth0"),
        ("ospf6.route", {"prefix": "2001:db8:3::/64"}, Kind.IGP_ROUTE, "2001:db8:3::"),
        ("fib.route", {"prefix": "2001:db8:3::/64"}, Kind.ROUTE, "2001:db8:3::"),
        ("link.state", {"interface": "eth0", "carrier": True}, Kind.LINK, "eth0"),
        ("rpki.cache", {"address": "2001:db8:1::10"}, Kind.RPKI, ""),
    ):
        assert list(compared.roots(TYPES[name].parse(expect), node)) == [Item(kind, "r1", at)], name


def test_a_protocol_that_runs_here_is_not_seen_as_one_that_does_not_run():
    model = {"r1": {Section.DAEMONS: {"spare": "disabled"}}}
    assert compared.reconciled(None, None, NETWORK, {"r1": {Section.DAEMONS: {}}}, model) is None
    told = compared.reconciled(None, None, NETWORK, model, {"r1": {Section.DAEMONS: {}}})
    assert "The protocol spare is disabled on r1" in str(told.text)

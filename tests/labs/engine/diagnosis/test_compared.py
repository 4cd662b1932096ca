"""What is said about a difference from the solved network, and which of two causes is told."""

import dataclasses

import pytest

from labs.engine.checks import TYPES
from labs.engine.diagnosis import compared
from labs.engine.diagnosis.causes import cause
from labs.engine.diagnosis.dependencies import Item, Kind, Suspect
from labs.engine.state.facts import Difference, Section
from tests.labs.engine.diagnosis.networks import RIGS

MIXED = RIGS["mixed"].lab


def suspected(section, key, live, model, node="r1", kind=Kind.SESSION, at="2001:db8:23::2"):
    item = Item(kind, node, at)
    return Suspect(item, (Difference(node, section, key, live, model),), item)


def said(*difference, lab=MIXED, **words):
    return str(compared.named(suspected(*difference, **words), lab).text)


def test_a_wrong_value_is_said_with_its_place_its_consequence_and_a_command_but_without_the_solution():
    text = said(
        Section.CONFIG,
        "router bgp 65001",
        "neighbor 2001:db8:23::2 remote-as 9",
        "neighbor 2001:db8:23::2 remote-as 65003",
    )
    assert text == (
        "The configuration of r1 has a statement with a wrong value (in router bgp 65001): “neighbor 2001:db8:23::2 remote-as 9”. "
        "So the session of r1 with 2001:db8:23::2 is not established. To see it, on r1: vtysh -c 'show running-config'"
    )


def test_a_missing_statement_is_said_by_its_kind_and_a_password_never():
    assert "“ipv6 route 2001:db8::/32 …”" in said(Section.CONFIG, "", None, "ipv6 route 2001:db8::/32 2001:db8::1")
    assert "“ipv6 ospf6 area …”" in said(Section.CONFIG, "interface eth0", None, "ipv6 ospf6 area 0")
    assert "“network 2001:db8::/32”" in said(Section.CONFIG, "router bgp 1", None, "network 2001:db8::/32")
    secret = said(
        Section.CONFIG,
        "router bgp 65001",
        "neighbor 2001:db8:23::2 password one",
        "neighbor 2001:db8:23::2 password two",
    )
    assert "“neighbor 2001:db8:23::2 password”" in secret
    assert "one" not in secret.split("password")[1]
    assert "two" not in secret


def test_the_file_of_bird_is_shown_for_bird():
    assert "cat /etc/bird/bird.conf" in said(Section.CONFIG, "protocol bgp frr", "multihop", None, node="b1")


def test_no_command_is_given_for_a_node_where_the_learner_cannot_type():
    other = dataclasses.replace(MIXED.nodes["b1"], learner=False)
    lab = dataclasses.replace(MIXED, nodes=MIXED.nodes | {"b1": other})
    assert "To see it" not in said(Section.CONFIG, "protocol bgp frr", "multihop", None, node="b1", lab=lab)


@pytest.mark.parametrize(
    ("difference", "name"),
    [
        ((Section.INTERFACES, "eth0 up", "no", "yes"), "link-down"),
        ((Section.INTERFACES, "eth0 addresses", None, "2001:db8::1/64"), "address-missing"),
        ((Section.INTERFACES, "eth0 addresses", "2001:db8::9/64", "2001:db8::1/64"), "differs-address"),
        ((Section.INTERFACES, "eth0 mtu", "1400", "1500"), "differs-interface"),
        ((Section.SETTINGS, "net.ipv6.conf.all.forwarding", "0", "1"), "forwarding"),
        ((Section.SETTINGS, "net.ipv6.conf.eth0.accept_ra", "0", "1"), "differs-setting"),
        ((Section.DAEMONS, "bgpd", "down", "up"), "daemon-down"),
        ((Section.DAEMONS, "frr", "disabled", None), "protocol-off"),
        ((Section.DAEMONS, "bird.conf", "not read", None), "bird-unread"),
        ((Section.PROCESSES, "nginx", None, "runs"), "daemon-down"),
        ((Section.ROUTES, "::/0", None, "static via 2001:db8::1 dev eth0"), "route-missing"),
        (
            (Section.ROUTES, "::/0", "static via 2001:db8::9 dev eth0", "static via 2001:db8::1 dev eth0"),
            "differs-route",
        ),
        ((Section.FILTERS, "inet t c", '[{"drop": null}]', None), "differs-rule"),
        ((Section.FILTERS, "inet t c", None, '[{"accept": null}]'), "differs-rule-missing"),
        ((Section.RULES, "", "dst 2001:db8::", None), "differs-rules"),
    ],
)
def test_each_kind_of_difference_has_its_sentence_and_blames_its_node(difference, name):
    made = compared.named(suspected(*difference), MIXED)
    assert (made.name, made.node) == (name, "r1")
    assert "%(" not in str(made.text)


STATES = (
    {"r1": {Section.CONFIG: {"router bgp 65001": "a"}, Section.FILTERS: {}}},
    {"r1": {Section.CONFIG: {"router bgp 65001": "b"}, Section.FILTERS: {}}},
)


def test_a_cause_of_the_live_network_is_told_when_it_says_the_same_in_better_words():
    better = cause("bgp-as", "", "r1", node="r1", a=65009, b=65002)
    same = suspected(Section.CONFIG, "router bgp 65001", "neighbor x remote-as 65009", "neighbor x remote-as 65002")
    assert compared.reconciled(better, same, MIXED, *STATES) is better
    another = suspected(Section.CONFIG, "router bgp 65001", "neighbor x ebgp-multihop 2", None)
    assert compared.reconciled(better, another, MIXED, *STATES).name == "differs-extra"
    other = suspected(Section.INTERFACES, "eth0 up", "no", "yes")
    assert compared.reconciled(better, other, MIXED, *STATES).name == "link-down"


def test_a_cause_that_is_the_same_in_the_solved_network_is_only_seen():
    blamed = cause("firewall", "", "r1", node="r1")
    told = compared.reconciled(blamed, None, MIXED, *STATES)
    assert told.name == ""
    assert str(blamed.text) in str(told.text)
    differs = cause("bgp-as", "", "r1", node="r1", a=1, b=2)
    assert compared.reconciled(differs, None, MIXED, *STATES) is differs


def test_an_effect_is_never_told_as_the_cause_where_the_solved_network_is_known():
    for name in sorted(compared.EFFECTS):
        effect = cause(name, "", "r1", node="r1", a="2001:db8::1", b="2001:db8::2", other="r2")
        assert compared.reconciled(effect, None, MIXED, *STATES).name == ""


def test_what_only_the_live_network_can_show_keeps_its_name():
    taken = cause("address-taken", "", "r1", node="r1", a="2001:db8::1", other="r2")
    assert compared.reconciled(taken, None, MIXED, *STATES) is taken


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

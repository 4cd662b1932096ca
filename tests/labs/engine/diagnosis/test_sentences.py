"""The sentence about a difference from the solved network. It does not say all, because the learner should find it out."""

import dataclasses

import pytest

from labs.engine.diagnosis import sentences
from labs.engine.diagnosis.dependency_search import Suspect
from labs.engine.diagnosis.items import Item, Kind
from labs.engine.state.facts import Difference, Section
from tests.labs.engine.diagnosis.networks import RIGS

MIXED = RIGS["mixed"].lab
TOLD = dataclasses.replace(
    MIXED, guide="Announce 2001:db8:f::/48 from 2001:db8::1/64. Set net.ipv6.conf.eth0.accept_ra, and the MTU 1400."
)


def suspected(section, key, live, model, node="r1", kind=Kind.SESSION, at="2001:db8:23::2"):
    item = Item(kind, node, at)
    return Suspect(item, (Difference(node, section, key, live, model),), item)


def said(*difference, lab=MIXED, **words):
    return str(sentences.named(suspected(*difference, **words), lab).text)


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
    route = (Section.CONFIG, "", None, "ipv6 route 2001:db8:f::/48 2001:db8::1")
    assert "“ipv6 route 2001:db8:f::/48 …”" in said(*route, lab=TOLD)
    assert "“ipv6 route …”" in said(*route)
    assert "“ipv6 ospf6 area …”" in said(Section.CONFIG, "interface eth0", None, "ipv6 ospf6 area 0")
    network = (Section.CONFIG, "router bgp 1", None, "network 2001:db8:f::/48")
    assert "“network 2001:db8:f::/48”" in said(*network, lab=TOLD)
    assert "“network …”" in said(*network)
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
        ((Section.INTERFACES, "br0 up", None, "yes"), "no-interface"),
        ((Section.INTERFACES, "br0 mtu", None, "1500"), "no-interface"),
        ((Section.INTERFACES, "eth0 addresses", None, "2001:db8:13::1/64"), "address-missing"),
        ((Section.INTERFACES, "eth0 addresses", None, "2001:db8::1/64"), "address-untold"),
        ((Section.INTERFACES, "eth0 addresses", "2001:db8::9/64", "2001:db8::1/64"), "differs-address-untold"),
        ((Section.INTERFACES, "eth0 addresses", "2001:db8::9/64", ""), "differs-address-extra"),
        ((Section.INTERFACES, "eth0 addresses", "2001:db8::9/64", None), "differs-address-extra"),
        ((Section.INTERFACES, "eth0 mtu", "1400", "1500"), "differs-mtu"),
        ((Section.SETTINGS, "net.ipv6.conf.all.forwarding", "0", "1"), "forwarding"),
        ((Section.SETTINGS, "net.ipv6.conf.eth0.accept_ra", "0", "1"), "differs-setting-untold"),
        ((Section.DAEMONS, "bgpd", "down", "up"), "daemon-down"),
        ((Section.DAEMONS, "frr", "disabled", None), "protocol-off"),
        ((Section.DAEMONS, "bird.conf", "not read", None), "bird-unread"),
        ((Section.PROCESSES, "nginx", None, "runs"), "program-down"),
        ((Section.ROUTES, "::/0", None, "static via 2001:db8::1 dev eth0"), "route-missing"),
        (
            (Section.ROUTES, "::/0", "static via 2001:db8::9 dev eth0", "static via 2001:db8::1 dev eth0"),
            "differs-route",
        ),
        ((Section.FILTERS, "inet t c", '[{"drop": null}]', None), "differs-rule"),
        ((Section.FILTERS, "inet t c", None, '[{"accept": null}]'), "differs-rule-missing"),
        ((Section.FILTERS, "inet t c", "a\nb", "b\na"), "differs-rule-order"),
        ((Section.ROUTES, "2001:db8::/32", "static via 2001:db8::9", None), "differs-route-extra"),
        ((Section.FILES, "/etc/radvd.conf", None, "interface eth0"), "differs-file-missing"),
        ((Section.FILES, "/etc/radvd.conf", "", "interface eth0"), "differs-file-missing"),
        ((Section.FILES, "/etc/radvd.conf", "interface eth9", None), "differs-file-extra"),
        ((Section.FILES, "/etc/radvd.conf", "interface eth9", ""), "differs-file-extra"),
        ((Section.FILES, "/etc/radvd.conf", "interface eth9", "interface eth0"), "differs-file-value"),
        ((Section.FILES, "/etc/radvd.conf", "a\nb", "b\na"), "differs-file-order"),
        ((Section.RULES, "", "dst 2001:db8::", None), "differs-rules-extra"),
        ((Section.RULES, "", "dst 2001:db8::", ""), "differs-rules-extra"),
        ((Section.RULES, "", "dst 2001:db8::", "dst 2001:db8:1::"), "differs-rules"),
        ((Section.RULES, "", None, "dst 2001:db8::"), "differs-rules-missing"),
        ((Section.RULES, "", "", "dst 2001:db8::"), "differs-rules-missing"),
    ],
)
def test_each_kind_of_difference_has_its_sentence_and_blames_its_node(difference, name):
    made = sentences.named(suspected(*difference), MIXED)
    assert (made.name, made.node) == (name, "r1")
    assert "%(" not in str(made.text)


@pytest.mark.parametrize(
    ("difference", "value"),
    [
        ((Section.INTERFACES, "eth0 addresses", None, "2001:db8::1/64"), "2001:db8::1"),
        ((Section.INTERFACES, "eth0 addresses", "2001:db8::9/64", "2001:db8::1/64"), "2001:db8::1/64"),
        ((Section.INTERFACES, "eth0 mtu", "1500", "1400"), "1400"),
        ((Section.SETTINGS, "net.ipv6.conf.eth0.accept_ra", "7", "2"), "2"),
        ((Section.ROUTES, "2001:db8:f::/48", None, "static via 2001:db8::1"), "2001:db8:f::/48"),
        ((Section.CONFIG, "router bgp 1", None, "network 2001:db8:f::/48"), "2001:db8:f::/48"),
        ((Section.FILES, "/etc/radvd.conf", None, "prefix 2001:db8:f::/48"), "2001:db8:f::/48"),
    ],
)
def test_what_should_be_is_said_only_as_far_as_the_lab_tells_it(difference, value):
    where = {"kind": Kind.ROUTE, "at": "3fff:99::99"}
    assert value not in said(*difference, **where)
    if difference[0] is not Section.FILES:
        assert value in said(*difference, lab=TOLD, **where)


def test_a_policy_rule_that_is_missing_is_not_told_as_one_that_is_there():
    """Regression: the rule of the solution was shown, as if it were the one at fault."""
    text = said(Section.RULES, "", None, "dst 2001:db8:: table 7")
    assert "r1 lacks a policy rule" in text
    assert "2001:db8::" not in text.partition("So r1")[0]


def test_of_a_missing_line_in_a_file_only_the_first_word_is_told():
    text = said(Section.FILES, "/etc/nginx/nginx.conf", None, "listen [::]:80 default_server;")
    assert "“listen …”" in text
    assert "80" not in text


def test_an_address_from_the_start_of_the_lab_is_told():
    [end] = [end for link in MIXED.links for end in link.ends if (end.node, end.name) == ("r1", "eth0")]
    text = said(Section.INTERFACES, "eth0 addresses", None, end.addresses[0])
    assert end.addresses[0] in text


def test_what_is_up_is_not_told_as_down():
    path = suspected(
        Section.CONFIG, "interface eth0", "ipv6 ospf6 cost 9", "ipv6 ospf6 cost 1", kind=Kind.ADJACENCY, at="eth0"
    )
    down, up = (str(sentences.named(dataclasses.replace(path, is_up=one), MIXED).text) for one in (False, True))
    assert "So the routers on the link of r1:eth0 do not become neighbours." in down
    assert "So the routing protocol does not use the link of r1:eth0 as it should." in up


def test_a_policy_for_all_routes_has_a_consequence_too():
    difference = (Section.CONFIG, "route-map OUT permit 10", "match ipv6 address prefix-list X", None)
    assert "So r1 does not have the BGP routes that this check needs." in said(*difference, kind=Kind.BGP_ROUTE, at="")


def test_a_route_that_was_entered_by_hand_is_shown_without_the_kernels_word_for_it():
    text = said(Section.ROUTES, "2001:db8:f::/48", "boot via 2001:db8::9 dev eth0", "boot via 2001:db8::1 dev eth0")
    assert "“via 2001:db8::9 dev eth0”" in text


def test_an_interface_that_does_not_exist_is_not_told_as_one_that_is_down():
    """Regression: a bridge that nobody had made was “down”, and “ip link set br0 up” answers that it does not exist."""
    text = said(Section.INTERFACES, "br0 up", None, "yes", kind=Kind.LINK, at="br0")
    assert text.startswith("There is no interface br0 on r1. So packets do not pass the link of r1:br0 as they should.")
    assert text.endswith("To see it, on r1: ip -br link")

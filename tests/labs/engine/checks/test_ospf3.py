"""Check types ``ospf6.*``, with recorded answers of FRR and BIRD."""

import json

import pytest

from tests.labs.engine.checks.judging import FAILED, PASSED, judge, outcome


@pytest.mark.parametrize("kind", ["frr", "bird"])
def test_an_ospf_neighbour_is_the_same_in_frr_and_in_bird(kind, r1, b1, vty, bird):
    node, answer = (r1, vty("ospf6-neighbor")) if kind == "frr" else (b1, bird("ospf-neighbors"))
    router, interface = ("2.2.2.2", "eth0") if kind == "frr" else ("10.0.0.1", "eth1")
    assert outcome("ospf6.neighbor", {"interface": interface, "router_id": router}, node, answer) is PASSED
    assert outcome("ospf6.neighbor", {"count": 1}, node, answer) is PASSED
    assert outcome("ospf6.neighbor", {"interface": "eth7"}, node, answer) is FAILED
    assert outcome("ospf6.neighbor", {"interface": "eth7", "present": False}, node, answer) is PASSED
    assert outcome("ospf6.neighbor", {"state": {"in": ["2-Way", "Full"]}}, node, answer) is PASSED


def test_a_stuck_neighbour_has_its_own_likely_cause(r1):
    table = {"neighbors": [{"neighborId": "2.2.2.2", "state": "ExStart", "interfaceName": "eth0"}]}
    finding = judge("ospf6.neighbor", {"interface": "eth0"}, r1, {"outputs": [json.dumps(table)]})
    assert finding.outcome is FAILED
    assert "MTU" in str(finding.cause)
    assert finding.command == "vtysh -c 'show ipv6 ospf6 neighbor'"


def test_without_ospf_configured_the_cause_says_so(r1):
    finding = judge("ospf6.neighbor", {}, r1, {"outputs": [""]})
    assert finding.outcome is FAILED
    assert str(finding.cause) == "The protocol is not configured on r1."


@pytest.mark.parametrize("kind", ["frr", "bird"])
def test_an_ospf_interface_is_the_same_in_frr_and_in_bird(kind, r1, b1, vty, bird):
    node, answer = (r1, vty("ospf6-interface")) if kind == "frr" else (b1, bird("ospf-interface"))
    name = "eth0" if kind == "frr" else "eth1"
    good = {
        "interface": name,
        "area": 0,
        "cost": 10,
        "type": "point-to-point",
        "hello": 1,
        "dead": "<=4",
        "passive": False,
    }
    assert outcome("ospf6.interface", good, node, answer) is PASSED
    finding = judge("ospf6.interface", good | {"area": "0.0.0.1", "cost": ">10"}, node, answer)
    assert (finding.outcome, str(finding.cause)) == (FAILED, "Not as expected: area, cost")
    assert outcome("ospf6.interface", {"interface": "eth7"}, node, answer) is FAILED


def test_a_passive_interface_is_passive(r1, vty):
    expect = {"interface": "eth0", "area": 0, "passive": True}
    assert outcome("ospf6.interface", expect, r1, vty("ospf6-interface-lab")) is PASSED
    assert outcome("ospf6.interface", expect | {"interface": "eth2"}, r1, vty("ospf6-interface-lab")) is FAILED


def test_of_two_ospf_routes_to_a_prefix_the_best_counts(r1, vty):
    answer = vty("ospf6-route-detail")
    assert outcome("ospf6.route", {"prefix": "2001:db8:0:ff::3/128", "type": "intra"}, r1, answer) is PASSED
    assert outcome("ospf6.route", {"prefix": "2001:db8:0:a3::/64", "cost": 15, "dev": ["eth3"]}, r1, answer) is PASSED
    assert outcome("ospf6.route", {"prefix": "2001:db8:0:a3::/64", "cost": "<15"}, r1, answer) is FAILED
    finding = judge("ospf6.route", {"prefix": "2001:db8:9::/64"}, r1, answer)
    assert (finding.outcome, "does not advertise" in str(finding.cause)) == (FAILED, True)
    path = {"pathType": "Intra-Area", "nextHops": [{"interfaceName": "eth1"}]}
    best, other = (
        json.dumps(path | {"flags": "BA--", "metricCost": 5}),
        json.dumps(path | {"flags": "-A--", "metricCost": 9}),
    )
    twice = {"outputs": [f'{{"routes": {{"2001:db8::/64": {best}, "2001:db8::/64": {other}}}}}']}
    assert outcome("ospf6.route", {"prefix": "2001:db8::/64", "cost": 5}, r1, twice) is PASSED


def test_bird_knows_ospf_routes_too(b1, bird):
    answer = bird("ospf-route-all")
    assert outcome("ospf6.route", {"prefix": "2001:db8:0:a1::/64", "cost": 20, "dev": ["eth1"]}, b1, answer) is PASSED
    assert outcome("ospf6.route", {"prefix": "2001:db8:0:a3::/64"}, b1, answer) is FAILED

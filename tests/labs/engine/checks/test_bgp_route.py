"""Check type ``bgp.route``."""

import pytest

from labs.engine.checks import TYPES
from tests.labs.engine.checks.judging import FAILED, PASSED, judge, outcome


@pytest.mark.parametrize("kind", ["frr", "bird"])
def test_a_bgp_route_is_the_same_in_frr_and_in_bird(kind, r1, b1, vty, bird):
    node, answer = (r1, vty("bgp-route")) if kind == "frr" else (b1, bird("route-all"))
    local_pref = 200 if kind == "frr" else 100
    good = {"prefix": "2001:db8:a::/48", "best": True, "as_path": "65002", "origin_as": 65002, "local_pref": local_pref, "med": 0,
            "community": ["65002:100"], "large_community": {"exact": ["65002:1:2"]}, "next_hop": {"count": ">0"}}  # fmt: skip
    assert outcome("bgp.route", good, node, answer) is PASSED
    finding = judge(
        "bgp.route", good | {"as_path": {"regex": "^65003"}, "community": {"none": ["65002:100"]}}, node, answer
    )
    assert (finding.outcome, str(finding.cause)) == (FAILED, "Not as expected: as_path, community")
    assert outcome("bgp.route", {"prefix": "2001:db8:a::/48", "present": False}, node, answer) is FAILED


def test_a_missing_bgp_route_fails_or_passes_by_present(r1, b1):
    for node, answer in (
        (r1, {"outputs": ["{}"]}),
        (r1, {"outputs": ["% Network not in table\n"]}),
        (b1, {"output": "Network not found"}),
    ):
        assert outcome("bgp.route", {"prefix": "2001:db8:a::/48"}, node, answer) is FAILED
        assert outcome("bgp.route", {"prefix": "2001:db8:a::/48", "present": False}, node, answer) is PASSED


def test_frr_marks_a_route_with_its_validation_state(r1, vty):
    answer = vty("bgp-route-rpki")
    hijack = {"prefix": "3fff:505::/32", "origin_as": 64511, "rpki": "invalid"}
    assert judge("bgp.route", hijack, r1, answer).outcome is PASSED
    assert judge("bgp.route", {**hijack, "rpki": "valid"}, r1, answer).outcome is FAILED
    assert judge("bgp.route", {**hijack, "origin_as": 64505, "rpki": "valid"}, r1, answer).outcome is PASSED


REFLECTED = {"prefix": "2001:db8:95::/48", "weight": 77, "peer": "192.0.2.3", "originator": "10.9.0.5",
             "cluster_list": ["10.9.0.3"], "ext_community": ["rt:65010:88"], "valid": True, "local_pref": 250}  # fmt: skip


def test_frr_tells_who_reflected_a_route_and_what_it_carries(r1, vty):
    assert len(TYPES["bgp.route"].parse(REFLECTED).asks([r1])[0]["commands"]) == 2
    assert outcome("bgp.route", REFLECTED, r1, vty("bgp-route-reflected")) is PASSED
    for wrong in ({"weight": 0}, {"peer": "192.0.2.5"}, {"originator": "10.9.0.4"}, {"valid": False}):
        assert outcome("bgp.route", REFLECTED | wrong, r1, vty("bgp-route-reflected")) is FAILED, wrong


def test_bird_tells_who_reflected_a_route_and_what_it_carries(b1, bird):
    good = {"prefix": "2001:db8:84::/48", "peer": "192.0.2.3", "originator": "10.9.0.4", "cluster_list": {"exact": ["10.9.0.3"]},
            "ext_community": ["RT:65010:77"], "community": {"exact": ["65010:7", "no-export"]}, "valid": True}  # fmt: skip
    answer = bird("bgp-routes-reflected")
    assert outcome("bgp.route", good, b1, answer) is PASSED
    direct = {"prefix": "198.51.100.3/32", "peer": "192.0.2.3", "cluster_list": {"count": 0}}
    assert outcome("bgp.route", direct, b1, answer) is PASSED
    assert outcome("bgp.route", good | {"ext_community": ["soo:65010:77"]}, b1, answer) is FAILED


def test_the_names_and_the_numbers_of_well_known_communities_are_the_same(r1, vty):
    own = {"prefix": "2001:db8:83::/48", "community": {"exact": ["65010:7", "65535:65281"]}}
    assert outcome("bgp.route", own, r1, vty("bgp-route-own")) is PASSED


def test_a_path_without_local_pref_has_the_default_of_the_router(r1, vty, recorded):
    [route] = vty("bgp-route-own")["outputs"]
    answer = {"outputs": [recorded("frr-10.3-bgp-running.txt"), route]}
    expect = {"prefix": "2001:db8:83::/48", "local_pref": 130}
    assert outcome("bgp.route", expect, r1, answer) is PASSED
    assert outcome("bgp.route", expect | {"local_pref": 100}, r1, answer) is FAILED
    assert outcome("bgp.route", expect | {"local_pref": 100}, r1, {"outputs": [route]}) is PASSED


def test_what_was_asked_for_is_shown(r1, vty):
    finding = judge(
        "bgp.route", REFLECTED | {"local_pref": 300, "community": ["65010:7"]}, r1, vty("bgp-route-reflected")
    )
    assert "local_pref 250 community 65010:9" in str(finding.seen).replace(" ext_community RT:65010:88", "")
    assert str(finding.cause) == "Not as expected: local_pref, community"


def test_a_missing_path_is_not_compared_with_the_path_of_another_neighbour(r1, vty):
    missing = {"prefix": "2001:db8:a::/48", "as_path": "65009 65002", "local_pref": 300}
    finding = judge("bgp.route", missing, r1, vty("bgp-route"))
    assert finding.outcome is FAILED
    assert "The other paths do not match" in str(finding.cause)
    prepended = judge("bgp.route", {**missing, "as_path": "65002 65002"}, r1, vty("bgp-route"))
    assert str(prepended.cause) == "Not as expected: as_path, local_pref"

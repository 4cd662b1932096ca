"""Check type ``bgp.route``."""

import pytest

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

"""Check types ``fib.*``."""

from tests.labs.engine.checks.judging import FAILED, PASSED, judge, outcome


def test_a_route_is_compared_with_the_kernels_table(r1, ip):
    answer = ip("route6-r1")
    prefix = {"prefix": "2001:db8:0:a3::/64"}
    assert outcome("fib.route", {**prefix, "dev": {"exact": ["eth3"]}, "protocol": "ospf"}, r1, answer) is PASSED
    finding = judge("fib.route", {**prefix, "dev": ["eth2"], "metric": "<10"}, r1, answer)
    assert (finding.outcome, str(finding.cause)) == (FAILED, "Not as expected: dev, metric")
    assert outcome("fib.route", {**prefix, "present": False}, r1, answer) is FAILED
    assert outcome("fib.route", {"prefix": "2001:db8:0:ff::2/128"}, r1, answer) is PASSED
    assert outcome("fib.route", {"prefix": "2001:db8:9::/48"}, r1, answer) is FAILED
    assert outcome("fib.route", {"prefix": "2001:db8:9::/48", "present": False}, r1, answer) is PASSED
    two = {
        "json": [
            {
                "dst": "2001:db8::/32",
                "nexthops": [{"gateway": "fe80::1", "dev": "a"}, {"gateway": "fe80::2", "dev": "b"}],
            }
        ]
    }
    assert outcome("fib.route", {"prefix": "2001:db8::/32", "via": {"count": 2}, "dev": ["b"]}, r1, two) is PASSED


def test_a_default_route_is_a_route(h1, ip):
    assert outcome("fib.default", {"via": ["2001:db8:0:a1::1"]}, h1, ip("route6-h1")) is PASSED
    assert outcome("fib.default", {"via": ["2001:db8:0:a1::2"]}, h1, ip("route6-h1")) is FAILED
    four = {"json": [{"dst": "default", "gateway": "192.0.2.1", "dev": "eth0", "protocol": "static"}]}
    assert outcome("fib.default", {"family": "ipv4", "via": ["192.0.2.1"]}, h1, four) is PASSED


def test_a_manual_route_is_found_although_ip_names_no_protocol_for_it(h1, r1, ip):
    assert outcome("fib.no_static", {}, r1, ip("route6-r1")) is PASSED
    finding = judge("fib.no_static", {}, h1, ip("route6-h1"))
    assert finding.outcome is FAILED
    assert "::/0" in str(finding.seen)
    assert outcome("fib.no_static", {"prefixes": ["2001:db8::/32"]}, h1, ip("route6-h1")) is PASSED
    frr = {"json": [{"dst": "2001:db8:5::/48", "gateway": "fe80::1", "dev": "eth0", "protocol": "196"}]}
    assert outcome("fib.no_static", {"prefixes": ["2001:db8::/32"]}, r1, frr) is FAILED


def test_a_default_route_beside_the_expected_one_is_noticed(h1):
    two = [
        {"dst": "default", "gateway": f"fe80::{i}", "dev": "eth0", "protocol": "ra", "pref": pref}
        for i, pref in ((1, "medium"), (2, "high"))
    ]
    expect = {"via": ["fe80::1"], "preference": "medium"}
    assert outcome("fib.default", expect, h1, {"json": two}) is PASSED
    finding = judge("fib.default", expect | {"every": True}, h1, {"json": two})
    assert (finding.outcome, str(finding.cause)) == (FAILED, "Not as expected: via, preference")
    assert outcome("fib.default", expect | {"every": True}, h1, {"json": two[:1]}) is PASSED
    assert outcome("fib.default", expect | {"every": True}, h1, {"json": []}) is FAILED


def test_the_weights_and_the_protocol_of_several_next_hops(r1):
    hops = [{"gateway": "fe80::1", "dev": "eth0", "weight": 1}, {"gateway": "fe80::2", "dev": "eth1", "weight": 3}]
    answer = {"json": [{"dst": "2001:db8:a3::/64", "protocol": "bgp", "nexthops": hops}]}
    expect = {"prefix": "2001:db8:a3::/64", "protocol": "bgp", "weights": [3, 1]}
    assert outcome("fib.ecmp", expect, r1, answer) is PASSED
    finding = judge("fib.ecmp", expect | {"weights": [1, 1], "protocol": "ospf"}, r1, answer)
    assert (finding.outcome, str(finding.cause)) == (FAILED, "Not as expected: protocol, weights")
    assert "with the weights 1, 3" in str(finding.seen)

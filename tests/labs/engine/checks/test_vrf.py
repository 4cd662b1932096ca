"""Checks about a VRF: what they ask FRR and the kernel, and how they judge what a router with the VRF RED answers.

The answers are those of FRR 10.3 whose VRF is a network namespace, because the kernel of the recording has no VRF of its own.
"""

import pytest

from labs.engine.checks import TYPES
from tests.labs.engine.checks.judging import FAILED, PASSED, judge

PEER, PREFIX = "2001:db8:12::2", "2001:db8:99::/48"
TRUE = [
    ("bgp.session", {"peer": PEER, "remote_as": 64501, "received": 1}, "bgp-summary"),
    ("bgp.route", {"prefix": PREFIX, "as_path": "64501"}, "bgp-route"),
    ("bgp.neighbor", {"peer": PEER, "state": "Established"}, "bgp-neighbor"),
    ("ospf6.neighbor", {"interface": "va", "router_id": "10.0.0.2", "role": "DR"}, "ospf6-neighbor"),
    ("ospf6.interface", {"interface": "va", "hello": 1}, "ospf6-interface"),
    ("ospf6.route", {"prefix": PREFIX, "type": "external2"}, "ospf6-route"),
    ("ospf.neighbor", {"interface": "va", "router_id": "10.0.0.2", "role": "DR"}, "ospf-neighbor"),
    ("ospf.interface", {"interface": "va", "hello": 1}, "ospf-interface"),
    ("ospf.route", {"prefix": "198.51.100.0/24", "type": "external2", "via": ["10.0.12.2"]}, "ospf-route"),
]


@pytest.mark.parametrize(("kind", "expect", "name"), TRUE, ids=[kind for kind, *_rest in TRUE])
def test_what_is_true_of_the_vrf_passes_and_an_empty_table_fails(kind, expect, name, r1, vty):
    within = expect | {"vrf": "RED"}
    [ask] = TYPES[kind].parse(within).asks([r1])
    assert all(" vrf RED " in command for command in ask["commands"])
    assert judge(kind, within, r1, vty(f"vrf-{name}")).outcome is PASSED
    assert judge(kind, within, r1, {"outputs": ["{}"]}).outcome is FAILED


@pytest.mark.parametrize(("kind", "expect", "name"), TRUE, ids=[kind for kind, *_rest in TRUE])
def test_without_a_vrf_the_question_is_as_ever(kind, expect, name, r1):
    [ask] = TYPES[kind].parse(expect).asks([r1])
    assert not any("vrf" in command for command in ask["commands"])


def test_the_learner_sees_the_command_with_the_vrf(r1):
    command = TYPES["ospf.neighbor"].parse({"vrf": "RED"}).command_on(r1)
    assert command == "vtysh -c 'show ip ospf vrf RED neighbor'"


@pytest.mark.parametrize(
    ("kind", "expect", "arguments"),
    [
        ("fib.route", {"prefix": PREFIX}, ["-6", "route", "show", "vrf", "RED"]),
        ("fib.default", {"family": "ipv4"}, ["-4", "route", "show", "vrf", "RED"]),
        ("fib.get", {"to": PEER}, ["-6", "route", "get", PEER, "vrf", "RED"]),
        ("fib.ecmp", {"prefix": PREFIX}, ["-6", "route", "show", PREFIX, "vrf", "RED"]),
    ],
)
def test_the_kernel_is_asked_for_the_table_of_the_vrf(kind, expect, arguments, h1):
    check = TYPES[kind].parse(expect | {"vrf": "RED"})
    assert [ask["args"] for ask in check.asks([h1])] == [arguments]
    assert check.command_on(h1).endswith(" vrf RED")
    route = {"dst": PREFIX, "gateway": PEER, "dev": "va", "protocol": "bgp"}
    if kind == "fib.route":
        assert judge(kind, expect | {"vrf": "RED", "via": [PEER]}, h1, {"json": [route]}).outcome is PASSED

"""DR and BDR in ``ospf.*`` and ``ospf6.*``: r3 is DR, r4 is BDR, and the BIRD router is neither."""

import pytest

from tests.labs.engine.checks.judging import FAILED, PASSED, outcome

FRR = {
    "ospf": ("ospf-neighbor-broadcast", "ospf-interface-broadcast"),
    "ospf6": ("ospf6-neighbor-broadcast", "ospf6-interface-broadcast"),
}
ELECTED = {"interface": "eth0", "dr": "10.9.0.3", "bdr": "10.9.0.4"}


@pytest.mark.parametrize("version", ["ospf", "ospf6"])
def test_frr_knows_its_own_role_and_those_of_its_neighbours(version, r1, vty):
    neighbours, interfaces = map(vty, FRR[version])
    for router, role in (("10.9.0.4", "BDR"), ("10.9.0.5", "DROther")):
        expect = {"interface": "eth0", "router_id": router, "role": role}
        assert outcome(f"{version}.neighbor", expect, r1, neighbours) is PASSED
        assert outcome(f"{version}.neighbor", expect | {"role": "DR"}, r1, neighbours) is FAILED
    assert outcome(f"{version}.interface", ELECTED | {"role": "DR", "priority": 170}, r1, interfaces) is PASSED
    assert outcome(f"{version}.interface", ELECTED | {"role": "BDR"}, r1, interfaces) is FAILED


@pytest.mark.parametrize(("version", "protocol"), [("ospf", "o2"), ("ospf6", "o3")])
def test_bird_knows_its_own_role_and_those_of_its_neighbours(version, protocol, b1, bird):
    neighbours, interfaces = bird("ospf-neighbors-broadcast"), bird("ospf-interface-broadcast")
    expect = {"router_id": "10.9.0.3", "role": "DR", "protocol": protocol}
    assert outcome(f"{version}.neighbor", expect, b1, neighbours) is PASSED
    assert outcome(f"{version}.neighbor", expect | {"role": "BDR"}, b1, neighbours) is FAILED
    assert outcome(f"{version}.interface", ELECTED | {"role": "DROther", "priority": 1}, b1, interfaces) is PASSED


def test_a_neighbour_that_is_not_full_does_not_pass_where_no_state_is_expected(r1):
    stuck = {"outputs": ['{"neighbors": {"10.9.0.4": [{"nbrState": "ExStart/DR", "ifaceName": "eth0:192.0.2.3"}]}}']}
    assert outcome("ospf.neighbor", {"interface": "eth0"}, r1, stuck) is FAILED
    assert outcome("ospf.neighbor", {"interface": "eth0", "state": {"in": ["ExStart", "Full"]}}, r1, stuck) is PASSED


STUCK = {
    "ospf.neighbor": '{"neighbors": {"10.9.0.4": [{"nbrState": "ExStart/DR", "ifaceName": "eth0:192.0.2.3"}]}}',
    "ospf6.neighbor": '{"neighbors": [{"neighborId": "10.9.0.4", "state": "ExStart", "interfaceName": "eth0"}]}',
}


@pytest.mark.parametrize("check", STUCK)
def test_a_neighbour_that_must_not_be_there_may_be_in_no_state(check, r1):
    answer = {"outputs": [STUCK[check]]}
    absent = {"interface": "eth0", "present": False}
    assert outcome(check, absent, r1, answer) is FAILED
    assert outcome(check, absent | {"state": "Full"}, r1, answer) is PASSED

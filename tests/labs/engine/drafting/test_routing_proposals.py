"""Proposals for routing, from states that are written down here."""

import pytest

from labs.engine.authoring.new_lab import create
from labs.engine.authoring.parse import load_lab
from labs.engine.checks import TYPES
from labs.engine.drafting.observed import Observed
from labs.engine.drafting.routing_proposals import propose_against, propose_routing
from labs.engine.state.facts import Section

PREFIX, THEIRS = "2001:db8:100::/48", "2001:db8:500::/48"


@pytest.fixture
def lab(tmp_path):
    create(tmp_path / "mine", "bgp-pair")
    return load_lab(tmp_path / "mine")


@pytest.fixture
def triangle(tmp_path):
    create(tmp_path / "mine", "ospf-triangle")
    return load_lab(tmp_path / "mine")


def network(*, session="down", r1=(), isp=(), routes=None):
    """The two routers of the template, with this session, these BGP paths, and these routes of r1."""
    return Observed(
        {
            "r1": {
                Section.CONFIG: {"": "router bgp 64500"},
                Section.INTERFACES: {"eth1 addresses": "2001:db8:0:12::1/64"},
                Section.SESSIONS: {"2001:db8:0:12::2": session} if session else {},
                Section.ROUTES: routes or {},
            },
            "isp": {
                Section.CONFIG: {"protocol bgp r1": "local 2001:db8:0:12::2 as 64501"},
                Section.INTERFACES: {"eth0 addresses": "2001:db8:0:12::2/64"},
                Section.SESSIONS: {"2001:db8:0:12::1": session} if session else {},
            },
        },
        {"r1": frozenset(r1), "isp": frozenset(isp)},
    )


def of(proposed, kind, on):
    return [one for one in proposed if (one.type, one.on) == (kind, on)]


def test_both_ends_of_a_session_that_comes_up_are_proposed_with_the_others_as_number(lab):
    proposed = list(propose_routing(lab, [network(), network(session="up")]))
    [here], [there] = of(proposed, "bgp.session", "r1"), of(proposed, "bgp.session", "isp")
    assert here.expect == {"peer": "2001:db8:0:12::2", "remote_as": 64501}
    assert there.expect == {"peer": "2001:db8:0:12::1", "remote_as": 64500}
    assert (here.is_own(lab), there.is_own(lab)) == (True, False)
    assert (here.with_node, there.with_node) == ("isp", "r1")


def test_a_session_that_is_up_from_the_beginning_is_not_proposed(lab):
    assert of(propose_routing(lab, [network(session="up"), network(session="up")]), "bgp.session", "r1") == []


def test_a_session_that_goes_is_proposed_as_absent(lab):
    [gone] = of(propose_routing(lab, [network(session="up"), network()]), "bgp.session", "r1")
    assert gone.expect == {"peer": "2001:db8:0:12::2", "present": False}
    assert gone.absent


def test_new_paths_are_proposed_where_they_arrived_and_what_the_learner_sends_as_all_that_they_send(lab):
    proposed = list(
        propose_routing(lab, [network(), network(session="up", isp=[(PREFIX, "64500")], r1=[(THEIRS, "64501")])])
    )
    assert [one.expect for one in of(proposed, "bgp.route", "isp")] == [{"prefix": PREFIX, "as_path": "64500"}]
    assert [one.expect for one in of(proposed, "bgp.route", "r1")] == [{"prefix": THEIRS, "as_path": "64501"}]
    assert [one.expect for one in of(proposed, "bgp.only", "isp")] == [{"neighbor_as": 64500, "prefixes": [PREFIX]}]
    assert of(proposed, "bgp.only", "r1") == []


def test_a_path_that_was_there_after_an_earlier_stage_and_is_gone_at_the_end_is_proposed_as_absent(lab):
    leak = network(session="up", isp=[(THEIRS, "64500 64502")])
    [gone] = of(propose_routing(lab, [network(), leak, network(session="up")]), "bgp.route", "isp")
    assert gone.expect == {"prefix": THEIRS, "present": False}
    assert (gone.absent, gone.of_neighbor, gone.trap) == (True, "64500", False)


def test_a_proposal_is_absent_exactly_if_its_type_needs_a_control(lab):
    before = network(session="up", r1={(THEIRS, "64500")}, routes={PREFIX: "bgp fe80::1 eth1"})
    proposed = list(propose_routing(lab, [network(), before, network(session="")]))
    proposed += propose_routing(lab, [network(), network(session="up")])
    assert {one.absent for one in proposed} == {True, False}
    assert all(TYPES[one.type].parse(one.expect).needs_control() is one.absent for one in proposed)


def test_one_of_two_paths_is_absent_with_its_as_path(lab):
    both = network(session="up", isp=[(THEIRS, "64500 64502"), (THEIRS, "64503")])
    [gone] = of(propose_routing(lab, [both, network(session="up", isp=[(THEIRS, "64503")])]), "bgp.route", "isp")
    assert gone.expect == {"prefix": THEIRS, "as_path": "64500 64502", "present": False}


def test_what_only_a_network_with_a_mistake_has_is_a_trap(lab):
    wrong = network(session="up", r1=[("2001:db8:bad::/48", "64501")])
    [trap] = propose_against(network(session="up"), wrong)
    assert (trap.on, trap.expect["present"], trap.trap) == ("r1", False, True)


def test_a_new_route_is_proposed_with_its_protocol_or_as_a_blackhole(lab):
    routes = {
        PREFIX: "static blackhole dev lo",
        THEIRS: "bgp via 2001:db8:0:12::2 dev eth1",
        "2001:db8:0:12::/64": "kernel dev eth1",
        "2001:db8:0:12::2/128": "ospf via 2001:db8:0:12::2 dev eth1",
    }
    found = of(propose_routing(lab, [network(), network(routes=routes)]), "fib.route", "r1")
    assert [one.expect for one in found] == [
        {"prefix": PREFIX, "type": "blackhole"},
        {"prefix": THEIRS, "protocol": "bgp", "dev": {"exact": ["eth1"]}},
    ]


def test_ospf_is_proposed_as_adjacency_settings_cost_and_passive_interface(triangle):
    lines = "ipv6 ospf6 area 0\nipv6 ospf6 network point-to-point\nipv6 ospf6 cost 5"
    settings = {"area": "0.0.0.0", "type": "point-to-point", "hello": 10.0, "cost": 5.0, "passive": False, "role": ""}
    untouched = Observed({"r1": {Section.ADJACENCIES: {}}, "r2": {Section.ADJACENCIES: {}}})
    solved = Observed(
        {
            "r1": {
                Section.ADJACENCIES: {"ospf6 eth2": "up"},
                Section.CONFIG: {"interface eth2": lines, "interface eth0": "ipv6 ospf6 area 0\nipv6 ospf6 passive"},
            },
            "r2": {
                Section.ADJACENCIES: {"ospf6 eth1": "down"},
                Section.CONFIG: {"router ospf6": "ospf6 router-id 192.0.2.2"},
            },
        },
        ospf={
            ("r1", "ospf6", "eth2"): settings,
            ("r1", "ospf6", "eth0"): settings | {"passive": True},
        },
    )
    found = [(one.type, one.expect) for one in propose_routing(triangle, [untouched, solved])]
    assert ("ospf6.neighbor", {"interface": "eth2", "router_id": "192.0.2.2"}) in found
    assert ("ospf6.interface", {"interface": "eth2", "area": "0.0.0.0", "type": "point-to-point"}) in found
    assert ("ospf6.interface", {"interface": "eth2", "cost": 5}) in found
    assert ("ospf6.interface", {"interface": "eth0", "passive": True}) in found
    assert len(found) == 5

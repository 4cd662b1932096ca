"""The probes that are proposed, by the routes and filters of a solved network."""

import pytest

from labs.engine.authoring.new_lab import create
from labs.engine.authoring.parse import load_lab
from labs.engine.drafting.observed import Observed
from labs.engine.drafting.traffic_proposals import propose_traffic
from labs.engine.state.facts import Section

RULE = '[{"match": {"left": {"payload": {"field": "dport", "protocol": "tcp"}}, "op": "==", "right": 179}}]'


@pytest.fixture
def lab(tmp_path):
    create(tmp_path / "mine", "ospf-triangle")
    return load_lab(tmp_path / "mine")


def node(addresses, routes, filters=None):
    return {
        Section.INTERFACES: {f"{port} addresses": address for port, address in addresses.items()},
        Section.ROUTES: routes,
        Section.FILTERS: filters or {},
    }


def triangle(filters=None):
    """All three links work, and h1 reaches r3 directly behind r1."""
    return Observed(
        {
            "h1": node({"eth0": "2001:db8:0:a1::10/64"}, {"::/0": "boot via 2001:db8:0:a1::1 dev eth0"}),
            "r1": node(
                {"eth0": "2001:db8:0:a1::1/64", "eth3": "2001:db8:0:13::1/64"},
                {"2001:db8:0:ff::3/128": "ospf via 2001:db8:0:13::3 dev eth3"},
                filters,
            ),
            "r2": node({"lo": "2001:db8:0:ff::2/128"}, {}),
            "r3": node({"lo": "2001:db8:0:ff::3/128", "eth1": "2001:db8:0:13::3/64"}, {}),
        }
    )


def of(proposed, kind):
    return [one for one in proposed if one.type == kind]


def test_hosts_reach_loopbacks_and_the_packets_must_arrive_there(lab):
    pings = of(propose_traffic(lab, [Observed({}), triangle()]), "ping")
    assert ("h1", {"to": "2001:db8:0:ff::3", "at": "r3"}) in [(one.on, one.expect) for one in pings]
    assert pings[0].on == "h1"
    assert all(one.expect["at"] != one.on for one in pings)


def test_the_host_behind_a_learners_router_is_reached_and_not_the_router(lab):
    pings = of(propose_traffic(lab, [Observed({}), triangle()]), "ping")
    reached = {one.expect["at"] for one in pings}
    assert lab.nodes["r1"].learner
    assert "h1" in reached
    assert "r1" not in reached


def test_a_link_on_the_way_fails_if_there_is_another_way(lab):
    found = of(propose_traffic(lab, [Observed({}), triangle()]), "path.failover")
    assert [(one.on, one.do, one.expect) for one in found] == [
        ("h1", ({"link": "r1:eth3", "up": False},), {"to": "2001:db8:0:ff::3", "at": "r3"})
    ]


def test_a_link_on_the_way_to_an_anycast_address_fails_and_another_node_replies(lab):
    network = triangle()
    network.state["r2"] = node({"lo": "2001:db8:0:ff::3/128"}, {})
    found = [one for one in propose_traffic(lab, [Observed({}), network]) if one.do]
    assert {(one.type, one.on, one.expect["at"]) for one in found} == {("ping", "h1", "r2"), ("ping", "h1", "r3")}


def test_a_changed_filter_is_tried_with_its_ports_open_and_closed(lab):
    flows = [one for one in propose_traffic(lab, [triangle(), triangle({"ip6 edge in": RULE})]) if "flow" in one.type]
    assert {one.type for one in flows} == {"flow.allow", "flow.block"}
    through = {"to": "r3", "address": "2001:db8:0:ff::3", "protocol": "tcp", "port": 179}
    assert through in [one.expect for one in of(flows, "flow.allow")]
    blocked = of(flows, "flow.block")[0]
    assert (blocked.expect["port"], blocked.expect["control"]) == (179, {"port": 443})


def test_without_a_changed_filter_no_flow_is_tried(lab):
    assert [one for one in propose_traffic(lab, [triangle(), triangle()]) if "flow" in one.type] == []

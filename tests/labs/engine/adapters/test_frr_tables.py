"""The outputs of FRR about OSPFv2, IS-IS, BFD and Babel, as rows."""

import json
from ipaddress import ip_address, ip_network
from pathlib import Path

from labs.engine.adapters import frr_tables
from labs.engine.adapters.routing_state import Silent

RECORDED = Path(__file__).parents[3] / "fixtures"


def printed(name):
    return (RECORDED / f"frr-10.3-{name}.json").read_text()


def test_neighbours_on_a_lan_have_the_role_to_which_they_were_elected():
    assert frr_tables.ospf_neighbors(printed("ospf-neighbor-broadcast")) == [
        {"interface": "eth0", "router_id": "10.9.0.4", "state": "Full", "role": "BDR"},
        {"interface": "eth0", "router_id": "10.9.0.5", "state": "Full", "role": "DROther"},
    ]


def test_timers_are_in_seconds():
    eth0 = frr_tables.ospf_interfaces(printed("ospf-interface-broadcast"))[0]
    assert (eth0["interface"], eth0["hello"], eth0["dead"], eth0["cost"]) == ("eth0", 1, 4, 10)
    assert (eth0["role"], eth0["dr"], eth0["bdr"], eth0["priority"]) == ("DR", "10.9.0.3", "10.9.0.4", 170)


def test_of_a_vrf_the_table_stands_below_its_name():
    [neighbor] = frr_tables.ospf_neighbors(printed("vrf-ospf-neighbor"))
    assert (neighbor["interface"], neighbor["router_id"], neighbor["role"]) == ("va", "10.0.0.2", "DR")
    [interface] = frr_tables.ospf_interfaces(printed("vrf-ospf-interface"))
    assert (interface["interface"], interface["role"]) == ("va", "BDR")


def test_a_route_from_outside_has_the_cost_of_its_kind():
    near, far = frr_tables.ospf_routes(printed("vrf-ospf-route"))
    assert (near["prefix"], near["type"], near["via"]) == (ip_network("10.0.12.0/24"), "intra", ())
    assert (far["type"], far["cost"], far["via"]) == ("external2", 20, (ip_address("10.0.12.2"),))


def test_an_lsa_from_outside_belongs_to_no_area():
    def lsa(kind):
        return {"type": kind, "linkStateId": "0.0.0.0", "advertisingRouter": "10.0.0.1"}

    text = json.dumps(
        {
            "areaScopedLinkStateDb": [{"areaId": "0", "lsa": [lsa("Router"), lsa("Intra-Prefix")]}],
            "asScopedLinkStateDb": [{"lsa": [lsa("AS-External")]}],
        }
    )
    assert frr_tables.ospf6_lsdb(text) == [
        {"type": "router", "router_id": "10.0.0.1", "area": "0.0.0.0"},
        {"type": "intra-prefix", "router_id": "10.0.0.1", "area": "0.0.0.0"},
        {"type": "external", "router_id": "10.0.0.1", "area": ""},
    ]


def test_two_next_hops_of_isis_become_one_row():
    lines = [{"prefix": "2001:db8::/48", "metric": 20, "interface": name} for name in ("eth1", "eth0", "-")]
    assert frr_tables.isis_routes(json.dumps([{"level-2": {"ipv6": lines}}])) == [
        {"prefix": ip_network("2001:db8::/48"), "level": 2, "metric": 20, "dev": ("eth0", "eth1")}
    ]


def test_the_bits_of_an_lsp_are_attached_partition_and_overload():
    lsps = [{"lsp": {"id": "r1.00-00"}, "attPOl": "1/0/1"}]
    text = json.dumps({"areas": [{"levels": [{"id": 1, "lsps": lsps}]}]})
    assert frr_tables.isis_lsdb(text) == [
        {"router": "r1", "level": 1, "attached": True, "partition": False, "overload": True}
    ]


def test_a_session_of_bfd_has_the_interval_in_which_it_sends():
    peer = {
        "peer": "2001:db8::2",
        "interface": "eth0",
        "status": "up",
        "detect-multiplier": 3,
        "transmit-interval": 300,
    }
    assert frr_tables.bfd_sessions(json.dumps([peer])) == [
        {"peer": ip_address("2001:db8::2"), "interface": "eth0", "state": "up", "multiplier": 3, "interval": 300}
    ]


def test_babel_prints_lines():
    neighbour = "Neighbour fe80::2 dev eth0 reach ffff rxcost 96 txcost 96 rtt 0.000 rttcost 0."
    assert frr_tables.babel_neighbors(neighbour) == [
        {"interface": "eth0", "address": ip_address("fe80::2"), "cost": 96}
    ]
    route = "2001:db8:2::/64 metric 96 refmetric 0 id 02:00:00:ff:fe:00:00:02 seqno 1 age 3 via eth0 neigh fe80::2 (installed)"
    [row] = frr_tables.babel_routes(route)
    assert (row["prefix"], row["via"], row["metric"], row["installed"]) == (
        ip_network("2001:db8:2::/64"),
        ip_address("fe80::2"),
        96,
        True,
    )


def test_a_sentence_in_place_of_a_table_is_kept():
    assert frr_tables.ospf_neighbors("% OSPF instance not found") == Silent("% OSPF instance not found")
    assert frr_tables.isis_lsdb("IS-IS Routing Process not enabled") == Silent("IS-IS Routing Process not enabled")

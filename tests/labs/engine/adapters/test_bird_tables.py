"""The outputs of BIRD about OSPFv2, BFD, Babel and RIP, as rows."""

from ipaddress import ip_address, ip_network
from pathlib import Path

from labs.engine.adapters import bird_tables
from labs.engine.adapters.routing_state import Silent

RECORDED = Path(__file__).parents[3] / "fixtures"


def printed(name):
    return (RECORDED / f"bird-2.17-{name}.txt").read_text().splitlines()


def test_neighbours_and_interfaces_are_those_of_ospfv2():
    assert [row["role"] for row in bird_tables.ospf_neighbors(printed("ospf-neighbors-broadcast"))] == ["DR", "BDR"]
    [row] = bird_tables.ospf_interfaces(printed("ospf-interface-broadcast"))
    assert (row["interface"], row["dr"], row["bdr"]) == ("eth0", "10.9.0.3", "10.9.0.4")


def test_a_route_has_its_kind_and_next_hops():
    rows = {str(row["prefix"]): row for row in bird_tables.ospf_routes(printed("ospf-route-all"))}
    assert (rows["2001:db8:0:23::/64"]["type"], rows["2001:db8:0:23::/64"]["dev"]) == ("intra", ("eth3",))


def test_an_lsa_is_of_the_area_above_it_and_others_are_of_none():
    lines = [
        "Area 0.0.0.1",
        " Type   LS ID           Router          Sequence   Age  Checksum",
        " 2001  0.0.0.0         10.0.0.1        80000003    12    4a1b",
        "Global",
        " 4005  0.0.0.7         10.0.0.2        80000001    12    4a1b",
    ]
    assert bird_tables.ospf_lsdb(lines) == [
        {"type": "router", "router_id": "10.0.0.1", "area": "0.0.0.1"},
        {"type": "external", "router_id": "10.0.0.2", "area": ""},
    ]


def test_an_interval_of_bfd_is_in_milliseconds():
    lines = [
        "IP address                Interface  State      Since         Interval  Timeout",
        "2001:db8::2               eth0       Up         10:00:00.000    0.300    0.900",
    ]
    [row] = bird_tables.bfd_sessions(lines)
    assert (row["peer"], row["state"], row["interval"], row["multiplier"]) == (
        ip_address("2001:db8::2"),
        "up",
        300,
        None,
    )


def test_a_route_of_babel_is_installed_where_bird_marks_it():
    lines = [
        "Prefix                   Nexthop                   Interface Metric F Seqno Expires",
        "2001:db8:2::/64          fe80::2                   eth0          96 *     1  10.000",
        "2001:db8:3::/64          fe80::3                   eth1          96 +     1  10.000",
    ]
    assert [(row["prefix"], row["interface"], row["installed"]) for row in bird_tables.babel_routes(lines)] == [
        (ip_network("2001:db8:2::/64"), "eth0", True),
        (ip_network("2001:db8:3::/64"), "eth1", False),
    ]


def test_neighbours_of_rip_are_of_one_family():
    lines = ["rip1:", "IP address  Interface", "192.0.2.2   eth0", "fe80::2     eth0", ""]
    assert bird_tables.rip_neighbors(lines, 6) == [{"address": ip_address("fe80::2")}]
    assert bird_tables.rip_neighbors(lines, 4) == [{"address": ip_address("192.0.2.2")}]


def test_a_protocol_that_does_not_run_is_silent_with_birds_words():
    for read in (
        bird_tables.ospf_lsdb,
        bird_tables.bfd_sessions,
        bird_tables.babel_neighbors,
        bird_tables.babel_routes,
    ):
        assert read(["No such protocol"]) == Silent("No such protocol")

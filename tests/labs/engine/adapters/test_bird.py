"""The outputs of BIRD about OSPF, BGP and RPKI, as recorded from BIRD 2.17."""

from ipaddress import IPv4Address, ip_address, ip_network
from pathlib import Path

import pytest

from labs.engine.adapters import bird
from labs.engine.adapters.routing_state import Silent

RECORDED = Path(__file__).parents[3] / "fixtures"


def printed(name):
    return {"ok": True, "output": (RECORDED / f"bird-2.17-{name}.txt").read_text()}


def test_neighbours_on_a_lan_have_the_role_to_which_they_were_elected():
    assert [str(one) for one in bird.neighbors(printed("ospf-neighbors"))] == ["10.0.0.1 Full (eth1)"]
    assert [str(one) for one in bird.neighbors(printed("ospf-neighbors-broadcast"))] == [
        "10.9.0.3 Full/DR (eth0)",
        "10.9.0.4 Full/BDR (eth0)",
    ]


def test_neighbours_of_the_other_version_of_ospf_are_left_out():
    assert bird.neighbors(printed("ospf-neighbors"), 2) == []


def test_an_interface_has_its_settings_and_who_was_elected_on_it():
    [eth0] = bird.interfaces(printed("ospf-interface-broadcast"))
    assert (eth0.name, eth0.cost, eth0.network, eth0.hello, eth0.dead) == ("eth0", 10, "broadcast", 1, 4)
    assert (eth0.role, eth0.dr, eth0.bdr) == ("DROther", "10.9.0.3", "10.9.0.4")
    both = bird.interfaces(printed("ospf-interface"))
    assert [(one.name, one.network, one.dr) for one in both] == [
        ("eth1", "point-to-point", ""),
        ("eth3", "point-to-point", ""),
    ]


def test_a_route_of_ospf_has_the_interfaces_of_its_next_hops():
    found = bird.ospf_routes(printed("ospf-route-all"))
    assert len(found) == 7
    assert (found[1].prefix, found[1].kind, found[1].cost, found[1].devices) == (
        ip_network("2001:db8:0:23::/64"),
        "intra",
        10,
        ("eth3",),
    )


def test_a_prefix_is_printed_once_for_all_its_routes():
    routes = bird.bgp_routes(printed("route-all"))
    assert [(str(route.prefix), route.as_path, route.best) for route in routes] == [
        ("2001:db8:c::/48", ("65002",), True),
        ("2001:db8:a::/48", ("65002",), True),
        ("2001:db8:d::/48", ("65003",), True),
    ]
    assert {route.peer for route in routes} == {ip_address("2001:db8:1::2"), ip_address("2001:db8:1::3")}


def test_a_reflected_route_names_its_originator_and_the_clusters_on_its_way():
    routes = {str(route.prefix): route for route in bird.bgp_routes(printed("bgp-routes-reflected"))}
    reflected, direct = routes["2001:db8:84::/48"], routes["2001:db8:83::/48"]
    assert (reflected.originator, reflected.cluster_list) == (IPv4Address("10.9.0.4"), (IPv4Address("10.9.0.3"),))
    assert (direct.originator, direct.cluster_list) == (None, ())
    assert reflected.communities == ("65010:7", "65535:65281")
    assert reflected.extended_communities == ("rt:65010:77",)


def test_the_paths_of_one_address_family():
    paths = bird.bgp_paths(printed("bgp-leak-64500"), "ipv6")
    assert (ip_network("3fff:505::/32"), ("64500", "64496", "64505")) in paths
    assert bird.bgp_paths(printed("bgp-leak-64500"), "ipv4") == []


def test_a_session_has_the_counts_of_its_channel():
    [session] = bird.sessions(printed("protocols-all"), "ipv6")
    assert (session.peer, session.state, session.remote_as) == (ip_address("2001:db8:1::2"), "Established", 65002)
    assert (session.received, session.sent) == (2, 1)
    assert bird.sessions(printed("protocols-all"), "ipv4") == []


def test_without_a_protocol_for_rpki_bird_is_silent():
    assert bird.caches(printed("protocols-all")) == Silent("")


ROAS = """Table roas:
3fff:505::/32-48 AS64505  [rpki1 10:00:00.000] (100)
3fff:506::/32-x AS64506
"""


def test_a_table_of_roas_has_origins_and_longest_prefixes():
    [vrp] = bird.vrps({"ok": True, "output": ROAS})
    assert (vrp.prefix, vrp.origin_as, vrp.max_length) == (ip_network("3fff:505::/32"), 64505, 48)
    assert bird.vrps({"ok": True, "output": "Unknown table"}) == Silent("Unknown table")


@pytest.mark.parametrize("read", [bird.neighbors, bird.interfaces])
def test_a_protocol_that_does_not_run_is_silent_with_birds_words(read):
    assert read({"ok": True, "output": "ospf1: Not up"}) == Silent("ospf1: Not up")


def test_questions_name_a_protocol_only_if_there_is_one():
    assert bird.neighbors_question("") == "show ospf neighbors"
    assert bird.interfaces_question("ospf1") == "show ospf interface ospf1"
    assert bird.route_question("2001:db8::/32", "bgp1") == "show route 2001:db8::/32 all protocol bgp1"
    assert bird.command("show status") == "birdc 'show status'"

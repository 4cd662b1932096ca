"""The outputs of FRR about OSPFv3, BGP and RPKI, as recorded from FRR 10.3."""

from ipaddress import IPv4Address, ip_address, ip_network
from pathlib import Path

import pytest

from labs.engine.adapters import frr
from labs.engine.adapters.routing_state import Silent

RECORDED = Path(__file__).parents[3] / "fixtures"


def printed(name):
    return {"ok": True, "outputs": [(RECORDED / f"frr-10.3-{name}.json").read_text()]}


def test_neighbours_on_a_lan_have_the_role_to_which_they_were_elected():
    assert [str(one) for one in frr.neighbors(printed("ospf6-neighbor"))] == ["2.2.2.2 Full (eth0)"]
    assert [str(one) for one in frr.neighbors(printed("ospf6-neighbor-broadcast"))] == [
        "10.9.0.4 Full/BDR (eth0)",
        "10.9.0.5 Full/DROther (eth0)",
    ]


def test_a_state_that_ospf6d_spells_in_its_own_way_is_spelled_as_in_the_rfc():
    assert [one.state for one in frr.neighbors(printed("ospf6-neighbor-two-way"))] == ["2-Way"] * 3


def test_an_interface_has_its_settings_and_who_was_elected_on_it():
    eth0, loopback = frr.interfaces(printed("ospf6-interface-broadcast"))
    assert (eth0.name, eth0.area, eth0.cost, eth0.network) == ("eth0", "0.0.0.0", 10, "broadcast")
    assert (eth0.hello, eth0.dead, eth0.priority) == (1, 4, 170)
    assert (eth0.role, eth0.dr, eth0.bdr) == ("DR", "10.9.0.3", "10.9.0.4")
    assert (loopback.name, loopback.network, loopback.role, loopback.dr) == ("lo", "loopback", "", "")


def test_a_route_of_ospf_has_the_interfaces_of_its_next_hops():
    found = {route.prefix: route for route in frr.ospf_routes(printed("ospf6-route-detail"))}
    assert len(found) == 11
    there = found[ip_network("2001:db8:0:13::3/128")]
    assert (there.kind, there.cost, there.devices) == ("intra", 5, ("eth3",))


def test_a_route_of_bgp_has_its_attributes_and_the_verdict_of_rpki():
    [route] = frr.bgp_routes(printed("bgp-route"))
    assert (str(route.prefix), route.best, route.as_path) == ("2001:db8:a::/48", True, ("65002",))
    assert (route.local_pref, route.med, route.rpki) == (200, 0, "valid")
    assert (route.communities, route.large_communities) == (("65002:100",), ("65002:1:2",))
    assert route.next_hops == (ip_address("2001:db8:0:1::2"), ip_address("fe80::a8ca:bfff:fe7e:4ba5"))
    assert (route.peer, route.originator, route.cluster_list) == (ip_address("2001:db8:0:1::2"), None, ())


def test_a_reflected_route_names_its_originator_and_the_clusters_on_its_way():
    [route] = frr.bgp_routes(printed("bgp-route-reflected"))
    assert (route.originator, route.cluster_list) == (IPv4Address("10.9.0.5"), (IPv4Address("10.9.0.3"),))
    assert (route.peer, route.weight, route.extended_communities) == (IPv4Address("192.0.2.3"), 77, ("RT:65010:88",))


def test_a_route_of_the_router_itself_has_no_peer():
    [route] = frr.bgp_routes(printed("bgp-route-own"))
    assert (route.peer, route.as_path, route.weight) == (None, (), 32768)


def test_the_table_has_each_path_of_a_prefix():
    paths = frr.bgp_paths(printed("bgp-table"))
    assert len(paths) == 6
    assert [path for prefix, path in paths if prefix == ip_network("3fff:505::/32")][:2] == [
        ("64496", "64505"),
        ("64511", "64505"),
    ]


def test_a_cache_is_connected_or_frr_says_that_there_is_none():
    [cache] = frr.caches(printed("rpki-cache"))
    assert (cache.address, cache.connected) == (ip_address("2001:db8:500:3::323"), True)
    assert frr.caches(printed("rpki-cache-none")) == Silent("")
    assert frr.caches(printed("rpki-cache-stopped")) == Silent("No connection to RPKI cache server.")


def test_what_a_cache_has_sent_has_an_origin_and_a_longest_prefix():
    [vrp] = frr.vrps(printed("rpki-prefix"))
    assert (vrp.prefix, vrp.origin_as, vrp.max_length) == (ip_network("3fff:505::/32"), 64505, 32)
    assert frr.vrps(printed("rpki-prefix-stopped")) == Silent("No Connection to RPKI cache server.")


@pytest.mark.parametrize("read", [frr.neighbors, frr.interfaces, frr.ospf_routes, frr.bgp_paths, frr.caches, frr.vrps])
@pytest.mark.parametrize("text", ["", "% OSPF6 is not running", "[" * 5000, "7"])
def test_a_daemon_that_prints_no_table_is_silent(read, text):
    assert isinstance(read({"ok": True, "outputs": [text]}), Silent)

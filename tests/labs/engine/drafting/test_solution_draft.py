"""The lines of a solution are written from the states of a lab that was solved by hand."""

import pytest

from labs.engine.authoring.new_lab import create
from labs.engine.authoring.parse import load_lab
from labs.engine.definition import solution
from labs.engine.drafting.observed import Observed
from labs.engine.drafting.solution_draft import not_typed, solution_files, typed
from labs.engine.state.facts import Section


@pytest.fixture
def lab(tmp_path):
    create(tmp_path / "mine", "bgp-pair")
    return load_lab(tmp_path / "mine")


def r1(**sections):
    return Observed({"r1": {Section[name.upper()]: facts for name, facts in sections.items()}})


def test_new_lines_of_frr_are_typed_below_the_heads_of_their_block():
    before = r1(config={"": "router bgp 64500", "router bgp 64500": "bgp router-id 192.0.2.1"})
    after = r1(
        config={
            "": "route-map OUT permit 10\nipv6 route 2001:db8:100::/48 blackhole\nrouter bgp 64500",
            "route-map OUT permit 10": "match ipv6 address prefix-list OURS",
            "router bgp 64500": "bgp router-id 192.0.2.1\nneighbor 2001:db8::2 remote-as 64501\naddress-family ipv6 unicast",
            "router bgp 64500 / address-family ipv6 unicast": "neighbor 2001:db8::2 activate",
        }
    )
    assert list(typed(before, after, "r1", is_frr=True)) == [
        *("vtysh", "configure terminal"),
        "ipv6 route 2001:db8:100::/48 blackhole",
        *("route-map OUT permit 10", "match ipv6 address prefix-list OURS", "exit"),
        *("router bgp 64500", "neighbor 2001:db8::2 remote-as 64501", "exit"),
        *("router bgp 64500", "address-family ipv6 unicast", "neighbor 2001:db8::2 activate", "exit", "exit"),
        *("end", "write memory", "exit"),
    ]


def test_a_line_that_has_gone_is_typed_with_no_and_one_with_no_without_it():
    before = r1(config={"router bgp 64500": "no bgp ebgp-requires-policy\nneighbor 2001:db8::2 shutdown"})
    after = r1(config={"router bgp 64500": "bgp router-id 192.0.2.1"})
    lines = list(typed(before, after, "r1", is_frr=True))
    assert lines[2:-3] == [
        *("router bgp 64500", "bgp ebgp-requires-policy", "no neighbor 2001:db8::2 shutdown"),
        *("bgp router-id 192.0.2.1", "exit"),
    ]


def test_a_host_gets_addresses_routes_and_settings():
    before = r1(
        interfaces={"eth0 addresses": "2001:db8::1/60"}, routes={}, settings={"net.ipv6.conf.all.forwarding": "0"}
    )
    after = r1(
        interfaces={"eth0 addresses": "2001:db8::1/64"},
        routes={"::/0": "boot via 2001:db8::2 dev eth0", "2001:db8::/64": "kernel dev eth0"},
        settings={"net.ipv6.conf.all.forwarding": "1", "net.ipv6.conf.eth0.forwarding": "1"},
    )
    assert list(typed(before, after, "r1", is_frr=False)) == [
        "sysctl -w net.ipv6.conf.all.forwarding=1",
        *("ip addr del 2001:db8::1/60 dev eth0", "ip addr add 2001:db8::1/64 dev eth0"),
        "ip -6 route replace ::/0 via 2001:db8::2 dev eth0",
    ]


def test_the_files_name_each_stage_and_nodes_of_the_instructor_have_none(lab):
    one = Observed(
        r1(config={"": "ipv6 route 2001:db8:1::/48 blackhole"}).state | {"isp": {Section.SETTINGS: {"a.b": "1"}}}
    )
    two = Observed(r1(config={"": "ipv6 route 2001:db8:1::/48 blackhole\nip route 192.0.2.0/24 blackhole"}).state)
    files = solution_files(lab, [r1(config={}), one, one, two])
    assert files.keys() == {"r1"}
    stages = [stage.id for stage in lab.stages]
    assert solution.mistakes(files["r1"], stages) == []
    parts = solution.cut(files["r1"], stages)
    assert parts.keys() == set(stages)
    assert (parts["session"][2], parts["announce"], parts["accept"][2]) == (
        "ipv6 route 2001:db8:1::/48 blackhole",
        (),
        "ip route 192.0.2.0/24 blackhole",
    )


def test_what_cannot_become_a_line_is_named(lab):
    before, after = r1(filters={}, processes={}), r1(filters={"ip6 edge in": "{}"}, processes={"nginx": "runs"})
    assert not_typed(lab, before, after) == ["r1: rules of nftables", "r1: programs"]

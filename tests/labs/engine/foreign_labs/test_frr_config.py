"""An FRR configuration falls into what a router has from its start and what makes it route."""

import pytest

from labs.engine.definition.spec import Kind
from labs.engine.foreign_labs.foreign_lab import ForeignLab, ForeignNode, Place
from labs.engine.foreign_labs.frr_config import read_daemons, read_frr
from tests.labs.engine.foreign_labs.foreign import reasons


@pytest.fixture
def foreign():
    foreign = ForeignLab(system="test", name="test", place=Place("x"))
    foreign.nodes["r1"] = ForeignNode(name="r1", kind=Kind.FRR, place=Place("x"))
    return foreign


def test_addresses_leave_the_configuration(foreign):
    read_frr(
        foreign,
        foreign.nodes["r1"],
        "interface eth0\n ip address 192.0.2.1/24\n ipv6 address 2001:db8::1/64\n",
        "frr.conf",
    )
    assert foreign.nodes["r1"].addresses == {"eth0": ["192.0.2.1/24", "2001:db8::1/64"]}
    assert foreign.nodes["r1"].routing == []


def test_a_block_of_an_interface_ends_with_the_next_block_also_without_indentation(foreign):
    text = "interface eth0\nip ospf cost 5\ndescription uplink\nrouter ospf\nnetwork 192.0.2.0/24 area 0\n"
    read_frr(foreign, foreign.nodes["r1"], text, "frr.conf")
    node = foreign.nodes["r1"]
    assert node.routing == ["router ospf", "network 192.0.2.0/24 area 0", "interface eth0", "ip ospf cost 5", "exit"]
    assert node.initial == ["interface eth0", "description uplink", "exit"]
    assert node.daemons == {"ospfd"}


def test_an_exit_that_would_leave_the_configuration_is_dropped(foreign):
    text = "router bgp 64500\n address-family ipv6 unicast\n exit-address-family\nexit\nexit\nip prefix-list A permit any\n"
    read_frr(foreign, foreign.nodes["r1"], text, "frr.conf")
    assert foreign.nodes["r1"].routing == [
        "router bgp 64500",
        "address-family ipv6 unicast",
        "exit-address-family",
        "exit",
        "ip prefix-list A permit any",
    ]


def test_what_concerns_the_machine_is_left_out(foreign):
    text = "log file /x\npassword zebra\nhostname r1\nrouter rip\n network eth0\nline vty\n login\nrouter bgp 64500\n"
    read_frr(foreign, foreign.nodes["r1"], text, "frr.conf")
    assert foreign.nodes["r1"].initial == ["hostname r1"]
    assert foreign.nodes["r1"].routing == ["router rip", "network eth0", "router bgp 64500"]


def test_a_protocol_without_a_daemon_is_reported_with_its_line(foreign):
    read_frr(foreign, foreign.nodes["r1"], "!\nrouter eigrp 1\n network 192.0.2.0/24\nrouter rip\n", "r1/frr.conf")
    assert list(reasons(foreign)) == ["r1/frr.conf:2 router eigrp 1"]
    assert foreign.nodes["r1"].routing == ["router rip"]


def test_a_vrf_for_management_is_dropped_and_another_is_kept(foreign):
    text = "vrf mgmt\n exit-vrf\nrouter bgp 64500\nvrf blue\n ip route 192.0.2.0/24 blackhole\n"
    read_frr(foreign, foreign.nodes["r1"], text, "frr.conf")
    assert foreign.nodes["r1"].routing == ["router bgp 64500", "vrf blue", "ip route 192.0.2.0/24 blackhole"]


def test_the_list_of_daemons_is_read_as_far_as_we_have_them(foreign):
    read_daemons(foreign, foreign.nodes["r1"], "zebra=yes\nbgpd=yes\nospfd=no\nfabricd=yes\n", "daemons")
    assert foreign.nodes["r1"].daemons == {"bgpd"}
    assert list(reasons(foreign)) == ["daemons:4 fabricd=yes"]


OLD = "router bgp 64500\n neighbor 192.0.2.2 remote-as 64501\nexit\n"
DEFAULTS_OF_OLD = ["no bgp ebgp-requires-policy", "no bgp network import-check"]


@pytest.mark.parametrize("version", ["7.2", "7.3.1_git", "6.0"])
def test_a_configuration_of_an_old_frr_keeps_its_defaults(foreign, version):
    read_frr(foreign, foreign.nodes["r1"], f"frr version {version}\n{OLD}", "x")
    assert foreign.nodes["r1"].routing[:3] == ["router bgp 64500", *DEFAULTS_OF_OLD]


@pytest.mark.parametrize("text", [f"frr version 7.5.1\n{OLD}", f"frr version 10.3\n{OLD}", OLD])
def test_other_configurations_have_the_defaults_of_today(foreign, text):
    read_frr(foreign, foreign.nodes["r1"], text, "x")
    assert foreign.nodes["r1"].routing[1] == "neighbor 192.0.2.2 remote-as 64501"


def test_a_default_that_the_configuration_sets_itself_is_not_set_again(foreign):
    read_frr(foreign, foreign.nodes["r1"], "frr version 7.2\nrouter bgp 64500\n bgp ebgp-requires-policy\n", "x")
    assert foreign.nodes["r1"].routing == ["router bgp 64500", DEFAULTS_OF_OLD[1], "bgp ebgp-requires-policy"]


def test_a_configuration_of_quagga_has_the_defaults_of_an_old_frr(foreign):
    read_frr(foreign, foreign.nodes["r1"], OLD, "x", is_quagga=True)
    assert foreign.nodes["r1"].routing[1:3] == DEFAULTS_OF_OLD

"""Differences of an item itself, on the recorded states of labs."""

import pytest

from tests.labs.engine.diagnosis.networks import SolvedLab

DROP = '[{"drop": null}]'


@pytest.fixture(scope="module")
def automation():
    return SolvedLab("automation")


def without_drops(*nodes):
    def change(live):
        for node in nodes:
            rules = live[node]["filters"]["inet control input"]
            live[node]["filters"]["inet control input"] = rules.replace('"drop"', '"accept"')

    return change


@pytest.mark.parametrize(
    ("check", "sender", "receiver"), [("strict-r3", "r4", "r3"), ("closed-r3", "r4", "r3"), ("night", "r5", "r4")]
)
def test_what_a_node_sends_does_not_come_to_its_own_chain_for_what_it_receives(automation, check, sender, receiver):
    """Regression: a check of what r3 must drop named the chain input of r4, from which the packets come."""
    assert automation.suspect(check, without_drops(sender, receiver)).nearest.node == receiver
    assert automation.suspect(check, without_drops(sender)) is None


def without_programs(node, *names):
    def change(live):
        for name in names:
            del live[node]["processes"][name]

    return change


def with_line(node, path, was, now):
    def change(live):
        assert was in live[node]["files"][path]
        live[node]["files"][path] = live[node]["files"][path].replace(was, now)

    return change


SHOP = with_line("srv", "/etc/nginx/sites/shop.conf", "listen [::]:80;", "lisen [::]:80;")


def test_a_line_of_its_file_is_named_before_the_program_that_it_ended():
    """Regression: nginx ends with a mistake in its file. Only “nginx does not run” was said, and it cannot be started."""
    lab = SolvedLab("lin-services")
    ended = without_programs("srv", "nginx")
    text = lab.named("shop", lambda live: (SHOP(live), ended(live)))
    assert text.startswith("The file /etc/nginx/sites/shop.conf on srv ")
    assert "lisen" in text
    assert "The program nginx does not run on srv." in text
    assert lab.named("shop", ended).startswith("The program nginx does not run on srv.")
    # A file of another program explains nothing of it.
    other = with_line("srv", "/etc/init.d/demo-page", "/run/demo-page.pid", "/run/demo.pid")
    assert lab.named("shop", lambda live: (other(live), ended(live))).startswith("The program nginx")


@pytest.fixture(scope="module")
def access():
    return SolvedLab("v6-access-pd")


BY_DHCP = "So {} does not get the right configuration by DHCP."
BY_ADVERTISEMENTS = "So {} is not configured by router advertisements on {} as it should be."


@pytest.mark.parametrize(
    ("check", "node", "program", "so"),
    [
        ("lease", "bng", "kea-dhcp6", BY_DHCP.format("nbr")),
        ("lease", "nbr", "dhcpcd", BY_DHCP.format("nbr")),
        ("lease", "bng", "radvd", BY_ADVERTISEMENTS.format("nbr", "wan")),
        ("flags", "bng", "radvd", BY_ADVERTISEMENTS.format("nbr", "wan")),
        ("house", "cpe", "dnsmasq", BY_ADVERTISEMENTS.format("home", "eth0")),
        # What cpe advertises to the house is a part of what was delegated to it.
        ("house", "cpe", "dhcpcd", BY_DHCP.format("cpe")),
        ("house", "bng", "kea-dhcp6", BY_DHCP.format("cpe")),
    ],
)
def test_a_program_that_leases_is_not_told_as_one_that_advertises(access, check, node, program, so):
    """Regression: Kea had stopped, and what was said was that its client is not configured by router advertisements."""
    text = access.named(check, without_programs(node, program))
    assert text.startswith(f"The program {program} does not run on {node}.")
    assert so in text


def test_a_program_that_leases_explains_no_missing_advertisement(access):
    assert access.suspect("flags", without_programs("bng", "kea-dhcp6")) is None


def test_dnsmasq_that_advertises_nothing_is_told_as_a_server_of_leases():
    text = SolvedLab("v6-mostly").named("television", without_programs("gw", "dnsmasq"))
    assert text.startswith(
        "The program dnsmasq does not run on gw. So tv does not get the right configuration by DHCP."
    )


@pytest.fixture(scope="module")
def hijacked():
    return SolvedLab("rov-hijacker")


PIECE = "3fff:505::/48"


def accepted(live):
    """Without ROAs r1 accepts the piece of the bank's prefix from the rogue."""
    live["r1"]["routes"][PIECE] = "bgp via rogue:eth0 dev eth2"


def cache_cut(live):
    accepted(live)
    live["r1"]["interfaces"]["eth3 up"] = "no"


def cache_stopped(live):
    accepted(live)
    del live["cache"]["processes"]["stayrtr"]


def policy_lost(live):
    accepted(live)
    live["r1"]["config"]["route-map PEER-IN deny 5"] = ""


@pytest.mark.parametrize(
    ("change", "node", "key"),
    [
        (cache_cut, "r1", "eth3 up"),
        (cache_stopped, "cache", "stayrtr"),
        (policy_lost, "r1", "route-map PEER-IN deny 5"),
    ],
)
@pytest.mark.parametrize("check", ["user-bank", "no-piece"])
def test_a_route_that_is_accepted_without_roas_rests_on_the_cache(hijacked, check, change, node, key):
    """Regression: the route that a policy should have dropped was named as the cause, whatever had cut off the cache."""
    nearest = hijacked.suspect(check, change).nearest
    assert (nearest.node, nearest.key) == (node, key)


def test_a_learned_route_that_only_the_live_network_has_is_no_cause(hijacked):
    assert hijacked.suspect("user-bank", accepted) is None


def test_a_route_by_hand_that_only_the_live_network_has_is_a_cause(hijacked):
    def typed(live):
        live["r1"]["routes"][PIECE] = "boot via 3fff:511:0:1::1 dev eth2"

    assert hijacked.suspect("user-bank", typed).nearest.key == PIECE


def no_carrier(live):
    live["h1"]["interfaces"]["eth0 carrier"] = "no"


def test_an_end_without_a_carrier_is_not_told_beside_the_other_end_that_is_down(hijacked):
    """Regression: “its cable is disconnected” stood beside “r1:eth0 is down”, and the cable was plugged in."""

    def down(live):
        no_carrier(live)
        live["r1"]["interfaces"]["eth0 up"] = "no"

    text = hijacked.named("user-bank", down)
    assert text.startswith("r1:eth0 is down")
    assert "carrier" not in text
    assert hijacked.named("user-bank", no_carrier).startswith("h1:eth0 has no carrier: its cable is disconnected. ")


def test_where_the_other_end_was_not_read_it_may_be_down(hijacked):
    def unread(live):
        no_carrier(live)
        del live["r1"]

    text = hijacked.named("user-bank", unread)
    assert text.startswith("h1:eth0 has no carrier: its cable is disconnected, or the other end is down.")


def test_a_lease_of_ipv4_rests_on_no_router_advertisement():
    lab = SolvedLab("v6-mostly")
    assert lab.suspect("television", without_programs("gw", "radvd")) is None
    assert lab.suspect("television", lambda live: live["gw"]["interfaces"].update({"eth0 up": "no"})) is not None


def without_address(node, port, version):
    def change(live):
        every = live[node]["interfaces"][f"{port} addresses"].split("\n")
        kept = [one for one in every if (":" in one) != (version == 6)]
        assert len(kept) < len(every)
        live[node]["interfaces"][f"{port} addresses"] = "\n".join(kept)

    return change


def without_ipv6(node, port):
    def change(live):
        live[node]["settings"][f"net.ipv6.conf.{port}.disable_ipv6"] = "1"

    return change


@pytest.mark.parametrize(("check", "version"), [("here-six", 6), ("here-four", 4)])
def test_what_the_other_version_of_ip_needs_stops_no_packet_on_a_link(check, version):
    """Regression: for packets of IPv4 the learner was told that an IPv6 address is missing."""
    lab = SolvedLab("ixp-hygiene")
    for change, of in ((without_address("ixp", "eth0", 6), 6), (without_address("ixp", "eth0", 4), 4)):
        assert (lab.suspect(check, change) is not None) is (of == version)
    assert (lab.suspect(check, without_ipv6("ixp", "eth0")) is not None) is (version == 6)


def test_a_program_of_somebodys_login_is_not_missing(automation):
    """Regression: the solved network was recorded while Ansible worked, and its sshd-session was missing afterwards."""
    assert automation.suspect("open-r3", without_programs("r3", "sshd-session")) is None
    assert automation.suspect("open-r3", without_programs("r3", "sshd")).nearest.key == "sshd"


@pytest.mark.parametrize(
    ("program", "is_named"), [("nginx", False), ("radvd", False), ("ospf6d", False), ("bgpd", True)]
)
def test_a_session_rests_on_what_speaks_bgp(program, is_named):
    """Regression: any program that did not run on a router was named for its sessions."""

    def change(live):
        for node in ("edge", "rider"):
            live[node]["sessions"] = dict.fromkeys(live[node]["sessions"], "down")
        del live["edge"]["processes"][program]

    found = SolvedLab("ixp-hygiene").suspect("whole-lan", change)
    assert (found is not None and found.nearest.key == program) is is_named
    assert is_named or found is None


@pytest.mark.parametrize(("program", "is_named"), [("unbound", False), ("tayga", False), ("dnsmasq", True)])
def test_a_lease_rests_on_no_server_of_something_else(program, is_named):
    assert (SolvedLab("v6-mostly").suspect("television", without_programs("gw", program)) is not None) is is_named

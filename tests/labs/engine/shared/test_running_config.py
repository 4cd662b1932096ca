"""FRR's daemons each show their part of a configuration; one that FRR takes again is made of them."""

from labs.engine.shared.running_config import merge

MGMTD = (
    "mgmtd frr version 10.3\nfrr defaults traditional\n!\nroute-map OUT permit 10\n match a\nexit\n!\n"
    "route-map OUT permit 10\n match a\nexit\n!\nipv6 route 2001:db8::/48 blackhole\n!\nend\n"
)
BGPD = (
    "frr defaults traditional\n!\nroute-map OUT permit 10\n match a\n set local-preference 7\nexit\n!\nrouter bgp 64500\n !\n"
    " address-family ipv4 unicast\n  neighbor X activate\n exit-address-family\n !\n"
    " address-family ipv6 unicast\n  neighbor X activate\n exit-address-family\n!\nexit\n!\n"
)


def test_what_a_later_daemon_adds_to_a_block_comes_before_its_exit():
    text = merge([MGMTD, BGPD])
    assert "route-map OUT permit 10\n match a\n set local-preference 7\nexit\n!\n" in text
    assert text.count("route-map OUT") == 1
    assert text.count("frr defaults") == 1


def test_lines_that_a_block_has_twice_stay_twice():
    text = merge([MGMTD, BGPD])
    assert text.count("  neighbor X activate\n exit-address-family") == 2
    assert text.endswith("exit-address-family\nexit\n")


def test_nothing_shown_is_nothing():
    assert merge([]) == ""
    assert merge(["end\n"]) == ""

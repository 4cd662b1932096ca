"""Each daemon of FRR shows its part of the configuration; they are merged into one that FRR can read."""

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


def test_lines_that_a_later_daemon_adds_to_a_block_come_before_its_exit():
    text = merge([MGMTD, BGPD])
    assert "route-map OUT permit 10\n match a\n set local-preference 7\nexit\n!\n" in text
    assert text.count("route-map OUT") == 1
    assert text.count("frr defaults") == 1


def test_a_line_that_a_block_has_twice_stays_twice():
    text = merge([MGMTD, BGPD])
    assert text.count("  neighbor X activate\n exit-address-family") == 2
    assert text.endswith("exit-address-family\nexit\n")


def test_empty_outputs_give_an_empty_configuration():
    assert merge([]) == ""
    assert merge(["end\n"]) == ""

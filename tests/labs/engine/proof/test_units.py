"""Which lines and blocks of a solution are left out one at a time."""

from labs.engine.proof.units import units, units_of, without


def left_out(text, known=()):
    """The units of some lines, each as the text of its lines."""
    lines = [line.strip() for line in text.strip().splitlines()]
    return [" | ".join(lines[at] for at in part) for part in sorted(units_of(lines, set(known)))]


def test_what_only_carries_other_lines_is_no_line_to_leave_out():
    assert left_out("vtysh\nconfigure terminal\nipv6 forwarding\nend\nwrite memory\nexit\nip link set eth0 up") == [
        "ipv6 forwarding",
        "ip link set eth0 up",
    ]


def test_a_block_that_makes_something_is_left_out_with_its_lines_and_the_line_that_ends_it():
    typed = "vtysh\nconf t\nroute-map IN permit 10\nmatch rpki valid\nexit\nipv6 forwarding\nend\nexit"
    assert left_out(typed) == [
        "route-map IN permit 10 | match rpki valid | exit",
        "match rpki valid",
        "ipv6 forwarding",
    ]


def test_a_block_that_only_says_whose_settings_follow_is_no_part_of_its_own():
    typed = "vtysh\nconf t\ninterface eth0\nipv6 ospf6 area 0\nipv6 ospf6 passive\nexit\nend\nexit"
    assert left_out(typed) == ["ipv6 ospf6 area 0", "ipv6 ospf6 passive"]


def test_a_block_that_is_entered_again_only_holds_what_is_new_in_it():
    typed = "vtysh\nconf t\nrouter bgp 65001\nneighbor 2001:db8::2 shutdown\nend\nexit"
    assert left_out(typed, known={"router bgp 65001"}) == ["neighbor 2001:db8::2 shutdown"]


def test_a_family_stands_in_its_router_and_goes_with_it():
    typed = "vtysh\nconf t\nrouter bgp 1\naddress-family ipv6 unicast\nnetwork 2001:db8::/48\nexit-address-family\nexit\nend\nexit"
    assert left_out(typed) == [
        "router bgp 1 | address-family ipv6 unicast | network 2001:db8::/48 | exit-address-family | exit",
        "network 2001:db8::/48",
    ]


def test_frr_leaves_a_block_by_itself_when_another_one_begins():
    typed = "vtysh\nconf t\nroute-map A permit 10\nmatch rpki valid\nroute-map B permit 10\nend\nexit"
    assert left_out(typed) == ["route-map A permit 10 | match rpki valid", "match rpki valid", "route-map B permit 10"]


def test_a_file_that_is_typed_is_left_out_as_a_whole_and_line_by_line():
    assert left_out("cat <<eof >>/etc/x\none\ntwo\neof\nbirdc configure") == [
        "cat <<eof >>/etc/x | one | two | eof",
        "one",
        "two",
        "birdc configure",
    ]


def test_a_command_over_several_lines_is_one():
    assert left_out("ip route add \\\n2001:db8::/32 \\\nvia fe80::1\nip link") == [
        "ip route add \\ | 2001:db8::/32 \\ | via fe80::1",
        "ip link",
    ]


def test_the_rest_of_the_solution_is_typed_as_it_is(lab):
    unit = next(unit for unit in units(lab) if unit.text == "ipv6 forwarding")
    assert without(lab.solution, unit) == {
        "first": {"r1": ("ip addr add 2001:db8:ff::1/128 dev lo", "vtysh", "configure terminal", "end", "exit")}
    }

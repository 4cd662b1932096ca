"""The lines and blocks of a solution that are left out one at a time."""

from labs.engine.proof.solution_lines import units, units_of, without


def left_out(text, known=()):
    """The units of some lines, each as the text of its lines."""
    lines = [line.strip() for line in text.strip().splitlines()]
    return [" | ".join(lines[at] for at in part) for part in sorted(units_of(lines, set(known)))]


def test_a_line_without_an_effect_of_its_own_is_never_left_out():
    assert left_out("vtysh\nconfigure terminal\nipv6 forwarding\nend\nwrite memory\nexit\nip link set eth0 up") == [
        "ipv6 forwarding",
        "ip link set eth0 up",
    ]


def test_a_block_that_creates_something_is_left_out_with_its_lines_and_its_end():
    typed = "vtysh\nconf t\nroute-map IN permit 10\nmatch rpki valid\nexit\nipv6 forwarding\nend\nexit"
    assert left_out(typed) == [
        "route-map IN permit 10 | match rpki valid | exit",
        "match rpki valid",
        "ipv6 forwarding",
    ]


def test_a_block_that_only_enters_a_context_is_not_a_unit():
    typed = "vtysh\nconf t\ninterface eth0\nipv6 ospf6 area 0\nipv6 ospf6 passive\nexit\nend\nexit"
    assert left_out(typed) == ["ipv6 ospf6 area 0", "ipv6 ospf6 passive"]


def test_of_a_block_that_exists_already_only_the_new_lines_are_units():
    typed = "vtysh\nconf t\nrouter bgp 65001\nneighbor 2001:db8::2 shutdown\nend\nexit"
    assert left_out(typed, known={"router bgp 65001"}) == ["neighbor 2001:db8::2 shutdown"]


def test_an_address_family_is_part_of_its_router_block():
    typed = "vtysh\nconf t\nrouter bgp 1\naddress-family ipv6 unicast\nnetwork 2001:db8::/48\nexit-address-family\nexit\nend\nexit"
    assert left_out(typed) == [
        "router bgp 1 | address-family ipv6 unicast | network 2001:db8::/48 | exit-address-family | exit",
        "network 2001:db8::/48",
    ]


def test_a_block_ends_where_another_one_begins():
    typed = "vtysh\nconf t\nroute-map A permit 10\nmatch rpki valid\nroute-map B permit 10\nend\nexit"
    assert left_out(typed) == ["route-map A permit 10 | match rpki valid", "match rpki valid", "route-map B permit 10"]


def test_a_here_document_is_left_out_as_a_whole_and_line_by_line():
    assert left_out("cat <<eof >>/etc/x\none\ntwo\neof\nbirdc configure") == [
        "cat <<eof >>/etc/x | one | two | eof",
        "one",
        "two",
        "birdc configure",
    ]


def test_a_command_over_several_lines_is_one_unit():
    assert left_out("ip route add \\\n2001:db8::/32 \\\nvia fe80::1\nip link") == [
        "ip route add \\ | 2001:db8::/32 \\ | via fe80::1",
        "ip link",
    ]


def test_the_rest_of_the_solution_stays_as_it_is(lab):
    unit = next(unit for unit in units(lab) if unit.text == "ipv6 forwarding")
    assert without(lab.solution, unit) == {
        "first": {"r1": ("ip addr add 2001:db8:ff::1/128 dev lo", "vtysh", "configure terminal", "end", "exit")}
    }

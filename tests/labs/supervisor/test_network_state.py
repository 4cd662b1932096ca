"""What ip prints, and what of it is brought back. Lines as iproute2 6.15 prints them."""

from labs.supervisor import network_state


def test_rules_of_the_kernel_are_nobodys_also_that_of_the_first_vrf():
    printed = (
        b"0:\tfrom all lookup local\n1000:\tfrom all lookup [l3mdev-table]\n"
        b"32766:\tfrom all lookup main\n7:\tfrom all fwmark 0x7 lookup 77\n"
    )
    assert network_state.parse_lines(printed) == ["rule priority 7 from all fwmark 0x7 lookup 77"]


def test_a_rule_for_vrfs_that_its_learner_moved_is_said_in_the_word_that_ip_takes():
    [line] = network_state.parse_lines(b"900:\tfrom all lookup [l3mdev-table]\n")
    assert line == "rule priority 900 l3mdev"
    assert network_state.WORDS.fullmatch(network_state.command(line, "add"))

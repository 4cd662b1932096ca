"""Kernel memory that is charged to nobody is bounded in a real lab, and its tools work as before."""

import time

import pytest

from labs.engine.runtime.runner import Shell
from labs.engine.shared import pace
from labs.supervisor import socket_budget

pytestmark = [pytest.mark.live, pytest.mark.alone]

RINGS = """perl -MSocket -e 'while (@s < 40) { socket(my $s, 17, 3, 0) or last;
setsockopt($s, 263, 5, pack("LLLL", 1 << 20, 2, 2048, 1024)) or last; push @s, $s } print 2 * @s, " MB, $!\\n"; HOLD'"""
SOCKETS = """perl -MSocket -e 'while (@s < 500 and socket(my $s, FAMILY, 3, 0)) { push @s, $s } print @s + 0, " sockets, $!\\n"'"""


@pytest.fixture(scope="module")
def h1(lab):
    with Shell(lab, "h1") as shell:
        yield shell


def test_a_nodes_tcpdump_hears_and_takes_less_where_it_asks_for_more_than_the_lab_has(lab, h1):
    for size in (2048, 262_144):
        h1.type("(sleep 1; ping -c 3 -i 0.2 2001:db8:1::1 >/dev/null) &")
        said = h1.type(f"timeout 10 tcpdump -n -B {size} -c 2 -i eth0 icmp6 2>&1")
        assert "2 packets captured" in said


def test_rings_end_at_the_budget_and_are_free_again_when_closed(lab, h1):
    for _round in range(2):
        assert f"{socket_budget.RINGS_OF_NODES >> 20} MB, Cannot allocate memory" in h1.type(
            RINGS.replace("HOLD", "").replace("\n", " ")
        )


def test_beside_a_node_that_has_taken_all_rings_we_still_capture(lab, h1):
    with Shell(lab, "h1", "holds") as holder:
        holder.type(RINGS.replace("HOLD", "sleep 20 unless fork").replace("\n", " "))
        number = lab.capture("h1:eth0", "icmp6", seconds=10, largest=1 << 20)
        h1.type("ping -c 2 -i 0.1 2001:db8:1::1")
        lab.stop_capture(number)
        assert lab.fetch_capture(number).packets >= 4
        lab.drop_capture(number)


@pytest.mark.parametrize("family", [16, 17])
def test_sockets_that_are_not_charged_have_a_number(lab, h1, family):
    said = h1.type(SOCKETS.replace("FAMILY", str(family)))
    most = socket_budget.SOCKETS + 5 * socket_budget.SOCKETS_OF_NODE
    got = int(said.split(" sockets, No buffer space available")[0].split()[-1])
    assert most / 2 < got <= most
    assert "2001:db8:1::10" in h1.type("ip -6 address show dev eth0")


def test_a_node_has_few_sockets_of_generic_netlink_at_once(lab, h1):
    """They are in another network, so neither the budget of the node nor the guard finds them."""
    said = h1.type(SOCKETS.replace("FAMILY, 3, 0", "16, 3, 16").replace("500", "8"))
    assert f"{socket_budget.GENERIC_OF_NODE} sockets, No buffer space available" in said
    assert "4 sockets" in h1.type(SOCKETS.replace("FAMILY, 3, 0", "16, 3, 16").replace("500", "4")), (
        "closed ones are free"
    )


def test_many_short_sockets_one_after_the_other_are_no_many(lab, h1):
    said = h1.type("for n in $(seq 400); do echo link show lo; done | ip -batch - | grep -c LOOPBACK")
    assert "400" in said


def test_a_queue_may_be_as_long_as_it_is_and_no_longer(lab, h1):
    line = """perl -e 'socket(my $s, KIND); setsockopt($s, 1, 8, pack("l", 2e5)); print unpack("l", getsockopt($s, 1, 8)), "\\n"'"""
    assert "212992" in h1.type(line.replace("KIND", "17, 3, 0"))
    assert "400000" in h1.type(line.replace("KIND", "2, 1, 0"))


FLOOD = """perl -MSocket -e 'for (1 .. 150) { next if fork; my $end = time + 14; while (time < $end) {
socket(my $s, 17, 3, 0) or next; for (1 .. 50) { setsockopt($s, 263, 5, pack("LLLL", 1 << 20, 20, 2048, 10240));
setsockopt($s, 263, 5, pack("LLLL", 0, 0, 0, 0)) } } exit } 1 while wait > 0' &"""


def test_a_node_that_asks_for_rings_without_end_holds_up_neither_the_lab_nor_another_node(lab):
    """All of a lab's sockets are decided by one process: before it had a rate, the supervisor did not answer for 18 seconds."""
    with Shell(lab, "h1", "floods") as floods, Shell(lab, "h2", "works") as works:
        floods.conversation.send(FLOOD.replace("\n", " ").encode() + b"\r")
        time.sleep(2)
        until = time.monotonic() + 10
        while time.monotonic() < until:  # each would raise TookTooLong
            assert lab.status()["state"] == "ready"
            assert "eth0" in works.type("ip -br link")
    lab.reset("h1", seconds=pace.seconds(30), on_step=lambda step, seconds: None)

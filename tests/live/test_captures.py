"""Packets of a real lab are captured by us, whatever their learner does, and read as text in the lab, never here."""

import struct
import time

import pytest

from labs.engine.errors import LabFailed
from labs.engine.runtime.runner import Shell
from labs.engine.shared import pace

pytestmark = pytest.mark.live

ALL = {"seconds": 20, "largest": 2 << 20}


@pytest.fixture(scope="module")
def h1(lab):
    with Shell(lab, "h1") as shell:
        yield shell


def begin(lab, interface="h1:eth0", words="icmp6 && ip6[40] >= 128 && ip6[40] <= 129", **more):
    return lab.capture(interface, words, **{**ALL, **more})


def fetched(lab, number):
    found = lab.fetch_capture(number)
    lab.drop_capture(number)
    assert number not in [other["capture"] for other in lab.captures()]
    return found


def until_heard(lab, number, packets):
    until = time.monotonic() + pace.seconds(10)
    while time.monotonic() < until:
        [seen] = [found for found in lab.captures() if found["capture"] == number]
        if seen["packets"] >= packets:
            return seen
        time.sleep(0.05)
    raise AssertionError(f"only {seen} was heard")


def test_what_passes_an_interface_is_kept_as_pcap_and_as_text(lab, h1):
    number = begin(lab)
    h1.type("ping -c 2 -i 0.1 2001:db8:1::1")
    assert until_heard(lab, number, 4)["bytes"] > 4 * 60
    lab.stop_capture(number)
    found = fetched(lab, number)
    assert (found.packets, found.why, len(found.lines)) == (4, "stopped", 4)
    assert "2001:db8:1::10 > 2001:db8:1::1: ICMP6, echo request" in found.lines[0]
    assert struct.unpack_from("=I", found.pcap)[0] == 0xA1B2C3D4


def test_what_was_heard_a_moment_before_the_stop_is_in_it(lab, h1):
    number = begin(lab)
    h1.type("ping -c 2 -i 0.1 2001:db8:1::1")
    lab.stop_capture(number)
    assert fetched(lab, number).packets == 4


def test_its_learner_neither_sees_nor_ends_it(lab, h1):
    number = begin(lab)
    assert "tcpdump" not in h1.type("ps ax; cat /proc/*/comm")
    h1.type("pkill tcpdump; ping -c 1 2001:db8:1::1")
    until_heard(lab, number, 2)
    lab.stop_capture(number)
    assert fetched(lab, number).why == "stopped"


def test_a_capture_ends_by_itself_when_its_time_or_its_room_is_over(lab, h1):
    short = begin(lab, seconds=0.5)
    small = begin(lab, largest=2000)
    h1.type("ping -c 20 -i 0.01 -s 500 2001:db8:1::1")
    assert fetched(lab, short).why == "time"
    found = fetched(lab, small)
    assert (found.why, found.packets) == ("size", 3)
    assert len(found.pcap) <= 2000


def test_a_wrong_filter_gives_the_words_of_tcpdump_and_is_no_option(lab):
    with pytest.raises(LabFailed, match="can't parse filter expression: syntax error"):
        begin(lab, words="tcp prt 80")
    with pytest.raises(LabFailed, match="can't parse filter expression: syntax error"):
        begin(lab, words="-w /run/vaka/mine")
    with pytest.raises(LabFailed, match="no interface h1:eth7"):
        begin(lab, interface="h1:eth7")


def test_two_run_at_a_time_and_a_reset_ends_those_of_its_node(lab):
    first, second = begin(lab, interface="h2:eth0"), begin(lab, interface="s1:p1")
    with pytest.raises(LabFailed, match="Only 2 captures can run at a time"):
        begin(lab)
    lab.reset("h2", seconds=pace.seconds(20), on_step=lambda step, seconds: None)
    assert fetched(lab, first).why == "lost"
    lab.stop_capture(second)
    assert fetched(lab, second).why == "stopped"


def test_hostile_packets_stay_text_of_bounded_lines(lab, h1):
    number = begin(lab, words="udp port 53")
    head, tail = r"\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x14", r"\x00\x00\x01\x00\x01"
    h1.type(f"printf '{head}<script>alert(1)</\\x1b[{tail}' | nc -u -w 1 -6 2001:db8:1::20 53")
    until_heard(lab, number, 1)
    lab.stop_capture(number)
    [line] = fetched(lab, number).lines
    assert "\x1b" not in line
    assert len(line) <= 300


def test_packets_of_a_check_are_marked_and_those_of_a_learner_are_not(lab, h1):
    number = begin(lab, words="icmp6 && ip6[40] >= 128 && ip6[40] <= 129 || tcp")
    target = {"dst": "2001:db8:1::1"}
    ping = {"ask": "ping", "node": "h1", "count": 2, **target}
    port = {"ask": "tcp", "node": "h1", "port": 7, **target}
    lab.ask([ping, port])
    h1.type("ping -c 2 -i 0.1 2001:db8:1::1")
    until_heard(lab, number, 10)
    lab.stop_capture(number)
    found = fetched(lab, number)
    seen = [
        ("TCP" if "Flags" in line else "echo", mark) for line, mark in zip(found.lines, found.of_checks, strict=True)
    ]
    assert sorted(seen) == [("TCP", True)] * 2 + [("echo", False)] * 4 + [("echo", True)] * 4

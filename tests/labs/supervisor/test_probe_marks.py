"""Packets of checks are known in a capture by what their probes carry, and other packets are not taken for them."""

import os
import random
import socket
import struct

import pytest

from labs.supervisor import probe_marks
from labs.supervisor.probe_marks import HEAD, PORTS, marked, nonce
from labs.supervisor.probes import icmp, ping
from labs.supervisor.probes.generated_traffic import harmless_advertisement

OURS, OTHER = PORTS[7], 40_000
SOURCE, TARGET = bytes(15) + b"\1", bytes(15) + b"\2"


def file_of(*packets: bytes, link: int = 1) -> bytes:
    head = struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 9216, link)
    assert len(head) == HEAD
    return head + b"".join(struct.pack("=IIII", 0, 0, len(one), len(one)) + one for one in packets)


def ethernet(packet: bytes, tags: bytes = b"") -> bytes:
    return bytes(12) + tags + (b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\x00") + packet


def ip6(protocol: int, inner: bytes) -> bytes:
    return struct.pack("!IHBB", 6 << 28, len(inner), protocol, 64) + SOURCE + TARGET + inner


def ip4(protocol: int, inner: bytes, options: int = 0) -> bytes:
    head = struct.pack("!BBHHHBBH", 0x45 + options, 0, 20 + len(inner), 0, 0, 64, protocol, 0)
    return head + bytes(8 + 4 * options) + inner


def ports(source: int, target: int) -> bytes:
    return struct.pack("!HH", source, target) + bytes(16)


def echo(data: bytes, reply: bool = False) -> bytes:
    message = icmp.request(6, 1, 1, data)
    return ip6(58, bytes([129]) + message[1:] if reply else message)


@pytest.mark.parametrize("reply", [False, True])
def test_a_ping_of_a_check_and_its_reply_are_marked_and_those_of_a_learner_are_not(reply):
    own = bytes(range(0x10, 0x48))  # what ping sends
    packets = [echo(ping.data_of(nonce()), reply), echo(own, reply)]
    assert marked(file_of(*map(ethernet, packets))) == [True, False]


@pytest.mark.parametrize("ip", [ip6, ip4])
@pytest.mark.parametrize("protocol", [6, 17])
def test_a_connection_of_a_check_is_marked_in_both_directions(ip, protocol):
    there, back, other = ports(OURS, 80), ports(80, OURS), ports(OTHER, 80)
    packets = [ethernet(ip(protocol, one)) for one in (there, back, other)]
    assert marked(file_of(*packets)) == [True, True, False]


def test_an_error_about_a_packet_of_a_check_is_marked():
    about = [ip6(6, ports(OURS, 80)), ip6(6, ports(OTHER, 80)), echo(ping.data_of(nonce()))]
    errors = [ethernet(ip6(58, bytes([1, 0, 0, 0, 0, 0, 0, 0]) + one)) for one in about]
    assert marked(file_of(*errors)) == [True, False, True]


def test_an_advertisement_and_a_solicitation_of_a_check_are_marked():
    solicitation = bytes([133, 0, 0, 0, 0, 0, 0, 0])
    said = [harmless_advertisement(b"nonce678"), solicitation + probe_marks.NONCE_OPTION, solicitation]
    assert marked(file_of(*(ethernet(ip6(58, one)) for one in said))) == [True, True, False]


def test_packets_with_vlan_tags_with_options_and_without_ethernet_are_read_too():
    tagged = ethernet(ip6(6, ports(OURS, 80)), tags=b"\x81\x00\x00\x05")
    assert marked(file_of(tagged, ethernet(ip4(17, ports(53, OURS), options=2)))) == [True, True]
    assert marked(file_of(ip6(6, ports(OURS, 80)), link=101)) == [True]


def test_the_ports_of_checks_are_above_those_that_linux_gives_to_programs():
    assert PORTS.start > 60_999
    assert PORTS.stop <= 65_536


def test_a_probe_takes_one_of_the_ports_of_checks_and_another_one_when_all_are_taken(monkeypatch):
    with (
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as first,
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as second,
    ):
        probe_marks.bind(first, "::1")
        assert first.getsockname()[1] in PORTS
        monkeypatch.setattr(random, "sample", lambda ports, count: [first.getsockname()[1]])
        probe_marks.bind(second, "::1")
        assert second.getsockname()[1] not in (0, first.getsockname()[1])


def test_an_address_that_the_node_lacks_is_an_error_and_no_reason_to_try_all_ports():
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as made, pytest.raises(OSError, match="Cannot assign"):
        probe_marks.bind(made, "2001:db8::dead")


def test_ten_thousand_broken_packets_raise_nothing():
    draw = random.Random(7)
    good = ethernet(ip6(58, bytes([1, 0, 0, 0, 0, 0, 0, 0]) + ip6(6, ports(OURS, 80))))
    for _ in range(10_000):
        cut = bytearray(good[: draw.randrange(len(good) + 1)])
        for _change in range(draw.randrange(4)):
            if cut:
                cut[draw.randrange(len(cut))] = draw.randrange(256)
        marked(file_of(bytes(cut)))
    for size in range(HEAD + 20):
        marked(os.urandom(size))

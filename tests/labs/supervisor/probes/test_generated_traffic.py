"""Test packets: valid by their standards, and harmless where they arrive."""

import ipaddress
import socket
import struct

import pytest

from labs.supervisor.probes import generated_traffic, router_advertisement
from labs.supervisor.probes.generated_traffic import harmless_advertisement, udp_datagram
from labs.supervisor.probes.icmp import internet_checksum

SOURCE, TARGET = ipaddress.IPv6Address("2001:db8::bad"), ipaddress.IPv6Address("2001:db8:2::1")


@pytest.mark.parametrize("data", [b"", b"odd", b"nonce of 16 byte"])
def test_a_datagram_is_a_whole_packet_with_a_valid_checksum(data):
    packet = udp_datagram(SOURCE, TARGET, 53, data)
    version, length, protocol, hops = struct.unpack_from("!IHBB", packet)
    assert (version >> 28, length, protocol, hops) == (6, 8 + len(data), socket.IPPROTO_UDP, 64)
    assert packet[8:40] == SOURCE.packed + TARGET.packed
    assert struct.unpack_from("!HHH", packet, 40) == (50_000, 53, length)
    pseudo = SOURCE.packed + TARGET.packed + struct.pack("!II", length, 17)
    assert internet_checksum(pseudo + packet[40:]) == 0
    assert packet[48:] == data


def test_a_datagram_of_ipv4_has_a_valid_checksum_too():
    source, target = ipaddress.IPv4Address("192.0.2.66"), ipaddress.IPv4Address("198.51.100.1")
    packet = udp_datagram(source, target, 53, b"nonce")
    assert (packet[0], packet[9], packet[12:20]) == (0x45, socket.IPPROTO_UDP, source.packed + target.packed)
    assert int.from_bytes(packet[2:4]) == len(packet) == 20 + 8 + 5
    pseudo = source.packed + target.packed + struct.pack("!BBH", 0, socket.IPPROTO_UDP, 13)
    assert internet_checksum(pseudo + packet[20:]) == 0


def test_a_rogue_advertisement_has_its_nonce_and_does_no_harm():
    said = router_advertisement.parse(harmless_advertisement(b"nonce678"), "fe80::1", [])
    assert said["lifetime"] == 0
    [prefix] = said["prefixes"]
    assert prefix | {"on_link": False, "autonomous": False, "valid": 0, "preferred": 0} == prefix
    assert b"nonce678" in ipaddress.IPv6Address(prefix["prefix"]).packed


@pytest.mark.parametrize("name", ["eth0", "br0.7", "v1"])
def test_names_of_interfaces_are_accepted(name):
    assert generated_traffic.INTERFACE.fullmatch(name)


@pytest.mark.parametrize("name", ["", "-w", "eth0;x", "../a", "a" * 16, "eth0 eth1", "eth0\n"])
def test_other_text_is_not_accepted_as_an_interface(name):
    assert not generated_traffic.INTERFACE.fullmatch(name)

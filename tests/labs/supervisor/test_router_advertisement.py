"""What a node hears on its link, as a host takes it."""

import socket
import struct

import pytest

from labs.supervisor.router_advertisement import is_accepted, parse


@pytest.mark.parametrize(
    ("source", "hops", "heeded"),
    [("fe80::1", 255, True), ("2001:db8:1::1", 255, False), ("fe80::1", 254, False)],
)
def test_a_host_heeds_advertisements_from_a_link_local_address_of_this_link_only(source, hops, heeded):
    packet = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0)
    ancillary = [(socket.IPPROTO_IPV6, socket.IPV6_HOPLIMIT, struct.pack("@i", hops))]
    assert is_accepted(parse(packet, source, ancillary)) is heeded

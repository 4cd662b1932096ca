"""The state of interfaces, read from what the kernel answers over rtnetlink."""

import asyncio
import socket
import struct

import pytest

from labs.supervisor import link_states, syscalls
from labs.supervisor.asks import NoAnswer
from labs.supervisor.netlink import attribute


@pytest.fixture
def kernel():
    """A socket with prepared answers, and the other end, which has the requests."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(0.2)
    with ours, theirs:
        yield ours, theirs


def message(kind, body):
    return struct.pack("=IHHII", 16 + len(body), kind, 0, 0, 0) + body


def link(name, flags):
    return message(16, struct.pack("=BxHiII", 0, 1, 2, flags, 0) + attribute(3, name.encode() + b"\0"))


NO_SUCH_DEVICE = message(2, struct.pack("=i", -19) + bytes(16))


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (link("eth0", 0x11043), "UP"),
        (link("eth0", 0x1003), "DOWN"),  # up, without a carrier
        (link("eth0", 0x11042), "DOWN"),  # a carrier, but root has set it down
        (NO_SUCH_DEVICE, "GONE"),
        (link("dummy0", 0x11043), "GONE"),  # eth0 is an alternative name of another interface
        (link("eth0", 0x11043)[:20], "GONE"),
    ],
)
def test_an_interface_is_up_when_root_has_set_it_up_and_it_has_a_carrier(kernel, answer, state):
    ours, theirs = kernel
    theirs.send(answer)
    assert link_states.state(ours, "eth0") == state


def test_the_kernel_is_asked_for_one_interface_by_its_name(kernel):
    ours, theirs = kernel
    theirs.send(NO_SUCH_DEVICE)
    link_states.state(ours, "eth0")
    asked = theirs.recv(4096)
    length, kind, flags = struct.unpack_from("=IHH", asked)
    assert (length, kind, flags) == (len(asked), 18, 1)
    assert asked.endswith(attribute(3, b"eth0\0"))


def test_all_interfaces_are_asked_about_over_one_socket(kernel, monkeypatch):
    ours, theirs = kernel
    opened = []

    def netlink_socket(pid, protocol):
        opened.append(pid)
        return ours

    monkeypatch.setattr(syscalls, "netlink_socket", netlink_socket)
    theirs.send(link("eth0", 0x11043))
    theirs.send(NO_SUCH_DEVICE)
    assert ask(["eth0", "eth1"]) == {"links": {"eth0": "UP", "eth1": "GONE"}}
    assert opened == [7]


@pytest.mark.parametrize("names", [[f"eth{n}" for n in range(65)], ["sixteen-letters-"], [""]])
def test_more_interfaces_or_longer_names_than_there_can_be_are_not_asked_about(names):
    with pytest.raises(NoAnswer):
        ask(names)


def ask(names):
    class Space:
        pid = 7

    return asyncio.run(link_states._links(Space(), {"ask": "links", "interfaces": names}, None))

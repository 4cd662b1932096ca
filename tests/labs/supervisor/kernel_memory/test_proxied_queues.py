"""The queues for proxied neighbours, from dumps, and what the kernel is asked to drop."""

import socket
import struct

import pytest

from labs.supervisor.kernel_memory import proxied_queues
from labs.supervisor.netlink import attribute, messages
from tests.labs.supervisor.netlink_answers import DONE, message

LONG, ENDED = proxied_queues.LONG, 0
COMES_AND_GOES = [proxied_queues.NEW_LINK, proxied_queues.DELETE_LINK]


@pytest.fixture
def empty_long(monkeypatch):
    """A function that empties queues, which have these lengths one after another: its result, and what the kernel was asked."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs.setblocking(False)

    def kernel_socket(pid):
        if pid == ENDED:
            raise ProcessLookupError
        return ours.dup()

    def empty(*lengths, pids=(7,)):
        told = iter(lengths)
        monkeypatch.setattr(proxied_queues, "longest", lambda asking: next(told))
        in_vain, asked = proxied_queues.empty_long(pids), []
        ours.close()
        while datagram := theirs.recv(4096):
            asked += [kind for kind, _ in messages(datagram)]
        return in_vain, asked

    monkeypatch.setattr(proxied_queues, "kernel_socket", kernel_socket)
    with ours, theirs:
        yield empty


def test_a_short_queue_is_left_alone(empty_long):
    assert empty_long(LONG) == (False, [])


def test_a_long_queue_is_emptied_by_an_interface_that_comes_and_goes(empty_long):
    """Regression: a node that set its delay back before the guard looked held 80 to 180 MB with 20 interfaces for days."""
    assert empty_long(LONG + 1, 0) == (False, COMES_AND_GOES)


def test_a_queue_that_stays_long_is_of_another_lab(empty_long):
    assert empty_long(400, 395, 395, 390, pids=(7, 8)) == (True, COMES_AND_GOES * 2)


def test_the_nodes_of_a_lab_are_emptied_until_the_queue_is_short(empty_long):
    assert empty_long(400, 395, 395, 30, 30, pids=(7, ENDED, 8, 9)) == (False, COMES_AND_GOES * 2)


def test_a_lab_that_had_a_part_of_a_long_queue_was_not_emptied_in_vain(empty_long):
    """Regression: the last node decided, so a lab whose first node had filled a queue paused while another lab's was long."""
    assert empty_long(400, 150, 150, 150, pids=(7, 8)) == (False, COMES_AND_GOES * 2)


def test_the_length_is_that_of_the_longer_table(dumps):
    tables = [struct.pack("=HH7I", 4, 152, 9, 9, 9, 9, 9, 9, length) for length in (3, 70)]
    told = b"".join(message(64, bytes(4) + attribute(proxied_queues.CONFIGURATION, table)) for table in tables)
    assert proxied_queues.longest(dumps(told, DONE)) == 70


def test_a_kernel_that_tells_no_length_has_no_long_queue(dumps):
    assert proxied_queues.longest(dumps(message(64, bytes(4)), DONE)) == 0

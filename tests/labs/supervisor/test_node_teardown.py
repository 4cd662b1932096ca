"""The end of a node: which interfaces are set down, and that its init is left to be reaped."""

import asyncio
import os
import signal
import struct
import subprocess

import pytest

from labs.supervisor import node_teardown
from labs.supervisor.netlink import DONE

GET_DISCIPLINES = 38


def message(kind, body, number):
    return struct.pack("=IHHII", 16 + len(body), kind, 2, number, 0) + body


class Space:
    """A node, as far as its end is concerned."""

    def __init__(self, **known):
        self.__dict__.update(known)


class Kernel:
    """Answers dumps: of interfaces as (index, flags), and of the interfaces that have queueing disciplines."""

    def __init__(self, shown, with_disciplines):
        self.shown, self.with_disciplines, self.answers, self.down = shown, with_disciplines, [], []

    def send(self, packed):
        _, kind, _, number, _ = struct.unpack_from("=IHHII", packed)
        if kind == node_teardown.NEW_LINK:
            _, _, index, flags, change = node_teardown.LINK.unpack(packed[16:])
            assert (flags, change) == (0, node_teardown.UP)
            self.down.append(index)
            return
        if kind == node_teardown.GET_LINK:
            bodies = [node_teardown.LINK.pack(0, 1, index, flags, 0) for index, flags in self.shown]
            found = [message(node_teardown.NEW_LINK, body, number) for body in bodies]
        else:
            assert kind == GET_DISCIPLINES
            found = [message(36, struct.pack("=BxxxiIII", 0, one, 0, 0, 0), number) for one in self.with_disciplines]
        self.answers.append(b"".join(found) + message(DONE, bytes(4), number))

    def recvmsg(self, size):
        return self.answers.pop(0), [], 0, None


def test_the_interfaces_that_are_up_are_set_down():
    kernel = Kernel([(1, 0x49), (2, 0x1002), (7, 0x1043)], [])
    node_teardown.set_down(kernel)
    assert sorted(kernel.down) == [1, 7]


def test_an_interface_that_the_kernel_leaves_out_of_its_list_is_set_down_for_its_discipline():
    """One with 64 KB of other names is in no list."""
    kernel = Kernel([(1, 0x49)], [1, 9])
    node_teardown.set_down(kernel)
    assert sorted(kernel.down) == [1, 9]


@pytest.fixture
def init():
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def test_an_init_is_killed_and_left_to_be_reaped_so_that_nobody_gets_its_number(init):
    space = Space(name="h1", pid=init.pid, network=-1, up=True)
    asyncio.run(node_teardown.end([space]))
    assert os.waitid(os.P_PID, init.pid, os.WEXITED | os.WNOWAIT).si_status == signal.SIGKILL


def test_the_descriptor_of_a_network_is_closed_even_if_nobody_can_join_it(init, capfd):
    reader, writer = os.pipe()
    os.close(writer)
    space = Space(name="h1", pid=init.pid, network=reader, up=True)
    asyncio.run(node_teardown.end([space]))
    assert space.network == -1
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(reader)
    assert "h1: its interfaces could not be set down" in capfd.readouterr().out

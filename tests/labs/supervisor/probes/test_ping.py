"""Sending echo requests and waiting for what comes back. A datagram socket of this server stands for the raw one."""

import asyncio
import errno
import ipaddress
import socket
import struct
import time

import pytest

from labs.supervisor.probes import ping

TARGET = ipaddress.ip_address("2001:db8::2")
HOME = ("::1", 0)
REPLY, TOO_BIG = 129, 2


class Filtered(socket.socket):
    """The socket of a node whose packet filter drops what it sends."""

    def sendto(self, *_):
        raise OSError(errno.EPERM, "Operation not permitted")


@pytest.fixture
def far_end(monkeypatch):
    """A node that answers each request with what the test's function makes of it."""

    async def requests(answers, kind=socket.socket, **wanted):
        loop = asyncio.get_running_loop()
        with (
            socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as there,
            kind(socket.AF_INET6, socket.SOCK_DGRAM) as ours,
        ):
            there.bind(HOME)
            if "source" not in wanted:
                ours.bind(HOME)
            there.setblocking(False)
            ours.setblocking(False)
            monkeypatch.setattr(ping, "_socket", lambda space, requests: ours)
            monkeypatch.setattr(ping, "_where", lambda space, target: there.getsockname())

            async def answer():
                while True:
                    packet, whom = await loop.sock_recvfrom(there, 2048)
                    for one in answers(struct.unpack_from("!H", packet, 6)[0], packet):
                        there.sendto(one, whom)

            answering = asyncio.create_task(answer())
            began = time.monotonic()
            found = await ping.send(None, ping.Requests(target=TARGET, data=ping.data_of(b"nonce"), **wanted))
            answering.cancel()
            return found, time.monotonic() - began

    return lambda *answers, **wanted: asyncio.run(requests(*answers, **wanted))


def reply(packet):
    return bytes([REPLY]) + packet[1:]


def error(packet):
    return struct.pack("!BBHI", TOO_BIG, 0, 0, 1280) + bytes(40) + packet


def test_it_ends_as_soon_as_all_requests_are_answered(far_end):
    found, took = far_end(lambda number, packet: [reply(packet)], count=3, interval=0.01, wait=30)
    assert (found.sent, found.answered) == (3, dict.fromkeys((1, 2, 3), "::1"))
    assert took < 10


def test_after_the_last_request_there_is_no_pause(far_end):
    found, took = far_end(lambda number, packet: [reply(packet)], interval=30, wait=30)
    assert (found.sent, found.answered) == (1, {1: "::1"})
    assert took < 10


def test_an_error_settles_its_request(far_end):
    found, took = far_end(lambda number, packet: [error(packet)], wait=30)
    assert (found.answered, found.reported) == ({}, {1: ping.Report("::1", "Packet too big", 1280)})
    assert took < 10


def test_a_request_without_an_answer_is_waited_for_until_the_time_is_over(far_end):
    found, took = far_end(lambda number, packet: [], wait=0.05)
    assert (found.sent, found.answered, found.reported) == (1, {}, {})
    assert took >= 0.05


def test_a_reply_counts_once_and_only_with_our_data_and_number(far_end):
    def many(number, packet):
        strange = packet[:6] + b"\xff\xff" + packet[8:]
        return [reply(packet)[:-1], reply(packet) + b"more", reply(strange), packet, b"", reply(packet), reply(packet)]

    found, _took = far_end(many, count=2, interval=0.01, wait=0.05)
    assert found.answered == dict.fromkeys((1, 2), "::1")


def test_a_flood_is_read_up_to_a_limit(far_end, monkeypatch):
    monkeypatch.setattr(ping, "MOST_READ", 5)
    found, _took = far_end(lambda number, packet: [b"flood"] * 5 + [reply(packet)], wait=0.05)
    assert found.answered == {}


def test_a_request_from_an_address_that_the_node_lacks_is_refused_with_the_reason(far_end):
    found, _took = far_end(lambda number, packet: [reply(packet)], source=TARGET)
    assert (found.sent, found.answered) == (0, {})
    assert "assign requested address" in found.refused


def test_without_a_socket_there_is_no_answer(monkeypatch):
    def full(space, requests):
        raise OSError(errno.ENOBUFS, "No buffer space available")

    monkeypatch.setattr(ping, "_socket", full)
    with pytest.raises(OSError, match="No buffer space"):
        asyncio.run(ping.send(None, ping.Requests(target=TARGET, data=b"nonce")))


def test_requests_that_the_nodes_own_filter_stops_count_as_sent_and_are_not_waited_for(far_end):
    found, took = far_end(lambda number, packet: [reply(packet)], Filtered, count=2, interval=0.01, wait=30)
    assert (found.sent, found.refused, found.answered) == (2, "", {})
    assert took < 10


def test_requests_are_sent_until_the_path_works_and_a_late_reply_counts_when_its_request_was_sent(far_end):
    """The path works from the third request on, and its reply is read when more have been sent."""
    kept = []

    def answers(number, packet):
        kept.extend([reply(packet)] if number >= 3 else [])
        return kept if number >= 6 else []

    found, took = far_end(answers, interval=0.02, until=20, steady=0.1, wait=1)
    after, before = found.recovery(0.1)
    assert after == found.sent_at[3] - found.sent_at[1]
    assert before == found.sent_at[2] - found.sent_at[1]
    assert took < 10


def test_a_path_that_works_for_a_moment_has_not_recovered():
    """After a cable was cut, the first packets may still find their way."""
    found = ping.Echoes(sent=9, sent_at={number: 50 + number / 10 for number in range(1, 10)})
    found.answered = dict.fromkeys((1, 2, 5, 6, 7, 8), "::1")
    assert found.recovery(0.25) == (pytest.approx(0.4), pytest.approx(0.3))
    assert found.recovery(0.05) == (0.0, None)
    assert found.recovery(1) == (None, pytest.approx(0.8))


def test_without_a_reply_requests_are_sent_until_the_time_is_over(far_end):
    found, _took = far_end(lambda number, packet: [], interval=0.02, until=0.2, wait=0.05)
    after, before = found.recovery(0)
    assert (after, found.answered) == (None, {})
    assert 0 < before <= 0.2


def test_a_request_without_a_route_is_followed_by_others(far_end):
    class Unreachable(socket.socket):
        tries = 0

        def sendto(self, *words):
            Unreachable.tries += 1
            if Unreachable.tries < 3:
                raise OSError(errno.ENETUNREACH, "Network is unreachable")
            return super().sendto(*words)

    found, _took = far_end(lambda number, packet: [reply(packet)], Unreachable, interval=0.02, until=20)
    assert (min(found.answered), found.refused) == (3, "")
    assert found.recovery(0)[0] > 0


def test_the_data_repeat_the_nonce():
    assert ping.data_of(b"abc", 8) == b"abcabcab"


def test_a_filter_lets_only_the_wanted_types_pass():
    assert ping.blocking([0, 3], 32) == struct.pack("=I", 0xFFFFFFF6)
    packed = struct.unpack("=8I", ping.blocking([1, 129], 256))
    assert packed == (0xFFFFFFFD, *[0xFFFFFFFF] * 3, 0xFFFFFFFD, *[0xFFFFFFFF] * 3)

"""Captures: counting packets as they come, the limits, and which capture is dropped for a new one."""

import asyncio
import struct

import pytest

from labs.supervisor import captures
from labs.supervisor.captures import HEAD, RECORD, SNAP, Capture, CaptureError, Captures

FILE_HEAD = bytes(HEAD)


def packet(size, says=None):
    return struct.pack("=IIII", 0, 0, size if says is None else says, size) + b"p" * size


def capture():
    return Capture(1, "h1", None)


def test_whole_packets_are_counted_in_whatever_pieces_they_come():
    heard = FILE_HEAD + packet(100) + packet(0) + packet(7)
    taken = capture()
    for byte in heard[:-1]:
        assert taken.take(bytes([byte]), 10_000)
    assert (taken.packets, taken.size) == (2, HEAD + 2 * RECORD + 100)
    assert taken.take(heard[-1:], 10_000)
    assert (taken.packets, taken.size) == (3, len(heard))


def test_nothing_is_counted_before_the_file_header():
    taken = capture()
    assert taken.take(FILE_HEAD[:-1], 1000)
    assert (taken.packets, taken.size) == (0, 0)


def test_a_capture_is_full_before_a_packet_that_does_not_fit():
    taken = capture()
    assert taken.take(FILE_HEAD + packet(100), HEAD + RECORD + 100)
    assert not taken.take(packet(1), HEAD + RECORD + 100)
    assert taken.packets == 1


@pytest.mark.parametrize("says", [SNAP + 1, 1 << 31, 0xFFFFFFFF])
def test_a_packet_with_an_impossible_length_ends_the_capture(says):
    taken = capture()
    assert not taken.take(FILE_HEAD + packet(10, says), 1 << 40)
    assert taken.packets == 0


@pytest.fixture
def listening(monkeypatch):
    """Replaces tcpdump by a program that captures nothing and ends when it is terminated."""
    monkeypatch.setattr(captures, "LATE", 0.0)

    async def begin(space, interface, words):
        if words == "wrong":
            raise CaptureError("tcpdump: syntax error")
        return await asyncio.create_subprocess_exec("sleep", "60", stdout=asyncio.subprocess.PIPE)

    monkeypatch.setattr(captures, "_tcpdump", begin)


class Space:
    def __init__(self, name):
        self.name = name


async def over(*some):
    for one in some:
        one.stop("stopped")
        await one.done.wait()


def test_a_third_capture_is_refused_while_two_run(listening):
    async def all_of():
        kept = Captures()
        first, second = [await kept.begin(Space("h1"), "eth0", "", 60, 1000) for _ in range(2)]
        with pytest.raises(CaptureError, match="Only 2 captures can run at a time"):
            await kept.begin(Space("h1"), "eth0", "", 60, 1000)
        await over(first)
        third = await kept.begin(Space("h1"), "eth0", "", 60, 1000)
        await over(second, third)
        return [one["capture"] for one in kept.describe()]

    assert asyncio.run(all_of()) == [1, 2, 3]


def test_the_oldest_finished_capture_is_dropped_and_a_running_one_is_not(listening):
    async def all_of():
        kept = Captures()
        first = await kept.begin(Space("h1"), "eth0", "", 60, 1000)
        for _ in range(6):
            await over(await kept.begin(Space("h1"), "eth0", "", 60, 1000))
        numbers = [one["capture"] for one in kept.describe()]
        with pytest.raises(CaptureError, match="no longer exists"):
            kept.get(2)
        await over(first)
        return numbers

    assert asyncio.run(all_of()) == [1, 5, 6, 7]


def test_a_capture_ends_after_its_time(listening, monkeypatch):
    monkeypatch.setattr(captures, "END_SECONDS", 0.05)

    async def all_of():
        kept = Captures()
        begun = await kept.begin(Space("h1"), "eth0", "", 0.05, 1000)
        await begun.done.wait()
        return begun.describe()

    assert asyncio.run(all_of()) == {"capture": 1, "packets": 0, "bytes": 0, "why": "time", "done": True}


def test_a_reset_ends_the_captures_of_its_node_only(listening):
    async def all_of():
        kept = Captures()
        first, second = [await kept.begin(Space(name), "eth0", "", 60, 1000) for name in ("h1", "h2")]
        kept.forget("h1")
        await first.done.wait()
        why = [one["why"] for one in kept.describe()]
        await over(second)
        return why

    assert asyncio.run(all_of()) == ["lost", ""]


def test_only_a_finished_capture_can_be_dropped(listening):
    async def all_of():
        kept = Captures()
        begun = await kept.begin(Space("h1"), "eth0", "", 60, 1000)
        kept.drop(1)
        there = len(kept.describe())
        await over(begun)
        kept.drop(1)
        kept.drop(99)
        return there, kept.describe()

    assert asyncio.run(all_of()) == (1, [])


def test_an_invalid_filter_leaves_no_capture(listening):
    async def all_of():
        kept = Captures()
        with pytest.raises(CaptureError, match="syntax error"):
            await kept.begin(Space("h1"), "eth0", "wrong", 60, 1000)
        return kept.describe()

    assert asyncio.run(all_of()) == []


def test_the_lines_of_a_check_s_packet_are_marked_and_have_no_number(monkeypatch):
    async def text(heard):
        return [
            "    1  10:00:00.1 IP6 a > b",
            "\tits second line",
            "    2  10:00:00.2 IP6 c > d",
            "    9  of no packet",
        ]

    monkeypatch.setattr(captures, "_text", text)
    monkeypatch.setattr(captures.probe_marks, "marked", lambda heard: [True, False])
    taken = capture()
    asyncio.run(captures._decode(taken))
    assert taken.lines == ["10:00:00.1 IP6 a > b", "\tits second line", "10:00:00.2 IP6 c > d", "of no packet"]
    assert taken.of_checks == [True, True, False, False]

"""Netlink messages and attributes: nested, truncated, and with false lengths; and dumps of tables."""

import errno
import random
import struct

import pytest

from labs.supervisor.netlink import PIECE, Unfinished, attribute, attributes, count_bytes, count_entries, dump, messages
from tests.labs.supervisor.netlink_answers import DONE
from tests.labs.supervisor.netlink_answers import message as answer


def message(kind, body, length=None):
    packed = struct.pack("=IHHII", 16 + len(body) if length is None else length, kind, 0, 7, 0) + body
    return packed + bytes(-len(packed) % 4)


@pytest.mark.parametrize("size", [0, 1, 3, 4, 5, 200])
def test_an_attribute_is_padded_and_read_again(size):
    packed = attribute(7, b"x" * size) + attribute(8, b"end")
    assert len(packed) % 4 == 0
    assert list(attributes(packed)) == [(7, b"x" * size), (8, b"end")]


def test_nested_attributes_are_read_and_flag_bits_are_masked():
    nested = attribute(0x8000 | 2, attribute(5, b"five") + attribute(6, b""))
    assert list(attributes(nested)) == [(2, attribute(5, b"five") + attribute(6, b""))]
    assert [list(attributes(value)) for _, value in attributes(nested)] == [[(5, b"five"), (6, b"")]]


def test_a_value_that_is_too_long_for_an_attribute_is_an_error():
    with pytest.raises(struct.error):
        attribute(1, bytes(65_532))


@pytest.mark.parametrize("length", [0, 3, 13, 65_535])
def test_an_attribute_with_a_false_length_ends_the_reading(length):
    good = attribute(1, b"good")
    assert list(attributes(good + struct.pack("=HH", length, 2) + bytes(8))) == [(1, b"good")]


def test_an_incomplete_attribute_header_is_ignored():
    assert list(attributes(attribute(1, b"good") + b"\4\0\1")) == [(1, b"good")]
    assert list(attributes(b"")) == []


def test_messages_are_read_with_their_type_and_body():
    assert list(messages(message(36, b"12345") + message(3, b""))) == [(36, b"12345"), (3, b"")]


@pytest.mark.parametrize("length", [0, 15, 21, 1 << 31])
def test_a_message_with_a_false_length_ends_the_reading(length):
    good = message(36, b"good")
    assert list(messages(good + message(37, b"bad!", length))) == [(36, b"good")]
    assert list(messages(good + b"\x14\0\0\0" + bytes(11))) == [(36, b"good")]


def test_twenty_thousand_broken_messages_never_read_beyond_their_end():
    draw = random.Random(3549)
    whole = message(36, bytes(20) + attribute(1, b"htb\0") + attribute(2, attribute(2, bytes(20)))) * 3
    for _ in range(20_000):
        received = bytearray(whole)
        for _ in range(draw.randrange(8)):
            received[draw.randrange(len(received))] = draw.choice((0, 3, 4, 16, 255, draw.randrange(256)))
        del received[draw.randrange(len(received)) :]
        read = 0
        for _kind, body in messages(bytes(received)):
            read += 16 + len(body)
            for _number, value in attributes(body[20:]):
                assert sum(4 + len(inner) for _, inner in attributes(value)) <= len(value)
        assert read <= len(received)


GET_NEIGHBOUR, NEIGHBOURS = 30, bytes(12)


def test_entries_are_counted_by_the_length_of_the_first(dumps):
    entry = answer(28, bytes(44))
    assert count_entries(dumps(entry * 50, entry * 30, DONE), GET_NEIGHBOUR, NEIGHBOURS, 1000) == 80


def test_an_empty_table_has_no_entries(dumps):
    assert count_entries(dumps(DONE), GET_NEIGHBOUR, NEIGHBOURS, 1000) == 0


def test_counting_entries_stops_once_they_are_too_many(dumps):
    """No more than the first datagrams are read, so no table is too long for a reading."""
    entry = answer(28, bytes(44))
    asking = dumps(*[entry * 50] * 20, DONE)
    assert count_entries(asking, GET_NEIGHBOUR, NEIGHBOURS, 120) == 150
    assert len(asking.recv(1 << 16)) == 50 * len(entry)


def test_the_bytes_of_a_dump_are_counted_up_to_a_little_above_the_limit(dumps):
    entry = answer(28, bytes(44))
    assert count_bytes(dumps(entry * 50, entry * 30, DONE), GET_NEIGHBOUR, NEIGHBOURS, 1 << 20) == 80 * len(entry)
    assert count_bytes(dumps(*[entry * 50] * 20, DONE), GET_NEIGHBOUR, NEIGHBOURS, 120 * len(entry)) == 150 * len(entry)


def test_answers_to_an_earlier_dump_are_skipped(dumps):
    old, new = answer(28, b"old", number=5), answer(28, b"new")
    assert list(dump(dumps(old, new, DONE), GET_NEIGHBOUR, NEIGHBOURS)) == [new]


def test_an_error_ends_a_dump(dumps):
    error = answer(2, struct.pack("=i", -1) + bytes(16))
    assert list(dump(dumps(error), GET_NEIGHBOUR, NEIGHBOURS)) == []


@pytest.mark.parametrize("kind", [2, 3])
@pytest.mark.parametrize("why", [errno.EMSGSIZE, errno.ENOBUFS, errno.ENOMEM])
def test_a_dump_that_the_kernel_ends_early_is_not_taken_for_a_whole_one(dumps, kind, why):
    ends = answer(kind, struct.pack("=i", -why))
    with pytest.raises(Unfinished):
        list(dump(dumps(answer(36, b"told") + ends), 38, b""))
    with pytest.raises(Unfinished):
        count_entries(dumps(answer(36, b"told"), ends), 38, b"", 10)


def test_a_part_of_a_dump_that_is_longer_than_what_is_read_is_not_taken_for_a_whole_one(dumps):
    long = answer(16, bytes(PIECE))
    with pytest.raises(Unfinished):
        list(dump(dumps(answer(16, b"told"), long, DONE), 18, b""))


def test_who_needs_only_what_is_told_reads_on(dumps):
    long = answer(16, bytes(PIECE))
    assert len(list(dump(dumps(long, answer(16, b"told"), DONE), 18, b"", whole=False))) == 2


@pytest.mark.parametrize("why", [errno.EOPNOTSUPP, errno.ENODEV, errno.EINVAL])
def test_a_kernel_without_the_table_tells_of_nothing(dumps, why):
    assert list(dump(dumps(answer(2, struct.pack("=i", -why))), 38, b"")) == []

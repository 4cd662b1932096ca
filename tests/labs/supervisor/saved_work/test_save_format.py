"""The records of a save: written, read again, broken and forged."""

import json
import random
import struct
import time
import zlib

import pytest

from labs.supervisor.saved_work import save_format
from labs.supervisor.saved_work.save_format import NotASave, json_object, learners, record, records

HEAD = {"kind": "save", "format": 1}
SAVE = (
    record(HEAD)
    + record({"kind": "file", "node": "h1", "path": "srv/a"}, b"\0\xffcontent")
    + record({"kind": "cables"}, b"{}")
)


def read(packed, most=100):
    return list(records(packed, most))


def test_written_records_are_read_again():
    assert read(zlib.compress(SAVE)) == [
        (HEAD, b""),
        ({"kind": "file", "node": "h1", "path": "srv/a"}, b"\0\xffcontent"),
        ({"kind": "cables"}, b"{}"),
    ]


def test_a_truncated_save_is_refused():
    packed = zlib.compress(SAVE)
    for length in range(len(packed)):
        with pytest.raises(NotASave):
            read(packed[:length])


def test_truncated_records_are_refused():
    whole = {0, len(record(HEAD)), len(SAVE) - len(record({"kind": "cables"}, b"{}")), len(SAVE)}
    for length in range(len(SAVE) + 1):
        if length in whole:
            read(zlib.compress(SAVE[:length]))
        else:
            with pytest.raises(NotASave):
                read(zlib.compress(SAVE[:length]))


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"\xff\xfe",
        b"[" * 60_000,
        b'{"a":' * 12_000,
        b'{"mode": 1' + b"0" * 5000 + b"}",  # more digits than Python reads
    ],
)
def test_a_head_that_is_not_a_json_object_is_refused(head):
    with pytest.raises(NotASave):
        read(zlib.compress(struct.pack("!II", len(head), 0) + head))


@pytest.mark.parametrize(
    ("first", "second"), [(1 << 31, 0), (65_537, 0), (2, 1 << 31), (2, 1), (0xFFFFFFFF, 0xFFFFFFFF)]
)
def test_a_record_with_a_false_length_is_refused(first, second):
    with pytest.raises(NotASave, match="longer than the save"):
        read(zlib.compress(struct.pack("!II", first, second) + b"{}"))


def test_a_compression_bomb_is_unpacked_only_to_the_limit(monkeypatch):
    monkeypatch.setattr(save_format, "LAB_LARGEST", 1 << 20)
    with pytest.raises(NotASave, match="too large"):
        read(zlib.compress(bytes(10 << 20)))


def test_too_many_records_are_refused_quickly():
    packed = zlib.compress(record({}) * 1_000_000)
    began = time.process_time()
    with pytest.raises(NotASave, match="too many records"):
        read(packed, most=1000)
    assert time.process_time() - began < 1
    assert len(read(zlib.compress(record({}) * 1000), most=1000)) == 1000


def test_three_thousand_broken_saves_raise_only_not_a_save():
    draw = random.Random(1950)
    for _ in range(3000):
        broken = bytearray(SAVE)
        for _ in range(draw.randrange(1, 6)):
            broken[draw.randrange(len(broken))] = draw.randrange(256)
        packed = bytearray(zlib.compress(broken))
        if draw.random() < 0.3:
            packed[draw.randrange(len(packed))] ^= 1 << draw.randrange(8)
        try:
            found = read(bytes(packed))
        except NotASave:
            continue
        assert all(isinstance(head, dict) for head, _ in found)
        assert sum(len(content) for _, content in found) <= len(SAVE)


def test_only_nodes_of_learners_that_are_not_switches_are_saved(folders):
    network = folders("h1", "i1", "h2")
    network.lab["nodes"]["h2"]["kind"] = "switch"
    assert learners(network) == ["h1"]


def test_a_json_object_is_read():
    assert json_object(json.dumps({"a": 1}).encode()) == {"a": 1}

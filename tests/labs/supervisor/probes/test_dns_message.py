"""DNS replies of hostile servers."""

import random
import struct
import time

import pytest

from labs.supervisor.probes import dns_message

NAME = b"\x03www\x07example\x00"


def reply(*records, questions=1, answers=None, flags=0x8180):
    """A reply about www.example. A record is (type, rdata), or raw bytes."""
    packed = struct.pack("!HHHHHH", 7, flags, questions, len(records) if answers is None else answers, 0, 0)
    packed += (NAME + struct.pack("!HH", 28, 1)) * questions
    for record in records:
        if isinstance(record, tuple):
            kind, data = record
            record = b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 300, len(data)) + data
        packed += record
    return packed


def test_a_query_has_its_name_its_type_and_edns():
    sent = dns_message.query("www.example.", "AAAA", validate=True)
    assert sent[2:12] == struct.pack("!HHHHH", 0x0120, 1, 0, 0, 1)
    assert sent[12:] == NAME + struct.pack("!HH", 28, 1) + b"\0" + struct.pack("!HHIH", 41, 1232, 0x8000, 0)
    assert dns_message.query(".", "NS", validate=False)[12:17] == b"\0" + struct.pack("!HH", 2, 1)


@pytest.mark.parametrize("name", ["a" * 64 + ".example", "a\ud800.example"])
def test_a_name_that_is_invalid_in_dns_is_a_value_error(name):
    with pytest.raises(ValueError):
        dns_message.query(name, "A", validate=False)


def test_answers_of_the_type_and_aliases_are_read_with_their_flags():
    read = dns_message.parse(
        reply((5, b"\x01w\xc0\x10"), (28, bytes(15) + b"\1"), (1, b"\xc0\0\2\7"), flags=0x85A3), "AAAA"
    )
    assert read == {
        "error": "",
        "rcode": "NXDOMAIN",
        "validated": True,
        "authoritative": True,
        "answers": [
            {"type": "CNAME", "value": "w.example", "ttl": 300},
            {"type": "AAAA", "value": "::1", "ttl": 300},
        ],
    }


@pytest.mark.parametrize(
    ("kind", "data", "value"),
    [
        ("A", b"\xc0\0\2\7", "192.0.2.7"),
        ("A", b"\xc0\0\2", "c00002"),
        ("NS", b"\x02ns\xc0\x0c", "ns.www.example"),
        ("MX", b"\0\x0a\xc0\x10", "10 example"),
        ("SRV", b"\0\1\0\2\0\x50\xc0\x0c", "1 2 80 www.example"),
        ("TXT", b"\x05hello\x01!", "hello!"),
        ("TXT", b"\xffshort", "short"),
        ("SOA", b"\x02ns\0\x01h\0" + struct.pack("!IIIII", 2026, 3600, 900, 86400, 60), "ns h 2026 3600 900 86400 60"),
        ("DS", b"\1\2", "0102"),
        ("DS", b"\x30\x39\x0d\x02\xab\xcd", "12345 13 2 ABCD"),
        ("DNSKEY", b"\1\1\3\x0dkey", "257 3 13 a2V5"),
    ],
)
def test_each_record_type_has_its_text(kind, data, value):
    [answer] = dns_message.parse(reply((dns_message.TYPES[kind], data)), kind)["answers"]
    assert answer["value"] == value


def signature(begins, expires, signer=b"\x07example\0"):
    return struct.pack("!HBBIIIH", 48, 13, 1, 60, expires, begins, 12345) + signer + b"bytes of the signature"


@pytest.mark.parametrize(("begins", "expires", "state"), [(-9, 9, "valid"), (-9, -8, "expired"), (8, 9, "early")])
def test_a_signature_beside_the_records_has_its_times_and_its_state_by_the_clock(begins, expires, state, monkeypatch):
    now = 1_800_000_000
    monkeypatch.setattr(dns_message.time, "time", lambda: now)
    read = dns_message.parse(reply((48, b"\1\1\3\x0dkey"), (46, signature(now + begins, now + expires))), "DNSKEY")
    key, signed = read["answers"]
    assert (key["type"], signed["type"], signed["state"]) == ("DNSKEY", "RRSIG", state)
    assert signed["value"].startswith("DNSKEY 13 1 60 202701150")
    assert signed["value"].endswith(" 12345 example")


@pytest.mark.parametrize(
    "record",
    [
        (6, b"\x02ns\0\x01h\0" + bytes(19)),  # an SOA without its last byte
        (6, b"\x02ns\0\x01h\0" + bytes(21)),
        (46, struct.pack("!HBBIIIH", 48, 13, 1, 60, 1, 1, 1) + b"\x07exam"),
        (46, bytes(17)),
        b"\xc0\x30",  # a pointer that leads forwards
        b"\xc0\x2d" + bytes(20),  # to itself
        (2, b"\x01a\xc0\x39"),  # a label, and back to it: a circle
        (2, b"\x3fshort"),  # a label that is longer than the message
        (2, b"\x40" + b"a" * 64 + b"\0"),  # longer than a label may be
        (2, b"\x01n"),  # a name that ends in the next record, or nowhere
        (2, b""),
        (15, b"\0"),
        (33, b"\0\1\0\2\0"),
        b"\xc0\x0c" + struct.pack("!HHIH", 2, 1, 300, 9) + b"\x01n\0",  # fewer bytes than it says
        b"\xc0\x0c\0\1",
        b"\x01",
        b"",
    ],
)
def test_a_reply_with_false_lengths_or_pointers_is_malformed(record):
    kind = dns_message.TYPE_NAMES.get(record[0], "NS") if isinstance(record, tuple) else "NS"
    read = dns_message.parse(reply((1, b"\xc0\0\2\7"), record, answers=2), kind)
    assert read["error"] == "the answer is malformed"
    assert read["answers"] == []


def test_a_name_that_extends_beyond_its_record_is_malformed():
    """The record has 2 bytes, and the rest of the name would come from what follows it."""
    message = reply(b"\xc0\x0c" + struct.pack("!HHIH", 2, 1, 300, 2) + b"\x01n" + b"\x06secret\0")
    assert dns_message.parse(message, "NS") | {"answers": []} == dns_message.parse(message, "NS")
    assert dns_message.parse(message, "NS")["error"]


def test_answers_before_the_error_are_kept():
    read = dns_message.parse(reply((2, b"\x01a\0"), (2, b"\x01b"), (2, b"\x01c\0")), "NS")
    assert [answer["value"] for answer in read["answers"]] == ["a"]


def test_a_name_of_255_bytes_is_read_and_a_longer_one_is_not():
    label = b"\x3f" + b"a" * 63
    longest = label * 3 + b"\x3d" + b"a" * 61 + b"\0"
    assert len(longest) == dns_message.LONGEST_NAME
    assert dns_message.parse(reply((2, longest)), "NS")["error"] == ""
    assert dns_message.parse(reply((2, label * 3 + b"\x3e" + b"a" * 62 + b"\0")), "NS")["error"]


def test_the_number_of_answers_is_limited():
    read = dns_message.parse(reply(*[(1, b"\xc0\0\2\7")] * 100), "A")
    assert len(read["answers"]) == dns_message.MOST_ANSWERS
    assert dns_message.parse(reply(answers=65_535), "A")["error"]


def test_a_chain_of_thousands_of_pointers_is_refused_quickly():
    """Without a limit, each of 128 names would follow 8000 pointers: a quarter of a second for one message."""
    begin = 12 + 1 + 10  # header, and the head of a first record that holds the ladder
    ladder = b"".join(struct.pack("!H", 0xC000 | (begin + 2 * (step - 1) if step else 12)) for step in range(8000))
    top = struct.pack("!H", 0xC000 | (begin + 2 * 7999))
    records = (top + struct.pack("!HHIH", 5, 1, 1, 2) + top) * 64
    header = struct.pack("!HHHHHH", 7, 0x8180, 0, 65, 0, 0)
    first = b"\0" + struct.pack("!HHIH", 16, 1, 1, len(ladder)) + ladder
    began = time.process_time()
    assert dns_message.parse(header + first + records, "A")["error"]
    assert time.process_time() - began < 0.05


def test_twenty_thousand_broken_replies_raise_nothing_and_are_read_quickly():
    draw = random.Random(20_260_101)
    whole = reply(
        (5, b"\x01w\xc0\x10"), (28, bytes(16)), (15, b"\0\x0a\xc0\x10"), (16, b"\x05hello"), (2, b"\x02ns\xc0\x0c")
    )
    slowest = 0.0
    for number in range(20_000):
        if number % 4:
            message = bytearray(whole)
            for _ in range(draw.randrange(1, 8)):
                message[draw.randrange(len(message))] = draw.choice((draw.randrange(256), 0xC0, 0x3F, 0, 255))
            del message[draw.choice((len(message), draw.randrange(12, len(message)))) :]
        else:
            message = bytearray(draw.randbytes(draw.randrange(12, 300)))
        kind = draw.choice(list(dns_message.TYPES))
        began = time.process_time()
        read = dns_message.parse(bytes(message), kind)
        slowest = max(slowest, time.process_time() - began)
        assert read["error"] in ("", "the answer is malformed")
        assert len(read["answers"]) <= dns_message.MOST_ANSWERS
        assert all(len(answer["value"]) <= 2 * len(message) + 255 for answer in read["answers"])
    assert slowest < 0.1

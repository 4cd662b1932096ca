"""Zone transfers from hostile servers, and the signature of the request."""

import base64
import hashlib
import hmac
import random
import struct

import pytest

from labs.supervisor.probes import dns_message
from labs.supervisor.probes.zone_transfer import MOST_RECORDS, Transfer, transfer_query

ZONE = b"\x07example\0"
SOA = (6, b"\x02ns\xc0\x0c\x01h\xc0\x0c" + struct.pack("!IIIII", 2026, 3600, 900, 86400, 60))
ADDRESS = (28, bytes(16))
KEY = {"name": "Transfer", "algorithm": "hmac-sha256", "secret": base64.b64encode(b"secret").decode()}


def message(*records, flags=0x8400, additional=()):
    packed = struct.pack("!HHHHHH", 7, flags, 1, len(records), 0, len(additional)) + ZONE + struct.pack("!HH", 252, 1)
    for kind, data in (*records, *additional):
        packed += b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data
    return packed


def read(*messages):
    transfer = Transfer()
    for one in messages:
        transfer.add(one)
    return transfer


def test_a_zone_is_complete_when_its_soa_comes_again_in_whichever_message():
    whole = read(message(SOA, ADDRESS), message(ADDRESS, SOA))
    assert whole.ended
    assert whole.answer() == {"rcode": "NOERROR", "error": "", "complete": True, "records": 3, "serial": 2026}
    cut = read(message(SOA, ADDRESS))
    assert (cut.ended, cut.answer()["complete"]) == (False, False)


def test_a_refusal_names_what_is_wrong_with_the_key():
    def tsig(error):
        mac = b"12345678"
        return (
            b"\x0bhmac-sha256\0" + bytes(6) + struct.pack("!HH", 300, len(mac)) + mac + struct.pack("!HHH", 7, error, 0)
        )

    assert read(message(flags=0x8405)).answer()["rcode"] == "REFUSED"
    for number, name in ((16, "BADSIG"), (17, "BADKEY"), (18, "BADTIME"), (99, "")):
        refused = read(message(flags=0x8409, additional=[(250, tsig(number))]))
        assert (refused.ended, refused.answer()["rcode"], refused.answer()["error"]) == (True, "NOTAUTH", name)


def test_a_transfer_that_does_not_begin_with_an_soa_or_never_ends_is_ended():
    with pytest.raises(dns_message.Malformed):
        read(message(ADDRESS, SOA))
    transfer = read(message(SOA))
    while not transfer.ended:
        transfer.add(message(*[ADDRESS] * 500))
    assert transfer.records == MOST_RECORDS
    assert (transfer.answer()["complete"], "more than" in transfer.error) == (False, True)


def test_a_request_is_signed_as_rfc_8945_says():
    """The digest covers the message without the signature, then the name of the key, the algorithm, the time and the fudge."""
    sent = transfer_query("example", KEY, now=1_800_000_000)
    unsigned = sent[:2] + struct.pack("!HHHHH", 0, 1, 0, 0, 0) + ZONE + struct.pack("!HH", 252, 1)
    name, algorithm = b"\x08transfer\0", b"\x0bhmac-sha256\0"
    moment = struct.pack("!HIH", 0, 1_800_000_000, 300)
    covered = unsigned + name + struct.pack("!HI", 255, 0) + algorithm + moment + bytes(4)
    mac = hmac.new(b"secret", covered, hashlib.sha256).digest()
    data = algorithm + moment + struct.pack("!H", 32) + mac + sent[:2] + bytes(4)
    assert sent[12:] == unsigned[12:] + name + struct.pack("!HHIH", 250, 255, 0, len(data)) + data
    assert sent[2:12] == struct.pack("!HHHHH", 0, 1, 0, 0, 1)
    assert transfer_query("example", None, now=0)[2:] == unsigned[2:]


def test_broken_messages_raise_only_what_the_question_catches():
    draw, whole = random.Random(7), message(SOA, ADDRESS, SOA, additional=[(250, bytes(40))])
    for _ in range(5_000):
        broken = bytearray(whole)
        for _ in range(draw.randrange(1, 6)):
            broken[draw.randrange(len(broken))] = draw.choice((draw.randrange(256), 0xC0, 0, 255))
        del broken[draw.choice((len(broken), draw.randrange(len(broken)))) :]
        try:
            read(bytes(broken))
        except (dns_message.Malformed, struct.error, IndexError):
            continue

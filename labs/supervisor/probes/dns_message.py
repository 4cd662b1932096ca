"""DNS messages (RFC 1035): write a query, and parse a reply.

A reply is hostile. The parser reads no byte outside the message and takes time in proportion to its length.
"""

import base64
import ipaddress
import os
import struct
import time
from collections.abc import Iterator
from typing import Any

HEADER = 12  # bytes
TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33, "DS": 43}
TYPES |= {"RRSIG": 46, "DNSKEY": 48}
TYPE_NAMES = {number: name for name, number in TYPES.items()}
RESPONSE_CODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED", 9: "NOTAUTH"}
TIME = "%Y%m%d%H%M%S"  # of a signature, as dig prints it (RFC 4034, 3.2)
MOST_QUESTIONS, MOST_ANSWERS = 4, 64  # records of a reply that are read
LONGEST_LABEL, LONGEST_NAME = 63, 255  # bytes (RFC 1035, 2.3.4); a name is counted as it travels, without pointers
MOST_POINTERS = 32  # of one name; real servers use one


class Malformed(ValueError):
    """The message breaks the rules of RFC 1035."""


def query(name: str, kind: str, *, validate: bool) -> bytes:
    """A query with EDNS; the DO and AD bits ask for DNSSEC validation (RFC 6840, 5.7).

    Raises KeyError for an unknown type, and ValueError for a name that DNS cannot have.
    """
    flags = 0x0120 if validate else 0x0100
    edns = b"\0" + struct.pack("!HHIH", 41, 1232, 0x8000 if validate else 0, 0)
    asked = encoded(name) + struct.pack("!HH", TYPES[kind], 1)
    return os.urandom(2) + struct.pack("!HHHHH", flags, 1, 0, 0, 1) + asked + edns


def encoded(name: str) -> bytes:
    """A name as it travels, without pointers. Raises ValueError for one that DNS cannot have."""
    labels = [label.encode("idna") for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def is_truncated(message: bytes) -> bool:
    """Whether the server has truncated its reply, so that only TCP carries all of it."""
    return bool(message[2] & 0x02)


def parse(message: bytes, kind: str) -> dict[str, Any]:
    """A reply of HEADER bytes or more: ``rcode``, flags, and the answers of this type, CNAME or RRSIG.

    A signature (RRSIG) has its ``state`` by the clock here: valid, expired or early. ``error`` says that the reply is
    malformed; then ``answers`` has what came before the fault.
    """
    flags, questions, answers = struct.unpack_from("!2xHHH", message)
    found: dict[str, Any] = {
        "error": "",
        "rcode": RESPONSE_CODES.get(flags & 15, str(flags & 15)),
        "validated": bool(flags & 0x20),
        "authoritative": bool(flags & 0x400),
        "answers": [],
    }
    try:
        for answer in _answers(message, min(questions, MOST_QUESTIONS), min(answers, MOST_ANSWERS), TYPES[kind]):
            found["answers"].append(answer)
    except (struct.error, IndexError, Malformed):
        found["error"] = "the answer is malformed"
    return found


def _answers(message: bytes, questions: int, answers: int, wanted: int) -> Iterator[dict[str, Any]]:
    at = HEADER
    for kind, ttl, at, size in records(message, questions, answers):
        if kind not in (wanted, TYPES["CNAME"], TYPES["RRSIG"]):
            continue
        found = {"type": TYPE_NAMES[kind], "value": value(message, at, size, kind), "ttl": ttl}
        if kind == TYPES["RRSIG"]:
            found["state"] = _state(message[at : at + size])
        yield found


def records(message: bytes, questions: int, count: int) -> Iterator[tuple[int, int, int, int]]:
    """Skip the questions, and yield type, TTL, place and size of each record. Raises Malformed, IndexError or struct.error."""
    at = HEADER
    for _ in range(questions):
        at = _name(message, at)[1] + 4
    for _ in range(count):
        at = _name(message, at)[1]
        kind, _class, ttl, size = struct.unpack_from("!HHIH", message, at)
        at += 10
        if at + size > len(message):
            raise Malformed("A record is longer than the message.")
        yield kind, ttl, at, size
        at += size


def _name(message: bytes, at: int) -> tuple[str, int]:
    """A name, and the place after it. A pointer must lead backwards (RFC 1035, 4.1.4).

    That alone does not prevent a loop, because labels lead forwards again. So the length and the pointers of a name are limited.
    """
    labels: list[str] = []
    length, pointers, end = 1, 0, None
    while size := message[at]:
        if size & 0xC0 == 0xC0:
            target = struct.unpack_from("!H", message, at)[0] & 0x3FFF
            end = at + 2 if end is None else end
            pointers += 1
            if target >= at or pointers > MOST_POINTERS:
                raise Malformed("A name has a pointer that leads forwards, or too many pointers.")
            at = target
            continue
        length += 1 + size
        if size > LONGEST_LABEL or length > LONGEST_NAME or at + 1 + size > len(message):
            raise Malformed("A name is too long.")
        labels.append(message[at + 1 : at + 1 + size].decode("latin-1"))
        at += 1 + size
    return ".".join(labels) or ".", at + 1 if end is None else end


def _name_within(message: bytes, at: int, end: int) -> str:
    """A name in a record, which must not extend beyond that record."""
    name, after = _name(message, at)
    if after > end:
        raise Malformed("A name is longer than its record.")
    return name


def value(message: bytes, at: int, size: int, kind: int) -> str:
    """The value of a record as dig prints it, without the last dot of a name, and without the bytes of a signature."""
    data, end = message[at : at + size], at + size
    match TYPE_NAMES.get(kind):
        case "A" if size == 4:
            return str(ipaddress.IPv4Address(data))
        case "AAAA" if size == 16:
            return str(ipaddress.IPv6Address(data))
        case "NS" | "CNAME" | "PTR":
            return _name_within(message, at, end)
        case "SOA":
            return _start_of_authority(message, at, end)
        case "DS" if size > 4:
            tag, algorithm, digest = struct.unpack_from("!HBB", data)
            return f"{tag} {algorithm} {digest} {data[4:].hex().upper()}"
        case "DNSKEY" if size > 4:
            flags, protocol, algorithm = struct.unpack_from("!HBB", data)
            return f"{flags} {protocol} {algorithm} {base64.b64encode(data[4:]).decode()}"
        case "RRSIG":
            return _signature(message, at, data)
        case "MX":
            return f"{struct.unpack_from('!H', data)[0]} {_name_within(message, at + 2, end)}"
        case "SRV":
            return " ".join(map(str, struct.unpack_from("!HHH", data))) + f" {_name_within(message, at + 6, end)}"
        case "TXT":
            return "".join(_strings(data))
    return data.hex()


def _start_of_authority(message: bytes, at: int, end: int) -> str:
    primary, at = _name(message, at)
    contact, at = _name(message, at)
    if at + 20 != end:
        raise Malformed("An SOA record has another length than its names and five numbers.")
    return " ".join((primary, contact, *map(str, struct.unpack_from("!IIIII", message, at))))


def _signature(message: bytes, at: int, data: bytes) -> str:
    covered, algorithm, labels, ttl, expires, begins, tag = struct.unpack_from("!HBBIIIH", data)
    signer = _name_within(message, at + 18, at + len(data))
    times = (time.strftime(TIME, time.gmtime(moment)) for moment in (expires, begins))
    return " ".join(
        (TYPE_NAMES.get(covered, f"TYPE{covered}"), str(algorithm), str(labels), str(ttl), *times, str(tag), signer)
    )


def _state(data: bytes) -> str:
    expires, begins = struct.unpack_from("!II", data, 8)
    now = time.time()
    return "expired" if now > expires else "early" if now < begins else "valid"


def _strings(data: bytes) -> Iterator[str]:
    at = 0
    while at < len(data):
        yield data[at + 1 : at + 1 + data[at]].decode(errors="replace")
        at += 1 + data[at]

"""DNS messages (RFC 1035): write a query, and parse a reply.

A reply is hostile. The parser reads no byte outside the message and takes time in proportion to its length.
"""

import ipaddress
import os
import struct
from collections.abc import Iterator
from typing import Any

HEADER = 12  # bytes
TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33, "DS": 43}
TYPE_NAMES = {number: name for name, number in TYPES.items()}
RESPONSE_CODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}
MOST_QUESTIONS, MOST_ANSWERS = 4, 64  # records of a reply that are read
LONGEST_LABEL, LONGEST_NAME = 63, 255  # bytes (RFC 1035, 2.3.4); a name is counted as it travels, without pointers
MOST_POINTERS = 32  # of one name; real servers use one


class Malformed(ValueError):
    """The message breaks the rules of RFC 1035."""


def query(name: str, kind: str, *, validate: bool) -> bytes:
    """A query with EDNS; the DO and AD bits ask for DNSSEC validation (RFC 6840, 5.7).

    Raises KeyError for an unknown type, and ValueError for a name that DNS cannot have.
    """
    labels = [label.encode("idna") for label in name.rstrip(".").split(".") if label]
    written = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    flags = 0x0120 if validate else 0x0100
    edns = b"\0" + struct.pack("!HHIH", 41, 1232, 0x8000 if validate else 0, 0)
    return (
        os.urandom(2) + struct.pack("!HHHHH", flags, 1, 0, 0, 1) + written + struct.pack("!HH", TYPES[kind], 1) + edns
    )


def is_truncated(message: bytes) -> bool:
    """Whether the server has truncated its reply, so that only TCP carries all of it."""
    return bool(message[2] & 0x02)


def parse(message: bytes, kind: str) -> dict[str, Any]:
    """A reply of HEADER bytes or more: ``rcode``, flags, and the answers of this type or CNAME.

    ``error`` says that it is malformed; then ``answers`` has what came before the fault.
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
    for _ in range(questions):
        at = _name(message, at)[1] + 4
    for _ in range(answers):
        at = _name(message, at)[1]
        kind, _class, ttl, size = struct.unpack_from("!HHIH", message, at)
        at += 10
        if at + size > len(message):
            raise Malformed("A record is longer than the message.")
        if kind in (wanted, TYPES["CNAME"]):
            yield {"type": TYPE_NAMES[kind], "value": _value(message, at, size, kind), "ttl": ttl}
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


def _value(message: bytes, at: int, size: int, kind: int) -> str:
    data, end = message[at : at + size], at + size
    match TYPE_NAMES[kind]:
        case "A" if size == 4:
            return str(ipaddress.IPv4Address(data))
        case "AAAA" if size == 16:
            return str(ipaddress.IPv6Address(data))
        case "NS" | "CNAME" | "PTR" | "SOA":
            return _name_within(message, at, end)
        case "MX":
            return f"{struct.unpack_from('!H', data)[0]} {_name_within(message, at + 2, end)}"
        case "SRV":
            return " ".join(map(str, struct.unpack_from("!HHH", data))) + f" {_name_within(message, at + 6, end)}"
        case "TXT":
            return "".join(_strings(data))
    return data.hex()


def _strings(data: bytes) -> Iterator[str]:
    at = 0
    while at < len(data):
        yield data[at + 1 : at + 1 + data[at]].decode(errors="replace")
        at += 1 + data[at]

"""The format of saved work: its limits, and its records, written and read.

A save is a compressed sequence of records, each with a head in JSON and content. The site stores a save as opaque bytes. The code
that reads a save treats it as written by a hostile learner.
"""

import json
import struct
import zlib
from collections.abc import Iterator
from typing import Any

from labs.supervisor import node_files
from labs.supervisor.network import Network

HEAD = struct.Struct("!II")  # bytes of a record's head, and of its content
FORMAT = 1
LAB_LARGEST = 32 << 20  # bytes of all records
PACKED_LARGEST = 20 << 20  # bytes of a save
# A lab that is resumed did not restart, so small files in /tmp come back
PASSING = node_files.PASSING - {"tmp"}
MOST_NAMES = 6000  # of one node
DEEPEST = 24

Record = tuple[dict[str, Any], bytes]


class NotASave(ValueError):
    """The bytes are not a save; the text says why."""


def learners(network: Network) -> list[str]:
    """The nodes whose work is saved."""
    return [name for name, spec in network.lab["nodes"].items() if spec["learner"] and spec["kind"] != "switch"]


def record(head: dict[str, Any], content: bytes = b"") -> bytes:
    text = json.dumps(head).encode()
    return HEAD.pack(len(text), len(content)) + text + content


def records(packed: bytes, most: int) -> Iterator[Record]:
    """The records of a save, at most MOST of them. Raises NotASave."""
    unpacker = zlib.decompressobj()
    try:
        whole = unpacker.decompress(packed, LAB_LARGEST + (1 << 20))
    except zlib.error as error:
        raise NotASave(f"it cannot be unpacked: {error}") from None
    if not unpacker.eof:
        raise NotASave("it is too large, or incomplete")
    at = number = 0
    while at < len(whole):
        number += 1
        if number > most:
            raise NotASave("it has too many records")
        if len(whole) - at < HEAD.size:
            raise NotASave("it ends too early")
        first, second = HEAD.unpack_from(whole, at)
        at += HEAD.size
        if first > 1 << 16 or len(whole) - at < first + second:
            raise NotASave("a record is longer than the save")
        yield json_object(whole[at : at + first]), whole[at + first : at + first + second]
        at += first + second


def json_object(text: bytes) -> dict[str, Any]:
    """The JSON object in these bytes. Raises NotASave."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise NotASave("a record is not JSON") from None
    if not isinstance(found, dict):
        raise NotASave("a record is not a JSON object")
    return found

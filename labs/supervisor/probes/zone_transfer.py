"""The ask "axfr": ask a name server for a whole zone (RFC 5936), with or without a key (TSIG, RFC 8945).

The reply is hostile. It is bounded in bytes, records and time, and of its records only the SOA is read.
"""

import asyncio
import base64
import binascii
import hmac
import os
import socket
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labs.supervisor.asks import Answer, NoAnswer, answers, patience
from labs.supervisor.node import NodeSpace
from labs.supervisor.probes import dns_message
from labs.supervisor.probes.cpu_starved_programs import CpuStarvedPrograms
from labs.supervisor.probes.dns_message import HEADER, Malformed
from labs.supervisor.probes.service_probes import Spaces, connect

AXFR, TSIG, SOA, ANY = 252, 250, 6, 255
FUDGE = 300  # seconds by which the clocks of the two ends may differ
HASHES: Mapping[str, str] = {
    "hmac-sha1": "sha1",
    "hmac-sha256": "sha256",
    "hmac-sha384": "sha384",
    "hmac-sha512": "sha512",
}
KEY_ERRORS: Mapping[int, str] = {16: "BADSIG", 17: "BADKEY", 18: "BADTIME", 22: "BADTRUNC"}
LARGEST, MOST_RECORDS = 1024 * 1024, 10_000  # bytes and records of one transfer


@answers("axfr")
async def _axfr(space: NodeSpace, ask: Mapping[str, Any], _: Spaces) -> Answer:
    """``complete`` is true if the whole zone came; ``records`` counts them, and ``serial`` is that of the zone."""
    try:
        query = transfer_query(ask["zone"], ask.get("key"), int(time.time()))
    except (ValueError, KeyError, binascii.Error) as error:
        raise NoAnswer("unreachable", f"No such ask: {error}.") from None
    transfer = Transfer()
    where = {"dst": ask["server"], "port": ask.get("port") or 53, "seconds": ask.get("seconds", 2.0)}
    with CpuStarvedPrograms() as starved:
        try:
            async with asyncio.timeout(patience(ask, 2.0)):
                with await connect(space, where) as made:
                    await _read(made, query, transfer)
        except TimeoutError:
            starved.must_be_few()
            transfer.error = "no answer in time"
        except OSError as error:
            transfer.error = error.strerror or str(error)
        except NoAnswer as error:
            transfer.error = str(error)
        except (Malformed, struct.error, IndexError):
            transfer.error = "the answer is malformed"
    return transfer.answer()


async def _read(made: socket.socket, query: bytes, transfer: "Transfer") -> None:
    loop, said, read = asyncio.get_running_loop(), bytearray(), 0
    await loop.sock_sendall(made, struct.pack("!H", len(query)) + query)
    while not transfer.ended:
        while len(said) < 2 or len(said) < 2 + struct.unpack_from("!H", said)[0]:
            if not (chunk := await loop.sock_recv(made, 65_537)):
                raise NoAnswer("refused", "The server closed the connection.")
            said += chunk
            read += len(chunk)
            if read > LARGEST:
                raise NoAnswer("refused", f"The zone is larger than {LARGEST // 1024} KB.")
        length = struct.unpack_from("!H", said)[0]
        transfer.add(bytes(said[2 : 2 + length]))
        del said[: 2 + length]


@dataclass(slots=True)
class Transfer:
    """A zone transfer, message by message. It begins and ends with the zone's SOA (RFC 5936, 2.2)."""

    rcode: str | None = None
    error: str = ""
    serial: int | None = None
    records: int = 0
    starts: int = field(default=0)  # SOA records so far
    ended: bool = False

    def add(self, message: bytes) -> None:
        """Count the records of a message. Raises Malformed, IndexError or struct.error."""
        if len(message) < HEADER:
            raise Malformed("The message is too short.")
        flags, questions, count, authority, additional = struct.unpack_from("!2xHHHHH", message)
        self.rcode = dns_message.RESPONSE_CODES.get(flags & 15, str(flags & 15))
        if flags & 15:
            self.error, self.ended = _key_error(message, questions, count + authority + additional), True
            return
        for kind, _ttl, at, size in dns_message.records(message, min(questions, 4), count):
            self.records += 1
            if kind == SOA:
                self.starts += 1
                words = dns_message.value(message, at, size, kind).split(" ")
                self.serial = int(words[-5])
            self.ended = self.starts == 2
            if self.ended:
                return
            if not self.starts:
                raise Malformed("A zone begins with its SOA.")
            if self.records >= MOST_RECORDS:
                self.error, self.ended = f"The zone has more than {MOST_RECORDS} records.", True
                return

    def answer(self) -> Answer:
        complete = self.starts == 2
        records = self.records - 1 if complete else self.records  # the SOA came twice
        return {
            "rcode": self.rcode,
            "error": self.error,
            "complete": complete,
            "records": records,
            "serial": self.serial,
        }


def _key_error(message: bytes, questions: int, count: int) -> str:
    """Return the reason why the server did not accept the key: the error in its TSIG record; "" if it has none."""
    for kind, _ttl, at, size in dns_message.records(message, min(questions, 4), min(count, 64)):
        if kind == TSIG and size > 16:
            end = at
            while message[end]:
                end += 1 + message[end]
            mac = struct.unpack_from("!H", message, end + 9)[0]
            return KEY_ERRORS.get(struct.unpack_from("!H", message, end + 13 + mac)[0], "")
    return ""


def transfer_query(zone: str, key: Mapping[str, str] | None, now: int) -> bytes:
    """The query, signed if there is a KEY with ``name``, ``algorithm`` and ``secret`` (base64). Raises ValueError or KeyError."""
    number = os.urandom(2)
    asked = dns_message.encoded(zone) + struct.pack("!HH", AXFR, 1)
    if key is None:
        return number + struct.pack("!HHHHH", 0, 1, 0, 0, 0) + asked
    unsigned = number + struct.pack("!HHHHH", 0, 1, 0, 0, 0) + asked
    name, algorithm = dns_message.encoded(key["name"].lower()), dns_message.encoded(key["algorithm"])
    moment = now.to_bytes(6) + struct.pack("!H", FUDGE)
    covered = unsigned + name + struct.pack("!HI", ANY, 0) + algorithm + moment + bytes(4)  # no error, no other data
    mac = hmac.digest(base64.b64decode(key["secret"], validate=True), covered, HASHES[key["algorithm"]])
    data = algorithm + moment + struct.pack("!H", len(mac)) + mac + number + bytes(4)
    record = name + struct.pack("!HHIH", TSIG, ANY, 0, len(data)) + data
    return number + struct.pack("!HHHHH", 0, 1, 0, 0, 1) + asked + record

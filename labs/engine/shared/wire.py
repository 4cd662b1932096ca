"""The session's wire: frames between a client, the relay and the supervisor of one lab.

A frame is a header of nine bytes (channel, kind, length; network order) and its payload. Between relay and supervisor a channel
is one conversation; between a client and the relay each connection is one conversation and its channel is always 0.

A conversation begins with one JSON frame that asks for something ({"op": ...}, see docs/architecture.md), goes on with JSON and
DATA frames both ways, and ends with one CLOSE frame from either side, whose payload is JSON: {} or {"error": "..."}.

The supervisor has a copy of this module in its image: it uses the standard library only.
"""

import json
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

HEADER = struct.Struct("!IBI")
LARGEST = 1 << 20  # bytes of one payload; more is a broken or hostile peer


class Kind(IntEnum):
    JSON = 1
    DATA = 2
    CLOSE = 3


class WireError(Exception):
    """The peer broke the rules of the wire; the connection is of no further use."""


@dataclass(frozen=True, slots=True)
class Frame:
    channel: int
    kind: Kind
    payload: bytes

    def json(self) -> dict[str, Any]:
        try:
            value = json.loads(self.payload or b"{}")
        except (ValueError, RecursionError) as error:
            raise WireError(f"Not JSON: {error}") from error
        if not isinstance(value, dict):
            raise WireError("Not a JSON object.")
        return value

    def encode(self) -> bytes:
        return HEADER.pack(self.channel, self.kind, len(self.payload)) + self.payload


def message(value: dict[str, Any], channel: int = 0) -> bytes:
    return Frame(channel, Kind.JSON, json.dumps(value, separators=(",", ":")).encode()).encode()


def data(payload: bytes, channel: int = 0) -> bytes:
    return Frame(channel, Kind.DATA, payload).encode()


def close(error: str | None = None, channel: int = 0) -> bytes:
    return Frame(channel, Kind.CLOSE, json.dumps({"error": error} if error else {}).encode()).encode()


class Decoder:
    """Turns bytes as they come into frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, received: bytes) -> list[Frame]:
        self._buffer += received
        frames, at = [], 0
        while len(self._buffer) - at >= HEADER.size:
            channel, kind, length = HEADER.unpack_from(self._buffer, at)
            if length > LARGEST or kind not in (1, 2, 3):
                raise WireError(f"A frame of kind {kind} with {length} bytes.")
            end = at + HEADER.size + length
            if len(self._buffer) < end:
                break
            frames.append(Frame(channel, Kind(kind), bytes(self._buffer[at + HEADER.size : end])))
            at = end
        del self._buffer[:at]
        return frames

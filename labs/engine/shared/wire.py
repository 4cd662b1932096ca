"""The wire protocol between a client, the relay and the supervisor of one lab.

A frame is a header of nine bytes (channel, kind, length; network byte order) and a payload. Between relay and supervisor, each
channel is one conversation. Between client and relay, each connection is one conversation, and its channel is always 0.

A conversation begins with one JSON frame, the request ({"op": ...}, see docs/wire-protocol.md). JSON and DATA frames follow in both
directions. One CLOSE frame from either side ends it; its payload is JSON: {} or {"error": "..."}.

The lab image contains a copy of this module, so it uses the standard library only.
"""

import json
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

HEADER = struct.Struct("!IBI")
LARGEST = 1 << 20  # bytes of one payload; a peer that sends more is broken or hostile


class Kind(IntEnum):
    JSON = 1
    DATA = 2
    CLOSE = 3


class WireError(Exception):
    """The peer broke the protocol; the connection cannot be used any more."""


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
    """Turns received bytes into frames."""

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

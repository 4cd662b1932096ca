"""Keys of a signed zone: their tags and digests, from records as the supervisor writes them. Nothing here verifies a signature."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from labs.engine.adapters import untrusted

HASHES: Mapping[int, str] = {1: "sha1", 2: "sha256", 4: "sha384"}  # types of digests (RFC 4509, RFC 6605)
LONGEST = 4096  # bytes of a key; RSA with 4,096 bits has 516


@dataclass(frozen=True, slots=True)
class Key:
    """A DNSKEY record."""

    data: bytes

    @property
    def algorithm(self) -> int:
        return self.data[3]

    @property
    def tag(self) -> int:
        """The key tag (RFC 4034, appendix B)."""
        total = sum(byte << 8 if place % 2 == 0 else byte for place, byte in enumerate(self.data))
        return (total + (total >> 16)) & 0xFFFF

    def digest(self, zone: str, kind: int) -> str:
        """The digest of a DS record for this key (RFC 4034, 5.1.4), in upper case; "" for an unknown kind."""
        if kind not in HASHES:
            return ""
        labels = [label.encode() for label in zone.lower().rstrip(".").split(".") if label]
        owner = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
        return hashlib.new(HASHES[kind], owner + self.data).hexdigest().upper()


@dataclass(frozen=True, slots=True)
class Delegation:
    """A DS record."""

    tag: int
    algorithm: int
    kind: int  # of the digest
    digest: str

    def names(self, key: Key, zone: str) -> bool:
        """Whether this is the record of that key."""
        same = (self.tag, self.algorithm) == (key.tag, key.algorithm)
        return same and self.digest != "" and self.digest == key.digest(zone, self.kind)


def read_key(value: str) -> Key | None:
    """Read “257 3 13 KEY”."""
    words = value.split(" ")
    numbers = [untrusted.number(word) for word in words[:3]]
    if len(words) != 4 or len(value) > 2 * LONGEST or None in numbers:
        return None
    flags, protocol, algorithm = (int(number or 0) for number in numbers)
    if not (0 <= flags <= 0xFFFF and 0 <= protocol <= 0xFF and 0 <= algorithm <= 0xFF):
        return None
    try:
        key = base64.b64decode(words[3], validate=True)
    except (binascii.Error, ValueError):
        return None
    return Key(flags.to_bytes(2) + bytes((protocol, algorithm)) + key)


def read_delegation(value: str) -> Delegation | None:
    """Read “12345 13 2 DIGEST”."""
    words = value.split(" ")
    numbers = [untrusted.number(word) for word in words[:3]]
    if len(words) != 4 or None in numbers:
        return None
    tag, algorithm, kind = (int(number or 0) for number in numbers)
    return Delegation(tag, algorithm, kind, words[3].upper())


@dataclass(frozen=True, slots=True)
class Signature:
    """An RRSIG record, and whether it is valid by the clock: ``valid``, ``expired`` or ``early``."""

    covers: str
    tag: int
    state: str


def read_signature(value: str, state: str) -> Signature | None:
    """Read “DNSKEY 13 1 3600 EXPIRES BEGINS TAG SIGNER”."""
    words = value.split(" ")
    tag = untrusted.number(words[6]) if len(words) == 8 else None
    return None if tag is None else Signature(words[0], int(tag), state)
